"""The simulated reviewers go through the product's queue, and the interval covers what is left."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from benchmarks import estimate
from workbench.review.remaining import Looks, estimate_looks, weigh_looks


def test_the_benchmark_writes_coverage_and_widths_beside_those_of_a_plain_sample(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(estimate, "RATES", (0.1,))
    monkeypatch.setattr(estimate, "RANDOM_SHARES", (0.25,))
    out = tmp_path / "estimate.json"
    estimate.main(["--seed", "5", "--runs", "6", "--json", str(out)])
    found = json.loads(out.read_text())["results"]
    assert found["coverage_95"]["value"] > 0.85
    assert found["coverage_95"]["n"] == 6 * 5 * 3
    assert found["median_width_good"]["value"] < found["median_width_useless"]["value"]
    assert found["median_width_plain"]["value"] > 0
    assert "Worst of 15 cells" in capsys.readouterr().out


def test_a_reviewer_looks_at_each_caption_once_even_when_scores_are_replaced() -> None:
    is_bad = np.arange(estimate.CAPTIONS) < 50
    review = estimate._review(is_bad, 1.0, 0.25, np.random.default_rng(1), is_rescored=True)
    assert sorted(review.shown) == list(range(estimate.CAPTIONS))
    looks = review.after(100, is_bad)
    assert looks.is_decided.sum() == 100
    # The new queue begins with random looks that were made already, so fewer than a quarter are new.
    assert 75 <= looks.is_ranked.sum() < 100


def looks_of(decided: list[int], ranked: list[int], bad: list[int], count: int = 100) -> Looks:
    def mark(rows: list[int]) -> np.ndarray:
        return np.isin(np.arange(count), rows)

    return Looks(mark(decided), mark(bad), mark([]), mark(ranked), np.arange(count)[::-1].copy())


def test_what_lies_above_the_first_gap_needs_no_estimate() -> None:
    drawn = list(range(90, 100))
    made = estimate_looks(looks_of([*range(20), 40, *drawn], [*range(20), 40], [3, 95]))
    assert (made.population, made.drawn, made.drawn_bad) == (80, 10, 1)


def test_weights_of_the_looks_add_up_to_the_workspace() -> None:
    drawn = list(range(90, 100))
    weights = weigh_looks(looks_of([*range(20), *drawn, 50], list(range(20)), []))
    assert weights.sum() == pytest.approx(100)
    assert weights[50] == 0
    assert weights[:20].tolist() == [1.0] * 20
    assert weights[95] == pytest.approx(8.0)


def test_weighted_verdicts_are_free_of_the_bias_of_looking_at_the_worst_first() -> None:
    plain, weighted = [], []
    for run in range(80):
        random = np.random.default_rng(run)
        is_bad = random.random(estimate.CAPTIONS) < 0.1
        review = estimate._review(is_bad, 2.0, 0.3, random, is_rescored=False)
        looks = review.after(150, is_bad)
        weights = weigh_looks(looks)
        plain.append(looks.is_bad.sum() / 150 - is_bad.mean())
        weighted.append(float((weights * looks.is_bad).sum() / weights.sum()) - is_bad.mean())
    assert np.mean(plain) > 0.1
    assert abs(np.mean(weighted)) < 2.5 * np.std(weighted) / np.sqrt(80)


def test_asked_rows_make_a_frame_of_plain_columns() -> None:
    rows = pl.DataFrame([next(estimate.simulate(1, 1))])
    assert set(estimate.FACTS) <= set(rows.columns)
