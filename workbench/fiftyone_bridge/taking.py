"""Hear what was done in FiftyOne: tags, labels and edits become verdicts in the workspace's journal.

Each caption carries what was last said of it (`said`), so that what a person changed since is known, whoever
else decided meanwhile. A decision is recorded under a key made of what it says and when, so that one heard
twice, after a crash between the journal and the dataset, is stored once.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any, Final

from workbench.errors import FiftyOneError, WorkbenchError
from workbench.fiftyone_bridge.documents import TAGS, said_of, unclear_tags
from workbench.fiftyone_bridge.opening import workspace_of
from workbench.fiftyone_bridge.sending import send
from workbench.records import ERROR_TYPES, VERDICTS, Verdict
from workbench.store import Store

__all__ = ["Hearing", "Taken", "take"]

_PATHS: Final = (
    "sample_id", "tags", "said_tags", "last_modified_at", "captions.classifications.caption_id",
    "captions.classifications.label", "captions.classifications.tags", "captions.classifications.said",
    "captions.classifications.verdict", "captions.classifications.error_types",
    "captions.classifications.severity", "captions.classifications.note",
)  # fmt: skip
_TAG_OF: Final = {"fine": "ok"}

Raw = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Taken:
    """What came home.

    Attributes:
        verdicts: decisions stored.
        repeats: decisions that had been stored before.
        older: changes left out because the same person decided on the caption later, in the workspace.
        refused: what cannot be a decision, in words.
        samples: samples that were changed in the App since the last time.
    """

    verdicts: int = 0
    repeats: int = 0
    older: int = 0
    refused: tuple[str, ...] = field(default=())
    samples: int = 0

    def __str__(self) -> str:
        told = f"{self.verdicts:,} verdicts taken from {self.samples:,} samples changed in FiftyOne."
        if self.repeats:
            told += f" {self.repeats:,} were here already."
        if self.older:
            told += f" {self.older:,} left out: decided on later in the workspace."
        return "\n".join([told, *self.refused])


@dataclass(frozen=True, slots=True)
class _Said:
    """What a caption's label says: the words by their hash, the verdict and its parts, the tags of ours."""

    words: str
    verdict: str
    error_types: tuple[str, ...]
    severity: int | None
    note: str
    tags: frozenset[str]

    @classmethod
    def read(cls, text: str | None) -> _Said:
        words, verdict, types, severity, note, tags = json.loads(text or '["", "", [], null, "", []]')
        return cls(words, verdict, tuple(types), severity, note, frozenset(_TAG_OF.get(t, t) for t in tags))


def take(store: Store, fiftyone: Any, dataset: Any, *, annotator: str) -> Taken:
    """Record what was changed in a dataset since it was last written, and write those samples again.

    Args:
        store: the workspace.
        fiftyone: the module, connected.
        dataset: made by `ws.to_fiftyone()` from this workspace.
        annotator: who did it: FiftyOne does not say.

    Raises:
        FiftyOneError: the dataset was not made from this workspace.
        JournalError: the decisions could not be written; none of them was then.
    """
    if workspace_of(dataset) != store.path:
        raise FiftyOneError(
            f"The FiftyOne dataset {dataset.name!r} was made from "
            f"{workspace_of(dataset) or 'something else'}, not from {store.path}.",
            "Give the one that ws.to_fiftyone() made.",
        )
    is_touched = {"$expr": {"$ne": ["$last_modified_at", "$synced_at"]}, "sample_id": {"$exists": True}}
    changed = list(dataset._sample_collection.find(is_touched, dict.fromkeys(_PATHS, 1)))
    hearing = Hearing(store, dataset.name, annotator)
    for sample in changed:
        hearing.hear(sample)
    events = store.journal.record_all(hearing.heard)
    if changed:
        touched = [sample["sample_id"] for sample in changed]
        send(store, fiftyone, dataset.name, annotator=annotator, only=touched, is_heard=True)
    again = sum(event.is_repeat for event in events)
    return Taken(
        len(events) - again, again + hearing.repeats, hearing.older, tuple(hearing.refused), len(changed)
    )


