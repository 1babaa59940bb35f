"""The data card of an export: what the pairs are, who made them, how far they can be believed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import polars as pl

from workbench import __version__
from workbench.errors import WorkbenchError
from workbench.export.pairs.base import PairSet
from workbench.records import utc_now

__all__ = ["write_card"]

#: What a reader of a card wants counted, under the heading it has there.
_COUNTED: Final = {
    "Origins": "origin",
    "Builders": "builder",
    "Statuses": "status",
    "Criteria": "criterion",
    "Strengths": "strength",
    "Completeness of corrections": "completeness",
    "Error types": "error_type",
}
_NOTHING: Final = "not said"


def write_card(place: Path, chosen: PairSet, rows: pl.DataFrame, purpose: str, advice: str = "") -> None:
    """Write `README.md` into a folder: its head tells `datasets` the splits, its body people the rest.

    Args:
        place: the folder, with its data.
        chosen: the pairs.
        rows: what was written of them.
        purpose: what the rows are, in a few words.
        advice: what has to be minded in training.
    """
    (place / "README.md").write_text(
        "\n".join([*_head(place, chosen), "", *_body(chosen, rows, purpose, advice)]) + "\n", encoding="utf-8"
    )


def _head(place: Path, chosen: PairSet) -> Iterator[str]:
    yield "---"
    license = chosen.settings.license
    if re.fullmatch(r"[a-z0-9.-]+", license):
        yield f"license: {license}"
    yield "tags: [preference, caption-workbench]"
    yield "configs:"
    yield "- config_name: default"
    yield "  data_files:"
    for file in sorted((place / "data").glob("*.parquet")):
        yield f"  - split: {file.stem}"
        yield f"    path: data/{file.name}"
    yield "---"


def _body(chosen: PairSet, rows: pl.DataFrame, purpose: str, advice: str) -> Iterator[str]:
    pairs = chosen.frame
    yield "# Preference pairs of captions"
    yield ""
    yield (
        f"{rows.height:,} rows ({purpose}) of {pairs.height:,} pairs, written by "
        f"Caption Workbench {__version__} on {utc_now():%Y-%m-%d}."
    )
    yield from _section(
        "Use", ["Read it with `datasets.load_dataset(FOLDER)`.", *([advice] if advice else [])]
    )
    yield from _section("Splits", _counts(rows["split"], "in no split"))
    for heading, column in _COUNTED.items():
        yield from _section(heading, _counts(pairs[column], _NOTHING))
    yield from _section("Seeds of builders", _counts(_seeds(pairs), "none: made by people or a model"))
    yield from _section("Annotators", _annotators(pairs))
    yield from _section("Licence", [chosen.settings.license or "Nobody said; ask whoever has the media."])
    for heading, work_out in chosen.facts.items():
        try:
            told = str(work_out()).splitlines()
        except WorkbenchError as error:
            told = [f"Not known: {error}"]
        yield from _section(heading, ["```", *told, "```"])
    yield from _section("Settings", ["```", json.dumps(_settings(chosen), ensure_ascii=False), "```"])


def _settings(chosen: PairSet) -> dict[str, object]:
    settings = chosen.settings
    return {"prompt": settings.prompt, "frames": settings.frames, "picture_px": settings.picture_px}


def _section(heading: str, lines: list[str]) -> Iterator[str]:
    yield from ("", f"## {heading}", "", *(lines or ["None."]))


def _counts(column: pl.Series, nothing: str) -> list[str]:
    told = column.cast(pl.String).fill_null("").alias("value").to_frame()
    counted = told.group_by("value").len().sort(["len", "value"], descending=[True, False])
    return [f"- {value or nothing}: {count:,}" for value, count in counted.iter_rows()]


def _seeds(pairs: pl.DataFrame) -> pl.Series:
    return pl.Series("seed", [_seed(detail) for detail in pairs["detail"]], pl.String)


def _seed(detail: str | None) -> str | None:
    try:
        said = json.loads(detail or "{}")
    except ValueError:
        return None
    return str(said["seed"]) if isinstance(said, dict) and "seed" in said else None


def _annotators(pairs: pl.DataFrame) -> list[str]:
    made = pairs["annotator"].drop_nulls().to_list()
    judged = [name for names in pairs["judged_by"].drop_nulls() for name in names]
    people = sorted({*made, *judged} - {""})
    return [f"- {name}: {made.count(name):,} made, {judged.count(name):,} judged" for name in people]
