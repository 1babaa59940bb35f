"""What the demo tells of its fine-tune: figures with intervals, kept for next time, or why there are none."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import workbench.demo.finetune
from workbench.demo.finetune.proving import Example, Proof
from workbench.demo.finetune.scenes import Scene, Thing
from workbench.demo.finetune.truth import MEASURES
from workbench.demo.mending import mend_captioner, size_named
from workbench.errors import UnknownNameError
from workbench.metrics import Metric
from workbench.report.finetune import render_finetune

SCENE = Scene("beach", (Thing("dog", "red", 0.2, 0.5, 0.3),), "made")


def a_proof(seed: int, **_: Any) -> Proof:
    metrics = {
        f"{part}{name}_{decoding}_{when}": Metric(
            12.0 if name == "words" else value, 200, "words" if name == "words" else "share", 0.0, 0.5
        )
        for part in ("", "unusual_")
        for name in MEASURES
        for decoding in ("greedy", "sampled")
        for when, value in (("before", 0.111), ("after", 0.052), ("sft", 0.049))
    } | {"held_out_pair_accuracy": Metric(0.9, 120, "share of pairs", 0.8, 0.95), "wall_s": Metric(9, 1, "s")}
    example = Example(
        Image.new("RGB", (96, 96), (9, 9, 9)), SCENE, "A red dog and a white boat on a beach.",
        "A red dog on a beach.", "A red dog on a beach.",
    )  # fmt: skip
    return Proof(seed, "first", metrics, [example] * 20)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    pytest.importorskip("torch", reason="the extra `torch` is not installed")
    seeds: list[int] = []

    def fake(seed: int, **settings: Any) -> Proof:
        seeds.append(seed)
        return a_proof(seed, **settings)

    monkeypatch.setattr(workbench.demo.finetune, "proof", fake)
    return seeds


def test_the_figures_stand_in_the_report_beside_those_of_imitation(asked: list[int], tmp_path: Path) -> None:
    found = mend_captioner(tmp_path / "finetune", "short", seed=3)
    assert asked == [103], "the demo reports on scenes that no choice of a recipe has seen"
    page = render_finetune(found.part)
    for text in ("CHAIR i", "11.1%", "5.2%", "4.9%", "by imitation", "not claimed", "recall, length"):
        assert text in page
    assert "white boat</del> on a beach" in page
    assert page.count("data:image/png") == 8
    assert any("11.1% to 5.2%" in line for line in found.lines)


def test_a_second_demo_reads_what_was_kept_and_another_size_makes_it_anew(
    asked: list[int], tmp_path: Path
) -> None:
    first = mend_captioner(tmp_path / "finetune", "short", seed=0)
    assert mend_captioner(tmp_path / "finetune", "short", seed=0) == first
    assert len(asked) == 1
    mend_captioner(tmp_path / "finetune", "whole", seed=0)
    assert len(asked) == 2


def test_without_torch_the_demo_says_what_is_missing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    found = mend_captioner(tmp_path / "finetune", "short", seed=0)
    assert "torch" in found.left_out[0]
    assert "torch" in render_finetune(found.part)
    assert not (tmp_path / "finetune").exists(), "it is tried again once torch is there"


def test_the_short_one_is_a_part_of_the_whole() -> None:
    short, whole = size_named("short"), size_named("whole")
    assert short.amounts.whole < whole.amounts.whole / 2
    assert (whole.usual, whole.unusual) == (350, 150)
    with pytest.raises(UnknownNameError, match="whole"):
        mend_captioner(Path("nowhere"), "long", seed=0)
