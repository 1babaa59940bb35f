"""Pairs that words alone give away are marked, and only the pairs that were asked about."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from workbench.pairs.base import add_pairs
from workbench.pairs.leaks import mark_leaky, tell_blindness
from workbench.preferences.pair import Pair, variant_id
from workbench.store import Store

COLOURS = ("red", "blue", "green", "grey")


def made(number: int, builder: str, chosen: str, rejected: str) -> Pair:
    sample = f"s{number}"
    ids = [variant_id(sample, f"{builder} {text}", "masked") for text in (chosen, rejected)]
    return Pair(sample, *ids, chosen, rejected, "masked", builder=builder)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """Return pairs of two makers: one says "perhaps" in all that is rejected, one only changes the colour."""
    store = Store.create(tmp_path / "ws")
    pairs = []
    for number in range(60):
        one, two = COLOURS[number % 4], COLOURS[(number // 4 + 1 + number % 4) % 4]
        two = two if two != one else COLOURS[(number + 1) % 4]
        pairs.append(made(number, "fair", f"a {one} square", f"a {two} square"))
        pairs.append(made(number, "hedging", f"a {one} square", f"perhaps a {one} thing"))
    add_pairs(store, pairs)
    return store


def test_what_words_give_away_is_marked_and_nothing_else(store: Store) -> None:
    fair = mark_leaky(store, pl.col("builder") == "fair")
    hedging = mark_leaky(store, pl.col("builder") == "hedging")
    assert not fair.is_leaky
    assert hedging.auroc > 0.95
    marks = dict(store.read("pairs").group_by("builder").agg(pl.col("is_leaky").all()).iter_rows())
    assert marks == {"fair": False, "hedging": True}
    assert "marked leaky" in tell_blindness(hedging)
    assert "marked" not in tell_blindness(hedging, is_marked=False)


def test_too_few_pairs_are_not_marked_and_say_so(store: Store) -> None:
    mark_leaky(store, pl.col("builder") == "hedging")
    found = mark_leaky(store, pl.col("sample_id") == "s1")
    assert store.read("pairs")["is_leaky"].sum() == 60
    assert tell_blindness(found).endswith("not known: only 2 pairs; at least 40 are needed.")
