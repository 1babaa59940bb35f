"""The fast engine gives TRL's losses for text and pictures, in fewer tokens, and resumes to the bit."""

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
    sentences,
    text_model,
)
from tests.tiny_models import make_pieces
from workbench.errors import RunError
from workbench.finetune.config import RunConfig
from workbench.finetune.directory import RunFolder
from workbench.finetune.engines.base import Job, Trained
from workbench.finetune.engines.choosing import engine_of
from workbench.finetune.examples import make_examples
from workbench.finetune.models import load_model
from workbench.finetune.rows import TRAIN, fit_rows
from workbench.finetune.weights import load_tuned

torch = pytest.importorskip("torch", reason="the extra `torch` is not installed")
pytest.importorskip("trl", reason="the extra `finetune` is not installed")

CLOSE = 1e-5  # a tenth of what is promised


def qwen_of_text(folder: Path) -> Path:
    """A Qwen2 of two layers, whose heads share keys and whose words are pieces."""
    from transformers import Qwen2Config, Qwen2ForCausalLM

    tokenizer = make_pieces(text for row in sentences() for text in row)
    torch.manual_seed(0)
    Qwen2ForCausalLM(
        Qwen2Config(
            hidden_size=32, intermediate_size=48, num_hidden_layers=2, num_attention_heads=4,
            num_key_value_heads=2, vocab_size=len(tokenizer), max_position_embeddings=128,
            tie_word_embeddings=True, pad_token_id=tokenizer.pad_token_id,
            eos_token_id=tokenizer.eos_token_id,
        )
    ).save_pretrained(folder)  # fmt: skip
    tokenizer.save_pretrained(folder)
    return folder


