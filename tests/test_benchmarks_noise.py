"""The study of flipped pairs: who flips what, what each method is handed, what is reported of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from benchmarks.noise import FLIPPED_BY, Study, flip_rows, measure
from workbench.demo.finetune.tuning import Tuned
from workbench.finetune.config import RunConfig
from workbench.finetune.rows import HELD_OUT, ROW_SCHEMA, TRAIN


def clean_rows(count: int = 3000) -> pl.DataFrame:
    same = {"chosen": "right", "rejected": "wrong", "chosen_id": "r", "rejected_id": "w"}
    spans = {"chosen_spans": [[0, 1]], "rejected_spans": []}
    return pl.DataFrame(
        [
            dict.fromkeys(ROW_SCHEMA) | same | spans
            | {"pair_id": f"p{n}", "split": HELD_OUT if n % 3 == 0 else TRAIN}
            for n in range(count)
        ],
        schema=ROW_SCHEMA,
    )  # fmt: skip


@pytest.mark.parametrize("share", list(FLIPPED_BY))
def test_as_many_pairs_are_turned_as_asked_and_none_that_is_held_out(share: float) -> None:
    noisy = flip_rows(clean_rows(), FLIPPED_BY[share], seed=1)
    turned = noisy.rows.filter(chosen="wrong")
    assert np.mean(FLIPPED_BY[share]) == pytest.approx(share)
    assert noisy.share == pytest.approx(share, abs=0.03)
    assert turned.height == round(noisy.share * noisy.rows.filter(split=TRAIN).height)
    assert turned.filter(split=HELD_OUT).is_empty()
    assert set(turned["rejected"]) <= {"right"}
    assert set(turned["chosen_id"]) <= {"w"}
    assert all(spans == [[0, 1]] for spans in turned["rejected_spans"].to_list())


def test_careless_people_turn_more_pairs_and_are_named() -> None:
    noisy = flip_rows(clean_rows(), FLIPPED_BY[0.2], seed=1)
    train = noisy.rows.filter(split=TRAIN).with_columns(who=pl.col("for_chosen").list.first())
    wrong = train.group_by("who").agg((pl.col("chosen") == "wrong").mean()).sort("who")
    assert wrong["chosen"].to_list() == pytest.approx(FLIPPED_BY[0.2], abs=0.06)


def test_second_opinions_tell_about_the_rate() -> None:
    assert flip_rows(clean_rows(), FLIPPED_BY[0.0], seed=1).told == 0
    assert flip_rows(clean_rows(), FLIPPED_BY[0.2], seed=1).told == pytest.approx(0.2, abs=0.05)


def test_every_method_gets_the_same_pairs_and_gains_are_against_dpo() -> None:
    seen: list[tuple[RunConfig, int]] = []

    def train(config: RunConfig, rows: pl.DataFrame, folder: Path) -> Tuned:
        seen.append((config, rows.filter(chosen="wrong").height))
        right = {"dpo": 6, "rdpo": 7, "re_po": 8}[config.method]
        margins = {f"h{n}": 1.0 if n < right else -1.0 for n in range(10)}
        return Tuned(folder, 1, 0.0, "fast", (0.1,), margins)

    found = measure(Study(), range(100, 103), make_rows=lambda study, seed, at: clean_rows(600), train=train)
    assert found["accuracy_dpo_20"].value == pytest.approx(0.6)
    assert found["accuracy_gain_rdpo_known_40"].value == pytest.approx(0.1)
    gain = found["accuracy_gain_re_po_20"]
    assert (gain.value, gain.low, gain.high, gain.n) == (pytest.approx(0.2),) * 3 + (3,)
    assert "accuracy_gain_dpo_20" not in found
    assert found["flipped_0"].value == 0
    known = [config for config, _ in seen if config.method == "rdpo" and config.epsilon == 0.4]
    assert len(known) == 3
    # Without flips rDPO is DPO, and is not run again.
    assert len([config for config, wrong in seen if wrong == 0]) == 3 * 2
    for seed in range(100, 103):
        assert len({wrong for config, wrong in seen if config.seed == seed}) == 3


def test_where_second_opinions_tell_nothing_plain_dpo_is_taken() -> None:
    def train(config: RunConfig, rows: pl.DataFrame, folder: Path) -> Tuned:
        return Tuned(folder, 1, 0.0, "fast", (0.1,), {"h": 1.0 if config.method == "rdpo" else -1.0})

    few = [seed for seed in range(60) if flip_rows(clean_rows(40), FLIPPED_BY[0.4], seed).told is None]
    found = measure(Study(), few[:2], make_rows=lambda study, seed, at: clean_rows(40), train=train)
    assert found["epsilon_undefined_40"].value == 1
    assert "epsilon_estimated_40" not in found
    assert found["accuracy_gain_rdpo_estimated_40"].value == 0
    assert found["accuracy_gain_rdpo_known_40"].value == 1
