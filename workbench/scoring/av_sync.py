"""The scorer `av_sync`: is the sound of a video in time with its picture; it looks at no caption.

What is measured of a file is kept by its content, so a second run reads no media.
"""

from __future__ import annotations

import io
import json
import os
import zipfile
from dataclasses import asdict, dataclass
from hashlib import blake2b
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl
from tqdm import tqdm  # type: ignore[import-untyped]

from workbench.alignment.av_sync import Sync, measure_sync
from workbench.alignment.drift import Drift
from workbench.alignment.similarity import mid_rank
from workbench.alignment.sync_bands import BANDS, choose_band, describe_sync
from workbench.errors import MediaError, UnknownNameError
from workbench.media.motion import REGIONS, Motion, read_motion
from workbench.media.onsets import Onsets, read_onsets
from workbench.scoring.base import WEIGHTS_FREE, Run, undefined

__all__ = ["BAND", "read_sync", "score_av_sync"]

#: The band that a value is measured against; the others are in each row's detail.
BAND = "bt1359_detect"
_VERSION = "av_sync-1"
_SIGNALS_VERSION = "1"  # raise it when the same file gives other signals


@dataclass(frozen=True)
class _Checked:
    """What is said of every caption of one video."""

    value: float | None
    reason: str
    evidence: str
    detail: str | None


def score_av_sync(run: Run) -> pl.DataFrame:
    """Score every caption of a video by how its sound lies to its picture.

    The value is minus the share of the band BT.1359-1 "detectability" that the offset uses: 0 in sync, -1 at
    the band's edge, lower outside. Where motion repeats, the likely offset nearest to being in sync counts.
    Without events that are both seen and heard there is no value, and the reason says so.
    """
    rows = run.rows.filter(pl.col("media") == "video")
    folder = run.store.cache_folder("av_sync")
    files = rows.unique("content_hash", maintain_order=True)
    checked: dict[str, _Checked] = {}
    columns = files.select("content_hash", "root", "path", "has_audio").iter_rows()
    for content, root, path, has_audio in tqdm(
        columns, total=files.height, desc="sync", unit="video", disable=not run.progress
    ):
        checked[content] = _check(run, folder, content, root, path) if has_audio else _silent()
    found = [checked[content] for content in rows["content_hash"]]
    without = undefined(
        rows.with_columns(detail=pl.Series([one.detail for one in found], dtype=pl.String)),
        [one.reason for one in found],
    )
    valued = [one for one in found if one.value is not None]
    values = np.array([one.value for one in valued], dtype=np.float64)
    defined = rows.filter(pl.Series([one.value is not None for one in found], dtype=pl.Boolean)).with_columns(
        value=pl.Series(values, dtype=pl.Float64),
        percentile=pl.Series(mid_rank(values) if values.size else values, dtype=pl.Float64),
        evidence=pl.Series([one.evidence for one in valued], dtype=pl.String),
        detail=pl.Series([one.detail for one in valued], dtype=pl.String),
    )
    return pl.concat([without, defined], how="diagonal_relaxed").with_columns(
        error_type=pl.lit("av_sync"), encoder_key=pl.lit(WEIGHTS_FREE), scorer_version=pl.lit(_VERSION)
    )


def read_sync(path: Path | str, folder: Path | None = None, content_hash: str = "") -> Sync:
    """Measure the sync of a video file, or take what was measured of the same content.

    Args:
        path: the file.
        folder: where signals and results are kept; None keeps nothing.
        content_hash: of the file; needed with `folder`.

    Raises:
        MediaError: no pictures, no sound, or damaged.
        MissingExtraError: PyAV or OpenCV is not installed.
    """
    if folder is None:
        return _measure(*_read_signals(path))
    kept = folder / f"{_name(_VERSION, _SIGNALS_VERSION, content_hash)}.json"
    if (known := _read_result(kept)) is not None:
        return known
    signals_file = folder / f"{_name(_SIGNALS_VERSION, content_hash)}.npz"
    signals = _load_signals(signals_file)
    if signals is None:
        signals = _read_signals(path)
        _save_signals(signals_file, *signals)
    found = _measure(*signals)
    _swap_in(kept, json.dumps(asdict(found)).encode())
    return found


def _check(run: Run, folder: Path, content: str, root: str, path: str) -> _Checked:
    try:
        found = read_sync(run.store.media_path(root, path), folder, content)
    except (MediaError, UnknownNameError) as error:
        return _Checked(None, error.message.rstrip("."), "", None)
    detail = json.dumps(_detail(found))
    if found.nearest_s is None:
        return _Checked(None, f"no evidence of sync either way: {found.reason}", "", detail)
    value = -choose_band(BAND).strain(found.nearest_s)
    return _Checked(value, "", describe_sync(found, BAND, REGIONS[found.region]), detail)


def _silent() -> _Checked:
    return _Checked(None, "the video has no sound", "", None)


def _detail(found: Sync) -> dict[str, object]:
    """Return the named numbers of a row: the shift that would mend it, and how each band judges it."""
    drift = found.drift
    judged = {
        name: None if found.nearest_s is None else band.contains(found.nearest_s)
        for name, band in BANDS.items()
    }
    return {
        "best_shift_s": None if found.offset_s is None else round(-found.offset_s, 4),
        "peaks_s": [round(peak, 4) for peak in found.peaks_s],
        "p_value": round(found.p_value, 4),
        "correlation": round(found.correlation, 4),
        "second_ratio": round(found.second_ratio, 4),
        "region": REGIONS[found.region],
        "drift_ppm": None if drift is None else round(drift.ppm, 1),
        "within": judged,
    }


def _read_signals(path: Path | str) -> tuple[Motion, Onsets]:
    # The sound first: it costs a tenth, and a file without any is refused before its pictures are decoded.
    onsets = read_onsets(path)
    return read_motion(path), onsets


def _measure(motion: Motion, onsets: Onsets) -> Sync:
    return measure_sync(motion.times_s, motion.abruptness, onsets.times_s, onsets.strength)


def _name(*parts: str) -> str:
    return blake2b("/".join(parts).encode(), digest_size=16).hexdigest()


def _load_signals(file: Path) -> tuple[Motion, Onsets] | None:
    try:
        with np.load(file) as kept:
            arrays = [
                np.asarray(kept[name], np.float64) for name in ("frames_s", "motion", "sound_s", "onsets")
            ]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        return None  # not there, or damaged: it is made again
    return Motion(arrays[0], arrays[1]), Onsets(arrays[2], arrays[3])


def _save_signals(file: Path, motion: Motion, onsets: Onsets) -> None:
    stream = io.BytesIO()
    np.savez(
        stream,
        frames_s=motion.times_s,
        motion=_short(motion.abruptness),
        sound_s=onsets.times_s,
        onsets=_short(onsets.strength),
    )
    _swap_in(file, stream.getvalue())


def _short(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    return values.astype(np.float32)


def _read_result(file: Path) -> Sync | None:
    try:
        known = json.loads(file.read_bytes())
        drift = None if known["drift"] is None else Drift(**known["drift"])
        return Sync(**(known | {"peaks_s": tuple(known["peaks_s"]), "drift": drift}))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _swap_in(file: Path, content: bytes) -> None:
    fresh = file.with_name(f".{file.name}.{os.getpid()}.new")
    try:
        fresh.write_bytes(content)
        os.replace(fresh, file)
    except OSError:
        fresh.unlink(missing_ok=True)  # a full disk costs time at the next run, not this one's result
