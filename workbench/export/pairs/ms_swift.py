"""Rows for ms-swift: messages that end in the chosen caption, and the rejected one beside them.

Give `train.jsonl` of the folder as `--dataset` and `held_out.jsonl` as `--val_dataset`.

Source: the dataset formats in the documentation of ms-swift.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Final

import polars as pl

from workbench.export.pairs.base import PairSet, Written
from workbench.export.pairs.conversational import MESSAGES, message
from workbench.export.pairs.media_files import KINDS, MediaFiles, tag
from workbench.export.pairs.reward import margin_of
from workbench.export.pairs.row_files import COMMON, frame_of_rows
from workbench.export.pairs.split_rows import read_splits, write_splits

__all__ = ["MsSwift"]

_COLUMNS: Final[dict[str, pl.DataType]] = {
    **COMMON,
    "messages": MESSAGES,
    "rejected_response": pl.String(),
    "margin": pl.Float64(),
    **{column: pl.List(pl.String()) for column in KINDS.values()},
}


class MsSwift:
    """Pairs as messages, one file a split; `margin` is read when a reward model is trained."""

    endings: tuple[str, ...] = ("",)

    def write(self, chosen: PairSet, place: Path, ending: str) -> Written:
        """Write one row a pair."""
        left_out: Counter[str] = Counter()
        place.mkdir()
        # It looks for media from wherever it is started, so that only whole paths are safe.
        files = MediaFiles(place, f"{chosen.home}/", chosen.settings)
        rows = [
            {
                "pair_id": pair.pair_id,
                "sample_id": pair.sample_id,
                "split": pair.split,
                "messages": [
                    *message("user", tag(pair.shown.prompt, named)),
                    *message("assistant", pair.chosen),
                ],
                "rejected_response": pair.rejected,
                "margin": margin_of(pair),
                **named,
            }
            for pair in chosen.fit(left_out)
            if (named := files.name(pair.shown, left_out)) is not None
        ]
        return Written(write_splits(frame_of_rows(rows, _COLUMNS), place), left_out)

    def read_back(self, place: Path, ending: str) -> pl.DataFrame:
        """Return the rows that were written."""
        return read_splits(place, _COLUMNS)
