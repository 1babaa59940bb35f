"""Rules on how pairs are written down: unread rows, roles, places for pictures, missing files."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import Final

import polars as pl

from workbench.preferences.lint.base import Found, Rule, Unchecked, count_of, found_in
from workbench.preferences.lint.pairset import PairSet

__all__ = ["RULES"]

_SHOWN: Final = 3
_LONGEST_REASON: Final = 160


def _find_unread(pairs: PairSet) -> list[Found]:
    by_reason: dict[str, list[str]] = {}
    for row, reason in pairs.unread:
        by_reason.setdefault(reason[:_LONGEST_REASON], []).append(row)
    whole = pairs.rows.height + len(pairs.unread)
    return [
        Found(f"{count_of(len(rows), whole, 'row')} cannot be read: {reason}", tuple(rows), len(rows) / whole)
        for reason, rows in by_reason.items()
    ]


def _find_problems(pairs: PairSet) -> list[Found]:
    told = pairs.rows.filter(pl.col("problem").fill_null("") != "")
    return [
        found
        for (problem,), rows in told.group_by("problem", maintain_order=True)
        for found in found_in(rows, pairs.rows.height, str(problem))
    ]


def _find_media_preferences(pairs: PairSet) -> list[Found]:
    rows = pairs.keyed.filter(pl.col("side") == "media")
    what = "prefer one picture or video of a prompt to another, not one caption of a sample."
    return found_in(rows, pairs.rows.height, what)


def _find_missing_media(pairs: PairSet) -> list[Found] | Unchecked:
    named = pairs.linked_media.filter(pl.col("reason").is_not_null())
    if pairs.media.is_empty():
        return Unchecked("the rows name no media")
    if named.is_empty():
        return []
    gone = pairs.media.drop_nulls("reason")
    examples = "; ".join(
        f"{path}: {reason}" for path, reason in gone.select("path", "reason").head(_SHOWN).rows()
    )
    message = f"{count_of(gone.height, pairs.media.height, 'media file')} cannot be used ({examples})."
    return [
        Found(message, tuple(named["pair_id"].unique(maintain_order=True)), gone.height / pairs.media.height)
    ]


def _find_no_prompt(pairs: PairSet) -> list[Found]:
    if not pairs.is_file:
        return []  # an export gives pairs of a workspace their prompt
    without = pairs.rows.filter(pl.col("prompt").fill_null("").str.strip_chars() == "")
    return found_in(without, pairs.rows.height, "have no prompt.")


def _find_prompt_inside(pairs: PairSet) -> list[Found]:
    def starts(side: str) -> pl.Expr:
        return pl.col(f"{side}_text").str.strip_chars().str.starts_with(pl.col("prompt").str.strip_chars())

    long_enough = pl.col("prompt").str.strip_chars().str.len_chars() >= 8
    hit = pairs.texts.filter(long_enough & starts("chosen") & starts("rejected"))
    return found_in(hit, pairs.texts.height, "say the prompt again at the start of both answers.")


def _find_roles(pairs: PairSet) -> list[Found] | Unchecked:
    """Look for conversations that do not end with the user, or in which one side speaks twice in a row."""
    told = pairs.rows.drop_nulls("roles")
    if told.is_empty():
        return Unchecked("the pairs are no conversations")
    wrong = told.filter(pl.Series([bool(_fault(one.split(","))) for one in told["roles"]], dtype=pl.Boolean))
    faults = Counter(_fault(one.split(",")) for one in wrong["roles"])
    named = "; ".join(f"{fault}: {count:,}" for fault, count in faults.most_common())
    return found_in(wrong, told.height, f"have turns out of order ({named}).")


def _fault(roles: list[str]) -> str:
    known = {"system", "user", "assistant", "tool"}
    if unknown := [one for one in roles if one not in known]:
        return f"a role {unknown[0]!r}"
    if roles[-1] not in ("user", "tool"):
        return f"the prompt ends with {roles[-1]}"
    spoken = [one for one in roles if one in ("user", "assistant")]
    if any(one == other for one, other in pairwise(spoken)):
        return "one side speaks twice in a row"
    return "a system message after the start" if "system" in roles[1:] else ""


def _find_picture_places(pairs: PairSet) -> list[Found] | Unchecked:
    marked = pairs.rows.filter(pl.col("image_marks").fill_null(0) > 0)
    pictured = pairs.rows.filter(pl.col("media").list.len().fill_null(0) > 0)
    if marked.is_empty() or not pairs.is_file:
        return Unchecked("no prompt marks a place for a picture")
    both = pl.concat([marked, pictured]).unique("pair_id", maintain_order=True)
    wrong = both.filter(pl.col("image_marks").fill_null(0) != pl.col("media").list.len().fill_null(0))
    return found_in(wrong, both.height, "have more or fewer places for a picture than pictures.")


RULES: Final = (
    Rule(
        "unreadable_row",
        "error",
        "rows that are no pairs",
        "Mend or delete these rows; trainers stop at them, or skip them without a word.",
        _find_unread,
    ),
    Rule(
        "odd_row",
        "warning",
        "rows read with a guess",
        "Write them in the plain form of their format.",
        _find_problems,
    ),
    Rule(
        "prefers_media",
        "note",
        "preferences over media instead of captions",
        "Use them for a reward model of pictures; a captioner cannot be trained on them.",
        _find_media_preferences,
    ),
    Rule(
        "media_missing",
        "error",
        "media that are not there or cannot be read",
        "Give the folder that the paths start from, or bring the files.",
        _find_missing_media,
    ),
    Rule(
        "no_prompt",
        "note",
        "pairs that answer nothing",
        "Add the prompt that the model will be asked.",
        _find_no_prompt,
    ),
    Rule(
        "prompt_inside_answer",
        "warning",
        "answers that begin with the prompt",
        "Take the prompt out of both answers: it would be trained twice.",
        _find_prompt_inside,
    ),
    Rule(
        "turns_out_of_order",
        "error",
        "conversations that a chat template refuses",
        "Let user and assistant take turns, and end the prompt with the user.",
        _find_roles,
    ),
    Rule(
        "picture_places",
        "error",
        "a number of image marks that is not the number of images",
        "Write one mark for each image of the row.",
        _find_picture_places,
    ),
)
