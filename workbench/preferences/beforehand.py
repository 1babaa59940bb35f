"""What is believed of an item before its votes: how common each label is in its kind, and what a margin says.

A margin (the difference of a score between two captions) takes the place of a second opinion where one person
judged alone. How much it says is learned from the votes themselves: a score that people do not bear out ends
with a slope near nothing, and leaves things as they were.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from workbench.errors import PairError

__all__ = ["Kinds", "LearnedPrior"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

#: How firmly the say of a margin is held at none: as ten votes would for margins of the usual size.
_HOLD: Final = 4.0
_STEPS: Final = 3


@dataclass(frozen=True, slots=True)
class Kinds:
    """Which items are of one kind, so that something can be learned of one from the others.

    Attributes:
        kind: (items,) numbers from 0.
        symmetric: (kinds,) whether labels 0 and 1 are two sides of nothing in particular, so that neither can
            be the commoner.
        margin: (items,) how far a score speaks for label 0 against label 1, in the score's own unit, on one
            scale within a kind; NaN where there is none.

    Raises:
        PairError: when there is not one margin an item, or not one flag a kind.
    """

    kind: Ints
    symmetric: Flags
    margin: Floats

    def __post_init__(self) -> None:
        if self.margin.shape != self.kind.shape or int(self.kind.max(initial=-1)) >= self.symmetric.size:
            raise PairError(
                f"{self.kind.size} items have {self.margin.size} margins and {self.symmetric.size} kinds.",
                "Give one margin an item (NaN for none) and one flag a kind.",
            )

    @classmethod
    def alike(cls, items: int) -> Kinds:
        """Return one kind for all items, without margins."""
        return cls(np.zeros(items, np.int64), np.zeros(1, bool), np.full(items, np.nan))

    def take(self, rows: npt.NDArray[np.int64]) -> Kinds:
        """Return the kinds of some of the items."""
        return Kinds(self.kind[rows], self.symmetric, self.margin[rows])


class LearnedPrior:
    """Learn from items that have votes what to believe of an item before its own.

    Args:
        kinds: which items are alike.
        labels: how many labels there are.
        is_voted: (items,) which items have a vote; the others teach nothing.
    """

    def __init__(self, kinds: Kinds, labels: int, is_voted: Flags) -> None:
        self._kinds, self._is_voted = kinds, is_voted
        self._shares = np.full((kinds.symmetric.size, labels), 1 / labels)
        self._lean = np.zeros((kinds.symmetric.size, 2))  # log-odds at no margin, and a unit of margin
        self._margin = _by_usual_size(kinds, is_voted)

    @property
    def chances(self) -> Floats:
        """Return the chance of each label of each item, (items, labels); rows sum to 1."""
        chances = self._shares[self._kinds.kind].copy()
        has_margin = np.isfinite(self._margin)
        constant, slope = self._lean[self._kinds.kind[has_margin]].T
        first = _logistic(constant + slope * self._margin[has_margin])
        either = chances[has_margin, 0] + chances[has_margin, 1]
        chances[has_margin, 0], chances[has_margin, 1] = either * first, either * (1 - first)
        return chances

    def learn(self, truth: Floats) -> float:
        """Learn from the chances that votes have led to; return how far the belief has moved, 0 and up."""
        before_shares, before_lean = self._shares, self._lean.copy()
        self._shares = _shares(truth[self._is_voted], self._kinds.kind[self._is_voted], self._kinds.symmetric)
        rows = self._is_voted & np.isfinite(self._margin)
        for kind in np.unique(self._kinds.kind[rows]):
            mine = rows & (self._kinds.kind == kind)
            self._lean[kind] = _fit_lean(
                self._margin[mine], truth[mine, 0], truth[mine, 1], self._lean[kind],
                has_constant=not self._kinds.symmetric[kind],
            )  # fmt: skip
        moved = (np.abs(self._shares - before_shares).max(), np.abs(self._lean - before_lean).max())
        return float(max(moved))


def _shares(truth: Floats, kind: Ints, symmetric: Flags) -> Floats:
    """Return the share of each label in each kind, each label seen once more than it was."""
    shares = np.ones((symmetric.size, truth.shape[1]))
    np.add.at(shares, kind, truth)
    shares[symmetric, :2] = shares[symmetric, :2].mean(axis=1, keepdims=True)
    return np.asarray(shares / shares.sum(axis=1, keepdims=True), np.float64)


def _by_usual_size(kinds: Kinds, is_voted: Flags) -> Floats:
    """Return margins in units of their usual size in their kind, so that one hold fits all scores."""
    margin = kinds.margin.copy()
    for kind in np.unique(kinds.kind):
        mine = kinds.kind == kind
        known = np.abs(margin[mine & is_voted & np.isfinite(margin)])
        usual = float(np.sqrt(np.mean(known**2))) if known.size else 0.0
        margin[mine] = margin[mine] / usual if usual > 0 else np.nan
    return margin


def _fit_lean(margin: Floats, first: Floats, second: Floats, lean: Floats, *, has_constant: bool) -> Floats:
    """Fit log-odds of label 0 against 1 on the margin, to soft labels, by Newton's method."""
    either = first + second
    columns = np.column_stack([np.ones(margin.size), margin])
    hold = np.diag([1.0 if has_constant else 1e9, _HOLD])
    for _ in range(_STEPS):
        said = _logistic(columns @ lean)
        gradient = columns.T @ (first - either * said) - hold @ lean
        curve = (columns.T * (either * said * (1 - said))) @ columns + hold
        lean = lean + np.clip(np.linalg.solve(curve, gradient), -2.0, 2.0)
    return np.asarray(lean, np.float64)


def _logistic(log_odds: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-np.clip(log_odds, -50, 50))), np.float64)
