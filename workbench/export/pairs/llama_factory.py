"""A dataset folder for LLaMA-Factory: ShareGPT rows with `ranking`, and the `dataset_info.json` they need.

Give the folder as `dataset_dir` and `caption_pairs_train` as `dataset`.

Source: the data formats in the documentation of LLaMA-Factory.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Final

import polars as pl

from workbench.export.pairs.base import PairSet, Written
from workbench.export.pairs.media_files import KINDS, MediaFiles, tag
from workbench.export.pairs.row_files import COMMON, frame_of_rows
from workbench.export.pairs.split_rows import read_splits, write_splits

__all__ = ["LlamaFactory"]

_SAID: Final = pl.Struct({"from": pl.String(), "value": pl.String()})
_COLUMNS: Final[dict[str, pl.DataType]] = {
    **COMMON,
    "conversations": pl.List(_SAID),
    "chosen": _SAID,
    "rejected": _SAID,
    **{column: pl.List(pl.String()) for column in KINDS.values()},
}


class LlamaFactory:
    """Pairs as ShareGPT rows, one file a split."""

    endings: tuple[str, ...] = ("",)

    def write(self, chosen: PairSet, place: Path, ending: str) -> Written:
        """Write one row a pair, and what LLaMA-Factory has to know of the files."""
        left_out: Counter[str] = Counter()
        place.mkdir()
        # It looks for media beside the rows, so that the folder may be moved.
        files = MediaFiles(place, "", chosen.settings)
        rows = [
            {
                "pair_id": pair.pair_id,
                "sample_id": pair.sample_id,
                "split": pair.split,
                "conversations": [_said("human", tag(pair.shown.prompt, named))],
                "chosen": _said("gpt", pair.chosen),
                "rejected": _said("gpt", pair.rejected),
                **named,
            }
            for pair in chosen.fit(left_out)
            if (named := files.name(pair.shown, left_out)) is not None
        ]
        written = write_splits(frame_of_rows(rows, _COLUMNS), place)
        info = {
            f"caption_pairs_{file.stem}": _info(file.name, written) for file in sorted(place.glob("*.jsonl"))
        }
        (place / "dataset_info.json").write_text(json.dumps(info, indent=2), encoding="utf-8")
        return Written(written, left_out)

    def read_back(self, place: Path, ending: str) -> pl.DataFrame:
        """Return the rows that were written, from the files that `dataset_info.json` names."""
        info = json.loads((place / "dataset_info.json").read_text(encoding="utf-8"))
        named = {one["file_name"] for one in info.values()}
        return (
            read_splits(place, _COLUMNS)
            if named == {p.name for p in place.glob("*.jsonl")}
            else pl.DataFrame()
        )


def _said(who: str, text: str) -> dict[str, str]:
    return {"from": who, "value": text}


def _info(file: str, rows: pl.DataFrame) -> dict[str, object]:
    # A column that no row uses would make it look for media in rows that have none.
    used = {column: column for column in KINDS.values() if rows[column].list.len().sum()}
    columns = {"messages": "conversations", "chosen": "chosen", "rejected": "rejected", **used}
    return {"file_name": file, "formatting": "sharegpt", "ranking": True, "columns": columns}
