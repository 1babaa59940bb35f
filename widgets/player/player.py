"""The player: one video or sound at a time on its timeline, the views of one event on one clock."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

import numpy as np
import polars as pl

from widgets.answers import Answer, Message, json_buffer
from widgets.core import Core
from widgets.panel import STATIC, Panel
from widgets.player.clocks import Clocks, measure_clocks, scored_clocks
from widgets.player.looks import Look, MediaFile, read_look
from widgets.player.making import Making
from widgets.player.takes import MOST_VIEWS, Takes
from workbench import review
from workbench.alignment.sync_bands import BANDS
from workbench.errors import UnknownNameError, WorkbenchError
from workbench.records import ERROR_TYPES
from workbench.scoring.fit_curve import FitCurve, fit_curve

if TYPE_CHECKING:
    from workbench.workspace import Workspace

__all__ = ["Player", "PlayerCore"]

_DETAILED: Final = "av_sync"  # the scorer whose numbers the page shows beside its sentence


class PlayerCore(Core):
    """The takes of a player, by place, and what their timelines show."""

    def __init__(
        self,
        workspace: Workspace,
        *,
        sample_id: str | None = None,
        group: str | None = None,
        only: Sequence[str] | None = None,
        annotator: str | None = None,
        encoder: str = "bridge",
    ) -> None:
        super().__init__(workspace, annotator=annotator)
        self.encoder = encoder
        self._only = None if only is None else tuple(only)
        self._scope: pl.Series | None = None
        self._why = ""
        self.takes = Takes(self.store, only=self._only)
        self._first = self._place_asked(sample_id, group)
        self.looks: Making[Look] = Making("reading", lambda key: self._tell_made("look", key), keep=6)
        self.curves: Making[FitCurve] = Making("curve", lambda key: self._tell_made("curve", key))
        self.clocks: Making[Clocks] = Making(
            "comparison of clocks", lambda key: self._tell_made("clocks", key)
        )

    def commands(self) -> dict[str, Callable[[Message], Answer]]:
        """Return the shared commands and those of the timeline."""
        return super().commands() | {
            "open": self.open,
            "take": self.take,
            "find": self.find,
            "look": self.look,
            "peaks": self.peaks,
            "curve": self.curve,
            "clocks": self.compare_clocks,
        }

    def open(self, message: Message) -> Answer:
        """Return what a page needs to start, with a take in it: that of `key` where it is still there."""
        with self.lock:
            self.takes = Takes(self.store, only=self._only, scope=self._scope)
        key = message.get("key")
        kept = self.takes.place_of(group=key) if isinstance(key, str) else None
        place = self._first if kept is None else kept
        opened: dict[str, object] = {
            "length": len(self.takes),
            "samples": self.store.read("samples").height,
            "error_types": list(ERROR_TYPES),
            "scope": self._why,
            "bands": {name: [band.early_s, band.late_s] for name, band in BANDS.items()},
            "status": self.standing(),
        }
        if not len(self.takes):
            return Answer(opened)
        first = self.take({"place": min(place, len(self.takes) - 1)})
        return Answer(opened | first.content, first.buffers)

    def take(self, message: Message) -> Answer:
        """Return a take: its samples, their captions, scores, flags, verdicts, and how their clocks lie."""
        place = message.get("place")
        place = place if isinstance(place, int) else 0
        views = self.takes.views(place)
        samples = views.head(MOST_VIEWS)
        captions = self.store.read("captions").filter(
            pl.col("sample_id").is_in(samples["sample_id"].implode())
        )
        ids = captions["caption_id"].to_list()
        scores = review.fresh_scores(self.store).filter(pl.col("caption_id").is_in(ids))
        clocks = self._clocks_of(samples, scores)
        content = {
            "samples": samples.to_dicts(),
            "captions": captions.sort("start_s", nulls_last=True, maintain_order=True).to_dicts(),
            "scores": _tellable(scores),
            "flags": self.store.read("flags").filter(pl.col("caption_id").is_in(ids)).to_dicts(),
            "verdicts": self.verdicts_on(ids),
            "clocks": None if clocks is None else _told(clocks),
        }
        told = {"place": place, "key": self.takes.keys[place], "views": views.height}
        return Answer({"take": told}, [json_buffer(content)])

    def find(self, message: Message) -> Answer:
        """Return the place of the take that a caption is in."""
        captions = self.store.read("captions").filter(pl.col("caption_id") == str(message.get("caption_id")))
        sample = captions["sample_id"].first() if len(captions) else None
        return Answer({"place": self.takes.place_of(sample) if isinstance(sample, str) else None})

    # -- what a timeline shows; each is told by an event once it is there

    def look(self, message: Message) -> Answer:
        """Return when the pictures of a sample start, and its edges, once they have been read."""
        look = self._look(message)
        if look is None:
            return Answer({"is_ready": False})
        told = {"is_ready": True, "kinds": list(look.edges.kinds), "has_sound": bool(len(look.sound)),
                "notes": look.notes}  # fmt: skip
        return Answer(told, [look.frames_s.tobytes(), look.edges.times_s.tobytes()])

    def peaks(self, message: Message) -> Answer:
        """Return the waveform of a stretch of a sample, as many bars as are drawn."""
        look = self._look(message)
        if look is None:
            return Answer({"is_ready": False})
        start_s, end_s, bins = (message.get(name) for name in ("start_s", "end_s", "bins"))
        if not isinstance(start_s, int | float) or not isinstance(end_s, int | float) or start_s >= end_s:
            raise WorkbenchError(f"A stretch needs start_s < end_s; seen {start_s!r}, {end_s!r}.")
        found = look.peaks(start_s, end_s, bins if isinstance(bins, int) else 400)
        return Answer({"is_ready": True}, [np.ascontiguousarray(found).tobytes()])

    def curve(self, message: Message) -> Answer:
        """Return how well each instant fits a caption; made when it is asked for with `start`."""
        key = str(message.get("caption_id"))
        if not message.get("start") and not self.curves.is_there(key):
            return Answer({"is_ready": False, "is_made": False})
        if message.get("start") == "anew":
            self.curves.forget(key)
        found = self.curves.ask(key, lambda: fit_curve(self.store, key, encoder=self.encoder))
        if found is None:
            return Answer({"is_ready": False, "is_made": True})
        told: dict[str, object] = {"is_ready": True, "best_s": found.best_s, "encoder_key": found.encoder_key}
        return Answer(told, [found.times_s.tobytes(), found.values.tobytes()])

    def compare_clocks(self, message: Message) -> Answer:
        """Have the clocks of a take's views compared by their sound and motion."""
        place = message.get("place")
        samples = self.takes.views(place if isinstance(place, int) else 0).head(MOST_VIEWS)
        files = [self._file(row) for row in samples.iter_rows(named=True)]
        hashes = samples["content_hash"].to_list()
        key = _clock_key(samples)
        found = self.clocks.ask(key, lambda: measure_clocks(files, hashes))
        return Answer({"clocks": None if found is None else _told(found), "is_ready": found is not None})

    def take_scope(self, keys: pl.Series | None, why: str) -> None:
        """Go through the takes of these keys and no other; None lifts it."""
        with self.lock:
            self._scope, self._why = keys, why
            self._first = 0
            self.takes = Takes(self.store, only=self._only, scope=keys)

    def _place_asked(self, sample_id: str | None, group: str | None) -> int:
        if sample_id is None and group is None:
            return 0
        place = self.takes.place_of(sample_id, group)
        if place is None:
            kind, name = ("sample", sample_id) if sample_id is not None else ("group", group)
            known = self.takes.keys.head(8).to_list()
            raise UnknownNameError(f"{kind} with video or sound", name, known)
        return place

    def _look(self, message: Message) -> Look | None:
        sample_id = str(message.get("sample_id"))
        samples = self.store.read("samples").filter(pl.col("sample_id") == sample_id)
        if samples.is_empty():
            raise WorkbenchError(f"There is no sample {sample_id!r} any more.", "Run the cell again.")
        file = self._file(samples.row(0, named=True))
        return self.looks.ask(sample_id, lambda: read_look(file))

    def _file(self, row: dict[str, object]) -> MediaFile:
        duration_s = row["duration_s"]
        return MediaFile(
            self.store.media_path(str(row["root"]), str(row["path"])),
            str(row["media"]),
            duration_s if isinstance(duration_s, float) else 0.0,
            row["media"] == "audio" or bool(row["has_audio"]),
        )

    def _clocks_of(self, samples: pl.DataFrame, scores: pl.DataFrame) -> Clocks | None:
        if samples.height < 2:
            return None
        key = _clock_key(samples)
        if self.clocks.is_there(key):
            try:
                return self.clocks.ask(key, lambda: Clocks((), ""))
            except WorkbenchError as error:
                return Clocks((0.0, *[None] * (samples.height - 1)), "", error.message)
        names = [row["view"] or row["path"].rsplit("/", 1)[-1] for row in samples.iter_rows(named=True)]
        return scored_clocks(scores, names)

    def _tell_made(self, what: str, key: str) -> None:
        self.tell({"event": "made", "what": what, "key": key})


