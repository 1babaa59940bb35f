"""Compare what a caption says with how a thing moves and what colour it is.

Words of motion ("bounces", "rises", "drives past") are read against the path of each moving thing, colour
words against the colours of its pixels. English only. It knows nothing of kinds of things: an encoder that
looks at the cut-out thing does; and a verb that has no path ("sings") says nothing here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from workbench.media.colours import COLOUR_NAMES
from workbench.media.moving import MovingThing

__all__ = [
    "MOTIONS",
    "Said",
    "Weighed",
    "activity_curves",
    "count_bounces",
    "fit_colours",
    "fit_motion",
    "read_said",
    "weigh_things",
]

Floats = npt.NDArray[np.float64]

#: Class of motion -> stems of the verbs that mean it; a stem matches with the endings of a verb.
MOTIONS: Final[dict[str, tuple[str, ...]]] = {
    "bounce": ("bounc", "hop", "hopp", "jump", "leap", "dribbl"),
    "rise": ("rise", "ris", "rose", "ascend", "climb", "lift", "float up", "go up", "goes up"),
    "fall": ("fall", "fell", "drop", "dropp", "descend", "sink", "sank", "land", "go down", "goes down"),
    "fly": ("fly", "flie", "flew", "soar", "glid"),
    "cross": (
        "driv", "drove", "pass", "sail", "run", "runn", "ran", "walk", "roll", "slid", "rid", "rode", "rac",
        "cross", "mov", "swim", "swimm", "stroll", "jog", "jogg", "march", "crawl", "gallop", "skat", "ski",
        "cycl", "come", "com", "go", "travel", "speed", "head",
    ),
}  # fmt: skip

_ENDING = r"(?:e|es|s|ed|ing|ies|d)?"
_VERBS = {
    motion: re.compile(r"\b(?:" + "|".join(stems) + ")" + _ENDING + r"\b", re.IGNORECASE)
    for motion, stems in MOTIONS.items()
}
_SPELLINGS = {"gray": "grey", "violet": "purple", "golden": "yellow", "blond": "yellow", "tan": "brown"}
_COLOURS = re.compile(r"\b(" + "|".join((*COLOUR_NAMES, *_SPELLINGS)) + r")\b", re.IGNORECASE)
_NEAR = {
    frozenset(pair): 0.35
    for pair in (("orange", "brown"), ("orange", "yellow"), ("orange", "red"), ("red", "brown"),
                 ("red", "pink"), ("pink", "purple"), ("purple", "blue"), ("black", "grey"),
                 ("grey", "white"))
}  # fmt: skip
_FLOOR = 0.04  # share of a colour that any thing may show by its edges and shadows
_SHARPNESS = 1.5  # of the choice among things, for signals of about unit variance
_PLACE = 1.5  # log odds of the thing that moves exactly while the caption's interval lasts
_ROUNDS = 20
_SPEAKS = 0.25  # advantage from which a signal is named in the evidence
_UNSAID = 0.4  # trust in a thing when the caption has neither colour nor motion
_FLIP = 0.05  # of the picture's height: the least a thing must go down and up again to bounce


@dataclass(frozen=True)
class Said:
    """What a caption says of colour and motion: names in `COLOUR_NAMES`, keys of `MOTIONS`."""

    colours: tuple[str, ...]
    motions: tuple[str, ...]


def read_said(text: str) -> Said:
    """Read the colour words and the words of motion of a caption.

    Example:
        >>> read_said("A red ball bounces three times.")
        Said(colours=('red',), motions=('bounce',))
    """
    colours = [match.group(1).lower() for match in _COLOURS.finditer(text)]
    return Said(
        tuple(_SPELLINGS.get(colour, colour) for colour in colours),
        tuple(motion for motion, verb in _VERBS.items() if verb.search(text)),
    )


def fit_colours(said: Said, thing: MovingThing) -> float:
    """Return how well a thing's colours bear out a caption's: log of the share, 0 best, about -3 worst.

    A neighbouring name ("orange" for brown) counts a third: where one ends and the next begins is taste.
    """
    if not said.colours:
        return 0.0
    shares = []
    for colour in said.colours:
        kin = [_NEAR.get(frozenset((colour, name)), float(name == colour)) for name in COLOUR_NAMES]
        shares.append(float(np.dot(kin, thing.colours)))
    return float(np.mean(np.log(np.minimum(1.0, np.array(shares) + _FLOOR))))


def fit_motion(said: Said, thing: MovingThing) -> float:
    """Return how well a thing's path bears out a caption's words of motion, -1 to 1; 0 when it has none."""
    if not said.motions:
        return 0.0
    return max(_fit(motion, thing) for motion in said.motions)


def count_bounces(thing: MovingThing) -> int:
    """Count how often a thing comes down and goes up again at once, by the lower edge of its box.

    Where a fall turns into a rise the speed changes sign within a frame or two; where a rise turns into a
    fall (the top of a jump) it does not count.
    """
    lower = thing.boxes[:, 1] + thing.boxes[:, 3]
    turns = 0
    lowest, highest, is_down = lower[0], lower[0], True
    for level in lower:
        if is_down:
            lowest = max(lowest, level)
            if level < lowest - _FLIP:
                turns, is_down, highest = turns + (lowest > highest + _FLIP), False, level
        else:
            highest = min(highest, level)
            if level > highest + _FLIP:
                is_down, lowest = True, level
    return turns


@dataclass(frozen=True)
class Weighed:
    """Which moving thing each of K captions speaks of, among C things.

    Attributes:
        shares: float64 (K, C), 0 to 1, a row sums to 1.
        trust: float64 (K,), 0 to 1: how far the words bear it out; 0 where there are no things.
        spoke: for each caption the signals that favour its thing, of "colour", "motion" and "look".
    """

    shares: Floats
    trust: Floats
    spoke: tuple[tuple[str, ...], ...]


def weigh_things(
    said: Sequence[Said],
    things: Sequence[MovingThing],
    looks: npt.ArrayLike | None = None,
    *,
    places: npt.ArrayLike | None = None,
) -> Weighed:
    """Weigh the moving things of a clip against its captions by colour, motion and look.

    Each signal is centred over things and over captions: what all captions say, or all things show, tells
    nothing apart. Captions of different stretches compete: a thing that one of them is sure of is less likely
    to be another's.

    Args:
        said: what each of the K captions says.
        things: the C moving things.
        looks: float (K, C), how well an encoder finds each cut-out thing to fit each caption, about unit
            variance; None when there is no encoder.
        places: float (K, C), how far each caption's interval overlaps the time a thing moves (tIoU): the
            prior that decides between things that fit alike; None for none.
    """
    size = (len(said), len(things))
    if not things:
        return Weighed(np.zeros(size), np.zeros(len(said)), ((),) * len(said))
    colours = np.array([[fit_colours(one, thing) for thing in things] for one in said]).reshape(size)
    motions = np.array([[fit_motion(one, thing) for thing in things] for one in said]).reshape(size)
    seen = np.zeros(size) if looks is None else np.asarray(looks, np.float64).reshape(size)
    parts = {"colour": _centre(colours), "motion": _centre(motions), "look": _centre(seen)}
    total = _SHARPNESS * np.sum(list(parts.values()), axis=0)
    if places is not None:
        total = total + _PLACE * np.asarray(places, np.float64).reshape(size)
    shares = _compete(total)
    best = shares.argmax(1)
    at = (np.arange(len(said)), best)
    trust = np.array(
        [
            _trust(one, float(colour), float(motion))
            for one, colour, motion in zip(said, colours[at], motions[at], strict=True)
        ]
    )
    spoke = tuple(
        tuple(name for name, part in parts.items() if part[index, best[index]] > _SPEAKS)
        for index in range(len(said))
    )
    return Weighed(shares, trust, spoke)


def activity_curves(
    weighed: Weighed, things: Sequence[MovingThing], times_s: Floats, step_s: float
) -> Floats:
    """Return for each caption how much of what it speaks of moves at each instant, (K, T), 0 to 1."""
    curves = np.zeros((len(weighed.shares), len(times_s)))
    for number, thing in enumerate(things):
        start_s, end_s = thing.span_s(step_s)
        curves += np.outer(weighed.shares[:, number], (times_s >= start_s) & (times_s <= end_s))
    return curves


def _centre(table: Floats) -> Floats:
    over_captions = table - table.mean(0) if len(table) > 1 else table
    return np.asarray(over_captions - over_captions.mean(1, keepdims=True), np.float64)


def _compete(total: Floats) -> Floats:
    """Turn log odds into shares, rows summing to 1, while no thing is claimed more than once over.

    Source:
        Sinkhorn and Knopp 1967, "Concerning nonnegative matrices and doubly stochastic matrices"; columns
        are only ever scaled down.
    """
    shares = np.exp(total - total.max(1, keepdims=True))
    shares = shares / shares.sum(1, keepdims=True)
    for _ in range(_ROUNDS):
        shares = shares / np.maximum(shares.sum(0, keepdims=True), 1.0)
        shares = shares / np.maximum(shares.sum(1, keepdims=True), 1e-12)
    return np.asarray(shares, np.float64)


def _trust(said: Said, colour: float, motion: float) -> float:
    """Return 0 to 1: all of what is said is borne out, down to a part when it is not."""
    parts = [_UNSAID]
    if said.colours:
        parts.append(float(np.clip((colour + 3.0) / 1.6, 0, 1)))
    if said.motions:
        parts.append(float(np.clip(0.5 + motion, 0, 1)))
    return float(np.mean(parts[1:])) if len(parts) > 1 else parts[0]


def _fit(motion: str, thing: MovingThing) -> float:
    centres = thing.centres
    ends = max(1, len(centres) // 8)
    across, down = centres[-ends:].mean(0) - centres[:ends].mean(0)
    bounces = count_bounces(thing)
    if motion == "bounce":
        return {0: -1.0, 1: 0.6}.get(bounces, 1.0)
    if motion in ("rise", "fall"):
        along = -down if motion == "rise" else down
        return float(np.clip((along - abs(across)) / 0.25, -1, 1)) - 0.5 * (bounces > 1)
    past = float(np.clip((abs(across) - abs(down) - 0.1) / 0.25, -1, 1)) - 0.7 * (bounces > 1)
    if motion == "fly":
        height = 0.5 - float(centres[:, 1].mean())
        return 0.5 * past + 0.5 * float(np.clip(height / 0.2, -1, 1))
    return past
