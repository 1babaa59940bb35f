"""What is picked on the plots, and what each plot counts under it.

Each plot counts the entries that all the *other* picks let through, so that what is brushed on it stays in
sight among what is not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import polars as pl

from widgets.answers import Message, texts_of
from widgets.plots.columns import Columns, Mask, Scores
from widgets.plots.lasso import inside
from widgets.plots.projection import Map
from workbench.errors import UnknownNameError, WorkbenchError

__all__ = ["Outer", "Picks", "Tally", "picks_of"]

_PARTS: Final = ("lasso", "score", "errors", "slice", "outer")


@dataclass(frozen=True, slots=True)
class Picks:
    """What is picked.

    Attributes:
        lasso: the corners of a shape on the map, as x, y, x, y ... from 0 to 65535; empty for none.
        dot: a point of the map, by its number; None for none.
        low: lowest score, None for no bound.
        high: highest score.
        errors: suspected error types, of which an entry has one; empty for any.
        slice: a cut and one of its values; empty for none.
    """

    lasso: tuple[float, ...] = ()
    dot: int | None = None
    low: float | None = None
    high: float | None = None
    errors: tuple[str, ...] = ()
    slice: tuple[str, str] | tuple[()] = ()

    def told(self) -> dict[str, object]:
        """Return the picks as a message has them."""
        return {
            "lasso": list(self.lasso), "dot": self.dot, "low": self.low, "high": self.high,
            "errors": list(self.errors), "slice": list(self.slice),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Outer:
    """What the linked views pick together: their keys, and that in words."""

    keys: pl.Series
    why: str


class Tally:
    """Count a workspace under some picks.

    Args:
        columns: the workspace.
    """

    def __init__(self, columns: Columns) -> None:
        self.columns = columns
        self.has_caption: Mask = columns.caption_ids.is_not_null().to_numpy()
        self.scores: Scores | None = None
        self.map: Map | None = None
        self.picks = Picks()
        self.outer: Outer | None = None
        self._masks: dict[str, tuple[object, Mask | None]] = {}

    def mask(self, but: str = "") -> Mask:
        """Return which entries (captions,) are let through by all picks but one."""
        kept = np.ones(len(self.columns.rows), np.bool_)
        for name in _PARTS:
            if name != but and (part := self._part(name)) is not None:
                kept &= part
        return kept

    def histogram(self) -> dict[str, object] | None:
        """Count the scores in bins: all of them, and those that the other picks let through."""
        scores = self.scores
        if scores is None or not np.isfinite(scores.values).any():
            return None
        return {
            "low": scores.low, "high": scores.high, "all": scores.counts(),
            "shown": scores.counts(self.mask(but="score")),
        }  # fmt: skip

    def errors(self) -> list[tuple[str, int, int]]:
        """Count the entries suspected of each error type: the type, all of them, those let through."""
        kept = self.mask(but="errors")
        return [(name, len(rows), int(kept[rows].sum())) for name, rows in self.columns.errors.items()]

    def is_of_samples(self) -> bool:
        """Return whether what is picked is whole samples, so that those without a caption count too."""
        return self._part("score") is None and self._part("errors") is None and not self.picks.slice

    def own_keys(self) -> pl.Series | None:
        """Return what is picked here alone, as ids; None for everything."""
        parts = [part for name in _PARTS if name != "outer" and (part := self._part(name)) is not None]
        if not parts:
            return None
        kept = np.logical_and.reduce(parts)
        if self.is_of_samples():
            return self.columns.sample_ids.filter(pl.Series(self.columns.samples_of(kept)))
        return self.columns.caption_ids.filter(pl.Series(kept)).drop_nulls()

    def why(self) -> str:
        """Say what is picked here."""
        parts = []
        if self.picks.dot is not None:
            parts.append("one dot of the map")
        elif self.picks.lasso:
            parts.append("a lasso on the map")
        if self.scores is not None and (self.picks.low is not None or self.picks.high is not None):
            parts.append(_range_told(self.scores.name, self.picks.low, self.picks.high))
        if self.picks.errors:
            names = " or ".join(name.replace("_", " ") for name in self.picks.errors)
            parts.append(f"suspected {names}")
        if self.picks.slice:
            parts.append(": ".join(self.picks.slice))
        return ", ".join(parts)

    def _part(self, name: str) -> Mask | None:
        """Return the mask of one pick, kept as long as it is the same; None where nothing is picked."""
        rests_on = {
            "lasso": (self.picks.lasso, self.picks.dot, id(self.map)),
            "score": (self.picks.low, self.picks.high, id(self.scores)),
            "errors": self.picks.errors,
            "slice": self.picks.slice,
            "outer": id(self.outer),
        }[name]
        if name not in self._masks or self._masks[name][0] != rests_on:
            self._masks[name] = (rests_on, getattr(self, f"_by_{name}")())
        return self._masks[name][1]

    def _by_lasso(self) -> Mask | None:
        if self.map is None or (not self.picks.lasso and self.picks.dot is None):
            return None
        found = np.zeros(len(self.columns.sample_ids), np.bool_)
        if self.picks.dot is not None:
            found[self.map.samples[self.picks.dot]] = True
        else:
            found[self.map.samples[inside(self.map.x, self.map.y, self.picks.lasso)]] = True
        return found[self.columns.rows]

    def _by_score(self) -> Mask | None:
        low, high = self.picks.low, self.picks.high
        if self.scores is None or (low is None and high is None):
            return None
        values = self.scores.values
        kept = np.isfinite(values)
        with np.errstate(invalid="ignore"):
            if low is not None:
                kept &= values >= np.float32(low)
            if high is not None:
                kept &= values <= np.float32(high)
        return kept

    def _by_errors(self) -> Mask | None:
        if not self.picks.errors:
            return None
        kept = np.zeros(len(self.columns.rows), np.bool_)
        for name in self.picks.errors:
            kept[self.columns.errors.get(name, np.empty(0, np.uint32))] = True
        return kept

    def _by_slice(self) -> Mask | None:
        if not self.picks.slice:
            return None
        cut, value = self.picks.slice
        column = self.columns.cuts[cut]
        return np.asarray(column.codes == column.values.index(value))

    def _by_outer(self) -> Mask | None:
        if self.outer is None:
            return None
        keys = self.outer.keys
        if keys.name == "caption_id":
            return _mask_of(self.columns.caption_ids, keys)
        return _mask_of(self.columns.sample_ids, keys)[self.columns.rows]


def _mask_of(ids: pl.Series, keys: pl.Series) -> Mask:
    return ids.is_in(keys.implode()).fill_null(False).to_numpy()


def picks_of(message: Message, now: Picks, columns: Columns) -> Picks:
    """Return the picks changed as a message says: only what it names.

    Raises:
        UnknownNameError: for a cut or a slice that does not exist.
        WorkbenchError: for a shape or a bound that is no number.
    """
    cut = texts_of(message["slice"]) if "slice" in message else list(now.slice)
    if cut and (len(cut) != 2 or cut[0] not in columns.cuts):
        raise UnknownNameError("cut", cut[0], columns.cuts)
    if cut and cut[1] not in columns.cuts[cut[0]].values:
        raise UnknownNameError(f"slice by {cut[0]}", cut[1], columns.cuts[cut[0]].values[:20])
    dot = message.get("dot", now.dot)
    is_new_place = "dot" in message or "lasso" in message
    return Picks(
        lasso=_shape_of(message.get("lasso", () if is_new_place else now.lasso)),
        dot=dot if isinstance(dot, int) and ("dot" in message or not is_new_place) else None,
        low=_bound_of(message, "low", now.low),
        high=_bound_of(message, "high", now.high),
        errors=tuple(texts_of(message["errors"])) if "errors" in message else now.errors,
        slice=(cut[0], cut[1]) if cut else (),
    )


def _shape_of(value: object) -> tuple[float, ...]:
    if not isinstance(value, list | tuple):
        raise WorkbenchError(f"A lasso is a list of numbers; seen {value!r}.")
    try:
        return tuple(float(part) for part in value)
    except (TypeError, ValueError):
        raise WorkbenchError(f"A lasso is a list of numbers; seen {value!r:.60}.") from None


def _bound_of(message: Message, name: str, now: float | None) -> float | None:
    value = message.get(name, now)
    return float(value) if isinstance(value, int | float) else None


def _range_told(name: str, low: float | None, high: float | None) -> str:
    if low is None:
        return f"{name} ≤ {high:.3g}"
    return f"{name} ≥ {low:.3g}" if high is None else f"{name} {low:.3g} to {high:.3g}"
