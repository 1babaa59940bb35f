"""The items that people flagged, before and after, with the pairs that taught the change."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from workbench.finetune.evaluation.truth import Truth, Verdict
from workbench.finetune.rows import FLAGGED_SCHEMA, TRAIN
from workbench.preferences.differences import merge_texts

__all__ = [
    "OUTCOMES",
    "SEEN_SCHEMA",
    "TOLD_SCHEMA",
    "count_outcomes",
    "describe_outcome",
    "lay_side_by_side",
    "teaching_pairs",
]

#: What became of an item. Where nothing is known of its sample there is no telling: `changed` or `same`.
OUTCOMES: Final = {
    "mended": "wrong before, right after, and no more is missing",
    "cut short": "nothing wrong after, but more is missing than before",
    "says nothing": "nothing wrong after, because it names nothing that is there",
    "better": "fewer things wrong than before",
    "still wrong": "as many things wrong as before",
    "worse": "more things wrong than before",
    "broken": "right before, wrong after",
    "kept": "right before and after, and no more is missing",
    "changed": "says something else; nobody knows what is there",
    "same": "says the same; nobody knows what is there",
}
#: What the model said of an item and says now, held against the truth; null where nothing is known of it.
TOLD_SCHEMA: Final[dict[str, pl.DataType]] = {
    "before": pl.String(),
    "after": pl.String(),
    "wrong_before": pl.List(pl.String()),
    "wrong_after": pl.List(pl.String()),
    "missed_before": pl.List(pl.String()),
    "missed_after": pl.List(pl.String()),
    "right_before": pl.Boolean(),
    "right_after": pl.Boolean(),
    "outcome": pl.String(),
}
#: `FLAGGED_SCHEMA` and what the model says of each item. `trained` says whether the run trained on the pair
#: of its correction: what it then says right it may know by heart. `taught_by` are ids of pairs.
SEEN_SCHEMA: Final[dict[str, pl.DataType]] = (
    FLAGGED_SCHEMA
    | TOLD_SCHEMA
    | {
        "split": pl.String(),
        "trained": pl.Boolean(),
        "taught_by": pl.List(pl.String()),
    }
)
_WORD: Final = re.compile(r"\w+")
_TOLD_PAIRS: Final = 3
_SMALL: Final = frozenset(
    {"a", "an", "and", "are", "at", "in", "is", "next", "of", "on", "the", "there", "to", "with"}
)


@dataclass(frozen=True, slots=True)
class _Change:
    gone: Counter[str]
    new: Counter[str]


def lay_side_by_side(
    flagged: pl.DataFrame,
    before: Sequence[str],
    after: Sequence[str],
    rows: pl.DataFrame,
    truth: Truth | None,
) -> pl.DataFrame:
    """Return the flagged items with what the model said of them before and says after.

    Args:
        flagged: `FLAGGED_SCHEMA`.
        before, after: a text for each item.
        rows: `ROW_SCHEMA`: all pairs of the run.
        truth: what is there, where it is known.

    Returns:
        `SEEN_SCHEMA`, in the order of the items.
    """
    splits = dict(rows.select("pair_id", "split").iter_rows())
    fit = set(rows.filter((pl.col("split") == TRAIN) & (pl.col("unfit") == ""))["pair_id"])
    lessons = _lessons(rows.filter(pl.col("pair_id").is_in(sorted(fit))))
    seen = [
        row
        | _told(row, one, other, truth)
        | {
            "before": one,
            "after": other,
            "split": splits.get(row["pair_id"], ""),
            "trained": row["pair_id"] in fit,
            "taught_by": teaching_pairs(one, other, row["pair_id"], lessons),
        }
        for row, one, other in zip(flagged.iter_rows(named=True), before, after, strict=True)
    ]
    return pl.DataFrame(seen, schema=SEEN_SCHEMA)


def teaching_pairs(
    before: str, after: str, own: str, lessons: Mapping[str, tuple[Counter[str], Counter[str]]]
) -> list[str]:
    """Return the pairs of the training that taught what changed, the item's own first.

    A pair teaches a change when its chosen caption drops words that were dropped here, or brings words that
    came in. That is likeness and no proof: which pair moved the weights cannot be told from words.

    Args:
        before, after: what the model said and says.
        own: the pair of the item's correction.
        lessons: pair id -> (words its chosen caption drops, words it brings).

    Returns:
        Three ids at most; none where nothing changed.

    Example:
        >>> lessons = {"p1": (Counter(["boat"]), Counter()), "p2": (Counter(["car"]), Counter())}
        >>> teaching_pairs("a dog and a boat", "a dog", "", lessons)
        ['p1']
    """
    change = _change(after, before)
    likeness = {
        pair: sum((change.gone & gone).values()) + sum((change.new & new).values())
        for pair, (gone, new) in lessons.items()
    }
    is_changed = bool(change.gone or change.new)
    ordered = sorted(
        (pair for pair, shared in likeness.items() if shared or (pair == own and is_changed)),
        key=lambda pair: (pair != own, -likeness[pair] / _size(lessons[pair]), pair),
    )
    return ordered[:_TOLD_PAIRS]


def count_outcomes(seen: pl.DataFrame) -> dict[str, int]:
    """Return how many items had each outcome, in the order of `OUTCOMES`."""
    counts = dict(seen.group_by("outcome").len().iter_rows())
    return {name: counts[name] for name in OUTCOMES if name in counts}


def describe_outcome(before: str, after: str, then: Verdict | None, now: Verdict | None) -> dict[str, object]:
    """Return what is wrong and missed before and after, and the outcome: one of `OUTCOMES`.

    Args:
        before, after: the texts.
        then, now: what is known of them; None where nothing is.
    """
    return {
        "wrong_before": list(then.words) if then else [],
        "wrong_after": list(now.words) if now else [],
        "missed_before": sorted(then.missed) if then else [],
        "missed_after": sorted(now.missed) if now else [],
        "right_before": then is not None and then.is_right,
        "right_after": now is not None and now.is_right,
        "outcome": _outcome(then, now) if then and now else ("same" if before == after else "changed"),
    }


def _told(row: Mapping[str, object], before: str, after: str, truth: Truth | None) -> dict[str, object]:
    if truth is None or not truth.knows(row["sample_id"]):
        return describe_outcome(before, after, None, None)
    return describe_outcome(before, after, truth.check(before, row), truth.check(after, row))


def _outcome(then: Verdict, now: Verdict) -> str:
    """Tell a mended text from one that is right because it says less."""
    if not now.words and not now.found:
        return "says nothing"
    if not now.words:
        is_less = len(now.missed) > len(then.missed)
        return "cut short" if is_less else "kept" if then.is_right else "mended"
    if then.is_right:
        return "broken"
    before, after = len(then.words), len(now.words)
    return "better" if after < before else "still wrong" if after == before else "worse"


def _lessons(rows: pl.DataFrame) -> dict[str, tuple[Counter[str], Counter[str]]]:
    found = {}
    for pair, chosen, rejected in rows.select("pair_id", "chosen", "rejected").iter_rows():
        change = _change(chosen, rejected)
        found[pair] = (change.gone, change.new)
    return found


def _change(now: str, then: str) -> _Change:
    """Return the words that went and those that came; articles and joining words tell nothing."""
    gone: Counter[str] = Counter()
    new: Counter[str] = Counter()
    for run in merge_texts(now, then):
        words = [word.lower() for word in _WORD.findall(run.text) if word.lower() not in _SMALL]
        if run.kind == "gone":
            gone.update(words)
        elif run.kind == "new":
            new.update(words)
    moved = gone & new  # said at another place
    return _Change(gone - moved, new - moved)


def _size(lesson: tuple[Counter[str], Counter[str]]) -> int:
    return max(1, sum(lesson[0].values()) + sum(lesson[1].values()))
