"""The benchmark's command: a reduced run of the captions, and what is said of sections that cannot run."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest

from workbench.demo.benchmark import sections
from workbench.demo.benchmark.__main__ import main
from workbench.demo.benchmark.headlines import headline_metrics, slug
from workbench.demo.benchmark.page import _cell, render
from workbench.demo.benchmark.sections import measure_section
from workbench.demo.benchmark.study import SET_SCHEMA, study_captions
from workbench.demo.benchmark.table import format_study
from workbench.demo.benchmark.witnesses import Witnesses
from workbench.errors import MissingExtraError
from workbench.store import Store


class FakeWitness(Witnesses):
    """A scorer whose suspicion is given, so that what the study makes of it can be told."""

    def __init__(self, given):
        super().__init__(store=None, ids=[])
        self.given = given

    @property
    def names(self):
        return list(self.given)

    def suspicion(self, name, error_type=None):
        return self.given[name]

    def pointers(self, name):
        columns = ("caption_id", "error_type", "value", "percentile", "start_char", "end_char", "detail")
        kinds = (pl.String, pl.String, pl.Float64, pl.Float64, pl.Int32, pl.Int32, pl.String)
        return pl.DataFrame(schema=dict(zip(columns, kinds, strict=True)))


def _known(count=200):
    rng = np.random.default_rng(4)
    corruption = np.array(["P1", "A1", "X1 synonym", "", "", "", "", ""])[np.arange(count) % 8]
    is_wrong = np.isin(corruption, ["P1", "A1"])
    rows = {
        "caption_id": [f"c{number:03d}" for number in range(count)],
        "text": ["a dog " + "x" * int(length) for length in rng.integers(1, 30, count)],
        "true_text": ["a dog"] * count,
        "scene": [f"s{number // 2}" for number in range(count)],
        "form": ["one thing"] * count,
        "size_bytes": rng.integers(1000, 9000, count).tolist(),
        "is_wrong": is_wrong.tolist(),
        "corruption": corruption.tolist(),
        "error_type": np.where(
            corruption == "P1", "wrong_pair", np.where(is_wrong, "attribute", "")
        ).tolist(),
        "spans": ["[[2, 5]]"] * count,
    }
    return pl.DataFrame(rows, schema=SET_SCHEMA)


@pytest.fixture(scope="module")
def study():
    known = _known()
    is_wrong = known["is_wrong"].to_numpy().astype(float)
    noise = np.random.default_rng(1).normal(size=known.height)
    length = known["text"].str.len_chars().to_numpy().astype(float)
    given = {"oracle": is_wrong, "noise": noise, "length": length, "recommended": is_wrong + 0.1 * noise}
    return study_captions(known, [FakeWitness(given)])


def test_an_oracle_finds_all_and_a_length_detector_nothing(study):
    assert {kind: cell.auroc.value for kind, cell in study.cells["oracle"].items()} == {
        "wrong_pair": 1.0,
        "attribute": 1.0,
    }
    for cell in study.cells["length"].values():
        assert cell.auroc.value == pytest.approx(0.5, abs=0.05)
    assert study.whole["oracle"].review_to_90 == pytest.approx(0.9 * study.wrong_share, abs=0.02)
    assert study.whole["oracle"].alarms.value == 0


def test_a_headline_says_which_scorer_serves_it(study):
    metrics = headline_metrics(study)
    assert metrics["auroc_wrong_pair"].value == 1
    assert metrics["auroc_wrong_pair"].unit == "AUROC by recommended"
    assert metrics["auroc_attribute_by_noise"].low < 0.5 < metrics["auroc_attribute_by_noise"].high
    assert {
        "false_alarm_benign",
        "auroc_wrong_pair_by_caption_length",
        "auroc_wrong_pair_by_file_size",
    } <= set(metrics)
    assert all(name == slug(name) for name in metrics)


def test_the_table_shows_trivial_detectors_beside_the_scorers_and_the_page_needs_no_other_host(study):
    table = format_study(study)
    assert [line.split("  ")[0] for line in table.splitlines()[4:8]] == [
        "pairs", "caption length", "file size", "words alone",
    ]  # fmt: skip
    page = render({"Captions <b>": study}, headline_metrics(study), title="A & B")
    assert "A &amp; B" in page
    assert "Captions &lt;b&gt;" in page
    assert "http" not in page
    assert "<script" not in page


def test_the_page_marks_no_share_as_good() -> None:
    assert "good" in _cell("0.970", "object")
    assert "good" not in _cell("1.000", "benign")
    assert "good" not in _cell("0.500", "object")


def test_a_section_without_its_package_says_so(monkeypatch):
    def measure(seed, quick):
        raise MissingExtraError("av", "audio-video")

    fake = type("Section", (), {"measure": staticmethod(measure)})
    monkeypatch.setattr(sections.importlib, "import_module", lambda name: fake)
    found, note = measure_section("av_sync", seed=1, quick=True, tell=print)
    assert found == {}
    assert "No av_sync" in note
    assert "caption-workbench[audio-video]" in note


def test_a_reduced_run_prints_a_table_and_writes_numbers_and_a_page(tmp_path, capsys):
    paths = [str(tmp_path / name) for name in ("result.json", "result.html")]
    asked = ["--seed", "9", "--quick", "--only", "captions", "--json", paths[0], "--html", paths[1]]
    # Each scorer has tests of its own: the two that look at vectors, and boxes, are enough here.
    code = main([*asked, "--scorers", "consensus,similarity"])
    assert code == 0
    document = json.loads((tmp_path / "result.json").read_text())
    results = document["results"]
    assert {"benchmark", "date", "device", "versions", "results"} == set(document)
    assert results["auroc_wrong_pair"]["value"] > 0.7
    assert results["auroc_object_by_regions_exact_boxes"]["value"] > 0.9
    assert results["auroc_wrong_pair_by_file_size"]["n"] == results["auroc_wrong_pair"]["n"]
    assert "similarity" in capsys.readouterr().out
    assert "recommended, exact boxes" in (tmp_path / "result.html").read_text()


def test_no_scorer_reads_the_truth(tmp_path):
    from workbench.demo.benchmark.captions import known_captions
    from workbench.demo.benchmark.scenes import build_scenes
    from workbench.ingest import ingest

    world = build_scenes(tmp_path / "world", scenes=6, seed=2)
    store = Store.create(tmp_path / "ws")
    summary = ingest(store, world.folder / "captions.jsonl", progress=False)
    assert summary.rejected == 0
    known = known_captions(store, world)
    assert known.height == len(world.drafts) == store.read("captions").height
    given = (world.folder / "captions.jsonl").read_text()
    assert not any(word in given for word in ("corruption", "is_wrong", "true_text", "claims"))
