"""Rules on the settings of a run beside its rows: what would have no effect, and what goes wrong unseen."""

from __future__ import annotations

import math
from typing import Final

import polars as pl

from workbench.encoders.devices import choose_device
from workbench.errors import EncoderError, UnknownNameError
from workbench.finetune.config import EMBEDDED
from workbench.finetune.methods import method_of
from workbench.finetune.preflight.memory import estimate_memory, free_bytes, told_bytes
from workbench.finetune.preflight.plan import Plan
from workbench.preferences.lint.base import Found, Rule, Unchecked, found_in
from workbench.preferences.lint.power import least_accuracy

__all__ = ["FEWEST_HELD_OUT", "HIGHEST_RATES", "RULES"]

#: A learning rate above this destroys more than it teaches in a short run, by what is trained.
HIGHEST_RATES: Final = {"full": 1e-4, "lora": 5e-4}
_HIGHEST_EMBEDDED: Final = 2e-4  # of all its weights: small models bear more, and this much was tried
#: Fewer held-out pairs than this tell little of a gain.
FEWEST_HELD_OUT: Final = 200


def _find_high_rate(plan: Plan) -> list[Found]:
    config = plan.config
    highest = HIGHEST_RATES[config.trains]
    if config.model.partition(":")[0] == EMBEDDED:
        highest = max(highest, _HIGHEST_EMBEDDED)
    if config.learning_rate <= highest:
        return []
    message = f"learning_rate={config.learning_rate:g} is above {highest:g}, for trains={config.trains!r}."
    return [Found(message, value=config.learning_rate, column="learning_rate")]


def _find_one_step(plan: Plan) -> list[Found]:
    config, pairs = plan.config, plan.train.height
    steps = math.ceil(pairs / config.batch_pairs) * config.epochs
    steps = min(steps, config.max_steps) if config.max_steps else steps
    if steps > 1 or not pairs:
        return []
    message = f"{pairs:,} pairs in batches of {config.batch_pairs} are {steps} step in all."
    return [Found(message, value=float(steps), column="batch_pairs")]


def _find_idle_weights(plan: Plan) -> list[Found]:
    """Look whether weights that pairs have are used, and whether weights that are asked for are there."""
    train = plan.train
    if not plan.config.weigh_by:
        weighed = train.filter((pl.col("weight").fill_null(1.0) - 1.0).abs() > 1e-9)
        what = "have a weight that is not used: every pair counts alike."
        return found_in(weighed, train.height, what, column="weight")
    missing = train.filter(pl.col("weight").is_null())
    if missing.height < train.height:
        return found_in(missing, train.height, "have no weight, and weigh_by asks for one.", column="weight")
    return found_in(missing, train.height, "have no weight: weigh_by would have no effect.", column="weight")


def _find_equal_weights(plan: Plan) -> list[Found]:
    weights = plan.train["weight"].drop_nulls()
    if not plan.config.weigh_by or not len(weights) or weights.n_unique() > 1:
        return []
    message = f"weigh_by='weight' would have no effect: every pair weighs {weights[0]:g}."
    return [Found(message, tuple(plan.train["pair_id"]), float(weights[0]), "weight")]


def _find_unfed_method(plan: Plan) -> list[Found]:
    """Look for what the method needs of the pairs and they do not say."""
    train, method = plan.train, method_of(plan.config.method)
    told = {
        "strength": ("strength", pl.col("strength").is_not_null()),
        "voices": ("for_chosen", pl.concat_list("for_chosen", "for_rejected").list.len() > 0),
        "spans": ("rejected_spans", pl.concat_list("chosen_spans", "rejected_spans").list.len() > 0),
        "hidden": ("media", pl.col("media").is_in(["image", "video"])),
    }
    found = []
    for need, (column, is_told) in told.items():
        if need in method.needs and train.height:
            silent = train.filter(~is_told.fill_null(False))
            if silent.height == train.height:
                said = f"have nothing in {column!r}, which {method.title} needs: it would be another method."
                found += found_in(silent, train.height, said, column=column)
    return found


def _find_idle_pictures(plan: Plan) -> list[Found]:
    config, media = plan.config, set(plan.fit["media"])
    found = []
    if config.frames != _FRAMES and "video" not in media:
        found.append(Found(f"frames={config.frames} has no effect: no pair shows a video.", column="frames"))
    if config.picture_px and not media & {"image", "video"}:
        said = f"picture_px={config.picture_px} has no effect: no pair shows a picture."
        found.append(Found(said, column="picture_px"))
    return found


_FRAMES: Final = 4  # what RunConfig has when nobody says


def _find_few_held_out(plan: Plan) -> list[Found]:
    count = plan.held_out.height
    if count >= FEWEST_HELD_OUT:
        return []
    if not count:
        return [
            Found("No pair is held out: nothing will tell what was learnt from what was learnt by heart.")
        ]
    least = least_accuracy(count)
    reach = f"they tell an accuracy of {least:.0%} or more" if least else "they tell no accuracy"
    message = f"{count:,} pairs are held out; {reach} from chance (80 % power).".replace("%", " %")
    return [Found(message.replace("  %", " %"), value=float(count), column="split")]


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
        "memory_short",
        "error",
        "less memory than the run takes at the least",
        "Take a smaller model, trains='lora', fewer batch_pairs, precision='bf16' or bits=4 on a GPU.",
        _find_short_memory,
    ),
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
        "method_unfed",
        "error",
        "a method that needs what the pairs do not say",
        "Judge pairs with it (strength, several annotators), or take method='dpo'.",
        _find_unfed_method,
    ),
    Rule(
        "weights_alike",
        "error",
        "weights that would have no effect",
        "Leave weigh_by out, or have several people judge the pairs: that is what weights come from.",
        _find_equal_weights,
    ),
    Rule(
        "weights_unused",
        "warning",
        "weights that are not used, or not there",
        "Set weigh_by='weight' to use them; a pair without one counts as 1.",
        _find_idle_weights,
    ),
    Rule(
        "pictures_unused",
        "warning",
        "settings of pictures for rows without any",
        "Leave the setting out.",
        _find_idle_pictures,
    ),
    Rule(
        "learning_rate_high",
        "warning",
        "a learning rate that destroys more than it teaches",
        "Take 2e-4 for adapters, 5e-5 for all weights, and add sft_weight.",
        _find_high_rate,
    ),
    Rule(
        "single_step",
        "warning",
        "a run of one step",
        "Take smaller batches or more epochs.",
        _find_one_step,
    ),
    Rule(
        "few_held_out",
        "warning",
        "too few held-out pairs to believe a gain",
        "Hold more out, divided by media: ws.split_pairs(). 200 is a guide.",
        _find_few_held_out,
    ),
)
