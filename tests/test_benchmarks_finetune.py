"""The benchmark of fine-tunes takes both sides through the same batches to the same losses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from benchmarks import finetune
from benchmarks.finetune_models import PAIRS_A_PICTURE, SHAPES, Shape, make_rows

pytest.importorskip("trl", reason="the extra `finetune` is not installed")


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SHAPES, "quick", Shape(32, 48, 2, 4, 2, 160, 64, 1))


def run(folder: Path, *more: str) -> dict[str, dict[str, float]]:
    path = folder / "result.json"
    finetune.main(["--quick", "--steps", "2", "--batch", "4", "--json", str(path), *more])
    told: dict[str, dict[str, float]] = json.loads(path.read_text())["results"]
    return told


@pytest.mark.usefixtures("tiny")
def test_both_sides_have_the_same_losses_and_ratios_are_told(tmp_path: Path) -> None:
    told = run(tmp_path)
    assert told["loss_max_difference"]["value"] < 1e-4
    assert told["loss_max_difference"]["n"] == 3
    for name in ("ratio_text", "ratio_image", "ratio_defaults_text", "ratio_defaults_image"):
        assert told[name]["n"] == 2
        assert told[name]["low"] <= told[name]["value"] <= told[name]["high"]
    sides = ("fast_text", "fast_image", "trl_text", "trl_image", "trl_defaults_text", "trl_defaults_image")
    assert all(told[f"step_s_{side}"]["value"] > 0 for side in sides)


@pytest.mark.usefixtures("tiny")
def test_without_trl_ours_is_timed_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(finetune, "find_spec", lambda name: None)
    assert set(run(tmp_path)) == {"step_s_fast_text", "step_s_fast_image"}
    assert "not installed here" in capsys.readouterr().out


def test_four_pairs_share_a_picture_and_those_of_text_their_opening(tmp_path: Path) -> None:
    seen = make_rows(tmp_path, 8, sees=True)
    assert seen["paths"].explode().n_unique() == 8 // PAIRS_A_PICTURE
    assert (seen["chosen"] != seen["rejected"]).all()
    told = make_rows(tmp_path, 8, sees=False)
    assert told["prompt"].str.slice(0, 60).n_unique() == 1
    assert set(told["media"]) == {""}
