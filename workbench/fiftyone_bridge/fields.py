"""The fields of a dataset: what each thing of a workspace is called in FiftyOne, and of what type it is.

Only FiftyOne's own classes with added attributes are used: a class of ours would have to be importable in
every process that opens the dataset, the App's server included. The attributes are the columns of the
workspace's tables under their own names, so that a reader who knows one knows the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from workbench.payloads import VERDICT_COLUMNS
from workbench.schema import TABLES

__all__ = ["LABELS", "OWN_FIELDS", "SAMPLE_COLUMNS", "Labels", "declare_fields", "score_field"]

#: Column of the table of samples -> field of a FiftyOne sample. The rest is in `filepath` and `metadata`.
SAMPLE_COLUMNS: Final[Mapping[str, str]] = {
    "sample_id": "sample_id",
    "media": "media",
    "root": "root",
    "path": "path",
    "content_hash": "content_hash",
    "duration_s": "duration_s",
    "sample_rate_hz": "sample_rate_hz",
    "has_audio": "has_audio",
    "group": "event",  # `group` is FiftyOne's own word for what ties samples together
    "view": "view",
    "split": "split",
}

#: Fields of a sample that are no column: what stands beside audio, vectors, and what was last said to whom.
OWN_FIELDS: Final[Mapping[str, str]] = {
    "poster_path": "StringField",
    "clip_path": "StringField",
    "embedding": "VectorField",
    "embedding_key": "StringField",
    "said_tags": "ListField",
    "fingerprint": "StringField",
    "synced_at": "DateTimeField",
}


#: What the App asks for before it shows media. It reads only what is declared, and where it finds nothing
#: it wants a program (ffprobe) that need not be here.
_METADATA: Final[Mapping[str, Mapping[str, str]]] = {
    "image": {"width": "IntField", "height": "IntField"},
    "video": {
        "frame_width": "IntField", "frame_height": "IntField", "frame_rate": "FloatField",
        "duration": "FloatField", "total_frame_count": "IntField",
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Labels:
    """One field of labels: FiftyOne's classes, and which columns become what.

    Attributes:
        kind: FiftyOne's class for the list.
        elements: the name of the list inside it.
        label: the column that is the label's text.
        confidence: the column that is the label's number; "" for none.
        columns: the columns kept as attributes.
    """

    kind: str
    elements: str
    label: str
    confidence: str
    columns: Mapping[str, pl.DataType]

    @property
    def element(self) -> str:
        """FiftyOne's class for one label."""
        return self.kind.removesuffix("s")


def _without(columns: Mapping[str, pl.DataType], *names: str) -> dict[str, pl.DataType]:
    return {name: kind for name, kind in columns.items() if name not in names}


#: Fields of a sample that hold labels. Left out: times of making and the details that only a view draws.
LABELS: Final[Mapping[str, Labels]] = {
    "captions": Labels(
        "Classifications", "classifications", "shown", "",
        _without(TABLES["captions"], "sample_id", "added_at")
        | {
            "verdict": pl.String(), "error_types": pl.List(pl.String()), "severity": pl.Int64(),
            "note": pl.String(), "said": pl.String(),
        },
    ),
    "flags": Labels(
        "Classifications", "classifications", "error_type", "value",
        _without(TABLES["flags"], "error_type", "value", "flagged_at") | {"words": pl.String()},
    ),
    "scores": Labels(
        "Classifications", "classifications", "scorer", "value",
        _without(TABLES["scores"], "scorer", "value", "detail", "scored_at"),
    ),
    "verdicts": Labels(
        "Classifications", "classifications", "verdict", "", _without(VERDICT_COLUMNS, "verdict")
    ),
    "intervals": Labels(
        "TemporalDetections", "detections", "shown", "",
        {"caption_id": pl.String(), "of": pl.String(), "start_s": pl.Float64(), "end_s": pl.Float64()},
    ),
}  # fmt: skip

_SHOWN: Final = ("captions", "flags")
_ASIDE: Final = (
    "id", "filepath", "created_at", "last_modified_at", "root", "path", "content_hash", "sample_rate_hz",
    *OWN_FIELDS,
)  # fmt: skip


def score_field(scorer: str) -> str:
    """Return the field of a sample that holds the lowest score of its captions, for filters and sorting.

    Example:
        >>> score_field("in-cluster")
        'lowest_in_cluster'
    """
    return "lowest_" + "".join(c if c.isalnum() else "_" for c in scorer)


def declare_fields(fiftyone: Any, dataset: Any, scorers: list[str]) -> None:
    """Declare every field on a dataset; one that is there already stays as it is.

    Args:
        fiftyone: the module.
        dataset: a FiftyOne dataset.
        scorers: the scorers whose lowest scores are shown.
    """
    known = set(dataset.get_field_schema(flat=True))
    wanted: dict[str, tuple[str, str]] = {
        field: _type_of(TABLES["samples"][column]) for column, field in SAMPLE_COLUMNS.items()
    }
    wanted |= {name: (kind, "StringField") for name, kind in OWN_FIELDS.items()}
    wanted |= {score_field(scorer): ("FloatField", "") for scorer in scorers}
    for media in set((dataset.group_media_types or {}).values()) | {dataset.media_type}:
        wanted |= {f"metadata.{name}": (kind, "") for name, kind in _METADATA.get(media, {}).items()}
    whole = {
        name: fiftyone.EmbeddedDocumentField(getattr(fiftyone, labels.kind))
        for name, labels in LABELS.items()
        if name not in known
    }
    for name, labels in LABELS.items():
        wanted |= {
            f"{name}.{labels.elements}.{column}": _type_of(kind) for column, kind in labels.columns.items()
        }
    # All at once: each field added by itself writes the whole description of the dataset again.
    dataset._merge_sample_field_schema(whole)
    dataset._merge_sample_field_schema(
        {path: _field(fiftyone, path, *types) for path, types in wanted.items() if path not in known}
    )
    _arrange_app(fiftyone, dataset)


def _field(fiftyone: Any, path: str, kind: str, subfield: str) -> Any:
    from fiftyone.core.odm import create_field

    inner = {"subfield": getattr(fiftyone, subfield)} if kind == "ListField" else {}
    return create_field(path.rpartition(".")[2], getattr(fiftyone, kind), **inner)


def _type_of(kind: pl.DataType) -> tuple[str, str]:
    """Return FiftyOne's field type of a column, and that of a list's elements."""
    if isinstance(kind, pl.List):
        return "ListField", "ListField" if isinstance(kind.inner, pl.List) else "StringField"
    if isinstance(kind, pl.Datetime):
        return "DateTimeField", ""
    if isinstance(kind, pl.Boolean):
        return "BooleanField", ""
    if kind.is_integer():
        return "IntField", ""
    return ("FloatField", "") if kind.is_float() else ("StringField", "")


def _arrange_app(fiftyone: Any, dataset: Any) -> None:
    """Show captions and flags on the tiles at first, and keep our own book-keeping out of the way."""
    config = dataset.app_config
    if config.active_fields is not None:
        return
    config.active_fields = fiftyone.ActiveFields(exclude=False, paths=list(_SHOWN))
    groups = fiftyone.DatasetAppConfig.default_sidebar_groups(dataset)
    for group in groups:
        group.paths = [path for path in group.paths if path not in _ASIDE]
    kept = [path for path in _ASIDE if path in dataset.get_field_schema()]
    groups.append(fiftyone.SidebarGroupDocument(name="book-keeping", paths=kept, expanded=False))
    config.sidebar_groups = [group for group in groups if group.paths or group.name == "labels"]
    dataset.save()