class Hearing:
    """Turn changed samples into verdicts, one after the other.

    Attributes:
        heard: verdicts, each with its key.
        refused: what cannot be a decision, in words.
        older: changes that a later decision in the workspace overrides.
        repeats: changes heard before.
    """

    def __init__(self, store: Store, dataset: str, annotator: str) -> None:
        self._dataset, self._annotator = dataset, annotator
        captions = store.read("captions").select("caption_id", "text", "caption_hash")
        self._captions = {row[0]: (row[1], row[2]) for row in captions.iter_rows()}
        standing = store.journal.verdicts()
        self._mine = {made.caption_id: made for made in standing if made.annotator == annotator}
        self.heard: list[tuple[Verdict, str]] = []
        self.refused: list[str] = []
        self.older = self.repeats = 0

    def hear(self, sample: Raw) -> None:
        """Take down what a changed sample says."""
        at = sample["last_modified_at"].replace(tzinfo=UTC)
        captions = (sample.get("captions") or {}).get("classifications", [])
        told = self._of_sample(sample, captions)
        for caption in captions:
            if caption.get("caption_id") in self._captions:  # else a label of the user's own
                self._hear_caption(caption, told, at)

    def _of_sample(self, sample: Raw, captions: Sequence[Raw]) -> set[str]:
        """Return the tags put on a sample that speak of each of its captions."""
        new = _ours(sample.get("tags")) - _ours(sample.get("said_tags"))
        if unclear := new & set(unclear_tags(len(captions))):
            self.refused.append(
                f"Sample {sample['sample_id']}: the tag {', '.join(sorted(unclear))} does not say which "
                f"of its {len(captions)} captions is meant. Tag the caption itself, or use Flag misaligned."
            )
        return new - set(unclear_tags(len(captions)))

    def _hear_caption(self, caption: Raw, told: set[str], at: datetime) -> None:
        now = _Said.read(said_of(caption.get("label") or "", caption))
        now = replace(now, tags=now.tags | told)
        verdict = self._verdict(caption, _Said.read(caption.get("said")), now)
        if verdict is None:
            return
        mine = self._mine.get(verdict.caption_id)
        if mine is not None and mine.at_utc is not None and mine.at_utc > at:
            is_same = (
                replace(verdict, at_utc=mine.at_utc) == mine
            )  # heard before, and cut off before it showed
            self.repeats += is_same
            self.older += not is_same
            return
        digest = blake2b(repr((now, sorted(now.tags), at)).encode(), digest_size=12).hexdigest()
        self.heard.append((verdict, f"fiftyone/{self._dataset}/{verdict.caption_id}/{digest}"))

    def _verdict(self, caption: Raw, was: _Said, now: _Said) -> Verdict | None:
        """Return what a person decided by what they changed; None where it decides nothing."""
        identity, shown = caption["caption_id"], (caption.get("label") or "").strip()
        text, caption_hash = self._captions[identity]
        if not shown:
            self.refused.append(f"Caption {identity}: its words were taken out, which says nothing of them.")
            return None
        is_corrected = shown != text.strip()
        wanted = _wanted(was, now)
        if now.words != was.words:
            wanted = "misaligned" if is_corrected else wanted or "ok"
        elif not wanted and now != replace(was, tags=now.tags):
            wanted = now.verdict  # its types, its severity or its note
        if not wanted or (wanted == "ok" and is_corrected):  # fine as corrected: that stands already
            return None
        mine = self._mine.get(identity)
        bare = Verdict(identity, wanted, self._annotator)
        if wanted == "misaligned" and mine is not None and mine.verdict == wanted:
            bare = replace(mine, at_utc=None)  # its spans and intervals, which FiftyOne does not change
        is_wrong = wanted == "misaligned"
        try:
            return replace(
                bare,
                error_types=_types(was, now) if is_wrong else (),
                severity=now.severity if is_wrong else None,
                note=now.note,
                edited_text=shown if is_wrong and is_corrected else "",
                caption_hash=caption_hash,
            )
        except WorkbenchError as error:
            self.refused.append(f"Caption {identity}: {error}")
            return None


def _wanted(was: _Said, now: _Said) -> str:
    """Return the verdict that was set by the field or by a tag; "" where neither was touched."""
    if now.verdict != was.verdict:
        return now.verdict if now.verdict in VERDICTS else "skip"
    added, removed = now.tags - was.tags, was.tags - now.tags
    if added & set(VERDICTS):
        return next(verdict for verdict in ("misaligned", "ok", "skip") if verdict in added)
    if added & set(ERROR_TYPES):
        return "misaligned"
    if removed & set(VERDICTS) and not now.tags & set(VERDICTS):
        return "skip"  # taken off: looked at, and no decision any more
    return "misaligned" if removed & set(ERROR_TYPES) and was.verdict == "misaligned" else ""


def _types(was: _Said, now: _Said) -> tuple[str, ...]:
    """Return the error types: of the field, with those tagged and without those whose tag was taken off."""
    known = set(ERROR_TYPES)
    chosen = (set(now.error_types) | (now.tags & known)) - (was.tags - now.tags)
    return tuple(name for name in ERROR_TYPES if name in chosen)


def _ours(tags: Iterable[str] | None) -> set[str]:
    return {_TAG_OF.get(tag, tag) for tag in tags or () if tag in TAGS}
