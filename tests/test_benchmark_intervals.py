"""The sections on intervals and views, in a run so small that only their shape and gross errors show."""

from __future__ import annotations

import math

import pytest

from workbench.demo.sequences import make_sequence

pytest.importorskip("av", reason="clips are written and read by PyAV")
pytest.importorskip("cv2", reason="moving things are followed by OpenCV")


def test_a_sequence_is_the_same_for_the_same_seed_and_has_each_kind_once() -> None:
    clip = make_sequence(7)
    assert clip == make_sequence(7) != make_sequence(8)
    assert len({act.kind for act in clip.acts}) == len(clip.acts)
    assert all(0 < act.start_s < act.end_s < clip.duration_s for act in clip.acts)


def test_a_part_of_the_sequences_have_acts_at_once() -> None:
    clips = [make_sequence(seed) for seed in range(60)]
    together = [any(b.start_s < a.end_s for a, b in zip(c.acts, c.acts[1:], strict=False)) for c in clips]
    assert 0.15 < sum(together) / len(together) < 0.45


def test_shifts_in_a_few_clips_are_found_and_undone(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch", reason="captions and cut-outs are encoded by the embedded encoder")
    from workbench.demo.benchmark import intervals

    monkeypatch.setattr(intervals, "QUICK_CLIPS", 4)
    monkeypatch.setattr(intervals, "FRAMES_CLIPS", 1)
    found = intervals.measure(3, True)
    assert found["interval_auroc"].value > 0.8
    assert found["interval_within_0p2s"].value > 0.6
    assert 0 < found["interval_auroc"].n < 12
    assert not math.isnan(found["order_auroc"].value)
