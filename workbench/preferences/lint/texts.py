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
    r"|\{\{\s*[a-z_]+\s*\}\}|\[(?:INSERT|TODO|PLACEHOLDER)\b[^\]]*\]|^(?:TODO|N/?A|null|None|nan)$",
    re.IGNORECASE,
)
_FIELD: Final = re.compile(r"\{[a-z_]{2,}\}")
_REFUSAL: Final = re.compile(
    r"^\s*(?:(?:i['’]?m|i am) (?:sorry,? (?:but|i )|unable to|not able to)|sorry,? (?:but )?i "
    r"|i (?:cannot|can['’]t|can not|won['’]t) (?:help|assist|provide|describe|see|view|answer|do|identify)"
    r"|i apologi[sz]e,? but)|\bas an? (?:ai|large language|language)\b[^.]{0,40}?,? i "
    r"(?:cannot|can['’]t|can not|do not|don['’]t|am not|am unable)",
    re.IGNORECASE,
)
#: Code and formulas: their braces, repeats and last lines are not those of prose.
_CODE: Final = re.compile(r"```|\\[a-z]+\b|[{};]\s*(?:\n|$)|\$[^$\n]+\$|</[a-z]+>|^\s{4}\S+\(", re.MULTILINE)
_LETTERS: Final = re.compile(r"[^\W\d_]+")
_ITEM: Final = re.compile(r"^\s*(?:[-*•#>|]|\d+[.)]|\(?[a-z]\))")
_ENDED: Final = re.compile(r"""[.!?…。！？:;`"'”’»)\]}|*\u2600-\u27bf\U0001f300-\U0001faff]\s*$""")
_MOST_END: Final = 0.8
_FEWEST_TO_TELL_ENDS: Final = 20
_FEWEST_WORDS: Final = 4
_LONG_WORDS: Final = 40
#: English words that another one must follow; prepositions that may end a clause are not among them.
_LEADING: Final = frozenset(
    [
        "a",
        "an",
        "the",
        "its",
        "their",
        "my",
        "our",
        "your",
        "every",
        "and",
        "or",
        "but",
        "because",
        "than",
        "while",
        "with",
        "from",
        "of",
        "into",
        "onto",
        "is",
        "are",
    ]
)


def _find_empty(pairs: PairSet) -> list[Found]:
    rows = pairs.keyed.filter(pl.col("side") == "text")
    is_one_sided = pl.col("origin").fill_null("") == "rejected_only"
    found = []
    for side in ("chosen", "rejected"):
        is_empty = pl.col(f"{side}_text").fill_null("").str.strip_chars() == ""
        excused = is_one_sided if side == "chosen" else pl.lit(False)
        found += found_in(
            rows.filter(is_empty & ~excused), rows.height, f"have nothing as {side}.", column=side
        )
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
    return _matching(pairs, _LEFTOVER, "hold markers of a template", _FIELD)


def _find_refusals(pairs: PairSet) -> list[Found]:
    hit = _having(pairs.texts, "chosen_text", _REFUSAL)
    return found_in(hit, pairs.texts.height, "prefer a refusal.", column="chosen")


def _matching(
    pairs: PairSet, pattern: re.Pattern[str], what: str, in_prose: re.Pattern[str] | None = None
) -> list[Found]:
    """Find texts that a pattern matches, or another one in what is no code; the message shows matches."""

    def first(text: str) -> str:
        found = pattern.search(text) or (
            in_prose.search(text) if in_prose and not _CODE.search(text) else None
        )
        return found.group() if found else ""

    texts = pairs.texts
    hits = [first(chosen) or first(rejected) for chosen, rejected in _sides(texts)]
    hit = texts.filter(pl.Series([bool(one) for one in hits], dtype=pl.Boolean))
    examples = ", ".join([repr(one) for one in dict.fromkeys(filter(None, hits))][:3])
    return found_in(hit, texts.height, f"{what}, such as {examples}.")


