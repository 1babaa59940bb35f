"""Make a workspace of a million samples in a minute, to see what the views cost at that size.

What is real: the workspace and its tables, written by the store; 48 small photos, a film and a sound that all
samples share. What is synthetic: captions from a small grammar, scores drawn by chance, flags on the lowest.
No medium is decoded and nothing is encoded: this world is for views, not for scorers.

    python -m benchmarks.interface_world big --samples 1000000
"""

from __future__ import annotations

import argparse
import math
import time
import wave
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
from PIL import Image, ImageDraw

from workbench.records import utc_now
from workbench.store import Store

__all__ = ["CAPTIONS_PER_SAMPLE", "RARE_WORD", "main", "make_world"]

CAPTIONS_PER_SAMPLE: Final = 5
#: A word that about one caption in a thousand has.
RARE_WORD: Final = "zeppelin"
_PHOTOS: Final = 48
_ALONE: Final = 1_000  # one sample in so many has no caption
_COLOURS: Final = "red green blue yellow black white brown grey pink orange".split()  # noqa: SIM905
_NOUNS: Final = [
    "dog",
    "cat",
    "horse",
    "man",
    "woman",
    "boy",
    "girl",
    "bird",
    "car",
    "bus",
    "bike",
    "ball",
    "kite",
    "boat",
    "chair",
    "bench",
    "tree",
    "cup",
]
_ACTS: Final = (
    "runs past",
    "stands near",
    "jumps over",
    "sits beside",
    "waits for",
    "plays with",
    "rests on",
)
_PLACES: Final = "beach park street garden lake fence wall bridge field river market station".split()  # noqa: SIM905
_ERRORS: Final = ("wrong_pair", "object", "attribute", "relation", "count", "action")
_LANGS: Final = ("en", "en", "en", "de", "fr")


