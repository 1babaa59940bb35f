"""Rules on the settings of a run beside its rows: what would have no effect, and what goes wrong unseen."""

from __future__ import annotations

from typing import Final

import polars as pl

from workbench.finetune.config import EMBEDDED
from workbench.finetune.methods import method_of
from workbench.finetune.order import count_steps
from workbench.finetune.preflight.plan import Plan
from workbench.preferences.lint.base import Found, Rule, found_in
from workbench.preferences.lint.power import least_accuracy

__all__ = ["FEWEST_HELD_OUT", "HIGHEST_RATES", "RULES"]

#: A learning rate above this destroys more than it teaches in a short run, by what is trained.
HIGHEST_RATES: Final = {"full": 1e-4, "lora": 5e-4}
_HIGHEST_EMBEDDED: Final = 2e-4  # of all its weights: small models bear more, and this much was tried
_FRAMES: Final = 4  # what RunConfig has when nobody says
_ROUNDING: Final = 1e-9
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
    steps = count_steps(plan.train.height, plan.config)
    if steps != 1:
        return []
    message = f"{plan.train.height:,} pairs in batches of {plan.config.batch_pairs} are one step in all."
    return [Found(message, value=1.0, column="batch_pairs")]


def _find_never_reached(plan: Plan) -> list[Found]:
    """Look for what is asked for every so many steps, where there are fewer."""
    steps = count_steps(plan.train.height, plan.config)
    asked = {"evaluate_every": plan.config.evaluate_every, "save_every": plan.config.save_every}
    if "sync_steps" in plan.config.settings:
        asked["sync_steps"] = round(plan.config.setting("sync_steps"))
    return [
        Found(f"{name}={every} has no effect: the run has {steps} steps.", (), float(steps), name)
        for name, every in asked.items()
        if steps and every > steps
    ]


def _find_idle_weights(plan: Plan) -> list[Found]:
    if plan.config.weigh_by:
        return []
    weighed = plan.train.filter((pl.col("weight").fill_null(1.0) - 1.0).abs() > _ROUNDING)
    what = "have a weight that is not used: every pair counts alike."
    return found_in(weighed, plan.train.height, what, column="weight")


def _find_missing_weights(plan: Plan) -> list[Found]:
    missing = plan.train.filter(pl.col("weight").is_null())
    if not plan.config.weigh_by or missing.height == plan.train.height:
        return []
    return found_in(missing, plan.train.height, "have no weight, and count as 1.", column="weight")


def _find_equal_weights(plan: Plan) -> list[Found]:
    weights = plan.train["weight"].fill_null(1.0)
    if not plan.config.weigh_by or weights.is_empty() or weights.n_unique() > 1:
        return []
    message = f"weigh_by='weight' would have no effect: every pair weighs {weights[0]:g}."
    return [Found(message, tuple(plan.train["pair_id"]), float(weights[0]), "weight")]


#: What a method needs of a pair -> the column that says it, and when it does.
_FOOD: Final = {
    "strength": ("strength", pl.col("strength").is_not_null()),
    "voices": ("for_chosen", pl.concat_list("for_chosen", "for_rejected").list.len() > 0),
    "spans": ("rejected_spans", pl.concat_list("chosen_spans", "rejected_spans").list.len() > 0),
    "hidden": ("media", pl.col("media").is_in(["image", "video"])),
}


def _find_unfed_method(plan: Plan) -> list[Found]:
    return _find_silent(plan, "which {method} needs: it would be another method.", is_whole=True)


def _find_underfed_method(plan: Plan) -> list[Found]:
    return _find_silent(plan, "which {method} needs: they count as in DPO.", is_whole=False)


def _find_silent(plan: Plan, why: str, *, is_whole: bool) -> list[Found]:
    """Look for pairs that do not say what the method needs: all of them, or some."""
    train, method = plan.train, method_of(plan.config.method)
    found = []
    for need, (column, is_told) in _FOOD.items():
        if need in method.needs and train.height:
            silent = train.filter(~is_told.fill_null(False))
            if (silent.height == train.height) is is_whole:
                said = f"have nothing in {column!r}, {why.format(method=method.title)}"
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


RULES: Final = (
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
        "method_underfed",
        "warning",
        "pairs that do not say what the method needs",
        "Judge them, leave them out, or take them as they are.",
        _find_underfed_method,
    ),
    Rule(
        "weights_missing",
        "warning",
        "pairs without a weight beside others with one",
        "Judge them, or take it that they count as 1.",
        _find_missing_weights,
    ),
    Rule(
        "weights_unused",
        "note",
        "weights that are not used",
        "Set weigh_by='weight' to use them.",
        _find_idle_weights,
    ),
    Rule(
        "never_reached",
        "warning",
        "what is asked for every so many steps, of which there are fewer",
        "Give fewer steps, more epochs, or leave it out.",
        _find_never_reached,
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
