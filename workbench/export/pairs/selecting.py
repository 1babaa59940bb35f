"""Choose the pairs to export and find what belongs to each: its media, its interval, its prompt."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import polars as pl

from workbench.errors import ExportError, MediaError, UnknownNameError
from workbench.export.pairs.base import ExportPair, ExportSettings, Facts, PairSet, Shown
from workbench.preferences.collage import Collage, read_collage
from workbench.records import Interval, Span
from workbench.store import Store

__all__ = ["PROMPTS", "select_pairs"]

#: What a caption answers, by the kind of media, where nobody said.
PROMPTS: Final = {
    "image": "Describe this image.",
    "video": "Describe this video.",
    "audio": "Describe this sound.",
    "": "Describe what is shown.",
}
_TRANSCRIPT: Final = "Write down what is said."
_STATUSES: Final = ("accepted", "proposed", "open", "disputed", "tie", "both_bad")


def select_pairs(
    store: Store,
    pairs: pl.DataFrame,
    *,
    status: Sequence[str],
    split: str | None,
    settings: ExportSettings,
    home: Path,
    facts: Facts,
) -> PairSet:
    """Return the pairs of some statuses and one split, each with what it shows and answers.

    Raises:
        UnknownNameError: for a status or split that does not exist.
        ExportError: for a split of pairs that were never split.
    """
    for name in status:
        if name not in _STATUSES:
            raise UnknownNameError("status", name, _STATUSES)
    frame = pairs.filter(pl.col("status").is_in(list(status)))
    if split is not None:
        known = sorted(set(pairs["split"].drop_nulls()))
        if not known:
            raise ExportError(
                f"The split {split!r} was asked for, and these pairs were never split.",
                "Run ws.split_pairs() first, or leave the split out.",
            )
        if split not in known:
            raise UnknownNameError("split", split, known)
        frame = frame.filter(pl.col("split") == split)
    known_media = _Media(store, settings)
    found = [known_media.pair(row) for row in frame.iter_rows(named=True)]
    return PairSet(frame, found, settings, home, facts)


class _Media:
    """What the workspace knows of the samples and captions that pairs speak of."""

    def __init__(self, store: Store, settings: ExportSettings) -> None:
        self._store = store
        self._settings = settings
        samples = store.read("samples").select("sample_id", "media", "root", "path", "duration_s")
        captions = store.read("captions").select("caption_id", "kind", "start_s", "end_s")
        self._samples = {row["sample_id"]: row for row in samples.iter_rows(named=True)}
        self._found: dict[tuple[str, ...], tuple[Path, ...]] = {}
        self._captions = {row["caption_id"]: row for row in captions.iter_rows(named=True)}

    def pair(self, row: dict[str, object]) -> ExportPair:
        shown = self._shown(row, _text(row["sample_id"]), ("chosen_id", "rejected_id"))
        other = _text(row["rejected_sample_id"])
        return ExportPair(
            **{name: _text(row[name]) for name in _TEXTS},
            chosen=_text(row["chosen_text"]),
            rejected=_text(row["rejected_text"]),
            split=_text(row["split"]) or None,
            strength=_whole(row["strength"]),
            weight=_number(row.get("weight")),
            chosen_spans=_spans(row["chosen_spans"]),
            rejected_spans=_spans(row["rejected_spans"]),
            shown=shown,
            rejected_shown=self._shown(row, other, ("rejected_id",)) if other else shown,
        )

    def _shown(self, row: dict[str, object], sample_id: str, captions: Sequence[str]) -> Shown:
        sample = self._samples.get(sample_id, {})
        collage = read_collage(_text(row["detail"])) if row["origin"] == "collage" else None
        # A caption that a builder made is in no table; the one it was made from speaks of the same interval.
        known = [found for name in captions if (found := self._captions.get(_text(row[name])))]
        caption = known[0] if known else {}
        start_s, end_s = _number(caption.get("start_s")), _number(caption.get("end_s"))
        interval = Interval(start_s, end_s) if start_s is not None and end_s is not None else None
        media = _text(sample.get("media"))
        own = _text(row["prompt"]) or self._settings.prompt
        return Shown(
            sample_id,
            media,
            self._paths(collage.samples if collage else (sample_id,)),
            _number(sample.get("duration_s")),
            collage,
            interval,
            own or _prompt(media, _text(caption.get("kind")), interval, collage),
            is_own_prompt=bool(own),
        )

    def _paths(self, samples: tuple[str, ...]) -> tuple[Path, ...]:
        """Return the files of some samples; none at all when one of them cannot be found."""
        if samples not in self._found:
            self._found[samples] = self._find(samples)
        return self._found[samples]

    def _find(self, samples: tuple[str, ...]) -> tuple[Path, ...]:
        found = []
        for name in samples:
            row = self._samples.get(name)
            if row is None:
                return ()
            try:
                path = self._store.media_path(str(row["root"]), str(row["path"]))
            except (MediaError, UnknownNameError):  # its folder is not registered on this machine
                return ()
            if not path.is_file():
                return ()
            found.append(path)
        return tuple(found)


_TEXTS: Final = (
    "pair_id",
    "sample_id",
    "rejected_sample_id",
    "chosen_id",
    "rejected_id",
    "criterion",
    "status",
)


def _prompt(media: str, kind: str, interval: Interval | None, collage: Collage | None) -> str:
    if collage:
        return collage.prompt
    asked = _TRANSCRIPT if kind == "transcript" else PROMPTS[media]
    if interval is None:
        return asked
    return f"{asked[:-1]} from {interval.start_s:.2f} s to {interval.end_s:.2f} s."


def _spans(value: object) -> tuple[Span, ...]:
    return tuple(Span(*two) for two in value) if isinstance(value, list) else ()


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None


def _whole(value: object) -> int | None:
    return int(value) if isinstance(value, int | float) else None