def clip_before_qwen(tokenizer: Any) -> tuple[Any, Any]:
    """A LLaVA as the first were: CLIP's layer before the last, its first patch left out; with a Qwen2."""
    from transformers import (
        CLIPImageProcessor,
        CLIPVisionConfig,
        LlavaConfig,
        LlavaForConditionalGeneration,
        LlavaProcessor,
        Qwen2Config,
    )

    torch.manual_seed(0)
    image = tokenizer.convert_tokens_to_ids("<image>")
    processor = LlavaProcessor(
        CLIPImageProcessor(size={"shortest_edge": 32}, crop_size={"height": 32, "width": 32}), tokenizer,
        patch_size=8, vision_feature_select_strategy="default", chat_template=tokenizer.chat_template,
        image_token="<image>", num_additional_image_tokens=1,
    )  # fmt: skip
    small = {"hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 2}
    text = Qwen2Config(
        **small, num_key_value_heads=1, vocab_size=len(tokenizer), max_position_embeddings=128,
        pad_token_id=1, bos_token_id=2, eos_token_id=3,
    )  # fmt: skip
    config = LlavaConfig(
        vision_config=CLIPVisionConfig(**small, image_size=32, patch_size=8), text_config=text,
        image_token_index=image, vision_feature_layer=-2, vision_feature_select_strategy="default",
        image_seq_length=16,
    )  # fmt: skip
    return LlavaForConditionalGeneration(config), processor


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    home = tmp_path_factory.mktemp("models")
    return {
        "chat": text_model(home / "chat"),
        "plain": text_model(home / "plain", chat=False),
        "qwen": qwen_of_text(home / "qwen"),
        "pictures": picture_model(home / "pictures"),
        "clip": picture_model(home / "clip", clip_before_qwen),
    }


def config_of(model: Path, trains: str = "lora", **settings: Any) -> RunConfig:
    if trains == "lora":
        return quick_config(model, **settings)
    return RunConfig(
        **{
            "model": str(model), "device": "cpu", "trains": "full", "batch_pairs": 4, "learning_rate": 1e-2,
            "warmup_share": 0.0, "epochs": 2, **settings,
        }
    )  # fmt: skip


def train(
    config: RunConfig,
    rows: pl.DataFrame,
    folder: Path,
    engine: str = "fast",
    *,
    stop_after: int = 0,
    resume: bool = False,
    cache: Path | None = None,
) -> tuple[Ear, Trained]:
    ear = Ear(stop_after)
    start = RunFolder(folder).last_checkpoint() if resume else None
    job = Job(config, rows, flagged_of(rows), folder, start, cache)
    return ear, engine_of(engine).train(job, ear)


def rows_for(kind: str, folder: Path) -> pl.DataFrame:
    return pairs_of_pictures(folder / "seen") if kind in ("pictures", "clip") else pairs_of_text()


@pytest.mark.parametrize(
    ("kind", "trains"),
    [
        ("chat", "lora"),
        ("plain", "full"),
        ("qwen", "lora"),
        ("pictures", "lora"),
        ("pictures", "full"),
        ("clip", "full"),
    ],
)
def test_losses_gradients_and_looks_are_those_of_trl(
    models: dict[str, Path], tmp_path: Path, kind: str, trains: str
) -> None:
    rows, config = rows_for(kind, tmp_path), config_of(models[kind], trains, evaluate_every=2)
    ours, _ = train(config, rows, tmp_path / "fast")
    theirs, _ = train(config, rows, tmp_path / "trl", "trl")
    assert ours.losses == pytest.approx(theirs.losses, abs=CLOSE)
    assert ours.losses[-1] < ours.losses[0] - 0.02, "it must have learned for the losses to mean much"
    for one, other in zip(ours.steps, theirs.steps, strict=True):
        assert one.grad_norm == pytest.approx(other.grad_norm, rel=1e-3)
        assert one.pair_margins == pytest.approx(dict(other.pair_margins), abs=1e-4)
        assert (one.chosen_logp, one.rejected_logp) == pytest.approx(
            (other.chosen_logp, other.rejected_logp), abs=1e-3
        )
        assert one.tokens < 0.75 * other.tokens, "what is shared is computed once"
    assert [look.step for look in ours.looks] == [look.step for look in theirs.looks]
    for seen, told in zip(ours.looks, theirs.looks, strict=True):
        assert seen.loss == pytest.approx(told.loss, abs=CLOSE)
        assert dict(seen.margins) == pytest.approx(dict(told.margins), abs=1e-4)
    assert ours.said == theirs.said
    assert ours.started["parameters"] == theirs.started["parameters"]


@pytest.mark.parametrize("method", ["ipo", "ld_dpo", "rdpo", "rpo", "sft", "wpo"])
def test_methods_have_the_losses_of_trl(models: dict[str, Path], tmp_path: Path, method: str) -> None:
    settings = {"epsilon": 0.2} if method == "rdpo" else {}
    config = config_of(models["plain"], method=method, max_steps=3, **settings)
    ours, _ = train(config, pairs_of_text(), tmp_path / "fast")
    theirs, _ = train(config, pairs_of_text(), tmp_path / "trl", "trl")
    assert ours.losses == pytest.approx(theirs.losses, abs=CLOSE, rel=CLOSE)
    assert [step.margin for step in ours.steps] == pytest.approx([s.margin for s in theirs.steps], abs=1e-4)


@pytest.mark.parametrize("method", ["kto", "mdpo", "orpo", "re_po", "sparse_dpo", "odpo"])
def test_methods_that_ask_for_more_learn(models: dict[str, Path], tmp_path: Path, method: str) -> None:
    config = config_of(models["pictures"], method=method)
    ear, _ = train(config, rows_for("pictures", tmp_path), tmp_path / "run")
    assert all(math.isfinite(loss) for loss in ear.losses)
    assert ear.losses[-1] != ear.losses[0]
    assert ear.steps[-1].margin > ear.steps[0].margin


def test_a_reference_that_follows_at_once_leaves_no_margin(models: dict[str, Path], tmp_path: Path) -> None:
    follows = config_of(models["plain"], method="tr_dpo", sync_steps=1, sync_weight=1)
    stays = config_of(models["plain"], method="tr_dpo", sync_steps=100)
    ear, _ = train(follows, pairs_of_text(), tmp_path / "follows")
    assert ear.losses == pytest.approx([math.log(2)] * 4, abs=1e-6)
    kept, _ = train(stays, pairs_of_text(), tmp_path / "stays")
    plain, _ = train(config_of(models["plain"]), pairs_of_text(), tmp_path / "dpo")
    assert kept.losses == pytest.approx(plain.losses, abs=1e-6)


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("plain", {}),
        ("pictures", {"trains": "full"}),
        ("plain", {"method": "re_po"}),
        ("plain", {"method": "tr_dpo", "sync_steps": 2}),
        ("plain", {"method": "kto", "trains": "full"}),
    ],
)
def test_a_resumed_run_has_the_losses_of_one_left_alone(
    models: dict[str, Path], tmp_path: Path, kind: str, settings: dict[str, Any]
) -> None:
    rows, config = rows_for(kind, tmp_path), config_of(models[kind], **settings)
    whole, _ = train(config, rows, tmp_path / "whole")
    first, stopped = train(config, rows, tmp_path / "parts", stop_after=2)
    assert stopped == Trained(2, is_whole=False, weights=None)
    assert first.checkpoints == [2]
    second, done = train(config, rows, tmp_path / "parts", resume=True)
    assert first.losses + second.losses == whole.losses, "to the bit"
    assert [step.grad_norm for step in (*first.steps, *second.steps)] == [s.grad_norm for s in whole.steps]
    assert done.is_whole
    mine, its = (load_tuned(tmp_path / name / "weights", device="cpu").model for name in ("parts", "whole"))
    for weights, others in zip(mine.parameters(), its.parameters(), strict=True):
        assert torch.equal(weights, others)


