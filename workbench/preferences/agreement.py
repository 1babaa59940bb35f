"""How far people agree beyond chance, by several coefficients, each with an interval or a reason for none.

No coefficient is the true one: they differ in what they take for chance. Kappa and alpha fall to nothing
where nearly everybody always gives the same answer; Gwet's AC1 does not. So they stand side by side, and the
plain share of equal answers beside them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from workbench.errors import MissingExtraError, UnknownNameError
from workbench.statistics import Bounds, bootstrap_bounds

__all__ = [
    "COEFFICIENTS",
    "SCALES",
    "Coefficient",
    "bound",
    "cohen_kappa",
    "count_answers",
    "fleiss_kappa",
    "gwet_ac1",
    "krippendorff_alpha",
    "observed_agreement",
]

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]

#: How far apart two answers are: the same or not; by rank; by their difference.
SCALES: Final = ("nominal", "ordinal", "interval")
ONE_VOICE: Final = "nothing was answered by two people"
ONE_ANSWER: Final = "everybody gave the same answer throughout, so nothing tells agreement from chance"
_TASK: Final = "Agreement"


@dataclass(frozen=True, slots=True)
class Coefficient:
    """One measure of agreement, with what it rests on.

    Attributes:
        name: which coefficient.
        value: 1 is perfect, 0 is chance (for a plain share: 0 is never), below 0 worse than chance; None
            where it is undefined.
        low, high: its 95 % interval; None where there is none.
        units: things that two people or more answered.
        voices: answers on them.
        reason: why it is undefined; "" where it is not.
    """

    name: str
    value: float | None
    low: float | None
    high: float | None
    units: int
    voices: int
    reason: str = ""


def count_answers(units: Sequence[object], answers: Sequence[object], domain: Sequence[object]) -> Counts:
    """Count how often each answer was given to each unit.

    Args:
        units: (n,) what was answered.
        answers: (n,) what was said; one not in the domain is left out.
        domain: the answers, in order where they have one.

    Returns:
        (units, answers) counts; units in the order they first come.

    Example:
        >>> count_answers(["a", "a", "b"], ["x", "y", "x"], ["x", "y"]).tolist()
        [[1, 1], [1, 0]]
    """
    row = {unit: number for number, unit in enumerate(dict.fromkeys(units))}
    column = {answer: number for number, answer in enumerate(domain)}
    counts = np.zeros((len(row), len(domain)), np.int64)
    for unit, answer in zip(units, answers, strict=True):
        if answer in column:
            counts[row[unit], column[answer]] += 1
    return counts


def bound(
    name: str, measure: Callable[[Counts], float], counts: Counts, *, rounds: int = 200, seed: int = 0
) -> Coefficient:
    """Measure agreement on counts and bound it by drawing whole units again with replacement.

    Args:
        name: what it is called.
        measure: takes (units, answers) counts and returns a number, NaN where it is undefined.
        counts: how often each answer was given to each unit.
        rounds: how many times to draw.
        seed: makes the draw repeatable.

    Returns:
        The coefficient, or why there is none.
    """
    shared = counts[counts.sum(axis=1) >= 2]
    size, voices = len(shared), int(shared.sum())
    if not size:
        return Coefficient(name, None, None, None, 0, 0, ONE_VOICE)
    value = measure(shared)
    if not math.isfinite(value):
        return Coefficient(name, None, None, None, size, voices, ONE_ANSWER)
    bounds = bootstrap_bounds(lambda rows: measure(shared[rows]), np.arange(size), rounds=rounds, seed=seed)
    low, high = _ends(bounds) if size > 1 else (None, None)
    return Coefficient(name, value, low, high, size, voices)


def observed_agreement(counts: Counts) -> float:
    """Return the share of couples of voices on a unit that say the same, each unit counted once.

    Args:
        counts: (units, answers); units with fewer than two voices are left out.

    Returns:
        0..1, higher is more alike; NaN when no unit has two voices.

    Example:
        >>> observed_agreement(np.array([[2, 0], [1, 1], [1, 0]]))
        0.5
    """
    voices = counts.sum(axis=1)
    shared, voices = counts[voices >= 2], voices[voices >= 2]
    if not len(shared):
        return math.nan
    return float(((shared * (shared - 1)).sum(axis=1) / (voices * (voices - 1))).mean())


def krippendorff_alpha(
    counts: Counts, *, scale: str = "nominal", domain: Sequence[float] | None = None
) -> float:
    """Return Krippendorff's alpha: 1 minus the disagreement seen over that expected by chance.

    Takes any number of people a unit and leaves out units with one voice.

    Args:
        counts: (units, answers).
        scale: one of `SCALES`.
        domain: (answers,) the value of each, in increasing order; 0, 1, 2, .. when left out.

    Returns:
        At most 1; 0 is chance; NaN when no unit has two voices or one answer alone was given.

    Raises:
        UnknownNameError: for a scale that does not exist.
        MissingExtraError: when krippendorff is not installed.

    Source:
        Krippendorff 2011, "Computing Krippendorff's alpha-reliability"; by the package krippendorff.
    """
    if scale not in SCALES:
        raise UnknownNameError("scale", scale, SCALES)
    try:
        import krippendorff
    except ImportError as error:
        raise MissingExtraError(_TASK, "pairs") from error
    shared = counts[counts.sum(axis=1) >= 2]
    is_used = shared.sum(axis=0) > 0
    if is_used.sum() < 2:
        return math.nan
    values = np.arange(counts.shape[1]) if domain is None else np.asarray(domain)
    return float(
        krippendorff.alpha(
            value_counts=shared[:, is_used], value_domain=values[is_used], level_of_measurement=scale
        )
    )


def gwet_ac1(counts: Counts) -> float:
    """Return Gwet's AC1: agreement beyond chance, where chance is small when one answer is the rule.

    Args:
        counts: (units, answers); the answers that anybody used make the categories.

    Returns:
        At most 1; NaN when no unit has two voices or one answer alone was given.

    Source:
        Gwet 2008, "Computing inter-rater reliability and its variance in the presence of high agreement".

    Example:
        >>> round(gwet_ac1(np.array([[2, 0]] * 9 + [[1, 1]])), 3)
        0.89
    """
    used = counts[:, counts.sum(axis=0) > 0]
    voices = used.sum(axis=1)
    used, voices = used[voices > 0], voices[voices > 0]
    if used.shape[1] < 2:
        return math.nan
    shares = (used / voices[:, None]).mean(axis=0)
    by_chance = float((shares * (1 - shares)).sum() / (used.shape[1] - 1))
    return (observed_agreement(used) - by_chance) / (1 - by_chance)


def fleiss_kappa(counts: Counts) -> float:
    """Return Fleiss' kappa over the units with the number of voices that most units have.

    Fleiss needs the same number of voices on every unit; `krippendorff_alpha` does not.

    Args:
        counts: (units, answers).

    Returns:
        At most 1; NaN when no unit has two voices or one answer alone was given.

    Raises:
        MissingExtraError: when statsmodels is not installed.

    Source:
        Fleiss 1971, "Measuring nominal scale agreement among many raters"; by statsmodels.
    """
    try:
        from statsmodels.stats.inter_rater import fleiss_kappa as kappa
    except ImportError as error:
        raise MissingExtraError(_TASK, "pairs") from error
    voices = counts.sum(axis=1)
    if not (voices >= 2).any():
        return math.nan
    sizes, times = np.unique(voices[voices >= 2], return_counts=True)
    even = counts[voices == sizes[times.argmax()]]
    if (even.sum(axis=0) > 0).sum() < 2:
        return math.nan
    return float(kappa(even, method="fleiss"))


def cohen_kappa(
    one: Sequence[object], other: Sequence[object], *, rounds: int = 200, seed: int = 0
) -> Coefficient:
    """Return Cohen's kappa of two people, each with a notion of chance of their own.

    Args:
        one: (n,) what one person said of each unit.
        other: (n,) what the other said.
        rounds: how many times to draw for the interval.
        seed: makes the draw repeatable.

    Returns:
        At most 1; 0 is chance; undefined, with the reason, for no unit or one answer alone.

    Source:
        Cohen 1960, "A coefficient of agreement for nominal scales".

    Example:
        >>> found = cohen_kappa(["a", "a", "b", "b"], ["a", "b", "b", "b"])
        >>> found.value, found.units
        (0.5, 4)
    """
    name = "Cohen kappa"
    if not len(one):
        return Coefficient(name, None, None, None, 0, 0, "these two answered nothing in common")
    place = {said: number for number, said in enumerate(dict.fromkeys([*one, *other]))}
    size = len(place)
    cell = np.array([place[ours] * size + place[theirs] for ours, theirs in zip(one, other, strict=True)])

    def measure(rows: npt.NDArray[np.intp]) -> float:
        seen = np.bincount(cell[rows], minlength=size * size).reshape(size, size) / rows.size
        by_chance = float(seen.sum(axis=0) @ seen.sum(axis=1))
        return (float(np.trace(seen)) - by_chance) / (1 - by_chance) if by_chance < 1 else math.nan

    everything = np.arange(cell.size)
    value = measure(everything)
    if not math.isfinite(value):
        return Coefficient(name, None, None, None, cell.size, 2 * cell.size, ONE_ANSWER)
    bounds = bootstrap_bounds(measure, everything, rounds=rounds, seed=seed)
    return Coefficient(name, value, *_ends(bounds), cell.size, 2 * cell.size)


#: What is told of answers with no order, by the name it is told under.
COEFFICIENTS: Final[dict[str, Callable[[Counts], float]]] = {
    "Krippendorff alpha": krippendorff_alpha,
    "Fleiss kappa": fleiss_kappa,
    "Gwet AC1": gwet_ac1,
    "share of equal answers": observed_agreement,
}


def _ends(bounds: Bounds) -> tuple[float | None, float | None]:
    if not math.isfinite(bounds.low):
        return None, None
    return bounds
