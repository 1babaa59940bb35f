"""What captions say of motion and colour, against paths drawn by hand."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.alignment.motions import (
    activity_curves,
    count_bounces,
    fit_colours,
    fit_motion,
    read_said,
    weigh_things,
)
from workbench.media.colours import COLOUR_NAMES
from workbench.media.moving import MovingThing


def thing(across: np.ndarray, down: np.ndarray, colour: str = "red", first_s: float = 0.0) -> MovingThing:
    """Make a thing of one colour on a path of fractions of the picture."""
    shares = np.array([float(name == colour) for name in COLOUR_NAMES])
    boxes = np.stack([across, down, np.full(len(across), 0.1), np.full(len(across), 0.1)], 1)
    return MovingThing(
        np.arange(len(across)),
        first_s + np.arange(len(across)) * 0.08,
        boxes,
        np.full(len(across), 0.5),
        shares,
    )


SHARE = np.linspace(0, 1, 50)
PAST = thing(SHARE * 0.9, np.full(50, 0.6))
UP = thing(np.full(50, 0.5), 0.8 - 0.7 * SHARE, "blue", first_s=5.0)
BOUNCING = thing(0.3 + 0.3 * SHARE, 0.8 - 0.4 * np.abs(np.cos(3 * np.pi * SHARE)), "green")


@pytest.mark.parametrize(
    ("text", "motion"),
    [
        ("A dog runs past.", "cross"), ("a ball bouncing twice", "bounce"), ("The kite rose.", "rise"),
        ("a bird flies by", "fly"), ("leaves are falling", "fall"), ("A man sings.", ""),
    ],
)  # fmt: skip
def test_verbs_are_read_in_any_form(text: str, motion: str) -> None:
    assert read_said(text).motions == ((motion,) if motion else ())


def test_words_that_only_begin_like_a_verb_of_motion_are_not_one() -> None:
    assert read_said("a random fallow riser of ransom").motions == ()


def test_spellings_of_a_colour_are_one() -> None:
    assert read_said("a gray cat and a Violet hat").colours == ("grey", "purple")


def test_each_path_fits_its_own_verb_best() -> None:
    things = {"cross": PAST, "rise": UP, "bounce": BOUNCING}
    for verb, text in (("cross", "it drives past"), ("rise", "it rises"), ("bounce", "it bounces")):
        fits = {name: fit_motion(read_said(text), one) for name, one in things.items()}
        assert max(fits, key=lambda name: fits[name]) == verb


def test_bounces_are_counted_at_the_ground_and_not_at_the_top() -> None:
    assert count_bounces(BOUNCING) == 3
    assert count_bounces(PAST) == count_bounces(UP) == 0


def test_a_near_colour_fits_better_than_a_far_one() -> None:
    red = PAST
    assert (
        fit_colours(read_said("red"), red)
        > fit_colours(read_said("pink"), red)
        > fit_colours(read_said("green"), red)
    )


def test_captions_find_their_things_by_colour_and_motion() -> None:
    said = [read_said("a blue kite rises"), read_said("a red car drives past")]
    weighed = weigh_things(said, [PAST, UP])
    assert weighed.shares.argmax(1).tolist() == [1, 0]
    assert weighed.trust.min() > 0.8
    assert set(weighed.spoke[0]) == {"colour", "motion"}
    times = np.arange(0, 10, 0.08)
    curves = activity_curves(weighed, [PAST, UP], times, 0.08)
    assert curves[0][(times > 5.1) & (times < 8.8)].min() > 0.9
    assert curves[0][times < 3.8].max() < 0.1


def test_a_caption_that_says_little_takes_what_the_others_leave() -> None:
    said = [read_said("it moves"), read_said("a red thing moves")]
    weighed = weigh_things(said, [PAST, thing(SHARE * 0.9, np.full(50, 0.2), "blue", 5.0)])
    assert weighed.shares[0].argmax() == 1


def test_the_present_place_decides_between_things_that_fit_alike() -> None:
    twins = [PAST, thing(SHARE * 0.9, np.full(50, 0.2), "red", 5.0)]
    said = [read_said("a red car drives past")]
    assert weigh_things(said, twins, places=[[0.1, 0.8]]).shares[0].argmax() == 1
    assert weigh_things(said, twins, places=[[0.8, 0.1]]).shares[0].argmax() == 0


def test_without_things_there_is_no_trust() -> None:
    weighed = weigh_things([read_said("a red car")], [])
    assert weighed.shares.shape == (1, 0)
    assert weighed.trust.tolist() == [0.0]
