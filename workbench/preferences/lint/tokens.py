"""Rules on pairs in the tokens of the model to be tuned: what is cut, doubled, left out or unknown to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Final

import polars as pl

from workbench.preferences.lint.base import Found, Rule, Unchecked, found_in
from workbench.preferences.lint.pairset import PairSet
from workbench.preferences.lint.target import EncodedPair

__all__ = ["NO_LIMIT", "NO_TARGET", "RULES"]

#: Why rules of tokens cannot look.
NO_TARGET: Final = "the model to be tuned was not named (target)"
NO_LIMIT: Final = "nothing is cut: no length was given and the tokenizer has none"

_SEARCHED: Final = 100  # pairs whose unknown words are looked up, to name some
_NAMED: Final = 4


def _rows(pairs: PairSet, is_wrong: Callable[[EncodedPair], bool]) -> pl.DataFrame:
    wrong = [one.pair_id for one in pairs.encoded if not one.fault and is_wrong(one)]
    return pairs.texts.filter(pl.col("pair_id").is_in(wrong))


def _find(pairs: PairSet, is_wrong: Callable[[EncodedPair], bool], what: str) -> list[Found] | Unchecked:
    if pairs.target is None:
        return Unchecked(NO_TARGET)
    return found_in(_rows(pairs, is_wrong), pairs.texts.height, what)


def _limit(pairs: PairSet) -> int | Unchecked:
    if pairs.target is None:
        return Unchecked(NO_TARGET)
    return pairs.target.max_length or Unchecked(NO_LIMIT)


def _find_over_budget(pairs: PairSet) -> list[Found] | Unchecked:
    limit = _limit(pairs)
    if isinstance(limit, Unchecked):
        return limit
    over = _rows(pairs, lambda one: _length(one) > limit)
    lost = sum(max(0, _length(one) - limit) for one in pairs.encoded)
    longest = max((_length(one) for one in pairs.encoded), default=0)
    what = f"are longer than {limit:,} tokens; {lost:,} tokens are cut, the longest pair has {longest:,}."
    return found_in(over, pairs.texts.height, what)


def _length(one: EncodedPair) -> int:
    return len(one.prompt) + max(len(one.chosen), len(one.rejected))


def _find_cut_away(pairs: PairSet) -> list[Found] | Unchecked:
    limit = _limit(pairs)
    if isinstance(limit, Unchecked):
        return limit
    return _find(
        pairs, lambda one: len(one.prompt) >= limit, "have a prompt that leaves no token for an answer."
    )


def _find_equal_after_cut(pairs: PairSet) -> list[Found] | Unchecked:
    limit = _limit(pairs)
    if isinstance(limit, Unchecked):
        return limit

    def is_equal(one: EncodedPair) -> bool:
        room = limit - len(one.prompt)
        return room > 0 and one.chosen != one.rejected and one.chosen[:room] == one.rejected[:room]

    return _find(pairs, is_equal, f"are the same on both sides once they are cut at {limit:,} tokens.")


def _find_equal_tokens(pairs: PairSet) -> list[Found] | Unchecked:
    def is_equal(one: EncodedPair) -> bool:
        return one.chosen == one.rejected

    if pairs.target is None:
        return Unchecked(NO_TARGET)
    same = _rows(pairs, is_equal).filter(pl.col("chosen_text") != pl.col("rejected_text"))
    return found_in(same, pairs.texts.height, "are two texts to people and the same tokens to the model.")


def _find_no_prefix(pairs: PairSet) -> list[Found] | Unchecked:
    what = "join the last token of the prompt with the first of the answer."
    return _find(pairs, lambda one: not one.is_prefix, what)


def _find_end_marks(pairs: PairSet) -> list[Found] | Unchecked:
    target = pairs.target
    if target is None:
        return Unchecked(NO_TARGET)
    if target.tokenizer.eos_token_id is None:
        return [Found("The tokenizer has no end mark (eos_token): the model will not learn to stop.")]
    none = _rows(pairs, lambda one: 0 in one.ends)
    twice = _rows(pairs, lambda one: max(one.ends) > 1)
    return [
        *found_in(
            none, pairs.texts.height, "end without the end mark, so that the model will not learn to stop."
        ),
        *found_in(twice, pairs.texts.height, "end with the end mark more than once."),
    ]


def _find_unknown(pairs: PairSet) -> list[Found] | Unchecked:
    target = pairs.target
    if target is None:
        return Unchecked(NO_TARGET)
    unknown = target.tokenizer.unk_token_id
    if unknown is None:
        return []
    count = sum(side.count(unknown) for one in pairs.encoded for side in (one.chosen, one.rejected))
    rows = _rows(pairs, lambda one: unknown in one.chosen or unknown in one.rejected)
    seen = rows.head(_SEARCHED).select("chosen_text", "rejected_text").iter_rows()
    words = dict.fromkeys(word for two in seen for text in two for word in text.split())
    named = [repr(word) for word in words if unknown in target.count(word)][:_NAMED]
    such = f", such as {', '.join(named)}" if named else ""
    what = f"hold words that the tokenizer does not know ({count:,} tokens{such})."
    return found_in(rows, pairs.texts.height, what)


def _find_special(pairs: PairSet) -> list[Found] | Unchecked:
    if pairs.target is None:
        return Unchecked(NO_TARGET)
    marks = pairs.target.special_tokens
    found = Counter(
        mark for two in pairs.texts.select("chosen_text", "rejected_text").iter_rows() for mark in marks
        if any(mark in text for text in two)
    )  # fmt: skip
    holds = pl.any_horizontal(
        pl.col(side).str.contains_any(list(marks) or ["\0"]) for side in ("chosen_text", "rejected_text")
    )
    named = ", ".join(repr(mark) for mark, _ in found.most_common(3))
    return found_in(
        pairs.texts.filter(holds), pairs.texts.height, f"hold marks of the model as text: {named}."
    )


def _find_template_faults(pairs: PairSet) -> list[Found] | Unchecked:
    if pairs.target is None:
        return Unchecked(NO_TARGET)
    faults = {one.pair_id: one.fault for one in pairs.encoded if one.fault}
    by_fault = Counter(faults.values()).most_common(3)
    return [
        found
        for fault, _ in by_fault
        for found in found_in(
            pairs.texts.filter(
                pl.col("pair_id").is_in([key for key, said in faults.items() if said == fault])
            ),
            pairs.texts.height,
            f"cannot be written by the chat template: {fault}",
        )
    ]


def _find_dropped(pairs: PairSet) -> list[Found] | Unchecked:
    what = "lose words in the chat template: what it writes does not hold the text."
    return _find(pairs, lambda one: bool(one.lost), what)


RULES: Final = (
    Rule(
        "template_fails",
        "error",
        "conversations that the chat template refuses",
        "Use the template of the model you train, and roles that it knows.",
        _find_template_faults,
    ),
    Rule(
        "template_drops_words",
        "error",
        "words that the chat template leaves out",
        "Write the content as the template wants it: a text, or a list of parts.",
        _find_dropped,
    ),
    Rule(
        "over_token_budget",
        "warning",
        "pairs longer than training keeps",
        "Raise max_length, or shorten the prompt.",
        _find_over_budget,
    ),
    Rule(
        "answer_cut_away",
        "error",
        "prompts that leave no room for the answer",
        "Raise max_length, or leave these pairs out: trainers drop them without a word.",
        _find_cut_away,
    ),
    Rule(
        "equal_after_truncation",
        "error",
        "sides that are equal once they are cut",
        "Raise max_length: such pairs train at log 2 for ever.",
        _find_equal_after_cut,
    ),
    Rule(
        "equal_in_tokens",
        "error",
        "two texts that are the same tokens",
        "Leave these pairs out: the model cannot tell the sides apart.",
        _find_equal_tokens,
    ),
    Rule(
        "prompt_not_a_prefix",
        "warning",
        "tokens that join prompt and answer",
        "End the prompt with what the template ends it with, not with a space.",
        _find_no_prefix,
    ),
    Rule(
        "end_mark",
        "warning",
        "answers with no end mark, or with two",
        "Let the template write exactly one.",
        _find_end_marks,
    ),
    Rule(
        "unknown_words",
        "warning",
        "words that the tokenizer does not know",
        "Check that it is the tokenizer of the model, and the language that it was made for.",
        _find_unknown,
    ),
    Rule(
        "special_token_in_text",
        "error",
        "marks of the model inside a text",
        "Take them out: they would be read as structure, or as a picture that is not there.",
        _find_special,
    ),
)
