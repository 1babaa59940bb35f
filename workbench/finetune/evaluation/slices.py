"""Where it is worst: the same rates on parts of the pictures, and on combinations that no pair shows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Final

import polars as pl

from workbench.alignment.claims.nouns import canonical
from workbench.alignment.claims.parse import read_caption
from workbench.finetune.evaluation.measures import Tally, measure, measure_change
from workbench.finetune.evaluation.reading import Row
from workbench.finetune.evaluation.truth import Truth
from workbench.finetune.losses.groups import by_group
from workbench.metrics import Metric

__all__ = ["FEWEST", "SLICE_SCHEMA", "find_slices", "measure_slices", "slice_pairs", "unusual_rows"]

SLICE_SCHEMA: Final[dict[str, pl.DataType]] = {
    "slice": pl.String(),
    "measure": pl.String(),
    "when": pl.String(),
    "value": pl.Float64(),
    "low": pl.Float64(),
    "high": pl.Float64(),
    "texts": pl.Int64(),
}
#: A part with fewer texts says nothing of its own.
FEWEST: Final = 10
_TOLD: Final = ("chair_i", "chair_s", "recall")
_PARTED: Final = {"group": "group", "error_type": "error type", "origin": "origin"}


def find_slices(
    rows: Sequence[Row], trained: Sequence[Row], truth: Truth, *, most: int = 40
) -> dict[str, list[int]]:
    """Return named parts of the rows, as row numbers; parts overlap.

    Args:
        rows: what was captioned.
        trained: what the run trained on.
        truth: what is there.
        most: how many things get a part of their own, the most frequent first.

    Returns:
        `unusual` (see `unusual_rows`), `with THING`, `N things`, and `view VALUE` of a row's `group`, each of
        `FEWEST` rows or more and not of all.
    """
    names = [truth.names(row) for row in rows]
    frequent = sorted(truth.counts().items(), key=lambda item: (-item[1], item[0]))[:most]
    parts: dict[str, list[int]] = {"unusual combination": unusual_rows(rows, trained, truth)}
    parts |= {
        f"with {thing}": [at for at, there in enumerate(names) if thing in there] for thing, _ in frequent
    }
    for count in sorted({len(there) for there in names}):
        title = f"{count} thing{'s' if count != 1 else ''}"
        parts[title] = [at for at, there in enumerate(names) if len(there) == count]
    for group in sorted({str(row.get("group") or "") for row in rows} - {""}):
        parts[f"group {group}"] = [at for at, row in enumerate(rows) if row.get("group") == group]
    return {name: part for name, part in parts.items() if FEWEST <= len(part) < len(rows)}


def unusual_rows(rows: Sequence[Row], trained: Sequence[Row], truth: Truth) -> list[int]:
    """Return the rows that show two things together, or a thing in a place, that no trained row does.

    Both must be known from the training, each beside something else: what is new as such is no combination.
    Places are taken from the rows' right captions.
    """
    seen = [_parts(row, truth) for row in trained]
    known = frozenset().union(*seen) if seen else frozenset()
    together = {pair for parts in seen for pair in combinations(sorted(parts), 2)}
    return [
        at
        for at, row in enumerate(rows)
        if any(pair not in together for pair in combinations(sorted(_parts(row, truth) & known), 2))
    ]


def measure_slices(
    parts: Mapping[str, Sequence[int]],
    before: Sequence[Tally],
    after: Sequence[Tally],
    samples: Sequence[str],
    *,
    rounds: int,
    seed: int,
) -> pl.DataFrame:
    """Return the rates of each part before and after, and their change; the worst part after comes first.

    With many parts some look bad by chance: an interval is of one part alone, and the worst of many is too
    high a guess of what it is.
    """
    rows: list[dict[str, object]] = []
    for name, part in parts.items():
        own = [samples[at] for at in part]
        sides = [[side[at] for at in part] for side in (before, after)]
        for told in _TOLD:
            of = {
                "before": measure(told, sides[0], own, rounds=rounds, seed=seed),
                "after": measure(told, sides[1], own, rounds=rounds, seed=seed),
                "change": measure_change(told, sides[0], sides[1], own, rounds=rounds, seed=seed),
            }
            rows += [_row(name, told, when, metric) for when, metric in of.items()]
    frame = pl.DataFrame(rows, schema=SLICE_SCHEMA)
    worst = frame.filter((pl.col("measure") == _TOLD[0]) & (pl.col("when") == "after"))
    order = worst.select("slice", worst="value")
    return (
        frame.join(order, on="slice", how="left", maintain_order="left")
        .sort("worst", descending=True, nulls_last=True, maintain_order=True)
        .drop("worst")
    )


def slice_pairs(pairs: pl.DataFrame) -> pl.DataFrame:
    """Return how often the rewards order held-out pairs rightly, by error type, origin and group of people.

    Groups come first, the worst of them at the top: a mean over all hides whose preferences are not met.

    Args:
        pairs: `workbench.finetune.evaluation.held_out.PAIR_SCHEMA`.

    Returns:
        `SLICE_SCHEMA`, measure `reward_accuracy`; parts of `FEWEST` pairs or more.
    """
    margins = dict(pairs.select("pair_id", "margin").iter_rows())
    rows: list[dict[str, object]] = []
    for column, words in _PARTED.items():
        told = pairs.select("pair_id", group=pl.col(column).fill_null(""))
        rows += [
            {
                "slice": f"{words} {one.group}".replace("_", " "), "measure": "reward_accuracy",
                "when": "after", "value": one.accuracy, "low": one.low, "high": one.high, "texts": one.pairs,
            }
            for one in by_group(told, margins)
            if one.pairs >= FEWEST
        ]  # fmt: skip
    return pl.DataFrame(rows, schema=SLICE_SCHEMA)


def _row(name: str, told: str, when: str, metric: Metric) -> dict[str, object]:
    return {
        "slice": name, "measure": told, "when": when, "value": metric.value, "low": metric.low,
        "high": metric.high, "texts": metric.n,
    }  # fmt: skip


def _parts(row: Row, truth: Truth) -> frozenset[str]:
    places = (
        f"in {canonical(claim.value)}"
        for claim in read_caption(str(row.get("chosen") or ""), "en").claims
        if claim.type == "place"
    )
    return truth.names(row) | frozenset(places)
