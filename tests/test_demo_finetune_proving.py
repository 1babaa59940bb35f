"""The proof in small: a workspace of flagged scenes, a few steps of tuning, figures before and after."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from workbench.demo.finetune import __main__ as command
from workbench.demo.finetune.proving import RECIPE, Proof, Size, list_test_scenes, proof
from workbench.demo.finetune.truth import MEASURES, check_caption
from workbench.demo.finetune.tuning import prepare_rows
from workbench.demo.finetune.world import Amounts, EmbeddedWorld, embedded_world
from workbench.errors import WorkbenchError
from workbench.store import Store

FEW = Amounts(flagged=16, built=32, held_out_flagged=6, held_out_built=10)
SMALL = Size(amounts=FEW, usual=14, unusual=6, epochs=1)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, EmbeddedWorld]:
    store = Store.create(tmp_path_factory.mktemp("world") / "workspace")
    return store, embedded_world(store, 3, amounts=FEW)


@pytest.fixture(scope="module")
def small() -> Proof:
    return proof(3, size=SMALL)


def test_a_workspace_holds_the_pairs_that_were_asked_for(made: tuple[Store, EmbeddedWorld]) -> None:
    rows = prepare_rows(made[0], RECIPE)
    found = {row[:2]: row[2] for row in rows.group_by("split", "origin").len().iter_rows()}
    assert found == {
        ("train", "edit"): 16,
        ("train", "built"): 32,
        ("held_out", "edit"): 6,
        ("held_out", "built"): 10,
    }
    assert rows["unfit"].to_list() == [""] * FEW.whole
    assert set(rows["prompt"]) == {"Describe this image."}


def test_what_is_chosen_is_true_and_what_is_rejected_is_not(made: tuple[Store, EmbeddedWorld]) -> None:
    store, world = made
    for row in prepare_rows(store, RECIPE).iter_rows(named=True):
        scene = world.scenes[Path(row["paths"][0]).name]
        assert check_caption(row["chosen"], scene).is_right
        assert not check_caption(row["rejected"], scene).is_right


def test_no_scene_is_in_both_parts_nor_in_the_test(made: tuple[Store, EmbeddedWorld]) -> None:
    store, world = made
    rows = prepare_rows(store, RECIPE)
    parts = [set(rows.filter(pl.col("split") == part)["sample_id"]) for part in ("train", "held_out")]
    assert not parts[0] & parts[1]
    seeds = {scene.seed for scene in world.scenes.values()}
    assert not seeds & {scene.seed for scene in list_test_scenes(3)}


def test_boxes_tell_what_is_really_there(made: tuple[Store, EmbeddedWorld]) -> None:
    store, world = made
    regions = store.read("regions")
    assert regions.height == sum(len(scene.things) for scene in world.scenes.values())


def test_a_workspace_in_use_is_left_alone(made: tuple[Store, EmbeddedWorld]) -> None:
    with pytest.raises(WorkbenchError, match="holds samples already"):
        embedded_world(made[0], 4, amounts=FEW)


def test_the_scenes_that_choose_a_recipe_are_not_those_that_prove_it() -> None:
    choosing = {scene.seed for seed in range(3) for scene in list_test_scenes(seed)}
    proving = {scene.seed for seed in range(100, 103) for scene in list_test_scenes(seed)}
    assert len(choosing) == len(proving) == 1500
    assert not choosing & proving
    assert sum(scene.is_unusual for scene in list_test_scenes(101)) == 150


def test_a_proof_measures_everything_before_after_and_by_imitation(small: Proof) -> None:
    names = {
        f"{part}{name}_{decoding}_{when}"
        for part in ("", "unusual_")
        for name in MEASURES
        for decoding in ("greedy", "sampled")
        for when in ("before", "after", "sft")
    }
    assert names <= set(small.metrics)
    assert small.metrics["held_out_pair_accuracy"].n == FEW.held_out
    assert len(small.examples) == 20
    assert small.fall("chair_i", "greedy") == pytest.approx(
        1 - small.metrics["chair_i_greedy_after"].value / small.metrics["chair_i_greedy_before"].value
    )


def test_the_same_seed_gives_the_same_proof(small: Proof) -> None:
    again = proof(3, size=SMALL)
    timeless = [name for name in small.metrics if not name.endswith("_s") or name.startswith("chair")]
    assert [again.metrics[name] for name in timeless if "chair" in name] == [
        small.metrics[name] for name in timeless if "chair" in name
    ]


def test_the_command_prints_a_table_and_writes_figures(
    small: Proof, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "proof", lambda *_, **__: small)
    assert command.main(["--seed", "3", "--json", str(tmp_path / "p.json")]) == 0
    written = json.loads((tmp_path / "p.json").read_text())
    assert written["benchmark"] == "demo-finetune"
    assert written["results"]["chair_s_sampled_before"]["n"] == 20
    assert "fell by: chair_i greedy" in capsys.readouterr().out
