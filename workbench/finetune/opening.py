"""Open the files of a checkpoint: which class reads it, its weights, its tokenizer or processor.

Only safetensors are read and code that comes with a checkpoint is never run: both could do anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from workbench.encoders.devices import torch_type, without_bars
from workbench.errors import RunError

if TYPE_CHECKING:
    import torch

__all__ = [
    "Files",
    "find_decoder",
    "find_tower",
    "name_of_part",
    "open_processor",
    "open_weights",
    "read_files",
]

_NEEDED: Final = "Give a hub id, or a folder with config.json, model.safetensors and the tokenizer's files."
_UNREADABLE: Final = (OSError, ValueError, KeyError, ImportError, RuntimeError, TypeError, AttributeError)


@dataclass(frozen=True, slots=True)
class Files:
    """What a checkpoint says of itself, before its weights are read.

    Attributes:
        source: the folder or hub id.
        architecture: the class that reads it.
        takes_pictures: whether that class takes pictures and text.
    """

    source: str
    architecture: str
    takes_pictures: bool


def read_files(source: str) -> Files:
    """Find out which class reads a checkpoint.

    Args:
        source: a hub id or a folder.

    Raises:
        RunError: when there is nothing to read, when it is not a causal language model nor one of pictures
            and text, when it would need code of its own, or when its weights are not safetensors.
    """
    from transformers import AutoConfig
    from transformers.models.auto.modeling_auto import (
        MODEL_FOR_CAUSAL_LM_MAPPING_NAMES,
        MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES,
    )

    _check_folder(source)
    try:
        config = AutoConfig.from_pretrained(source, trust_remote_code=False)
    except _UNREADABLE as error:
        raise RunError(f"The model {source!r} cannot be opened: {_first_line(error)}", _NEEDED) from error
    pictures = MODEL_FOR_IMAGE_TEXT_TO_TEXT_MAPPING_NAMES.get(config.model_type)
    text = MODEL_FOR_CAUSAL_LM_MAPPING_NAMES.get(config.model_type)
    named = (config.architectures or [""])[0]
    if pictures and (named == pictures or not text or named != text):
        return Files(source, str(pictures), takes_pictures=True)
    if text:
        return Files(source, str(text), takes_pictures=False)
    raise RunError(
        f"The model {source!r} is a {config.model_type}, which does not write text.",
        "Take a causal language model, or one of pictures and text such as LLaVA, SmolVLM or Qwen2-VL.",
    )


def open_weights(files: Files, device: str, precision: str, bits: int = 0, *, is_judge: bool = False) -> Any:
    """Read the weights, in evaluation mode, frozen, on the device.

    Args:
        files: of `read_files`.
        device: where to; `cuda:1` for one of several.
        precision: `f32` or `bf16`: of the weights.
        bits: 4 to hold the frozen weights in four bits.
        is_judge: whether the head gives a text one number instead of writing.

    Raises:
        RunError: when they cannot be read, or four bits are asked for where they cannot be had.
    """
    import transformers

    kind = "AutoModelForImageTextToText" if files.takes_pictures else "AutoModelForCausalLM"
    reader = getattr(transformers, "AutoModelForSequenceClassification" if is_judge else kind)
    dtype = torch_type(precision)
    packed = _four_bits(device, dtype) if bits else None
    where = {"device_map": {"": device}, "quantization_config": packed} if packed is not None else {}
    try:
        with without_bars():
            model = reader.from_pretrained(
                files.source, trust_remote_code=False, use_safetensors=True, dtype=dtype, **where,
                **({"num_labels": 1} if is_judge else {}),
            )  # fmt: skip
    except _UNREADABLE as error:
        raise RunError(
            f"The weights of {files.source!r} cannot be read: {_first_line(error)}", _NEEDED
        ) from error
    return (model if packed is not None else model.to(device)).eval().requires_grad_(False)


def open_processor(files: Files) -> tuple[Any, Any]:
    """Open the tokenizer and, of a model of pictures, the processor around it.

    A tokenizer without a pad token gets its end mark for one, in memory: a language model has often none.

    Raises:
        RunError: when a file is missing, or the tokenizer has no end mark.
    """
    import transformers

    reader = transformers.AutoProcessor if files.takes_pictures else transformers.AutoTokenizer
    try:
        opened = reader.from_pretrained(files.source, trust_remote_code=False)
    except _UNREADABLE as error:
        kind = "processor" if files.takes_pictures else "tokenizer"
        raise RunError(
            f"The {kind} of {files.source!r} cannot be opened: {_first_line(error)}", _missing_files(files)
        ) from error
    tokenizer = getattr(opened, "tokenizer", None) if files.takes_pictures else opened
    if tokenizer is None or (files.takes_pictures and not hasattr(opened, "image_processor")):
        raise RunError(
            f"{files.source!r} has no processor of pictures, though {files.architecture} takes them.",
            _missing_files(files),
        )
    if tokenizer.eos_token_id is None:
        raise RunError(
            f"The tokenizer of {files.source!r} has no end mark, so that no text would learn to end.",
            "Set eos_token in its tokenizer_config.json.",
        )
    if tokenizer.pad_token_id is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer, opened if files.takes_pictures else None


def find_decoder(model: Any) -> Any:
    """Return the part of a model that reads and writes words, without its head."""
    decoder = model.get_decoder()
    # A part that is itself a whole model for text, as in older classes, holds the decoder one deeper.
    return decoder.get_decoder() if decoder is not model and hasattr(decoder, "lm_head") else decoder


def find_tower(model: Any) -> Any:
    """Return the part of a model that sees; None for a model of text."""
    for name in ("vision_tower", "visual", "vision_model", "vision_encoder", "image_tower"):
        for part, module in model.named_modules():
            if part.rpartition(".")[2] == name:
                return module
    return None


def name_of_part(model: torch.nn.Module, part: torch.nn.Module) -> str:
    """Return the dotted name of a part within its model; "" for the model itself."""
    return next(str(name) for name, module in model.named_modules() if module is part)


def _check_folder(source: str) -> None:
    folder = Path(source)
    if not folder.is_dir():
        return
    if not (folder / "config.json").is_file():
        if found := next(iter(sorted(folder.glob("*.gguf"))), None):
            raise RunError(
                f"{found.name} in {source!r} is GGUF, which cannot be tuned as it is.",
                "Unpack it once: workbench.finetune.gguf.unpack_gguf(file, folder).",
            )
        raise RunError(f"The folder {source!r} has no config.json.", _NEEDED)
    if not [*folder.glob("*.safetensors")]:
        others = [file.name for kind in ("*.bin", "*.pt", "*.pth", "*.ckpt") for file in folder.glob(kind)]
        seen = f": it has {', '.join(sorted(others))}, which can hold code" if others else ""
        raise RunError(
            f"The folder {source!r} has no safetensors{seen}.",
            "Write the weights as model.safetensors: model.save_pretrained(folder).",
        )


def _four_bits(device: str, dtype: torch.dtype) -> Any:
    from importlib.util import find_spec

    if not device.startswith("cuda") or find_spec("bitsandbytes") is None:
        lacking = (
            f"the device is {device}" if not device.startswith("cuda") else "bitsandbytes is not installed"
        )
        raise RunError(
            f"Weights in four bits need an NVIDIA GPU and bitsandbytes; {lacking}.",
            "Leave bits at 0, or run: pip install bitsandbytes, on a machine with such a GPU.",
        )
    from transformers import BitsAndBytesConfig

    return BitsAndBytesConfig(
        load_in_4bit=True, bnb_4bit_quant_type="nf4", bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=dtype,
    )  # fmt: skip


def _missing_files(files: Files) -> str:
    needed = ["tokenizer.json"]
    if files.takes_pictures:
        needed += ["processor_config.json or preprocessor_config.json"]
    folder = Path(files.source)
    gone = [name for name in needed if not any((folder / one).is_file() for one in name.split(" or "))]
    if folder.is_dir() and gone:
        return f"The folder lacks {' and '.join(gone)}."
    return "Some processors need packages of their own, such as torchvision; the message above names them."


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
