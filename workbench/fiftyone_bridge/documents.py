"""A workspace's samples as the documents that FiftyOne keeps, made whole from the tables and the journal.

Documents are written raw: building FiftyOne's own `Sample` objects for 100,000 samples of five captions takes
forty times the processor time. What a document says follows from the workspace alone, ids included, so that
one made again is the same document.
"""

from __future__ import annotations

import json
import mimetypes
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

import polars as pl

from workbench.errors import MediaError, UnknownNameError
from workbench.fiftyone_bridge.audio import AudioFiles
from workbench.fiftyone_bridge.fields import LABELS, SAMPLE_COLUMNS, score_field
from workbench.fiftyone_bridge.vectors import Vectors, pack
from workbench.records import ERROR_TYPES, VERDICTS
from workbench.store import Store

__all__ = ["TAGS", "Document", "Grouping", "documents", "object_id", "said_of", "unclear_tags"]

#: The tags that mean a decision; any other tag is the user's own business and left alone.
TAGS: Final = (*VERDICTS, "fine", *ERROR_TYPES)
#: The tag of samples with a suspicion; made by rules, so no decision.
FLAGGED: Final = "flagged"
_ID_BYTES: Final = 12

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Document:
    """One sample for FiftyOne.

    Attributes:
        key: its id, 24 hexadecimal digits.
        media: `image`, `video` or `audio`.
        fields: what is written, by the name of the field; ids within are hexadecimal.
        tags: the tags of ours on the sample.
        group_key: the id of its group, where the dataset has groups.
        slice: its place in the group.
        vector: its embedding as FiftyOne stores one; None where it has none.
    """

    key: str
    media: str
    fields: Row
    tags: tuple[str, ...] = ()
    group_key: str = ""
    slice: str = ""
    vector: bytes | None = None


