"""What every pair format is made of: the pairs as it gets them, what it makes of them, and its contract."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

import polars as pl

from workbench.records import Span
from workbench.shown import PictureSettings, Shown

__all__ = [
    "NO_ORDER",
    "ONE_CAPTION",
    "TWO_SAMPLES",
    "ExportPair",
    "ExportSettings",
    "Facts",
    "PairSet",
    "PairWriter",
    "Written",
]

#: Facts for a data card, by heading: worked out only by a format that has one.
Facts = Mapping[str, Callable[[], object]]

NO_ORDER: Final = "neither caption is known to be better"
TWO_SAMPLES: Final = "its captions are of two samples, which one prompt cannot show"
ONE_CAPTION: Final = "only the rejected caption is known"


@dataclass(frozen=True, slots=True)
class ExportSettings:
    """How pairs are written.

    Attributes:
        prompt: what the captions answer, for every pair that has no prompt of its own; by the kind of media
            when left out.
        frames: pictures taken of a video, where a format shows videos as pictures.
        picture_px: long side that pictures are shrunk to; None keeps them.
        copy_media: whether media files are copied beside the rows, where a format names files.
        tokenizer: folder or hub id of the tokenizer that token masks are made for.
        license: what the data card says of the licence of the media and captions.
    """

    prompt: str = ""
    frames: int = 4
    picture_px: int | None = None
    copy_media: bool = False
    tokenizer: str = ""
    license: str = ""

    @property
    def pictures(self) -> PictureSettings:
        """How media become pictures."""
        return PictureSettings(self.frames, self.picture_px)


@dataclass(frozen=True, slots=True)
class ExportPair:
    """One pair as a format needs it; `rejected_shown` is another than `shown` for pairs of two samples."""

    pair_id: str
    sample_id: str
    rejected_sample_id: str
    chosen_id: str
    rejected_id: str
    chosen: str
    rejected: str
    criterion: str
    status: str
    split: str | None
    strength: int | None
    weight: float | None
    chosen_spans: tuple[Span, ...]
    rejected_spans: tuple[Span, ...]
    shown: Shown
    rejected_shown: Shown

    @property
    def text_row(self) -> dict[str, object]:
        """The columns that every format of text rows begins with."""
        return {
            "pair_id": self.pair_id,
            "sample_id": self.sample_id,
            "split": self.split,
            "prompt": self.shown.text_prompt,
            "chosen": self.chosen,
            "rejected": self.rejected,
        }

    @property
    def unfit(self) -> str:
        """Why this is no pair of two captions in order under one prompt; "" when it is."""
        if self.status not in ("accepted", "proposed"):
            return NO_ORDER
        if not self.chosen_id:
            return ONE_CAPTION
        return TWO_SAMPLES if self.rejected_sample_id else ""


@dataclass(frozen=True, slots=True)
class PairSet:
    """The pairs to export.

    Attributes:
        frame: every column that pairs have in the workspace, one row a pair.
        pairs: the same pairs, in the same order, with their media and prompts.
        settings: how to write them.
        home: where the export will be once it has been read back.
        facts: for the data card.
    """

    frame: pl.DataFrame
    pairs: Sequence[ExportPair]
    settings: ExportSettings
    home: Path
    facts: Facts = field(default_factory=dict)

    def fit(self, left_out: Counter[str]) -> list[ExportPair]:
        """Return the pairs of two captions in order under one prompt; count the others by their reason."""
        left_out.update(pair.unfit for pair in self.pairs if pair.unfit)
        return [pair for pair in self.pairs if not pair.unfit]


@dataclass(frozen=True, slots=True)
class Written:
    """What a format wrote: the rows that must read back, and how many pairs are not among them, and why."""

    rows: pl.DataFrame
    left_out: Counter[str]


class PairWriter(Protocol):
    """One format of pairs: what it writes, it reads back.

    Attributes:
        endings: of the file's name; "" for a folder.
    """

    @property
    def endings(self) -> tuple[str, ...]:
        """The endings that a file of this format may have; "" for a folder."""
        ...

    def write(self, chosen: PairSet, place: Path, ending: str) -> Written:
        """Write the pairs to a file or folder that is not there yet."""
        ...

    def read_back(self, place: Path, ending: str) -> pl.DataFrame:
        """Return the rows that were written."""
        ...
