"""Unpack a GGUF file into a folder of safetensors, which can be tuned; nothing is fetched from anywhere."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from workbench.encoders.devices import require_torch, without_bars
from workbench.errors import RunError
from workbench.finetune.whole import whole_folder

__all__ = ["unpack_gguf"]


def unpack_gguf(file: Path, folder: Path) -> Path:
    """Write the model of a GGUF file as safetensors in f32, with its tokenizer.

    Its weights were rounded when it was packed, and stay so: what is tuned is the rounded model. What
    transformers reads from GGUF cannot be saved as it is, because its config still says that it is packed;
    and the name in it is free text, which must not be taken for a hub id.

    Args:
        file: such as `SmolLM2-135M-Instruct.Q4_1.gguf`.
        folder: where to; must not be there yet.

    Returns:
        The folder, ready for `RunConfig(model=...)`.

    Raises:
        MissingExtraError: when torch or transformers is not installed.
        RunError: when the package gguf is missing, the folder is there, or the file cannot be read.
    """
    require_torch("Unpacking a GGUF file")
    if find_spec("gguf") is None:
        raise RunError("Unpacking a GGUF file needs the package gguf.", "Run: pip install gguf")
    if folder.exists():
        raise RunError(f"{folder} is there already.", "Give another, or use that one as the model.")
    if not file.is_file():
        raise RunError(f"There is no file {file}.", "Give the path of a .gguf file.")
    try:
        with without_bars(), whole_folder(folder) as part:
            model, tokenizer = _read(file)
            model.save_pretrained(part)
            tokenizer.save_pretrained(part)
    except (OSError, ValueError, KeyError, RuntimeError, NotImplementedError) as error:
        raise RunError(
            f"{file.name} cannot be unpacked: {str(error).splitlines()[0]}",
            "Take the model's safetensors from where it was published, if there are any.",
        ) from error
    return folder


def _read(file: Path) -> tuple[Any, Any]:
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    place, name = str(file.parent), file.name
    packed = AutoModelForCausalLM.from_pretrained(place, gguf_file=name, dtype=torch.float32)
    told = packed.config.to_dict()
    for mark in ("quantization_config", "_name_or_path", "dtype", "torch_dtype"):
        told.pop(mark, None)
    model = type(packed)(type(packed.config)(**told))
    model.load_state_dict(packed.state_dict())
    model.tie_weights()
    model.generation_config = packed.generation_config
    return model.float(), AutoTokenizer.from_pretrained(place, gguf_file=name)
