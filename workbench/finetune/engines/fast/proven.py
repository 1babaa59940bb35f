"""For which models and methods this engine gives TRL's losses, as its tests show."""

from __future__ import annotations

from typing import Any, Final

from workbench.errors import RunError
from workbench.finetune.config import RunConfig
from workbench.finetune.methods import method_of
from workbench.finetune.models import locate_model

__all__ = ["why_not_proven"]

#: Language models, by the kind that their config names.
_DECODERS: Final = frozenset({"llama", "qwen2"})
_SEEING: Final = frozenset({"llava"})
#: Ways to turn by a position that do not hang on how long the batch is.
_ROPES: Final = frozenset({"default", "linear", "llama3"})
_TOWERS: Final = frozenset({"siglip_vision_model", "clip_vision_model"})


def why_not_proven(config: RunConfig) -> str:
    """Return why a run is not one that this engine is proven for; "" when it is. No weights are read.

    Raises:
        MissingExtraError: when transformers is not installed.
    """
    if method_of(config.method).kind == "reward":
        return "it trains models that write, and a reward model does not"
    if config.bits:
        return f"it is not proven for weights in {config.bits} bits"
    if config.trains == "lora" and any("vision" in target for target in config.lora_targets):
        return "it looks at pictures once, and these adapters would change how they are seen"
    return _why_not_model(config.model)


def _why_not_model(name: str) -> str:
    from transformers import AutoConfig

    from workbench.encoders.devices import require_torch

    require_torch("A fine-tune")
    source = locate_model(name)
    try:
        config = AutoConfig.from_pretrained(source, trust_remote_code=False)
    except (OSError, ValueError) as error:
        raise RunError(
            f"The model {name!r} cannot be opened: {str(error).splitlines()[0]}",
            "Give a hub id, or a folder with config.json, model.safetensors and the tokenizer's files.",
        ) from error
    text = config.get_text_config()
    if text is not config and config.model_type not in _SEEING:
        return f"it is not proven for {config.model_type}, only for {_list(_SEEING)} among models that see"
    if text is not config and config.vision_config.model_type not in _TOWERS:
        return f"it is not proven for pictures seen by {config.vision_config.model_type}"
    if text.model_type not in _DECODERS:
        return f"it is not proven for {text.model_type}, only for {_list(_DECODERS)}"
    return _why_not_decoder(text)


def _why_not_decoder(text: Any) -> str:
    if "sliding_attention" in (getattr(text, "layer_types", None) or ()):
        return "it does not know attention through a sliding window"
    if getattr(text, "attention_dropout", 0.0):
        return "it does not know dropout: an opening that several answers share has one set of numbers"
    rope = (getattr(text, "rope_parameters", None) or {}).get("rope_type", "default")
    if rope not in _ROPES:
        return f"it is not proven for positions by {rope}"
    return ""


def _list(names: frozenset[str]) -> str:
    return " and ".join(sorted(names))
