"""Rows for TRL's KTOTrainer: single captions, each wanted or not.

The one format for what has no order of two: a caption known to be bad alone, two bad captions, and a good
caption of one sample with a bad one of another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from workbench.export.pairs.base import NO_ORDER, ExportPair, PairSet, Written
from workbench.export.pairs.card import write_card
from workbench.export.pairs.conversational import MAX_LENGTH, MESSAGES, message
from workbench.export.pairs.dataset_folder import Item, read_folder, write_folder
from workbench.export.pairs.row_files import COMMON, ROW_ENDINGS, frame_of_rows, read_rows, write_rows
from workbench.shown import Shown

__all__ = ["Kto", "KtoConversational"]

_CONTRADICTED: Final = "a caption is the better one of one pair and the worse one of another"

_COLUMNS: Final[dict[str, pl.DataType]] = {
    **COMMON,
    "caption_id": pl.String(),
    "prompt": pl.String(),
    "completion": pl.String(),
    "label": pl.Boolean(),
}
_CONVERSATIONAL: Final[dict[str, pl.DataType]] = _COLUMNS | {"prompt": MESSAGES, "completion": MESSAGES}


@dataclass(frozen=True, slots=True)
class _Single:
    """One caption under its own prompt, and whether it is wanted."""

    pair_id: str
    split: str | None
    caption_id: str
    text: str
    is_wanted: bool
    shown: Shown

    def row(self, prompt: object, completion: object) -> dict[str, object]:
        return {
            "pair_id": self.pair_id,
            "sample_id": self.shown.sample_id,
            "split": self.split,
            "caption_id": self.caption_id,
            "prompt": prompt,
            "completion": completion,
            "label": self.is_wanted,
        }


class Kto:
    """Unpaired rows as text."""

    endings: tuple[str, ...] = ROW_ENDINGS

    def write(self, chosen: PairSet, place: Path, ending: str) -> Written:
        """Write one row a caption."""
        left_out: Counter[str] = Counter()
        singles = _take_apart(chosen, left_out)
        rows = frame_of_rows((one.row(one.shown.text_prompt, one.text) for one in singles), _COLUMNS)
        write_rows(rows, place, ending)
        return Written(rows, left_out)

    def read_back(self, place: Path, ending: str) -> pl.DataFrame:
        """Return the rows that were written."""
        return read_rows(place, ending, _COLUMNS)


class KtoConversational:
    """Unpaired rows as messages with pictures."""

    endings: tuple[str, ...] = ("",)

    def write(self, chosen: PairSet, place: Path, ending: str) -> Written:
        """Write one row a caption, by split; without `images` when none has any."""
        left_out: Counter[str] = Counter()
        items = [
            Item(one.row(message("user", one.shown.prompt), message("assistant", one.text)), one.shown)
            for one in _take_apart(chosen, left_out)
        ]
        written = write_folder(place, items, _CONVERSATIONAL, chosen.settings)
        write_card(place, chosen, written.rows, "messages and pictures for TRL's KTOTrainer", MAX_LENGTH)
        return Written(written.rows, left_out + written.left_out)

    def read_back(self, place: Path, ending: str) -> pl.DataFrame:
        """Return the rows that were written, as `datasets` reads them."""
        return read_folder(place, _CONVERSATIONAL)


def _take_apart(chosen: PairSet, left_out: Counter[str]) -> list[_Single]:
    """Return each caption once; one that is wanted in one pair and not in another says nothing alone."""
    singles: dict[tuple[str, str, str], _Single] = {}
    contradicted: set[tuple[str, str, str]] = set()
    for pair in chosen.pairs:
        made = list(_singles(pair))
        left_out[NO_ORDER] += not made
        for one in made:
            key = (one.shown.sample_id, one.caption_id, one.shown.prompt)
            if singles.setdefault(key, one).is_wanted != one.is_wanted:
                contradicted.add(key)
    left_out[_CONTRADICTED] += len(contradicted)
    left_out += Counter()  # drops what counts none
    return [one for key, one in singles.items() if key not in contradicted]


def _singles(pair: ExportPair) -> Iterator[_Single]:
    if pair.status in ("tie", "open", "disputed"):
        return
    if pair.chosen_id:
        is_good = pair.status != "both_bad"
        yield _Single(pair.pair_id, pair.split, pair.chosen_id, pair.chosen, is_good, pair.shown)
    yield _Single(
        pair.pair_id, pair.split, pair.rejected_id, pair.rejected, False, pair.rejected_shown
    )  # fmt: skip
