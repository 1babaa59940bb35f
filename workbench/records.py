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
    "ANSWERS",
    "CAPTION_KINDS",
    "CRITERIA",
    "ERROR_TYPES",
    "MEDIA_KINDS",
    "ORIGINS",
    "STRATA",
    "VERDICTS",
    "Interval",
    "Judgement",
    "Span",
    "Verdict",
    "caption_hash",
    "caption_id",
    "content_hash",
    "pair_id",
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
#: A person's answer on a pair; `prefer` names the caption that won.
ANSWERS: Final = ("prefer", "tie", "both_bad", "skip")
#: What a judgement is about. A rubric of the user's may add others.
CRITERIA: Final = ("faithfulness", "completeness", "tone", "safety")
#: How a pair came to be.
ORIGINS: Final = (
    "edit",  # a person's correction of a caption
    "built",  # a verified caption made false by a builder
    "candidate",  # captions of a model or of an import, of one sample
    "on_policy",  # captions that the very model to be tuned has made
    "across",  # a good caption here, a bad one on another sample
    "collage",  # several images shown as one
    "masked",  # what a model says with the image hidden from it
    "rejected_only",  # a caption known to be bad, with no better one
    "imported",  # pairs of another tool
)

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
    """A person's decision on one caption, with the correction where there is one.

    `ok` is an answer too: "looked at and fine" is stored and is not the same as never looked at.

    Attributes:
        edited_text: what the caption should say; "" when it was not corrected. The original is kept.
        is_complete: the answer to "is anything missing?" on the correction: True when nothing is; None when
            it was not asked.
        edited_interval: when the caption should be; None when its interval was not corrected.
        offset_s: by how much the sound comes after the picture; negative when it comes before. 0 is an
            answer too: they were looked at and fit. None when nobody said.
        is_adjudicated: whether it settles a disagreement: it stands for everybody's, which are kept.

    Raises:
        UnknownNameError: for a verdict, error type or stratum that does not exist.
        DecisionError: for error types or a correction on a verdict that is not `misaligned`, or a span or
            interval that ends before it starts.

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
    edited_text: str = ""
    is_complete: bool | None = None
    edited_interval: Interval | None = None
    offset_s: float | None = None
    is_adjudicated: bool = False

    @property
    def subject(self) -> str:
        """What the verdict is on; a later one by the same annotator takes its place."""
        return self.caption_id

    @property
    def is_correction(self) -> bool:
        """Whether it says what should be instead: other words, another interval, or sound moved."""
        return bool(self.edited_text or self.edited_interval or self.offset_s)

    @property
    def desk(self) -> str:
        """Where it was made; an undo takes back only what was done at the same desk."""
        return "adjudicate" if self.is_adjudicated else "review"

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
        if self.is_correction and self.verdict != "misaligned":
            raise DecisionError(
                f"A verdict {self.verdict!r} cannot carry a correction.",
                "Use the verdict 'misaligned': the caption as it was is what was rejected.",
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
        for interval in (self.interval, self.edited_interval):
            if interval is not None and not _is_interval(interval):
                raise DecisionError(
                    f"The interval {tuple(interval)} is not a stretch of time.", "Give start_s < end_s."
                )
        if self.offset_s is not None and not math.isfinite(self.offset_s):
            raise DecisionError(
                f"The offset {self.offset_s} is no length of time.", "Give seconds; sound late is above 0."
            )
        if self.severity is not None and self.severity not in (1, 2, 3):
            raise DecisionError(
                f"The severity {self.severity!r} is not 1, 2 or 3.", "Give 1 (slight) to 3 (grave)."
            )


@dataclass(frozen=True, slots=True)
class Judgement:
    """A person's blind answer on one pair. It names captions, never sides.

    Attributes:
        pair_id: the pair.
        answer: one of `ANSWERS`.
        annotator: who judged.
        winner: the id of the caption preferred; "" for every other answer.
        left: the id of the caption that was shown on the left, or on top; for the position bias.
        strength: 1 slightly, 2 clearly, 3 by far; None for every answer but `prefer`.
        criterion: what was asked.
        reasons: chips chosen.
        occasion: 1 the first time, 2 and more for the hidden repeats of the same pair.
        seconds: from the pair painted to the answer given.

    Raises:
        UnknownNameError: for an answer that does not exist.
        DecisionError: for a winner or a strength where there is none, or none where there must be one.

    Example:
        >>> Judgement("p1", "prefer", "ana", winner="c1", left="c2", strength=2).subject
        'p1/faithfulness/1'
    """

    pair_id: str
    answer: str
    annotator: str
    at_utc: datetime | None = None
    winner: str = ""
    left: str = ""
    strength: int | None = None
    criterion: str = "faithfulness"
    reasons: tuple[str, ...] = ()
    note: str = ""
    occasion: int = 1
    seconds: float | None = None

    @property
    def subject(self) -> str:
        """What the judgement is on; a later one by the same annotator takes its place."""
        return f"{self.pair_id}/{self.criterion}/{self.occasion}"

    @property
    def desk(self) -> str:
        """Where it was made; an undo takes back only what was done at the same desk."""
        return "judge"

    def __post_init__(self) -> None:
        _check_name("answer", self.answer, ANSWERS)
        if not self.pair_id or not self.annotator or not self.criterion:
            raise DecisionError(
                f"A judgement needs a pair, an annotator and a criterion: {self.pair_id!r} by "
                f"{self.annotator!r} on {self.criterion!r}.",
                "Give all three as text that is not empty.",
            )
        if bool(self.winner) != (self.answer == "prefer"):
            raise DecisionError(
                f"The answer {self.answer!r} with the winner {self.winner!r} says nothing clear.",
                "Give the winner's caption id with 'prefer', and with no other answer.",
            )
        if self.strength is not None and (self.strength not in (1, 2, 3) or self.answer != "prefer"):
            raise DecisionError(
                f"The strength {self.strength!r} does not go with {self.answer!r}.",
                "Give 1 (slightly) to 3 (by far) with 'prefer'.",
            )
        if self.occasion < 1:
            raise DecisionError(f"The occasion {self.occasion} is not 1 or more.", "Count from 1.")


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


def pair_id(one_caption: str, other_caption: str) -> str:
    """Return the id of a pair: the same two captions are one pair, in whichever order they are named.

    Example:
        >>> pair_id("c1", "c2") == pair_id("c2", "c1")
        True
    """
    return "p" + _digest(8, *sorted((one_caption, other_caption)))


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
