"""Minimal pairs: what is seen is told from what is guessed from the words alone."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks import minimal_pairs

COLOURS = {"red": (210, 40, 40), "green": (40, 170, 60), "blue": (40, 70, 210), "yellow": (240, 220, 50)}


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    """Pictures of one colour, and pairs that differ in the colour named; both sides are equally common."""
    media, pairs, kinds = tmp_path / "media", {}, tmp_path / "pairs"
    media.mkdir()
    kinds.mkdir()
    names = list(COLOURS)
    for number in range(40):
        colour, other = names[number % 4], names[(number + 1 + number // 4 % 3) % 4]
        pixels = np.full((32, 32, 3), COLOURS[colour], np.uint8)
        pixels[:2, :2] = number
        Image.fromarray(pixels).save(media / f"{number}.png")
        pairs[str(number)] = {
            "filename": f"{number}.png",
            "caption": f"a wall painted {colour}",
            "negative_caption": f"a wall painted {other}",
        }
    (kinds / "replace_att.json").write_text(json.dumps(pairs))
    return kinds, media


def test_a_scorer_that_sees_beats_the_words_alone(folders: tuple[Path, Path], tmp_path: Path) -> None:
    kinds, media = folders
    out = tmp_path / "result.json"
    minimal_pairs.main(
        ["--pairs", str(kinds), "--images", str(media), "--encoder", "fake", "--json", str(out)]
    )
    found = json.loads(out.read_text())["results"]
    assert found["similarity_replace_att"]["value"] > 0.95
    assert 0.2 < found["blind_words_replace_att"]["value"] < 0.8
    assert found["published_clip_vit_b32_replace_att"]["value"] == 0.8008


def test_without_photos_the_blind_rows_alone_are_given(
    folders: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    minimal_pairs.main(["--pairs", str(folders[0])])
    printed = capsys.readouterr()
    assert "No photos given" in printed.err
    assert "similarity" not in printed.out


def test_a_bag_of_words_finds_how_negatives_are_written(tmp_path: Path) -> None:
    pairs = {
        str(n): {
            "filename": f"{n}.png",
            "caption": f"a dog number {n}",
            "negative_caption": f"a dog number {n} beside a unicorn",
        }
        for n in range(30)
    }
    (tmp_path / "add_obj.json").write_text(json.dumps(pairs))
    margins = minimal_pairs.blind_margins(minimal_pairs.read_pairs(tmp_path))
    assert (margins["words"] > 0).mean() > 0.95
    assert (margins["length"] < 0).all()


def test_a_pair_without_its_negative_is_named(tmp_path: Path) -> None:
    (tmp_path / "swap_att.json").write_text('{"7": {"filename": "a.png", "caption": "a dog"}}')
    with pytest.raises(SystemExit, match=r"pair '7' of .* has no 'negative_caption'"):
        minimal_pairs.read_pairs(tmp_path)
