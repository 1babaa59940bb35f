"""The words of the workbench as frozen records, and the stable ids that tie them together.

One word per thing, the same in Python, in the tables, in the page and on screen. Times are seconds in the
media's own clock. Ids are hashes of what a thing *is*, so that the same row ingested twice is the same row.
"""

from __future__ import annotations

import hashlib
import math
import unicodedata
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, NamedTuple

from workbench.errors import DecisionError, UnknownNameError

__all__ = [
    "CAPTION_KINDS",
    "ERROR_TYPES",
    "MEDIA_KINDS",
    "STRATA",
    "VERDICTS",
    "Interval",
    "Span",
    "Verdict",
    "caption_hash",
    "caption_id",
    "content_hash",
    "sample_id",
    "utc_now",
]

MEDIA_KINDS: Final = ("image", "video", "audio")
CAPTION_KINDS: Final = ("caption", "transcript", "description")
VERDICTS: Final = ("ok", "misaligned", "skip")
ERROR_TYPES: Final = (
    "wrong_pair",
    "object",
    "attribute",
    "relation",
    "count",
    "action",
    "omission",
    "interval",
    "order",
    "transcript",
    "speaker",
    "av_sync",
    "cross_view",
    "other",
)
#: How a caption came to be looked at: the top of a ranked queue, the random stratum, or picked by the person.
STRATA: Final = ("worst", "random", "picked")

_HASH_CHUNK_BYTES = 1 << 20


class Span(NamedTuple):
    """A run of characters `[start, end)` of a caption's text, counted in Unicode code points."""

    start: int
    end: int


class Interval(NamedTuple):
    """A stretch of time `[start_s, end_s)` in the media's own clock."""

    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Verdict:
    """A person's decision on one caption.

    `ok` is an answer too: "looked at and fine" is stored and is not the same as never looked at.

    Raises:
        UnknownNameError: for a verdict, error type or stratum that does not exist.
        DecisionError: for error types on a verdict that is not `misaligned`, or a span or interval that ends
            before it starts.

    Example:
        >>> Verdict("c1", "misaligned", "ana", error_types=("object",)).error_types
        ('object',)
    """

    caption_id: str
    verdict: str
    annotator: str
    at_utc: datetime | None = None
    error_types: tuple[str, ...] = ()
    spans: tuple[Span, ...] = ()
    interval: Interval | None = None
    severity: int | None = None
    note: str = ""
    stratum: str = "picked"
    caption_hash: str = ""

    def __post_init__(self) -> None:
        _check_name("verdict", self.verdict, VERDICTS)
        _check_name("stratum", self.stratum, STRATA)
        for error_type in self.error_types:
            _check_name("error type", error_type, ERROR_TYPES)
        if self.error_types and self.verdict != "misaligned":
            raise DecisionError(
                f"A verdict {self.verdict!r} cannot carry error types {list(self.error_types)}.",
                "Use the verdict 'misaligned', or leave the error types out.",
            )
        if not self.caption_id or not self.annotator:
            raise DecisionError(
                f"A verdict needs a caption and an annotator: {self.caption_id!r} by {self.annotator!r}.",
                "Give both as text that is not empty.",
            )
        for span in self.spans:
            if not 0 <= span.start < span.end:
                raise DecisionError(
                    f"The span {tuple(span)} is empty or starts before 0.", "Give start < end."
                )
        if self.interval is not None and not _is_interval(self.interval):
            raise DecisionError(
                f"The interval {tuple(self.interval)} is not a stretch of time.", "Give start_s < end_s."
            )
        if self.severity is not None and self.severity not in (1, 2, 3):
            raise DecisionError(
                f"The severity {self.severity!r} is not 1, 2 or 3.", "Give 1 (slight) to 3 (grave)."
            )


def _check_name(kind: str, name: str, known: tuple[str, ...]) -> None:
    if name not in known:
        raise UnknownNameError(kind, name, known)


def _is_interval(interval: Interval) -> bool:
    return (
        math.isfinite(interval.start_s)
        and math.isfinite(interval.end_s)
        and interval.start_s < interval.end_s
    )


def utc_now() -> datetime:
    """Return the present moment in UTC, to the microsecond."""
    return datetime.now(UTC)


def sample_id(root_name: str, relative_path: str) -> str:
    """Return the id of a media file: it stays the same when its folder moves.

    Example:
        >>> sample_id("photos", "a/1.jpg") == sample_id("photos", "a/1.jpg")
        True
    """
    return "s" + _digest(8, root_name, relative_path)


def caption_id(
    sample: str,
    text: str,
    *,
    kind: str = "caption",
    lang: str | None = None,
    source: str | None = None,
    start_s: float | None = None,
    end_s: float | None = None,
) -> str:
    """Return the id of a caption: the same words on the same sample by the same source are one caption."""
    return "c" + _digest(
        8, sample, _normal(text), kind, lang or "", source or "", _time(start_s), _time(end_s)
    )


def caption_hash(text: str, start_s: float | None = None, end_s: float | None = None) -> str:
    """Return the hash of what a scorer sees of a caption; a score made for another hash is stale."""
    return _digest(16, _normal(text), _time(start_s), _time(end_s))


def content_hash(path: Path) -> str:
    """Return the hash of a file's bytes, read in pieces.

    Raises:
        OSError: when the file cannot be read.
    """
    digest = hashlib.blake2b(digest_size=16)
    with path.open("rb") as file:
        while chunk := file.read(_HASH_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def _digest(size_bytes: int, *parts: str) -> str:
    # NUL between the parts: ("ab", "c") and ("a", "bc") are different things.
    joined = "\0".join(parts).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(joined, digest_size=size_bytes).hexdigest()


def _normal(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def _time(seconds: float | None) -> str:
    return "" if seconds is None else f"{seconds:.6f}"
