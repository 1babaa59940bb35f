"""The benchmark of agreement, on few worlds: it writes its shape, and what it promises holds."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks import agreement


def test_simulated_judges_are_seen_through(tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    agreement.main(["--quick", "--runs", "2", "--json", str(out)])
    found = json.loads(out.read_text())["results"]
    for name in ("em", "dawid_skene", "mace", "single_voices"):
        assert found[f"accuracy_error_{name}_worst"]["value"] <= 0.03
    assert found["rank_correlation_spaced_worst"]["value"] >= 0.99
    assert found["alpha_difference"]["value"] < 1e-9
    assert found["sparse_right_em"]["value"] > found["sparse_right_majority"]["value"]
    assert found["sparse_calibration_error"]["value"] < 0.06
    assert set(found["strength_covered"]) == {"value", "low", "high", "n", "unit"}
