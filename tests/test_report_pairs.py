"""The section on pairs: laid over each other, counted by where they come from, with what lint says."""

from __future__ import annotations

import re
from pathlib import Path

import polars as pl
import pytest

from tests.made_stores import fill
from workbench.pairs import add_pairs
from workbench.preferences.pair import Pair, variant_id
from workbench.report.pairs import PairsPart, render_pairs
from workbench.store import Store
from workbench.workspace import Workspace

HOSTILE = "<script>alert(1)</script>"


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    store = Store.create(tmp_path / "ws")
    fill(store, 4)
    return Workspace(store, "ana")


def plain(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_no_pairs_names_the_two_ways_to_make_some() -> None:
    for part in (None, PairsPart(pl.DataFrame())):
        body = render_pairs(part)
        assert "widgets.Review(ws)" in body
        assert "ws.build_pairs()" in body


def test_a_correction_is_shown_with_what_was_taken_out_and_put_in(ws: Workspace) -> None:
    ws.decide(ws.captions["caption_id"][0], "misaligned", error_types=["count"], edited_text="caption seven")
    body = render_pairs(PairsPart(ws.pairs, judgements=3, lines=["Agreement: .8"], left_out=["No folder."]))
    assert "caption <del>number 0</del> <ins>seven</ins>" in body
    said = plain(body)
    assert "1 preference pairs , 1 of them accepted by people; 3 blind judgements" in said
    assert "Of 1 corrections: 1 nobody asked" in said
    assert "Agreement: .8" in said
    assert "No folder." in said
    assert "Nobody has looked for faults yet" in said


def test_builders_are_counted_apart_and_leaky_ones_marked(ws: Workspace) -> None:
    row = ws.captions.row(0, named=True)
    pairs = [
        Pair(
            row["sample_id"], row["caption_id"], variant_id(row["sample_id"], text, "built"), row["text"],
            text, "built", builder=builder, is_leaky=builder == "negate",
        )
        for builder, text in (("replace_count", "caption number 9"), ("negate", "no caption number 0"))
    ]  # fmt: skip
    add_pairs(ws.store, pairs)
    said = plain(render_pairs(PairsPart(ws.pairs, ws.lint_pairs().findings)))
    assert "built replace count 1 0 1 0" in said
    assert "built negate 1 0 1 0 words alone tell the rejected one" in said
    assert "Lint of the pairs" in said


def test_hostile_texts_are_shown_as_text(ws: Workspace) -> None:
    ws.decide(ws.captions["caption_id"][0], "misaligned", edited_text=f"caption {HOSTILE}", note=HOSTILE)
    body = render_pairs(PairsPart(ws.pairs, lines=[HOSTILE]))
    assert "<script" not in body
    assert "&lt;" in body


def test_the_report_of_a_workspace_has_the_section(ws: Workspace, tmp_path: Path) -> None:
    ws.decide(ws.captions["caption_id"][0], "misaligned", edited_text="caption seven")
    page = ws.report(tmp_path / "report.html").read_text(encoding="utf-8")
    assert 'href="#pairs"' in page
    assert "<ins>seven</ins>" in page
