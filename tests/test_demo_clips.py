"""The demo's clips and recordings: what happens when is exactly what was planned."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from workbench.demo.acts import happens, make_clip, make_recording
from workbench.demo.grammar import PROFILES
from workbench.demo.motion import FRAME_RATE_HZ, ball_height, draw_frames, write_clip
from workbench.demo.narration import corrupt_narration, narrate, narrate_act, narrate_sync, swap_order
from workbench.demo.sound import RATE_HZ, encode_wav, make_sound

BOUNCING = next(clip for clip in map(make_clip, range(100)) if clip.acts[0].action == "bounce")


def _performances():
    return [make(seed) for make in (make_clip, make_recording) for seed in range(60)]


def test_every_narration_is_true_and_every_planted_error_in_it_is_not():
    for performance in _performances():
        for profile in PROFILES:
            sentence = narrate(performance, profile, "0")
            assert all(happens(performance, claim) for claim in sentence.claims), sentence
            planted = [
                corrupt_narration(performance, sentence, kind, "0")
                for kind in ("object", "attribute", "count")
            ]
            for found in [*planted, swap_order(performance, profile, "0")]:
                if found is not None:
                    false = [claim for claim in found.sentence.claims if not happens(performance, claim)]
                    assert [(claim.start, claim.end) for claim in false] == [(found.start, found.end)]


def test_captions_of_single_acts_and_of_sync_are_true_where_nothing_was_moved():
    for clip in map(make_clip, range(60)):
        sentences = [narrate_act(clip, number, PROFILES[0], "0") for number in range(2)]
        sync = narrate_sync(clip, "0")
        for sentence in [*sentences, *([sync] if sync else [])]:
            assert all(happens(clip, claim) for claim in sentence.claims)


def test_sync_is_false_once_the_sound_is_late():
    sentence = narrate_sync(BOUNCING, "0")
    late = dataclasses.replace(BOUNCING, sound_delay_s=0.3)
    assert [claim.type for claim in sentence.claims if not happens(late, claim)] == ["sync"]


def test_the_ball_is_on_the_ground_at_each_of_its_instants_and_above_it_between():
    act = BOUNCING.acts[0]
    for instant_s in act.instants_s:
        assert ball_height(act, instant_s) == pytest.approx(0, abs=1e-9)
    assert ball_height(act, (act.instants_s[0] + act.instants_s[1]) / 2) > 0.3


def test_a_sound_begins_at_its_instant():
    for recording in map(make_recording, range(20)):
        act = recording.acts[0]
        if not act.instants_s:
            continue
        loud = np.abs(make_sound(recording)) > 0.05
        assert np.argmax(loud) / RATE_HZ == pytest.approx(act.instants_s[0], abs=0.02)


def test_wav_bytes_are_sixteen_bit_mono():
    wav = encode_wav(np.zeros(100, dtype=np.float32))
    assert wav[:4] == b"RIFF"
    assert len(wav) == 44 + 200


def test_a_written_clip_plays_its_events_within_a_frame_of_the_plan(tmp_path):
    av = pytest.importorskip("av")
    path = tmp_path / "clip.mp4"
    write_clip(path, BOUNCING, make_sound(BOUNCING))
    with av.open(str(path)) as container:
        assert container.streams.video[0].codec_context.name == "h264"
        assert container.streams.video[0].codec_context.pix_fmt == "yuv420p"
        frames = [(frame.time, frame.to_ndarray(format="rgb24")) for frame in container.decode(video=0)]
    with av.open(str(path)) as container:
        heard = [(frame.time, frame.to_ndarray().ravel()) for frame in container.decode(audio=0)]
    assert len(frames) == round(BOUNCING.duration_s * FRAME_RATE_HZ)
    act = BOUNCING.acts[0]
    before = [frame for time_s, frame in frames if time_s < act.start_s][:1] or [frames[0][1]]
    lowest_s = _time_of_lowest(frames, before[0], until_s=(act.instants_s[0] + act.instants_s[1]) / 2)
    assert lowest_s == pytest.approx(act.instants_s[0], abs=1.01 / FRAME_RATE_HZ)
    samples = np.concatenate([part for _, part in heard])
    onset_s = heard[0][0] + np.argmax(np.abs(samples) > 0.15) / RATE_HZ
    assert onset_s == pytest.approx(act.instants_s[0], abs=1 / FRAME_RATE_HZ)


def _time_of_lowest(frames, ground, until_s):
    """Return when what moves reaches deepest into the picture."""
    depths = {}
    for time_s, frame in frames:
        if time_s <= until_s:
            moved = np.abs(frame.astype(int) - ground.astype(int)).sum(axis=2) > 120
            rows = np.flatnonzero(moved.sum(axis=1) > 2)
            depths[time_s] = rows.max() if rows.size else 0
    return max(depths, key=lambda time_s: depths[time_s])


def test_frames_show_a_thing_only_during_its_act():
    clip = next(
        clip
        for clip in map(make_clip, range(50))
        if {act.action for act in clip.acts} <= {"run", "walk", "drive"}
    )
    frames = [np.asarray(frame).astype(int) for frame in draw_frames(clip)]
    gap_s = (clip.acts[0].end_s + clip.acts[1].start_s) / 2
    middle_s = (clip.acts[0].start_s + clip.acts[0].end_s) / 2
    empty, full = frames[round(gap_s * FRAME_RATE_HZ)], frames[round(middle_s * FRAME_RATE_HZ)]
    assert np.array_equal(empty, frames[-1])
    assert np.abs(full - empty).max() > 60
