"""How a model orders held-out pairs before and after, how sure that is, and what its margins are worth."""

from __future__ import annotations

import math
from functools import partial
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from workbench.alignment.calibration import bins_of, expected_calibration_error
from workbench.finetune.evaluation.likelihood import Likelihoods
from workbench.metrics import Metric
from workbench.statistics import bootstrap_bounds

__all__ = [
    "PAIR_SCHEMA",
    "frame_of_pairs",
    "measure_pairs",
    "pairs_needed",
    "reliability_bins",
    "tell_power",
]

PAIR_SCHEMA: Final[dict[str, pl.DataType]] = {
    "pair_id": pl.String(),
    "sample_id": pl.String(),
    "group": pl.String(),
    "origin": pl.String(),
    "error_type": pl.String(),
    "chosen_before": pl.Float64(),
    "rejected_before": pl.Float64(),
    "chosen_after": pl.Float64(),
    "rejected_after": pl.Float64(),
    "chosen_tokens": pl.Int64(),
    "rejected_tokens": pl.Int64(),
    "margin": pl.Float64(),
}
_ENOUGH: Final = 200
_FEWEST: Final = 10
_Z_POWER: Final = 0.8416  # of a normal law, 80 %
_Z_SURE: Final = 1.9600  # of the same, 95 % on two sides

Floats = npt.NDArray[np.float64]


def frame_of_pairs(rows: pl.DataFrame, before: Likelihoods, after: Likelihoods, beta: float) -> pl.DataFrame:
    """Return a row a held-out pair: log-probabilities before and after, and the margin of its rewards.

    The reward is DPO's whatever the method was: beta times how much likelier an answer has become. So methods
    can be compared, and a method without a reference can be judged too.

    Args:
        rows: fit held-out rows of `ROW_SCHEMA`.
        before, after: of the same rows, by the model before and after.
        beta: as in DPO.
    """
    known = rows.select("pair_id", "sample_id", "group", "origin", "error_type")
    told = pl.DataFrame(
        {
            "chosen_before": before.chosen, "rejected_before": before.rejected,
            "chosen_after": after.chosen, "rejected_after": after.rejected,
            "chosen_tokens": before.chosen_tokens, "rejected_tokens": before.rejected_tokens,
        },
        schema={name: PAIR_SCHEMA[name] for name in list(PAIR_SCHEMA)[5:11]},
    )  # fmt: skip
    gain = pl.col("chosen_after") - pl.col("chosen_before")
    loss = pl.col("rejected_after") - pl.col("rejected_before")
    whole = pl.concat([known, told], how="horizontal")
    return whole.with_columns(margin=beta * (gain - loss)).select(list(PAIR_SCHEMA))


def measure_pairs(pairs: pl.DataFrame, *, rounds: int, seed: int) -> dict[str, Metric]:
    """Measure how held-out pairs are ordered; intervals by drawing samples again.

    Returns:
        `pair_accuracy_before`, `_after`, `_change`: share of pairs whose chosen answer is the likelier one;
        long answers are unlikelier, so this is no share of errors known. `reward_accuracy`: share whose
        reward is higher for the chosen answer, ties a half; `reward_margin` its mean distance.
        `perplexity_chosen_before`, `_after`: of a token of the chosen answers. `calibration_error`, `brier`:
        of the chance that the rewards give to the order, see `reliability_bins`; 0 is best.
    """
    if pairs.is_empty():
        return {}
    samples = pairs["sample_id"].to_numpy()
    before = _wins(pairs, "before")
    after = _wins(pairs, "after")
    margin = pairs["margin"].to_numpy()
    rewards = np.sign(margin) / 2 + 0.5
    chances, is_right = _confidence(margin)
    tokens = pairs["chosen_tokens"].to_numpy().astype(float)

    def bounded(values: Floats, unit: str) -> Metric:
        bounds = bootstrap_bounds(lambda rows: float(values[rows].mean()), samples, rounds=rounds, seed=seed)
        return Metric(float(values.mean()), len(values), unit, *bounds)

    share = "share of pairs"
    found = {
        "pair_accuracy_before": bounded(before, share),
        "pair_accuracy_after": bounded(after, share),
        "pair_accuracy_change": bounded(after - before, share),
        "reward_accuracy": bounded(rewards, share),
        "reward_margin": bounded(margin, "reward"),
        "calibration_error": Metric(
            expected_calibration_error(chances, is_right, np.ones(len(margin))), len(margin), "chance"
        ),
        "brier": bounded((chances - is_right) ** 2, "squared chance"),
    }
    for when in ("before", "after"):
        nats = -pairs[f"chosen_{when}"].to_numpy()
        bounds = bootstrap_bounds(partial(_perplexity, nats, tokens), samples, rounds=rounds, seed=seed)
        value = _perplexity(nats, tokens, np.arange(len(nats)))
        found[f"perplexity_chosen_{when}"] = Metric(value, len(nats), "per token", *bounds)
    return found


