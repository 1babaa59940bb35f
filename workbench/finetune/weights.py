"""Keep tuned weights in a folder that others can open too, and open it again."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from workbench.errors import MissingExtraError, RunError
from workbench.finetune.config import RunConfig, read_config
from workbench.finetune.models import Loaded, load_model
from workbench.finetune.whole import whole_folder

__all__ = ["Origin", "load_tuned", "read_origin", "save_weights"]

#: Beside the weights: what they were tuned from.
_NOTE: Final = "workbench.json"


@dataclass(frozen=True, slots=True)
class Origin:
    """What tuned weights came from.

    Attributes:
        config: of the run that made them.
        identity: of the model before the run; see `Loaded.identity`.
    """

    config: RunConfig
    identity: str


def save_weights(loaded: Loaded, config: RunConfig, folder: Path) -> Path:
    """Write adapters in PEFT's format, or a whole model, with the files of its tokenizer and processor.

    The folder has its name only once it is whole; one that was there is replaced then.

    Args:
        loaded: tuned.
        config: of the run.
        folder: where to.

    Returns:
        The folder.

    Raises:
        RunError: when it cannot be written, such as on a full disk; what was there before stays.
    """
    from safetensors import SafetensorError

    try:
        with whole_folder(folder) as part:
            if loaded.has_adapters:
                loaded.model.save_pretrained(part, save_embedding_layers=False, selected_adapters=["default"])
            else:
                loaded.model.save_pretrained(part)
            (loaded.processor or loaded.tokenizer).save_pretrained(part)
            note = {"identity": loaded.identity, "config": json.loads(config.as_json())}
            (part / _NOTE).write_text(json.dumps(note, indent=1))
    except (OSError, SafetensorError) as error:
        raise RunError(
            f"The weights cannot be written to {folder}: {error}",
            "Free space on that disk, then resume the run: it goes on from its last checkpoint.",
        ) from error
    return folder


def read_origin(folder: Path) -> Origin:
    """Return what tuned weights came from.

    Raises:
        RunError: when the folder holds none that the workbench wrote.
    """
    try:
        told = json.loads((folder / _NOTE).read_text())
        return Origin(read_config(told["config"]), str(told["identity"]))
    except (OSError, ValueError, KeyError) as error:
        raise RunError(
            f"{folder} holds no tuned weights of a run.", "Give the folder `weights` of a run that finished."
        ) from error


def load_tuned(folder: Path, device: str = "auto", precision: str = "auto") -> Loaded:
    """Open tuned weights: the model they came from with their adapters in it, or the whole model.

    Adapters can be turned off to hear the model as it was: `with loaded.model.disable_adapter():`.

    Args:
        folder: what `save_weights` wrote.
        device, precision: where and how to run; as in `RunConfig`.

    Returns:
        Frozen, in evaluation mode. Its identity is that of the model before the run.

    Raises:
        MissingExtraError: when PEFT is not installed.
        RunError: when it cannot be read, or the model beneath the adapters is no longer the one they fit.
    """
    origin = read_origin(folder)
    config = replace(origin.config, device=device, precision=precision)
    if not (folder / "adapter_config.json").is_file():
        whole = load_model(replace(config, model=str(folder)))
        return replace(whole, identity=origin.identity)
    try:
        from peft import PeftModel
    except ImportError as error:
        raise MissingExtraError("Weights with adapters", "finetune") from error
    base = load_model(config)
    if base.identity != origin.identity:
        raise RunError(
            f"The model {config.model!r} is {base.identity} now and was {origin.identity} when it was tuned.",
            "Put the former weights back, or run the fine-tune again.",
        )
    model = PeftModel.from_pretrained(base.model, str(folder), is_trainable=False, torch_device=base.device)
    return replace(base, model=model.eval())
