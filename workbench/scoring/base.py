"""What a scorer is, and what the scorers of one run share: the captions, the encoder, the vectors.

A scorer turns a run into rows of the table of scores: one row a caption and error type that it speaks of.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from workbench.alignment.cross_fit import Joined, join_towers
from workbench.alignment.similarity import Pairing
from workbench.encoders import Encoder, load
from workbench.encoders.feeding import MediaJob
from workbench.encoders.passes import encode_new_media, encode_new_texts
from workbench.encoders.shards import VectorShards
from workbench.errors import WorkbenchError
from workbench.media import frame_times
from workbench.store import Store

__all__ = ["WEIGHTS_FREE", "Compared", "Run", "Scorer", "undefined"]

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

#: The `encoder_key` of a scorer that looks at no vectors; what changed in it is told by `scorer_version`.
WEIGHTS_FREE: Final = "weights-free"
_INTERVAL_FRAMES = 3  # looked at inside each captioned interval, beside the frames spread over the whole


@dataclass(frozen=True)
class Compared:
    """The captions of one kind of media as vectors that can be compared with those of the media.

    Attributes:
        media: image, video or audio.
        rows: the captions, one a row, with the columns of their samples.
        vectors: float32 (F, d), unit rows; frames of a sample are consecutive, samples as they first appear.
        texts: float32 (M, d), unit rows, in the order of `rows`.
        pairing: which media rows each caption speaks of.
        times_s: float64 (F,), the time of each media row.
        frames: int64 (N,), media rows of each sample.
        windows: int64 (M,), in how many windows each caption was read.
        encoder: what made them.
        joined: how two towers were joined; None when the encoder has one space.
    """

    media: str
    rows: pl.DataFrame
    vectors: Floats
    texts: Floats
    pairing: Pairing
    times_s: npt.NDArray[np.float64]
    frames: Ints
    windows: Ints
    encoder: Encoder
    joined: Joined | None = None

    @property
    def note(self) -> str:
        """Say how two towers were joined; "" when the encoder has one space."""
        return self.joined.note if self.joined else ""

    @property
    def caveat(self) -> str:
        """Say what the joining could not do; "" when there is nothing to say."""
        return "" if self.joined is None or self.joined.penalty else self.joined.note

    def map_texts(self, texts: Floats) -> Floats:
        """Bring further vectors of `Run.texts` into the space of `texts`."""
        return self.joined.map_texts(texts) if self.joined else texts


@dataclass
class Run:
    """One call of `score`: what its scorers share.

    Attributes:
        store: the workspace.
        rows: every caption joined with its sample, one caption a row.
        encoder_name: what `workbench.encoders.load` is asked for.
        device: where it runs.
        frames: frames of a video, or windows of a sound, looked at.
        progress: show bars on stderr.
    """

    store: Store
    rows: pl.DataFrame
    encoder_name: str = "bridge"
    device: str = "auto"
    frames: int = 8
    progress: bool = False
    _encoder: Encoder | None = None
    _compared: dict[str, tuple[Compared | None, pl.DataFrame]] = field(default_factory=dict)
    _shards: dict[str, VectorShards] = field(default_factory=dict)

    @property
    def encoder(self) -> Encoder:
        """The encoder, loaded when first asked for."""
        if self._encoder is None:
            self._encoder = load(self.encoder_name, self.device)
        return self._encoder

    @property
    def media_kinds(self) -> list[str]:
        """The kinds of media there are captions of."""
        return self.rows["media"].unique(maintain_order=True).to_list()

    def compare(self, media: str) -> tuple[Compared | None, pl.DataFrame]:
        """Return the captions of a kind of media as vectors, and the rows that have none, with the reason.

        Encoded once in a run, whatever the number of scorers that ask; vectors are kept on disk.
        """
        if media not in self._compared:
            rows = self.rows.filter(pl.col("media") == media)
            reasons = _reasons_before(rows, self.encoder, media)
            wanted = rows.filter(pl.Series([not reason for reason in reasons], dtype=pl.Boolean))
            found, failed = _compare(self, wanted, media) if wanted.height else (None, undefined(wanted, []))
            without = pl.concat([undefined(rows, reasons), failed], how="diagonal_relaxed")
            self._compared[media] = (found, without)
        return self._compared[media]

    def sentences(self, rows: pl.DataFrame) -> tuple[Floats, Ints]:
        """Return the captions' vectors by the sentence tower (float32, unit rows) and their windows."""
        from workbench.encoders.text import SentenceEncoder

        encoder = SentenceEncoder(self.device)
        return encode_new_texts(
            encoder, rows["text"].to_list(), self.text_shards(encoder.text_key), progress=self.progress
        )

    def texts(self, texts: Sequence[str]) -> tuple[Floats, Ints]:
        """Return vectors of any texts by the run's encoder, unjoined, and their windows; kept on disk."""
        return encode_new_texts(
            self.encoder, list(texts), self.text_shards(self.encoder.text_key), progress=self.progress
        )

    def text_shards(self, text_key: str) -> VectorShards:
        """Return where the vectors of captions are kept."""
        if text_key not in self._shards:
            folder = self.store.vectors_folder(text_key)
            self._shards[text_key] = VectorShards(folder, rows_per_shard=8192)
        return self._shards[text_key]


