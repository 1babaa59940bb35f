"""Every export reads back equal."""

from __future__ import annotations

import tempfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_stores import fill

from workbench.errors import UnknownNameError
from workbench.export import FORMATS, export, read_back
from workbench.records import Interval, Span, Verdict
from workbench.review import decide
from workbench.store import Store


@pytest.mark.parametrize("name", FORMATS)
def test_decided_and_undecided_captions_read_back_equal(
    filled_store: Store, tmp_path: Path, name: str
) -> None:
    captions = filled_store.read("captions")["caption_id"]
    decide(filled_store, captions[0], "misaligned", annotator="ana", error_types=["object", "count"], note="")
    decide(filled_store, captions[0], "ok", annotator="ben", spans=[Span(0, 3)], note='a "quoted",\nline')
    moved = {"edited_interval": Interval(0.5, 2.25), "offset_s": 0.125}
    decide(filled_store, captions[1], "misaligned", annotator="ana", error_types=["interval"], **moved)
    summary = export(filled_store, tmp_path / f"out.{name}")
    assert (summary.rows, summary.decided) == (41, 3)
    frame = read_back(tmp_path / f"out.{name}")
    times = frame.filter(pl.col("edited_end_s").is_not_null()).select(
        "edited_start_s", "edited_end_s", "offset_s"
    )
    assert times.rows() == [(0.5, 2.25, 0.125)]
    assert frame["error_types"].to_list()[0] == ["object", "count"]
    assert frame["verdict"].null_count() == 38
    export(filled_store, tmp_path / "again.parquet")
    assert frame.equals(read_back(tmp_path / "again.parquet"))


@settings(max_examples=25, deadline=None)
@given(note=st.text(), annotator=st.text(min_size=1))
def test_any_text_a_person_types_survives_every_format(note: str, annotator: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = Store.create(Path(folder) / "ws")
        caption = fill(store, 1)[0]
        store.journal.record(Verdict(caption, "ok", annotator, note=note))
        for name in FORMATS:
            export(store, Path(folder) / f"out.{name}")
            row = read_back(Path(folder) / f"out.{name}").row(0, named=True)
            assert (row["note"], row["annotator"]) == (note, annotator)
        store.journal.close()


def test_an_empty_workspace_exports_a_header(store: Store, tmp_path: Path) -> None:
    export(store, tmp_path / "out.csv")
    assert read_back(tmp_path / "out.csv").is_empty()


def test_an_unknown_format_lists_the_known_ones(store: Store, tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="Known: csv, jsonl, parquet"):
        export(store, tmp_path / "out.xlsx")


def test_an_export_that_does_not_read_back_leaves_the_old_file(
    filled_store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "out.csv").write_text("old")
    monkeypatch.setitem(FORMATS, "csv", _Forgetful())
    with pytest.raises(Exception, match="does not read back equal"):
        export(filled_store, tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text() == "old"
    assert [p.name for p in tmp_path.iterdir() if "trial" in p.name] == []


class _Forgetful:
    """A writer that loses a row, as a fault to be caught."""

    def write(self, frame: pl.DataFrame) -> bytes:
        return FORMATS["parquet"].write(frame.head(1))

    def read_back(self, path: Path, schema: dict[str, pl.DataType]) -> pl.DataFrame:
        return FORMATS["parquet"].read_back(path, schema)
