"""Hand tuned weights on: an adapter in PEFT's format or a whole model, copied and read back equal."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path
from typing import Final

from workbench.errors import ExportError
from workbench.finetune.run import Run
from workbench.finetune.whole import whole_folder

__all__ = ["export_weights"]

_CARD: Final = "card.md"


def export_weights(run: Run, path: Path | str) -> Path:
    """Copy the tuned weights of a run to a folder that PEFT or transformers opens.

    `peft.PeftModel.from_pretrained(model, path)` opens an adapter, `from_pretrained(path)` a whole model. The
    run card goes with it as README.md, if the run was evaluated. Every file is read back and compared; the
    folder has its name only once that is done.

    Args:
        run: finished.
        path: a folder that is not there yet.

    Returns:
        The folder.

    Raises:
        RunError: when the run is not finished.
        ExportError: when the folder is there already, cannot be written, or does not read back equal.
    """
    source, target = run.weights, Path(path)
    if target.exists():
        raise ExportError(f"{target} is there already.", "Give the path of a folder that is not there yet.")
    try:
        with whole_folder(target) as part:
            shutil.copytree(source, part, dirs_exist_ok=True)
            _name_base(part, run.config.model)
            _write_card(run, part)
            _compare(source, part)
    except OSError as error:
        raise ExportError(f"{target} cannot be written: {error}.", "Free some space on that disk.") from error
    return target


def _name_base(folder: Path, model: str) -> None:
    """Let an adapter name the model it belongs to as the user did, not as this machine's path."""
    file = folder / "adapter_config.json"
    if file.is_file():
        told = json.loads(file.read_text(encoding="utf-8"))
        file.write_text(json.dumps(told | {"base_model_name_or_path": model}, indent=2), encoding="utf-8")


def _write_card(run: Run, folder: Path) -> None:
    card = run.folder.evaluation / _CARD
    if card.is_file():
        shutil.copyfile(card, folder / "README.md")


def _compare(source: Path, copy: Path) -> None:
    """Hold every file of weights and words against its copy."""
    changed = {"adapter_config.json", "README.md"}
    for file in sorted(one for one in source.rglob("*") if one.is_file() and one.name not in changed):
        other = copy / file.relative_to(source)
        if _digest(file) != _digest(other):
            raise ExportError(f"{other} does not read back as it was written.", "Try another disk.")


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "blake2b").hexdigest()
