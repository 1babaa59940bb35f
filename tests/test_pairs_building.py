"""Building pairs in a workspace: of verified captions alone, measured, marked, and never twice."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from tests.told_scenes import tell_scenes
from workbench.errors import PairError, UnknownNameError
from workbench.store import Store
from workbench.workspace import Workspace

SAMPLES = 90


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Return a workspace of scenes told twice each, all found fine."""
    ws = tell_scenes(tmp_path_factory.mktemp("built") / "ws", SAMPLES)
    for caption in ws.captions["caption_id"]:
        ws.decide(caption, "ok")
    return ws


def test_what_is_built_is_proposed_with_its_spans_and_its_reason(told: Workspace) -> None:
    summary = told.build_pairs(["replace_attribute"])
    pairs = told.pairs.filter(pl.col("builder") == "replace_attribute")
    assert summary.added == pairs.height > SAMPLES / 2
    assert set(pairs["status"]) == {"proposed"}
    for row in pairs.iter_rows(named=True):
        ((start, end),) = row["rejected_spans"]
        assert row["rejected_text"][start:end].split()[-1].lower() in row["reason"]
        assert json.loads(row["detail"])["now"] in row["rejected_text"].lower()
    assert pairs["is_leaky"].sum() == 0
    assert "replace_attribute" in str(summary)


def test_the_same_run_adds_nothing_and_another_seed_may(told: Workspace) -> None:
    told.build_pairs(["replace_object"], seed=1)
    before = told.pairs.height
    assert told.build_pairs(["replace_object"], seed=1).added == 0
    assert told.pairs.height == before


def test_a_builder_whose_words_tell_is_marked_in_the_summary_and_in_every_pair(told: Workspace) -> None:
    summary = told.build_pairs(["drop"])
    (result,) = summary.results
    assert result.is_leaky
    assert result.blindness.auroc > 0.8
    assert "leaky: the rejected caption is shorter" in str(summary)
    drops = told.pairs.filter(pl.col("builder") == "drop")
    assert drops["is_leaky"].all()
    assert set(drops["criterion"]) == {"completeness"}
    assert summary.frame()["blind_auroc"][0] == result.blindness.auroc


def test_too_few_pairs_have_no_measure_but_a_reason(told: Workspace) -> None:
    summary = told.build_pairs(["swap_order"])
    assert summary.frame().select("blind_auroc", "reason").row(0) == (
        None,
        "only 0 pairs; at least 40 are needed",
    )


def test_so_many_pairs_of_one_caption_and_no_more(tmp_path: Path, told: Workspace) -> None:
    store = Store.create(tmp_path / "ws")
    for table in ("samples", "captions"):
        store.append(table, told.store.read(table))
    ws = Workspace(store, "ana")
    ws.build_pairs(per_caption=2, only_verified=False)
    per = ws.pairs.group_by("chosen_id").len()["len"]
    assert per.max() == 2
    assert ws.pairs["builder"].n_unique() > 8


def test_only_verified_captions_are_chosen(tmp_path: Path, told: Workspace) -> None:
    store = Store.create(tmp_path / "ws")
    for table in ("samples", "captions"):
        store.append(table, told.store.read(table))
    ws = Workspace(store, "ana")
    with pytest.raises(PairError, match="No caption is verified"):
        ws.build_pairs()
    fine, wrong, corrected = ws.captions["caption_id"][:3]
    ws.decide(fine, "ok")
    ws.decide(wrong, "misaligned")
    ws.decide(corrected, "misaligned", edited_text="A red car near a dog", is_complete=True)
    ws.build_pairs(["negate", "drop", "duplicate"])
    built = ws.pairs.filter(pl.col("origin") == "built")
    edited = ws.pairs.filter(pl.col("origin") == "edit")["chosen_id"].to_list()
    assert set(built["chosen_id"]) <= {fine, *edited}
    assert edited[0] in set(built["chosen_id"])


def test_an_unknown_builder_lists_the_known_ones(told: Workspace) -> None:
    with pytest.raises(UnknownNameError, match="replace_object"):
        told.build_pairs(["replace_objects"])
