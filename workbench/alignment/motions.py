"""Compare what a caption says with how a thing moves and what colour it is.

Words of motion ("bounces", "rises", "drives past") are read against the path of each moving thing, colour
words against the colours of its pixels. English only. It knows nothing of kinds of things: an encoder that
looks at the cut-out thing does; and a verb that has no path ("sings") says nothing here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from workbench.media.colours import COLOUR_NAMES
from workbench.media.moving import MovingThing

__all__ = ["MOTIONS", "Said", "fit_colours", "fit_motion", "read_said"]

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
