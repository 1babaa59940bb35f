"""A run as it is watched: its handle, and what its folder has told so far."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from typing import Protocol

import polars as pl

from widgets.runs.evaluated import evaluated_items
from widgets.runs.items import Item, compare_items
from widgets.runs.story import Story
from workbench.finetune.directory import RunFolder
from workbench.finetune.evaluation.result import Evaluation, read_evaluation
from workbench.finetune.events import read_events
from workbench.finetune.holding import is_held

__all__ = ["Handle", "Watched"]


class Handle(Protocol):
    """What the monitor asks of a run; `workbench.finetune.run.Run` is one."""

    @property
    def name(self) -> str: ...
    @property
    def folder(self) -> RunFolder: ...
    def stop(self) -> object: ...
    def resume(self) -> object: ...
    def clone(self, changes: Mapping[str, object]) -> Handle: ...
    def note(self, text: str) -> object: ...


class Watched:
    """Read what a run tells, and only what came since the last look.

    Nothing of a run lives in the kernel: made anew after a restart, this says the same.

    Args:
        run: its handle.
    """

    def __init__(self, run: Handle) -> None:
        self.run = run
        self.story = Story()
        self._read_to = 0
        self._file = 0
        self._card: Mapping[str, object] = {}
        self._flagged: list[dict[str, object]] | None = None
        self._evaluation: Evaluation | None = None
        self._evaluation_at = 0
        self._items: list[Item] = []
        self._items_of: tuple[int, ...] = ()

    def follow(self) -> None:
        """Take in what the run has told since; all of it where another run has taken its name."""
        with contextlib.suppress(FileNotFoundError):
            file = self.run.folder.events.stat().st_ino
            if file != self._file:
                self.story, self._read_to, self._file = Story(), 0, file
                self._card, self._flagged = {}, None
        events, self._read_to = read_events(self.run.folder.events, self._read_to)
        self.story.take(events)

    @property
    def state(self) -> str:
        """How the run stands: a name of `STATES`."""
        is_alive = is_held(self.run.folder.lock)
        self.follow()  # after that question: its last words may come before it dies
        return self.story.state(is_alive=is_alive, is_asked_to_stop=self.run.folder.stop.exists())

    @property
    def stamp(self) -> str:
        """A text that changes when there is anything new to show."""
        return f"{self._file} {self._read_to} {self.state} {self._evaluated_at()}"

    @property
    def evaluation(self) -> Evaluation | None:
        """What the evaluation found; None before there is one."""
        at = self._evaluated_at()
        if at != self._evaluation_at:
            self._evaluation = read_evaluation(self.run.folder) if at else None
            self._evaluation_at = at
        return self._evaluation

    @property
    def config(self) -> Mapping[str, object]:
        """What the run was asked to do, every setting by name."""
        if not self._card and self.run.folder.card.exists():
            self._card = json.loads(self.run.folder.card.read_text())
        config = self._card.get("config", {})
        return config if isinstance(config, Mapping) else {}

    def items(self) -> list[Item]:
        """Return the flagged items, before and now; as the evaluation saw them where there is one."""
        texts = self.story.texts
        state = (self._file, self._evaluated_at(), len(texts), max(texts, default=-1))
        if state != self._items_of:  # comparing word by word is not for every look of a page
            self._items, self._items_of = self._compare(), state
        return self._items

    def _compare(self) -> list[Item]:
        if (evaluation := self.evaluation) is not None:
            return evaluated_items(evaluation, pl.read_parquet(self.run.folder.rows))
        if self._flagged is None:
            file = self.run.folder.flagged
            self._flagged = pl.read_parquet(file).to_dicts() if file.exists() else None
        return compare_items(self._flagged or [], self.story.texts)

    def _evaluated_at(self) -> int:
        try:
            return (self.run.folder.evaluation / "evaluation.json").stat().st_mtime_ns
        except FileNotFoundError:
            return 0
