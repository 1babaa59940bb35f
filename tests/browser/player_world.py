"""A small workspace for the player: a clip, two views of one event, a sound, a clip that no page shows."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import polars as pl
from PIL import ImageOps

import workbench
from workbench.demo.acts import make_clip, make_recording
from workbench.demo.motion import write_clip
from workbench.demo.sound import encode_wav, make_sound
from workbench.records import utc_now
from workbench.workspace import Workspace

__all__ = ["CLIP", "build"]

#: What is said of the clip, and when. The boat sails from 2.44 s to 4.3 s; its caption starts late.
CLIP: tuple[dict[str, object], ...] = (
    {"text": "A woman in purple comes in from the left.", "start_s": 0.1, "end_s": 1.2, "source": "web-alt"},
    {"text": "She has almost crossed the quay.", "start_s": 1.3, "end_s": 2.2, "source": "web-alt"},
    {
        "text": "A yellow boat sails past and sounds its horn.",
        "start_s": 2.9,
        "end_s": 4.2,
        "source": "web-alt",
    },
    {"text": "hand me the line, will you", "start_s": 0.5, "end_s": 1.7, "kind": "transcript"},
    {"text": "she is clear, go ahead", "start_s": 2.5, "end_s": 3.6, "kind": "transcript"},
)


def build(folder: Path) -> Workspace:
    """Make a workspace at `folder` with media beside it, ingested; scores and flags known before."""
    media = folder.with_name(f"{folder.name}-media")
    media.mkdir(parents=True)
    clip = make_clip(0)
    write_clip(media / "harbour.mp4", clip, make_sound(clip))
    event = make_clip(1, sound_delay_s=0.21)
    write_clip(media / "quay.mp4", event, make_sound(event))
    write_clip(media / "mast.mp4", event, make_sound(event), seen_by=ImageOps.mirror)
    (media / "gulls.wav").write_bytes(encode_wav(make_sound(make_recording(0))))
    write_hevc(media / "hevc.mp4")
    rows: list[dict[str, object]] = [{"path": "harbour.mp4", **row} for row in CLIP]
    for view in ("quay", "mast"):
        row = {"path": f"{view}.mp4", "group": "beach-1", "view": view, "source": "web-alt"}
        rows += [
            row | {"text": "A black dog runs past and barks twice.", "start_s": 0.04, "end_s": 2.17},
            row | {"text": "A pink ball bounces across the sand.", "start_s": 2.5, "end_s": 4.1},
        ]
    rows += [
        {"path": "gulls.wav", "text": "Gulls cry while waves roll in."},
        {"path": "hevc.mp4", "text": "A grey square grows lighter.", "start_s": 0.2, "end_s": 0.6},
    ]
    listing = media / "captions.jsonl"
    listing.write_text("\n".join(map(json.dumps, rows)))
    ws = workbench.create(folder, annotator="ana")
    ws.ingest(listing, media_root=media, progress=False)
    _score(ws)
    return ws


def write_hevc(path: Path) -> None:
    """Write a clip in a codec that Chromium does not show."""
    import av

    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx265", rate=25, options={"x265-params": "log-level=none"})
        stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
        for number in range(20):
            picture = np.full((120, 160, 3), 8 * number, np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def _score(ws: Workspace) -> None:
    late = "Audio late by 210 ms (p = 0.003, events in the whole picture); outside BT.1359-1."
    views = {"offsets_ms": {"quay to mast": [40.0, 2.1, "sound"]}}
    rows = []
    for pair in ws.captions.join(ws.samples, on="sample_id").iter_rows(named=True):
        own = {name: pair[name] for name in ("caption_id", "content_hash", "caption_hash")}
        if pair["text"].startswith("A yellow boat"):
            better = "fits 0.5 s earlier: 2.4-3.7 s, where something yellow moves past"
            times = {"percentile": 0.02, "start_s": 2.44, "end_s": 3.74, "best_time_s": 3.1}
            rows.append(own | {"scorer": "intervals", "error_type": "interval", "evidence": better} | times)
        if pair["group"] is not None:
            shift = {"best_shift_s": -0.21, "peaks_s": [0.21], "p_value": 0.003}
            told = {"evidence": late, "detail": json.dumps(shift), "percentile": 0.1}
            rows.append(own | {"scorer": "av_sync", "error_type": "av_sync"} | told)
            told = {"evidence": "the 1 other camera agrees", "detail": json.dumps(views), "percentile": 0.6}
            rows.append(own | {"scorer": "views", "error_type": "cross_view"} | told)
    frame = pl.DataFrame(rows, infer_schema_length=None).with_columns(
        value=pl.lit(-0.2), encoder_key=pl.lit("by hand"), scorer_version=pl.lit("1"),
        scored_at=pl.lit(utc_now()),
    )  # fmt: skip
    ws.store.replace("scores", frame)