def test_a_checkpoint_of_the_other_engine_is_refused(models: dict[str, Path], tmp_path: Path) -> None:
    config = config_of(models["plain"])
    train(config, pairs_of_text(), tmp_path / "run", "trl", stop_after=2)
    with pytest.raises(RunError, match="written by 'trl', not by fast"):
        train(config, pairs_of_text(), tmp_path / "run", resume=True)


def test_what_the_untuned_model_said_is_found_again(models: dict[str, Path], tmp_path: Path) -> None:
    from safetensors import safe_open
    from safetensors.torch import save_file

    config, cache = config_of(models["plain"]), tmp_path / "cache"
    first, _ = train(config, pairs_of_text(), tmp_path / "one", cache=cache)
    (file,) = cache.iterdir()
    with safe_open(file, "pt") as opened:
        kept = {name: opened.get_tensor(name) for name in ("logps", "lengths")}
        told = opened.metadata()
    again, _ = train(config, pairs_of_text(), tmp_path / "two", cache=cache)
    assert again.losses == first.losses
    save_file({**kept, "logps": kept["logps"] * 1.5}, file, metadata=told)
    spoiled, _ = train(config, pairs_of_text(), tmp_path / "three", cache=cache)
    assert spoiled.losses[0] != pytest.approx(first.losses[0], abs=1e-3), "it was read, not worked out"
    file.write_bytes(b"no tensors")
    mended, _ = train(config, pairs_of_text(), tmp_path / "four", cache=cache)
    assert mended.losses == first.losses


def test_half_the_bits_give_nearly_the_same_losses(models: dict[str, Path], tmp_path: Path) -> None:
    rows = rows_for("pictures", tmp_path)
    whole, _ = train(config_of(models["pictures"]), rows, tmp_path / "whole")
    for trains in ("lora", "full"):
        config = config_of(models["pictures"], trains, precision="bf16", learning_rate=1e-3)
        half, _ = train(config, rows, tmp_path / trains)
        assert half.started["precision"] == "bf16"
        assert half.losses[0] == pytest.approx(whole.losses[0], abs=0.02)
        assert half.losses[-1] < half.losses[0]


def test_a_loss_that_is_no_number_ends_the_run(models: dict[str, Path], tmp_path: Path) -> None:
    config = config_of(models["plain"], "full", learning_rate=1e30, gradient_clip=0.0)
    with pytest.raises(RunError, match=r"Step \d gave a loss of .*nothing can be learned"):
        train(config, pairs_of_text(), tmp_path / "run")


def test_pairs_that_are_too_long_are_left_out_whole(models: dict[str, Path], tmp_path: Path) -> None:
    rows, loaded = pairs_of_text(), load_model(config_of(models["plain"]))
    sizes = sorted(one.longest for one in make_examples(fit_rows(rows, TRAIN), loaded, RunConfig()))
    assert sizes[0] < sizes[-1]
    ear, _ = train(config_of(models["plain"], max_tokens=sizes[0]), rows, tmp_path / "run")
    assert ear.started["pairs"] == sizes.count(sizes[0])
    with pytest.raises(RunError, match="No pair is left"):
        train(config_of(models["plain"], max_tokens=3), pairs_of_text(), tmp_path / "none")
