"""The demo's scenes and captions: what is said is so, and what is planted is not."""

from __future__ import annotations

from PIL import Image

from workbench.demo.catalog import KINDS, PLACES
from workbench.demo.claims import holds
from workbench.demo.corruptions import CORRUPTIONS, corrupt, rephrase
from workbench.demo.drawing import draw_scene, draw_thing, encode_photo
from workbench.demo.grammar import FRAMES, PLANS, PROFILES, write_caption
from workbench.demo.pen import Pen
from workbench.demo.scene import HEIGHT_PX, WIDTH_PX, Look, make_scene, relation_between

SCENES = [make_scene(seed) for seed in range(150)]


def _captions():
    return [(scene, write_caption(scene, profile, "0")) for scene in SCENES for profile in PROFILES]


def test_every_claim_of_a_written_caption_is_true():
    for scene, sentence in _captions():
        assert all(holds(scene, claim) for claim in sentence.claims), sentence


def test_every_claim_says_its_words_at_its_span():
    for _, sentence in _captions():
        for claim in sentence.claims:
            words = sentence.text[claim.start : claim.end]
            assert words == words.strip() != ""
            if claim.type == "attribute" and claim.args[1] == "colour":
                assert words.lower() == claim.args[2]


def test_every_planted_error_is_false_of_the_scene_and_only_its_span_differs():
    planted = set()
    for scene, sentence in _captions():
        for error_type in CORRUPTIONS:
            found = corrupt(scene, sentence, error_type, "0")
            if found is None:
                continue
            planted.add(found.corruption)
            false = [claim for claim in found.sentence.claims if not holds(scene, claim)]
            assert false, found
            assert min(claim.start for claim in false) == found.start
            assert max(claim.end for claim in false) == found.end
            assert (
                found.sentence.text[found.end :]
                == sentence.text[len(sentence.text) - len(found.sentence.text) + found.end :]
            )
    assert planted >= {"O1", "O2", "A1", "A2", "R1", "C1", "T4", "N1"}


def test_a_replaced_word_keeps_its_article_right():
    for scene, sentence in _captions():
        for error_type in ("object", "attribute"):
            found = corrupt(scene, sentence, error_type, "1")
            text = f" {found.sentence.text.lower()} " if found else ""
            assert not any(f" a {vowel}" in text for vowel in "aeio"), text


def test_a_harmless_rewording_stays_true():
    count = 0
    for scene, sentence in _captions():
        found = rephrase(scene, sentence, "0")
        if found is not None:
            count += 1
            assert found.sentence.text != sentence.text
            assert all(holds(scene, claim) for claim in found.sentence.claims)
    assert count > 100


def test_captions_use_every_plan_and_frame_and_three_levels_of_detail():
    sentences = [sentence for _, sentence in _captions()]
    assert {sentence.plan for sentence in sentences} == set(PLANS)
    assert {sentence.frame for sentence in sentences} == set(FRAMES)
    lengths = [len(sentence.text.split()) for sentence in sentences]
    assert min(lengths) <= 8
    assert any(9 <= length <= 20 for length in lengths)
    assert max(lengths) > 20


def test_scenes_cover_every_place_and_most_kinds_and_stay_in_the_picture():
    assert {scene.place for scene in SCENES} == set(PLACES)
    kinds = {thing.kind for scene in SCENES for thing in scene.things}
    assert len(kinds) > 0.8 * len(KINDS)
    for scene in SCENES:
        for thing in scene.things:
            left, right = thing.extent_px
            assert left >= -2
            assert right <= WIDTH_PX + 2
            assert all(0 < spot.y <= HEIGHT_PX for spot in thing.spots)


def test_left_and_right_are_never_both_true():
    opposite = {"left of": "right of", "right of": "left of"}
    for scene in SCENES:
        for first in scene.things:
            for second in scene.things:
                relation = relation_between(first, second) if first is not second else None
                if relation in opposite:
                    assert relation_between(second, first) == opposite[relation]


def test_the_same_scene_is_drawn_pixel_for_pixel_alike():
    scene = make_scene(11)
    assert scene == make_scene(11)
    assert draw_scene(scene).tobytes() == draw_scene(make_scene(11)).tobytes()
    assert encode_photo(draw_scene(scene), 11) == encode_photo(draw_scene(scene), 11)
    assert draw_scene(scene).size == (WIDTH_PX, HEIGHT_PX)


def test_every_kind_of_thing_can_be_drawn():
    for kind in KINDS.values():
        for pose in kind.poses or ("standing",):
            image = Image.new("RGBA", (800, 600))
            draw_thing(Pen.on(image).at(200, 240), kind.name, Look((200, 60, 60), pose))
            assert image.getbbox() is not None, kind.name
