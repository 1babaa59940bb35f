"""Keep what a run must have to go on as if it had never stopped: weights, optimiser, stream of chance.

Everything is safetensors and JSON: a checkpoint that holds code would be a checkpoint that can do anything.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from workbench.errors import RunError
from workbench.finetune.whole import whole_folder

if TYPE_CHECKING:
    import torch

__all__ = ["load_optimizer", "load_weights", "read_checkpoint", "read_facts", "write_checkpoint"]

_WEIGHTS: Final = "trained.safetensors"
_OPTIMIZER: Final = "optimizer.safetensors"
_FACTS: Final = "state.json"
_KEPT: Final = 2


def write_checkpoint(
    folder: Path,
    model: torch.nn.Module,
    optimizer: torch.optim.Optimizer,
    facts: Mapping[str, object],
    *,
    more: Mapping[str, Mapping[str, torch.Tensor]] | None = None,
) -> Path:
    """Write what is trained and how; the folder has its name only once it is whole.

    Of the checkpoints beside it the newest two stay.

    Args:
        folder: `RunFolder.checkpoint(step)`.
        model: whose trained weights are kept; the frozen ones are where they came from.
        optimizer: as it is after the step.
        facts: what else must come back, as JSON has it.
        more: other tensors to keep, each group in a file of its name; whoever gives them reads them.

    Returns:
        The folder.

    Raises:
        RunError: when it cannot be written, such as on a full disk; the checkpoints before it stay.
    """
    from safetensors import SafetensorError
    from safetensors.torch import save_file

    tensors, rest = _take_apart(optimizer)
    weights = {name: one.detach().contiguous() for name, one in _trained(model)}
    try:
        with whole_folder(folder) as part:
            save_file(weights, part / _WEIGHTS)
            save_file(tensors | _chance(), part / _OPTIMIZER)
            for name, group in (more or {}).items():
                save_file({key: one.contiguous() for key, one in group.items()}, part / f"{name}.safetensors")
            (part / _FACTS).write_text(json.dumps({"optimizer": rest, "facts": dict(facts)}))
    except (OSError, SafetensorError) as error:
        raise RunError(
            f"The checkpoint {folder.name} cannot be written: {error}",
            "Free space on that disk, then resume the run: it goes on from the checkpoint before.",
        ) from error
    for old in sorted(folder.parent.glob("step-??????"))[:-_KEPT]:
        shutil.rmtree(old, ignore_errors=True)
    return folder


def read_checkpoint(
    folder: Path, model: torch.nn.Module, optimizer: torch.optim.Optimizer
) -> dict[str, object]:
    """Put back what `write_checkpoint` kept, torch's stream of chance included, and return its facts.

    Args:
        folder: of the checkpoint.
        model: made as it was; its trained weights are overwritten.
        optimizer: over the same weights in the same order.

    Raises:
        RunError: when it cannot be read, or was made by another config.
    """
    load_weights(folder, model)
    load_optimizer(folder, optimizer)
    return read_facts(folder)


def read_facts(folder: Path) -> dict[str, object]:
    """Return the facts of a checkpoint.

    Raises:
        RunError: when it cannot be read.
    """
    try:
        facts: dict[str, object] = json.loads((folder / _FACTS).read_text())["facts"]
    except (OSError, ValueError, KeyError) as error:
        raise RunError(f"{folder} is no checkpoint: {error}", "Start the run anew.") from error
    return facts


def load_weights(folder: Path, model: torch.nn.Module) -> None:
    """Put back the trained weights.

    Raises:
        RunError: when it cannot be read, or holds other weights than the model trains.
    """
    kept = _read(folder / _WEIGHTS)
    wanted = dict(_trained(model))
    if {name: weights.shape for name, weights in kept.items()} != {n: w.shape for n, w in wanted.items()}:
        raise RunError(
            f"The checkpoint {folder.name} holds {len(kept)} weights, not the {len(wanted)} that this run "
            "trains.",
            "Resume with the config that the run was started with, or start a new run.",
        )
    for name, weights in wanted.items():
        weights.data.copy_(kept[name])


def load_optimizer(folder: Path, optimizer: torch.optim.Optimizer) -> None:
    """Put back the optimiser's state and torch's stream of chance.

    Raises:
        RunError: when it cannot be read.
    """
    import torch

    kept = _read(folder / _OPTIMIZER)
    for name in [name for name in kept if name.startswith("chance.")]:
        drawn = kept.pop(name).cpu()
        if name == "chance.cpu":
            torch.set_rng_state(drawn)
        elif torch.cuda.is_available():
            torch.cuda.set_rng_state(drawn)
    rest = json.loads((folder / _FACTS).read_text())["optimizer"]
    state: dict[int, dict[str, Any]] = {int(place): dict(values) for place, values in rest["state"].items()}
    for name, tensor in kept.items():
        place, _, field = name.partition(".")
        state.setdefault(int(place), {})[field] = tensor
    optimizer.load_state_dict({"state": state, "param_groups": rest["param_groups"]})


def _take_apart(optimizer: torch.optim.Optimizer) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """Return an optimiser's tensors by `place.field`, and the rest of its state as JSON has it."""
    import torch

    whole = optimizer.state_dict()
    tensors: dict[str, torch.Tensor] = {}
    rest: dict[str, dict[str, Any]] = {}
    for place, values in whole["state"].items():
        for field, value in values.items():
            if isinstance(value, torch.Tensor):
                tensors[f"{place}.{field}"] = value.detach().contiguous()
            else:
                rest.setdefault(str(place), {})[field] = value
    return tensors, {"state": rest, "param_groups": whole["param_groups"]}


def _chance() -> dict[str, torch.Tensor]:
    import torch

    drawn = {"chance.cpu": torch.get_rng_state()}
    return drawn | ({"chance.cuda": torch.cuda.get_rng_state()} if torch.cuda.is_available() else {})


def _trained(model: torch.nn.Module) -> Iterator[tuple[str, torch.nn.Parameter]]:
    return ((name, weights) for name, weights in model.named_parameters() if weights.requires_grad)


def _read(file: Path) -> dict[str, torch.Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        return dict(load_file(file))
    except (OSError, SafetensorError) as error:
        raise RunError(f"{file} cannot be read: {error}", "Resume from an earlier checkpoint.") from error
