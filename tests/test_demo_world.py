"""The demo world as files: rows to ingest, truth that joins, the same bytes for the same seed."""

from __future__ import annotations

import importlib.util
import json

import pytest

from workbench.demo import build_world, caption_truth, read_truth
from workbench.demo.acts import make_clip, make_recording
from workbench.demo.drafts import draft_clip, draft_recording, draft_scene, is_true, plant_errors
from workbench.demo.scene import make_scene
from workbench.ingest import ingest
from workbench.store import Store

SIZES = {"images": 24, "videos": 3, "audio": 4, "seed": 5}


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    return build_world(tmp_path_factory.mktemp("world"), **SIZES)


def _drafts():
    drafts = [
        draft for seed in range(200) for draft in draft_scene(f"p{seed}.jpg", make_scene(seed), "train")
    ]
    drafts += [draft for seed in range(25) for draft in draft_clip(f"c{seed}.mp4", make_clip(seed), "train")]
    drafts += [
        draft
        for seed in range(25)
        for draft in draft_recording(f"s{seed}.wav", make_recording(seed), "train")
    ]
    return plant_errors(drafts, 0.2, seed=0)


def test_a_fifth_of_the_captions_is_wrong_and_half_of_these_are_wrong_pairs():
    drafts = _drafts()
    wrong = [draft for draft in drafts if draft.is_wrong]
    assert len(wrong) == round(0.2 * len(drafts))
    assert 0.35 < sum(draft.error_type == "wrong_pair" for draft in wrong) / len(wrong) < 0.55
    assert {draft.error_type for draft in wrong} >= {
        "wrong_pair", "object", "attribute", "relation", "count", "action", "order", "interval",
    }  # fmt: skip


def test_a_draft_is_wrong_exactly_when_one_of_its_claims_is_false():
    for draft in _drafts():
        if draft.error_type == "av_sync":
            continue
        assert draft.is_wrong == (not all(is_true(draft.truth, claim) for claim in draft.sentence.claims)), (
            draft
        )


def test_every_span_lies_in_its_caption():
    for draft in _drafts():
        if draft.span is not None:
            assert 0 <= draft.span[0] < draft.span[1] <= len(draft.text)
        assert (draft.true_interval is not None) == (draft.error_type == "interval")


def test_no_caption_comes_twice_for_one_file():
    seen = [(draft.name, draft.text, draft.start_s) for draft in _drafts()]
    assert len(seen) == len(set(seen))


def test_the_world_is_on_disk_as_it_says(world):
    media = sorted(path.suffix for path in (world.folder / "media").iterdir())
    assert media.count(".jpg") == world.images == 24
    assert media.count(".wav") == world.audio == 4
    assert media.count(".mp4") == world.videos
    assert world.wrong == sum(world.planted.values())
    assert len(world.captions_file.read_text().splitlines()) == world.captions


def test_the_rows_to_ingest_tell_nothing_of_the_truth(world):
    rows = [json.loads(line) for line in world.captions_file.read_text().splitlines()]
    allowed = {"path", "text", "kind", "lang", "source", "split", "start_s", "end_s"}
    assert all(set(row) <= allowed for row in rows)


def test_the_same_seed_gives_the_same_bytes(world, tmp_path):
    again = build_world(tmp_path, **SIZES)
    for name in ("captions.jsonl", "truth.jsonl"):
        assert (again.folder / name).read_bytes() == (world.folder / name).read_bytes()
    for path in (world.folder / "media").iterdir():
        if path.suffix != ".mp4":
            assert (again.folder / "media" / path.name).read_bytes() == path.read_bytes()


def test_another_seed_gives_another_world(world, tmp_path):
    other = build_world(tmp_path, images=4, videos=0, audio=0, seed=6)
    assert other.captions_file.read_text().splitlines()[0] not in world.captions_file.read_text()


def test_the_truth_joins_every_ingested_caption(world, tmp_path):
    store = Store.create(tmp_path / "ws")
    summary = ingest(store, world.captions_file, progress=False)
    assert summary.rejected == 0
    truth = caption_truth(store, world.folder)
    assert sorted(truth["caption_id"]) == sorted(store.read("captions")["caption_id"])
    assert read_truth(world.folder)["is_wrong"].sum() == world.wrong


def test_without_pyav_there_are_no_videos_and_the_world_says_so(tmp_path, monkeypatch):
    real = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "av" else real(name))
    world = build_world(tmp_path, images=1, videos=2, audio=1)
    assert world.videos == 0
    assert "caption-workbench[audio-video]" in world.notes[0]
