"""Pairs of two samples, and of several pictures shown as one."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from tests.told_scenes import tell_scenes
from workbench.cli import main
from workbench.errors import PairError
from workbench.pairs import add_across, add_collages
from workbench.preferences.collage import read_collage
from workbench.workspace import Workspace


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    ws = tell_scenes(tmp_path_factory.mktemp("across") / "ws", 60)
    captions = ws.captions["caption_id"].to_list()
    for number, caption in enumerate(captions):
        if number % 10 == 0:
            ws.decide(caption, "misaligned", error_types=["object"])
        else:
            ws.decide(caption, "ok")
    return ws


def test_the_good_caption_of_one_sample_stands_against_the_bad_one_of_another(told: Workspace) -> None:
    summary = add_across(told.store)
    pairs = told.pairs.filter(pl.col("origin") == "across")
    assert summary.added == pairs.height == 12
    verdicts = dict(told.verdicts.select("caption_id", "verdict").iter_rows())
    for row in pairs.iter_rows(named=True):
        assert row["sample_id"] != row["rejected_sample_id"]
        assert (verdicts[row["chosen_id"]], verdicts[row["rejected_id"]]) == ("ok", "misaligned")
        assert abs(len(row["chosen_text"].split()) - len(row["rejected_text"].split())) <= 3
    assert set(pairs["error_type"]) == {"object"}
    assert "only 12 pairs" in str(summary)
    assert add_across(told.store).added == 0


def test_a_collage_asks_about_one_picture_and_rejects_the_caption_of_another(told: Workspace) -> None:
    summary = add_collages(told.store, size=3, seed=2)
    pairs = told.pairs.filter(pl.col("origin") == "collage")
    assert summary.added == pairs.height > 40
    texts = dict(told.captions.select("text", "sample_id").iter_rows())
    asked = set()
    for row in pairs.iter_rows(named=True):
        collage = read_collage(row["detail"])
        assert collage is not None
        assert len(set(collage.samples)) == 3
        assert collage.samples[collage.asked] == row["sample_id"]
        assert texts[row["rejected_text"]] in set(collage.samples) - {row["sample_id"]}
        assert row["prompt"] == collage.prompt
        asked.add(collage.asked)
    assert asked == {0, 1, 2}
    assert pairs["is_leaky"].all() == summary.blindness.is_leaky


def test_what_cannot_be_made_says_what_is_missing(tmp_path: Path, told: Workspace) -> None:
    ws = tell_scenes(tmp_path / "ws", 3)
    with pytest.raises(PairError, match="there are 0 and 0"):
        add_across(ws.store)
    ws.decide(ws.captions["caption_id"][0], "ok")
    with pytest.raises(PairError, match="needs as many with a verified caption; there are 1"):
        add_collages(ws.store)
    with pytest.raises(PairError, match="smaller size, of 2 at least"):
        add_collages(told.store, size=1)


def test_the_commands_build_and_say_what_they_built(
    told: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["build-pairs", str(told.path), "--builders", "negate", "--per-caption", "1"]) == 0
    assert "leaky: the word 'no'" in capsys.readouterr().out
    assert main(["across-pairs", str(told.path), "--collage", "2", "--most", "5", "--seed", "9"]) == 0
    assert "5 collage pairs" in capsys.readouterr().out
    assert main(["builders"]) == 0
    assert "swap_attributes" in capsys.readouterr().out
    assert main(["build-pairs", str(told.path), "--builders", "nothing"]) == 2
    assert "swap_attributes" in capsys.readouterr().err
