"""The benchmark: what is planted is false, what is harmless is true, and controls blind a length detector."""

from __future__ import annotations

import json

import numpy as np
import polars as pl
import pytest

from workbench.demo.annotation import annotate, detect
from workbench.demo.benchmark.benign import BENIGN_EDITS, edit_harmlessly
from workbench.demo.benchmark.blind import guess_from_words
from workbench.demo.benchmark.controls import form_of, match_controls
from workbench.demo.benchmark.injections import INJECTIONS, inject
from workbench.demo.benchmark.measures import (
    alarm_share,
    average_precision,
    matched_auroc,
    review_share,
    span_overlap,
)
from workbench.demo.benchmark.pointing import read_pointing
from workbench.demo.benchmark.scenes import BENIGN_SHARE, MIX, WRONG_SHARE, plan_drafts
from workbench.demo.benchmark.study import ROWS
from workbench.demo.benchmark.telling import Telling
from workbench.demo.claims import holds
from workbench.demo.drafts import is_true
from workbench.demo.grammar import PROFILES, write_caption
from workbench.demo.scene import make_scene
from workbench.records import ERROR_TYPES
from workbench.statistics import auroc

SCENES = {f"{seed}.jpg": make_scene(seed) for seed in range(400)}


@pytest.fixture(scope="module")
def drafts():
    return plan_drafts(SCENES, 3)


def _tellings():
    scenes = list(SCENES.values())[:120]
    return [
        Telling(scene, write_caption(scene, profile, "0"), profile)
        for scene in scenes
        for profile in PROFILES
    ]


def test_every_injection_makes_a_false_claim_and_its_span_is_that_of_the_false_words():
    planted = set()
    for telling in _tellings():
        for corruption in INJECTIONS:
            found = inject(telling, corruption, "0")
            if found is None:
                continue
            false = [claim for claim in found.sentence.claims if not holds(telling.scene, claim)]
            assert false, (corruption, found)
            assert found.start == min(claim.start for claim in false)
            assert found.end == max(claim.end for claim in false)
            assert found.error_type in ERROR_TYPES
            planted.add(corruption)
    assert planted == set(INJECTIONS)


def test_a_wrong_colour_number_or_thing_is_one_that_clean_captions_use():
    tellings = _tellings()
    clean = {word.strip(".,!").lower() for telling in tellings for word in telling.sentence.text.split()}
    for telling in tellings:
        for corruption in ("A1", "A2", "C1", "R1", "R2", "T4", "O1 co-occurring", "O2 co-occurring"):
            found = inject(telling, corruption, "1")
            words = found.sentence.text[found.start : found.end].split() if found else []
            rare = {word.strip(".,!").lower() for word in words} - clean
            assert len(rare) <= 1, (corruption, rare)


def test_harmless_edits_of_every_kind_stay_true():
    seen = set()
    for telling in _tellings():
        for kind in BENIGN_EDITS:
            found = edit_harmlessly(telling, kind, "0")
            if found is not None:
                seen.add(kind)
                assert found.sentence.text != telling.sentence.text
                assert all(holds(telling.scene, claim) for claim in found.sentence.claims)
    assert seen == set(BENIGN_EDITS)


def test_the_mix_is_as_stated(drafts):
    wrong = [draft for draft in drafts if draft.is_wrong]
    assert len(wrong) / len(drafts) == pytest.approx(WRONG_SHARE, abs=0.01)
    benign = [draft for draft in drafts if draft.corruption.startswith("X1")]
    assert len(benign) / len(drafts) == pytest.approx(BENIGN_SHARE, abs=0.01)
    assert sum(MIX.values()) == pytest.approx(1)
    for name, share in MIX.items():
        count = sum(draft.corruption == name for draft in wrong)
        assert count == pytest.approx(share * len(wrong), abs=2), name


