"""Claims against pixels, against the wording itself, and against the captions beside them."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.alignment.claims.checks import Check
from workbench.alignment.claims.looks import Look, measure_look
from workbench.alignment.claims.parse import read_caption
from workbench.alignment.claims.pixels import check_pixels, standing_out
from workbench.alignment.claims.siblings import check_siblings
from workbench.alignment.claims.wording import check_quotes, check_repeats, check_wording

RED, BLUE, GREEN, WHITE = (200, 40, 40), (40, 90, 200), (60, 150, 70), (245, 245, 245)
SUNSET = (235, 130, 40)


def paint(
    sky: tuple[int, int, int], ground: tuple[int, int, int], *spots: tuple[float, tuple[int, int, int]]
) -> Look:
    """Paint sky over ground, and upright blocks at fractions of the width."""
    pixels = np.zeros((120, 160, 3), np.uint8)
    pixels[:50], pixels[50:] = sky, ground
    for x, colour in spots:
        left = int(x * 160)
        pixels[60:100, left : left + 24] = colour
    return measure_look(pixels)


def checks(text: str, look: Look, width: int = 160, height: int = 120) -> dict[str, Check]:
    return {
        one.claim.words.lower(): one for one in check_pixels(read_caption(text, "en"), look, width, height)
    }


def test_a_colour_that_is_nowhere_is_missed_and_one_that_is_there_is_found() -> None:
    look = paint(BLUE, GREEN, (0.2, RED))
    assert checks("A red ball", look)["red"].verdict == "supported"
    missed = checks("A pink ball", look)["pink"]
    assert (missed.verdict, missed.error_type) == ("contradicted", "attribute")
    assert missed.confidence > 0.7


def test_the_colour_of_the_ground_says_little_of_a_thing_on_it() -> None:
    look = paint(BLUE, GREEN, (0.2, RED))
    assert standing_out(look, "green").max() < 0.1
    assert checks("A green ball", look)["green"].verdict == "unknown"


def test_colours_on_the_wrong_sides_contradict_the_relation_and_weakly_the_colours() -> None:
    look = paint(WHITE, WHITE, (0.1, RED), (0.7, BLUE))
    right = checks("A red dog to the left of a blue car", look)["to the left of"]
    assert right.verdict == "supported"
    found = check_pixels(read_caption("A blue dog to the left of a red car"), look, 160, 120)
    wrong = [(one.error_type, one.verdict) for one in found if one.claim.type == "relation"]
    assert wrong == [("relation", "contradicted"), ("attribute", "contradicted")]


@pytest.mark.parametrize(
    ("text", "sky", "verdict"),
    [
        ("A dog under a clear blue sky", BLUE, "supported"),
        ("A dog under grey clouds", BLUE, "contradicted"),
        ("A dog under an orange sunset", BLUE, "contradicted"),
        ("A dog under an orange sunset", SUNSET, "supported"),
        ("A dog under a cloudy sky", (150, 150, 152), "supported"),
    ],
)
def test_skies_are_checked_in_the_upper_third(text: str, sky: tuple[int, int, int], verdict: str) -> None:
    found = check_pixels(read_caption(text, "en"), paint(sky, GREEN), 160, 120)
    assert [one.verdict for one in found] == [verdict]


def test_black_and_white_is_held_against_chroma() -> None:
    grey = measure_look(np.repeat(np.linspace(0, 255, 100).astype(np.uint8), 300).reshape(100, 100, 3))
    text = "A black and white photo of a dog"
    assert checks(text, grey)["black and white photo"].verdict == "supported"
    assert checks(text, paint(BLUE, GREEN))["black and white photo"].verdict == "contradicted"


def test_night_wants_a_dark_picture() -> None:
    dark, light = paint((10, 10, 25), (30, 30, 30)), paint(WHITE, WHITE)
    assert checks("A street at night", dark)["at night"].verdict == "supported"
    assert checks("A street at night", light)["at night"].verdict == "contradicted"
    assert checks("A dog on a sunny day", dark)["on a sunny day"].verdict == "contradicted"


def test_format_words_are_held_against_the_size() -> None:
    text = "A portrait format photo of a dog"
    assert checks(text, paint(BLUE, GREEN), 300, 400)["portrait format"].verdict == "supported"
    assert checks(text, paint(BLUE, GREEN), 400, 300)["portrait format"].verdict == "contradicted"


def test_a_look_reads_back_and_damage_is_noticed() -> None:
    look = paint(BLUE, GREEN, (0.4, RED))
    back = Look.decode(look.encode())
    assert back is not None
    assert np.abs(back.shares - look.shares).max() <= 0.5 / 255 + 1e-6
    assert back.chroma == pytest.approx(look.chroma, rel=1e-6)
    assert Look.decode(look.encode()[:-1]) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("IMG_2041.jpg", "file name"),
        ("DSC00123", "camera"),
        ("https://example.org/a/b?c=1", "address"),
        ("2019-04-02 12:30", "date"),
        ("A dog on a beach. All rights reserved", "boiler-plate"),
        ("A dog, see www.example.org/dogs", "address"),
        ("A dog<br>on a beach", "markup"),
    ],
)
def test_what_is_no_description_is_named(text: str, said: str) -> None:
    found = check_wording(text)
    assert {one.verdict for one in found} == {"contradicted"}
    assert any(said in one.evidence for one in found)
    assert found[0].error_type == "other"


def test_plain_captions_are_no_boiler_plate() -> None:
    for text in ("A dog on a beach.", "Two men at 42nd street", "A man by a sign", "A photo of 3 cats"):
        assert [one.verdict for one in check_wording(text, "en")] == ["supported"], text


def test_the_language_is_held_against_what_it_is_said_to_be() -> None:
    assert "'de'" in check_wording("Ein Hund läuft mit einem Ball über die Wiese", "en")[0].evidence
    assert check_wording("Ein Hund läuft mit einem Ball über die Wiese", "de")[0].verdict == "supported"
    assert (
        check_wording("Ein Hund läuft mit einem Ball über die Wiese", None, "en")[0].verdict == "contradicted"
    )


def test_one_caption_on_many_samples_is_named_with_the_numbers() -> None:
    assert "40 of 100 samples" in check_repeats("A dog in the park", 40, 100)[0].evidence
    assert check_repeats("A dog in the park", 2, 100) == ()


def test_quotes_and_numbers_are_held_against_the_text_that_was_read() -> None:
    assert check_quotes('A sign says "No Parking"', ["NO", "PARKING", "ever"])[0].verdict == "supported"
    wrong = check_quotes("Bus number 42 stops", ["41 Zoo"])[0]
    assert (wrong.verdict, wrong.claim.words) == ("contradicted", "42")
    assert check_quotes('A sign says "No Parking"', []) == ()


def siblings(*texts: str) -> list[list[tuple[str, str, str]]]:
    found = check_siblings([read_caption(text, "en") for text in texts])
    return [[(one.claim.words, one.verdict, one.error_type) for one in mine] for mine in found]


def test_the_odd_number_out_is_contradicted_and_the_others_are_supported() -> None:
    one, two, three = siblings("Two dogs run", "Two dogs in a park", "Three dogs rest")
    assert ("Two", "supported", "count") in one
    assert ("Two", "supported", "count") in two
    assert ("Three", "contradicted", "count") in three


@pytest.mark.parametrize(
    ("first", "second", "error_type"),
    [
        ("A red car", "A blue car", "attribute"),
        ("A dog to the left of a car", "A dog to the right of a car", "relation"),
        ("A dog to the left of a car", "A car is left of a dog", "relation"),
        ("A man sits", "A man is standing", "action"),
        ("A cat sleeps", "A dog in a room, but no cats are there", "object"),
    ],
)
def test_two_captions_that_cannot_both_be_true(first: str, second: str, error_type: str) -> None:
    found = siblings(first, second)
    assert ("contradicted", error_type) in {(verdict, kind) for mine in found for _, verdict, kind in mine}


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("A brown and white dog", "A brown dog"),
        ("A grey dog", "A white dog"),
        ("A black dog and a brown dog", "A white dog"),
        ("A red car", "A dog"),
        ("Several dogs", "Four dogs"),
    ],
)
def test_two_captions_that_can_both_be_true(first: str, second: str) -> None:
    assert all(verdict != "contradicted" for mine in siblings(first, second) for _, verdict, _ in mine)


def test_what_is_a_matter_of_taste_speaks_softly() -> None:
    taste = check_siblings([read_caption("A dog walks"), read_caption("A dog runs")])[0]
    plain = check_siblings([read_caption("A dog sits"), read_caption("A dog runs")])[0]
    assert [one.verdict for one in (*taste, *plain)] == ["contradicted", "contradicted"]
    assert taste[0].confidence < plain[0].confidence


def test_a_lone_caption_is_not_checked() -> None:
    assert siblings("Two dogs") == [[]]
