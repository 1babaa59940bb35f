"""Rows with the very words that make the difference: for objectives that weigh tokens, such as SparsePO.

Spans are characters, counted in Unicode code points. With a tokenizer they are masks as well: 1 on each token
that shares a character with a span. A side that has nothing but what the other has, has a mask of zeros.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import polars as pl

from workbench.errors import ExportError, MissingExtraError
from workbench.export.pairs.base import ExportPair, PairSet, Written
from workbench.export.pairs.row_files import COMMON, ROW_ENDINGS, frame_of_rows, read_rows, write_rows
from workbench.preferences.differences import find_differences
from workbench.records import Span

__all__ = ["Spans", "mask_tokens"]

_SPANS: Final = pl.List(pl.List(pl.Int64()))
_TOKENS: Final = pl.List(pl.Int64())
_COLUMNS: Final[dict[str, pl.DataType]] = {
    **COMMON,
    "prompt": pl.String(),
    "chosen": pl.String(),
    "rejected": pl.String(),
    "chosen_spans": _SPANS,
    "rejected_spans": _SPANS,
    "tokenizer": pl.String(),
    "chosen_ids": _TOKENS,
    "chosen_mask": _TOKENS,
    "rejected_ids": _TOKENS,
    "rejected_mask": _TOKENS,
}

#: A text -> its token ids, and the characters `[start, end)` that each token stands for.
Tokenize = Callable[[str], tuple[list[int], list[tuple[int, int]]]]


class Spans:
    """Standard preference rows with spans, and token masks where a tokenizer is given."""

    endings: tuple[str, ...] = ROW_ENDINGS

    def write(self, chosen: PairSet, place: Path, ending: str) -> Written:
        """Write one row a pair; ids and masks are null without a tokenizer."""
        left_out: Counter[str] = Counter()
        name = chosen.settings.tokenizer
        tokenize = _tokenizer(name) if name else None
        rows = frame_of_rows((_row(pair, name, tokenize) for pair in chosen.fit(left_out)), _COLUMNS)
        write_rows(rows, place, ending)
        return Written(rows, left_out)

    def read_back(self, place: Path, ending: str) -> pl.DataFrame:
        """Return the rows that were written."""
        return read_rows(place, ending, _COLUMNS)


def mask_tokens(offsets: Sequence[tuple[int, int]], spans: Sequence[Span]) -> list[int]:
    """Mark the tokens that share a character with a span; one that stands for no character is not marked.

    Example:
        >>> mask_tokens([(0, 1), (1, 5), (5, 9), (9, 9)], [Span(2, 6)])
        [0, 1, 1, 0]
    """
    return [
        int(start < end and any(start < span.end and span.start < end for span in spans))
        for start, end in offsets
    ]


def _row(pair: ExportPair, name: str, tokenize: Tokenize | None) -> dict[str, object]:
    ours, theirs = pair.chosen_spans, pair.rejected_spans
    if not ours and not theirs:  # nobody said where they differ
        found = find_differences(pair.chosen, pair.rejected)
        ours, theirs = found.chosen, found.rejected
    return {
        **pair.text_row,
        "chosen_spans": [list(span) for span in ours],
        "rejected_spans": [list(span) for span in theirs],
        "tokenizer": name or None,
        **_side("chosen", pair.chosen, ours, tokenize),
        **_side("rejected", pair.rejected, theirs, tokenize),
    }


def _side(side: str, text: str, spans: Sequence[Span], tokenize: Tokenize | None) -> dict[str, object]:
    if tokenize is None:
        return {f"{side}_ids": None, f"{side}_mask": None}
    ids, offsets = tokenize(text)
    return {f"{side}_ids": ids, f"{side}_mask": mask_tokens(offsets, spans)}


def _tokenizer(name: str) -> Tokenize:
    """Load a tokenizer; captions are cut into tokens alone, without the tokens that open or end a text.

    Raises:
        ExportError: when it is not there or cannot say which characters a token stands for.
    """
    try:
        from transformers import AutoTokenizer
    except ImportError as error:
        raise MissingExtraError("Cutting captions into tokens", "torch") from error
    try:
        found: Any = AutoTokenizer.from_pretrained(name)
    except (OSError, ValueError) as error:
        raise ExportError(f"The tokenizer {name!r} cannot be loaded: {error}.", "Give its folder.") from error
    if not found.is_fast:
        raise ExportError(
            f"The tokenizer {name!r} cannot say which characters a token stands for.",
            "Give one with a tokenizer.json (a fast tokenizer).",
        )

    def tokenize(text: str) -> tuple[list[int], list[tuple[int, int]]]:
        told = found(text, add_special_tokens=False, return_offsets_mapping=True)
        return list(told["input_ids"]), [(int(start), int(end)) for start, end in told["offset_mapping"]]

    return tokenize
