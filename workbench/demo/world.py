"""Build the demo world: media files, captions of five annotators, and the truth about every caption.

About one caption in five is wrong, half of these another scene's caption, the rest one planted error each.
The truth lies in a file of its own that nothing but an evaluation reads.
"""

from __future__ import annotations

import importlib.util
import json
import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import polars as pl
from tqdm import tqdm  # type: ignore[import-untyped]

from workbench.demo.acts import Performance, make_clip, make_recording
from workbench.demo.drafts import Draft, draft_clip, draft_recording, draft_scene, plant_errors
from workbench.demo.drawing import draw_scene, encode_photo
from workbench.demo.motion import write_clip
from workbench.demo.scene import Scene, make_scene
from workbench.demo.sound import encode_wav, make_sound
from workbench.store import Store

__all__ = ["World", "build_world", "caption_truth", "draw_photos", "read_truth", "write_drafts"]

WRONG_SHARE = 0.2
LATE_SHARE = 0.4
TRUTH_SCHEMA: dict[str, pl.DataType] = {
    "path": pl.String(), "text": pl.String(), "start_s": pl.Float64(), "end_s": pl.Float64(),
         "is_wrong": pl.Boolean(),
    "error_type": pl.String(), "corruption": pl.String(), "severity": pl.Int64(), "true_text": pl.String(),
    "start_char": pl.Int64(), "end_char": pl.Int64(), "true_start_s": pl.Float64(),
         "true_end_s": pl.Float64(),
    "sound_delay_s": pl.Float64(), "plan": pl.String(), "frame": pl.String(), "source": pl.String(),
         "claims": pl.String(),
}  # fmt: skip


@dataclass(frozen=True)
class World:
    """What was built: where it lies and how much of what, `planted` by error type."""

    folder: Path
    images: int
    videos: int
    audio: int
    captions: int
    wrong: int
    planted: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    seconds: float = 0.0

    @property
    def captions_file(self) -> Path:
        """The rows to ingest."""
        return self.folder / "captions.jsonl"

    @property
    def truth_file(self) -> Path:
        """The truth about each row; for evaluations only."""
        return self.folder / "truth.jsonl"

    def __str__(self) -> str:
        media = f"{self.images} images, {self.videos} videos, {self.audio} sounds"
        return f"{media}; {self.captions} captions, {self.wrong} of them wrong ({self.seconds:.1f} s)"


def build_world(
    folder: Path | str,
    *,
    images: int = 480,
    videos: int = 24,
    audio: int = 24,
    seed: int = 0,
    progress: bool = False,
) -> World:
    """Write media, captions.jsonl and truth.jsonl under a folder; the same seed gives the same files.

    Without PyAV there are no videos, and `notes` says so.

    Args:
        folder: Made if need be.
        images: How many pictures (640 x 480 JPEG).
        videos: How many clips of about 5 s (320 x 240 MP4 with sound).
        audio: How many recordings (22,050 Hz mono WAV).
        seed: Number of the world.
        progress: Whether to show a bar on stderr.

    Returns:
        Counts and places; `planted` is how many errors of which type.
    """
    began = time.perf_counter()
    root = Path(folder)
    (root / "media").mkdir(parents=True, exist_ok=True)
    notes: list[str] = []
    if videos and importlib.util.find_spec("av") is None:
        notes.append("No videos: PyAV is not installed (pip install 'caption-workbench[audio-video]').")
        videos = 0
    drafts, jobs = _plan(root / "media", images, videos, audio, seed)
    drafts = plant_errors(drafts, WRONG_SHARE, seed)
    _run_all(jobs, is_shown=progress)
    write_drafts(root, drafts)
    planted = Counter(draft.error_type for draft in drafts if draft.is_wrong)
    return World(
        root,
        images,
        videos,
        audio,
        len(drafts),
        planted.total(),
        dict(planted.most_common()),
        tuple(notes),
        time.perf_counter() - began,
    )


def read_truth(folder: Path | str) -> pl.DataFrame:
    """Return the truth of a built world, one row a caption; `name` is the media file's name, to join by."""
    frame = pl.read_ndjson(Path(folder) / "truth.jsonl", schema=TRUTH_SCHEMA)
    return frame.with_columns(name=pl.col("path").str.split("/").list.last())


def caption_truth(store: Store, world: Path) -> pl.DataFrame:
    """Return the world's truth by `caption_id`, joined to the workspace by file name, text and interval."""
    samples = store.read("samples").select("sample_id", name=pl.col("path").str.split("/").list.last())
    captions = (
        store.read("captions")
        .select("caption_id", "sample_id", "text", "start_s")
        .join(samples, on="sample_id")
    )
    truth = read_truth(world).drop("path", "end_s")
    return truth.join(captions, on=["name", "text", "start_s"], nulls_equal=True)


