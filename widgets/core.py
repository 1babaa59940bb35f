"""What every view does, whatever carries its messages: dispatch, decide, undo, say what is saved.

A `Core` knows no transport. It takes a message and answers with a message and binary buffers; the notebook
shell (`widgets.panel`) and the tests call the same `answer`. Every command is answered: `{"ok": true, ...}`,
or `{"ok": false, "error", "remedy"}` with what failed and what to do.
"""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Final

import polars as pl

from widgets.answers import Answer, Message, json_buffer, texts_of
from widgets.deciding import Desk, batch_size
from widgets.filter_text import FilterError
from widgets.linking import OnScope, unlinked
from widgets.media_bytes import MediaBytes
from widgets.standing import Standing, stamp_tables
from widgets.table.columns import Columns
from widgets.table.lookup import columns_of, find_sample
from workbench.errors import JournalError, WorkbenchError
from workbench.matching import NONE
from workbench.records import Verdict

if TYPE_CHECKING:
    from workbench.journal import Event
    from workbench.store import Store
    from workbench.workspace import Workspace

__all__ = ["Answer", "Core", "Message", "json_buffer"]

#: Entries of the history told at once.
_HISTORY: Final = 60


class Core:
    """The shared part of the views.

    Commands come on another thread than the cells of a notebook, so what they share with cells is only
    touched under `self.lock`; reading media is done outside it.

    Args:
        workspace: where to read and decide.
        annotator: who decides; stored with every verdict. The workspace's own when left out.
        scorer: whose values are shown.
        seed: of the random order that the estimate of what is left rests on.
        second_opinion: hide what others have decided.
        adjudicate: what is decided settles what people decided differently.
    """

    def __init__(
        self,
        workspace: Workspace,
        *,
        annotator: str | None = None,
        scorer: str = "similarity",
        seed: int = 0,
        second_opinion: bool = False,
        adjudicate: bool = False,
    ) -> None:
        self.workspace = workspace
        self.annotator = annotator or workspace.annotator
        self.scorer = scorer
        self.seed = seed
        self.lock = threading.RLock()
        self._columns: tuple[str, Columns] | None = None
        self.media = MediaBytes(workspace.store)
        self.desk = Desk(
            workspace.store, self.annotator, lock=self.lock,
            stratum_of=lambda caption_id: self.stratum_of(caption_id), is_second_opinion=second_opinion,
            is_adjudicating=adjudicate,
        )  # fmt: skip
        self.stands = Standing(self.store, self.annotator, seed, lambda: self.tell({"event": "status"}))
        #: Tells the page something it has not asked for; the shell that carries the messages sets it.
        self.tell: Callable[[dict[str, object]], None] = lambda _event: None
        #: Called after every change made through this core, so that views of the same workspace can follow.
        self.on_change: Callable[[], None] = lambda: None
        #: Called with what is picked in this view, for the views that are linked with it.
        self.on_scope: OnScope = unlinked

    @property
    def store(self) -> Store:
        return self.workspace.store

    def commands(self) -> dict[str, Callable[[Message], Answer]]:
        """Return the commands by name; views add their own."""
        return {
            "status": self.status,
            "decide": self.decide,
            "undo": lambda message: self._turn(message, "undo"),
            "redo": lambda message: self._turn(message, "redo"),
            "undo_to": self.undo_to,
            "history": self.history,
            "sample": self.sample,
            "pictures": self.pictures,
            "media": self.media_head,
            "chunk": self.media_chunk,
            "copy": self.media_copy,
        }

    def answer(self, message: Message) -> Answer:
        """Answer one command; never raises."""
        commands, name = self.commands(), str(message.get("op"))
        try:
            if name not in commands:
                raise WorkbenchError(f"There is no command {name!r}.", f"Known: {', '.join(commands)}.")
            found = commands[name](message)
        except FilterError as error:
            return Answer(_refusal(error) | {"position": error.position})
        except WorkbenchError as error:
            return Answer(_refusal(error))
        except Exception as error:  # the shell's edge: a view must be told, or it waits for ever
            traceback.print_exc()
            told = f"{type(error).__name__}: {error}"
            return Answer({"ok": False, "error": f"{name} failed: {told}", "remedy": "See the kernel's log."})
        return Answer({"ok": True} | found.content, found.buffers)

    # -- what is saved

    def status(self, _message: Message | None = None) -> Answer:
        """Say how many decisions are stored, the last one, and how many bad pairs are left."""
        return Answer({"status": self.standing()})

    def standing(self, *, is_quick: bool = False) -> dict[str, object]:
        """Return what the bars show; see `widgets.standing.Standing`.

        Args:
            is_quick: give the estimate as last made. It ranks the whole workspace again, and the word that a
                decision is saved should not wait for that.
        """
        return self.stands.told(is_quick=is_quick) | {"tables": self._tables_stamp()}

    def _tables_stamp(self) -> str:
        """Return a text that changes when a cell has ingested, scored or flagged."""
        return stamp_tables(self.store)

    def _told(self, verdict: Verdict) -> dict[str, object]:
        return self.stands.verdict_told(verdict)

    # -- decisions

    def decide(self, message: Message) -> Answer:
        """Store one verdict on each caption named, with its correction; answers when all are on disk."""
        return self._decided(self.desk.decide(message))

    def stratum_of(self, caption_id: str) -> str:
        """Say how this caption came to be looked at."""
        return "picked"

    def _decided(self, events: Iterable[Event]) -> Answer:
        touched = sorted({event.verdict.caption_id for event in events})
        self.on_change()
        return Answer({"verdicts": self.verdicts_on(touched), "status": self.standing(is_quick=True)})

    def verdicts_on(self, caption_ids: Sequence[str]) -> dict[str, object]:
        """Return what stands on each caption; see `widgets.deciding.Desk.verdicts_on`."""
        return self.desk.verdicts_on(caption_ids)

    def _turn(self, message: Message, kind: str) -> Answer:
        events = self.desk.turn(message, kind)
        if not events:
            return Answer({"verdicts": {}, "turned": [], "status": self.standing()})
        return self._turned(events)

    def undo_to(self, message: Message) -> Answer:
        """Take back all decisions from the last one to the one numbered `seq`, that one included."""
        return self._turned(self.desk.turn_back_to(message))

    def _turned(self, events: Sequence[Event]) -> Answer:
        answer = self._decided(events)
        return Answer(answer.content | {"turned": [self._told(event.verdict) for event in events]})

    def history(self, message: Message) -> Answer:
        """Return this annotator's last decisions, newest first; what was decided at once is one entry."""
        limit = message.get("limit")
        entries: dict[str, dict[str, object]] = {}
        for event, stands in self.desk.history(limit if isinstance(limit, int) else _HISTORY):
            is_batch = batch_size(event.key) > 1
            batch = str(event.key).rpartition("/")[0] if is_batch else event.event_id
            told = self._told(event.verdict) | {"seq": event.seq, "stands": stands, "count": 0}
            entry = entries.setdefault(f"{batch} {stands}", told)
            # The first of a batch is where taking back must reach.
            entry |= {"count": int(str(entry["count"])) + 1, "seq": min(event.seq, int(str(entry["seq"])))}
        return Answer({"history": list(entries.values())})

    # -- media

    def columns(self) -> Columns:
        """Return the tables as they stand now, tied by row numbers; views of one workspace share them."""
        stamp = stamp_tables(self.store)
        if self._columns is None or self._columns[0] != stamp:
            self._columns = (stamp, columns_of(self.workspace, self.store, self.scorer, stamp))
        return self._columns[1]

    def sample(self, message: Message) -> Answer:
        """Return all that is known of one sample: its captions, their scores, flags and verdicts."""
        return Answer({}, [json_buffer(self._sample_told(str(message["sample_id"])))])

    def _sample_told(self, sample_id: str) -> dict[str, object]:
        found = find_sample(self.columns(), sample_id)
        if found is None:
            raise WorkbenchError(f"There is no sample {sample_id!r} any more.", "Run the cell again.")
        scores = found.scores.drop("detail").with_columns(pl.col(pl.Float64).fill_nan(None))
        return {
            "sample": found.samples.row(0, named=True),
            "captions": found.captions.to_dicts(),
            "scores": scores.to_dicts(),
            "flags": found.flags.to_dicts(),
            "verdicts": self.verdicts_on(found.captions["caption_id"].to_list()),
        }

    def pictures(self, message: Message) -> Answer:
        """Return a small picture (JPEG) or a waveform (int8 peaks) for each sample named."""
        size_px = message.get("size_px")
        sample_ids = texts_of(message.get("sample_ids"))
        columns = self.columns()
        rows = columns.sample_index.rows(sample_ids)
        of_ids = {row["sample_id"]: row for row in columns.samples[rows[rows != NONE]].iter_rows(named=True)}
        found = self.media.pictures(
            {one: of_ids.get(one) for one in sample_ids}, size_px=size_px if isinstance(size_px, int) else 320
        )
        return Answer({"pictures": [part.told for part in found]}, [part.content for part in found])

    def media_head(self, message: Message) -> Answer:
        """Say how large the file of a sample is and of what type, before its bytes are asked for."""
        as_wav, as_copy = bool(message.get("as_wav")), bool(message.get("as_copy"))
        return Answer(self.media.head(str(message["sample_id"]), as_wav=as_wav, as_copy=as_copy))

    def media_chunk(self, message: Message) -> Answer:
        """Return a stretch of the bytes of a sample's file."""
        start, size = message.get("start"), message.get("size")
        if not isinstance(start, int) or not isinstance(size, int):
            raise WorkbenchError(f"A chunk needs a start and a size; seen {start!r}, {size!r}.")
        sample_id, as_wav = str(message["sample_id"]), bool(message.get("as_wav"))
        as_copy = bool(message.get("as_copy"))
        return Answer({}, [self.media.chunk(sample_id, start, size, as_wav=as_wav, as_copy=as_copy)])

    def media_copy(self, message: Message) -> Answer:
        """Say how the copy of a file stands that a browser plays; with `start`, have it made."""
        sample_id = str(message["sample_id"])
        if message.get("start"):
            self.media.copies.start(sample_id)
        return Answer({"copy": self.media.copies.told(sample_id)})


def _refusal(error: WorkbenchError) -> dict[str, object]:
    told: dict[str, object] = {"ok": False, "error": error.message, "remedy": error.remedy}
    # The database was away: the page keeps the decision and sends it again, under its key.
    is_away = isinstance(error, JournalError) and error.__cause__ is not None
    return told | ({"again": True} if is_away else {})
