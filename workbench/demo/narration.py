"""Write captions of clips and recordings, and plant errors in them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace

from workbench.demo.acts import ACTIONS, SOUNDS, Act, Performance, happens
from workbench.demo.catalog import KINDS, PLACES
from workbench.demo.claims import Claim, Line, Sentence
from workbench.demo.corruptions import Corrupted, Edit, apply_edits
from workbench.demo.grammar import NUMBERS, Profile

__all__ = ["corrupt_narration", "narrate", "narrate_act", "narrate_sync", "swap_order"]

_TIMES = {1: "once", 2: "twice"}
_FRAMES: dict[str, tuple[tuple[str, str], ...]] = {
    # opening, join; the form of the verb follows from the opening
    "verb": (("", ", then"), ("first", ", and after that"), ("", "and then"), ("at first", ", later")),
    "participle": (
        ("a clip of", "followed by"), ("there is", ", then"), ("we see", "and then"), ("a short film of",
             "and, later, of"),
    ),
    "heard": (
        ("the sound of", "followed by"), ("we hear", ", then"), ("a recording of", "and then of"), ("listen:",
             ", after that"),
    ),
}  # fmt: skip


def narrate(performance: Performance, profile: Profile, seed: str) -> Sentence:
    """Write a caption of the whole clip or recording, its acts in order.

    Args:
        performance: What happens.
        profile: Whose manner.
        seed: Seed of the choices.

    Returns:
        The text with its claims, each true of the performance.
    """
    rng = random.Random(f"narrate/{performance.seed}/{performance.place}/{profile.name}/{seed}")
    form = rng.choice(("verb", "participle"))
    frames = _FRAMES["heard" if form == "participle" and not performance.place else form]
    opening, join = rng.choice(frames)
    line = Line()
    line.say(opening if len(performance.acts) > 1 or form == "participle" else "")
    start = 0
    for number, act in enumerate(performance.acts):
        line.say(join if number else "")
        start = start if number else len(line.text) + bool(line.text)
        _say_act(line, act, profile, rng, is_verb=form == "verb")
    if len(performance.acts) > 1:
        kinds = tuple(act.kind for act in performance.acts)
        line.claims.append(Claim("order", kinds, start, len(line.text)))
    if performance.place and rng.random() < 0.6:
        preposition, noun = PLACES[performance.place].phrases[0]
        line.say(preposition)
        line.claim(noun, "place", performance.place)
    return line.finish("whole", f"{form}: {opening or 'plain'}")


def narrate_act(performance: Performance, number: int, profile: Profile, seed: str) -> Sentence:
    """Write a caption of one act, to be tied to its interval."""
    rng = random.Random(f"act/{performance.seed}/{number}/{profile.name}/{seed}")
    line, act = Line(), performance.acts[number]
    _say_act(line, act, profile, rng, is_verb=True)
    sentence = line.finish("interval", "verb")
    span = (0, len(sentence.text))
    return replace(
        sentence,
        claims=(*sentence.claims, Claim("time", (act.kind, str(act.start_s), str(act.end_s)), *span)),
    )


def narrate_sync(performance: Performance, seed: str) -> Sentence | None:
    """Write what holds where sound and picture are together, or None where no sound has a visible instant."""
    rng = random.Random(f"sync/{performance.seed}/{seed}")
    act = next((act for act in performance.acts if ACTIONS[act.action].instant and act.instants_s), None)
    if act is None:
        return None
    line = Line()
    line.say("each thud is heard")
    line.claim(rng.choice(("at the moment", "exactly when", "just as")), "sync", act.kind)
    line.say("the")
    line.claim(act.colour, "attribute", act.kind, "colour", act.colour)
    line.claim(KINDS[act.kind].nouns[0], "object", act.kind, "singular")
    line.say(ACTIONS[act.action].instant)
    return line.finish("sync", "verb")


def _say_act(line: Line, act: Act, profile: Profile, rng: random.Random, *, is_verb: bool) -> None:
    count = len(act.instants_s)
    if not act.colour:
        words = SOUNDS[act.kind]
        line.claim(words.verb if is_verb else words.participle, "object", act.kind, "sound")
        says_count = count > 0
    else:
        kind, action = KINDS[act.kind], ACTIONS[act.action]
        line.article()
        says_colour = rng.random() < profile.colour_share
        if says_colour and kind.carrier is None:
            line.claim(act.colour, "attribute", act.kind, "colour", act.colour)
        line.claim(kind.nouns[profile.synonym % len(kind.nouns)], "object", act.kind, "singular")
        if says_colour and kind.carrier is not None:
            line.say(kind.carrier[0])
            line.article()
            line.claim(act.colour, "attribute", act.kind, "colour", act.colour)
            line.say(kind.carrier[1])
        line.claim(action.verb if is_verb else action.participle, "action", act.kind, act.action)
        line.say(action.tail)
        says_count = act.action == "bounce"
    if says_count:
        line.claim(
            _TIMES.get(count, f"{NUMBERS.get(count)} times"),
            "count",
            act.kind,
            str(count),
        )


def swap_order(performance: Performance, profile: Profile, seed: str) -> Corrupted | None:
    """Return the whole caption with its two acts told the wrong way round (T3)."""
    if len(performance.acts) < 2:
        return None
    turned = narrate(replace(performance, acts=performance.acts[::-1]), profile, seed)
    order = next(claim for claim in turned.claims if claim.type == "order")
    return Corrupted(turned, "T3", "order", 3, order.start, order.end)


def corrupt_narration(
    performance: Performance, sentence: Sentence, error_type: str, seed: str
) -> Corrupted | None:
    """Return the caption with one false claim of the type, or None where there is no handle for it."""
    rng = random.Random(f"spoil/{performance.seed}/{performance.place}/{error_type}/{seed}")
    found = [
        (name, edit)
        for name, edit in _edits(performance, sentence, error_type)
        if not happens(performance, replace(edit.claim, args=edit.args))
    ]
    if not found:
        return None
    name, edit = rng.choice(found)
    changed, (start, end) = apply_edits(sentence, [edit])
    return Corrupted(changed, name, error_type, 2, start, end)


def _edits(performance: Performance, sentence: Sentence, error_type: str) -> Iterator[tuple[str, Edit]]:
    present = {act.kind for act in performance.acts}
    for claim in sentence.claims:
        words = sentence.text[claim.start : claim.end].lower()
        if error_type != claim.type:
            continue
        if claim.type == "object" and claim.args[1] == "sound":
            form = "verb" if words == SOUNDS[claim.args[0]].verb else "participle"
            is_counted = SOUNDS[claim.args[0]].most > 0
            for name, sound in SOUNDS.items():
                if name not in present and (sound.most > 0) == is_counted:
                    yield "V3", Edit(claim, getattr(sound, form), (name, "sound"))
        elif claim.type == "object":
            act = next(act for act in performance.acts if act.kind == claim.args[0])
            for name in ACTIONS[act.action].kinds:
                if name not in present:
                    yield "O2", Edit(claim, KINDS[name].nouns[0], (name, "singular"))
        elif claim.type == "attribute":
            for colour in KINDS[claim.args[0]].colours:
                yield "A1", Edit(claim, colour, (claim.args[0], "colour", colour))
        elif claim.type == "count":
            for number in range(max(1, int(claim.args[1]) - 2), int(claim.args[1]) + 3):
                yield (
                    "C1",
                    Edit(
                        claim,
                        _TIMES.get(number, f"{NUMBERS.get(number, 'seven')} times"),
                        (claim.args[0], str(number)),
                    ),
                )
