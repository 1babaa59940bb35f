"""Collages: laid out in reading order, nothing stretched, and the question says which picture is meant."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.errors import PairError
from workbench.preferences.collage import Collage, draw_collage, read_collage

RED, GREEN, BLUE = (200, 0, 0), (0, 200, 0), (0, 0, 200)


def plain(colour: tuple[int, int, int], width: int = 40, height: int = 40) -> np.ndarray:
    return np.full((height, width, 3), colour, np.uint8)


def test_pictures_lie_in_reading_order() -> None:
    sheet = draw_collage([plain(RED), plain(GREEN), plain(BLUE)], columns=2, cell_px=40)
    assert sheet.shape == (84, 84, 3)
    assert tuple(sheet[20, 20]) == RED
    assert tuple(sheet[20, 64]) == GREEN
    assert tuple(sheet[64, 20]) == BLUE
    assert tuple(sheet[64, 64]) == (255, 255, 255)


def test_nothing_is_stretched() -> None:
    sheet = draw_collage([plain(RED, 80, 20), plain(GREEN, 10, 20)], columns=2, cell_px=40)
    is_red = (sheet == RED).all(axis=2)
    assert (is_red.any(axis=0).sum(), is_red.any(axis=1).sum()) == (40, 10)
    is_green = (sheet == GREEN).all(axis=2)
    assert (is_green.any(axis=0).sum(), is_green.any(axis=1).sum()) == (20, 40)


@pytest.mark.parametrize(
    ("asked", "place"), [(0, "row 1, column 1"), (3, "row 2, column 1"), (4, "row 2, column 2")]
)
def test_the_question_names_the_place(asked: int, place: str) -> None:
    collage = Collage(("a", "b", "c", "d", "e"), asked)
    assert collage.columns == 3
    assert collage.prompt.endswith(f"Describe picture {asked + 1}, in {place}.")
    assert read_collage(collage.detail) == collage


def test_a_detail_of_something_else_is_no_collage() -> None:
    assert read_collage("") is None
    assert read_collage("not json") is None
    assert read_collage('{"seed": 1}') is None
    assert read_collage("[1]") is None


def test_a_collage_needs_two_pictures_and_one_of_them_to_ask_about() -> None:
    with pytest.raises(PairError, match="collage of 1 pictures"):
        Collage(("a",), 0)
    with pytest.raises(PairError, match="number 3"):
        Collage(("a", "b"), 2)
