"""Open the model to be tuned: embedded, a folder or a hub id; of text, or of pictures and text."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from workbench.encoders.checkpoints import identify_checkpoint
from workbench.encoders.devices import choose_device, require_torch
from workbench.errors import MissingExtraError, UnknownNameError
from workbench.finetune.config import EMBEDDED, RunConfig
from workbench.finetune.methods import method_of
from workbench.finetune.opening import (
    find_decoder,
    find_tower,
    name_of_part,
    open_processor,
    open_weights,
    read_files,
)

if TYPE_CHECKING:
    import torch

__all__ = [
    "EMBEDDED_FOLDERS",
    "Loaded",
    "add_adapters",
    "free_weights",
    "load_model",
    "locate_model",
    "make_lora",
    "prepare_training",
]

_HERE: Final = Path(__file__).parent / "embedded"
#: Name -> folder of the models that come with the workbench.
EMBEDDED_FOLDERS: Final = {EMBEDDED: _HERE / "first", f"{EMBEDDED}:second": _HERE / "second"}
_ALL_LINEAR: Final = "all-linear"


@dataclass(frozen=True)
class Loaded:
    """A model ready to be tuned or to speak.

    Attributes:
        model: on its device; adapters, where there are any, are in it.
        tokenizer: of transformers.
        processor: of transformers, which takes pictures too; None for a model of text.
        architecture: the class name of the bare model, such as `LlavaForConditionalGeneration`.
        identity: name and a hash of the weights before any tuning: the key of cached log-probabilities.
        source: the folder or hub id.
        device, precision: where and how it runs.
    """

    model: Any = field(repr=False)
    tokenizer: Any = field(repr=False)
    processor: Any = field(repr=False)
    architecture: str
    identity: str
    source: str
    device: str
    precision: str

    @property
    def takes_pictures(self) -> bool:
        """Whether it is a model of pictures and text."""
        return self.processor is not None

    @property
    def has_adapters(self) -> bool:
        """Whether what is trained stands beside the weights, so that the model as it was is still in it."""
        return hasattr(self.model, "peft_config")

    @property
    def bare(self) -> Any:
        """The model of transformers, inside whatever holds its adapters."""
        return self.model.get_base_model() if self.has_adapters else self.model


def locate_model(name: str) -> str:
    """Return the folder of an embedded model; any other name as it is.

    Raises:
        UnknownNameError: for an embedded model that does not exist.
    """
    if name.partition(":")[0] != EMBEDDED:
        return name
    if name not in EMBEDDED_FOLDERS:
        raise UnknownNameError("embedded model", name, EMBEDDED_FOLDERS)
    return str(EMBEDDED_FOLDERS[name])


def load_model(config: RunConfig) -> Loaded:
    """Open the model of a run as it is before any tuning: frozen, in evaluation mode, on its device.

    With `trains="full"` the weights are held in f32 whatever the precision, because steps as small as those
    of a fine-tune vanish when they are added in bf16; the engines then compute under autocast.

    Args:
        config: the model, device, precision and bits.

    Returns:
        The bare model; see `prepare_training` for what makes it learn. For the method `reward` it has a head
        that gives a text one number, drawn by the config's seed, in place of the one that writes.

    Raises:
        MissingExtraError: when torch or transformers is not installed.
        EncoderError: when the device is not there.
        RunError: when it cannot be opened; says which file is missing.
    """
    require_torch("A fine-tune")
    import torch

    source = locate_model(config.model)
    device = choose_device(config.device)
    precision = choose_precision(device) if config.precision == "auto" else config.precision
    files = read_files(source)
    tokenizer, processor = open_processor(files)
    held = "f32" if config.trains == "full" else precision
    with torch.random.fork_rng(devices=_cuda_devices(device)):
        torch.manual_seed(config.seed)  # the head of a judge is drawn
        model = open_weights(files, device, held, config.bits, is_judge=_is_judge(config))
    identity = identify_checkpoint(source, model) + (f":{config.bits}bit" if config.bits else "")
    return Loaded(model, tokenizer, processor, files.architecture, identity, source, device, precision)


def choose_precision(device: str) -> str:
    """Return `bf16` on a GPU that has it, else `f32`: equal losses matter more than speed elsewhere."""
    import torch

    return "bf16" if device.startswith("cuda") and torch.cuda.is_bf16_supported() else "f32"


def prepare_training(loaded: Loaded, config: RunConfig) -> Loaded:
    """Make a model learn as the config says: by adapters, or by its own weights.

    Raises:
        MissingExtraError: when PEFT is not installed.
        RunError: when nothing would be trained.
    """
    return add_adapters(loaded, config) if config.trains == "lora" else free_weights(loaded)


def add_adapters(loaded: Loaded, config: RunConfig) -> Loaded:
    """Put low-rank adapters into a model; they begin at zero, so that it still says what it said.

    Dropout is none: an opening that several answers share must give each the same numbers.

    A target such as `q_proj` means the layers of that name in the language model; its tower of vision often
    has some of the same name, and keeps them as they are. A layer elsewhere is meant by its whole name.

    Args:
        loaded: of `load_model`.
        config: rank, alpha, targets and seed.

    Returns:
        The same model with adapters in f32, which alone are trained.

    Raises:
        MissingExtraError: when PEFT is not installed.
        UnknownNameError: when a target names no layer; lists those there are.

    Source:
        Hu et al. 2021 (2106.09685).
    """
    try:
        import peft
    except ImportError as error:
        raise MissingExtraError("A fine-tune with adapters", "finetune") from error
    import torch

    settings = make_lora(loaded, config)
    with torch.random.fork_rng(devices=_cuda_devices(loaded.device)):
        torch.manual_seed(config.seed)
        adapted = peft.get_peft_model(loaded.model, settings)
    return replace(loaded, model=adapted.eval())


def make_lora(loaded: Loaded, config: RunConfig) -> Any:
    """Return PEFT's config of the adapters, and make weights in four bits ready to hold them.

    Raises:
        UnknownNameError: when a target names no layer; lists those there are.
    """
    import peft

    if config.bits:
        peft.prepare_model_for_kbit_training(loaded.model, use_gradient_checkpointing=False)
    return peft.LoraConfig(
        r=config.lora_rank, lora_alpha=config.lora_alpha, lora_dropout=0.0,
        task_type="SEQ_CLS" if _is_judge(config) else "CAUSAL_LM",
        modules_to_save=["score"] if _is_judge(config) else None,
        target_modules=_targets(loaded.model, config.lora_targets),
    )  # fmt: skip


def free_weights(loaded: Loaded) -> Loaded:
    """Let all weights of a model learn but those of its vision tower."""
    loaded.model.requires_grad_(True)
    tower = find_tower(loaded.model)
    if tower is not None:
        tower.requires_grad_(False)
    return loaded


def _targets(model: torch.nn.Module, wanted: tuple[str, ...]) -> str:
    """Return PEFT's `target_modules` as a pattern over whole names."""
    decoder = find_decoder(model)
    inside = name_of_part(model, decoder)
    leaves = {name.rpartition(".")[2] for name, part in decoder.named_modules() if _is_linear(part)}
    whole = {name for name, part in model.named_modules() if _is_linear(part)} - {"lm_head"}
    if wanted == (_ALL_LINEAR,):
        wanted = tuple(sorted(leaves))
    for target in wanted:
        if target not in leaves | whole:
            raise UnknownNameError("layer for an adapter", target, [_ALL_LINEAR, *leaves])
    start = re.escape(f"{inside}.") if inside else ""
    short = "|".join(re.escape(target) for target in wanted if target in leaves)
    named = [re.escape(target) for target in wanted if target not in leaves]
    return "|".join([*([rf"{start}(?:.*\.)?(?:{short})"] if short else []), *named])


def _is_judge(config: RunConfig) -> bool:
    return method_of(config.method).kind == "reward"


def _is_linear(part: torch.nn.Module) -> bool:
    import torch
    from transformers.pytorch_utils import Conv1D

    return isinstance(part, torch.nn.Linear | Conv1D)


def _cuda_devices(device: str) -> list[str]:
    return [device] if device.startswith("cuda") else []
