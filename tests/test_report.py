"""The report: one page that needs nothing else, safe with any caption, honest where there is nothing."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import polars as pl
import pytest
from PIL import Image

from workbench.ingest import ingest
from workbench.report import evaluate_types, format_table, write_report
from workbench.report.contents import ScoreLine
from workbench.report.figures import histogram, lowest, waveform
from workbench.report.score_lines import show_scores
from workbench.review import decide, flag
from workbench.schema import TABLES
from workbench.store import Store

HOSTILE = "<script>alert('x')</script> & \"quotes\" <img src=x onerror=alert(1)>"


@dataclass(frozen=True)
class _Left:
    left: float | None = 12.0
    low: float | None = 4.0
    high: float | None = 30.0
    population: int = 100
    drawn: int = 20
    drawn_bad: int = 3
    reason: str = ""


@pytest.fixture
def store(tmp_path):
    media = tmp_path / "media"
    media.mkdir()
    rows = ["path,text"]
    for number in range(6):
        Image.new("RGB", (64, 48), (40 * number, 90, 120)).save(media / f"p{number}.jpg")
        text = HOSTILE if number == 0 else f"A dog number {number} on the beach."
        rows.append(f'p{number}.jpg,"{text.replace(chr(34), chr(34) * 2)}"')
    (media / "captions.csv").write_text("\n".join([*rows, "missing.jpg,Nothing here."]))
    store = Store.create(tmp_path / "ws")
    ingest(store, media / "captions.csv", progress=False)
    return store


def _score(store):
    content = store.read("samples").select("sample_id", "content_hash")
    captions = store.read("captions").join(content, on="sample_id").sort("text")
    known = captions.select("caption_id", "content_hash", "caption_hash").with_row_index("n")
    frame = known.select(
        "caption_id",
        "content_hash",
        "caption_hash",
        scorer=pl.lit("similarity"),
        error_type=pl.lit("wrong_pair"),
        value=pl.col("n") * 0.1,
        percentile=pl.col("n") / pl.len(),
        best_time_s=pl.lit(None, pl.Float64),
        evidence=pl.lit("It fits <b>less</b> than most."),
        reason=pl.lit(None, pl.String),
        detail=pl.lit(None, pl.String),
        encoder_key=pl.lit("fake@1"),
        scorer_version=pl.lit("1"),
        scored_at=pl.lit(datetime.now(UTC)).cast(pl.Datetime("us", "UTC")),
    )
    store.append("scores", frame.select(name for name in TABLES["scores"] if name in frame.columns))


def _page(store, tmp_path, **options):
    return write_report(store, tmp_path / "report.html", **options).read_text(encoding="utf-8")


def test_a_report_on_an_empty_workspace_says_what_is_missing(tmp_path):
    page = _page(Store.create(tmp_path / "ws"), tmp_path)
    assert "No scores yet" in page
    assert "Nothing decided yet" in page
    assert "no estimate was made" in page


def test_a_report_needs_nothing_from_another_host_and_runs_no_script(store, tmp_path):
    _score(store)
    page = _page(store, tmp_path)
    assert not [url for url in re.findall(r"https?://[^\s\"'<]+", page) if "w3.org" not in url]
    assert "<script" not in page
    assert "@import" not in page
    assert all(source.startswith("data:") for source in re.findall(r'src="([^"]*)"', page))


def test_a_hostile_caption_is_shown_as_text(store, tmp_path):
    _score(store)
    decide(
        store,
        store.read("captions").filter(pl.col("text") == HOSTILE)["caption_id"][0],
        "ok",
        annotator="<b>me</b>",
    )
    page = _page(store, tmp_path, title="<i>title</i>")
    assert "&lt;script&gt;alert(" in page
    assert not re.search(r"<(script|img src=x|b>me|i>title)", page)
    assert "&lt;b&gt;less&lt;/b&gt;" in page


def test_a_report_shows_captions_scores_flags_verdicts_and_rejects(store, tmp_path):
    _score(store)
    flag(store)
    worst = store.read("scores").sort("value")["caption_id"][0]
    decide(store, worst, "misaligned", annotator="me", error_types=("object", "count"))
    page = _page(store, tmp_path, remaining=_Left())
    assert page.count("<article") == 6
    assert "misaligned: object, count" in page
    assert "wrong pair?" in page
    assert "similarity 0.000" in page
    assert "fake@1" in page
    assert "missing.jpg" in page
    assert "12 bad pairs left" in page
    assert "(4–30, 95 % interval)" in page
    assert page.count('src="data:image/jpeg') == 6


def test_an_estimate_that_cannot_be_made_gives_its_reason(store, tmp_path):
    page = _page(store, tmp_path, remaining=_Left(left=None, reason="nobody looked at a random one."))
    assert "is not known: nobody looked at a random one." in page


def test_a_file_that_is_gone_says_so_in_its_place(store, tmp_path):
    _score(store)
    (tmp_path / "media" / "p3.jpg").unlink()
    page = _page(store, tmp_path)
    assert page.count("This file cannot be shown") == 1
    assert page.count("<article") == 6


def test_media_stay_within_their_budget(store, tmp_path):
    _score(store)
    write_report(store, tmp_path / "report.html")
    assert (tmp_path / "report.html").stat().st_size < 6_000_000


def _order(count_clean=20):
    """Wrong relation captions rank no better than clean ones that state a relation, yet above all others."""
    rows = [("w0", 0.9, True, "relation", "relation"), ("w1", 0.7, True, "relation", "relation")]
    rows += [(f"r{n}", (0.6, 0.8, 1.0)[n % 3], False, None, "relation") for n in range(count_clean)]
    rows += [(f"o{n}", 0.1, False, None, "object") for n in range(count_clean)]
    frame = pl.DataFrame(
        rows, schema=["caption_id", "suspicion", "is_wrong", "error_type", "claim"], orient="row"
    )
    return frame.with_columns(
        text=pl.lit("one two three four five"),
        media=pl.lit("image"),
        claims=pl.format('[["{}", ["a"], [0, 3]]]', "claim"),
    )


def test_a_type_is_compared_with_clean_captions_of_the_same_kind_only():
    frame = _order(21)
    nobody = pl.DataFrame(schema={"caption_id": pl.String, "verdict": pl.String})
    rows = evaluate_types(frame, frame, nobody, frame)
    assert [row.error_type for row in rows] == ["relation", "all"]
    assert rows[0].auroc == pytest.approx(0.5, abs=0.01)
    assert rows[0].controls == 21
    assert rows[0].planted == rows[0].scored == 2


def test_found_counts_only_wrong_captions_called_misaligned():
    frame = _order()
    verdicts = pl.DataFrame({"caption_id": ["w0", "w1", "r0"], "verdict": ["misaligned", "ok", "misaligned"]})
    row = evaluate_types(frame, frame, verdicts, frame)[0]
    assert (row.looked_at, row.found) == (2, 1)


def test_the_table_for_the_terminal_has_a_line_for_each_type():
    frame = _order()
    verdicts = pl.DataFrame({"caption_id": ["w0"], "verdict": ["misaligned"]})
    lines = format_table(evaluate_types(frame, frame, verdicts, frame)).splitlines()
    assert lines[0].startswith("error type")
    assert [line.split()[0] for line in lines[2:]] == ["relation", "all"]
    assert "No truth" in format_table([])


def test_the_page_with_truth_has_the_table_and_the_trivial_baselines(store, tmp_path):
    _score(store)
    ids = store.read("captions")["caption_id"].to_list()
    truth = pl.DataFrame(
        {
            "caption_id": ids,
            "is_wrong": [True] + [False] * (len(ids) - 1),
            "error_type": ["object"] + [None] * (len(ids) - 1),
        }
    )
    page = _page(store, tmp_path, truth=truth, remaining=_Left())
    assert "Against the known truth" in page
    assert "caption length" in page
    assert "In this set the truth is known: <strong>1</strong>" in page


def test_ranks_are_said_in_words():
    assert [lowest(share) for share in (0.0, 0.019, 0.31, 0.9, None)] == [
        "lowest 1 %",
        "lowest 2 %",
        "lowest 31 %",
        "upper half",
        "",
    ]


def test_figures_carry_a_text_for_those_who_do_not_see_them():
    assert 'role="img" aria-label="3 captions, similarity from 0.100' in histogram(
        [0.1, 0.2, 0.3], "similarity"
    )
    assert 'aria-label="waveform"' in waveform(np.zeros((8, 2), dtype=np.int8))
    assert histogram([0.5, 0.5], "similarity").count("<rect") == 28


def test_a_card_shows_what_is_low_by_type_and_folds_the_rest() -> None:
    lines = [
        ScoreLine("similarity", -0.1, 0.01, "worst of all", ""),
        ScoreLine("neighbours", -1.4, 0.01, "far from its like", ""),
        ScoreLine("claims", 0.05, 0.02, "another colour", "", "attribute"),
        ScoreLine("phrases", 0.06, 0.04, "the word adds nothing", "", "attribute"),
        ScoreLine("claims", 0.9, 0.8, "holds", "", "count"),
        *(ScoreLine("regions", None, None, "", "no <regions> here", kind) for kind in ("object", "relation")),
    ]
    page = show_scores(lines)
    shown, rest = page.split('<details class="score rest">')
    assert "worst of all" in shown
    assert "attribute · " in shown
    assert "another colour" in shown
    assert not any(name in shown for name in ("neighbours", "phrases", "count", "regions"))
    assert "<summary>3 more scores, 2 without one</summary>" in rest
    assert "regions (object, relation): no score, no &lt;regions&gt; here" in rest
    assert show_scores([]) == ""
    assert "no score" in show_scores(lines[-1:])
