"""Sound against picture on real clips: shift the sound by known amounts and see what comes out.

The true offset of a real clip is not known, so what is judged is the difference between the shifted and the
unshifted clip. Shifted files are re-muxed without decoding: the packets are the same, one stream's clock
starts later. Two controls have no true answer and should be abstained from: the sound of another clip, and
the clip's own sound moved by seconds.
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from benchmarks.arguments import existing
from workbench.alignment.av_sync import Sync, measure_sync
from workbench.alignment.sync_bands import BANDS, describe_sync
from workbench.errors import MediaError, WorkbenchError
from workbench.media import probe
from workbench.media.motion import REGIONS, Motion, read_motion
from workbench.media.onsets import Onsets, read_onsets
from workbench.metrics import Metric, write_results
from workbench.scoring.av_sync import read_sync

__all__ = ["main"]

SHIFTS_MS = (-1000, -400, -200, -120, -80, -60, -40, -20, 20, 40, 60, 80, 120, 200, 400, 1000)
QUICK_SHIFTS_MS = (-200, 120)
_FAR_S = (2.5, 3.5, 4.5)
_ENDINGS = {".mp4", ".mov", ".mkv", ".webm", ".avi", ".m4v", ".mpg"}


@dataclass(frozen=True)
class _Clip:
    """A real clip and what its own streams say."""

    path: Path
    motion: Motion
    onsets: Onsets
    found: Sync
    seconds: float


def main(arguments: list[str] | None = None) -> None:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.av_sync", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument(
        "--clips", required=True, type=existing, metavar="DIR", help="a folder of videos, looked through"
    )
    parser.add_argument("--quick", action="store_true", help="two shifts only")
    parser.add_argument("--json", help="where the result goes, - for standard output")
    options = parser.parse_args(arguments)
    metrics = measure(options.clips, QUICK_SHIFTS_MS if options.quick else SHIFTS_MS)
    write_results("av_sync", metrics, path=options.json)


def measure(folder: Path, shifts_ms: tuple[int, ...] = SHIFTS_MS) -> dict[str, Metric]:
    """Shift every clip that has sound, and print what each gives.

    Raises:
        WorkbenchError: when no file of the folder has both pictures and sound.
    """
    files = list(_files_with_sound(folder))
    if not files:
        raise WorkbenchError(
            f"{folder} holds no video with sound.", "Give a folder with some; it is looked through."
        )
    clips = [_read(path) for path in files]
    errors_ms: list[float] = []
    lost = 0
    with tempfile.TemporaryDirectory(prefix="av-sync-") as kept:
        for clip in clips:
            print(f"{clip.path.name}: {describe_sync(clip.found, BANDS['bt1359_detect'], _region(clip))}")
            if clip.found.offset_s is None:
                continue
            for shift_ms in shifts_ms:
                shifted = Path(kept) / "shifted.mkv"
                _remux(clip.path, shifted, shift_ms / 1000)
                found = read_sync(shifted)
                lost += found.offset_s is None
                if found.offset_s is not None:
                    errors_ms.append((found.offset_s - clip.found.offset_s) * 1000 - shift_ms)
                print(f"  sound moved by {shift_ms:+5d} ms: {_said(found, clip.found.offset_s)}")
    return _summarise(clips, np.array(errors_ms), lost)


def _summarise(clips: list[_Clip], errors_ms: np.ndarray, lost: int) -> dict[str, Metric]:
    told = sum(clip.found.offset_s is not None for clip in clips)
    controls = [*_foreign(clips), *_far(clips)]
    shifted = errors_ms.size + lost
    nothing = float("nan")
    return {
        "real_clips_told": Metric(told / len(clips), len(clips), "share of clips"),
        "real_shift_median_ms": Metric(
            float(np.median(np.abs(errors_ms))) if errors_ms.size else nothing, errors_ms.size, "ms"
        ),
        "real_shift_within_40ms": Metric(
            float(np.mean(np.abs(errors_ms) < 40)) if errors_ms.size else nothing,
            errors_ms.size,
            "share of told",
        ),
        "real_shift_abstained": Metric(lost / shifted if shifted else nothing, shifted, "share of shifted"),
        "real_control_abstained": Metric(
            float(np.mean([found.offset_s is None for found in controls])), len(controls), "share of controls"
        ),
        "real_seconds_per_6_s": Metric(
            float(np.median([clip.seconds for clip in clips])), len(clips), "CPU s for 6 s"
        ),
    }


def _files_with_sound(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() in _ENDINGS:
            try:
                found = probe(path)
            except MediaError as error:
                print(f"{path.name}: left out: {error}")
                continue
            if found.has_audio and found.media == "video":
                yield path
            else:
                print(f"{path.name}: left out: no sound")


def _read(path: Path) -> _Clip:
    start_s = time.process_time()
    onsets, motion = read_onsets(path), read_motion(path)
    found = _match(motion, onsets)
    length_s = float(motion.times_s[-1]) if motion.times_s.size else 6.0
    return _Clip(path, motion, onsets, found, (time.process_time() - start_s) * 6 / length_s)


def _match(motion: Motion, onsets: Onsets) -> Sync:
    return measure_sync(motion.times_s, motion.abruptness, onsets.times_s, onsets.strength)


def _foreign(clips: list[_Clip]) -> Iterator[Sync]:
    """Measure every picture with the sound of every other clip."""
    for picture, sound in itertools.permutations(clips, 2):
        yield _match(picture.motion, sound.onsets)


def _far(clips: list[_Clip]) -> Iterator[Sync]:
    """Measure every clip with its own sound moved round by more than is looked at."""
    for clip, far_s in itertools.product(clips, _FAR_S):
        steps = int(np.searchsorted(clip.onsets.times_s, far_s))
        yield _match(clip.motion, replace(clip.onsets, strength=np.roll(clip.onsets.strength, steps)))


def _remux(source: Path, target: Path, shift_s: float) -> None:
    """Copy the packets, the sound's clock later by the shift; for an earlier sound the pictures' clock."""
    import av

    with av.open(str(source)) as read, av.open(str(target), "w") as written:
        copies = {
            stream.index: written.add_stream_from_template(stream)
            for stream in (read.streams.video[0], read.streams.audio[0])
        }
        moved = "audio" if shift_s > 0 else "video"
        for packet in read.demux(read.streams.video[0], read.streams.audio[0]):
            if packet.dts is None:
                continue
            if packet.stream.type == moved:
                ticks = round(abs(shift_s) / packet.time_base)
                packet.pts, packet.dts = packet.pts + ticks, packet.dts + ticks
            packet.stream = copies[packet.stream.index]
            written.mux(packet)


def _region(clip: _Clip) -> str:
    return REGIONS[clip.found.region]


def _said(found: Sync, before_s: float) -> str:
    if found.offset_s is None:
        return f"abstained ({found.reason})"
    return f"moved by {(found.offset_s - before_s) * 1000:+7.1f} ms (p = {found.p_value:.3f})"


if __name__ == "__main__":
    main()
