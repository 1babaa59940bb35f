"""Rules on the two texts of a pair by themselves: empty, equal, damaged, looping, cut off."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import polars as pl

from workbench.alignment.claims.language import identify_language
from workbench.preferences.lint.base import Found, Rule, found_in
from workbench.preferences.lint.pairset import PairSet

__all__ = ["RULES"]

_MOJIBAKE: Final = re.compile(
    "\ufffd|Ã[\u0080-\u00bf¡-¿]|â€[\u0080-\u00bf™œ\u009d“”˜¦]|\\\\u[0-9a-fA-F]{4}|[\x00-\x08\x0b\x0e-\x1f]"
)
_LEFTOVER: Final = re.compile(
    r"<\|[a-z_]+\|>|</?s>|<(?:image|video|audio|pad|bos|eos|unk)>|\[/?INST\]|<<SYS>>"
    r"|\{\{?\s*[a-z_]+\s*\}?\}|\[(?:INSERT|TODO|PLACEHOLDER)[^\]]*\]|^(?:TODO|N/?A|null|None|nan)$",
    re.IGNORECASE,
)
_REFUSAL: Final = re.compile(
    r"^\s*(?:(?:i['’]?m|i am) (?:sorry|unable|not able)|sorry,|i (?:cannot|can['’]t|can not|apologi[sz]e)"
    r"|(?:as|i['’]?m|i am) an? (?:ai|artificial|large language|language) )|\bas an ai (?:language )?model\b",
    re.IGNORECASE,
)
_ENDED: Final = re.compile(r"""[.!?…。！？:;`"'”’»)\]}|*]\s*$""")
_MOST_END: Final = 0.8
_FEWEST_TO_TELL_ENDS: Final = 20


def _find_empty(pairs: PairSet) -> list[Found]:
    rows = pairs.keyed.filter(pl.col("side") == "text")
    is_one_sided = pl.col("origin").fill_null("") == "rejected_only"
    found = []
    for side in ("chosen", "rejected"):
        is_empty = pl.col(f"{side}_text").fill_null("").str.strip_chars() == ""
        excused = is_one_sided if side == "chosen" else pl.lit(False)
        found += found_in(rows.filter(is_empty & ~excused), rows.height, f"have nothing as {side}.")
    return found


def _find_one_sided(pairs: PairSet) -> list[Found]:
    rows = pairs.keyed.filter(pl.col("origin").fill_null("") == "rejected_only")
    return found_in(rows, pairs.rows.height, "know only what is wrong, not what is right.")


def _find_identical(pairs: PairSet) -> list[Found]:
    same = pairs.texts.filter(pl.col("chosen_text") == pl.col("rejected_text"))
    return found_in(
        same, pairs.texts.height, "have the same text on both sides: they train at log 2 for ever."
    )


def _find_equal_words(pairs: PairSet) -> list[Found]:
    same = pairs.texts.filter(
        (pl.col("chosen_plain") == pl.col("rejected_plain"))
        & (pl.col("chosen_text") != pl.col("rejected_text"))
    )
    return found_in(same, pairs.texts.height, "differ in nothing but letter case, punctuation or space.")


def _find_damage(pairs: PairSet) -> list[Found]:
    return _matching(pairs, _MOJIBAKE, "hold characters that were damaged by a wrong encoding")


def _find_leftovers(pairs: PairSet) -> list[Found]:
    return _matching(pairs, _LEFTOVER, "hold markers of a template")


def _find_refusals(pairs: PairSet) -> list[Found]:
    hit = _having(pairs.texts, "chosen_text", _REFUSAL)
    return found_in(hit, pairs.texts.height, "prefer a refusal.")


def _matching(pairs: PairSet, pattern: re.Pattern[str], what: str) -> list[Found]:
    texts = pairs.texts
    hits = [next((m.group() for m in map(pattern.search, two) if m), "") for two in _sides(texts)]
    hit = texts.filter(pl.Series([bool(one) for one in hits], dtype=pl.Boolean))
    examples = ", ".join(repr(one) for one in dict.fromkeys(filter(None, hits)))[:60]
    return found_in(hit, texts.height, f"{what}, such as {examples}.")


def _sides(texts: pl.DataFrame) -> list[tuple[str, str]]:
    return list(zip(texts["chosen_text"], texts["rejected_text"], strict=True))


def _having(texts: pl.DataFrame, column: str, pattern: re.Pattern[str]) -> pl.DataFrame:
    return texts.filter(pl.Series([bool(pattern.search(one)) for one in texts[column]], dtype=pl.Boolean))


def _find_loops(pairs: PairSet) -> list[Found]:
    run = pairs.settings.repeated_run
    loops = [_longest_loop(text.split()) >= run for text in pairs.texts["chosen_plain"]]
    hit = pairs.texts.filter(pl.Series(loops, dtype=pl.Boolean))
    return found_in(hit, pairs.texts.height, f"prefer a text that says the same words {run} times in a row.")


def _longest_loop(words: Sequence[str], longest_phrase: int = 4) -> int:
    """Return how often the most repeated phrase of 1 to `longest_phrase` words follows on itself."""
    most = 1 if words else 0
    for width in range(1, longest_phrase + 1):
        matches = 0  # words in a row that equal the one `width` before them
        for earlier, later in zip(words, words[width:], strict=False):
            matches = matches + 1 if earlier == later else 0
            most = max(most, 1 + matches // width)
    return most


def _find_languages(pairs: PairSet) -> list[Found]:
    apart = []
    for chosen, rejected in _sides(pairs.texts):
        one, other = identify_language(chosen), identify_language(rejected)
        sure = min(one.confidence, other.confidence) >= 0.5
        apart.append(bool(sure and one.code and other.code and one.code != other.code))
    hit = pairs.texts.filter(pl.Series(apart, dtype=pl.Boolean))
    return found_in(hit, pairs.texts.height, "are in two languages: the language is what would be learnt.")


def _find_cut_off(pairs: PairSet) -> list[Found]:
    texts = pairs.texts
    ended = [bool(_ENDED.search(text)) for text in texts["chosen_text"]]
    if len(ended) < _FEWEST_TO_TELL_ENDS or sum(ended) < _MOST_END * len(ended):
        return []  # a set that writes without full stops
    hit = texts.filter(~pl.Series(ended, dtype=pl.Boolean))
    return found_in(
        hit, texts.height, "prefer a text that stops in mid-sentence, where most end with a mark."
    )


def _find_edges(pairs: PairSet) -> list[Found]:
    texts = pairs.texts
    spaced = [any(one != one.strip() for one in two) for two in _sides(texts)]
    hit = texts.filter(pl.Series(spaced, dtype=pl.Boolean))
    return found_in(
        hit, texts.height, "begin or end with white space, which may join tokens with the prompt."
    )


RULES: Final = (
    Rule(
        "empty_text", "error", "a side without words", "Write the text, or leave the pair out.", _find_empty
    ),
    Rule(
        "one_sided",
        "note",
        "a wrong caption without a right one",
        "Export them unpaired (KTO), or correct the captions.",
        _find_one_sided,
    ),
    Rule("identical", "error", "the same text on both sides", "Leave these pairs out.", _find_identical),
    Rule(
        "identical_after_normalising",
        "error",
        "sides that differ in case, punctuation or space alone",
        "Leave these pairs out, unless spelling is what you teach.",
        _find_equal_words,
    ),
    Rule(
        "damaged_text",
        "warning",
        "signs of a wrong encoding",
        "Read the source as UTF-8 again.",
        _find_damage,
    ),
    Rule(
        "template_remains",
        "warning",
        "special tokens and unfilled fields inside a text",
        "Take them out: the template adds its own.",
        _find_leftovers,
    ),
    Rule(
        "chosen_refuses",
        "warning",
        "a refusal that is preferred",
        "Look at each: is it meant?",
        _find_refusals,
    ),
    Rule(
        "chosen_loops",
        "warning",
        "a preferred text that repeats itself",
        "Correct them: repetition is learnt, and hides in counts of distinct nouns.",
        _find_loops,
    ),
    Rule(
        "language_differs",
        "warning",
        "sides in two languages",
        "Translate one side, or leave the pair out.",
        _find_languages,
    ),
    Rule(
        "chosen_cut_off",
        "warning",
        "a preferred text without an end",
        "Finish the text: a model learns to stop there.",
        _find_cut_off,
    ),
    Rule(
        "space_at_the_edge",
        "note",
        "white space before or after a text",
        "Strip it, or keep it on both sides alike.",
        _find_edges,
    ),
)
