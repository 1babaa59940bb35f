"""Preference pairs with nothing wrong with them, for tests that plant one fault at a time."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import polars as pl

from workbench.payloads import JUDGEMENT_COLUMNS
from workbench.preferences.lint import PairSet
from workbench.preferences.lint.pairset import MEDIA_COLUMNS, ROW_COLUMNS

__all__ = ["change", "clean_set", "judgement"]

_COLOURS = ("red", "blue", "green", "white", "black", "brown", "grey", "yellow", "pink", "orange")
_NOUNS = (
    "cat",
    "dog",
    "boat",
    "car",
    "house",
    "bird",
    "horse",
    "table",
    "lamp",
    "chair",
    "bicycle",
    "train",
    "bottle",
    "clock",
    "guitar",
    "kite",
    "bear",
    "truck",
    "bench",
    "basket",
)
_PLACES = ("beside", "under", "near", "behind", "above", "on", "by", "along", "inside", "opposite")
_VERBS = ("sits", "stands", "rests", "leans", "waits", "lies", "moves", "turns")
_ANNOTATORS = ("ana", "ben", "cem")
_WHEN = datetime(2026, 1, 1, tzinfo=UTC)


def clean_set(count: int = 500, seed: int = 100) -> PairSet:
    """Return pairs that every lint rule passes: 3 of 5 for training, judged by three people with sense."""
    random_ = random.Random(seed)
    rows = [_row(number, *texts, random_) for number, texts in enumerate(_texts(count, random_))]
    random_bytes = np.random.default_rng(seed)
    media = [
        {
            "media_id": f"s{number}",
            "path": f"{number}.jpg",
            "kind": "image",
            "content_hash": f"hash{number}",
            "look": random_bytes.bytes(264),
            "group": f"event{number}",
            "speaker": f"speaker{number}",
            "width": 64,
            "height": 48,
        }
        for number in range(count)
    ]
    return PairSet(
        pl.DataFrame(rows, schema=dict(ROW_COLUMNS)),
        judgements=pl.DataFrame(_judgements(rows, random_), schema=JUDGEMENT_COLUMNS),
        media=pl.DataFrame(media, schema=dict(MEDIA_COLUMNS)),
    )


def change(pairs: PairSet, numbers: range | list[int] | int, **values: object) -> PairSet:
    """Return the set with columns of some rows given other values; a callable makes them of the row."""
    chosen = {numbers} if isinstance(numbers, int) else set(numbers)
    rows = [
        row | {n: v(row) if callable(v) else v for n, v in values.items()} if number in chosen else row
        for number, row in enumerate(pairs.rows.iter_rows(named=True))
    ]
    return replace(pairs, rows=pl.DataFrame(rows, schema=dict(ROW_COLUMNS)))


def judgement(
    pair: dict[str, object], annotator: str, *, winner: str = "chosen", **facts: object
) -> dict[str, object]:
    """Return a judgement on a pair, as a row."""
    told: dict[str, object] = dict.fromkeys(JUDGEMENT_COLUMNS)
    told |= {
        "pair_id": pair["pair_id"],
        "annotator": annotator,
        "answer": "prefer",
        "winner": pair[f"{winner}_id"],
        "left": pair["chosen_id"],
        "strength": 2,
        "criterion": "faithfulness",
        "reasons": [],
        "note": "",
        "occasion": 1,
        "seconds": 6.0,
        "at_utc": _WHEN,
    }
    return told | facts


def _texts(count: int, random_: random.Random) -> list[tuple[str, str]]:
    seen: set[str] = set()
    made: list[tuple[str, str]] = []
    while len(made) < count:
        (colour, other), (one, two) = random_.sample(_COLOURS, 2), random_.sample(_NOUNS, 2)
        verb, place = random_.choice(_VERBS), random_.choice(_PLACES)
        chosen, rejected = (f"A {c} {one} {verb} {place} the {two}." for c in (colour, other))
        if random_.random() < 0.3:
            chosen = chosen.replace("the", "the old")
        if random_.random() < 0.3:
            rejected = rejected.replace("the", "the old")
        if chosen not in seen:
            seen.add(chosen)
            made.append((chosen, rejected))
    return made


def _row(number: int, chosen: str, rejected: str, random_: random.Random) -> dict[str, object]:
    origin = ("on_policy", "on_policy", "built", "edit")[number % 4]
    return {
        **dict.fromkeys(ROW_COLUMNS),
        "pair_id": f"p{number}",
        "sample_id": f"s{number}",
        "chosen_id": f"c{number}",
        "rejected_id": f"r{number}",
        "chosen_text": chosen,
        "rejected_text": rejected,
        "prompt": "Describe the picture.",
        "media": [f"s{number}"],
        "side": "text",
        "origin": origin,
        "builder": ("replace_attribute", "add", "negate")[number % 3] if origin == "built" else "",
        "error_type": ("attribute", "object", "relation")[number % 3],
        "criterion": "faithfulness",
        "completeness": "full" if origin == "edit" else "unknown",
        "annotator": _ANNOTATORS[number % 3] if origin == "edit" else "",
        "status": "accepted",
        "split": "held_out" if number % 5 in (0, 2) else "train",
        "lang": "en",
        "strength": 1 + number % 3,
        "margin": random_.uniform(0.2, 0.4),
        "is_ordered": True,
        "is_leaky": False,
        "chosen_spans": [[2, 4]],
        "rejected_spans": [[2, 4]],
        "chosen_fit": random_.uniform(0.5, 1.0),
        "rejected_fit": random_.uniform(0.0, 0.5),
        "chosen_verdict": "ok" if number % 2 else None,
        "rejected_verdict": "misaligned" if number % 2 else None,
    }


def _judgements(rows: list[dict[str, object]], random_: random.Random) -> list[dict[str, object]]:
    made = []
    for number, row in enumerate(rows):
        left = random_.choice(("chosen_id", "rejected_id"))
        made.append(judgement(row, _ANNOTATORS[number % 3], left=row[left]))
        if number % 10 == 0:
            made.append(judgement(row, _ANNOTATORS[number % 3], occasion=2))
    return made
