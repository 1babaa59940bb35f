"""TRL trains what it is handed, in our order, tells every pair, stops, resumes to the bit and saves."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.made_tuning import (
    Ear,
    flagged_of,
    pairs_of_pictures,
    pairs_of_text,
    picture_model,
    quick_config,
    text_model,
)
from workbench.errors import RunError
from workbench.finetune.config import RunConfig
from workbench.finetune.directory import RunFolder
from workbench.finetune.engines.base import Job, Trained
from workbench.finetune.engines.trl import TrlEngine
from workbench.finetune.weights import load_tuned

pytest.importorskip("trl", reason="the extra `finetune` is not installed")


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    home = tmp_path_factory.mktemp("models")
    return {
        "chat": text_model(home / "chat"),
        "plain": text_model(home / "plain", chat=False),
        "pictures": picture_model(home / "pictures"),
    }


def train(
    config: RunConfig, rows: pl.DataFrame, folder: Path, *, stop_after: int = 0, resume: bool = False
) -> tuple[Ear, Trained]:
    ear = Ear(stop_after)
    start = RunFolder(folder).last_checkpoint() if resume else None
    job = Job(config, rows, flagged_of(rows), folder, start)
    return ear, TrlEngine().train(job, ear)


def rows_for(kind: str, folder: Path) -> pl.DataFrame:
    return pairs_of_pictures(folder / "pictures") if kind == "pictures" else pairs_of_text()


@pytest.mark.parametrize("kind", ["chat", "plain", "pictures"])
def test_a_run_tells_every_step_and_look_and_keeps_its_weights(
    models: dict[str, Path], tmp_path: Path, kind: str
) -> None:
    config = quick_config(models[kind], evaluate_every=2)
    ear, trained = train(config, rows_for(kind, tmp_path), tmp_path / "run")
    assert (ear.started["steps"], ear.started["pairs"], ear.started["loss"]) == (4, 8, "trl")
    assert [step.step for step in ear.steps] == [1, 2, 3, 4]
    assert ear.losses[0] == pytest.approx(math.log(2), abs=1e-5)
    assert ear.steps[0].accuracy == 0.5, "ties count a half"
    assert ear.losses[-1] < ear.losses[0]
    assert ear.steps[-1].margin > 0
    assert all(step.grad_norm > 0 and step.tokens > 0 and step.seconds > 0 for step in ear.steps)
    assert [step.learning_rate for step in ear.steps] == pytest.approx([1e-2, 7.5e-3, 5e-3, 2.5e-3])
    assert {pair for step in ear.steps for pair in step.pair_margins} == {f"p{n}" for n in range(8)}
    assert [look.step for look in ear.looks] == [0, 2, 4]
    assert set(ear.looks[-1].margins) == {f"p{n}" for n in range(8, 12)}
    assert [step for step, _ in ear.said] == [0, 2, 4]
    assert [caption for caption, _ in ear.said[0][1]] == ["r0", "r1"]
    assert trained == Trained(4, is_whole=True, weights=tmp_path / "run" / "weights")
    assert load_tuned(trained.weights, device="cpu").has_adapters


def test_margins_of_pairs_are_what_the_saved_weights_give(models: dict[str, Path], tmp_path: Path) -> None:
    import torch

    config = quick_config(models["plain"])
    ear, trained = train(config, pairs_of_text(), tmp_path / "run")
    tuned = load_tuned(trained.weights, device="cpu")
    words = tuned.tokenizer

    def logp(row: dict[str, Any], side: str) -> float:
        prompt = words(f"{row['prompt']}\n")["input_ids"]
        ids = words(f"{row['prompt']}\n{row[side]}{words.eos_token}", return_tensors="pt")["input_ids"]
        with torch.no_grad():
            found = tuned.model(input_ids=ids).logits[0, :-1].log_softmax(-1)
        return float(found.gather(1, ids[0, 1:, None])[len(prompt) - 1 :].sum())

    for row in pairs_of_text().tail(4).to_dicts():
        now = logp(row, "chosen") - logp(row, "rejected")
        with tuned.model.disable_adapter():
            before = logp(row, "chosen") - logp(row, "rejected")
        assert ear.looks[-1].margins[row["pair_id"]] == pytest.approx(0.1 * (now - before), abs=1e-5)


@pytest.mark.parametrize(("kind", "trains"), [("plain", "lora"), ("chat", "full"), ("pictures", "lora")])
def test_a_stopped_run_resumes_to_the_bit(
    models: dict[str, Path], tmp_path: Path, kind: str, trains: str
) -> None:
    config = quick_config(models[kind], trains=trains, warmup_share=0.3, schedule="cosine", weight_decay=0.1)
    rows = rows_for(kind, tmp_path)
    whole, _ = train(config, rows, tmp_path / "whole")
    first, stopped = train(config, rows, tmp_path / "parts", stop_after=2)
    assert stopped == Trained(2, is_whole=False, weights=None)
    assert first.checkpoints == [2]
    second, trained = train(config, rows, tmp_path / "parts", resume=True)
    assert trained.is_whole
    assert [step.step for step in second.steps] == [3, 4]
    assert first.losses + second.losses == whole.losses
    assert second.looks[-1].margins == whole.looks[-1].margins
    kept = [file.name for file in (tmp_path / "parts").rglob("*") if file.is_file()]
    assert not [name for name in kept if Path(name).suffix in (".bin", ".pt", ".pth", ".pkl")], "pickles"


def test_checkpoints_are_written_as_asked(models: dict[str, Path], tmp_path: Path) -> None:
    ear, _ = train(quick_config(models["plain"], save_every=1), pairs_of_text(), tmp_path / "run")
    assert ear.checkpoints == [1, 2, 3, 4]
    kept = sorted(path.name for path in RunFolder(tmp_path / "run").checkpoints.iterdir())
    assert kept == ["step-000003", "step-000004"]


def test_a_checkpoint_of_the_other_engine_is_refused(models: dict[str, Path], tmp_path: Path) -> None:
    config = quick_config(models["plain"])
    train(config, pairs_of_text(), tmp_path, stop_after=1)
    state = RunFolder(tmp_path).checkpoint(1) / "state.json"
    state.write_text(state.read_text().replace('"trl"', '"fast"'))
    with pytest.raises(RunError, match="was written by 'fast', not by trl"):
        train(config, pairs_of_text(), tmp_path, resume=True)


def test_weights_of_pairs_reach_the_loss(models: dict[str, Path], tmp_path: Path) -> None:
    rows = pairs_of_text().with_columns(weight=pl.lit(1.0))
    plain, _ = train(quick_config(models["plain"]), rows, tmp_path / "plain")
    config = quick_config(models["plain"], weigh_by="weight")
    even, _ = train(config, rows, tmp_path / "even")
    assert even.started["loss"] == "ours"
    assert even.losses == pytest.approx(plain.losses, abs=1e-6), "weights of one change nothing"
    only = pl.when(pl.col("pair_id") == "p0").then(1.0).otherwise(1e-6)
    one, _ = train(config, rows.with_columns(weight=only), tmp_path / "one")
    assert one.losses[1:] != pytest.approx(plain.losses[1:], abs=1e-3)
    assert one.looks[-1].margins != plain.looks[-1].margins


def test_a_method_that_trl_lacks_is_trained_on_what_trl_computes(
    models: dict[str, Path], tmp_path: Path
) -> None:
    dpo, _ = train(quick_config(models["plain"]), pairs_of_text(), tmp_path / "dpo")
    same, _ = train(
        quick_config(models["plain"], method="cdpo", label_smoothing=0.0), pairs_of_text(), tmp_path / "same"
    )
    assert same.started["loss"] == "ours"
    assert same.losses == pytest.approx(dpo.losses, abs=1e-6)
    smooth, _ = train(
        quick_config(models["plain"], method="cdpo", label_smoothing=0.3),
        pairs_of_text(),
        tmp_path / "smooth",
    )
    assert smooth.steps[-1].margin < dpo.steps[-1].margin


def test_pairs_that_are_too_long_are_left_out_whole(models: dict[str, Path], tmp_path: Path) -> None:
    ear, _ = train(quick_config(models["plain"], max_tokens=12), pairs_of_text(), tmp_path / "run")
    assert 0 < int(str(ear.started["pairs"])) < 8
    with pytest.raises(RunError, match="No pair is left"):
        train(quick_config(models["plain"], max_tokens=3), pairs_of_text(), tmp_path / "none")


def test_the_order_of_pairs_is_the_plan(models: dict[str, Path], tmp_path: Path) -> None:
    from workbench.finetune.order import plan_batches

    config = quick_config(models["pictures"], seed=5)
    rows = pairs_of_pictures(tmp_path / "pictures")
    ear, _ = train(config, rows, tmp_path / "run")
    planned = plan_batches(rows.head(8)["sample_id"].to_list(), config)
    assert [list(step.pair_margins) for step in ear.steps] == [[f"p{n}" for n in batch] for batch in planned]
