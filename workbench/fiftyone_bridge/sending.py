"""Bring a FiftyOne dataset up to date with a workspace: write what is new or changed, and nothing else.

What somebody did in the App and has not been taken in yet is never written over: such a sample is held back
until `ws.from_fiftyone` has heard it. Fields and tags of the user's own stay as they are.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

from workbench.errors import FiftyOneError
from workbench.fiftyone_bridge.documents import FLAGGED, TAGS, Document, Grouping, documents, unclear_tags
from workbench.fiftyone_bridge.fields import LABELS, declare_fields
from workbench.fiftyone_bridge.opening import INFO, workspace_of
from workbench.fiftyone_bridge.vectors import draw_map, find_vectors
from workbench.store import Store

__all__ = ["Sent", "send"]

_BATCH = 1000
_VERSION = 1

Raw = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sent:
    """What was written.

    Attributes:
        dataset: the FiftyOne dataset.
        held_back: samples left as they are, because somebody changed them in the App since the last time.
    """

    dataset: Any
    added: int
    changed: int
    unchanged: int
    removed: int
    held_back: int

    def __str__(self) -> str:
        told = (
            f"FiftyOne dataset {self.dataset.name!r}: {self.added:,} samples added, "
            f"{self.changed:,} changed, {self.removed:,} removed, {self.unchanged:,} as they were."
        )
        if self.held_back:
            told += f" {self.held_back:,} were changed in the App and left alone: ws.from_fiftyone() first."
        return told


def send(
    store: Store,
    fiftyone: Any,
    name: str,
    *,
    annotator: str,
    only: Sequence[str] | None = None,
    is_heard: bool = False,
) -> Sent:
    """Write the samples of a workspace to a dataset.

    Args:
        store: the workspace.
        fiftyone: the module, connected.
        name: the name of the dataset; made where it is not there.
        annotator: whose verdicts the captions show.
        only: ids of the samples to write; all when left out.
        is_heard: whether what was done in the App has been taken in, so that it may be written over.

    Raises:
        FiftyOneError: the dataset belongs to another workspace, or its media no longer fit it.
    """
    grouping = Grouping.of(store.read("samples"))
    dataset = _dataset(store, fiftyone, name, grouping, annotator)
    scorers = store.read("scores")["scorer"].unique().sort().to_list()
    declare_fields(fiftyone, dataset, scorers)
    vectors = find_vectors(store)
    wanted = documents(store, annotator, only=only, vectors=vectors)
    sent = _write(dataset, wanted, is_whole=only is None, is_heard=is_heard)
    dataset.reload()
    if only is None:
        draw_map(fiftyone, dataset, vectors)
    return sent


def _dataset(store: Store, fiftyone: Any, name: str, grouping: Grouping, annotator: str) -> Any:
    medias = store.read("samples")["media"].unique().to_list()
    if not medias:
        raise FiftyOneError("This workspace has no samples to show.", "Take some in: ws.ingest(folder).")
    if not fiftyone.dataset_exists(name):
        return _create(store, fiftyone, name, grouping, annotator, medias[0])
    dataset = fiftyone.load_dataset(name)
    dataset.reload()
    if workspace_of(dataset) != store.path:
        raise FiftyOneError(
            f"The FiftyOne dataset {name!r} was made from {workspace_of(dataset) or 'something else'}, not "
            f"from {store.path}.",
            'Give another name: ws.to_fiftyone(name="...").',
        )
    is_grouped = dataset.media_type == "group"
    if is_grouped != bool(grouping.slices) or (not is_grouped and dataset.media_type != medias[0]):
        raise FiftyOneError(
            f"The media of this workspace no longer fit the FiftyOne dataset {name!r}, which holds "
            f"{dataset.media_type}.",
            f"Take its decisions in: ws.from_fiftyone({name!r}); then fiftyone.delete_dataset({name!r}) and "
            "ws.to_fiftyone() again.",
        )
    _add_slices(dataset, grouping)
    if dataset.info[INFO]["annotator"] != annotator:  # whom the operators decide for
        dataset.info[INFO] = dataset.info[INFO] | {"annotator": annotator}
        dataset.save()
    return dataset


def _create(store: Store, fiftyone: Any, name: str, grouping: Grouping, annotator: str, media: str) -> Any:
    dataset = fiftyone.Dataset(name, persistent=True)
    if grouping.slices:
        dataset.add_group_field("group", default=next(iter(grouping.slices)))
        _add_slices(dataset, grouping)
    else:
        dataset.media_type = media
    dataset.info[INFO] = {"path": str(store.path), "annotator": annotator, "version": _VERSION}
    dataset.save()
    return dataset


def _add_slices(dataset: Any, grouping: Grouping) -> None:
    for name, media in grouping.slices.items():
        if name not in (dataset.group_media_types or {}):
            dataset.add_group_slice(name, media)


def _write(dataset: Any, wanted: Iterator[Document], *, is_whole: bool, is_heard: bool) -> Sent:
    writing = _Writing(dataset, is_heard=is_heard)
    batch: list[Document] = []
    for document in wanted:
        batch.append(document)
        if len(batch) == _BATCH:
            writing.write(batch)
            batch = []
    writing.write(batch)
    removed = writing.remove_rest() if is_whole else 0
    return Sent(dataset, writing.added, writing.changed, writing.unchanged, removed, writing.held_back)


class _Writing:
    """One pass over the documents of a dataset: what is there is known, what is written is counted."""

    def __init__(self, dataset: Any, *, is_heard: bool) -> None:
        self._collection = dataset._sample_collection
        self._dataset_id = dataset._doc.id
        self._is_heard = is_heard
        self._now = datetime.now(UTC).replace(tzinfo=None)
        # MongoDB keeps thousandths of a second: a finer time would never equal what is read back.
        self._now = self._now.replace(microsecond=self._now.microsecond // 1000 * 1000)
        known = ("fingerprint", "synced_at", "last_modified_at", "tags", "said_tags")
        ours = self._collection.find({"sample_id": {"$exists": True}}, dict.fromkeys(known, 1))
        self._seen: dict[Any, Raw] = {found["_id"]: found for found in ours}
        self.added = self.changed = self.unchanged = self.held_back = 0

    def write(self, batch: Sequence[Document]) -> None:
        """Insert what is new and update what has changed."""
        fresh, stale = [], []
        for document in batch:
            raw = _raw(document)
            found = self._seen.pop(raw["_id"], None)
            is_touched = found is not None and found["last_modified_at"] != found["synced_at"]
            if found is None:
                fresh.append(raw | self._once(document))
            elif is_touched and not self._is_heard:
                self.held_back += 1
            elif found["fingerprint"] == raw["fingerprint"] and not is_touched:
                self.unchanged += 1
            else:
                stale.append((found, raw | {"tags": _merged(found, document)}))
        if fresh:
            self._collection.insert_many(fresh, ordered=False)
            self.added += len(fresh)
        if stale:
            self._update(stale)

    def remove_rest(self) -> int:
        """Take out the samples that the workspace has no more; those never of it stay."""
        gone = list(self._seen)
        for start in range(0, len(gone), _BATCH):
            self._collection.delete_many({"_id": {"$in": gone[start : start + _BATCH]}})
        return len(gone)

    def _update(self, stale: Sequence[tuple[Raw, Raw]]) -> None:
        from pymongo import UpdateOne

        kept = self._own_tags([found["_id"] for found, _ in stale])
        updates = []
        for found, raw in stale:
            for element in raw["captions"]["classifications"]:
                element["tags"] += kept.get(element["_id"], [])
            fields = {name: value for name, value in raw.items() if name != "_id"} | self._times()
            # Only where nobody wrote since it was read: what was done in between is heard the next time.
            seen = {"_id": found["_id"], "last_modified_at": found["last_modified_at"]}
            updates.append(UpdateOne(seen, {"$set": fields}))
        written = self._collection.bulk_write(updates, ordered=False).matched_count
        self.changed += written
        self.held_back += len(stale) - written

    def _own_tags(self, ids: Sequence[Any]) -> dict[Any, list[str]]:
        """Return the tags of the user's own on captions, which stay when the captions are written again."""
        path = {"captions.classifications._id": 1, "captions.classifications.tags": 1}
        found: dict[Any, list[str]] = {}
        for document in self._collection.find({"_id": {"$in": list(ids)}}, path):
            for element in (document.get("captions") or {}).get("classifications", []):
                found[element["_id"]] = [tag for tag in element.get("tags", []) if tag not in TAGS]
        return found

    def _once(self, document: Document) -> Raw:
        """Return what a sample is given when it is made, and keeps."""
        whole: Raw = {
            "tags": list(document.tags),
            "_media_type": document.media,
            "_rand": random.random(),
            "_dataset_id": self._dataset_id,
            "created_at": self._now,
        }
        return whole | self._times()

    def _times(self) -> Raw:
        return {"last_modified_at": self._now, "synced_at": self._now}


def _raw(document: Document) -> Raw:
    """Return a document with ids as the database keeps them, and a fingerprint of what it says."""
    from bson import Binary, ObjectId

    told = json.dumps([document.fields, document.tags, document.slice], default=str, sort_keys=True)
    raw: Raw = {"_id": ObjectId(document.key), **document.fields}
    raw["fingerprint"] = blake2b(told.encode(), digest_size=16).hexdigest()
    for name, labels in LABELS.items():
        for element in raw[name][labels.elements] if name in raw else ():
            element["_id"] = ObjectId(element["_id"])
    if document.vector is not None:
        raw["embedding"] = Binary(document.vector)
    if document.slice:
        raw["group"] = {"_cls": "Group", "_id": ObjectId(document.group_key), "name": document.slice}
    return raw


def _merged(found: Raw, document: Document) -> list[str]:
    """Return a sample's tags: the user's own, ours as they are now, and those that could not be heard."""
    count = len(document.fields["captions"]["classifications"])
    unheard = set(unclear_tags(count)) - set(found.get("said_tags") or ()) - set(document.tags)
    known = {*TAGS, FLAGGED} - unheard
    return [tag for tag in found["tags"] if tag not in known] + list(document.tags)
