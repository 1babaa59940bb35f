"""A workspace of small media of every kind with a correction each, for tests that export what is seen."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
from PIL import Image

from tests.made_clips import RED, write_squares
from workbench.workspace import Workspace, create

__all__ = ["make_seen"]


def make_seen(folder: Path) -> Workspace:
    """Two pictures, one turned by its camera and one with transparency, a video and a sound; a pair each."""
    media = folder / "media"
    media.mkdir()
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 255, (12, 16, 3), np.uint8)
    plain = Image.fromarray(noise).resize((160, 120))
    plain.save(media / "plain.jpg")
    exif = Image.Exif()
    exif[0x0112] = 6
    plain.save(media / "turned.jpg", exif=exif)
    Image.fromarray(noise).convert("RGBA").save(media / "seethrough.png")
    write_squares(media / "clip.mp4", [(RED, 0.0, 2.0)], 2.0)
    with wave.open(str(media / "tone.wav"), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes((np.sin(np.arange(8000) / 8) * 9000).astype("<i2").tobytes())
    for path in list(media.iterdir()):
        path.with_suffix(".txt").write_text(f"this is the {path.stem} one")
    ws = create(folder / "ws", annotator="ana")
    ws.ingest(media, progress=False)
    assert ws.captions.height == 5, ws.rejects
    for row in ws.captions.iter_rows(named=True):
        ws.decide(
            row["caption_id"], "misaligned", edited_text=row["text"].replace("this", "here"), is_complete=True
        )
    return ws
