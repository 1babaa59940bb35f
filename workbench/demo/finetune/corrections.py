"""Make preference pairs of small scenes: a person's corrections of what the captioner said, and built ones.

The person is simulated and careful: what was imagined is removed, what was missed is added, colours are put
right, the style stays. Built pairs start from a true caption and spoil it in one known way.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from workbench.demo.finetune.captions import IMAGINED_COLOUR, STYLES, Named, list_things, write_caption
from workbench.demo.finetune.scenes import COLOURS, NOUNS, TYPICAL, Scene
from workbench.demo.finetune.truth import Check, check_caption

__all__ = ["SPOILERS", "ScenePair", "build_pairs", "correct_caption", "correct_captions"]


@dataclass(frozen=True, slots=True)
class ScenePair:
    """Two captions of one scene.

    Attributes:
        scene: number of the scene in the list it was made from.
        chosen: the better caption.
        rejected: the worse one.
        error_type: what is wrong with it, in the words of the workbench.
        origin: `edit` for a correction, `built` for a spoiled caption.
    """

    scene: int
    chosen: str
    rejected: str
    error_type: str
    origin: str


def correct_caption(text: str, scene: Scene, *, is_full: bool = True) -> str:
    """Correct a caption as a careful person does; a caption without fault comes back as it is.

    Args:
        text: the caption.
        scene: what is there.
        is_full: whether what was missed is added; otherwise errors are only removed, which teaches silence.

    >>> from workbench.demo.finetune.scenes import Thing
    >>> scene = Scene("beach", (Thing("dog", "red", 0.2, 0.5, 0.3), Thing("cat", "blue", 0.8, 0.5, 0.3)), "")
    >>> correct_caption("A green dog and a white umbrella on a beach.", scene)
    'A red dog and a blue cat on a beach.'
    """
    check = check_caption(text, scene)
    if check.is_right or (not is_full and not _has_errors(check)):
        return text
    there = list_things(scene)
    things = [thing for thing in there if is_full or thing[1] in check.caption.nouns] or there[:1]
    return write_caption(check.caption.style or "list", scene.place, things)


def correct_captions(
    texts: Sequence[str], scenes: Sequence[Scene], count: int, *, is_full: bool = True
) -> list[ScenePair]:
    """Return a pair for each of the first `count` captions that a person would change."""
    pairs: list[ScenePair] = []
    for number, (text, scene) in enumerate(zip(texts, scenes, strict=True)):
        corrected = correct_caption(text, scene, is_full=is_full)
        if corrected != text and len(pairs) < count:
            pairs.append(ScenePair(number, corrected, text, _error_type(check_caption(text, scene)), "edit"))
    return pairs


def build_pairs(scenes: Sequence[Scene], count: int, seed: str) -> list[ScenePair]:
    """Return pairs of true captions and spoiled ones, the ways to spoil in the shares of `SPOILERS`."""
    rng = random.Random(f"built/{seed}")
    ways, shares = tuple(SPOILERS), tuple(share for share, _, _ in SPOILERS.values())
    pairs = []
    for _ in range(count):
        number = rng.randrange(len(scenes))
        scene, style = scenes[number], rng.choice(tuple(STYLES))
        things = list_things(scene)
        way = rng.choices(ways, shares)[0]
        _, error_type, spoil = SPOILERS[way]
        chosen = write_caption(style, scene.place, things)
        rejected = write_caption(style, scene.place, spoil(things, scene, rng))
        pairs.append(ScenePair(number, chosen, rejected, error_type, "built"))
    return pairs


def _imagine(scene: Scene, rng: random.Random) -> Named:
    typical = [noun for noun in TYPICAL[scene.place] if noun not in scene.nouns]
    absent = typical if typical and rng.random() < 0.5 else [n for n in NOUNS if n not in scene.nouns]
    noun = rng.choice(absent)
    return rng.choice((IMAGINED_COLOUR.get(noun, COLOURS[0]), rng.choice(COLOURS))), noun


def _insert(things: Sequence[Named], scene: Scene, rng: random.Random) -> list[Named]:
    at = rng.choice((len(things), rng.randint(0, len(things))))
    return [*things[:at], _imagine(scene, rng), *things[at:]]


def _substitute(things: Sequence[Named], scene: Scene, rng: random.Random) -> list[Named]:
    at = rng.randrange(len(things))
    return [*things[:at], (things[at][0], _imagine(scene, rng)[1]), *things[at + 1 :]]


def _omit(things: Sequence[Named], scene: Scene, rng: random.Random) -> list[Named]:
    at = rng.randrange(len(things))
    return [*things[:at], *things[at + 1 :]]


def _duplicate(things: Sequence[Named], scene: Scene, rng: random.Random) -> list[Named]:
    at = rng.randint(1, len(things))
    return [*things[:at], rng.choice(things[:at]), *things[at:]]


Spoil = Callable[[Sequence[Named], Scene, random.Random], list[Named]]

#: Name -> (share, the error in the words of the workbench, how).
SPOILERS: Final[dict[str, tuple[float, str, Spoil]]] = {
    "insert": (0.30, "object", _insert),
    "substitute": (0.30, "object", _substitute),
    "omit": (0.25, "omission", _omit),
    "duplicate": (0.15, "other", _duplicate),
}


def _has_errors(check: Check) -> bool:
    is_odd = not check.caption.is_well_formed or check.caption.is_repeating
    return bool(check.imagined or check.miscoloured or is_odd)


def _error_type(check: Check) -> str:
    if check.imagined:
        return "object"
    if check.miscoloured:
        return "attribute"
    return "omission" if check.missed else "other"
