"""Plan longer clips: several acts by different things, one after the other or partly at once."""

from __future__ import annotations

import random

from workbench.demo.acts import ACTIONS, Act, Performance
from workbench.demo.catalog import COLOURS, KINDS

__all__ = ["make_sequence"]

_PLACES = ("beach", "field", "harbour", "mountains", "park", "street")


def make_sequence(seed: int, *, acts: int = 3, together_share: float = 0.3) -> Performance:
    """Plan a clip of several acts by things of different kinds; same seed, same plan.

    Args:
        seed: number of the clip.
        acts: how many; a place that knows fewer kinds of movers gets fewer.
        together_share: share of clips in which neighbouring acts overlap in time, by up to .7 s.
    """
    rng = random.Random(f"sequence/{seed}/{acts}")
    place = rng.choice(_PLACES)
    is_together = rng.random() < together_share
    clock_s = round(rng.uniform(0.3, 1.0), 2)
    planned: list[Act] = []
    for action, kind in _cast(rng, place, acts):
        length_s = round(rng.uniform(1.6, 2.6), 2)
        planned.append(_plan(rng, action, kind, place, clock_s, length_s))
        gap_s = rng.uniform(-0.7, -0.2) if is_together else rng.uniform(0.1, 0.7)
        clock_s = round(clock_s + length_s + gap_s, 2)
    end_s = max(act.end_s for act in planned)
    return Performance(place, tuple(planned), round(end_s + rng.uniform(0.3, 1.0), 2), 0.0, seed)


def _cast(rng: random.Random, place: str, count: int) -> list[tuple[str, str]]:
    """Choose who does what: each kind of thing once, so that a caption names one of them."""
    able = [
        (name, kind)
        for name, action in ACTIONS.items()
        if place in action.places
        for kind in action.kinds
        if place in KINDS[kind].bands
    ]
    rng.shuffle(able)
    chosen: dict[str, tuple[str, str]] = {}
    for name, kind in able:
        chosen.setdefault(kind, (name, kind))
    return list(chosen.values())[:count]


def _plan(rng: random.Random, name: str, kind: str, place: str, start_s: float, length_s: float) -> Act:
    action = ACTIONS[name]
    colour = rng.choice([colour for colour in KINDS[kind].colours if (place, colour) != ("snow", "white")])
    count = rng.randint(2, action.most) if action.most else 0
    instants = tuple(round(start_s + length_s * (number + 0.5) / count, 3) for number in range(count))
    end_s = round(start_s + length_s, 2)
    return Act(name, kind, colour, COLOURS[colour], start_s, end_s, instants, action.sound)
