"""Evaluate a run: ask the model before and the model after the same things, and hold them side by side."""

from __future__ import annotations

import gc
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from workbench.errors import RunError
from workbench.finetune.config import RunConfig
from workbench.finetune.evaluation.comparing import compare_flagged, compare_probes, compare_texts
from workbench.finetune.evaluation.flagged import lay_side_by_side
from workbench.finetune.evaluation.gathering import find_general, find_truth
from workbench.finetune.evaluation.held_out import (
    frame_of_pairs,
    measure_pairs,
    reliability_bins,
    tell_power,
)
from workbench.finetune.evaluation.observing import Asked, Observed, observe
from workbench.finetune.evaluation.probes import PROBE_SCHEMA, answer_rows, can_answer, make_probes
from workbench.finetune.evaluation.reading import Row
from workbench.finetune.evaluation.result import Evaluation, keep_evaluation
from workbench.finetune.evaluation.settings import EvaluationSettings
from workbench.finetune.evaluation.slices import slice_pairs
from workbench.finetune.evaluation.truth import Truth
from workbench.finetune.evaluation.warning import find_warnings
from workbench.finetune.methods import method_of
from workbench.finetune.models import Loaded, load_model
from workbench.finetune.rows import HELD_OUT, TRAIN, fit_rows
from workbench.finetune.run import Run
from workbench.finetune.weights import load_tuned
from workbench.records import utc_now
from workbench.store import Store

__all__ = ["evaluate"]