def reliability_bins(pairs: pl.DataFrame) -> pl.DataFrame:
    """Return bins of equal count: the chance that the rewards give to an order, and how often it is right.

    Rewards say of each pair which answer is better and, as Bradley and Terry do, how surely: the logistic of
    the margin's size. Held-out pairs say whether it is right.

    Returns:
        `said`, `found` (0 to 1) and `pairs`, from unsure to sure.
    """
    chances, is_right = _confidence(pairs["margin"].to_numpy())
    rows = [
        (float(chances[part].mean()), float(is_right[part].mean()), len(part)) for part in bins_of(chances)
    ]
    schema = {"said": pl.Float64, "found": pl.Float64, "pairs": pl.Int64}
    return pl.DataFrame(rows if pairs.height else [], schema=schema, orient="row")


def pairs_needed(accuracy: float) -> int:
    """Return how many held-out pairs show that an accuracy is above one half, with a chance of 80 %.

    At 95 % on two sides, by the normal approximation; pairs of one sample count as one and a bit.

    Example:
        >>> [pairs_needed(share) for share in (0.55, 0.6, 0.7, 0.8)]
        [783, 194, 47, 20]
    """
    spread = _Z_SURE * 0.5 + _Z_POWER * math.sqrt(accuracy * (1 - accuracy))
    return math.ceil((spread / abs(accuracy - 0.5)) ** 2 - 1e-9)


def tell_power(pairs: int) -> str:
    """Say in a sentence what so many held-out pairs can show."""
    if not pairs:
        return "No pair is held out: whether anything was learned cannot be told. ws.split_pairs() holds out."
    shown = pairs >= _FEWEST and next(
        (share / 100 for share in range(51, 100) if pairs_needed(share / 100) <= pairs), None
    )
    said = (
        f"{pairs:,} held-out pairs show an accuracy of {shown:.2f} or more"
        if shown
        else f"{pairs:,} held-out pairs"
    )
    said += " to be above chance, four times in five" if shown else " are too few to show anything"
    few = f"; {_ENOUGH} or more are advised before a gain is believed" if pairs < _ENOUGH else ""
    return f"{said}{few}."


def _wins(pairs: pl.DataFrame, when: str) -> Floats:
    gap = (pairs[f"chosen_{when}"] - pairs[f"rejected_{when}"]).to_numpy()
    return np.asarray(np.sign(gap) / 2 + 0.5, dtype=np.float64)


def _confidence(margin: Floats) -> tuple[Floats, npt.NDArray[np.bool_]]:
    return 1 / (1 + np.exp(-np.abs(np.clip(margin, -500, 500)))), margin > 0


def _perplexity(nats: Floats, tokens: Floats, rows: npt.NDArray[np.intp]) -> float:
    # Of a model that broke, so much that no number holds it.
    return float(np.exp(min(nats[rows].sum() / max(tokens[rows].sum(), 1.0), 700.0)))