@dataclass(slots=True)
class Grouping:
    """Which samples belong together, and the name of each one's place in its group.

    Attributes:
        slices: the kind of media of each place, by its name; empty where the dataset has no groups.
        places: (group, slice) of each sample.
    """

    slices: dict[str, str] = field(default_factory=dict)
    places: dict[str, tuple[str, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, samples: pl.DataFrame) -> Grouping:
        """Group by the events of the workspace; media of several kinds also need groups to share a dataset.

        A dataset of FiftyOne holds one kind of media, unless it is grouped; then each place in a group (a
        *slice*) does. A sample of no event is a group of its own.
        """
        grouping = cls()
        if samples["media"].n_unique() < 2 and not samples["group"].is_not_null().any():
            return grouping
        taken: set[tuple[str, str]] = set()
        for sample_id, media, group, view in samples.select(
            "sample_id", "media", "group", "view"
        ).iter_rows():
            event = f"event:{group}" if group else f"sample:{sample_id}"
            name = grouping._free(event, (view if group else None) or media, media, taken)
            taken.add((event, name))
            grouping.slices.setdefault(name, media)
            grouping.places[sample_id] = event, name
        return grouping

    def _free(self, event: str, wanted: str, media: str, taken: set[tuple[str, str]]) -> str:
        if self.slices.get(wanted, media) != media:
            wanted = f"{wanted}-{media}"
        names = (wanted if n == 1 else f"{wanted}-{n}" for n in range(1, len(taken) + 2))
        return next(
            name for name in names if (event, name) not in taken and self.slices.get(name, media) == media
        )


def documents(
    store: Store,
    annotator: str,
    *,
    only: Sequence[str] | None = None,
    vectors: Vectors | None = None,
) -> Iterator[Document]:
    """Make the document of every sample, or of some.

    Args:
        store: the workspace.
        annotator: whose verdicts the captions show; all verdicts are in `verdicts`.
        only: ids of the samples wanted; all when left out.
        vectors: of the media; none when left out.
    """
    vectors = vectors or Vectors()
    audio = AudioFiles(store)
    samples = store.read("samples")
    grouping = Grouping.of(samples)
    wanted = samples if only is None else samples.filter(pl.col("sample_id").is_in(list(only)))
    known = _Known(store, annotator, None if only is None else wanted["sample_id"])
    for row in wanted.iter_rows(named=True):
        fields, tags = _fields(store, row, known)
        if row["media"] == "audio":
            fields |= audio.fields(row)
        vector = vectors.by_content.get(row["content_hash"])
        fields["embedding_key"] = vectors.encoder if vector is not None else None
        event, name = grouping.places.get(row["sample_id"], ("", ""))
        yield Document(
            key=object_id(row["sample_id"]),
            media=row["media"],
            fields=fields,
            tags=tags,
            group_key=object_id(event) if event else "",
            slice=name,
            vector=None if vector is None else pack(vector),
        )


def object_id(*parts: str) -> str:
    """Return the id of a thing in the database: the same parts are the same id.

    Example:
        >>> object_id("caption", "c1") == object_id("caption", "c1") != object_id("caption", "c2")
        True
    """
    return blake2b("\0".join(parts).encode(), digest_size=_ID_BYTES).hexdigest()


def said_of(label: str, caption: Mapping[str, Any]) -> str:
    """Return what a caption's label says of it, as text to compare: its words, verdict, types, tags.

    Args:
        label: the text shown.
        caption: with `verdict`, `error_types`, `severity`, `note` and `tags`.
    """
    return json.dumps(
        [
            blake2b(label.encode(), digest_size=8).hexdigest(),
            caption.get("verdict") or "",
            sorted(caption.get("error_types") or ()),
            caption.get("severity"),
            caption.get("note") or "",
            sorted(tag for tag in caption.get("tags") or () if tag in TAGS),
        ],
        ensure_ascii=False,
    )


def unclear_tags(captions: int) -> tuple[str, ...]:
    """Return the tags that decide nothing on a sample of so many captions: they do not say which is wrong."""
    return ("misaligned", *ERROR_TYPES) if captions > 1 else ()


class _Known:
    """What the workspace knows of captions, gathered once and looked up sample by sample."""

    def __init__(self, store: Store, annotator: str, samples: pl.Series | None) -> None:
        captions = store.read("captions")
        if samples is not None:
            captions = captions.filter(pl.col("sample_id").is_in(samples.implode()))
        owners = captions.select("caption_id", "sample_id")
        self.annotator = annotator
        self.captions = _by_sample(captions, _columns("captions", captions))
        tables = {name: store.read(name) for name in ("flags", "scores")}
        tables["verdicts"] = store.journal.frame()
        self.labels = {
            name: _by_sample(
                table.join(owners, on="caption_id", maintain_order="left"), _columns(name, table)
            )
            for name, table in tables.items()
        }


def _columns(name: str, table: pl.DataFrame) -> list[str]:
    labels = LABELS[name]
    wanted = [labels.label, labels.confidence, *labels.columns]
    return [column for column in wanted if column in table.columns]


def _by_sample(table: pl.DataFrame, columns: list[str]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in table.select("sample_id", *columns).iter_rows(named=True):
        found.setdefault(row.pop("sample_id"), []).append(row)
    return found


def _fields(store: Store, sample: Row, known: _Known) -> tuple[Row, tuple[str, ...]]:
    own = {name: known.labels[name].get(sample["sample_id"], []) for name in ("flags", "scores", "verdicts")}
    verdicts = {row["caption_id"]: row for row in own["verdicts"] if row["annotator"] == known.annotator}
    captions = [
        _caption(row, verdicts.get(row["caption_id"])) for row in known.captions.get(sample["sample_id"], [])
    ]
    texts = {row["caption_id"]: row["text"] for row in captions}
    flags = [row | {"words": _words(texts[row["caption_id"]], row)} for row in own["flags"]]
    tags = _tags(captions, has_flags=bool(flags))
    fields: Row = {field: sample[column] for column, field in SAMPLE_COLUMNS.items()}
    fields |= _lowest(own["scores"])
    fields["filepath"] = _path(store, sample)
    fields["metadata"] = _metadata(sample)
    fields["captions"] = _labels("captions", captions)
    fields["flags"] = _labels("flags", flags)
    fields["scores"] = _labels("scores", own["scores"])
    fields["verdicts"] = _labels("verdicts", own["verdicts"])
    if sample["media"] == "video":
        fields["intervals"] = _labels("intervals", _intervals(sample, captions, flags))
    fields["said_tags"] = [tag for tag in tags if tag != FLAGGED]
    return fields, tags


def _caption(row: Row, verdict: Row | None) -> Row:
    """Return a caption with what its annotator says of it: as corrected, where it was corrected."""
    said = verdict or {}
    shown = said.get("edited_text") or row["text"]
    whole = row | {
        "shown": shown,
        "verdict": said.get("verdict"),
        "error_types": list(said.get("error_types") or ()),
        "severity": said.get("severity"),
        "note": said.get("note") or None,
        "tags": [said["verdict"], *said["error_types"]] if said else [],
    }
    return whole | {"said": said_of(shown, whole)}


def _tags(captions: Sequence[Row], *, has_flags: bool) -> tuple[str, ...]:
    """Return the tags of a sample: misaligned where a caption is, ok where all are, flagged where any is."""
    verdicts = [caption["verdict"] for caption in captions]
    found = [FLAGGED] if has_flags else []
    if "misaligned" in verdicts:
        found.append("misaligned")
    elif verdicts and all(verdict == "ok" for verdict in verdicts):
        found.append("ok")
    return tuple(found)


def _intervals(sample: Row, captions: Sequence[Row], flags: Sequence[Row]) -> list[Row]:
    """Return the stretches of time of a video's captions and flags, as FiftyOne counts: frames from 1."""
    rate_hz = sample["frame_rate_hz"] or 0.0
    last = max(int((sample["duration_s"] or 0.0) * rate_hz), 1)
    told = [(row, row["shown"], "caption") for row in captions]
    told += [(row, row["error_type"], "flag") for row in flags]
    found = []
    for row, shown, of in told:
        if row["start_s"] is None or row["end_s"] is None or not rate_hz:
            continue
        first = min(max(int(row["start_s"] * rate_hz) + 1, 1), last)
        support = [first, max(first, min(int(row["end_s"] * rate_hz), last))]
        keep = {name: row[name] for name in ("caption_id", "start_s", "end_s")}
        found.append(keep | {"shown": shown, "of": of, "support": support})
    return found


def _labels(name: str, rows: Sequence[Row]) -> Row:
    """Return rows as one label field. A row's place is part of its id: two flags may say the same."""
    labels = LABELS[name]
    elements = []
    for place, row in enumerate(rows):
        element: Row = {
            "_id": object_id(name, str(row["caption_id"]), "" if name == "captions" else str(place)),
            "_cls": labels.element,
            "tags": row.get("tags", []),
            "label": row[labels.label],
        }
        if labels.confidence:
            element["confidence"] = row[labels.confidence]
        if "support" in row:
            element["support"] = row["support"]
        elements.append(element | {column: row.get(column) for column in labels.columns})
    return {"_cls": labels.kind, labels.elements: elements}


def _lowest(scores: Sequence[Row]) -> Row:
    found: Row = {}
    for row in scores:
        name, value = score_field(row["scorer"]), row["value"]
        if value is not None and (found.get(name) is None or value < found[name]):
            found[name] = value
    return found


def _words(text: str, flag: Row) -> str | None:
    if flag["start_char"] is None or flag["end_char"] is None:
        return None
    return text[flag["start_char"] : flag["end_char"]]


def _path(store: Store, sample: Row) -> str:
    try:
        return str(store.media_path(sample["root"], sample["path"]))
    except (MediaError, UnknownNameError):  # its folder is not known here, or the path leads out of it
        return str(Path(sample["root"]) / Path(sample["path"]).name)


def _metadata(sample: Row) -> Row:
    """Return what FiftyOne would otherwise ask a program (ffprobe) that need not be here."""
    mime = mimetypes.guess_type(sample["path"])[0]
    told: Row = {"_cls": "Metadata", "size_bytes": sample["size_bytes"], "mime_type": mime}
    if sample["media"] == "image":
        told |= {"_cls": "ImageMetadata", "width": sample["width"], "height": sample["height"]}
    elif sample["media"] == "video":
        rate_hz, duration_s = sample["frame_rate_hz"], sample["duration_s"]
        told |= {
            "_cls": "VideoMetadata",
            "frame_width": sample["width"],
            "frame_height": sample["height"],
            "frame_rate": rate_hz,
            "duration": duration_s,
            "total_frame_count": int(rate_hz * duration_s) if rate_hz and duration_s else None,
        }
    return told
