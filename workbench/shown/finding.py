"""Find what belongs to a pair: its media on this machine, its interval, its prompt."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from workbench.errors import MediaError, UnknownNameError
from workbench.preferences.collage import Collage, read_collage
from workbench.records import Interval
from workbench.shown.base import Shown
from workbench.store import Store

__all__ = ["PROMPTS", "ShownFinder"]

#: What a caption answers, by the kind of media, where nobody said.
PROMPTS: Final = {
    "image": "Describe this image.",
    "video": "Describe this video.",
    "audio": "Describe this sound.",
    "": "Describe what is shown.",
}
_TRANSCRIPT: Final = "Write down what is said."


class ShownFinder:
    """Find what pairs show, by what the workspace knows of their samples and captions.

    Args:
        store: the workspace.
        prompt: what the captions answer, for every pair that has no prompt of its own; by the kind of media
            when left out.
    """

    def __init__(self, store: Store, prompt: str = "") -> None:
        self._store = store
        self._prompt = prompt
        samples = store.read("samples").select("sample_id", "media", "root", "path", "duration_s")
        captions = store.read("captions").select("caption_id", "kind", "start_s", "end_s")
        self._samples = {row["sample_id"]: row for row in samples.iter_rows(named=True)}
        self._found: dict[tuple[str, ...], tuple[Path, ...]] = {}
        self._captions = {row["caption_id"]: row for row in captions.iter_rows(named=True)}

    def both(self, row: Mapping[str, object]) -> tuple[Shown, Shown]:
        """Return what the chosen and the rejected caption of a pair answer; one thing but across samples."""
        shown = self._shown(row, _text(row["sample_id"]), ("chosen_id", "rejected_id"))
        other = _text(row["rejected_sample_id"])
        return shown, self._shown(row, other, ("rejected_id",)) if other else shown

    def _shown(self, row: Mapping[str, object], sample_id: str, captions: Sequence[str]) -> Shown:
        sample = self._samples.get(sample_id, {})
        collage = read_collage(_text(row["detail"])) if row["origin"] == "collage" else None
        # A caption that a builder made is in no table; the one it was made from speaks of the same interval.
        known = [found for name in captions if (found := self._captions.get(_text(row[name])))]
        caption = known[0] if known else {}
        start_s, end_s = _number(caption.get("start_s")), _number(caption.get("end_s"))
        interval = Interval(start_s, end_s) if start_s is not None and end_s is not None else None
        media = _text(sample.get("media"))
        own = _text(row["prompt"]) or self._prompt
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


def _prompt(media: str, kind: str, interval: Interval | None, collage: Collage | None) -> str:
    if collage:
        return collage.prompt
    asked = _TRANSCRIPT if kind == "transcript" else PROMPTS[media]
    if interval is None:
        return asked
    return f"{asked[:-1]} from {interval.start_s:.2f} s to {interval.end_s:.2f} s."


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
