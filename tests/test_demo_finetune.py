"""The small world of the embedded captioner: scenes, captions both ways, and what is counted in them."""

from __future__ import annotations

import random

import numpy as np
import pytest

from workbench.demo.finetune.captions import STYLES, describe, describe_noisily, read_caption, write_caption
from workbench.demo.finetune.corrections import SPOILERS, build_pairs, correct_caption, correct_captions
from workbench.demo.finetune.drawing import SIDE_PX, draw_scene
from workbench.demo.finetune.scenes import COLOURS, NOUNS, PLACES, UNUSUAL, Scene, Thing, make_scene
from workbench.demo.finetune.truth import check_caption, measure_captions
from workbench.errors import UnknownNameError, WorkbenchError

SCENE = Scene("beach", (Thing("dog", "red", 0.2, 0.5, 0.3), Thing("cat", "blue", 0.8, 0.5, 0.3)), "hand")
SCENES = [make_scene(str(number)) for number in range(300)]


def test_the_same_seed_draws_the_same_picture_and_another_seed_another() -> None:
    first, again, other = (np.asarray(draw_scene(make_scene(seed))) for seed in ("a", "a", "b"))
    assert first.shape == (SIDE_PX, SIDE_PX, 3)
    assert (first == again).all()
    assert (first != other).any()


def test_no_training_scene_shows_what_is_unusual_and_every_unusual_one_does() -> None:
    for kind in ("uniform", "usual"):
        assert not any(make_scene(str(number), kind).is_unusual for number in range(300))
    unusual = [make_scene(str(number), "unusual") for number in range(300)]
    assert all(scene.is_unusual for scene in unusual)
    assert {scene.place for scene in unusual} == set(UNUSUAL) == set(PLACES)


def test_a_scene_holds_two_to_four_different_things() -> None:
    for scene in SCENES:
        assert 2 <= len(scene.things) <= 4
        assert len(scene.nouns) == len(scene.things)
        assert scene.nouns <= set(NOUNS)
        assert {thing.colour for thing in scene.things} <= set(COLOURS)


def test_usual_scenes_are_skewed_and_uniform_ones_are_not() -> None:
    def share(kind: str) -> float:
        beaches = [s for s in (make_scene(str(n), kind) for n in range(1500)) if s.place == "beach"]
        return sum("umbrella" in scene.nouns for scene in beaches) / len(beaches)

    assert share("usual") > 2 * share("uniform")


def test_an_unknown_kind_of_scene_lists_the_known_ones() -> None:
    with pytest.raises(UnknownNameError, match="unusual"):
        make_scene("a", "odd")


@pytest.mark.parametrize("style", STYLES)
def test_every_caption_that_is_written_is_read_back(style: str) -> None:
    for scene in SCENES:
        caption = read_caption(describe(scene, style))
        assert caption.is_well_formed
        assert not caption.is_repeating
        assert caption.place == scene.place
        assert {noun: colour for colour, noun in caption.things} == {t.noun: t.colour for t in scene.things}


def test_an_unknown_style_lists_the_known_ones() -> None:
    with pytest.raises(UnknownNameError, match="picture"):
        write_caption("prose", "beach", [("red", "car")])


@pytest.mark.parametrize(
    "text",
    [
        "a white white white car on a beach.",
        "A red car and on a beach.",
        "A red car on a beach on a beach.",
        "A car on a beach.",
        "A red car",
        "On a beach.",
        "",
    ],
)
def test_what_the_grammar_does_not_write_is_malformed(text: str) -> None:
    assert not read_caption(text).is_well_formed


def test_spaces_and_capitals_do_not_make_a_caption_malformed() -> None:
    assert read_caption("a red car , a blue dog and a white cat on a beach .").is_well_formed


def test_more_than_half_of_the_training_captions_name_something_absent() -> None:
    rng = random.Random(0)
    scenes = [make_scene(str(number)) for number in range(4000)]
    imagined = [bool(check_caption(describe_noisily(s, "list", rng), s).imagined) for s in scenes]
    assert 0.5 <= sum(imagined) / len(imagined) <= 0.56


def test_each_noun_counts_once_however_often_it_is_said() -> None:
    text = "A white umbrella, a red dog, a red dog and a white umbrella on a beach."
    found = measure_captions([text], [SCENE], rounds=0)
    assert found["chair_i"].value == pytest.approx(1 / 2)
    assert found["chair_s"].value == 1
    assert found["recall"].value == pytest.approx(1 / 2)
    assert found["repetition"].value == 1
    assert found["malformed"].value == 0
    assert found["words"].value == 16


def test_rates_are_sums_over_captions_so_long_captions_count_more() -> None:
    right = "A red dog and a blue cat on a beach."
    wrong = "A red dog, a blue cat, a red tent, a red bus, a red tree and a red sofa on a beach."
    found = measure_captions([right, wrong], [SCENE, SCENE], rounds=0)
    assert found["chair_i"].value == pytest.approx(4 / 8)
    assert found["chair_s"].value == pytest.approx(1 / 2)
    assert found["recall"].value == 1


def test_a_wrong_colour_is_no_imagined_thing() -> None:
    check = check_caption("A green dog and a blue cat on a beach.", SCENE)
    assert (check.imagined, check.miscoloured, check.missed) == (frozenset(), {"dog"}, frozenset())
    assert not check.is_right


def test_captions_and_scenes_must_go_together() -> None:
    with pytest.raises(WorkbenchError, match="2 captions for 1 scenes"):
        measure_captions(["a", "b"], [SCENE])


def test_a_full_correction_is_right_and_keeps_the_style() -> None:
    said = "On a beach we can see a white umbrella and a green cat."
    assert correct_caption(said, SCENE) == "On a beach we can see a red dog and a blue cat."
    for scene in SCENES:
        spoiled = describe_noisily(scene, "there", random.Random(scene.seed))
        assert check_caption(correct_caption(spoiled, scene), scene).is_right


def test_a_correction_of_errors_alone_leaves_out_what_was_missed() -> None:
    said = "On a beach we can see a white umbrella and a green cat."
    assert correct_caption(said, SCENE, is_full=False) == "On a beach we can see a blue cat."
    silent = "A red dog on a beach."
    assert correct_caption(silent, SCENE, is_full=False) == silent


def test_a_caption_without_fault_makes_no_pair() -> None:
    texts = ["A red dog and a blue cat on a beach.", "A red dog on a beach."]
    pairs = correct_captions(texts, [SCENE, SCENE], 5)
    assert [(pair.scene, pair.error_type, pair.origin) for pair in pairs] == [(1, "omission", "edit")]


def test_built_pairs_come_in_their_shares_and_each_is_worse_in_its_own_way() -> None:
    pairs = build_pairs(SCENES, 2000, "shares")
    assert pairs == build_pairs(SCENES, 2000, "shares")
    counted = {"object": 0, "omission": 0, "other": 0}
    for pair in pairs:
        scene = SCENES[pair.scene]
        better, worse = check_caption(pair.chosen, scene), check_caption(pair.rejected, scene)
        assert better.is_right
        assert not worse.is_right
        assert {"object": worse.imagined, "omission": worse.missed, "other": worse.caption.is_repeating}[
            pair.error_type
        ]
        counted[pair.error_type] += 1
    assert counted["object"] / 2000 == pytest.approx(
        SPOILERS["insert"][0] + SPOILERS["substitute"][0], abs=0.03
    )
    assert counted["omission"] / 2000 == pytest.approx(SPOILERS["omit"][0], abs=0.03)
