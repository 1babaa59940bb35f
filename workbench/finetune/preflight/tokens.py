"""Rules on the length of pairs in tokens, those of their pictures included."""

from __future__ import annotations

from typing import Final

import polars as pl

from workbench.finetune.preflight.plan import Plan
from workbench.preferences.lint.base import Found, Rule, Unchecked, found_in
from workbench.preferences.lint.picture_tokens import count_picture_tokens
from workbench.preferences.lint.tokens import NO_LIMIT, NO_TARGET

__all__ = ["RULES", "count_tokens"]


def count_tokens(plan: Plan) -> dict[str, int]:
    """Return how many tokens the prompt, the pictures and the longer answer of each pair have.

    A token or two may be missing that the tokenizer sets before a text; pictures whose size nobody knows (of
    collages) count as one.
    """
    added = _picture_tokens(plan)
    return {
        one.pair_id: len(one.prompt) + max(len(one.chosen), len(one.rejected)) + added.get(one.pair_id, 0)
        for one in plan.pairs.encoded
        if not one.fault
    }


def _picture_tokens(plan: Plan) -> dict[str, int]:
    """Return what the pictures of each pair come to beyond the one mark that stands for each."""
    counted = count_picture_tokens(plan.pairs)
    if isinstance(counted, Unchecked):
        return {}
    sizes = pl.DataFrame(
        [(width, height, max(0, count - 1)) for (width, height), (count, _) in counted.items()],
        schema={"width": pl.Int64(), "height": pl.Int64(), "more": pl.Int64()},
        orient="row",
    )
    linked = plan.pairs.linked_media.join(sizes, on=["width", "height"])
    return dict(linked.group_by("pair_id").agg(pl.col("more").sum()).iter_rows())


def _find_too_long(plan: Plan) -> list[Found] | Unchecked:
    if plan.target is None:
        return Unchecked(NO_TARGET)
    limit = plan.target.max_length
    if limit is None:
        return Unchecked(NO_LIMIT)
    counts = count_tokens(plan)
    over = {name: count - limit for name, count in counts.items() if count > limit}
    what = (
        f"have more than {limit:,} tokens and are left out whole: {sum(over.values()):,} tokens too many, "
        f"{max(counts.values(), default=0):,} in the longest."
    )
    rows = plan.fit.filter(pl.col("pair_id").is_in(list(over)))
    return found_in(rows, plan.fit.height, what, column="prompt, chosen, rejected")


def _find_nothing_fits(plan: Plan) -> list[Found] | Unchecked:
    if plan.target is None or plan.target.max_length is None:
        return Unchecked(NO_TARGET if plan.target is None else NO_LIMIT)
    counts, limit = count_tokens(plan), plan.target.max_length
    mine = [counts[name] for name in plan.train["pair_id"] if name in counts]
    if not mine or min(mine) <= limit:
        return []
    return [
        Found(f"No pair fits into {limit:,} tokens: the shortest has {min(mine):,}.", column="max_tokens")
    ]


RULES: Final = (
    Rule(
        "nothing_fits",
        "error",
        "a limit that no pair fits into",
        "Raise max_tokens, or leave it out.",
        _find_nothing_fits,
    ),
    Rule(
        "too_long",
        "warning",
        "pairs longer than a run takes, which trainers cut or drop without a word",
        "Raise max_tokens, shorten the prompt, or make pictures smaller (picture_px).",
        _find_too_long,
    ),
)
