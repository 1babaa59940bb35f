"""The text map brings out what both towers tell apart and the space between them does not."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.alignment.claims.parse import read_caption
from workbench.alignment.edits import BINDING, plan_edits
from workbench.alignment.map_trial import try_maps
from workbench.alignment.phrases import Vocabulary
from workbench.alignment.similarity import unit_rows
from workbench.alignment.text_map import Lessons, TextSpace, fit_map

pytest.importorskip("torch", reason="the map is fitted with torch")


def lessons_of(count: int = 240, *, is_seen: bool = True, seed: int = 0) -> tuple[Lessons, list[str]]:
    """Scenes of two things each in one of two bindings.

    Texts and media share their topic columns. The binding lies in one column of the texts and in another of
    the media, so no cosine sees it, but one matrix can lay the first on the second.
    """
    random = np.random.default_rng(seed)
    topic = random.normal(size=(count, 12))
    bound = random.choice([-1.0, 1.0], size=count)
    zero, noise = np.zeros(count), 0.1 * random.normal(size=(count, 14))
    media = np.column_stack([topic, 2 * bound if is_seen else zero, zero])
    texts = np.column_stack([topic, zero, 2 * bound]) + noise
    edits = np.column_stack([topic, zero, -2 * bound]) + noise
    each = np.arange(count)
    vectors = (unit_rows(part) for part in (media, texts, edits))
    media_rows, text_rows, edit_rows = vectors
    return Lessons(media_rows, text_rows, each // 2, edit_rows, each), [BINDING] * count


def test_binding_that_both_towers_hold_is_learned_and_only_with_edits() -> None:
    lessons, kinds = lessons_of()
    row = try_maps(lessons, kinds, TextSpace.plain(14)).filter(kind=BINDING).row(0, named=True)
    assert row["before"] < 0.6
    assert row["tuned"] > 0.85
    assert row["tuned"] >= row["plain"]
    assert row["blind"] < 0.65


def test_binding_that_the_media_do_not_hold_is_not_learned() -> None:
    lessons, kinds = lessons_of(160, is_seen=False)
    row = try_maps(lessons, kinds, TextSpace.plain(14)).filter(kind=BINDING).row(0, named=True)
    assert row["tuned"] < 0.6


def test_without_a_gain_on_the_held_out_part_the_map_stays_the_identity() -> None:
    random = np.random.default_rng(0)
    noise = [unit_rows(random.normal(size=(80, 10))) for _ in range(3)]
    lessons = Lessons(noise[0], noise[1], np.arange(80), noise[2], np.arange(80))
    found = fit_map(lessons, TextSpace.plain(10))
    if found.epochs == 0:
        assert (found.matrix == np.eye(10)).all()
    assert found.loss_after <= found.loss_before


def test_a_map_is_the_same_for_the_same_seed_and_leaves_threads_as_they_were() -> None:
    import torch

    lessons, _ = lessons_of(120)
    threads = torch.get_num_threads()
    first, second = (fit_map(lessons, TextSpace.plain(14), seed=3) for _ in range(2))
    assert (first.matrix == second.matrix).all()
    assert torch.get_num_threads() == threads
    assert np.allclose(np.linalg.norm(first.apply(lessons.texts), axis=1), 1, atol=1e-5)


def test_captions_without_edits_are_lessons_too() -> None:
    lessons, _ = lessons_of(120)
    bare = Lessons(lessons.media, lessons.texts, lessons.sample, lessons.edits[:0], lessons.edited[:0])
    assert fit_map(bare, TextSpace.plain(14)).matrix.shape == (14, 14)
    half = lessons.of_samples(lessons.sample < 20)
    assert len(half.texts) == len(half.edits) == 40
    assert half.edited.tolist() == list(range(40))


def test_edits_change_one_claim_by_its_like() -> None:
    texts = [
        "two black dogs run near a red car",
        "a cat sleeps on a green sofa",
        "three birds on a blue roof",
    ]
    readings = [read_caption(text) for text in texts]
    words = Vocabulary(readings)
    edits = plan_edits(texts[0], readings[0], words, frozenset({"dog", "car"}))
    kinds = {edit.kind for edit in edits}
    assert {"attribute", "count", BINDING} <= kinds
    assert "two red dogs run near a black car" in [edit.text for edit in edits]
    assert all(edit.text != texts[0] for edit in edits)
