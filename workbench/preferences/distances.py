"""Agreement where answers are neither equal nor unequal: texts, sets, vectors, stretches of time.

Krippendorff's alpha needs no more than a distance between two answers. What chance is, it takes from the
answers to *different* things; so where these have little to do with each other (captions of different
photos, stretches of different clips) chance is far away and alpha is flattering. `changed_words` compares
only what was changed, for people who all start from the same text.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Sequence
from typing import Final, TypeVar

import numpy as np
import numpy.typing as npt

from workbench.errors import MissingExtraError, PairError
from workbench.preferences.agreement import ONE_ANSWER, ONE_VOICE, Coefficient
from workbench.preferences.differences import find_differences
from workbench.records import Interval
from workbench.statistics import bootstrap_bounds

__all__ = [
    "TOLERANCES_S",
    "alpha_of_distances",
    "bound_distances",
    "changed_words",
    "cosine_distances",
    "distances_between",
    "interval_distance",
    "set_distance",
    "share_within",
    "token_distance",
]

Floats = npt.NDArray[np.float64]
Said = TypeVar("Said")

#: How far apart two ends of a stretch of time may lie, for the sweep: from two frames to a slow breath.
TOLERANCES_S: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.0)


def alpha_of_distances(units: npt.ArrayLike, distances: Floats) -> float:
    """Return Krippendorff's alpha of any distance: 1 minus the mean distance within units over that overall.

    With a distance of 0 and 1 it is the nominal alpha, with squared differences that of intervals.

    Args:
        units: (n,) what each answer was given to.
        distances: (n, n) how far apart each two answers are, >= 0, symmetric, 0 on the diagonal.

    Returns:
        At most 1; 0 is chance; NaN when no unit has two answers, or all answers are one.

    Source:
        Krippendorff 2011; for distances of any kind Braylan, Alonso and Lease 2022, "Measuring annotator
        agreement generally across complex structured, multi-object, and free-text annotation tasks".

    Example:
        >>> said = np.array([1.0, 2.0, 3.0, 3.0])
        >>> round(alpha_of_distances([0, 0, 1, 1], (said[:, None] - said[None, :]) ** 2), 3)
        0.727
    """
    blocks, voices = _blocks(np.asarray(units), np.asarray(distances, np.float64))
    return _alpha(blocks, voices, np.ones(voices.size))


def bound_distances(
    name: str, units: Sequence[Hashable], distances: Floats, *, rounds: int = 200, seed: int = 0
) -> Coefficient:
    """Measure alpha on distances and bound it by drawing whole units again with replacement.

    Returns:
        The coefficient, or why there is none.
    """
    place = {unit: number for number, unit in enumerate(dict.fromkeys(units))}
    blocks, voices = _blocks(np.array([place[unit] for unit in units], np.int64), distances)
    shared, said = voices.size, int(voices.sum())
    if not shared:
        return Coefficient(name, None, None, None, 0, 0, ONE_VOICE)
    value = _alpha(blocks, voices, np.ones(shared))
    if not math.isfinite(value):
        return Coefficient(name, None, None, None, shared, said, ONE_ANSWER)

    def again(rows: npt.NDArray[np.intp]) -> float:
        return _alpha(blocks, voices, np.bincount(rows, minlength=shared).astype(np.float64))

    low, high = bootstrap_bounds(again, np.arange(shared), rounds=rounds, seed=seed)
    has_interval = shared > 1 and math.isfinite(low)
    return Coefficient(
        name, value, low if has_interval else None, high if has_interval else None, shared, said
    )


def distances_between(said: Sequence[Said], distance: Callable[[Said, Said], float]) -> Floats:
    """Return the distance of each two answers, (n, n)."""
    found = np.zeros((len(said), len(said)))
    for row, one in enumerate(said):
        for column in range(row):
            found[row, column] = found[column, row] = distance(one, said[column])
    return found


def token_distance(one: str, other: str) -> float:
    """Return how many words must be put in, left out or replaced, over the words of the longer text.

    Returns:
        0 (the same words in the same order, whatever their case) to 1.

    Raises:
        MissingExtraError: when RapidFuzz is not installed.

    Example:
        >>> token_distance("a red car", "a blue car and a dog")
        0.6666666666666666
    """
    try:
        from rapidfuzz.distance import Levenshtein
    except ImportError as error:
        raise MissingExtraError("Agreement on texts", "pairs") from error
    ours, theirs = one.casefold().split(), other.casefold().split()
    return float(Levenshtein.normalized_distance(ours, theirs))


def changed_words(original: str, corrected: str) -> frozenset[str]:
    """Return what a correction does: the words it takes out, with a minus, and those it puts in, with a plus.

    Example:
        >>> sorted(changed_words("a red car", "a blue car"))
        ['+blue', '-red']
    """
    found = find_differences(corrected, original)
    added = (word for span in found.chosen for word in corrected[span.start : span.end].split())
    removed = (word for span in found.rejected for word in original[span.start : span.end].split())
    return frozenset([f"+{w.casefold()}" for w in added] + [f"-{w.casefold()}" for w in removed])


def set_distance(one: frozenset[str], other: frozenset[str]) -> float:
    """Return the share of both sets together that they do not share (Jaccard); 0 for two empty ones."""
    union = len(one | other)
    return 1 - len(one & other) / union if union else 0.0


def interval_distance(one: Interval, other: Interval) -> float:
    """Return 1 minus the overlap of two stretches of time over what they cover together (1 - tIoU).

    Example:
        >>> interval_distance(Interval(0.0, 2.0), Interval(1.0, 2.0))
        0.5
    """
    shared = max(0.0, min(one.end_s, other.end_s) - max(one.start_s, other.start_s))
    covered = (one.end_s - one.start_s) + (other.end_s - other.start_s) - shared
    return 1 - shared / covered


def cosine_distances(vectors: npt.ArrayLike) -> Floats:
    """Return 1 minus the cosine of each two rows, (n, n); 0 for the same direction, 2 for the opposite.

    Raises:
        PairError: for a row of zeros, which has no direction.
    """
    rows = np.asarray(vectors, np.float64)
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    if (lengths == 0).any():
        raise PairError(
            f"Vector {int((lengths == 0).argmax())} is all zeros: it points nowhere.",
            "Encode the text again.",
        )
    unit = rows / lengths
    apart = np.clip(1 - unit @ unit.T, 0.0, 2.0)
    np.fill_diagonal(apart, 0.0)
    return np.asarray(apart, np.float64)


def share_within(
    units: Sequence[Hashable], intervals: Sequence[Interval], tolerance_s: float
) -> tuple[float | None, int]:
    """Return the share of couples of people whose two ends both lie within a tolerance, and the couples.

    Args:
        units: (n,) what each stretch was given for.
        intervals: (n,) the stretches.
        tolerance_s: how far apart two starts, or two ends, may lie, in seconds.

    Returns:
        A share 0..1, None when no unit has two stretches, and how many couples there are.
    """
    close = couples = 0
    for row in range(len(units)):
        for column in range(row):
            if units[row] == units[column]:
                one, other = intervals[row], intervals[column]
                apart_s = max(abs(one.start_s - other.start_s), abs(one.end_s - other.end_s))
                # A tolerance of 0.1 s must hold 0.3 - 0.2 too, which is more than 0.1 in floating point.
                close += apart_s <= tolerance_s + 1e-9
                couples += 1
    return (close / couples if couples else None), couples


def _blocks(units: npt.NDArray[np.int64], distances: Floats) -> tuple[Floats, Floats]:
    """Return the sum of distances between each two units with two answers or more, and their answers."""
    if not units.size:
        return np.zeros((0, 0)), np.zeros(0)
    _, unit, counts = np.unique(units, return_inverse=True, return_counts=True)
    member = (unit[:, None] == np.flatnonzero(counts >= 2)[None, :]).astype(np.float64)
    return member.T @ distances @ member, member.sum(axis=0)


def _alpha(blocks: Floats, voices: Floats, times: Floats) -> float:
    """Return alpha with each unit taken so many times; copies of one unit count as different units."""
    size = float(times @ voices)
    overall = float(times @ blocks @ times)
    if overall <= 0:
        return math.nan
    within = float(times @ (np.diag(blocks) / (voices - 1)))
    return 1 - within * (size - 1) / overall
