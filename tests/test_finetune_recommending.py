"""A method is recommended where a measured gain is beyond doubt, and nowhere else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from workbench.finetune.methods import METHODS
from workbench.finetune.recommending import read_gains, recommend_method

SURE = (0.04, 0.01, 0.07)
DOUBTFUL = (0.05, -0.01, 0.11)


def test_a_gain_beyond_doubt_is_recommended_with_its_figures() -> None:
    found = recommend_method(
        0.38, {"accuracy_gain_rdpo_estimated_40": SURE, "accuracy_gain_re_po_40": DOUBTFUL}
    )
    assert found.method == "rdpo"
    assert "With 40 % flipped" in found.why
    assert "rdpo +0.040 (+0.010 to +0.070)" in found.why


def test_a_larger_gain_in_doubt_is_not() -> None:
    found = recommend_method(0.22, {"accuracy_gain_re_po_20": DOUBTFUL})
    assert found.method == "dpo"
    assert "nothing was better than DPO beyond doubt: re_po +0.050 (-0.010 to +0.110)" in str(found)


def test_what_helps_at_another_rate_or_with_a_known_one_is_no_reason() -> None:
    gains = {"accuracy_gain_re_po_40": SURE, "accuracy_gain_rdpo_known_20": SURE}
    assert recommend_method(0.2, gains).why == "Nothing was measured with 20 % of the pairs flipped."


@pytest.mark.parametrize(("rate", "told"), [(None, "not known"), (0.03, "Hardly any pair is flipped")])
def test_without_flips_there_is_nothing_to_mend(rate: float | None, told: str) -> None:
    found = recommend_method(rate, {"accuracy_gain_re_po_20": SURE})
    assert found.method == "dpo"
    assert told in found.why


def test_gains_are_read_from_the_results_of_the_benchmark(tmp_path: Path) -> None:
    file = tmp_path / "noise.json"
    results = {
        "accuracy_gain_re_po_20": {"value": 0.04, "low": 0.01, "high": 0.07, "n": 5, "unit": "share"},
        "accuracy_gain_re_po_40": {"value": 0.04, "low": None, "high": None, "n": 1, "unit": "share"},
        "accuracy_dpo_20": {"value": 0.9, "low": 0.8, "high": 1.0, "n": 5, "unit": "share"},
    }
    file.write_text(json.dumps({"results": results}))
    assert read_gains(file) == {"accuracy_gain_re_po_20": SURE}
    assert read_gains(tmp_path / "none.json") == {}


def test_what_is_recommended_now_is_a_method() -> None:
    assert recommend_method(0.2).method in METHODS
    assert recommend_method(0.4).method in METHODS