def test_a_draft_is_wrong_exactly_when_one_of_its_claims_is_false(drafts):
    for draft in drafts:
        assert draft.is_wrong == (not all(is_true(draft.truth, claim) for claim in draft.sentence.claims))


def test_a_random_pair_names_nothing_that_is_there_and_a_topical_one_something(drafts):
    for draft in drafts:
        named = [claim for claim in draft.sentence.claims if claim.type in ("object", "place")]
        shared = sum(is_true(draft.truth, claim) for claim in named)
        if draft.corruption == "P1":
            assert shared == 0
        if draft.corruption == "P2":
            assert 0 < shared < len(named)


def test_no_caption_comes_twice_for_one_picture(drafts):
    rows = [(draft.name, draft.text) for draft in drafts]
    assert len(rows) == len(set(rows))


def test_the_same_number_gives_the_same_plan(drafts):
    assert plan_drafts(SCENES, 3) == drafts
    assert plan_drafts(SCENES, 4) != drafts


def _arrays(drafts, corruptions):
    corruption = np.array([draft.corruption for draft in drafts])
    forms = [form_of([(claim.type, claim.args) for claim in draft.sentence.claims]) for draft in drafts]
    length = np.array([len(draft.text) for draft in drafts], dtype=float)
    return np.flatnonzero(np.isin(corruption, corruptions)), np.flatnonzero(corruption == ""), forms, length


@pytest.mark.parametrize("kind", ["wrong_pair", "object", "attribute", "count", "action"])
def test_a_length_detector_is_blind_on_matched_pairs(drafts, kind):
    wrong, clean, forms, length = _arrays(drafts, ROWS[kind].ids)
    matched = match_controls(wrong, clean, forms=forms, trivial={"length": length})
    assert matched.is_matched, matched.trivial
    found = matched_auroc(length, matched, np.array([draft.name for draft in drafts]))
    assert found.value == pytest.approx(0.5, abs=0.05)


def test_an_unmatched_column_is_marked(drafts):
    wrong, clean, _, length = _arrays(drafts, ROWS["relation"].ids)
    longest = clean[np.argsort(length[clean])[-wrong.size :]]
    unmatched = match_controls(wrong, longest, forms=["any"] * len(drafts), trivial={"length": length})
    assert not unmatched.is_matched
    assert unmatched.trivial["length"] < 0.45


def test_a_detector_of_relation_words_is_blind_on_matched_pairs_and_not_on_all(drafts):
    wrong, clean, forms, length = _arrays(drafts, ROWS["relation"].ids)
    says_side = np.array(
        [" left" in draft.text.lower() or " right" in draft.text.lower() for draft in drafts]
    )
    everything = np.concatenate([wrong, clean])
    assert auroc(says_side[everything], np.arange(everything.size) < wrong.size) > 0.7
    matched = match_controls(wrong, clean, forms=forms, trivial={"length": length})
    assert auroc(says_side[matched.rows], matched.is_wrong) == pytest.approx(0.5, abs=0.06)


def test_no_control_is_used_twice_and_every_pair_has_one_form(drafts):
    wrong, clean, forms, length = _arrays(drafts, ROWS["object"].ids)
    matched = match_controls(wrong, clean, forms=forms, trivial={"length": length})
    assert len(set(matched.controls.tolist())) == matched.controls.size
    pairs = zip(matched.wrong.tolist(), matched.controls.tolist(), strict=True)
    assert all(forms[one] == forms[other] for one, other in pairs)


def test_a_wrong_caption_without_a_clean_one_of_its_form_is_counted():
    matched = match_controls(
        np.array([0, 1]), np.array([2]), forms=["a", "b", "a"], trivial={"length": np.array([3.0, 4.0, 3.0])}
    )
    assert matched.unmatched == 1
    assert matched.wrong.tolist() == [0]