def write_drafts(folder: Path, drafts: Sequence[Draft]) -> None:
    """Write captions.jsonl, the rows to ingest, and truth.jsonl, which only an evaluation reads."""
    _write_lines(folder / "captions.jsonl", (_caption_row(draft) for draft in drafts))
    _write_lines(folder / "truth.jsonl", (_truth_row(draft) for draft in drafts))


def draw_photos(media: Path, scenes: Mapping[str, Scene], *, progress: bool = False) -> None:
    """Draw each scene into the file of its name."""
    _run_all([_photo_job(media / name, scene) for name, scene in scenes.items()], is_shown=progress)


_Job = Callable[[], None]


def _plan(media: Path, images: int, videos: int, audio: int, seed: int) -> tuple[list[Draft], list[_Job]]:
    drafts: list[Draft] = []
    jobs: list[_Job] = []
    first = seed * 1_000_000
    for number in range(images):
        scene = make_scene(first + number)
        name = f"{scene.place}_{number:04d}.jpg"
        drafts += draft_scene(name, scene, _split(number))
        jobs.append(_photo_job(media / name, scene))
    rng = random.Random(f"late/{seed}")
    for number in range(videos):
        clip = make_clip(first + number)
        if rng.random() < LATE_SHARE and any(act.instants_s and act.action == "bounce" for act in clip.acts):
            clip = replace(clip, sound_delay_s=rng.choice((0.3, 0.45, 0.7)))
        name = f"{clip.place}_{number:04d}.mp4"
        drafts += draft_clip(name, clip, _split(number))
        jobs.append(_clip_job(media / name, clip))
    for number in range(audio):
        recording = make_recording(first + number)
        name = f"sound_{number:04d}.wav"
        drafts += draft_recording(name, recording, _split(number))
        jobs.append(_sound_job(media / name, recording))
    return drafts, jobs


def _split(number: int) -> str:
    return {8: "val", 9: "test"}.get(number % 10, "train")


def _photo_job(path: Path, scene: Scene) -> _Job:
    return lambda: _write(path, encode_photo(draw_scene(scene), scene.seed))


def _clip_job(path: Path, clip: Performance) -> _Job:
    return lambda: write_clip(path, clip, make_sound(clip))


def _sound_job(path: Path, recording: Performance) -> _Job:
    return lambda: _write(path, encode_wav(make_sound(recording)))


def _write(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def _run_all(jobs: Sequence[_Job], *, is_shown: bool) -> None:
    """Run the jobs on two threads: compressing pictures and clips leaves the interpreter free."""
    with ThreadPoolExecutor(2) as pool:
        done = pool.map(lambda job: job(), jobs)
        for _ in tqdm(done, total=len(jobs), desc="drawing", unit="file", disable=not is_shown):
            pass


def _write_lines(path: Path, rows: Iterable[dict[str, object]]) -> None:
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _caption_row(draft: Draft) -> dict[str, object]:
    row: dict[str, object] = {
        "path": f"media/{draft.name}",
        "text": draft.text,
        "kind": draft.kind,
        "lang": "en",
    }
    row |= {"source": draft.source, "split": draft.split}
    if draft.start_s is not None:
        row |= {"start_s": draft.start_s, "end_s": draft.end_s}
    return row


def _truth_row(draft: Draft) -> dict[str, object]:
    claims = [[claim.type, list(claim.args), [claim.start, claim.end]] for claim in draft.sentence.claims]
    return {
        "path": f"media/{draft.name}",
        "text": draft.text,
        "start_s": draft.start_s,
        "end_s": draft.end_s,
        "is_wrong": draft.is_wrong,
        "error_type": draft.error_type or None,
        "corruption": draft.corruption or None,
        "severity": draft.severity,
        "true_text": draft.true_text,
        "start_char": draft.span[0] if draft.span else None,
        "end_char": draft.span[1] if draft.span else None,
        "true_start_s": draft.true_interval[0] if draft.true_interval else None,
        "true_end_s": draft.true_interval[1] if draft.true_interval else None,
        "sound_delay_s": draft.truth.sound_delay_s if isinstance(draft.truth, Performance) else None,
        "plan": draft.sentence.plan,
        "frame": draft.sentence.frame,
        "source": draft.source,
        "claims": json.dumps(claims),
    }
