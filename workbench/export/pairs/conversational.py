"""Rows for TRL's trainers with pictures: messages for prompt, chosen and rejected, and `images`.

TRL puts the pictures before the first message of the user. A video is shown as frames; sound it cannot take.
Pairs with pictures must be trained with `max_length=None`: cutting a row cuts the tokens of its pictures.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Final

import polars as pl

from workbench.export.pairs.base import PairSet, Written
from workbench.export.pairs.card import write_card
from workbench.export.pairs.dataset_folder import Item, read_folder, write_folder
from workbench.export.pairs.row_files import COMMON

__all__ = ["MAX_LENGTH", "MESSAGES", "TrlConversational", "message"]

#: What has to be minded with pictures; on the card.
MAX_LENGTH: Final = (
    "Train rows with pictures with `max_length=None`: cutting a row cuts the tokens that its pictures need. "
    "`processing_class` must be the processor of the model, not its tokenizer."
)

#: The type of a list of messages.
MESSAGES: Final = pl.List(pl.Struct({"role": pl.String(), "content": pl.String()}))

_COLUMNS: Final[dict[str, pl.DataType]] = {
    **COMMON,
    "prompt": MESSAGES,
    "chosen": MESSAGES,
    "rejected": MESSAGES,
    "strength": pl.Int64(),
    "weight": pl.Float64(),
}


def message(role: str, content: str) -> list[dict[str, str]]:
    """Return a conversation of one message."""
    return [{"role": role, "content": content}]


class TrlConversational:
    """Preference rows as messages with pictures, for a DPOTrainer of a model of pictures."""

    endings: tuple[str, ...] = ("",)

    def write(self, chosen: PairSet, place: Path, ending: str) -> Written:
        """Write one row a pair, by split; without `images` when no pair has any."""
        left_out: Counter[str] = Counter()
        items = [
            Item(
                {
                    "pair_id": pair.pair_id,
                    "sample_id": pair.sample_id,
                    "split": pair.split,
                    "prompt": message("user", pair.shown.prompt),
                    "chosen": message("assistant", pair.chosen),
                    "rejected": message("assistant", pair.rejected),
                    "strength": pair.strength,
                    "weight": pair.weight,
                },
                pair.shown,
            )
            for pair in chosen.fit(left_out)
        ]
        written = write_folder(place, items, _COLUMNS, chosen.settings)
        write_card(place, chosen, written.rows, "messages and pictures for TRL's DPOTrainer", MAX_LENGTH)
        return Written(written.rows, left_out + written.left_out)

    def read_back(self, place: Path, ending: str) -> pl.DataFrame:
        """Return the rows that were written, as `datasets` reads them."""
        return read_folder(place, _COLUMNS)
