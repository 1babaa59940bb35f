"""Turn what two models answered into numbers: texts, flagged items and probes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from workbench.encoders.captioning import Said
from workbench.finetune.evaluation.flagged import describe_outcome
from workbench.finetune.evaluation.likelihood import Likelihoods
from workbench.finetune.evaluation.measures import (
    MEASURES,
    Tally,
    measure,
    measure_change,
    tally_text,
    variety,
)
from workbench.finetune.evaluation.probes import KINDS
from workbench.finetune.evaluation.reading import Row
from workbench.finetune.evaluation.result import TEXT_SCHEMA
from workbench.finetune.evaluation.settings import EvaluationSettings
from workbench.finetune.evaluation.slices import SLICE_SCHEMA, find_slices, measure_slices
from workbench.finetune.evaluation.truth import Truth, Verdict
from workbench.metrics import Metric
from workbench.statistics import bootstrap_bounds

__all__ = ["Texts", "compare_flagged", "compare_probes", "compare_texts"]

Bools = npt.NDArray[np.bool_]
_SHARE: Final = "share of texts"
_SHOWN: Final = ("sample_id", "media", "paths", "duration_s", "start_s", "end_s", "collage", "prompt")


@dataclass(frozen=True)
class Texts:
    """Texts of general samples: metrics by NAME_DECODING_WHEN, side by side, and by slice (greedy)."""

    metrics: dict[str, Metric]
    frame: pl.DataFrame
    slices: pl.DataFrame


@dataclass(frozen=True)
class _Side:
    texts: list[str]
    verdicts: list[Verdict | None]
    tallies: list[Tally]


def compare_texts(
    rows: Sequence[Row],
    trained: Sequence[Row],
    told: tuple[Mapping[str, Sequence[Said]], Mapping[str, Sequence[Said]]],
    truth: Truth | None,
    how: EvaluationSettings,
) -> Texts:
    """Measure what both models said of the same samples.

    Args:
        rows: what they were shown.
        trained: what the run trained on, for what is unusual.
        told: of before and of after: decoding -> a text a row.
        truth: what is there, where it is known.
        how: rounds and seed of the bootstrap.
    """
    metrics: dict[str, Metric] = {}
    frames: list[dict[str, object]] = []
    slices = pl.DataFrame(schema=SLICE_SCHEMA)
    samples = [str(row["sample_id"]) for row in rows]
    for decoding in told[0] if rows else ():
        before, after = (_side(side[decoding], rows, truth) for side in told)
        metrics |= _measures(decoding, before, after, samples, how)
        frames += [_row(row, decoding, before, after, at) for at, row in enumerate(rows)]
        if truth is not None and decoding == "greedy":
            parts = find_slices(rows, trained, truth)
            slices = measure_slices(
                parts, before.tallies, after.tallies, samples, rounds=how.rounds, seed=how.seed
            )
    return Texts(metrics, pl.DataFrame(frames, schema=TEXT_SCHEMA), slices)


def compare_flagged(seen: pl.DataFrame, *, rounds: int, seed: int) -> dict[str, Metric]:
    """Measure what became of flagged items; those the run trained on and those it did not.

    Returns:
        `flagged_mended`: of items wrong before, the share that is right after; `flagged_mended_unseen`: the
        same of items whose correction the run did not train on, which it cannot know by heart;
        `flagged_broken`: of items right before, the share that is wrong after; `flagged_cut_short`: the share
        with nothing wrong after that says less than before; `flagged_changed`: that says something else.
    """
    if seen.is_empty():
        return {}
    outcome = seen["outcome"]
    is_known = ~outcome.is_in(["same", "changed"]).to_numpy()
    right = is_known & seen["right_before"].to_numpy()
    wrong = is_known & ~seen["right_before"].to_numpy()
    unseen = ~seen["trained"].to_numpy()
    samples = seen["sample_id"].to_numpy()
    everything = np.ones(seen.height, dtype=bool)
    asked = {
        "flagged_mended": ((outcome == "mended").to_numpy(), wrong),
        "flagged_mended_unseen": ((outcome == "mended").to_numpy(), wrong & unseen),
        "flagged_broken": (outcome.is_in(["broken", "says nothing"]).to_numpy(), right),
        "flagged_cut_short": (outcome.is_in(["cut short", "says nothing"]).to_numpy(), is_known),
        "flagged_changed": ((seen["before"] != seen["after"]).to_numpy(), everything),
    }
    return {
        name: _share(counted, whole, samples, "share of items", rounds=rounds, seed=seed)
        for name, (counted, whole) in asked.items()
        if whole.any()
    }


def compare_probes(
    probes: pl.DataFrame, before: Likelihoods, after: Likelihoods, *, rounds: int
) -> tuple[pl.DataFrame, dict[str, Metric]]:
    """Measure probes by both models.

    Args:
        probes: `PROBE_SCHEMA`.
        before, after: of the rows of `answer_rows`.
        rounds: of the bootstrap.

    Returns:
        The probes with `right_before` and `right_after` (0 to 1; a question counts a half each for the thing
        that is there and the one that is not), and metrics `pope_KIND_WAY_WHEN`, and `pope_yes_share_WHEN`:
        how often a question was answered with yes; one half is right.
    """
    sides = {"before": _answers(probes, before), "after": _answers(probes, after)}
    frame = probes.with_columns(
        pl.Series(f"right_{when}", [one[0] for one in side], pl.Float64) for when, side in sides.items()
    )
    metrics: dict[str, Metric] = {}
    for way in probes["way"].unique(maintain_order=True).to_list():
        for kind in KINDS:
            own = frame.filter((pl.col("way") == way) & (pl.col("kind") == kind))
            then, now = (own[f"right_{when}"].to_numpy() for when in ("before", "after"))
            for when, values in (("before", then), ("after", now), ("change", now - then)):
                bounds = bootstrap_bounds(partial(_mean, values), own["sample_id"].to_numpy(), rounds=rounds)
                metrics[f"pope_{kind}_{way}_{when}"] = Metric(
                    float(values.mean()), own.height, "share of probes", *bounds
                )
    questions = [at for at, way in enumerate(probes["way"]) if way == "question"]
    for when, side in sides.items() if questions else ():
        yes = np.array([side[at][1] for at in questions])
        metrics[f"pope_yes_share_{when}"] = Metric(float(yes.mean()), 2 * len(yes), "share of answers")
    return frame, metrics


def _answers(probes: pl.DataFrame, weighed: Likelihoods) -> list[tuple[float, float]]:
    """Return of each probe how far it was answered right, and of questions the share of yes."""
    found: list[tuple[float, float]] = []
    at = 0
    gaps = [one - other for one, other in zip(weighed.chosen, weighed.rejected, strict=True)]
    for way in probes["way"]:
        if way == "sentence":
            found.append((_won(gaps[at]), 0.0))
            at += 1
            continue
        there, absent = _won(gaps[at]), _won(gaps[at + 1])
        found.append(((there + 1 - absent) / 2, (there + absent) / 2))
        at += 2
    return found


def _won(gap: float) -> float:
    return 0.5 if gap == 0 else float(gap > 0)


def _side(told: Sequence[Said], rows: Sequence[Row], truth: Truth | None) -> _Side:
    verdicts = [
        truth.check(said.text, row) if truth is not None and truth.knows(row["sample_id"]) else None
        for said, row in zip(told, rows, strict=True)
    ]
    tallies = [
        tally_text(said.text, is_whole=said.is_whole, verdict=verdict)
        for said, verdict in zip(told, verdicts, strict=True)
    ]
    return _Side([said.text for said in told], verdicts, tallies)


def _measures(
    decoding: str, before: _Side, after: _Side, samples: Sequence[str], how: EvaluationSettings
) -> dict[str, Metric]:
    found: dict[str, Metric] = {}
    for name, told in MEASURES.items():
        if told.needs_truth and not any(before.verdicts):
            continue
        for when, side in (("before", before), ("after", after)):
            found[f"{name}_{decoding}_{when}"] = measure(
                name, side.tallies, samples, rounds=how.rounds, seed=how.seed
            )
        found[f"{name}_{decoding}_change"] = measure_change(
            name, before.tallies, after.tallies, samples, rounds=how.rounds, seed=how.seed
        )
    for when, side in (("before", before), ("after", after)):
        for name, value in variety(side.texts).items():
            found[f"{name}_{decoding}_{when}"] = Metric(value, len(samples), "share")
    return found | _kept(decoding, before, after, samples, how)


def _kept(
    decoding: str, before: _Side, after: _Side, samples: Sequence[str], how: EvaluationSettings
) -> dict[str, Metric]:
    """Measure whether what was right has stayed so, and what was wrong has not."""
    both = [
        (then.is_right, now.is_right) if then is not None and now is not None else None
        for then, now in zip(before.verdicts, after.verdicts, strict=True)
    ]
    was_right = np.array([one is not None and one[0] for one in both], dtype=bool)
    was_wrong = np.array([one is not None and not one[0] for one in both], dtype=bool)
    is_right = np.array([one is not None and one[1] for one in both], dtype=bool)
    is_same = np.array(
        [one == other for one, other in zip(before.texts, after.texts, strict=True)], dtype=bool
    )
    asked = {
        "kept": (is_right, was_right),
        "mended": (is_right, was_wrong),
        "unchanged": (is_same, np.ones(len(both), dtype=bool)),
    }
    return {
        f"{name}_{decoding}": _share(
            counted, whole, np.asarray(samples), _SHARE, rounds=how.rounds, seed=how.seed
        )
        for name, (counted, whole) in asked.items()
        if whole.any()
    }


def _share(
    counted: Bools, whole: Bools, samples: npt.NDArray[np.object_], unit: str, *, rounds: int, seed: int
) -> Metric:
    """Return the share of the counted among the whole, with its interval by drawing samples again."""
    values = counted[whole].astype(np.float64)
    bounds = bootstrap_bounds(partial(_mean, values), samples[whole], rounds=rounds, seed=seed)
    return Metric(float(values.mean()), len(values), unit, *bounds)


def _mean(values: npt.NDArray[np.float64], rows: npt.NDArray[np.intp]) -> float:
    return float(values[rows].mean())


def _row(row: Row, decoding: str, before: _Side, after: _Side, at: int) -> dict[str, object]:
    then, now = before.verdicts[at], after.verdicts[at]
    return {
        **{name: row[name] for name in _SHOWN},
        "decoding": decoding,
        "before": before.texts[at],
        "after": after.texts[at],
        **describe_outcome(before.texts[at], after.texts[at], then, now),
    }
