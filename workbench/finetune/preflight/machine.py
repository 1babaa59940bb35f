"""Rules on what a run needs of this machine before weights are read: model files, device, memory."""

from __future__ import annotations

from typing import Final

from workbench.encoders.devices import choose_device
from workbench.errors import EncoderError, UnknownNameError
from workbench.finetune.preflight.memory import estimate_memory, free_bytes, told_bytes
from workbench.finetune.preflight.plan import Plan
from workbench.preferences.lint.base import Found, Rule, Unchecked

__all__ = ["RULES"]


def _find_tokenizer(plan: Plan) -> list[Found]:
    return [Found(plan.fault, column="model")] if plan.fault else []


def _find_missing_device(plan: Plan) -> list[Found] | Unchecked:
    try:
        device = choose_device(plan.config.device)
    except (EncoderError, UnknownNameError) as error:
        return [Found(str(error), column="device")]
    if plan.config.bits and not device.startswith("cuda"):
        said = f"bits={plan.config.bits} needs a GPU; this run would be on {device!r}."
        return [Found(said, column="bits")]
    return []


def _find_short_memory(plan: Plan) -> list[Found] | Unchecked:
    """Compare the least that a usual step takes with what is free, before weights are read."""
    if plan.size is None or plan.train.is_empty():
        return Unchecked("the size of the model is not known before it is there")
    try:
        device = choose_device(plan.config.device)
    except (EncoderError, UnknownNameError) as error:
        return Unchecked(error.message)
    free = free_bytes(device)
    if free is None:
        return Unchecked("the system does not say how much memory is free")
    answers = [len(one.chosen) + len(one.rejected) for one in plan.pairs.encoded if not one.fault]
    tokens = round(min(plan.config.batch_pairs, plan.train.height) * sum(answers) / max(1, len(answers)))
    needed = estimate_memory(
        plan.size, plan.config, tokens=tokens, answer_tokens=tokens,
        is_bf16=plan.config.precision == "bf16" or device.startswith("cuda"),
    )  # fmt: skip
    if needed.total <= free:
        return []
    said = f"The run takes {needed}; {told_bytes(free)} are free on {device!r}."
    return [Found(said, (), float(needed.total), "batch_pairs")]


RULES: Final = (
    Rule(
        "model_unreadable",
        "error",
        "a model whose tokenizer cannot be opened",
        "Name a folder or hub id with tokenizer.json, and preprocessor_config.json where it takes pictures.",
        _find_tokenizer,
    ),
    Rule(
        "device_missing",
        "error",
        "a device that is not there",
        "Take device='auto', and bits=0 without a GPU.",
        _find_missing_device,
    ),
    Rule(
        "memory_short",
        "error",
        "less memory than the run takes at the least",
        "Take a smaller model, trains='lora', fewer batch_pairs, precision='bf16' or bits=4 on a GPU.",
        _find_short_memory,
    ),
)
