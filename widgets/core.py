"""What every view does, whatever carries its messages: dispatch, decide, undo, say what is saved.

A `Core` knows no transport. It takes a message and answers with a message and binary buffers; the notebook
shell (`widgets.panel`) and the tests call the same `answer`. Every command is answered: `{"ok": true, ...}`,
or `{"ok": false, "error", "remedy"}` with what failed and what to do.
"""

from __future__ import annotations

import json
import re
import threading
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

import polars as pl

from widgets.filter_text import FilterError
from widgets.media_bytes import MediaBytes
from workbench import review
from workbench.errors import DecisionError, WorkbenchError
from workbench.records import Verdict

if TYPE_CHECKING:
    from workbench.journal import Event
    from workbench.store import Store
    from workbench.workspace import Workspace

__all__ = ["Answer", "Core", "Message", "json_buffer"]

Message = Mapping[str, object]
_BATCH = re.compile(r"(?P<batch>.+)#(?P<size>\d+)/.+")
#: Verdict -> the word on screen.
SAID: Final = {"ok": "fine", "misaligned": "misaligned", "skip": "skipped"}


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one command: a small message, and buffers for all that is large."""

    content: dict[str, object] = field(default_factory=dict)
    buffers: list[bytes] = field(default_factory=list)


class Core:
    """The shared part of the views.

    Commands come on another thread than the cells of a notebook, so what they share with cells is only
    touched under `self.lock`; reading media is done outside it.

    Args:
        workspace: where to read and decide.
        annotator: who decides; stored with every verdict. The workspace's own when left out.
        scorer: whose values are shown.
        seed: of the random order that the estimate of what is left rests on.
    """

    def __init__(
        self,
        workspace: Workspace,
        *,
        annotator: str | None = None,
        scorer: str = "similarity",
        seed: int = 0,
    ) -> None:
        self.workspace = workspace
        self.annotator = annotator or workspace.annotator
        self.scorer = scorer
        self.seed = seed
        self.lock = threading.RLock()
        self.media = MediaBytes(workspace.store)
        self._told_estimate: dict[str, object] = {}
        self._estimate_rests_on: tuple[object, ...] = ()
        #: Called after every change made through this core, so that views of the same workspace can follow.
        self.on_change: Callable[[], None] = lambda: None

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
            "sample": self.sample,
            "pictures": self.pictures,
            "media": self.media_head,
            "chunk": self.media_chunk,
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
        """Return what the bars show: decisions, the last one, reviewed and total, the estimate.

        Args:
            is_quick: give the estimate as last made. It ranks the whole workspace again, and the word that a
                decision is saved should not wait for that.
        """
        verdicts = self.store.journal.verdicts()
        mine = [verdict for verdict in verdicts if verdict.annotator == self.annotator]
        total = review.queued_captions(self.store).height
        return {
            "decisions": len(verdicts),
            "reviewed": len({verdict.caption_id for verdict in verdicts}),
            "total": total,
            "last": self._told(mine[-1]) if mine else None,
            "estimate": self._told_estimate if is_quick else self._estimate(verdicts),
            "is_estimate_old": is_quick,
            "annotator": self.annotator,
            "tables": self._tables_stamp(),
        }

    def _tables_stamp(self) -> str:
        """Return a text that changes when a cell has ingested, scored or flagged."""
        space = self.workspace
        parts = (
            space.samples.height, space.captions.height, space.scores.height, space.scores["scored_at"].max(),
            space.flags.height, space.flags["flagged_at"].max(),
        )  # fmt: skip
        return " ".join(map(str, parts))

    def _told(self, verdict: Verdict) -> dict[str, object]:
        return {
            "caption_id": verdict.caption_id,
            "verdict": verdict.verdict,
            "error_types": list(verdict.error_types),
            "is_corrected": bool(verdict.edited_text),
            "name": self._name_of(verdict.caption_id),
            "at": verdict.at_utc.isoformat() if verdict.at_utc else None,
        }

    def _name_of(self, caption_id: str) -> str:
        captions = self.workspace.captions.filter(pl.col("caption_id") == caption_id)
        found = captions.join(self.workspace.samples, on="sample_id")["path"]
        return str(found[0]).rsplit("/", 1)[-1] if len(found) else caption_id

    def _estimate(self, verdicts: list[Verdict]) -> dict[str, object]:
        last = max((str(verdict.at_utc) for verdict in verdicts), default="")
        rests_on = (self._tables_stamp(), len(verdicts), last)
        if rests_on != self._estimate_rests_on:
            made = review.estimate(self.store, seed=self.seed)
            self._told_estimate = {
                "left": made.left, "low": made.low, "high": made.high,
                "drawn": made.drawn, "found": made.found, "reason": made.reason,
            }  # fmt: skip
            self._estimate_rests_on = rests_on
        return self._told_estimate

    # -- decisions

    def decide(self, message: Message) -> Answer:
        """Store one verdict on each caption named, with its correction; answers when all are on disk."""
        is_complete = message.get("is_complete")
        edited_text = message.get("edited_text")
        events = self.store_verdicts(
            _texts(message.get("caption_ids")),
            str(message.get("verdict")),
            error_types=_texts(message.get("error_types")),
            edited_text=edited_text if isinstance(edited_text, str) else None,
            is_complete=is_complete if isinstance(is_complete, bool) else None,
            key=str(message["key"]),
        )
        return self._decided(events)

    def store_verdicts(
        self,
        caption_ids: Sequence[str],
        verdict: str,
        *,
        error_types: Sequence[str],
        key: str,
        edited_text: str | None = None,
        is_complete: bool | None = None,
    ) -> list[Event]:
        """Store a verdict on every caption, each under a key of its own that names the batch.

        The size of the batch is part of the keys, so that one undo takes back the whole of it, also after the
        kernel was restarted. Where nothing is said of a correction (None), a `misaligned` keeps the one that
        this annotator has made before: naming another error is no word against it; "" takes it away.
        """
        if not caption_ids:
            raise DecisionError("There is no caption to decide on.", "Select a pair that has a caption.")
        if edited_text and len(caption_ids) > 1:
            raise DecisionError(
                f"One correction cannot be of {len(caption_ids)} captions.", "Correct them one by one."
            )
        with self.lock:
            kept = self._own_corrections() if verdict == "misaligned" and edited_text is None else {}
            corrections = {key: kept.get(key, (edited_text or "", is_complete)) for key in caption_ids}
            return [
                review.decide(
                    self.store,
                    caption_id,
                    verdict,
                    annotator=self.annotator,
                    error_types=error_types,
                    edited_text=corrections[caption_id][0],
                    is_complete=corrections[caption_id][1],
                    stratum=self.stratum_of(caption_id),
                    key=f"{key}#{len(caption_ids)}/{caption_id}",
                )
                for caption_id in caption_ids
            ]

    def _own_corrections(self) -> dict[str, tuple[str, bool | None]]:
        mine = (verdict for verdict in self.store.journal.verdicts() if verdict.annotator == self.annotator)
        return {v.caption_id: (v.edited_text, v.is_complete) for v in mine if v.edited_text}

    def stratum_of(self, caption_id: str) -> str:
        """Say how this caption came to be looked at."""
        return "picked"

    def _decided(self, events: Iterable[Event]) -> Answer:
        touched = sorted({event.verdict.caption_id for event in events})
        self.on_change()
        return Answer({"verdicts": self.verdicts_on(touched), "status": self.standing(is_quick=True)})

    def verdicts_on(self, caption_ids: Sequence[str]) -> dict[str, object]:
        """Return what stands on each caption: the annotator's own verdict, else the last of anybody's."""
        wanted: dict[str, object] = dict.fromkeys(caption_ids)
        own: set[str] = set()
        for verdict in self.store.journal.verdicts():
            key = verdict.caption_id
            if key in wanted and (key not in own or verdict.annotator == self.annotator):
                wanted[key] = {
                    "verdict": verdict.verdict,
                    "error_types": list(verdict.error_types),
                    "annotator": verdict.annotator,
                    "edited_text": verdict.edited_text,
                    "is_complete": verdict.is_complete,
                }
                own.update({key} if verdict.annotator == self.annotator else ())
        return wanted

    def _turn(self, message: Message, kind: str) -> Answer:
        with self.lock:
            journal = self.store.journal
            turn = journal.undo if kind == "undo" else journal.redo
            key = str(message["key"])
            first = turn(self.annotator, key=f"{key}#0")
            if first is None:
                return Answer({"verdicts": {}, "turned": [], "status": self.standing()})
            events = [first]
            for number in range(1, self._batch_size(first)):
                event = turn(self.annotator, key=f"{key}#{number}")
                events += [event] if event else []
        answer = self._decided(events)
        turned = [self._told(event.verdict) for event in events]
        return Answer(answer.content | {"turned": turned})

    def _batch_size(self, turned: Event) -> int:
        if turned.target_seq is None:
            return 1
        target = self.store.journal.events(since=turned.target_seq - 1)[0]
        found = _BATCH.fullmatch(target.key or "")
        return int(found["size"]) if found else 1

    # -- media

    def sample(self, message: Message) -> Answer:
        """Return all that is known of one sample: its captions, their scores, flags and verdicts."""
        sample_id = str(message["sample_id"])
        samples = self.workspace.samples.filter(pl.col("sample_id") == sample_id)
        if samples.is_empty():
            raise WorkbenchError(f"There is no sample {sample_id!r} any more.", "Run the cell again.")
        captions = self.workspace.captions.filter(pl.col("sample_id") == sample_id)
        ids = captions["caption_id"].to_list()
        scores = review.fresh_scores(self.store).filter(pl.col("caption_id").is_in(ids))
        flags = self.workspace.flags.filter(pl.col("caption_id").is_in(ids))
        content = {
            "sample": samples.row(0, named=True),
            "captions": captions.to_dicts(),
            "scores": scores.drop("detail").with_columns(pl.col(pl.Float64).fill_nan(None)).to_dicts(),
            "flags": flags.to_dicts(),
            "verdicts": self.verdicts_on(ids),
        }
        return Answer({}, [json_buffer(content)])

    def pictures(self, message: Message) -> Answer:
        """Return a small picture (JPEG) or a waveform (int8 peaks) for each sample named."""
        size_px = message.get("size_px")
        found = self.media.pictures(
            _texts(message.get("sample_ids")), size_px=size_px if isinstance(size_px, int) else 320
        )
        return Answer({"pictures": [part.told for part in found]}, [part.content for part in found])

    def media_head(self, message: Message) -> Answer:
        """Say how large the file of a sample is and of what type, before its bytes are asked for."""
        return Answer(self.media.head(str(message["sample_id"]), as_wav=bool(message.get("as_wav"))))

    def media_chunk(self, message: Message) -> Answer:
        """Return a stretch of the bytes of a sample's file."""
        start, size = message.get("start"), message.get("size")
        if not isinstance(start, int) or not isinstance(size, int):
            raise WorkbenchError(f"A chunk needs a start and a size; seen {start!r}, {size!r}.")
        sample_id = str(message["sample_id"])
        return Answer({}, [self.media.chunk(sample_id, start, size, as_wav=bool(message.get("as_wav")))])


def json_buffer(content: object) -> bytes:
    """Return content as JSON text for a binary buffer, which the message's own JSON does not copy again."""
    text = json.dumps(content, default=str, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace")


def _texts(value: object) -> list[str]:
    return [str(part) for part in value] if isinstance(value, list | tuple) else []


def _refusal(error: WorkbenchError) -> dict[str, object]:
    return {"ok": False, "error": error.message, "remedy": error.remedy}
