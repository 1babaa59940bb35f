"""Phrases: which words are contrasted with what, and whether the weakest is the false one."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.alignment.claims.parse import read_caption
from workbench.alignment.phrases import Contrast, Vocabulary, plan_contrasts, weigh_support
from workbench.alignment.similarity import unit_rows

SET = (
    "a red car near a tree",
    "a blue bus and a cat",
    "two dogs on a sofa",
    "a green boat",
    "a cat and a dog",
)


def contrasts_of(text: str, said: frozenset[str] = frozenset()) -> dict[str, Contrast]:
    vocabulary = Vocabulary([read_caption(one) for one in SET])
    found = plan_contrasts(text, read_caption(text), vocabulary, said)
    return {f"{contrast.claim.type} {contrast.claim.words}": contrast for contrast in found}


def test_a_colour_is_exchanged_for_other_colours_in_its_phrase() -> None:
    found = contrasts_of("a red car near a tree")["attribute red"]
    assert found.phrase == "a red car"
    assert "a blue car" in found.others
    assert "a red car" not in found.others
    assert found.without == "a car near a tree"


def test_a_colour_the_sample_is_also_said_to_have_is_no_rival() -> None:
    found = contrasts_of("a red car near a tree", frozenset({"blue"}))["attribute red"]
    assert "a blue car" not in found.others


def test_an_object_is_exchanged_for_objects_that_cannot_be_the_same_thing() -> None:
    found = contrasts_of("a puppy on a sofa")["object puppy"]
    assert "a cat" in found.others
    assert "a dog" not in found.others


def test_an_article_follows_the_word_put_behind_it() -> None:
    vocabulary = Vocabulary([read_caption("an elephant"), read_caption("a cat")])
    text = "an elephant in water"
    found = plan_contrasts(text, read_caption(text), vocabulary, frozenset({"elephant"}))
    assert next(c for c in found if c.claim.words == "elephant").others == ("a cat",)


def test_left_is_exchanged_for_right_and_a_count_for_its_neighbours() -> None:
    relation = contrasts_of("a dog to the left of a car")["relation to the left of"]
    assert relation.others == ("a dog to the right of a car",)
    assert contrasts_of("three dogs on a sofa")["count three"].others == (
        "two dogs",
        "four dogs",
        "five dogs",
    )


def test_a_vague_number_and_a_denied_thing_are_not_contrasted() -> None:
    assert not contrasts_of("several dogs and no cats").keys() & {"count several", "object cats"}


def test_a_caption_in_another_language_offers_no_contrast() -> None:
    assert contrasts_of("Ein Hund auf der grünen Wiese") == {}


@pytest.mark.parametrize("kind", ["left_out", "swapped"])
def test_the_false_word_of_a_caption_is_the_least_supported(kind: str) -> None:
    """Words are directions, a photo is the sum of what it shows, a caption the sum of what it says."""
    random = np.random.default_rng(0)
    words = unit_rows(random.normal(size=(12, 64)))
    shown = np.array([random.choice(12, 3, replace=False) for _ in range(60)])
    media = unit_rows(words[shown].sum(1) + 0.05 * random.normal(size=(60, 64)))
    said = shown.copy()
    is_false = np.zeros((60, 3), bool)
    for row in range(20):
        said[row, 2] = next(word for word in range(12) if word not in shown[row])
        is_false[row, 2] = True
    owner = np.repeat(np.arange(60), 3)
    captions = unit_rows(words[said].sum(1))
    left = np.array([[said[row, [k for k in range(3) if k != out]] for out in range(3)] for row in range(60)])
    without = unit_rows(words[left.reshape(-1, 2)].sum(1))
    nothing = np.zeros_like(without)
    others = [[w for w in range(12) if w not in shown[row]][:4] for row in owner]
    counts = np.full(180, 4 if kind == "swapped" else 0)
    found = weigh_support(
        media,
        owner,
        ["object"] * 180,
        captions=captions,
        without=nothing if kind == "swapped" else without,
        phrases=words[said.ravel()],
        others=words[np.concatenate(others)] if kind == "swapped" else words[:0],
        other_counts=counts,
    )
    assert np.isnan(found.left_out).all() == (kind == "swapped")
    assert np.isnan(found.swapped).all() == (kind == "left_out")
    false = is_false.ravel()
    assert found.percentile[false].max() < found.percentile[~false].min() + 0.05