_BETA: Final = 0.1
#: Sound, and media that cannot be found, are not shown to a model: what it said would be about nothing.
_IS_SHOWN: Final = pl.col("media").is_in(["image", "video"]) & (pl.col("paths").list.len() > 0)
_SOURCES: Final = {
    "regions": "What is there was told by the workspace's regions; what they never speak of is not counted.",
    "captions": (
        "What is there was read from captions that people verified: what they leave out counts as not there, "
        "so the rates are too high, before and after alike. Regions tell more: ws.ingest_regions(...)."
    ),
    "": (
        "Nothing is known of what is there, or the captions are not in English, so that no rate of imagined "
        "things can be told: bring regions (ws.ingest_regions) or verify captions."
    ),
}


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is asked, and what is known of it."""

    config: RunConfig
    settings: EvaluationSettings
    rows: pl.DataFrame
    truth: Truth | None
    general: Sequence[Row]
    probed: Sequence[Row]
    flagged: pl.DataFrame
    pairs: pl.DataFrame


def evaluate(store: Store, run: Run, settings: EvaluationSettings | None = None) -> Evaluation:
    """Hold a run's model before and after it side by side, and keep the result with the run.

    Looked at are the flagged items; samples that no pair of the training shows, for what is imagined, missed,
    repeated, and whether what was right has stayed so; held-out pairs; probes of what is there. Texts are the
    likeliest ones and drawn ones.

    What it cannot see: faults that neither regions nor verified captions speak of, style, and taste. For
    those people judge blind: `ws.judge_run(run)`.

    Args:
        store: the workspace of the run.
        run: finished.
        settings: how thorough.

    Returns:
        The same as `read_evaluation` gives from now on.

    Raises:
        RunError: for a run that is not finished, or that made a judge and no model that speaks.
        MediaError: when a picture cannot be read.
    """
    how = settings or EvaluationSettings()
    plan = _plan(store, run, how)
    weights = run.weights
    before_model = load_model(plan.config)
    asked, probes = _ask(plan, before_model)
    before = observe(before_model, asked, plan.config, how)
    del before_model
    _free_memory()
    after_model = load_tuned(weights, plan.config.device, plan.config.precision)
    after = observe(after_model, asked, plan.config, how)
    facts = _facts(plan, after_model)
    del after_model
    _free_memory()
    return keep_evaluation(_lay_out(run, plan, probes, (before, after), facts))


def _plan(store: Store, run: Run, how: EvaluationSettings) -> _Plan:
    config = run.config
    if method_of(config.method).kind == "reward":
        raise RunError(
            f"The run {run.name!r} made a judge of texts, which writes none to hold side by side.",
            "Its accuracy on held-out pairs is in run.looks.",
        )
    rows = run.rows
    truth = find_truth(store, rows)
    general = find_general(store, rows, config, count=how.pictures, seed=how.seed)
    known = [row for row in general if truth is not None and truth.knows(row["sample_id"])]
    held_out = fit_rows(rows, HELD_OUT).filter((pl.col("chosen") != "") & (pl.col("rejected") != ""))
    drawn = held_out.sample(min(how.held_out, held_out.height), seed=how.seed).sort("pair_id")
    flagged = run.flagged.filter((pl.col("media") == "") | _IS_SHOWN)
    return _Plan(
        config, how, rows, truth, general, known[: how.probes], flagged.head(how.flagged), drawn,
    )  # fmt: skip


def _ask(plan: _Plan, loaded: Loaded) -> tuple[Asked, pl.DataFrame]:
    probes = pl.DataFrame(schema=PROBE_SCHEMA)
    if plan.truth is not None and plan.probed:
        ways = ("question", "sentence") if can_answer(loaded) else ("sentence",)
        probes = make_probes(plan.probed, plan.truth, ways=ways, seed=plan.settings.seed)
    return Asked(plan.flagged, plan.general, plan.pairs, answer_rows(probes, plan.probed)), probes


def _lay_out(
    run: Run, plan: _Plan, probes: pl.DataFrame, told: tuple[Observed, Observed], facts: dict[str, str]
) -> Evaluation:
    before, after = told
    how = plan.settings
    seen = lay_side_by_side(plan.flagged, before.flagged, after.flagged, plan.rows, plan.truth)
    trained = list(fit_rows(plan.rows, TRAIN).iter_rows(named=True))
    texts = compare_texts(plan.general, trained, (before.general, after.general), plan.truth, how)
    beta = plan.config.settings.get("beta") or _BETA
    pairs = frame_of_pairs(plan.pairs, before.pairs, after.pairs, beta)
    probed, probe_metrics = compare_probes(probes, before.probes, after.probes, rounds=how.rounds)
    metrics = {
        **compare_flagged(seen, rounds=how.rounds, seed=how.seed),
        **texts.metrics,
        **measure_pairs(pairs, rounds=how.rounds, seed=how.seed),
        **probe_metrics,
    }
    notes = [
        f"{len(plan.general):,} other samples, none of which any pair of the training shows.",
        _SOURCES[plan.truth.source if plan.truth is not None else ""],
        tell_power(pairs.height),
    ]
    return Evaluation(
        run=run.name, folder=run.folder.evaluation, metrics=metrics, warnings=tuple(find_warnings(metrics)),
        notes=tuple(notes), facts=facts, flagged=seen, texts=texts.frame, pairs=pairs, probes=probed,
        slices=pl.concat([texts.slices, slice_pairs(pairs)]), bins=reliability_bins(pairs),
    )  # fmt: skip


def _facts(plan: _Plan, loaded: Loaded) -> dict[str, str]:
    config = plan.config
    trained = fit_rows(plan.rows, TRAIN)
    settings = ", ".join(
        f"{name} {value:g}" for name, value in sorted(config.settings.items()) if value is not None
    )
    rank = f", rank {config.lora_rank}" if config.trains == "lora" else ""
    return {
        "method": f"{method_of(config.method).title} ({method_of(config.method).source})",
        "settings": f"{settings}; learning rate {config.learning_rate:g}, {config.batch_pairs} pairs a step",
        "model": f"{config.model} ({loaded.architecture})",
        "trained": f"{'adapters' if config.trains == 'lora' else 'all weights'}{rank}",
        "pairs": f"{trained.height:,} trained on, {plan.pairs.height:,} held out",
        "device": f"{loaded.device}, {loaded.precision}",
        "evaluated": utc_now().strftime("%Y-%m-%d %H:%M UTC"),
    }


def _free_memory() -> None:
    """Give a GPU's memory back before the next model comes."""
    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
