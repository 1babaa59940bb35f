"""Adjudication: where people decided differently on a caption, and the one verdict that settles it.

Everybody's own word is kept and still counts when agreement is measured; what stands for the caption (in
exports, pairs and the estimate of what is left) is the adjudicated verdict, until it is taken back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

import polars as pl

from workbench.errors import DecisionError, UnknownNameError
from workbench.journal import Event
from workbench.payloads import VERDICT_COLUMNS
from workbench.records import STRATA, Interval, Span, Verdict
from workbench.review.queue import decide
from workbench.store import Store

__all__ = ["ABOUT", "adjudicate", "disagreements", "settled_stratum", "voices_on"]

#: What people can disagree about, the gravest first.
ABOUT: Final = ("verdict", "error_types", "correction", "interval")

_SAID: Final = pl.Struct(
    {name: VERDICT_COLUMNS[name] for name in ("annotator", "verdict", "error_types", "edited_text", "note")}
)
_DISAGREEMENTS: Final[dict[str, pl.DataType]] = {
    "caption_id": pl.String(),
    "sample_id": pl.String(),
    "text": pl.String(),
    "about": pl.String(),
    "annotators": pl.Int64(),
    "misaligned": pl.Int64(),
    "said": pl.List(_SAID),
    "adjudicated": pl.String(),
    "adjudicator": pl.String(),
}


def voices_on(store: Store) -> dict[str, list[Verdict]]:
    """Return every annotator's own verdict on each caption, oldest first, whatever was adjudicated."""
    voices: dict[str, list[Verdict]] = defaultdict(list)
    for verdict in store.journal.voices():
        voices[verdict.caption_id].append(verdict)
    return dict(voices)


def disagreements(store: Store, *, about: str | None = None, is_open: bool | None = None) -> pl.DataFrame:
    """List the captions that people decided differently on, the gravest and the most evenly split first.

    A skip is no opinion. Error types differ where two people name different ones; a correction or an interval
    where two people give one and they are not the same.

    Args:
        store: the workspace.
        about: one of `ABOUT` alone.
        is_open: only those not adjudicated yet (True), or only those that are (False).

    Returns:
        `caption_id`, `sample_id`, `text`, `about` (the gravest difference), `annotators` (who said ok or
        misaligned), `misaligned` (how many of them), `said` (who said what), and where it is settled
        `adjudicated` (the verdict) and `adjudicator`.

    Raises:
        UnknownNameError: for something that people cannot disagree about.
    """
    if about is not None and about not in ABOUT:
        raise UnknownNameError("subject of disagreement", about, ABOUT)
    settled = {v.caption_id: v for v in store.journal.verdicts() if v.is_adjudicated}
    rows = [
        _row(key, free, difference, settled.get(key))
        for key, voices in voices_on(store).items()
        if (difference := _difference(free := [v for v in voices if v.verdict != "skip"]))
        and about in (None, difference)
        and is_open in (None, key not in settled)
    ]
    found = pl.DataFrame(rows, schema=_DISAGREEMENTS | {"text": pl.Null(), "sample_id": pl.Null()})
    captions = store.read("captions").select("caption_id", "sample_id", "text")
    known = found.drop("sample_id", "text").join(captions, on="caption_id", how="inner")
    split = (pl.col("misaligned") * 2 - pl.col("annotators")).abs() / pl.col("annotators")
    gravity = pl.col("about").replace_strict({name: place for place, name in enumerate(ABOUT)}, default=None)
    return known.select(_DISAGREEMENTS.keys()).sort(gravity, split, "caption_id")


def adjudicate(
    store: Store,
    caption_id: str,
    verdict: str,
    *,
    annotator: str,
    error_types: Sequence[str] = (),
    spans: Sequence[Span] = (),
    interval: Interval | None = None,
    severity: int | None = None,
    note: str = "",
    edited_text: str = "",
    is_complete: bool | None = None,
    edited_interval: Interval | None = None,
    offset_s: float | None = None,
    key: str | None = None,
) -> Event:
    """Settle a caption that two or more people decided on: this verdict stands for all; on disk on return.

    Raises:
        DecisionError: when fewer than two people decided on it, or the verdict cannot be stored as given.
        JournalError: when it could not be written; nothing was acknowledged then.
    """
    stratum = settled_stratum(store, caption_id)
    return decide(
        store, caption_id, verdict, annotator=annotator, error_types=error_types, spans=spans,
        interval=interval, severity=severity, note=note, edited_text=edited_text, is_complete=is_complete,
        edited_interval=edited_interval, offset_s=offset_s, stratum=stratum, is_adjudicated=True, key=key,
    )  # fmt: skip


def settled_stratum(store: Store, caption_id: str) -> str:
    """Return how a caption that is to be adjudicated came to be looked at, which the verdict takes over.

    Raises:
        DecisionError: when fewer than two people decided on it.
    """
    voices = voices_on(store).get(caption_id, [])
    if len(voices) < 2:
        raise DecisionError(
            f"{len(voices)} people decided on {caption_id!r}: there is nothing to settle.",
            "See ws.disagreements() for the captions that people decided differently on.",
        )
    strata = {voice.stratum for voice in voices}
    return next(name for name in STRATA if name in strata)


def _difference(voices: Sequence[Verdict]) -> str | None:
    """Name the gravest thing that people say differently; None where they agree or only one speaks."""
    wrong = [voice for voice in voices if voice.verdict == "misaligned"]
    if len(voices) < 2:
        return None
    if 0 < len(wrong) < len(voices):
        return "verdict"
    if len({frozenset(voice.error_types) for voice in wrong if voice.error_types}) > 1:
        return "error_types"
    if len({voice.edited_text for voice in wrong if voice.edited_text}) > 1:
        return "correction"
    return "interval" if len({v.edited_interval for v in wrong if v.edited_interval}) > 1 else None


def _row(key: str, voices: Sequence[Verdict], about: str, settled: Verdict | None) -> dict[str, object]:
    said = [
        {"annotator": voice.annotator, "verdict": voice.verdict, "error_types": list(voice.error_types),
         "edited_text": voice.edited_text or None, "note": voice.note}
        for voice in voices
    ]  # fmt: skip
    return {
        "caption_id": key,
        "about": about,
        "annotators": len(voices),
        "misaligned": sum(voice.verdict == "misaligned" for voice in voices),
        "said": said,
        "adjudicated": settled.verdict if settled else None,
        "adjudicator": settled.annotator if settled else None,
    }