@dataclass(frozen=True)
class Scorer:
    """One way to find errors, and what it can and cannot see.

    Attributes:
        run: gives the rows of the table of scores.
        error_types: what it speaks of.
        blind_to: what it cannot see, in words.
        cost: `cheap` (captions and vectors), `media` (reads files again), `model` (a large model; runs only
            when named).
    """

    run: Callable[[Run], pl.DataFrame]
    error_types: tuple[str, ...]
    blind_to: str
    cost: str = "cheap"


def undefined(rows: pl.DataFrame, reasons: Sequence[str]) -> pl.DataFrame:
    """Return the rows that have a reason, with it and without a value.

    Args:
        rows: captions.
        reasons: one a row; "" where the caption has a value elsewhere.
    """
    marked = rows.with_columns(
        value=pl.lit(None, pl.Float64), reason=pl.Series(list(reasons) or [""] * rows.height, dtype=pl.String)
    )
    without = marked.filter(pl.col("reason") != "")
    return without.with_columns(evidence="No score: " + pl.col("reason") + ".")


def _reasons_before(rows: pl.DataFrame, encoder: Encoder, media: str) -> list[str]:
    """Return why each caption cannot be compared with its media, before any of them is read."""
    if media not in encoder.media:
        tower = "an audio" if media == "audio" else "an image"
        other = "clap:<id or folder>" if media == "audio" else "bridge"
        reason = (
            f"the encoder {encoder.key.split(':')[0]!r} has no {media} tower; give {tower} encoder: "
            f"ws.score('similarity', encoder={other!r})"
        )
        return [reason] * rows.height
    return [
        "a transcript says what is heard word for word; similarity compares what a caption describes"
        if kind == "transcript"
        else ("" if text.strip() else "the caption is empty")
        for kind, text in rows.select("kind", "text").iter_rows()
    ]


def _compare(run: Run, rows: pl.DataFrame, media: str) -> tuple[Compared | None, pl.DataFrame]:
    """Encode the captions of one kind of media and the media themselves, and bring both into one space."""
    encoder = run.encoder
    jobs = _plan_jobs(run.store, rows, media, run.frames)
    shards = VectorShards(run.store.vectors_folder(encoder.key))
    unread = encode_new_media(encoder, list(jobs.values()), shards, progress=run.progress)
    failed = {sample: unread[job.key] for sample, job in jobs.items() if job.key in unread}
    reasons = [failed.get(sample, "") for sample in rows["sample_id"]]
    readable = rows.filter(pl.Series([not reason for reason in reasons], dtype=pl.Boolean))
    without = undefined(rows, reasons)
    if readable.is_empty():
        return None, without
    samples = readable["sample_id"].unique(maintain_order=True).to_list()
    vectors, frames, times_s = shards.read([jobs[sample].key for sample in samples])
    texts, windows = run.texts(readable["text"].to_list())
    pairing = _pair(readable, samples, frames, times_s)
    found = Compared(media, readable, vectors, texts, pairing, times_s, frames, windows, encoder)
    return _join(found, samples) if encoder.space == "bridge" else found, without


def _join(found: Compared, samples: list[str]) -> Compared:
    """Bring the vectors of two towers that were never trained together into one space."""
    from workbench.encoders.bridge import FEATURES, class_vectors

    contents = dict(found.rows.select("sample_id", "content_hash").iter_rows())
    joined = join_towers(
        found.vectors[:, :FEATURES],
        found.vectors[:, FEATURES:],
        found.texts,
        found.pairing,
        files=[contents[sample] for sample in samples],
        anchors=class_vectors(),
    )
    return replace(
        found,
        vectors=joined.media,
        texts=joined.texts,
        joined=joined,
    )


def _plan_jobs(store: Store, rows: pl.DataFrame, media: str, frames: int) -> dict[str, MediaJob]:
    """Return the reading job of each sample; its key tells content and times apart."""
    jobs = {}
    for (sample_id,), group in rows.group_by("sample_id", maintain_order=True):
        times_s: tuple[float, ...] = ()
        if media != "image":
            spread = frame_times(group["duration_s"][0] or 0.0, frames)
            for first_s, last_s in group.select("start_s", "end_s").unique(maintain_order=True).iter_rows():
                if first_s is not None and last_s is not None:
                    spread += [first_s + t for t in frame_times(last_s - first_s, _INTERVAL_FRAMES)]
            times_s = tuple(sorted({round(t, 3) for t in spread}))
        digest = blake2b(repr(times_s).encode(), digest_size=6).hexdigest() if times_s else "whole"
        try:
            path = store.media_path(group["root"][0], group["path"][0])
        except WorkbenchError:
            path = store.path / "outside"  # reading it fails, and the row says so
        jobs[str(sample_id)] = MediaJob(f"{group['content_hash'][0]}:{digest}", path, media, times_s)
    return jobs


def _pair(rows: pl.DataFrame, samples: list[str], frames: Ints, times_s: npt.NDArray[np.float64]) -> Pairing:
    """Say which vector rows each caption speaks of: those in its interval, or all of its sample's."""
    place = {sample: index for index, sample in enumerate(samples)}
    pairing = Pairing.whole(frames, [place[sample] for sample in rows["sample_id"]])
    first, last = pairing.first.copy(), pairing.last.copy()
    for index, (start_s, end_s) in enumerate(rows.select("start_s", "end_s").iter_rows()):
        if start_s is None or end_s is None or last[index] - first[index] < 2:
            continue
        times = times_s[first[index] : last[index]]
        begin, end = np.searchsorted(times, [start_s, end_s])
        if end > begin:
            first[index], last[index] = first[index] + begin, first[index] + end
    return Pairing(pairing.starts, pairing.owner, first, last)
