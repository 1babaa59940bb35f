"""Rules on a model that is loaded and what it will be tuned on, and the function that runs them."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import polars as pl

from workbench.finetune.config import RunConfig
from workbench.finetune.examples import Example, token_limit
from workbench.finetune.models import Loaded
from workbench.finetune.preflight.memory import told_bytes
from workbench.finetune.preflight.report import Preflight
from workbench.finetune.preflight.trial import TakeStep, Trial
from workbench.preferences.lint.base import Found, Rule, Unchecked, count_of, found_in, look_with

__all__ = ["MODEL_RULES", "preflight_model"]

_NO_MEMORY: Final = "there is not memory enough to try"
_NO_END: Final = "end without the end mark, so that the model will not learn to stop"
_MANY_ENDS: Final = "end with the end mark more than once"
_NO_EXAMPLE: Final = "no pair fits into the model's limit"


def preflight_model(
    loaded: Loaded,
    rows: pl.DataFrame,
    examples: Sequence[Example],
    config: RunConfig,
    *,
    take_step: TakeStep | None = None,
) -> Preflight:
    """Look at a loaded model and its examples before the first step, and take one step that does not count.

    It leaves no gradient, moves no weight and draws no number of chance, so that a run goes as it would
    have gone without.

    Args:
        loaded: with its adapters, or with its own weights freed.
        rows: the fit rows of train.
        examples: of those rows, without the ones that are too long.
        config: of the run.
        take_step: how the engine computes the loss of examples, by number, and leaves gradients; a plain
            padded step when left out.

    Returns:
        A report that prints itself; its errors are reasons not to go on.
    """
    trial = Trial(loaded, rows, examples, config, take_step)
    return Preflight.of([look_with(MODEL_RULES.values(), trial)], rows, config)


def _find_left_out(trial: Trial) -> list[Found]:
    kept = {one.pair_id for one in trial.examples}
    out = trial.rows.filter(~pl.col("pair_id").is_in(kept))
    limit = token_limit(trial.loaded, trial.config)
    what = f"have more than {limit:,} tokens and are left out whole."
    return found_in(out, trial.rows.height, what, column="prompt, chosen, rejected")


def _find_none_left(trial: Trial) -> list[Found]:
    if trial.examples:
        return []
    limit = token_limit(trial.loaded, trial.config)
    return [Found(f"None of {trial.rows.height:,} pairs fits into {limit:,} tokens.", column="max_tokens")]


def _find_equal(trial: Trial) -> list[Found]:
    same = tuple(one.pair_id for one in trial.examples if one.chosen_ids == one.rejected_ids)
    if not same:
        return []
    said = "are the same tokens on both sides: they train at log 2 for ever."
    return [Found(f"{count_of(len(same), len(trial.examples))} {said}", same, None, "chosen, rejected")]


def _find_ends(trial: Trial) -> list[Found]:
    """Look at the last three tokens of either answer for one end mark."""
    end = trial.loaded.tokenizer.eos_token_id
    found = []
    for side in ("chosen", "rejected"):
        marks = {one.pair_id: getattr(one, f"{side}_ids")[-3:].count(end) for one in trial.examples}
        none = tuple(name for name, count in marks.items() if count == 0)
        several = tuple(name for name, count in marks.items() if count > 1)
        for names, what in ((none, _NO_END), (several, _MANY_ENDS)):
            if names:
                said = f"{count_of(len(names), len(marks))} {what}: {_tail(trial, names[0], side)}"
                found.append(Found(said, names, None, side))
    return found


def _tail(trial: Trial, pair: str, side: str) -> str:
    one = next(one for one in trial.examples if one.pair_id == pair)
    tokens = trial.loaded.tokenizer.convert_ids_to_tokens(list(getattr(one, f"{side}_ids")[-3:]))
    return f"the last tokens are {' '.join(map(repr, tokens))}."


def _find_untrainable(trial: Trial) -> list[Found]:
    if sum(one.numel() for one in trial.trained):
        return []
    targets = ", ".join(trial.config.lora_targets)
    return [Found(f"Nothing would be trained: no weight learns (lora_targets={targets}).", (), 0.0)]


def _find_short_memory(trial: Trial) -> list[Found] | Unchecked:
    if trial.free is None:
        return Unchecked("the system does not say how much memory is free")
    if trial.fits:
        return []
    said = f"The longest step takes {trial.estimate}; {told_bytes(trial.free)} are free."
    return [Found(said, (), float(trial.estimate.total), "batch_pairs")]


def _find_step_faults(trial: Trial) -> list[Found] | Unchecked:
    if reason := _cannot_try(trial):
        return reason
    tried = trial.outcome
    if not tried.fault:
        return []
    numbers = trial.longest if tried.number is None else [tried.number]
    names = tuple(trial.examples[number].pair_id for number in numbers)
    what = "the longest batch" if tried.number is None else "one pair of its size of picture"
    return [Found(f"A step on {what} fails: {tried.fault}", names, None, "" if len(names) > 1 else "paths")]


def _find_bad_loss(trial: Trial) -> list[Found] | Unchecked:
    if reason := _not_tried(trial):
        return reason
    tried = trial.outcome
    if math.isfinite(tried.loss) and math.isfinite(tried.grad_norm):
        return []
    names = tuple(trial.examples[number].pair_id for number in trial.longest)
    return [Found(f"The first step has loss {tried.loss:g} and gradient {tried.grad_norm:g}.", names)]


def _find_no_gradient(trial: Trial) -> list[Found] | Unchecked:
    if reason := _not_tried(trial):
        return reason
    if trial.outcome.grad_norm != 0:
        return []
    names = tuple(trial.examples[number].pair_id for number in trial.longest)
    return [Found("The first step has a gradient of 0: nothing would be learnt.", names, 0.0)]


def _tell_step(trial: Trial) -> list[Found] | Unchecked:
    if reason := _not_tried(trial):
        return reason
    tried = trial.outcome
    tokens = sum(trial.examples[number].longest for number in trial.longest)
    peak = f", {told_bytes(tried.peak_bytes)} at the most" if tried.peak_bytes is not None else ""
    message = (
        f"The longest step ({len(trial.longest)} pairs, {tokens:,} tokens) took {tried.seconds:.2f} s{peak}; "
        f"loss {tried.loss:.4f}, gradient {tried.grad_norm:.3g}."
    )
    return [Found(message, (), tried.seconds)]


def _cannot_try(trial: Trial) -> Unchecked | None:
    if not trial.examples:
        return Unchecked(_NO_EXAMPLE)
    if not trial.trained:
        return Unchecked("no weight learns")
    return None if trial.fits else Unchecked(_NO_MEMORY)


def _not_tried(trial: Trial) -> Unchecked | None:
    return _cannot_try(trial) or (Unchecked("the step fails") if trial.outcome.fault else None)


_RULES: Final = (
    Rule(
        "none_fits",
        "error",
        "a limit that no pair fits into",
        "Raise max_tokens, or leave it out.",
        _find_none_left,
    ),
    Rule(
        "left_out_by_length",
        "warning",
        "pairs longer than the run takes",
        "Raise max_tokens, shorten the prompt, or make pictures smaller (picture_px).",
        _find_left_out,
    ),
    Rule(
        "equal_tokens",
        "error",
        "sides that are the same tokens",
        "Leave these pairs out: the model cannot tell the sides apart.",
        _find_equal,
    ),
    Rule(
        "end_of_answer",
        "warning",
        "answers with no end mark, or with two",
        "Let the chat template write exactly one end mark.",
        _find_ends,
    ),
    Rule(
        "nothing_trained",
        "error",
        "a model of which nothing learns",
        "Name layers that the model has in lora_targets, or take trains='full'.",
        _find_untrainable,
    ),
    Rule(
        "memory_short",
        "error",
        "less memory than the longest step takes",
        "Lower batch_pairs, picture_px or max_tokens; or take trains='lora', precision='bf16' or bits=4.",
        _find_short_memory,
    ),
    Rule(
        "step_fails",
        "error",
        "a first step that cannot be done",
        "Lower batch_pairs if it is memory; if it is pictures, leave these pairs out or set picture_px.",
        _find_step_faults,
    ),
    Rule(
        "loss_not_a_number",
        "error",
        "a first step whose loss or gradient is no number",
        "Take precision='f32'; if that does not help, the weights are damaged.",
        _find_bad_loss,
    ),
    Rule(
        "gradient_zero",
        "error",
        "a first step that teaches nothing",
        "Check lora_targets; look whether both answers of these pairs differ.",
        _find_no_gradient,
    ),
    Rule(
        "longest_step",
        "note",
        "what the longest step takes",
        "Lower batch_pairs if this is too slow.",
        _tell_step,
    ),
)

#: Rule by name, in the order in which they look.
MODEL_RULES: Final[dict[str, Rule[Trial]]] = {rule.name: rule for rule in _RULES}
