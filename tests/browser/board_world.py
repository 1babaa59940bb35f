"""Preference pairs over the small world: corrections, negatives, voices that differ, faults for lint."""

from __future__ import annotations

import re

import numpy as np
import polars as pl

from tests.panels.board_pairs import make_pair
from workbench.pairs import add_pairs, judge
from workbench.preferences.pair import Pair
from workbench.workspace import Workspace

__all__ = ["add_many_pairs", "give_pairs"]

#: A word of the captions -> what a negative says in its place, and the builder that would do so.
_SWAPS = {
    "red": ("blue", "replace_attribute"), "blue": ("green", "replace_attribute"),
    "green": ("white", "replace_attribute"), "yellow": ("red", "replace_attribute"),
    "white": ("black", "replace_attribute"), "left": ("right", "replace_relation"),
    "right": ("left", "replace_relation"), "two": ("three", "count"), "one": ("two", "count"),
}  # fmt: skip


def give_pairs(ws: Workspace) -> None:
    """Add pairs of every origin, and the answers of three people on some of them."""
    rng = np.random.default_rng(0)
    shown = ws.captions.join(ws.samples, on="sample_id").sort("path")
    rows = [
        (str(r["sample_id"]), str(r["text"])) for r in shown.iter_rows(named=True) if len(r["text"]) < 200
    ]
    built = [
        make_pair(sample, text, wrong, builder=builder, margin=round(float(rng.normal(0.12, 0.1)), 3))
        for sample, text in rows
        for wrong, builder in _negatives(text)[:1]
    ]
    add_pairs(ws.store, [*built, *_others(rows)])
    for caption, text in shown.select("caption_id", "text").head(5).iter_rows():
        better = text.rstrip(".") + ", in the evening light."
        ws.decide(caption, "misaligned", error_types=["omission"], edited_text=better, is_complete=True)
    _judge(ws, built, rng)


def _negatives(text: str) -> list[tuple[str, str]]:
    found = [word for word in _SWAPS if re.search(rf"\b{word}\b", text)]
    return [(re.sub(rf"\b{word}\b", _SWAPS[word][0], text, count=1), _SWAPS[word][1]) for word in found]


def _others(rows: list[tuple[str, str]]) -> list[Pair]:
    (first, one), (second, two) = rows[0], rows[1]
    others = [
        make_pair(first, one, "A photo.", origin="candidate", builder="", is_ordered=False, margin=0.31),
        make_pair(second, two, two.replace(" ", "  "), margin=-0.05),  # the same but for blanks
        make_pair(first, one, two, origin="across", builder="", other_sample=second),
    ]
    clip, sound = rows[-2], rows[-1]
    for sample, text in (clip, sound):
        worse = " ".join(text.rstrip(".").split()[: max(2, len(text.split()) // 2)]) + "."
        others.append(make_pair(sample, text, worse, builder="omission", margin=0.2))
    good, bad = "The film is a delight from its first minute.", "The film bores from its first minute."
    return [*others, make_pair("", good, bad, origin="imported", builder="", source="reviews.jsonl")]


def _judge(ws: Workspace, built: list[Pair], rng: np.random.Generator) -> None:
    right = {"ana": 0.98, "ben": 0.9, "cem": 0.6}
    for number, pair in enumerate(built[:18]):
        for who, share in list(right.items())[: 1 + number % 3]:
            winner = pair.chosen_id if rng.random() < share else pair.rejected_id
            answer = "tie" if number == 7 else "prefer"
            judge(
                ws.store, pair.pair_id, answer, annotator=who, winner=winner if answer == "prefer" else "",
                left=pair.rejected_id, strength=int(rng.integers(1, 4)) if answer == "prefer" else None,
                reasons=["wrong attribute"], seconds=4.2,
            )  # fmt: skip


def add_many_pairs(ws: Workspace, count: int) -> None:
    """Add pairs that differ in a word and a number, over the samples there are, for a large board."""
    ids = ws.samples["sample_id"].to_list()
    few = [
        make_pair(ids[n % len(ids)], f"a red ball and {n} cats", f"a blue ball and {n} cats", margin=n / 100)
        for n in range(100)
    ]
    add_pairs(ws.store, few)
    one = ws.store.read("pairs").filter(pl.col("chosen_text").str.starts_with("a red ball"))
    number = pl.Series("number", np.arange(count).astype(str))
    many = one[np.arange(count) % one.height].with_columns(number).with_columns(
        pl.format("p-many-{}", "number").alias("pair_id"),
        pl.format("c-many-{}", "number").alias("chosen_id"),
        pl.format("r-many-{}", "number").alias("rejected_id"),
        pl.format("a red ball and {} dogs", "number").alias("chosen_text"),
        pl.format("a blue ball and {} dogs", "number").alias("rejected_text"),
    )  # fmt: skip
    ws.store.append("pairs", many.drop("number"))
