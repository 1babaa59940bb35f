"""Plots: a map of the media, the scores, the suspected errors and the slices; every mark is a filter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from importlib.util import find_spec
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from widgets.answers import Answer, Message, json_buffer
from widgets.arranged import whole_of
from widgets.core import Core
from widgets.job import Job
from widgets.linking import narrow, unlinked
from widgets.panel import STATIC, Panel
from widgets.plots.colours import BY_SCORE, colour_names, colour_samples
from widgets.plots.columns import read_columns, read_judged, read_scores, score_names
from widgets.plots.picks import Outer, Picks, Tally, picks_of
from widgets.plots.projection import METHODS, Map, make_map
from widgets.plots.slices import Slice, slice_table
from widgets.plots.vectors import find_vectors
from workbench.errors import UnknownNameError, WorkbenchError

if TYPE_CHECKING:
    from workbench.workspace import Workspace

__all__ = ["Plots", "PlotsCore"]

#: A small workspace is read, and its map made, within this: its page need not ask again.
_SOON_S: Final = 0.3
_POINTS: Final = 500_000


class PlotsCore(Core):
    """What the plots count and what is picked on them.

    Reading the tables and making the map are done beside the commands: until they are there, `open` says so,
    and the page asks again.
    """

    def __init__(
        self, workspace: Workspace, *, scorer: str = "similarity", method: str = "pca", seed: int = 0
    ) -> None:
        super().__init__(workspace, scorer=scorer, seed=seed)
        if method not in METHODS:
            raise UnknownNameError("way to lay out the map", method, METHODS)
        self.method = method
        self.colour = BY_SCORE
        self.cut = ""
        self.version = 0
        self._tally: Tally | None = None
        self._outer: Outer | None = None
        self._rests_on = ""
        self._names: list[str] = []
        self._judged_at = -1
        self._reading: Job[None] = Job("reading of the tables", lambda: None)
        self._mapping: Job[Map] = Job("map of the media", self._make_map)
        self._mapped = ""

    def commands(self) -> dict[str, Callable[[Message], Answer]]:
        """Return the shared commands and those of the plots."""
        return super().commands() | {
            "open": self.open,
            "points": self.points,
            "about": self.about,
            "pick": self.pick,
            "table": self.table,
            "draw": self.draw,
            "lift": self.lift,
        }

    # -- what is shown

    def open(self, _message: Message) -> Answer:
        """Return all that a page needs to start, or that the tables are being read still."""
        self._read_soon()
        with self.lock:
            if self._tally is None or self._reading.is_running:
                return Answer({"is_ready": False, "reading": self._reading.told()})
            self._follow_map()
            return self._counted(self._settings())

    def points(self, message: Message) -> Answer:
        """Return a stretch of the map: x and y (uint16 each) and the colour of every point (uint8)."""
        start = whole_of(message, "start")
        with self.lock:
            tally = self._ready()
            if tally.map is None or message.get("version") != self.version:
                return Answer({"version": self.version, "is_outdated": True})
            stop = min(len(tally.map.x), start + _POINTS)
            codes, legend = colour_samples(tally, self._colour_of(tally))
            part = slice(start, stop)
            content = {"version": self.version, "start": start, "stop": stop, "legend": legend}
            buffers = [tally.map.x[part].tobytes(), tally.map.y[part].tobytes()]
            return Answer(content, [*buffers, codes[tally.map.samples[part]].tobytes()])

    def about(self, message: Message) -> Answer:
        """Return what a point of the map is: its sample, name, captions and lowest score."""
        number = whole_of(message, "dot")
        with self.lock:
            tally = self._ready()
            if tally.map is None or message.get("version") != self.version or number >= len(tally.map.x):
                return Answer({"version": self.version, "is_outdated": True})
            row = int(tally.map.samples[number])
            entries = np.flatnonzero(tally.columns.rows == row)
            sample_id = str(tally.columns.sample_ids[row])
            known = [] if tally.scores is None else tally.scores.values[entries].tolist()
        path = self.workspace.samples["path"][row]
        texts = self.workspace.captions.filter(pl.col("sample_id") == sample_id)["text"]
        return Answer(
            {
                "sample_id": sample_id,
                "name": str(path).rsplit("/", 1)[-1],
                "captions": texts.head(5).to_list(),
                "score": min((value for value in known if np.isfinite(value)), default=None),
            }
        )

    def pick(self, message: Message) -> Answer:
        """Change what is picked: only the fields the message names; `all` lifts every pick."""
        with self.lock:
            tally = self._ready()
            now = Picks() if message.get("all") else tally.picks
            before, tally.picks = tally.picks, picks_of(message, now, tally.columns)
            try:
                return self._counted({})
            except WorkbenchError:
                tally.picks = before
                raise

    def table(self, message: Message) -> Answer:
        """Return the slices, worst first, and tell the linked views what is picked.

        Both take longer than a brush may; a page asks for them when the hand rests.
        """
        with self.lock:
            tally = self._ready()
            self.cut = str(message.get("cut", self.cut))
            self._follow_journal(tally)
            scores = None if tally.scores is None else tally.scores.values
            found, total = slice_table(tally.columns, scores, tally.mask(but="slice"), cut=self.cut)
            every = tally.columns.samples_of(tally.mask(but="slice"))
            suspected = tally.columns.samples_of(tally.mask(but="slice") & tally.columns.suspected)
            content = {
                "slices": [_slice_told(part) for part in found], "total": total, "cut": self.cut,
                "cuts": list(tally.columns.cuts),
                "overall": float(suspected.sum() / max(1, every.sum())),
            }  # fmt: skip
        try:
            self.tell_scope()
        except WorkbenchError as error:  # the table is none the worse for a view that cannot follow
            content["refused"] = {"message": error.message, "remedy": error.remedy}
        return Answer({}, [json_buffer(content)])

    def draw(self, message: Message) -> Answer:
        """Draw another score, other colours, or the map by another method."""
        with self.lock:
            tally = self._ready()
            if "scorer" in message:
                name = str(message["scorer"])
                tally.scores = read_scores(tally.columns.table, name)
                self.scorer = name
                tally.picks = replace(tally.picks, low=None, high=None)
            if "colour" in message:
                colour_samples(tally, str(message["colour"]))
                self.colour = str(message["colour"])
            if "method" in message:
                self._take_method(str(message["method"]))
                self._follow_map()
            self.version += 1
            return self._counted(self._settings())

    # -- linked views

    def take_scope(self, keys: pl.Series | None, why: str) -> None:
        """Count only these."""
        with self.lock:
            self._outer = None if keys is None else Outer(keys, why)
            if self._tally is not None:
                self._tally.outer = self._outer

    def tell_scope(self) -> None:
        """Tell the linked views what is picked here."""
        if self.on_scope is unlinked or self._tally is None:
            return
        with self.lock:
            keys, why = self._tally.own_keys(), self._tally.why()
        self.on_scope(keys, why)

    def lift(self, _message: Message) -> Answer:
        """Show everything again, whatever the linked views pick, until they pick anew."""
        self.take_scope(None, "")
        with self.lock:
            return self._counted({})

    def status(self, _message: Message | None = None) -> Answer:
        """Say which tables and which decisions the plots would be drawn of."""
        stamp = f"{self._tables_stamp()} {self.store.journal.last_seq()}"
        return Answer({"status": {"tables": stamp}})

    def settle(self) -> None:
        """Wait until the tables are read and the map is made."""
        self._read_soon()
        self._reading.wait()
        with self.lock:
            self._follow_map()
        self._mapping.wait()
        with self.lock:
            self._follow_map()

    def picked_keys(self) -> pl.Series | None:
        """Return what is picked, as ids; None for everything."""
        with self.lock:
            return self._ready().own_keys()

    def tally(self) -> Tally:
        """Return what is counted, once it is there."""
        with self.lock:
            return self._ready()

    # -- inside

    def _ready(self) -> Tally:
        if self._tally is None:
            raise WorkbenchError("The tables are being read still.", "Wait a moment.")
        return self._tally

    def _read_soon(self) -> None:
        stamp = self._tables_stamp()
        if stamp != self._rests_on:
            self._reading.start(lambda: self._read(stamp))
        self._reading.wait(_SOON_S)

    def _read(self, stamp: str) -> None:
        table = self.columns()
        columns = read_columns(table, self.workspace.verdicts)
        tally = Tally(columns)
        names = score_names(table)
        scorer = self.scorer if self.scorer in names else next(iter(names), "")
        if scorer:
            tally.scores = read_scores(table, scorer)
        seq = self.store.journal.last_seq()
        with self.lock:
            if self._tally is not None:
                tally.picks = _kept(self._tally.picks, tally)
            tally.outer, self._tally = self._outer, tally
            self.scorer, self._rests_on, self._judged_at = scorer or self.scorer, stamp, seq
            self._names = names
            self.version += 1

    def _follow_journal(self, tally: Tally) -> None:
        if (seq := self.store.journal.last_seq()) != self._judged_at:
            judged = read_judged(tally.columns.table, self.workspace.verdicts)
            tally.columns = replace(tally.columns, judged=judged)
            self._judged_at = seq

    def _take_method(self, method: str) -> None:
        if method not in METHODS:
            raise UnknownNameError("way to lay out the map", method, METHODS)
        self.method = method

    def _follow_map(self) -> None:
        """Take the map where it is made, start to make it where it is of other tables or another method."""
        tally = self._ready()
        wanted = f"{self._rests_on} {self.method}"
        if self._mapping.is_running:
            self._mapping.wait(_SOON_S)
        elif self._mapped != wanted:
            self._mapped, self._mapping.result = wanted, None
            self._mapping.start()
            self._mapping.wait(_SOON_S)
        made = self._mapping.result
        if not self._mapping.is_running and made is not tally.map:
            tally.map = made
            tally.picks = replace(tally.picks, lasso=(), dot=None)
            self.version += 1

    def _make_map(self) -> Map:
        vectors = find_vectors(self.store, self.workspace.samples)
        return make_map(self.store, vectors, self.method, seed=self.seed)

    def _colour_of(self, tally: Tally) -> str:
        known = colour_names(tally)
        return self.colour if self.colour in known else next(iter(known), self.colour)

    def _settings(self) -> dict[str, object]:
        tally = self._ready()
        drawn = self._mapping.told() | {
            "method": self.method,
            "methods": {name: word for name, word in METHODS.items() if name != "umap" or find_spec("umap")},
            "told": tally.map.told if tally.map else "",
            "count": len(tally.map.x) if tally.map else 0,
        }
        return {
            "is_ready": True,
            "version": self.version,
            "samples": len(tally.columns.sample_ids),
            "captions": self.workspace.captions.height,
            "scorer": self.scorer if tally.scores else "",
            "scorers": self._names,
            "colour": self._colour_of(tally),
            "colours": colour_names(tally),
            "map": drawn,
        }

    def _counted(self, settings: dict[str, object]) -> Answer:
        """Return what every plot shows, and which points are let through, as bits."""
        tally = self._ready()
        kept = tally.mask()
        samples = tally.columns.samples_of(kept)
        content = settings | {
            "picks": tally.picks.told(),
            "why": tally.why(),
            "outer": tally.outer.why if tally.outer else None,
            "histogram": tally.histogram(),
            "errors": tally.errors(),
            "shown_captions": int((kept & tally.has_caption).sum()),
            "shown_samples": int(samples.sum()),
        }
        bits = np.packbits(samples[tally.map.samples]) if tally.map else np.empty(0, np.uint8)
        return Answer(content, [bits.tobytes()])


def _kept(picks: Picks, tally: Tally) -> Picks:
    """Return the picks that mean the same in tables read anew: places on a map do not."""
    cut = picks.slice
    if cut and (cut[0] not in tally.columns.cuts or cut[1] not in tally.columns.cuts[cut[0]].values):
        cut = ()
    return replace(picks, lasso=(), dot=None, slice=cut)


def _slice_told(found: Slice) -> dict[str, object]:
    return asdict(found) | {"share": found.share}


class Plots(Panel):
    """Show the plots of a workspace, linked with each other: a map, scores, suspected errors, slices.

    Args:
        workspace: what `workbench.open(path)` returned.
        scorer: whose scores are drawn.
        method: how the map is laid out: `pca` or `umap`; it is said on the map.
        seed: of a layout that is drawn at random.

    Example:
        `plots = widgets.Plots(ws)`, then `widgets.link(plots, gallery)`: a lasso narrows the gallery.
    """

    _esm = STATIC / "plots.js"
    _css = STATIC / "plots.css"

    def __init__(
        self, workspace: Workspace, *, scorer: str = "similarity", method: str = "pca", seed: int = 0
    ) -> None:
        self.core: PlotsCore = PlotsCore(workspace, scorer=scorer, method=method, seed=seed)
        super().__init__(self.core)

    @property
    def picked(self) -> pl.DataFrame:
        """The captions that are picked, with their columns; all of them where nothing is."""
        self.core.settle()
        return narrow(self.core.workspace.captions, self.core.picked_keys())