def _clock_key(samples: pl.DataFrame) -> str:
    return " ".join(samples["sample_id"])


def _told(clocks: Clocks) -> dict[str, object]:
    return {"late_s": list(clocks.late_s), "by": clocks.by, "reason": clocks.reason}


def _tellable(scores: pl.DataFrame) -> list[dict[str, object]]:
    """Return scores as a page reads them: no NaN, and details of the one scorer whose numbers it shows."""
    rows = scores.with_columns(pl.col(pl.Float64).fill_nan(None)).to_dicts()
    for row in rows:
        detail = row.pop("detail")
        row["detail"] = json.loads(detail) if detail and row["scorer"] == _DETAILED else None
    return rows


class Player(Panel):
    """Play the videos and sounds of a workspace on their timelines, and put right when captions are.

    Args:
        workspace: what `workbench.open(path)` returned.
        sample_id: where to begin.
        group: the event to begin with; its views play side by side.
        only: captions; their samples and no other.
        annotator: who decides; stored with every verdict. The workspace's own when left out.
        encoder: what the curve of a caption is made with.

    Raises:
        UnknownNameError: for a sample or a group that is no video or sound of the workspace.

    Example:
        `widgets.Player(ws, group="harbour-7")` plays every camera of one event on one clock.
    """

    _esm = STATIC / "player.js"
    _css = STATIC / "player.css"

    def __init__(
        self,
        workspace: Workspace,
        *,
        sample_id: str | None = None,
        group: str | None = None,
        only: Sequence[str] | None = None,
        annotator: str | None = None,
        encoder: str = "bridge",
    ) -> None:
        super().__init__(
            PlayerCore(
                workspace, sample_id=sample_id, group=group, only=only, annotator=annotator, encoder=encoder
            )
        )
