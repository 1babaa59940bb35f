"""Hold every scorer against every kind of planted error, each told from matched clean captions."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from workbench.demo.benchmark.blind import guess_from_words
from workbench.demo.benchmark.controls import Matched, match_controls
from workbench.demo.benchmark.measures import (
    alarm_share,
    average_precision,
    lowest_if_absent,
    matched_auroc,
    matched_precision,
    precision_at,
    review_share,
)
from workbench.demo.benchmark.pointing import Pointing, read_pointing
from workbench.demo.benchmark.witnesses import Witnesses
from workbench.metrics import Metric
from workbench.statistics import auroc

__all__ = ["ROWS", "SET_SCHEMA", "Cell", "Column", "Planted", "Study", "Whole", "study_captions"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Planted:
    """A kind of error: the ids it pools, and the error type whose queue is asked for it."""

    ids: tuple[str, ...]
    error_type: str


#: Kind of error -> what it pools. `near_twin` is the caption of a scene that differs in one fact.
ROWS: Final[dict[str, Planted]] = {
    "wrong_pair": Planted(("P1", "P2"), "wrong_pair"),
    "near_twin": Planted(("P3",), "wrong_pair"),
    "object": Planted(("O1 random", "O1 co-occurring", "O2 random", "O2 co-occurring"), "object"),
    "negation": Planted(("N1",), "object"),
    "attribute": Planted(("A1",), "attribute"),
    "binding": Planted(("A2",), "attribute"),
    "weather": Planted(("W1",), "attribute"),
    "relation": Planted(("R1", "R2"), "relation"),
    "count": Planted(("C1",), "count"),
    "action": Planted(("T4",), "action"),
}

#: What is known of each caption of a set; `form` and `scene` are any text that is equal where they are.
SET_SCHEMA: Final[dict[str, pl.DataType]] = {
    "caption_id": pl.String(), "text": pl.String(), "true_text": pl.String(), "scene": pl.String(),
    "form": pl.String(), "size_bytes": pl.Int64(), "is_wrong": pl.Boolean(), "corruption": pl.String(),
    "error_type": pl.String(), "spans": pl.String(),
}  # fmt: skip


@dataclass(frozen=True)
class Column:
    """A kind of error as planted: its pairs, and what is found without looking at the picture."""

    matched: Matched
    blind: float

    @property
    def note(self) -> str:
        """Say what keeps the column from being read as it stands; "" when nothing does."""
        return "" if self.matched.is_matched else "not matched"


@dataclass(frozen=True)
class Cell:
    """What one scorer makes of one kind of error; `abstained` is its share of pairs without a score."""

    auroc: Metric
    precision: float
    abstained: float


@dataclass(frozen=True)
class Whole:
    """What one scorer's queue is worth on the whole set, with its true share of wrong captions."""

    auroc: float
    precision: float
    precision_at: dict[str, float]
    review_to_90: float
    alarms: Metric


@dataclass(frozen=True)
class Study:
    """Everything measured on one set of captions; `cells` by scorer and kind of error."""

    captions: int
    scenes: int
    wrong_share: float
    columns: dict[str, Column]
    cells: dict[str, dict[str, Cell]]
    by_id: dict[str, dict[str, Metric]]
    whole: dict[str, Whole]
    pointing: dict[str, Pointing]
    notes: tuple[str, ...] = ()


def study_captions(
    known: pl.DataFrame, witnesses: Sequence[Witnesses], *, rows: Mapping[str, Planted] = ROWS
) -> Study:
    """Measure every scorer of every witness.

    Args:
        known: the captions with their truth, columns of `SET_SCHEMA`, in the order of the witnesses' ids.
        witnesses: scored workspaces, or one workspace scored with and without boxes.
        rows: the kinds of error to tell apart; those that are not planted are left out.
    """
    scenes = known["scene"].to_numpy()
    columns = {name: column for name, planted in rows.items() if (column := _column(known, planted.ids))}
    ids = sorted({one for name in columns for one in rows[name].ids} & set(known["corruption"].to_list()))
    single = {one: column for one in ids if (column := _column(known, (one,), is_blind=False))}
    type_of = {one: planted.error_type for planted in rows.values() for one in planted.ids}
    cells: dict[str, dict[str, Cell]] = {}
    by_id: dict[str, dict[str, Metric]] = {}
    whole: dict[str, Whole] = {}
    pointing: dict[str, Pointing] = {}
    for witness in witnesses:
        for name in witness.names:
            title = witness.title(name)
            cells[title] = {
                kind: _cell(witness.suspicion(name, rows[kind].error_type), column.matched, scenes)
                for kind, column in columns.items()
            }
            by_id[title] = {
                one: matched_auroc(witness.suspicion(name, type_of[one]), column.matched, scenes)
                for one, column in single.items()
            }
            whole[title] = _whole(known, witness, name)
            found = read_pointing(known, witness.pointers(name))
            if found is not None:
                pointing[title] = found
    return Study(
        known.height,
        known["scene"].n_unique(),
        float(known["is_wrong"].mean()),  # type: ignore[arg-type]
        columns,
        cells,
        by_id,
        whole,
        pointing,
    )


def _column(known: pl.DataFrame, ids: tuple[str, ...], *, is_blind: bool = True) -> Column | None:
    corruption = known["corruption"].to_numpy()
    wrong = np.flatnonzero(np.isin(corruption, ids))
    if not wrong.size:
        return None
    clean = np.flatnonzero(corruption == "")
    length = known["text"].str.len_chars().to_numpy().astype(np.float64)
    size = known["size_bytes"].to_numpy().astype(np.float64)
    trivial = {"caption length": length, "file size": size}
    matched = match_controls(wrong, clean, forms=known["form"].to_list(), trivial=trivial)
    if not is_blind or not matched.wrong.size:
        return Column(matched, math.nan)
    guesses = guess_from_words(
        known["text"].to_list(),
        np.isin(np.arange(known.height), wrong),
        known["scene"].to_numpy(),
        fitted=np.concatenate([wrong, clean]),
    )
    return Column(matched, auroc(guesses[matched.rows], matched.is_wrong))


def _cell(suspicion: Floats, matched: Matched, scenes: npt.NDArray[np.str_]) -> Cell:
    absent = float(np.isnan(suspicion[matched.rows]).mean()) if matched.wrong.size else math.nan
    return Cell(matched_auroc(suspicion, matched, scenes), matched_precision(suspicion, matched), absent)


def _whole(known: pl.DataFrame, witness: Witnesses, name: str) -> Whole:
    values = lowest_if_absent(witness.suspicion(name))
    corruption = known["corruption"].to_numpy()
    is_wrong = known["is_wrong"].to_numpy()
    alarms = alarm_share(
        witness.suspicion(name, "wrong_pair"),
        np.flatnonzero(np.isin(corruption, ROWS["wrong_pair"].ids)),
        np.flatnonzero(known["corruption"].str.starts_with("X1").to_numpy()),
    )
    budgets = {f"{share:.0%}": precision_at(values, is_wrong, share) for share in (0.01, 0.05, 0.1)}
    return Whole(
        auroc(values, is_wrong),
        average_precision(values, is_wrong),
        budgets,
        review_share(values, is_wrong),
        alarms,
    )


def spans_of(text: str | None) -> list[tuple[int, int]]:
    """Return the false spans kept as JSON."""
    return [(int(start), int(end)) for start, end in json.loads(text or "[]")]
