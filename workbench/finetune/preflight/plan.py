"""What a pre-flight looks at: the rows of a run, its settings, and the tokenizer of its model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import polars as pl

from workbench.finetune.config import RunConfig
from workbench.finetune.pictures import count_pictures
from workbench.finetune.preflight.files import read_files
from workbench.finetune.preflight.memory import ModelSize
from workbench.finetune.rows import HELD_OUT, TRAIN, fit_rows
from workbench.finetune.wording import ends_line
from workbench.payloads import JUDGEMENT_COLUMNS
from workbench.preferences.lint import PairSet
from workbench.preferences.lint.target import Target

__all__ = ["Plan"]

_SEEN: Final = ("image", "video")


@dataclass(frozen=True)
class Plan:
    """A run that has not begun.

    Attributes:
        rows: `ROW_SCHEMA`.
        config: what is asked for.
        target: the tokenizer and processor of the model; None when they cannot be opened.
        fault: why they cannot; "" when they can.
        size: of the model; None when its files are not on this machine.
        judgements: who preferred what, and on which side of the screen; may be empty.
    """

    rows: pl.DataFrame
    config: RunConfig
    target: Target | None = None
    fault: str = ""
    size: ModelSize | None = None
    judgements: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=JUDGEMENT_COLUMNS))

    @cached_property
    def fit(self) -> pl.DataFrame:
        """The rows that will be used, for training or held out."""
        return self.rows.filter((pl.col("unfit") == "") & pl.col("split").is_in([TRAIN, HELD_OUT]))

    @cached_property
    def train(self) -> pl.DataFrame:
        """The rows that will be trained on."""
        return fit_rows(self.rows, TRAIN)

    @cached_property
    def held_out(self) -> pl.DataFrame:
        """The rows that will only be looked at."""
        return fit_rows(self.rows, HELD_OUT)

    @cached_property
    def pictured(self) -> pl.DataFrame:
        """Those of `fit` that show something."""
        return self.fit.filter(pl.col("media").is_in(_SEEN))

    @cached_property
    def files(self) -> pl.DataFrame:
        """One row a file of `pictured`; see `read_files`."""
        return read_files(self.pictured, with_looks=not (self.train.is_empty() or self.held_out.is_empty()))

    @cached_property
    def divided(self) -> PairSet:
        """The rows as lint sees them, with the files that they show as their media."""
        return PairSet(
            self._pairs(pl.Series(self.fit["paths"])), judgements=self.judgements, media=self.files
        )

    @cached_property
    def pairs(self) -> PairSet:
        """The rows as the model will see them: with the pictures that their files become."""
        pictures = [self._pictures(row) for row in self.fit.iter_rows(named=True)]
        files = {row["media_id"]: row for row in self.files.iter_rows(named=True)}
        seen = {
            name: _picture(name, files.get(path, {}), self.config.picture_px)
            for listed in pictures
            for name, path in listed
        }
        media = pl.DataFrame(list(seen.values()), schema=_PICTURE) if seen else pl.DataFrame(schema=_PICTURE)
        names = [[name for name, _ in listed] for listed in pictures]
        shown = pl.Series("media", names, dtype=pl.List(pl.String))
        return PairSet(self._pairs(shown), media=media, target=self.target)

    def _pairs(self, media: pl.Series) -> pl.DataFrame:
        renamed = self.fit.rename({"chosen": "chosen_text", "rejected": "rejected_text"})
        named = pl.when(pl.col("sample_id") != "").then(pl.col("sample_id"))
        pairs = renamed.with_columns(media=media, sample_id=named)
        if self.target is None or self.target.has_template:
            return pairs
        return pairs.with_columns(
            prompt=pl.Series([ends_line(one) for one in pairs["prompt"]], dtype=pl.String)
        )

    def _pictures(self, row: Mapping[str, object]) -> list[tuple[str, str]]:
        """Return an id and a file for each picture that the model is shown; of a collage, no file is it."""
        count, paths = count_pictures(row, self.config), row["paths"]
        if not count or not isinstance(paths, list):
            return []
        if row["collage"]:
            return [(f"{row['pair_id']}#collage", "")]
        first = str(paths[0])
        return (
            [(first, first)] if row["media"] == "image" else [(f"{first}#{n}", first) for n in range(count)]
        )


_PICTURE: Final = {
    "media_id": pl.String(),
    "path": pl.String(),
    "kind": pl.String(),
    "width": pl.Int64(),
    "height": pl.Int64(),
}


def _picture(name: str, file: Mapping[str, object], limit_px: int | None) -> dict[str, object]:
    """Return the size that a picture has once it is shrunk; null where it is not known."""
    width, height = file.get("width"), file.get("height")
    if isinstance(width, int) and isinstance(height, int) and limit_px:
        share = min(1.0, limit_px / max(width, height))
        width, height = max(1, round(width * share)), max(1, round(height * share))
    return {"media_id": name, "path": name, "kind": "image", "width": width, "height": height}
