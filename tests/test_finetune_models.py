"""Any folder of safetensors can be opened, given adapters, saved and opened again; others are refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.tiny_models import make_language_model, make_picture_model, make_tokenizer
from workbench.errors import RunError, UnknownNameError
from workbench.finetune.config import RunConfig
from workbench.finetune.models import add_adapters, load_model, locate_model, prepare_training
from workbench.finetune.opening import find_tower
from workbench.finetune.weights import load_tuned, save_weights

torch = pytest.importorskip("torch", reason="the extra `torch` is not installed")
pytest.importorskip("peft", reason="the extra `finetune` is not installed")


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A tiny model of text and one of pictures, as folders."""
    home = tmp_path_factory.mktemp("models")
    tokenizer = make_tokenizer(["a red dog sleeps on a green mat", "Describe this image."])
    text, pictures = home / "text", home / "pictures"
    make_language_model(tokenizer).save_pretrained(text)
    tokenizer.save_pretrained(text)
    model, processor = make_picture_model(tokenizer)
    model.save_pretrained(pictures)
    processor.save_pretrained(pictures)
    return {"text": text, "pictures": pictures}


def config_of(folder: Path, **settings: Any) -> RunConfig:
    adapters = {} if settings.get("trains") == "full" else {"lora_rank": 2}
    return RunConfig(**{"model": str(folder), "device": "cpu", **adapters, **settings})


def trained_names(model: Any) -> list[str]:
    return [name for name, weights in model.named_parameters() if weights.requires_grad]


def logits(loaded: Any) -> Any:
    with torch.no_grad():
        return loaded.model(input_ids=torch.tensor([[5, 6, 7, 8]])).logits


def test_a_model_of_text_opens_frozen_with_its_tokenizer(folders: dict[str, Path]) -> None:
    loaded = load_model(config_of(folders["text"]))
    assert (loaded.architecture, loaded.device, loaded.precision) == ("LlamaForCausalLM", "cpu", "f32")
    assert not loaded.takes_pictures
    assert not trained_names(loaded.model)
    assert not loaded.model.training


def test_a_model_of_pictures_opens_with_its_processor(folders: dict[str, Path]) -> None:
    loaded = load_model(config_of(folders["pictures"]))
    assert loaded.architecture == "LlavaForConditionalGeneration"
    assert loaded.takes_pictures
    assert loaded.processor.tokenizer is loaded.tokenizer


def test_identity_follows_the_weights_and_not_the_precision(folders: dict[str, Path], tmp_path: Path) -> None:
    first = load_model(config_of(folders["text"]))
    assert load_model(config_of(folders["text"], precision="bf16")).identity == first.identity
    other = tmp_path / "text"
    shutil.copytree(folders["text"], other)
    assert load_model(config_of(other)).identity == first.identity, "the same weights elsewhere"
    first.model.lm_head.weight.data += 1
    first.model.save_pretrained(other)
    assert load_model(config_of(other)).identity != first.identity


def test_adapters_begin_at_zero_and_leave_the_tower_of_vision_alone(folders: dict[str, Path]) -> None:
    config = config_of(folders["pictures"])
    loaded = load_model(config)
    before = logits(loaded)
    adapted = add_adapters(loaded, config)
    assert torch.equal(logits(adapted), before)
    names = trained_names(adapted.model)
    assert names
    assert all("lora_" in name and "language_model" in name for name in names)
    assert adapted.has_adapters
    assert type(adapted.bare).__name__ == loaded.architecture


def test_a_target_means_the_language_model_unless_it_is_named_whole(folders: dict[str, Path]) -> None:
    config = config_of(folders["pictures"], lora_targets=("q_proj",))
    names = trained_names(add_adapters(load_model(config), config).model)
    assert names
    assert all("language_model" in name and "q_proj" in name for name in names)
    whole = "model.vision_tower.encoder.layers.0.self_attn.q_proj"
    config = config_of(folders["pictures"], lora_targets=("v_proj", whole))
    names = trained_names(add_adapters(load_model(config), config).model)
    assert {"vision_tower" in name for name in names} == {True, False}


def test_an_unknown_target_lists_the_layers(folders: dict[str, Path]) -> None:
    config = config_of(folders["text"], lora_targets=("q_porj",))
    with pytest.raises(UnknownNameError, match="Did you mean 'q_proj'"):
        add_adapters(load_model(config), config)
    head = config_of(folders["text"], lora_targets=("lm_head",))
    with pytest.raises(UnknownNameError, match="lm_head"):
        add_adapters(load_model(head), head)


def test_adapters_follow_the_seed(folders: dict[str, Path]) -> None:
    def drawn(seed: int) -> Any:
        config = config_of(folders["text"], seed=seed)
        model = add_adapters(load_model(config), config).model
        return torch.cat(
            [weights.flatten() for name, weights in model.named_parameters() if "lora_A" in name]
        )

    assert torch.equal(drawn(3), drawn(3))
    assert not torch.equal(drawn(3), drawn(4))


def test_full_trains_all_but_the_tower_of_vision_in_f32(folders: dict[str, Path]) -> None:
    config = config_of(folders["pictures"], trains="full", precision="bf16")
    loaded = prepare_training(load_model(config), config)
    assert loaded.precision == "bf16"
    assert {weights.dtype for weights in loaded.model.parameters()} == {torch.float32}
    tower = find_tower(loaded.model)
    assert tower is not None
    assert not any(weights.requires_grad for weights in tower.parameters())
    assert len(trained_names(loaded.model)) + len([*tower.parameters()]) == len([*loaded.model.parameters()])