def main(arguments: list[str] | None = None) -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, help="an empty folder, or one that is not there yet")
    parser.add_argument("--samples", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args(arguments)
    start = time.perf_counter()
    store = make_world(asked.folder, asked.samples, seed=asked.seed)
    seconds = time.perf_counter() - start
    captions = store.read("captions").height
    print(f"{store.path}: {asked.samples:,} samples, {captions:,} captions in {seconds:.0f} s")


def make_world(folder: Path | str, samples: int, *, seed: int = 0) -> Store:
    """Make a workspace of many samples with five captions each, their scores and flags.

    Args:
        folder: where; empty or not there yet.
        samples: how many.
        seed: of everything drawn by chance; the same seed makes the same tables but for their times.

    Returns:
        The opened store.
    """
    store = Store.create(folder)
    media = store.path / "media"
    files = _make_media(media)
    rng = np.random.default_rng(seed)
    table = _samples(samples, files, rng).with_columns(root=pl.lit(store.add_root(media)))
    store.replace("samples", table)
    has_captions = np.arange(samples) % _ALONE != _ALONE - 1
    of_sample = np.flatnonzero(has_captions).astype(np.uint32).repeat(CAPTIONS_PER_SAMPLE)
    captions = _captions(table["sample_id"].gather(of_sample), rng)
    store.replace("captions", captions)
    contents = table["content_hash"].gather(of_sample)
    scores = _scores(captions.select("caption_id", "caption_hash", content_hash=contents), rng)
    store.replace("scores", scores)
    store.replace("flags", _flags(scores, rng))
    return store


def _samples(count: int, files: dict[str, list[str]], rng: np.random.Generator) -> pl.DataFrame:
    kinds = np.array(["image", "video", "audio"])
    drawn = rng.choice(3, count, p=[0.8, 0.12, 0.08])
    paths = np.array([name for kind in kinds for name in files[kind]])
    firsts = np.cumsum([0, *(len(files[kind]) for kind in kinds)])
    of_file = firsts[drawn] + np.arange(count) % np.diff(firsts)[drawn]
    is_moving = pl.col("media") != "image"
    number = pl.int_range(pl.len(), dtype=pl.Int64)
    return pl.DataFrame({"media": kinds[drawn], "path": paths[of_file]}).with_columns(
        sample_id=_ids("s", count, rng),
        content_hash=_ids("", count, rng),
        size_bytes=pl.lit(20_000) + number % 9_000,
        width=pl.when(pl.col("media") != "audio").then(320).cast(pl.Int32),
        height=pl.when(pl.col("media") != "audio").then(240).cast(pl.Int32),
        duration_s=pl.when(is_moving).then(2.0 + (number % 40) / 4),
        has_audio=pl.when(is_moving).then(pl.col("media") == "audio"),
        group=pl.when(pl.col("media") == "video").then(pl.format("event {}", number // 12)),
        view=pl.when(pl.col("media") == "video").then(pl.format("camera {}", number % 12)),
        split=pl.when(number % 10 == 0).then(pl.lit("test")).otherwise(pl.lit("train")),
        added_at=pl.lit(utc_now()),
    )


def _captions(sample_ids: pl.Series, rng: np.random.Generator) -> pl.DataFrame:
    count = len(sample_ids)
    number = pl.int_range(pl.len(), dtype=pl.Int64)
    drawn = pl.DataFrame(
        {
            name: pl.Series(words).gather(rng.integers(len(words), size=count, dtype=np.uint32))
            for name, words in {
                "colour": _COLOURS, "who": _NOUNS, "act": _ACTS, "other": _COLOURS, "what": _NOUNS,
                "place": _PLACES,
            }.items()
        }
    )  # fmt: skip
    said = pl.format("A {} {} {} a {} {} at the {}, photo {}", *drawn.columns, number)
    rare = pl.when(number % 1_000 == 7).then(pl.format("{}, below a {}", said, pl.lit(RARE_WORD)))
    return drawn.select(
        caption_id=_ids("c", count, rng),
        sample_id=sample_ids,
        kind=pl.lit("caption"),
        text=rare.otherwise(said),
        lang=pl.Series(_LANGS).gather(np.arange(count, dtype=np.uint32) % len(_LANGS)),
        source=pl.when(number % 3 == 0).then(pl.lit("a model")).otherwise(pl.lit("people")),
        caption_hash=_ids("", count, rng),
        added_at=pl.lit(utc_now()),
    )


def _scores(captions: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    value = np.clip(rng.normal(0.28, 0.06, captions.height), -1, 1)
    scored = captions.with_columns(value=pl.Series(value)).with_columns(
        percentile=(pl.col("value").rank("ordinal") - 1) / max(captions.height - 1, 1)
    )
    percent = (pl.col("percentile") * 100).floor().cast(pl.Int64)
    return scored.with_columns(
        scorer=pl.lit("similarity"),
        error_type=pl.lit("wrong_pair"),
        evidence=pl.format("Fits better than {} % of the captions.", percent),
        encoder_key=pl.lit("drawn by chance"),
        scorer_version=pl.lit("1"),
        scored_at=pl.lit(utc_now()),
    )


def _flags(scores: pl.DataFrame, rng: np.random.Generator) -> pl.DataFrame:
    low = scores.filter(pl.col("percentile") < 0.08)
    return low.select(
        flag_id=pl.format("f-{}", "caption_id"),
        caption_id="caption_id",
        error_type=pl.Series(_ERRORS).gather(
            np.minimum(rng.geometric(0.45, low.height) - 1, len(_ERRORS) - 1).astype(np.uint32)
        ),
        rule=pl.lit("lowest 8% by similarity"),
        scorer="scorer",
        value="value",
        percentile="percentile",
        evidence="evidence",
        flagged_at="scored_at",
    )


def _ids(letter: str, count: int, rng: np.random.Generator) -> pl.Series:
    digits = rng.bytes(8 * count).hex()
    return pl.Series([letter + digits[at : at + 16] for at in range(0, 16 * count, 16)], dtype=pl.String)


def _make_media(folder: Path) -> dict[str, list[str]]:
    """Draw small photos, and a film and a sound; return their names by kind."""
    folder.mkdir()
    photos = [f"photo-{number:02}.jpg" for number in range(_PHOTOS)]
    for number, name in enumerate(photos):
        _photo(number, 0.0).save(folder / name, quality=80)
    _write_sound(folder / "sound.wav")
    _write_film(folder / "film.mp4")
    return {"image": photos, "video": ["film.mp4"], "audio": ["sound.wav"]}


def _photo(number: int, time_s: float) -> Image.Image:
    hue = number * 360 // _PHOTOS
    photo = Image.new("RGB", (320, 240), f"hsl({hue}, 45%, 72%)")
    x = 40 + number * 37 % 160 + int(40 * math.sin(time_s * math.pi))
    ImageDraw.Draw(photo).ellipse((x, 60, x + 110, 170), fill=f"hsl({(hue + 150) % 360}, 55%, 45%)")
    return photo


def _write_sound(file: Path, rate_hz: int = 8_000, duration_s: float = 2.0) -> None:
    times = np.arange(int(rate_hz * duration_s)) / rate_hz
    samples = (9_000 * np.sin(2 * np.pi * 440 * times) * np.exp(-times)).astype("<i2")
    with wave.open(str(file), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(rate_hz)
        sound.writeframes(samples.tobytes())


def _write_film(file: Path, rate_hz: int = 10, duration_s: float = 2.0) -> None:
    import av

    with av.open(str(file), "w") as film:
        stream = film.add_stream("h264", rate=rate_hz, width=320, height=240, pix_fmt="yuv420p")
        for number in range(int(rate_hz * duration_s)):
            frame = av.VideoFrame.from_image(_photo(7, number / rate_hz))
            film.mux(stream.encode(frame))
        film.mux(stream.encode(None))


if __name__ == "__main__":
    main()
