"""Reliability: what the verdicts of a review say of the scores."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from made_stores import fill

from workbench.review import ReviewQueue, decide
from workbench.review.rating import ANY
from workbench.review.reliability import BASELINES, reliability
from workbench.review.trust import Reliability
from workbench.store import Store

COUNT = 300


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, np.ndarray]:
    """A workspace of 300 captions, 20 % bad, a fair score, and 120 verdicts of which a third at random."""
    store = Store.create(tmp_path_factory.mktemp("reliability") / "ws")
    ids = fill(store, COUNT)
    random = np.random.default_rng(7)
    is_bad = random.random(COUNT) < 0.2
    values = random.normal(size=COUNT) - 1.5 * is_bad
    ranks = values.argsort().argsort() / COUNT
    store.replace("scores", store.read("scores").with_columns(value=pl.Series(values), percentile=ranks))
    store.replace("samples", store.read("samples").with_columns(split=pl.Series(["a", "b"] * (COUNT // 2))))
    bad = {key for key, wrong in zip(ids, is_bad, strict=True) if wrong}
    queue = ReviewQueue(store, random_share=0.34, annotator="ana")
    for item in queue.peek(120):
        wrong = item.caption_id in bad
        queue.decide(item, "misaligned" if wrong else "ok", error_types=("wrong_pair",) if wrong else ())
    return store, is_bad


@pytest.fixture(scope="module")
def found(reviewed: tuple[Store, np.ndarray]) -> Reliability:
    return reliability(reviewed[0])


def row_of(found: Reliability, scorer: str, error_type: str = ANY) -> dict[str, object]:
    return found.table.filter(scorer=scorer, error_type=error_type).row(0, named=True)


def test_a_fair_score_is_told_from_chance_and_the_baselines_are_not(found: Reliability) -> None:
    fair = row_of(found, "suspicion")
    assert fair["auroc_low"] > 0.6
    for name in BASELINES:
        row = row_of(found, name)
        assert row["auroc_low"] < 0.65 < row["auroc_high"] + 0.3
    assert {"similarity", "suspicion", *BASELINES} == set(found.table["scorer"])


def test_precision_at_a_budget_covers_the_truth(
    reviewed: tuple[Store, np.ndarray], found: Reliability
) -> None:
    store, is_bad = reviewed
    worst = store.read("scores").with_columns(is_bad=pl.Series(is_bad)).sort("value")
    row = row_of(found, "similarity", "wrong_pair")
    for share in (0.01, 0.05, 0.1, 0.2):
        truth = worst.head(round(share * COUNT))["is_bad"].mean()
        name = f"precision_{share * 100:.0f}pct"
        assert row[f"{name}_low"] - 1e-9 <= truth <= row[f"{name}_high"] + 1e-9


def test_chances_are_given_for_every_caption_and_mean_what_they_say(
    reviewed: tuple[Store, np.ndarray], found: Reliability
) -> None:
    chances = found.probabilities.filter(error_type=ANY)
    assert chances.height == COUNT
    assert found.method == "logistic"
    order = reviewed[0].read("captions")["caption_id"]
    said = order.to_frame().join(chances, on="caption_id", maintain_order="left")["probability"].to_numpy()
    is_bad = reviewed[1]
    assert abs(said.mean() - is_bad.mean()) < 0.08
    assert said[is_bad].mean() > said[~is_bad].mean() + 0.1
    first = found.most_suspicious().row(0, named=True)
    assert (first["error_type"], first["suspicion"]) == ("wrong_pair", pytest.approx(said.max(), abs=0.2))


def test_a_baseline_that_ties_does_not_borrow_the_order_of_the_queue(found: Reliability) -> None:
    assert row_of(found, "caption length")["precision_5pct"] != row_of(found, "suspicion")["precision_5pct"]
    tied = row_of(found, "caption length")
    assert tied["precision_10pct_low"] < 0.35


def test_slices_need_verdicts_enough_and_carry_their_interval(found: Reliability) -> None:
    assert set(found.slices["slice"]) == {"split"}
    assert (found.slices["verdicts"] >= 20).all()
    assert found.slices["auroc"].is_sorted()
    assert found.worst_slice is not None
    assert "Worst slice: split" in str(found)


def test_it_reads_as_text_as_a_page_and_as_a_figure(found: Reliability) -> None:
    text = str(found)
    assert "120 decided; " in text
    assert "Left: about" in text
    assert "caption length" in text
    assert "logistic" in text
    assert found._repr_html_().count("<tr>") == found.table.height + 1
    figure = found.figure()
    assert {"ErrorBars", "Points", "Curve"} <= {type(part).__name__ for part in figure}


def test_with_few_verdicts_scores_only_rank_and_it_says_why(tmp_path: Path) -> None:
    store = Store.create(tmp_path / "ws")
    fill(store, 100)
    queue = ReviewQueue(store, random_share=0.5)
    for item in queue.peek(20):
        queue.decide(item, "ok")
    found = reliability(store)
    assert found.probabilities.is_empty()
    assert found.most_suspicious().is_empty()
    assert "Scores only rank: probabilities need 50 verdicts, 20 count" in str(found)
    assert found.table["ece"].null_count() == found.table.height
    assert "0 bad among the verdicts that count; 5 are needed" in found.table["note"][0]
    assert type(found.figure()).__name__ in {"Curve", "Overlay"}


def test_verdicts_picked_by_hand_count_for_nothing(tmp_path: Path) -> None:
    store = Store.create(tmp_path / "ws")
    ids = fill(store, 100)
    for caption in ids[10:70]:
        decide(store, caption, "ok", annotator="ana")
    found = reliability(store)
    assert "more were picked by hand" in found.reason
    assert found.probabilities.is_empty()


def test_without_random_looks_nothing_is_said_of_the_rest(tmp_path: Path) -> None:
    store = Store.create(tmp_path / "ws")
    ids = fill(store, 200)
    queue = ReviewQueue(store, random_share=0.0)
    for item in queue.peek(60):
        queue.decide(item, "misaligned" if item.caption_id in ids[:20] else "ok")
    found = reliability(store, seed=3)
    assert found.probabilities.is_empty()
    assert found.reason


def test_an_error_without_a_name_counts_under_any_alone(tmp_path: Path) -> None:
    store = Store.create(tmp_path / "ws")
    ids = fill(store, 100)
    queue = ReviewQueue(store, random_share=0.5)
    for place, item in enumerate(queue.peek(60)):
        is_bad = item.caption_id in ids[:30]
        types = ("wrong_pair",) if is_bad and place % 2 else ()
        queue.decide(item, "misaligned" if is_bad else "ok", error_types=types)
    found = reliability(store)
    every, named = row_of(found, "suspicion"), row_of(found, "suspicion", "wrong_pair")
    assert 0 < named["bad"] < every["bad"]
    assert named["verdicts"] - named["bad"] == every["verdicts"] - every["bad"]


def test_points_of_the_plot_keep_an_interval_when_everything_is_decided(tmp_path: Path) -> None:
    store = Store.create(tmp_path / "ws")
    for place, caption in enumerate(fill(store, 120)):
        decide(store, caption, "misaligned" if place < 40 and place % 5 else "ok", annotator="ana")
    bins = reliability(store).bins
    assert (bins["verdicts"] == bins["captions"]).all()
    assert (bins["high"] - bins["low"]).min() > 0.1
    assert bins["found"].is_between(bins["low"], bins["high"]).all()
