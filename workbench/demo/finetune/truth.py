"""Hold captions of small scenes against what is there: imagined, missed, malformed, repeated."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from workbench.demo.finetune.captions import Caption, read_caption
from workbench.demo.finetune.scenes import Scene
from workbench.errors import WorkbenchError
from workbench.metrics import Metric
from workbench.statistics import bootstrap_bounds

__all__ = ["MEASURES", "Check", "check_caption", "measure_captions"]


@dataclass(frozen=True, slots=True)
class Check:
    """What is right and wrong in one caption.

    Attributes:
        caption: what it says.
        imagined: nouns named that are not there, once each.
        missed: nouns that are there and are not named.
        miscoloured: nouns named and there, and with a colour that they do not have.
        there: how many things are there.
        words: how many words it has, without marks.
    """

    caption: Caption
    imagined: frozenset[str]
    missed: frozenset[str]
    miscoloured: frozenset[str]
    there: int
    words: int

    @property
    def is_right(self) -> bool:
        """Return whether a careful reviewer would leave it as it is."""
        is_clean = self.caption.is_well_formed and not self.caption.is_repeating
        return is_clean and not (self.imagined or self.missed or self.miscoloured)


def check_caption(text: str, scene: Scene) -> Check:
    """Check one caption.

    >>> from workbench.demo.finetune.scenes import Thing
    >>> scene = Scene("beach", (Thing("dog", "red", 0.2, 0.5, 0.3), Thing("cat", "blue", 0.8, 0.5, 0.3)), "")
    >>> check = check_caption("A green dog and a white umbrella on a beach.", scene)
    >>> sorted(check.imagined), sorted(check.missed), sorted(check.miscoloured)
    (['umbrella'], ['cat'], ['dog'])
    """
    caption = read_caption(text)
    colours = {thing.noun: thing.colour for thing in scene.things}
    wrong = {noun for colour, noun in caption.things if noun in colours and colour not in ("", colours[noun])}
    return Check(
        caption,
        imagined=caption.nouns - scene.nouns,
        missed=scene.nouns - caption.nouns,
        miscoloured=frozenset(wrong),
        there=len(scene.things),
        words=len([word for word in text.replace(",", " ").replace(".", " ").split() if word]),
    )


Numbers = npt.NDArray[np.float64]

#: Name -> (what is counted, out of what, unit): sums over captions are divided, so long captions count more.
MEASURES: Final[dict[str, tuple[Callable[[Check], float], Callable[[Check], float], str]]] = {
    "chair_i": (lambda c: len(c.imagined), lambda c: len(c.caption.nouns), "share of nouns"),
    "chair_s": (lambda c: bool(c.imagined), lambda c: 1, "share of captions"),
    "recall": (lambda c: c.there - len(c.missed), lambda c: c.there, "share of things"),
    "miscoloured": (
        lambda c: len(c.miscoloured),
        lambda c: len(c.caption.nouns) - len(c.imagined),
        "share of things named",
    ),
    "malformed": (lambda c: not c.caption.is_well_formed, lambda c: 1, "share of captions"),
    "repetition": (lambda c: c.caption.is_repeating, lambda c: 1, "share of captions"),
    "words": (lambda c: c.words, lambda c: 1, "words"),
}


def measure_captions(
    texts: Sequence[str], scenes: Sequence[Scene], *, rounds: int = 200, seed: int = 0
) -> dict[str, Metric]:
    """Measure captions against the truth.

    Args:
        texts: one caption a scene.
        scenes: what is there.
        rounds: of the bootstrap over scenes; 0 for no intervals.
        seed: of the bootstrap.

    Returns:
        Name of `MEASURES` -> value with a 95 % interval over scenes. `chair_i`: nouns named that are not
        there, out of nouns named, each noun once a caption; `chair_s`: captions with such a noun; lower is
        better for both. `recall`: things there that are named; higher is better. `malformed`: captions that
        the grammar could not have written; `repetition`: captions that name a noun twice.

    Raises:
        WorkbenchError: when there is not one caption a scene.

    Source:
        CHAIR: Rohrbach et al. 2018, "Object Hallucination in Image Captioning".
    """
    if len(texts) != len(scenes) or not texts:
        raise WorkbenchError(
            f"There are {len(texts)} captions for {len(scenes)} scenes.",
            "Give one caption a scene, in order.",
        )
    checks = [check_caption(text, scene) for text, scene in zip(texts, scenes, strict=True)]
    return {name: _measure(checks, name, rounds, seed) for name in MEASURES}


def _measure(checks: Sequence[Check], name: str, rounds: int, seed: int) -> Metric:
    count, among, unit = MEASURES[name]
    counted = np.array([float(count(check)) for check in checks])
    whole = np.array([float(among(check)) for check in checks])

    def ratio(rows: npt.NDArray[np.intp]) -> float:
        return float(counted[rows].sum() / max(whole[rows].sum(), 1.0))

    every = np.arange(len(checks))
    if not rounds:
        return Metric(ratio(every), len(checks), unit)
    low, high = bootstrap_bounds(ratio, every, rounds=rounds, seed=seed)
    return Metric(ratio(every), len(checks), unit, low, high)