def test_words_alone_find_a_word_that_only_wrong_captions_use():
    texts = ["a dog under a car", "a dog by a car"] * 50
    is_wrong = np.array([True, False] * 50)
    scenes = np.array([str(number // 2) for number in range(100)])
    guesses = guess_from_words(texts, is_wrong, scenes, fitted=np.arange(100))
    assert auroc(guesses, is_wrong) == 1


def test_measures_of_a_queue():
    values, is_wrong = np.array([0.9, 0.8, 0.7, 0.1]), np.array([True, False, True, False])
    assert average_precision(values, is_wrong) == pytest.approx((1 + 2 / 3) / 2)
    assert average_precision(np.zeros(4), is_wrong) == pytest.approx(0.5)
    assert review_share(values, is_wrong) == 0.75
    assert span_overlap((0, 4), [(2, 6)]) == pytest.approx(2 / 6)


def test_harmless_edits_are_false_alarms_only_above_the_threshold():
    suspicion = np.array([5.0, 4.0, 3.0, 3.5, 1.0, np.nan])
    found = alarm_share(suspicion, np.array([0, 1, 2]), np.array([3, 4, 5]))
    assert found.value == pytest.approx(1 / 3)
    abstained = alarm_share(np.full(6, np.nan), np.array([0, 1, 2]), np.array([3, 4, 5]))
    assert np.isnan(abstained.value)


def test_an_abstention_counts_against_a_scorer_and_never_for_it():
    matched = match_controls(np.array([0, 1]), np.array([2, 3]), forms="aaaa", trivial={"length": np.ones(4)})
    scenes = np.array(list("wxyz"))
    assert matched_auroc(np.array([2.0, 3.0, 1.0, np.nan]), matched, scenes).value == 1
    assert matched_auroc(np.array([np.nan, np.nan, 1.0, 0.0]), matched, scenes).value == 0
    assert matched_auroc(np.full(4, np.nan), matched, scenes).value == 0.5


def test_a_pointer_is_held_against_the_false_words():
    known = pl.DataFrame(
        {"caption_id": ["a", "b"], "text": ["a red dog", "a red car"],
         "true_text": ["a blue dog", "a red car"],
         "spans": ["[[2, 5]]", "[]"], "is_wrong": [True, False], "error_type": ["attribute", ""]}
    )  # fmt: skip
    rows = pl.DataFrame(
        {"caption_id": ["a", "a", "b"], "error_type": ["attribute", "object", "object"],
         "value": [0.1, 0.9, 0.2], "percentile": [0.1, 0.9, 0.2], "start_char": [2, 6, 6],
         "end_char": [5, 9, 9], "detail": [json.dumps({"suggestion": "blue"}), "{}", "{}"]}
    )  # fmt: skip
    found = read_pointing(known, rows)
    assert found is not None
    assert (found.pointed, found.overlap, found.hit, found.right) == (1, 1, 1, 1)
    assert (found.offered, found.mended) == (1, 1)
    assert found.confusion == {("attribute", "attribute"): 1}


def test_boxes_lie_in_the_picture_and_name_their_neighbours():
    for scene in list(SCENES.values())[:100]:
        boxes = annotate(scene)
        assert len(boxes) == sum(thing.count for thing in scene.things)
        keys = {box.key for box in boxes}
        for box in boxes:
            assert 0 <= box.x <= box.x + box.width <= 1.0001
            assert 0 <= box.y <= box.y + box.height <= 1.0001
            assert {other for _, other in box.relations} <= keys
            assert json.loads(json.dumps(box.row("media/a.jpg", "exact")))["label"] == box.label


def test_a_detector_misses_a_twentieth_and_names_no_relations():
    exact = [box for scene in SCENES.values() for box in annotate(scene)]
    seen = [box for scene in SCENES.values() for box in detect(scene, 3)]
    assert len(seen) / len(exact) == pytest.approx(0.95, abs=0.02)
    assert not any(box.relations for box in seen)
    assert detect(SCENES["0.jpg"], 3) == detect(SCENES["0.jpg"], 3)
