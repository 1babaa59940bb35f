"""Every method trains by both engines, and the two give the same losses and margins step by step."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from tests.made_tuning import Ear, pairs_of_pictures, pairs_of_text, picture_model, quick_config, text_model
from workbench.errors import RunError
from workbench.finetune.config import RunConfig
from workbench.finetune.directory import RunFolder
from workbench.finetune.engines.base import Job
from workbench.finetune.engines.fast import FastEngine
from workbench.finetune.engines.trl import TrlEngine
from workbench.finetune.engines.trl.arguments import STOCK
from workbench.finetune.examples import make_examples
from workbench.finetune.methods import METHODS
from workbench.finetune.rows import FLAGGED_SCHEMA
from workbench.finetune.weights import load_tuned

pytest.importorskip("trl", reason="the extra `finetune` is not installed")

SETTINGS = {"rdpo": {"epsilon": 0.2}, "tr_dpo": {"sync_steps": 2}}
TRAINED = sorted(name for name, method in METHODS.items() if method.kind != "reward")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    home = tmp_path_factory.mktemp("models")
    return {"text": text_model(home / "text"), "pictures": picture_model(home / "pictures")}


def rows_of(kind: str, folder: Path) -> pl.DataFrame:
    rows = pairs_of_pictures(folder / "pictures") if kind == "pictures" else pairs_of_text()
    place = pl.int_range(pl.len())
    return rows.with_columns(
        strength=(place % 3 + 1).cast(pl.Int64),
        weight=0.5 + place / 10,
        for_rejected=pl.when(place % 4 == 0).then(["ben"]).otherwise(pl.lit([], pl.List(pl.String()))),
    )


def train(engine: TrlEngine | FastEngine, config: RunConfig, rows: pl.DataFrame, folder: Path) -> Ear:
    ear = Ear()
    engine.train(Job(config, rows, pl.DataFrame(schema=FLAGGED_SCHEMA), folder), ear)
    return ear


def compare(config: RunConfig, rows: pl.DataFrame, folder: Path) -> Ear:
    trl = train(TrlEngine(), config, rows, folder / "trl")
    fast = train(FastEngine(), config, rows, folder / "fast")
    assert trl.losses == pytest.approx(fast.losses, abs=1e-4)
    assert len(set(trl.losses)) == len(trl.losses), "nothing was learned"
    for one, other in zip(trl.steps, fast.steps, strict=True):
        assert one.pair_margins == pytest.approx(other.pair_margins, abs=1e-4)
        assert one.grad_norm == pytest.approx(other.grad_norm, rel=1e-3, abs=1e-4)
        assert one.chosen_logp == pytest.approx(other.chosen_logp, abs=1e-3)
    for seen, other_seen in zip(trl.looks, fast.looks, strict=True):
        assert seen.margins == pytest.approx(other_seen.margins, abs=1e-4)
        assert seen.loss == pytest.approx(other_seen.loss, abs=1e-4)
    return trl


@pytest.mark.parametrize("method", TRAINED)
def test_a_method_gives_the_same_losses_by_both_engines(
    models: dict[str, Path], tmp_path: Path, method: str
) -> None:
    kind = "pictures" if method == "mdpo" else "text"
    config = quick_config(models[kind], method=method, **SETTINGS.get(method, {}))
    heard = compare(config, rows_of(kind, tmp_path), tmp_path)
    assert heard.started["loss"] == ("trl" if method in STOCK else "ours")


@pytest.mark.parametrize("method", ["dpo", "kto", "sft", "tr_dpo"])
def test_whole_weights_give_the_same_losses_by_both_engines(
    models: dict[str, Path], tmp_path: Path, method: str
) -> None:
    config = quick_config(models["pictures"], method=method, trains="full", **SETTINGS.get(method, {}))
    compare(config, rows_of("pictures", tmp_path), tmp_path)


def test_weighted_pairs_give_the_same_losses_by_both_engines(models: dict[str, Path], tmp_path: Path) -> None:
    config = quick_config(models["text"], method="rpo", weigh_by="weight", sft_weight=2.0)
    compare(config, rows_of("text", tmp_path), tmp_path)


def test_ties_give_the_same_losses_by_both_engines(models: dict[str, Path], tmp_path: Path) -> None:
    tied = pl.when(pl.col("pair_id") == "p1").then(pl.lit("tie")).otherwise("status")
    config = quick_config(models["text"], statuses=("accepted", "tie"))
    heard = compare(config, rows_of("text", tmp_path).with_columns(status=tied), tmp_path)
    assert heard.started["loss"] == "ours", "TRL knows no ties"


@pytest.mark.parametrize("method", ["re_po", "tr_dpo"])
def test_what_a_method_learns_beside_the_model_comes_back_with_it(
    models: dict[str, Path], tmp_path: Path, method: str
) -> None:
    rows = rows_of("text", tmp_path)
    config = quick_config(models["text"], method=method, **SETTINGS.get(method, {}))
    whole = train(TrlEngine(), config, rows, tmp_path / "whole")
    nothing = pl.DataFrame(schema=FLAGGED_SCHEMA)
    first, second = Ear(stop_after=3), Ear()
    TrlEngine().train(Job(config, rows, nothing, tmp_path / "parts"), first)
    last = RunFolder(tmp_path / "parts").last_checkpoint()
    TrlEngine().train(Job(config, rows, nothing, tmp_path / "parts", last), second)
    assert first.losses + second.losses == whole.losses


def test_a_judge_learns_to_tell_answers_apart(models: dict[str, Path], tmp_path: Path) -> None:
    import torch

    config = quick_config(models["text"], method="reward", epochs=6)
    rows = rows_of("text", tmp_path)
    heard = train(TrlEngine(), config, rows, tmp_path / "run")
    assert heard.started["loss"] == "trl"
    assert heard.losses[-1] < heard.losses[0]
    assert heard.steps[-1].chosen_logp is None, "a judge has no log-probabilities"
    judge = load_tuned(tmp_path / "run" / "weights", device="cpu")
    example = make_examples(rows.tail(1), judge, config)[0]
    both = [list(example.prompt_ids + ids) for ids in (example.chosen_ids, example.rejected_ids)]
    with torch.no_grad():
        chosen, rejected = (float(judge.model(torch.tensor([ids])).logits) for ids in both)
    assert heard.looks[-1].margins["p11"] == pytest.approx(chosen - rejected, abs=1e-5)


def test_a_judge_resumes_to_the_bit_and_takes_margins_and_ties(
    models: dict[str, Path], tmp_path: Path
) -> None:
    config = quick_config(models["text"], method="reward", offset_scale=0.5, tie_width=0.3, trains="full")
    tied = pl.when(pl.col("pair_id") == "p1").then(pl.lit("tie")).otherwise("status")
    rows = rows_of("text", tmp_path).with_columns(status=tied)
    whole = train(TrlEngine(), config, rows, tmp_path / "whole")
    assert whole.started["loss"] == "ours"
    nothing = pl.DataFrame(schema=FLAGGED_SCHEMA)
    first, second = Ear(stop_after=1), Ear()
    TrlEngine().train(Job(config, rows, nothing, tmp_path / "parts"), first)
    last = RunFolder(tmp_path / "parts").last_checkpoint()
    TrlEngine().train(Job(config, rows, nothing, tmp_path / "parts", last), second)
    assert first.losses + second.losses == whole.losses


def test_a_judge_of_pictures_is_refused(models: dict[str, Path], tmp_path: Path) -> None:
    config = quick_config(models["pictures"], method="reward")
    with pytest.raises(RunError, match="TRL trains judges of text alone"):
        train(TrlEngine(), config, rows_of("pictures", tmp_path), tmp_path / "run")
