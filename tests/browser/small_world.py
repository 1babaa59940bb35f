"""A small workspace for the browser tests: drawn photos, a clip, a sound; scores and flags known before."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl

import workbench
from workbench.demo.acts import make_clip, make_recording
from workbench.demo.corruptions import corrupt
from workbench.demo.drawing import draw_scene, encode_photo
from workbench.demo.grammar import PROFILES, write_caption
from workbench.demo.motion import write_clip
from workbench.demo.scene import make_scene
from workbench.demo.sound import encode_wav, make_sound
from workbench.records import utc_now
from workbench.workspace import Workspace

__all__ = ["build", "write_media"]

_PLANTED = ("attribute", "object", "relation", "count", "action")
_EVIDENCE = (
    "Fits this picture worse than most pictures of the set. It cannot see word order or who does what."
)
_FLAG_EVIDENCE = "Other words fit these pixels better than the ones underlined. It cannot see who does what."
_WORDS = {
    "clip": "A ball bounces along while something sounds in the background.",
    "sound": "Waves roll in while gulls cry far away.",
}


def write_media(folder: Path, *, photos: int, clips: int = 2) -> list[dict[str, object]]:
    """Write media and return one row a caption: path, text, source, and what is planted in it."""
    folder.mkdir(parents=True)
    rows: list[dict[str, object]] = []
    for number in range(photos):
        scene = make_scene(number)
        (folder / f"IMG_{number:04}.jpg").write_bytes(encode_photo(draw_scene(scene), number))
        sentence = write_caption(scene, PROFILES[number % len(PROFILES)], "0")
        row: dict[str, object] = {
            "path": f"IMG_{number:04}.jpg",
            "text": sentence.text,
            "lang": "en",
            "source": "web-alt",
        }
        found = corrupt(scene, sentence, _PLANTED[number % len(_PLANTED)], "0") if number % 3 == 0 else None
        if found is not None:
            row |= {
                "text": found.sentence.text,
                "error_type": found.error_type,
                "span": (found.start, found.end),
            }
        elif number % 7 == 1:
            row |= {
                "text": write_caption(make_scene(number + 500), PROFILES[0], "0").text,
                "error_type": "wrong_pair",
            }
        rows.append(row)
    for number in range(clips):
        clip, recording = make_clip(number), make_recording(number)
        write_clip(folder / f"clip_{number:02}.mp4", clip, make_sound(clip))
        (folder / f"sound_{number:02}.wav").write_bytes(encode_wav(make_sound(recording)))
        rows += [
            {"path": f"clip_{number:02}.mp4", "text": _WORDS["clip"], "error_type": "av_sync"},
            {"path": f"sound_{number:02}.wav", "text": _WORDS["sound"]},
        ]
    return rows


def build(folder: Path, *, photos: int = 24, clips: int = 1) -> Workspace:
    """Make a workspace at `folder` with media beside it, ingested, scored and flagged."""
    media = folder.with_name(f"{folder.name}-media")
    rows = write_media(media, photos=photos, clips=clips)
    listing = media / "captions.jsonl"
    listing.write_text(
        "\n".join(
            json.dumps({k: v for k, v in row.items() if k not in ("error_type", "span")}) for row in rows
        )
    )
    ws = workbench.create(folder, annotator="ana")
    ws.ingest(listing, media_root=media, progress=False)
    _score(ws, {str(row["path"]): row for row in rows})
    return ws


def _score(ws: Workspace, planted: dict[str, dict[str, object]]) -> None:
    """Give the planted errors low scores by hand: the views are tested here, not the scorers."""
    pairs = ws.captions.join(ws.samples, on="sample_id").sort("path")
    values = []
    for number, path in enumerate(pairs["path"]):
        drop = {"wrong_pair": 0.15, None: 0.0}.get(planted[path].get("error_type"), 0.1)  # type: ignore[call-overload]
        values.append(round(0.30 + 0.004 * (number * 7 % 17) - drop, 4))
    frame = pairs.select("caption_id", "content_hash", "caption_hash").with_columns(
        value=pl.Series(values), scorer=pl.lit("similarity"), encoder_key=pl.lit("by hand"),
        error_type=pl.lit("wrong_pair"),
        scorer_version=pl.lit("1"), scored_at=pl.lit(utc_now()),
    )  # fmt: skip
    rank = ((pl.col("value").rank("ordinal") - 1) / max(1, frame.height - 1)).alias("percentile")
    frame = frame.with_columns(rank, evidence=pl.lit(_EVIDENCE))
    ws.store.replace("scores", frame)
    flags = []
    for row in pairs.join(frame.select("caption_id", "value", "percentile"), on="caption_id").iter_rows(
        named=True
    ):
        plant = planted[row["path"]]
        if "error_type" not in plant:
            continue
        start, end = plant.get("span", (None, None))  # type: ignore[misc]
        flags.append(
            {
                "flag_id": f"f-{row['caption_id']}", "caption_id": row["caption_id"],
                "error_type": plant["error_type"], "rule": "planted", "scorer": "similarity",
                "value": row["value"], "percentile": row["percentile"], "start_char": start, "end_char": end,
                "evidence": _FLAG_EVIDENCE,
                "flagged_at": utc_now(),
            }
        )  # fmt: skip
    ws.store.replace("flags", pl.DataFrame(flags, infer_schema_length=None))
