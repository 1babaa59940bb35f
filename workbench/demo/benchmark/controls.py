"""Give every corrupted caption a clean one of the same form, length and file size to be told from.

Against all clean captions a score can look good by noticing that a caption *contains* a relation, or is long.
Each wrong caption is therefore matched, without replacement, with the clean caption of the same form that is
nearest in length and file size (optimal assignment). Two trivial detectors, of caption length and file size,
then have to come out at one half; a row where they do not is marked as not matched.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from workbench.statistics import auroc

__all__ = ["TOLERANCE", "Matched", "form_of", "match_controls"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

TOLERANCE = 0.05


@dataclass(frozen=True)
class Matched:
    """Wrong rows and their controls, pair by pair, and what trivial detectors make of them.

    Attributes:
        wrong: row numbers of the wrong captions that found a control.
        controls: row numbers of their controls, in the same order.
        unmatched: wrong captions for which no clean caption of their form was left.
        trivial: AUROC of each trivial detector on the pairs.
    """

    wrong: Ints
    controls: Ints
    unmatched: int
    trivial: dict[str, float]

    @property
    def is_matched(self) -> bool:
        """Tell whether every trivial detector is within `TOLERANCE` of one half."""
        return all(abs(value - 0.5) <= TOLERANCE for value in self.trivial.values())

    @property
    def rows(self) -> Ints:
        """Return the row numbers of both, the wrong ones first."""
        return np.concatenate([self.wrong, self.controls])

    @property
    def is_wrong(self) -> npt.NDArray[np.bool_]:
        """Return which of `rows` are wrong."""
        return np.arange(2 * self.wrong.size) < self.wrong.size


def match_controls(
    wrong: Ints, clean: Ints, *, forms: Sequence[Hashable], trivial: dict[str, Floats]
) -> Matched:
    """Match each wrong caption with its own clean one of the same form.

    Args:
        wrong: row numbers.
        clean: row numbers; each is used once at most.
        forms: the form of every row of the table; only rows of equal form are matched.
        trivial: numbers that must not tell the two apart (caption length, file size), for every row.

    Returns:
        The pairs with the smallest total distance in the standardised trivial numbers.

    Example:
        >>> length = np.array([10.0, 40.0, 12.0, 41.0, 90.0])
        >>> found = match_controls(np.array([0, 1]), np.array([2, 3, 4]), forms="aaaaa",
        ...                        trivial={"length": length})
        >>> found.controls.tolist(), found.is_matched
        ([2, 3], False)
    """
    from scipy.optimize import linear_sum_assignment

    scaled = [values / max(float(values.std()), 1e-12) for values in trivial.values()]
    by_form: dict[Hashable, list[int]] = defaultdict(list)
    for row in clean.tolist():
        by_form[forms[row]].append(row)
    groups: dict[Hashable, list[int]] = defaultdict(list)
    for row in wrong.tolist():
        groups[forms[row]].append(row)
    first: list[int] = []
    second: list[int] = []
    for form, members in groups.items():
        others = by_form[form]
        if not others:
            continue
        cost = sum(np.abs(values[members][:, None] - values[others][None, :]) for values in scaled)
        left, right = linear_sum_assignment(cost)
        first += [members[place] for place in left]
        second += [others[place] for place in right]
    kept, controls = np.array(first, dtype=np.int64), np.array(second, dtype=np.int64)
    rows, is_wrong = np.concatenate([kept, controls]), np.arange(2 * kept.size) < kept.size
    found = {name: auroc(values[rows], is_wrong) for name, values in trivial.items()}
    return Matched(kept, controls, wrong.size - kept.size, found)


def form_of(claims: Sequence[Sequence[object]]) -> tuple[int, ...]:
    """Return what a caption speaks of, not what it says: counts of each kind of statement, capped.

    Args:
        claims: (type, arguments, ...) of each statement.

    Example:
        >>> form_of([("object", ["dog", "singular"]), ("attribute", ["dog", "colour", "red"])])
        (1, 1, 0, 0, 0, 0, 0, 0)
    """
    kinds = [str(claim[0]) for claim in claims]
    names = [claim[1][1] if claim[0] == "attribute" else "" for claim in claims]  # type: ignore[index]
    return (
        min(kinds.count("object"), 4),
        min(names.count("colour"), 2),
        int("size" in names),
        int("sky" in names),
        min(kinds.count("relation"), 2),
        int("count" in kinds),
        int("absent" in kinds),
        int("action" in kinds),
    )
