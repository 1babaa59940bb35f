"""Bands of the standards, in our sign: late is positive."""

from __future__ import annotations

import pytest

from workbench.alignment.av_sync import Sync
from workbench.alignment.drift import Drift
from workbench.alignment.sync_bands import BANDS, Band, choose_band, describe_sync, from_bt1359
from workbench.errors import UnknownNameError, WorkbenchError


def _found(*peaks_s: float, drift: Drift | None = None, reason: str = "") -> Sync:
    return Sync(peaks_s[0] if peaks_s else None, peaks_s, 0.003, 0.7, 0.4, 0, drift, reason)


@pytest.mark.parametrize(
    ("name", "early_ms", "late_ms"),
    [("bt1359_detect", 45, 125), ("bt1359_accept", 90, 185), ("atsc_is191", 15, 45)],
)
def test_each_standard_passes_up_to_its_edges_and_not_beyond(name, early_ms, late_ms):
    band = BANDS[name]
    assert band.contains(-early_ms / 1000)
    assert band.contains(late_ms / 1000)
    assert not band.contains(-(early_ms + 1) / 1000)
    assert not band.contains((late_ms + 1) / 1000)


def test_numbers_in_the_sign_of_bt1359_are_turned_round():
    band = from_bt1359("detect", advanced_ms=45, delayed_ms=-125)
    assert band.contains(0.120)  # delayed by 120 ms: -120 there, +120 here
    assert not band.contains(-0.120)


def test_strain_is_1_at_both_edges_and_0_in_sync():
    band = Band("own", early_s=0.02, late_s=0.1)
    assert [band.strain(offset) for offset in (-0.02, 0.0, 0.05, 0.1)] == [1.0, 0.0, 0.5, 1.0]


def test_an_unknown_band_lists_the_known_ones():
    with pytest.raises(UnknownNameError, match="Known: atsc_is191, bt1359_accept, bt1359_detect"):
        choose_band("bt1359")


def test_a_band_without_width_is_refused():
    with pytest.raises(WorkbenchError, match="above 0"):
        Band("own", early_s=-0.045, late_s=0.125)


def test_the_sentence_says_the_direction_the_chance_the_place_and_the_verdict():
    said = describe_sync(_found(0.3), "bt1359_detect", "the bottom left")
    assert said.startswith("Audio late by 300 ms (p = 0.003, events in the bottom left)")
    assert "outside" in said


def test_the_sentence_lists_what_fits_as_well_and_judges_by_the_nearest():
    said = describe_sync(_found(0.4, -0.02), "bt1359_detect", "the whole picture")
    assert "as the motion repeats, early by 20 ms fits nearly as well" in said
    assert "within" in said


def test_the_sentence_says_drift():
    assert "drifts by +1000 ppm" in describe_sync(
        _found(0.1, drift=Drift(1000.0, 0.0, 0.002, 6)), "bt1359_accept", "the whole picture"
    )


def test_no_evidence_is_never_in_sync():
    said = describe_sync(_found(reason="no sound begins"), "bt1359_detect", "the whole picture")
    assert said == "No evidence of sync either way: no sound begins."
