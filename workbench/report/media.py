"""Embed the media of a card as data URIs: thumbnails, short clips and sounds, waveforms."""

from __future__ import annotations

import base64
from html import escape
from pathlib import Path

from workbench.errors import WorkbenchError
from workbench.media import MediaCache, encode_thumbnail, frames_at
from workbench.report.contents import Card
from workbench.report.figures import waveform
from workbench.store import Store

__all__ = ["MediaBook"]

THUMBNAIL_PX = 320
PLAY_BYTES = 2_600_000
ONE_BYTES = 600_000
PLAYABLE = {
    ".mp4": "video/mp4",
    ".webm": "video/webm",
    ".wav": "audio/wav",
    ".mp3": "audio/mpeg",
    ".ogg": "audio/ogg",
    ".m4a": "audio/mp4",
    ".flac": "audio/flac",
}


class MediaBook:
    """Embed media until the byte budget is spent; from then on a poster or a waveform has to do."""

    def __init__(self, store: Store, budget_bytes: int = PLAY_BYTES) -> None:
        self._store = store
        self._cache = MediaCache(store.path / "cache")
        self._left_bytes = budget_bytes

    def embed(self, card: Card) -> str:
        """Return the HTML of a card's media; what cannot be read says why in its place."""
        name = escape(card.path.rsplit("/", 1)[-1])
        try:
            path = self._store.media_path_of(card.sample_id)
            if card.media == "audio":
                return self._sound(card, path)
            picture = _moment(path, card) if card.media == "video" else self._still(path, card)
        except (WorkbenchError, OSError) as error:
            return f'<p class="unreadable">This file cannot be shown: {escape(str(error))}</p>'
        poster = _data_uri(picture, "image/jpeg")
        if card.media == "image":
            return f'<img src="{poster}" alt="{name}">'
        clip = self._playable(path)
        if not clip:
            return f'<img src="{poster}" alt="a moment of {name}"><span class="badge">{_length(card)}</span>'
        return (
            f'<video controls preload="metadata" poster="{poster}" src="{clip}" aria-label="{name}"></video>'
        )

    def _still(self, path: Path, card: Card) -> bytes:
        return self._cache.thumbnail(path, card.media, card.content_hash, THUMBNAIL_PX)

    def _sound(self, card: Card, path: Path) -> str:
        drawn = waveform(self._cache.peaks(path, card.content_hash, 72))
        sound = self._playable(path)
        player = (
            f'<audio controls preload="none" src="{sound}" aria-label="{escape(card.path)}"></audio>'
            if sound
            else ""
        )
        return f'<div class="sound">{drawn}{player}</div>' + (
            "" if sound else f'<span class="badge">{_length(card)}</span>'
        )

    def _playable(self, path: Path) -> str:
        """Return a file as a data URI when browsers play it and the budget allows, else ""."""
        kind, size_bytes = PLAYABLE.get(path.suffix.lower()), path.stat().st_size
        if kind is None or size_bytes > min(ONE_BYTES, self._left_bytes):
            return ""
        self._left_bytes -= size_bytes
        return _data_uri(path.read_bytes(), kind)


def _moment(path: Path, card: Card) -> bytes:
    """Return a frame from the middle of the caption's interval, or from the first third of the whole."""
    if card.start_s is not None and card.end_s is not None:
        time_s = (card.start_s + card.end_s) / 2
    else:
        time_s = (card.duration_s or 0) * 0.3
    return encode_thumbnail(frames_at(path, [time_s])[0].pixels, THUMBNAIL_PX)


def _data_uri(content: bytes, kind: str) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode('ascii')}"


def _length(card: Card) -> str:
    seconds = round(card.duration_s or 0)
    return f"{seconds // 60}:{seconds % 60:02d}"
