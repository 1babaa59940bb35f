"""Who has decided how much, and how far people agree on the same captions: on what they said of them.

Made to be asked again and again while people work: captions that were answered alike are counted together, so
that the cost of an interval does not grow with the number of captions. `pairs.agreement` says more, once.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from workbench.payloads import verdicts_frame
from workbench.preferences.agreement import ONE_ANSWER, ONE_VOICE, Coefficient
from workbench.records import Verdict
from workbench.statistics import binomial_bounds

__all__ = ["Team", "describe_team", "weighted_alpha"]

Answers = npt.NDArray[np.int8]
Floats = npt.NDArray[np.float64]

_ROUNDS: Final = 500
_NOTHING_SHARED: Final = "these two decided no caption in common"
_PEOPLE: Final[dict[str, pl.DataType]] = {
    "annotator": pl.String(),
    "decided": pl.Int64(),
    "ok": pl.Int64(),
    "misaligned": pl.Int64(),
    "skipped": pl.Int64(),
    "corrected": pl.Int64(),
    "first_at": pl.Datetime("us", "UTC"),
    "last_at": pl.Datetime("us", "UTC"),
    "shared": pl.Int64(),
    "equal": pl.Float64(),
    "equal_low": pl.Float64(),
    "equal_high": pl.Float64(),
    "alpha_without": pl.Float64(),
    "reason": pl.String(),
}
_COMPARED: Final = {
    name: kind for name, kind in _PEOPLE.items() if name in ("annotator", *list(_PEOPLE)[-6:])
}
_COUPLES: Final[dict[str, pl.DataType]] = {
    "one": pl.String(),
    "other": pl.String(),
    "shared": pl.Int64(),
    "equal": pl.Float64(),
    "equal_low": pl.Float64(),
    "equal_high": pl.Float64(),
    "kappa": pl.Float64(),
    "low": pl.Float64(),
    "high": pl.Float64(),
    "reason": pl.String(),
}


@dataclass(frozen=True, slots=True)
class Team:
    """Everybody who decided, and how far they agree.

    Attributes:
        agreement: Krippendorff's alpha of `ok` against `misaligned`, with its interval or why there is none.
        people: a row a person, most decisions first: `decided` and what of it; `shared`, captions that
            somebody else decided too; `equal`, how often another said the same on these, with its 95 %
            interval; `alpha_without`, the alpha of all others, which is higher where this person is the odd
            one out.
        couples: a row a couple who decided a caption in common: `equal` with its exact interval, and Cohen's
            `kappa` with `low` and `high`, or the `reason` for none.
        reviewed: captions that somebody decided.
    """

    agreement: Coefficient
    people: pl.DataFrame
    couples: pl.DataFrame
    reviewed: int

    def __str__(self) -> str:
        one = self.agreement
        said = f"alpha {one.value:.2f}" if one.value is not None else f"no alpha: {one.reason}"
        bounds = "" if one.low is None else f" ({one.low:.2f} to {one.high:.2f})"
        who = ", ".join(
            f"{name} {count:,}" for name, count in self.people.select("annotator", "decided").rows()
        )
        return f"{said}{bounds} over {one.units:,} captions that two or more decided. {who or 'Nobody yet'}."


def describe_team(verdicts: Sequence[Verdict], *, seed: int = 0) -> Team:
    """Count what each person decided, and measure how far they agree beyond chance.

    A skip is no opinion and is not compared.

    Args:
        verdicts: everybody's own: the last of each person on each caption, whatever was adjudicated.
        seed: of the intervals, which are by drawing captions again.
    """
    frame = verdicts_frame(verdicts)
    free = frame.filter(pl.col("verdict") != "skip")
    names, answers = _matrix(free)
    rows = [_person(names, answers, place, seed) for place in range(len(names))]
    compared = pl.DataFrame(rows, schema=_COMPARED)
    people = _counts(frame).join(compared, on="annotator", how="left").with_columns(
        pl.col("shared").fill_null(0), pl.col("reason").fill_null(ONE_VOICE)
    )  # fmt: skip
    couples = [
        _couple(names[one], names[other], answers[:, [one, other]], seed)
        for one, other in itertools.combinations(range(len(names)), 2)
    ]
    in_order = people.select(_PEOPLE.keys()).sort("decided", "annotator", descending=[True, False])
    return Team(
        agreement=_alpha(answers, seed),
        people=in_order.cast(pl.Schema(_PEOPLE)),
        couples=pl.DataFrame([one for one in couples if one["shared"]], schema=_COUPLES),
        reviewed=frame["caption_id"].n_unique(),
    )  # fmt: skip


def weighted_alpha(patterns: npt.NDArray[np.int64], weights: Floats) -> Floats:
    """Return Krippendorff's nominal alpha of counts that each stand for many units.

    Args:
        patterns: (k, answers) how often each answer was given to a unit; every row has two voices or more.
        weights: (rounds, k) how many units each row stands for.

    Returns:
        (rounds,) at most 1; 0 is chance; NaN where one answer alone was given.

    Source:
        Krippendorff 2011, "Computing Krippendorff's alpha-reliability".

    Example:
        >>> weighted_alpha(np.array([[2, 0], [0, 2], [1, 1]]), np.array([[4.0, 4.0, 0.0]])).tolist()
        [1.0]
    """
    voices = patterns.sum(axis=1)
    unlike = ((voices[:, None] - patterns) * patterns).sum(axis=1) / (voices - 1)
    given = weights @ patterns
    total = given.sum(axis=1)
    by_chance = total**2 - (given**2).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Floats = 1 - (total - 1) * (weights @ unlike) / by_chance
    found[by_chance <= 0] = np.nan
    return found


def _matrix(free: pl.DataFrame) -> tuple[list[str], Answers]:
    """Return the people, and (captions, people) answers: 0 none, 1 ok, 2 misaligned."""
    names = sorted(free["annotator"].unique())
    answers = np.zeros((free["caption_id"].n_unique(), len(names)), np.int8)
    rows = free["caption_id"].rank("dense").cast(pl.Int64).to_numpy() - 1
    columns = np.searchsorted(names, free["annotator"].to_list()) if names else np.empty(0, np.int64)
    answers[rows, columns] = np.where(free["verdict"].to_numpy() == "ok", 1, 2)
    return names, answers


def _alpha(answers: Answers, seed: int) -> Coefficient:
    name = "Krippendorff alpha"
    counts = np.stack([(answers == value).sum(axis=1) for value in (1, 2)], axis=1)
    shared = counts[counts.sum(axis=1) >= 2]
    if not len(shared):
        return Coefficient(name, None, None, None, 0, 0, ONE_VOICE)
    patterns, times = np.unique(shared, axis=0, return_counts=True)
    units, voices = len(shared), int(shared.sum())
    value = float(weighted_alpha(patterns, times[None].astype(float))[0])
    if not np.isfinite(value):
        return Coefficient(name, None, None, None, units, voices, ONE_ANSWER)
    low, high = _ends(weighted_alpha(patterns, _draws(times, seed))) if units > 1 else (None, None)
    return Coefficient(name, value, low, high, units, voices)


def _person(names: list[str], answers: Answers, place: int, seed: int) -> dict[str, object]:
    own, others = answers[:, place], np.delete(answers, place, axis=1)
    is_shared = (own > 0) & (others > 0).any(axis=1)
    told: dict[str, object] = {"annotator": names[place], "shared": int(is_shared.sum())}
    told["alpha_without"] = _alpha(others, seed).value
    if not is_shared.any():
        return told | {"reason": "nobody else decided the same captions"}
    own, others = own[is_shared], others[is_shared]
    shares = (others == own[:, None]).sum(axis=1) / (others > 0).sum(axis=1)
    values, times = np.unique(shares, return_counts=True)
    low, high = _ends(_draws(times, seed) @ values / times.sum())
    return told | {"equal": float(shares.mean()), "equal_low": low, "equal_high": high, "reason": ""}


def _couple(one: str, other: str, answers: Answers, seed: int) -> dict[str, object]:
    both = answers[(answers > 0).all(axis=1)].astype(np.int64)
    told: dict[str, object] = {"one": one, "other": other, "shared": len(both)}
    if not len(both):
        return told | {"reason": _NOTHING_SHARED}
    cells = np.bincount((both[:, 0] - 1) * 2 + both[:, 1] - 1, minlength=4)
    equal = binomial_bounds(len(both), int(cells[0] + cells[3]))
    told |= {"equal": (cells[0] + cells[3]) / len(both), "equal_low": equal.low, "equal_high": equal.high}
    value = float(_kappa(cells[None].astype(float))[0])
    if not np.isfinite(value):
        return told | {"reason": ONE_ANSWER}
    low, high = _ends(_kappa(_draws(cells, seed))) if len(both) > 1 else (None, None)
    return told | {"kappa": value, "low": low, "high": high, "reason": ""}


def _kappa(cells: Floats) -> Floats:
    """Return Cohen's kappa of (rounds, 4) counts: both ok, ok and bad, bad and ok, both bad."""
    shares = cells / cells.sum(axis=1, keepdims=True)
    ours, theirs = shares[:, 0] + shares[:, 1], shares[:, 0] + shares[:, 2]
    by_chance = ours * theirs + (1 - ours) * (1 - theirs)
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Floats = (shares[:, 0] + shares[:, 3] - by_chance) / (1 - by_chance)
    found[by_chance >= 1] = np.nan
    return found


def _draws(times: npt.NDArray[np.int64], seed: int) -> Floats:
    """Draw units again with replacement: (rounds, kinds) how often each kind came."""
    total = int(times.sum())
    return np.random.default_rng(seed).multinomial(total, times / total, size=_ROUNDS).astype(float)


def _ends(drawn: Floats) -> tuple[float | None, float | None]:
    kept = drawn[np.isfinite(drawn)]
    if not kept.size:
        return None, None
    low, high = np.quantile(kept, [0.025, 0.975])
    return float(low), float(high)


def _counts(frame: pl.DataFrame) -> pl.DataFrame:
    said = pl.col("verdict")
    return frame.group_by("annotator").agg(
        decided=pl.len(),
        ok=(said == "ok").sum(),
        misaligned=(said == "misaligned").sum(),
        skipped=(said == "skip").sum(),
        corrected=pl.col("edited_text").is_not_null().sum(),
        first_at=pl.col("at_utc").min(),
        last_at=pl.col("at_utc").max(),
    )
