"""A small workspace for the browser tests: drawn photos, a clip, a sound; scores and flags known before."""

from __future__ import annotations

import json
from pathlib import Path

import workbench
from workbench.demo.acts import make_clip, make_recording
from workbench.demo.corruptions import corrupt
from workbench.demo.drawing import draw_scene, encode_photo
from workbench.demo.grammar import PROFILES, write_caption
from workbench.demo.motion import write_clip
from workbench.demo.scene import make_scene
from workbench.demo.sound import encode_wav, make_sound
from workbench.workspace import Workspace

from .small_scores import give_scores

__all__ = ["build", "write_media"]

_PLANTED = ("attribute", "object", "relation", "count", "action")
_WORDS = {
    "clip": "A yellow boat with one sail leaves the harbour and sounds its horn.",
    "sound": "Waves roll in while gulls cry far away.",
}
#: When the caption of the clip says that the boat leaves. It does so from 2.4 s to 4.3 s.
_CLIP_INTERVAL = {"start_s": 0.4, "end_s": 2.3}
#: A caption that is longer than its box, with what is wrong far down, behind a character outside the BMP.
_LONG = (
    "🏞 " + "There is nothing more to be seen here than the sky, the ground and the weather of that day. " * 7
)


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
            {"path": f"clip_{number:02}.mp4", "text": _WORDS["clip"], "error_type": "interval"}
            | _CLIP_INTERVAL,
            {"path": f"sound_{number:02}.wav", "text": _WORDS["sound"]},
        ]
    if photos > 8:
        words = "a red kite"
        rows[8] |= {"text": f"{_LONG}Above it flies {words}.", "error_type": "object"}
        start = len(str(rows[8]["text"])) - len(words) - 1
        rows[8]["span"] = (start, start + len(words))
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
    give_scores(ws, {str(row["path"]): row for row in rows})
    return ws