def _sides(texts: pl.DataFrame) -> list[tuple[str, str]]:
    return list(zip(texts["chosen_text"], texts["rejected_text"], strict=True))


def _having(texts: pl.DataFrame, column: str, pattern: re.Pattern[str]) -> pl.DataFrame:
    return texts.filter(pl.Series([bool(pattern.search(one)) for one in texts[column]], dtype=pl.Boolean))


def _find_loops(pairs: PairSet) -> list[Found]:
    run = pairs.settings.repeated_run
    both = zip(pairs.texts["chosen_text"], pairs.texts["chosen_plain"], strict=True)
    loops = [not _CODE.search(text) and _longest_loop(words.split()) >= run for text, words in both]
    hit = pairs.texts.filter(pl.Series(loops, dtype=pl.Boolean))
    return found_in(
        hit,
        pairs.texts.height,
        f"prefer a text that says the same words {run} times in a row.",
        column="chosen",
    )


def _longest_loop(words: Sequence[str], longest_phrase: int = 4) -> int:
    """Return how often the most repeated phrase of 1 to `longest_phrase` words follows on itself.

    Numbers and single letters are no words here: they repeat in tables and sums.
    """
    most = 1 if words else 0
    for width in range(1, longest_phrase + 1):
        matches = 0  # words in a row that equal the one `width` before them
        for earlier, later in zip(words, words[width:], strict=False):
            matches = matches + 1 if earlier == later and len(later) > 1 and not later.isdigit() else 0
            most = max(most, 1 + matches // width)
    return most


def _find_languages(pairs: PairSet) -> list[Found]:
    apart = []
    for chosen, rejected in _sides(pairs.texts):
        if min(len(chosen.split()), len(rejected.split())) < _FEWEST_WORDS:
            apart.append(False)  # too little to tell
            continue
        one, other = identify_language(chosen), identify_language(rejected)
        sure = min(one.confidence, other.confidence) >= 0.5
        apart.append(bool(sure and one.code and other.code and one.code != other.code))
    hit = pairs.texts.filter(pl.Series(apart, dtype=pl.Boolean))
    return found_in(hit, pairs.texts.height, "are in two languages: the language is what would be learnt.")


def _find_cut_off(pairs: PairSet) -> list[Found]:
    """Find texts that lead on to a word that is not there, and long ones without an end where most have one.

    A short caption needs no full stop; lists and code end as they like.
    """
    texts = pairs.texts
    is_long = [_is_long_prose(text) for text in texts["chosen_text"]]
    ended = [bool(_ENDED.search(text)) for text in texts["chosen_text"]]
    ends_of_long = [end for end, long in zip(ended, is_long, strict=True) if long]
    has_custom = len(ends_of_long) >= _FEWEST_TO_TELL_ENDS and sum(ends_of_long) >= _MOST_END * len(
        ends_of_long
    )
    cut = [
        _leads_on(text) or (has_custom and long and not end)
        for text, long, end in zip(texts["chosen_text"], is_long, ended, strict=True)
    ]
    hit = texts.filter(pl.Series(cut, dtype=pl.Boolean))
    return found_in(hit, texts.height, "prefer a text that stops in mid-sentence.", column="chosen")


def _leads_on(text: str) -> bool:
    """Say whether a text ends with a word or sign after which another must come, or in code never closed.

    Example:
        >>> _leads_on("a cat beside the"), _leads_on("a cat in a box"), _leads_on("a cat, a dog,")
        (True, False, True)
    """
    if text.count("```") % 2:
        return True
    words = text.split()
    return len(words) >= _FEWEST_WORDS and (words[-1].lower() in _LEADING or words[-1][-1] in ",-–(")


def _is_long_prose(text: str) -> bool:
    last = text.strip().rpartition("\n")[2]
    is_prose = (
        not _CODE.search(text) and not _ITEM.match(last) and len(_LETTERS.findall(last)) >= _FEWEST_WORDS
    )
    return is_prose and len(text.split()) >= _LONG_WORDS


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