@pytest.mark.parametrize("kind", ["text", "pictures"])
@pytest.mark.parametrize("trains", ["lora", "full"])
def test_tuned_weights_open_again_with_the_same_logits(
    folders: dict[str, Path], tmp_path: Path, kind: str, trains: str
) -> None:
    config = config_of(folders[kind], trains=trains)
    loaded = prepare_training(load_model(config), config)
    before = logits(loaded)
    for weights in loaded.model.parameters():
        if weights.requires_grad:
            weights.data += 0.05
    after = logits(loaded)
    assert not torch.allclose(before, after)
    folder = save_weights(loaded, config, tmp_path / "weights")
    again = load_tuned(folder, device="cpu")
    assert torch.equal(logits(again), after)
    assert again.identity == loaded.identity
    assert again.takes_pictures == (kind == "pictures")
    assert (folder / "tokenizer.json").is_file()
    assert not [*folder.glob("*.bin"), *tmp_path.glob("*.part")]
    if trains == "lora":
        with again.model.disable_adapter():
            assert torch.equal(logits(again), before)


def test_peft_itself_opens_the_adapters(folders: dict[str, Path], tmp_path: Path) -> None:
    from peft import AutoPeftModelForCausalLM

    config = config_of(folders["text"])
    loaded = add_adapters(load_model(config), config)
    folder = save_weights(loaded, config, tmp_path / "weights")
    assert json.loads((folder / "adapter_config.json").read_text())["base_model_name_or_path"] == str(
        folders["text"]
    )
    assert torch.equal(AutoPeftModelForCausalLM.from_pretrained(folder)(torch.tensor([[5, 6, 7, 8]])).logits,
                       logits(loaded))  # fmt: skip


def test_adapters_refuse_another_model_beneath_them(folders: dict[str, Path], tmp_path: Path) -> None:
    base = tmp_path / "base"
    shutil.copytree(folders["text"], base)
    config = config_of(base)
    loaded = add_adapters(load_model(config), config)
    folder = save_weights(loaded, config, tmp_path / "weights")
    bare = load_model(config)
    bare.model.lm_head.weight.data += 1
    bare.model.save_pretrained(base)
    with pytest.raises(RunError, match=r"is base@\w+ now and was base@\w+ when it was tuned"):
        load_tuned(folder)


def test_weights_that_cannot_be_written_leave_the_former_ones(
    folders: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = config_of(folders["text"])
    loaded = load_model(config)
    folder = save_weights(loaded, config, tmp_path / "weights")

    def fill_the_disk(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(loaded.tokenizer), "save_pretrained", fill_the_disk)
    with pytest.raises(RunError, match="No space left on device"):
        save_weights(loaded, config, folder)
    assert [path.name for path in tmp_path.iterdir()] == ["weights"]
    monkeypatch.undo()
    assert torch.equal(logits(load_tuned(folder)), logits(loaded))


def test_a_folder_says_what_it_lacks(folders: dict[str, Path], tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"has no config\.json"):
        load_model(config_of(tmp_path))
    (tmp_path / "model.gguf").touch()
    with pytest.raises(RunError, match=r"model\.gguf .* is GGUF.*unpack_gguf"):
        load_model(config_of(tmp_path))
    shutil.copy(folders["text"] / "config.json", tmp_path)
    (tmp_path / "pytorch_model.bin").touch()
    with pytest.raises(RunError, match=r"no safetensors: it has pytorch_model\.bin, which can hold code"):
        load_model(config_of(tmp_path))
    shutil.copy(folders["text"] / "model.safetensors", tmp_path)
    with pytest.raises(RunError, match=r"The folder lacks tokenizer\.json"):
        load_model(config_of(tmp_path))


def test_a_model_of_pictures_without_its_processor_says_so(folders: dict[str, Path], tmp_path: Path) -> None:
    for name in ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"):
        shutil.copy(folders["pictures"] / name, tmp_path)
    with pytest.raises(RunError, match=r"lacks processor_config\.json or preprocessor_config\.json"):
        load_model(config_of(tmp_path))


def test_code_of_a_checkpoint_is_never_run(folders: dict[str, Path], tmp_path: Path) -> None:
    folder = tmp_path / "own_code"
    shutil.copytree(folders["text"], folder)
    told = json.loads((folder / "config.json").read_text())
    told |= {
        "model_type": "own",
        "auto_map": {"AutoConfig": "own.Config", "AutoModelForCausalLM": "own.Model"},
    }
    (folder / "config.json").write_text(json.dumps(told))
    (folder / "own.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')")
    with pytest.raises(RunError, match="cannot be opened"):
        load_model(config_of(folder))
    assert not (tmp_path / "ran").exists()


def test_a_model_that_writes_no_text_is_refused(tmp_path: Path) -> None:
    from transformers import CLIPConfig, CLIPModel

    small = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    config = CLIPConfig(text_config=small, vision_config={**small, "image_size": 16, "patch_size": 8})
    CLIPModel(config).save_pretrained(tmp_path)
    with pytest.raises(RunError, match="is a clip, which does not write text"):
        load_model(config_of(tmp_path))


def test_four_bits_need_a_gpu_and_adapters(folders: dict[str, Path]) -> None:
    with pytest.raises(RunError, match="need an NVIDIA GPU and bitsandbytes; the device is cpu"):
        load_model(config_of(folders["text"], bits=4))
    with pytest.raises(RunError, match="bits=4 cannot be had with trains='full'"):
        load_model(config_of(folders["text"], bits=4, trains="full"))


def test_an_embedded_model_that_does_not_exist_lists_those_that_do() -> None:
    with pytest.raises(UnknownNameError, match="embedded:second"):
        locate_model("embedded:third")
