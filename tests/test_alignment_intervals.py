"""Curves whose answer is known by hand."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.alignment.boundaries import (
    assign_order,
    boundary_f1,
    find_fault,
    nearest_s,
    overlap_share,
)
from workbench.alignment.intervals import (
    best_shift,
    contrast,
    predict_interval,
    smooth_curves,
    snap_shift,
    standardise_curves,
)

TIMES = np.arange(0.0, 10.0, 0.1)


def box(start_s: float, end_s: float) -> np.ndarray:
    """Return a curve that is 1 inside and 0 outside."""
    return ((start_s <= TIMES) & (end_s >= TIMES)).astype(float)


def test_contrast_is_one_on_the_content_and_negative_off_it() -> None:
    curve = box(3.0, 5.0)
    assert contrast(curve, TIMES, 2.95, 5.05) == pytest.approx(1.0)
    assert contrast(curve, TIMES, 6.0, 8.0) < 0


def test_contrast_of_an_empty_interval_or_of_the_whole_clip_is_zero() -> None:
    assert contrast(box(3.0, 5.0), TIMES, 4.0, 4.0) == 0.0
    assert contrast(box(3.0, 5.0), TIMES, 0.0, 9.9) == 0.0


@pytest.mark.parametrize("by_s", [-1.5, -0.5, 0.5, 2.0])
def test_the_best_shift_undoes_a_known_shift(by_s: float) -> None:
    found = best_shift(box(4.0, 6.0), TIMES, (3.95 + by_s, 6.05 + by_s), duration_s=10.0)
    assert found.by_s == pytest.approx(-by_s, abs=0.06)
    assert found.gain > 0.1
    assert found.rank < 1.0


def test_an_interval_in_its_place_is_not_moved() -> None:
    found = best_shift(box(4.0, 6.0), TIMES, (3.95, 6.05), duration_s=10.0)
    assert found.by_s == 0.0
    assert found.gain == pytest.approx(0.0, abs=0.02)
    assert found.rank == pytest.approx(1.0, abs=0.01)


def test_a_shift_never_leaves_the_clip() -> None:
    found = best_shift(box(9.0, 9.9), TIMES, (1.0, 4.0), duration_s=10.0)
    assert 1.0 + found.by_s >= 0.0
    assert 4.0 + found.by_s <= 10.0 + 1e-9


def test_a_blurred_best_shift_is_snapped_to_boundaries() -> None:
    blurred = smooth_curves(box(4.0, 6.0), 0.1, 0.8)[0]
    shift = best_shift(blurred, TIMES, (2.2, 4.3), duration_s=10.0)
    assert snap_shift(shift, (2.2, 4.3), [3.9, 6.0]) == pytest.approx(1.7, abs=0.03)
    assert snap_shift(shift, (2.2, 4.3), []) == shift.by_s


def test_what_every_caption_shares_is_taken_off() -> None:
    common = np.sin(TIMES)
    rows = standardise_curves([common, common])
    assert np.abs(rows).max() < 1e-9


def test_one_outlier_is_taken_out_by_the_median() -> None:
    curve = np.zeros(20)
    curve[7] = 50.0
    assert smooth_curves(curve, 0.1, 0.0).max() == 0.0


def test_the_predicted_interval_is_the_raised_stretch() -> None:
    assert predict_interval(box(3.0, 5.0), TIMES) == (pytest.approx(2.95), pytest.approx(5.05))
    assert predict_interval(np.ones(20), TIMES[:20]) is None


def test_kadane_matches_all_stretches_tried_one_by_one() -> None:
    curve = np.random.default_rng(3).normal(size=40)
    raised = curve - (curve.mean() + 0.5 * (curve.max() - curve.mean()))
    best = max(raised[i:j].sum() for i in range(40) for j in range(i + 1, 41))
    found = predict_interval(curve, TIMES[:40])
    assert found is not None
    first, last = round((found[0] + 0.05) * 10), round((found[1] - 0.05) * 10)
    assert raised[first : last + 1].sum() == pytest.approx(best)


def test_a_cycle_of_three_captions_is_undone() -> None:
    fits = np.array([[0.1, 0.9, 0.0], [0.0, 0.1, 0.9], [0.9, 0.0, 0.1]])
    places, gains = assign_order(fits)
    assert places.tolist() == [1, 2, 0]
    assert gains.tolist() == pytest.approx([0.8, 0.8, 0.8])


def test_intervals_that_cannot_be_are_named() -> None:
    assert "before it starts" in find_fault(3.0, 2.0, 10.0)
    assert "and the clip at 10.00 s" in find_fault(9.0, 12.0, 10.0)
    assert "before the clip does" in find_fault(-1.0, 2.0, None)
    assert find_fault(9.0, 10.2, 10.0) == ""


def test_boundaries_match_one_to_one() -> None:
    assert boundary_f1([1.0, 1.05], [1.0], 0.2) == pytest.approx(2 / 3)
    assert boundary_f1([], [], 0.2) == 1.0
    assert boundary_f1([1.0], [], 0.2) == 0.0


def test_distances_and_overlaps() -> None:
    assert nearest_s([1.0, 4.0], [0.8, 3.0]).tolist() == pytest.approx([0.2, 1.0])
    assert np.isinf(nearest_s([1.0], [])).all()
    assert overlap_share((0, 1), (2, 3)) == 0.0
