"""Plan what happens in a clip or a recording: acts with exact times, before anything is drawn or sounded."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from workbench.demo.catalog import COLOURS, KINDS
from workbench.demo.claims import Claim

__all__ = [
    "ACTIONS",
    "SOUNDS",
    "Act",
    "Action",
    "Performance",
    "SoundWords",
    "happens",
    "make_clip",
    "make_recording",
]


@dataclass(frozen=True)
class Action:
    """Something a thing does in a clip: its words, who does it where, its sound, how often at most."""

    verb: str
    participle: str
    tail: str
    kinds: tuple[str, ...]
    places: tuple[str, ...]
    sound: str
    most: int = 0
    instant: str = ""


ACTIONS: dict[str, Action] = {
    "bounce": Action("bounces", "bouncing", "", ("ball",), ("beach", "park", "room", "field"), "thud", 4,
         "hits the ground"),
    "drive": Action("drives", "driving", "past", ("car", "bus", "truck"), ("street", "night", "harbour"),
         "engine"),
    "fly": Action("flies", "flying", "past", ("bird",), ("beach", "park", "field", "mountains"), "whistle",
         3),
    "sail": Action("sails", "sailing", "past", ("boat",), ("beach", "harbour"), "horn"),
    "run": Action("runs", "running", "past", ("dog",), ("beach", "park", "snow", "field", "street"), "bark",
         3),
    "walk": Action("walks", "walking", "past", ("man", "woman", "child"), ("street", "park", "snow",
         "harbour", "beach", "mountains"), "steps"),
    "rise": Action("rises", "rising", "into the sky", ("balloon", "kite"), ("field", "mountains", "park"),
         ""),
}  # fmt: skip


@dataclass(frozen=True)
class SoundWords:
    """A sound of a recording: said with a verb, said with a participle, and how often it may come."""

    verb: str
    participle: str
    most: int = 0


SOUNDS: dict[str, SoundWords] = {
    "bell": SoundWords("a bell rings", "a bell ringing", 4),
    "drum": SoundWords("a drum beats", "a drum beating", 5),
    "beep": SoundWords("a phone beeps", "a phone beeping", 4),
    "whistle": SoundWords("a bird whistles", "a bird whistling", 4),
    "bark": SoundWords("a dog barks", "a dog barking", 4),
    "thud": SoundWords("a ball bounces", "a ball bouncing", 5),
    "horn": SoundWords("a ship sounds its horn", "a ship sounding its horn", 2),
    "rain": SoundWords("rain falls", "rain falling"),
    "waves": SoundWords("waves roll in", "waves rolling in"),
    "engine": SoundWords("an engine runs", "an engine running"),
    "siren": SoundWords("a siren wails", "a siren wailing"),
    "applause": SoundWords("people clap", "people clapping"),
    "steps": SoundWords("somebody walks", "somebody walking"),
}


@dataclass(frozen=True)
class Act:
    """One thing that happens in [start_s, end_s); `instants_s` are the moments that can be seen or heard."""

    action: str
    kind: str
    colour: str
    rgb: tuple[int, int, int]
    start_s: float
    end_s: float
    instants_s: tuple[float, ...]
    sound: str


@dataclass(frozen=True)
class Performance:
    """A whole clip (with a place) or recording (place ""): its acts in order, and its sound's delay."""

    place: str
    acts: tuple[Act, ...]
    duration_s: float
    sound_delay_s: float
    seed: int


def make_clip(seed: int, *, sound_delay_s: float = 0.0) -> Performance:
    """Plan a clip of two acts by different things in one place; same seed, same plan."""
    rng = random.Random(f"clip/{seed}")
    by_place: dict[str, list[str]] = {}
    for name, action in ACTIONS.items():
        for place in action.places:
            by_place.setdefault(place, []).append(name)
    place = rng.choice(sorted(place for place, names in by_place.items() if len(names) > 1))
    names = rng.sample(by_place[place], 2)
    if rng.random() < 0.5 and "bounce" not in names and place in ACTIONS["bounce"].places:
        names[rng.randrange(2)] = "bounce"
    acts, clock_s = [], round(rng.uniform(0.04, 0.16), 2)
    for name in names:
        length_s = round(rng.uniform(1.7, 2.3), 2)
        acts.append(_make_act(rng, name, place, clock_s, length_s))
        clock_s = round(clock_s + length_s + rng.uniform(0.1, 0.4), 2)
    return Performance(place, tuple(acts), round(clock_s + 0.1, 2), sound_delay_s, seed)


def _make_act(rng: random.Random, name: str, place: str, start_s: float, length_s: float) -> Act:
    action = ACTIONS[name]
    kind = rng.choice([kind for kind in action.kinds if place in KINDS[kind].bands] or list(action.kinds))
    unseen = {"snow": "white", "night": "black"}.get(place, "")
    colour = rng.choice([colour for colour in KINDS[kind].colours if colour != unseen])
    count = rng.randint(2, action.most) if action.most else 0
    instants = tuple(round(start_s + length_s * (number + 0.5) / count, 3) for number in range(count))
    return Act(
        name, kind, colour, COLOURS[colour], start_s, round(start_s + length_s, 2), instants, action.sound
    )


def make_recording(seed: int) -> Performance:
    """Plan a recording of one or two different sounds, one after the other; same seed, same plan."""
    rng = random.Random(f"recording/{seed}")
    acts, clock_s = [], round(rng.uniform(0.1, 0.4), 2)
    for name in rng.sample(sorted(SOUNDS), rng.choice((1, 2, 2))):
        most = SOUNDS[name].most
        count = rng.randint(1 if name == "horn" else 2, most) if most else 0
        length_s = round(count * rng.uniform(0.5, 0.65), 2) if count else round(rng.uniform(1.8, 2.6), 2)
        length_s = length_s * 2 if name == "horn" else length_s
        instants = tuple(round(clock_s + length_s * number / count, 3) for number in range(count))
        acts.append(Act(name, name, "", (0, 0, 0), clock_s, round(clock_s + length_s, 2), instants, name))
        clock_s = round(clock_s + length_s + rng.uniform(0.3, 0.5), 2)
    return Performance("", tuple(acts), round(clock_s + 0.2, 2), 0.0, seed)


def happens(performance: Performance, claim: Claim) -> bool:
    """Tell whether a claim is true of a clip or recording.

    Claims: object (kind), attribute (kind, "colour", value), action (kind, action), count (kind, number),
    order (earlier kind, later kind), place (place), time (kind, start, end), sync (kind).
    """
    acts = {act.kind: act for act in performance.acts}
    first = acts.get(claim.args[0])
    if claim.type == "place":
        return performance.place == claim.args[0]
    if first is None:
        return False
    if claim.type == "order":
        later = acts.get(claim.args[1])
        return later is not None and first.start_s < later.start_s
    checks: dict[str, Callable[[], bool]] = {
        "object": lambda: True,
        "attribute": lambda: first.colour == claim.args[2],
        "action": lambda: first.action == claim.args[1],
        "count": lambda: len(first.instants_s) == int(claim.args[1]),
        "time": lambda: _overlap(first, float(claim.args[1]), float(claim.args[2])) >= 0.5,
        "sync": lambda: performance.sound_delay_s == 0,
    }
    return checks[claim.type]()


def _overlap(act: Act, start_s: float, end_s: float) -> float:
    """Return intersection over union of the act's interval and another."""
    shared = max(0.0, min(act.end_s, end_s) - max(act.start_s, start_s))
    return shared / (max(act.end_s, end_s) - min(act.start_s, start_s))
