"""Check rows against their files and against each other, and gather what is to be written."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from workbench.records import CAPTION_KINDS, caption_hash, caption_id, utc_now
from workbench.schema import TABLES
from workbench.store import Store

from .base import TEXT_LIMIT, BadRow, Row
from .files import MediaFile, MediaFiles
from .text import undecodable

__all__ = ["END_SLACK_S", "Intake", "complaint"]

END_SLACK_S = 0.25
"""How far an interval may reach past the end of its media: lengths in headers are rounded to frames."""

_SHARED = ("group", "view", "split")


class Intake:
    """Takes rows one by one and sorts them: captions to add, unchanged ones, and rejects with a reason.

    Args:
        store: the workspace, read only here.
        files: the media files, looked into before the rows that name them are taken.
        source: what is read, for the rejects table.
        reader: the name of its format, likewise.
    """

    def __init__(self, store: Store, files: MediaFiles, source: str, reader: str) -> None:
        self.files = files
        self.source = source
        self.captions: list[dict[str, object]] = []
        self.rejects: list[dict[str, object]] = []
        self.rows_read = self.unchanged = self.bare = 0
        self.added: dict[str, MediaFile] = {}
        self.updated: dict[str, MediaFile] = {}
        self._reader = reader
        self._now = utc_now()
        self._samples = store.read("samples")
        self._present_samples: dict[str, tuple[str | None, ...]] = {
            key: tuple(words) for key, *words in self._samples.select("sample_id", *_SHARED).iter_rows()
        }
        self._present_captions = set(store.read("captions")["caption_id"])
        self._first_seen: dict[str, int] = {}  # caption id -> row
        self._given_ids: dict[str, int] = {}
        self._words: dict[tuple[str, str], tuple[str, int]] = {}  # (sample, group|view|split) -> value, row

    def take(self, row: Row | BadRow) -> None:
        """Sort one row. Its file must have been looked into."""
        if isinstance(row, BadRow):
            self._reject(row)
            return
        file = self.files[row.path]
        if isinstance(file, str):
            self._reject(BadRow(row.number, row.path, file, row.path))
        elif row.text is None:
            self.bare += 1
            self._keep(row, file)
        else:
            self._take_caption(replace(row, text=row.text.strip()), file)

    def samples(self) -> pl.DataFrame:
        """Return the whole samples table as it will be: present rows, renewed where needed, and new ones."""
        columns = {name: kind for name, kind in TABLES["samples"].items() if name not in _SHARED}
        changed = pl.DataFrame(
            [self._sample_row(file) for file in (self.added | self.updated).values() if file.found],
            schema=columns,
        )
        table = pl.concat(
            [self._samples, changed.join(self._samples, on="sample_id", how="anti")], how="diagonal"
        ).update(changed.drop("added_at"), on="sample_id", include_nulls=True)
        words = pl.DataFrame(
            [
                {"sample_id": key, **{name: self._word(key, name) for name in _SHARED}}
                for key in {sample for sample, _name in self._words}
            ],
            schema={"sample_id": pl.String(), **{name: pl.String() for name in _SHARED}},
        )
        return table.update(words, on="sample_id")

    def _take_caption(self, row: Row, file: MediaFile) -> None:
        text = row.text or ""
        key = caption_id(
            file.sample_id,
            text if undecodable(text) is None else "",
            kind=row.kind,
            lang=row.lang,
            source=row.source,
            start_s=row.start_s,
            end_s=row.end_s,
        )
        if reason := complaint(row, file) or self._conflict(row, file, key):
            self._reject(BadRow(row.number, row.path, reason, _seen(row)))
            return
        self.rows_read += 1
        self._first_seen[key] = row.number
        if row.caption_id:
            self._given_ids[row.caption_id] = row.number
        self._keep(row, file)
        if key in self._present_captions:
            self.unchanged += 1
            return
        self.captions.append(
            {
                "caption_id": key,
                "sample_id": file.sample_id,
                "kind": row.kind,
                "text": text,
                "lang": row.lang,
                "source": row.source,
                "speaker": row.speaker,
                "start_s": row.start_s,
                "end_s": row.end_s,
                "parent": None,
                "caption_hash": caption_hash(text, row.start_s, row.end_s),
                "added_at": self._now,
            }
        )

    def _conflict(self, row: Row, file: MediaFile, key: str) -> str | None:
        """Say how a row contradicts or repeats one before it; None when it does not."""
        if key in self._first_seen:
            return f"the same caption for the same file was given already in row {self._first_seen[key]}."
        if row.caption_id and row.caption_id in self._given_ids:
            return f"caption_id {row.caption_id!r} was used already in row {self._given_ids[row.caption_id]}."
        for name in _SHARED:
            value = getattr(row, name)
            before, number = self._words.get((file.sample_id, name), (value, row.number))
            if value is not None and value != before:
                return f"the {name} is {value!r} here but {before!r} in row {number} for the same file."
        return None

    def _keep(self, row: Row, file: MediaFile) -> None:
        present = self._present_samples.get(file.sample_id)
        if present is None:
            self.added[file.sample_id] = file
        elif file.found is not None:
            self.updated[file.sample_id] = file
        for index, name in enumerate(_SHARED):
            value = getattr(row, name)
            if value is None:
                continue
            self._words.setdefault((file.sample_id, name), (value, row.number))
            if present is not None and present[index] != value:
                self.updated[file.sample_id] = file

    def _word(self, sample: str, name: str) -> str | None:
        value, _number = self._words.get((sample, name), (None, 0))
        return value

    def _sample_row(self, file: MediaFile) -> dict[str, object]:
        found = file.found
        assert found is not None  # only files that were probed come here
        return {
            "sample_id": file.sample_id,
            "media": found.media,
            "root": self.files.root_name,
            "path": file.relative,
            "content_hash": file.content_hash,
            "size_bytes": file.size_bytes,
            "width": found.width,
            "height": found.height,
            "duration_s": found.duration_s,
            "frame_rate_hz": found.frame_rate_hz,
            "sample_rate_hz": found.sample_rate_hz,
            "has_audio": found.has_audio,
            "added_at": self._now,
        }

    def _reject(self, bad: BadRow) -> None:
        self.rows_read += 1
        self.rejects.append(
            {
                "source": self.source,
                "row": bad.number,
                "path": _storable(bad.path),
                "reason": _storable(bad.reason),
                "value": (_storable(bad.value) or "")[:200],
                "reader": self._reader,
                "rejected_at": self._now,
            }
        )


def complaint(row: Row, file: MediaFile) -> str | None:
    """Say what is wrong with a caption by itself or for its file; None when nothing is."""
    text = row.text or ""
    if wrong := undecodable(text):
        return f"the caption {wrong}"
    if not text:
        return "the caption is empty."
    if len(text) > TEXT_LIMIT:
        return f"the caption is too long: {len(text):,} characters; the limit is {TEXT_LIMIT:,}."
    if row.kind not in CAPTION_KINDS:
        return f"the kind {row.kind!r} is not known; known: {', '.join(CAPTION_KINDS)}."
    for name in ("lang", "source", "speaker", "caption_id", *_SHARED):
        if (word := getattr(row, name)) is not None and (wrong := undecodable(word)):
            return f"the {name} {wrong}"
    return _interval_complaint(row.start_s, row.end_s, file)


def _interval_complaint(start_s: float | None, end_s: float | None, file: MediaFile) -> str | None:
    if start_s is None and end_s is None:
        return None
    if start_s is None or end_s is None:
        return f"the interval has only {'an end' if start_s is None else 'a start'}; give both or neither."
    if file.media == "image":
        return f"an image has no time, but the row gives the interval {start_s:g} to {end_s:g} s."
    if start_s < 0:
        return f"the interval starts before 0: {start_s:g} s."
    if end_s <= start_s:
        return f"the interval ends at {end_s:g} s, not after its start at {start_s:g} s."
    if file.duration_s is not None and end_s > file.duration_s + END_SLACK_S:
        return f"the interval ends at {end_s:g} s, beyond the {file.media}'s end at {file.duration_s:.2f} s."
    return None


def _seen(row: Row) -> str:
    times = "" if row.start_s is None and row.end_s is None else f" [{row.start_s}, {row.end_s}]"
    return f"{(row.text or '')[:160]}{times}"


def _storable(text: str | None) -> str | None:
    return None if text is None else text.encode("utf-8", "backslashreplace").decode("utf-8")
