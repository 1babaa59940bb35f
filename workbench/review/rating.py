"""Rate one order of suspicion against the verdicts: ranks, chances, precision at review budgets, slices."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from workbench.alignment.calibration import (
    FEWEST_OF_A_KIND,
    Calibration,
    Share,
    bins_of,
    bound_auroc,
    bound_share,
    calibrate,
    weighted_auroc,
)
from workbench.statistics import binomial_bounds

__all__ = ["ANY", "BUDGETS", "Evidence", "Rating", "rate", "rate_slices"]

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

#: Stands for every type of error together.
ANY: Final = "any"
#: Shares of the captions that a person might have time to look at.
BUDGETS: Final = (0.01, 0.05, 0.1, 0.2)
#: A slice with fewer verdicts says nothing about a score.
FEWEST_IN_SLICE: Final = 20
SLICES: Final = ("media", "source", "lang", "length", "group", "split")


@dataclass(frozen=True)
class Evidence:
    """What the verdicts say of one error type, for every caption of the workspace; all arrays are (N,).

    Attributes:
        error_type: of what; `any` for all together.
        is_bad: decided as having it.
        is_known: known without an estimate, because all above the deepest ranked look are decided.
        is_sampled: in the random sample of the rest.
        weights: for how many captions each stands; 0 where it does not count.
        is_out: counted nowhere: skipped, or found misaligned without a named error.
        sample: the sample of each caption.
    """

    error_type: str
    is_bad: Bools
    is_known: Bools
    is_sampled: Bools
    weights: Floats
    is_out: Bools
    sample: npt.NDArray[np.str_]

    def share(self, is_member: Bools) -> Share:
        """Return the share of bad captions in a part of the workspace, with its exact interval."""
        return bound_share(is_member & ~self.is_out, self.is_known, self.is_sampled, self.is_bad)


@dataclass(frozen=True)
class Rating:
    """One order rated: a row of the table, and with verdicts enough its calibration.

    Attributes:
        row: the numbers by column name.
        chances: (N,) the chance of the error for each caption, NaN where unscored; None when not allowed. A
            decided caption's is by a map that saw no verdict on its sample.
        bins: rows of the reliability plot: `said`, `found`, `low`, `high`, `captions`.
    """

    row: dict[str, float | int | str | None]
    chances: Floats | None = None
    bins: tuple[dict[str, float | int | str], ...] = ()
    method: str = ""


def rate(name: str, suspicion: Floats, evidence: Evidence, *, is_calibrated: bool) -> Rating:
    """Rate an order of suspicion.

    Args:
        name: of the scorer or baseline.
        suspicion: (N,) higher is worse; NaN where the scorer said nothing.
        evidence: the verdicts.
        is_calibrated: whether to fit a map to chances; needs 5 verdicts of each kind all the same.
    """
    is_scored = np.isfinite(suspicion)
    used = is_scored & (evidence.weights > 0)
    is_bad = evidence.is_bad[used]
    row: dict[str, float | int | str | None] = {
        "error_type": evidence.error_type,
        "scorer": name,
        "scored": int(is_scored.sum()),
        "verdicts": int(used.sum()),
        "bad": int(is_bad.sum()),
        **dict.fromkeys(("auroc", "auroc_low", "auroc_high", "ece", "brier")),
        **_precisions(suspicion, evidence),
        "note": "",
    }
    fewest = min(int(is_bad.sum()), int((~is_bad).sum()))
    if fewest < FEWEST_OF_A_KIND:
        kind = "bad" if is_bad.sum() == fewest else "fine"
        row["note"] = f"{fewest} {kind} among the verdicts that count; {FEWEST_OF_A_KIND} are needed"
        return Rating(row)
    seen = (suspicion[used], is_bad, evidence.weights[used])
    row["auroc"] = weighted_auroc(*seen)
    row["auroc_low"], row["auroc_high"] = bound_auroc(*seen, evidence.sample[used])
    if not is_calibrated:
        return Rating(row)
    fitted = calibrate(seen[0], is_bad, evidence.sample[used], seen[2])
    row["ece"], row["brier"] = fitted.ece, fitted.brier
    chances = np.full(len(suspicion), math.nan)
    chances[is_scored] = fitted.predict(suspicion[is_scored])
    chances[used] = fitted.crossed
    return Rating(row, chances, tuple(_bins(name, chances, fitted, evidence)), fitted.method)


def rate_slices(suspicion: Floats, evidence: Evidence, captions: pl.DataFrame) -> pl.DataFrame:
    """Rate an order within each slice of the captions that has verdicts enough, worst first.

    The worst of many slices looks worse than it is: some slice is unlucky. Read its interval.

    Args:
        suspicion: (N,) higher is worse; NaN where unscored.
        evidence: the verdicts.
        captions: N rows with the columns of `SLICES`.

    Returns:
        Columns `slice`, `value`, `captions`, `verdicts`, `auroc` with interval (null with too few of a kind),
        `share_bad` with interval.
    """
    used = np.isfinite(suspicion) & (evidence.weights > 0)
    rows = []
    for name in SLICES:
        for value in captions[name].drop_nulls().unique().sort():
            is_member = (captions[name] == value).fill_null(False).to_numpy()
            mine = used & is_member
            if mine.sum() < FEWEST_IN_SLICE or is_member.all():
                continue
            is_bad = evidence.is_bad[mine]
            auroc: tuple[float | None, float | None, float | None] = (None, None, None)
            if min(is_bad.sum(), (~is_bad).sum()) >= FEWEST_OF_A_KIND:
                seen = (suspicion[mine], is_bad, evidence.weights[mine])
                auroc = (weighted_auroc(*seen), *bound_auroc(*seen, evidence.sample[mine]))
            share = evidence.share(is_member)
            counts = (share.members, int(mine.sum()))
            rows.append((name, str(value), *counts, *auroc, share.value, share.low, share.high))
    numbers = ("auroc", "auroc_low", "auroc_high", "share_bad", "share_bad_low", "share_bad_high")
    schema = {"slice": pl.String(), "value": pl.String(), "captions": pl.Int64(), "verdicts": pl.Int64()}
    frame = pl.DataFrame(rows, schema=schema | dict.fromkeys(numbers, pl.Float64()), orient="row")
    return frame.sort("auroc", "slice", "value", nulls_last=True)


def _precisions(suspicion: Floats, evidence: Evidence) -> dict[str, float | None]:
    """Return the share of bad ones among the most suspicious, for each budget, with its exact interval."""
    # Ties fall at random: rows come in the order of the queue, which a baseline must not borrow.
    chance = np.random.default_rng(0).random(len(suspicion))
    order = np.lexsort((chance, -np.where(np.isfinite(suspicion), suspicion, -np.inf)))
    scored = int(np.isfinite(suspicion).sum())
    found: dict[str, float | None] = {}
    for budget in BUDGETS:
        is_member = np.zeros(len(suspicion), bool)
        is_member[order[: max(1, round(budget * scored))] if scored else []] = True
        share = evidence.share(is_member)
        name = f"precision_{budget * 100:.0f}pct"
        found[name] = None if math.isnan(share.value) else share.value
        found[f"{name}_low"], found[f"{name}_high"] = share.low, share.high
    return found


def _bins(
    name: str, chances: Floats, fitted: Calibration, evidence: Evidence
) -> Iterator[dict[str, float | int | str]]:
    """Yield the points of the reliability plot: chance said against share found, with an exact interval.

    The interval is that of the chance behind the verdicts, not of the share in this workspace: that one
    shrinks to nothing as the review ends, and would call every chance wrong that is off by a caption.
    """
    highest = sorted({float(fitted.crossed[part].max()) for part in bins_of(fitted.crossed)})
    place = np.searchsorted(highest[:-1], chances, side="left")
    for number in range(len(highest)):
        is_member = np.isfinite(chances) & (place == number)
        share = evidence.share(is_member)
        if math.isnan(share.value):
            continue
        bounds = binomial_bounds(share.decided, round(share.value * share.decided))
        yield {
            "error_type": evidence.error_type,
            "scorer": name,
            "said": float(chances[is_member].mean()),
            "found": share.value,
            "low": bounds.low,
            "high": bounds.high,
            "captions": share.members,
            "verdicts": share.decided,
        }
