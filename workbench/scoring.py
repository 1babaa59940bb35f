"""Score: run a scorer over a workspace, computing only what is new or has changed.

Vectors are kept by (encoder key, content) and survive a kill; what is measured on the whole set (ranks, the
map of the bridge) is measured again whenever the set has changed, which takes seconds.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from workbench.alignment.consensus import measure_consensus
from workbench.alignment.cross_fit import join_towers
from workbench.alignment.evidence import explain_consensus, explain_similarity
from workbench.alignment.similarity import Pairing, Similarity, measure_similarity
from workbench.encoders import Encoder, load
from workbench.encoders.feeding import MediaJob
from workbench.encoders.passes import encode_new_media, encode_new_texts
from workbench.encoders.shards import VectorShards
from workbench.errors import UnknownNameError, WorkbenchError
from workbench.media import frame_times
from workbench.records import utc_now
from workbench.store import Store

__all__ = ["SCORERS", "ScoreSummary", "score"]

Floats = npt.NDArray[np.float32]

_SIMILARITY_VERSION = "similarity-1"
_CONSENSUS_VERSION = "consensus-1"
_INTERVAL_FRAMES = 3  # looked at inside each captioned interval, beside the frames spread over the whole


@dataclass(frozen=True)
class ScoreSummary:
    """What a run of a scorer did.

    Attributes:
        scorer: its name.
        scored: captions that were given a value that was not there before.
        reused: captions whose vectors and score were there; their rank was brought up to date.
        undefined: captions without a value; each row of `ws.scores` says why.
        seconds: wall time of the whole run.
        items_per_s: captions of any of the three kinds a second.
        encoder_key: what the scores were made with.
    """

    scorer: str
    scored: int
    reused: int
    undefined: int
    seconds: float
    items_per_s: float
    encoder_key: str

    def __str__(self) -> str:
        return (
            f"{self.scorer}: {self.scored:,} scored, {self.reused:,} unchanged, {self.undefined:,} undefined "
            f"in {self.seconds:.1f} s ({self.items_per_s:,.0f} captions/s) with {self.encoder_key}"
        )


@dataclass(frozen=True)
class _Run:
    """One call of `score`: what every step of it needs."""

    store: Store
    rows: pl.DataFrame
    encoder: str
    device: str
    frames: int
    progress: bool


def score(
    store: Store,
    scorer: str = "similarity",
    *,
    encoder: str = "bridge",
    device: str = "auto",
    progress: bool = True,
    frames: int = 8,
) -> ScoreSummary:
    """Score every caption of a workspace.

    `similarity` compares a caption with its media, `consensus` with the other captions of the same media.

    Args:
        store: the workspace.
        scorer: `similarity` or `consensus`.
        encoder: see `workbench.encoders.load`; `consensus` always uses the sentence tower.
        device: `auto`, `cpu`, `cuda` or `mps`.
        progress: show bars on stderr.
        frames: frames of a video, or windows of a sound, looked at.

    Raises:
        UnknownNameError: for a scorer or an encoder that does not exist; lists the known ones.
        MissingExtraError: when a package is not installed.
        WorkspaceLockedError: when another process is writing this workspace.
    """
    if scorer not in SCORERS:
        raise UnknownNameError("scorer", scorer, SCORERS)
    if frames < 1:
        raise WorkbenchError(f"frames={frames} is not a number of frames.", "Give 1 or more.")
    start = time.perf_counter()
    # Held for the whole run: a second run would compute the same vectors and swap in its own manifest.
    with store.writing(f"score {scorer}"):
        samples = store.read("samples").drop("added_at")
        rows = store.read("captions").join(samples, on="sample_id", how="inner", maintain_order="left")
        found = SCORERS[scorer](_Run(store, rows, encoder, device, frames, progress))
        scored, reused, undefined, key = _keep(store, scorer, found)
    seconds = time.perf_counter() - start
    return ScoreSummary(scorer, scored, reused, undefined, seconds, rows.height / max(seconds, 1e-9), key)


def _score_similarity(run: _Run) -> pl.DataFrame:
    encoder = load(run.encoder, run.device)
    version = f"{_SIMILARITY_VERSION} frames={run.frames}"
    parts = []
    for media in run.rows["media"].unique(maintain_order=True):
        rows = run.rows.filter(pl.col("media") == media)
        reasons = _reasons_before(rows, encoder, media)
        wanted = rows.filter(pl.Series([not reason for reason in reasons], dtype=pl.Boolean))
        parts.append(_undefined(rows, reasons))
        if not wanted.is_empty():
            parts.append(_measure(run, encoder, wanted, media))
    whole = pl.concat(parts, how="diagonal_relaxed") if parts else _undefined(run.rows, [])
    return whole.with_columns(encoder_key=pl.lit(encoder.key), scorer_version=pl.lit(version))


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


def _measure(run: _Run, encoder: Encoder, rows: pl.DataFrame, media: str) -> pl.DataFrame:
    """Encode and compare the captions of one kind of media."""
    jobs = _plan_jobs(run.store, rows, media, run.frames)
    shards = VectorShards(run.store.vectors_folder(encoder.key))
    unread = encode_new_media(encoder, list(jobs.values()), shards, progress=run.progress)
    failed = {sample: unread[job.key] for sample, job in jobs.items() if job.key in unread}
    reasons = [failed.get(sample, "") for sample in rows["sample_id"]]
    readable = rows.filter(pl.Series([not reason for reason in reasons], dtype=pl.Boolean))
    undefined = _undefined(rows, reasons)
    if readable.is_empty():
        return undefined
    samples = readable["sample_id"].unique(maintain_order=True).to_list()
    vectors, counts, times_s = shards.read([jobs[sample].key for sample in samples])
    texts, windows = encode_new_texts(
        encoder, readable["text"].to_list(), _text_shards(run, encoder.text_key), progress=run.progress
    )
    pairing = _pair(readable, samples, counts, times_s)
    joined = ("", "")
    if encoder.space == "bridge":
        contents = dict(readable.select("sample_id", "content_hash").iter_rows())
        vectors, texts, joined = _join(vectors, texts, pairing, [contents[sample] for sample in samples])
    found = measure_similarity(vectors, texts, pairing)
    explained = explain_similarity(
        found, media, times_s, windows=windows, token_limit=encoder.token_limit, note=joined[1]
    )
    many = pairing.last - pairing.first > 1
    best_times = [
        float(t) if several else None for t, several in zip(times_s[found.best_row], many, strict=True)
    ]
    defined = readable.with_columns(
        value=pl.Series(found.value, dtype=pl.Float64),
        percentile=pl.Series(found.percentile),
        best_time_s=pl.Series(best_times, dtype=pl.Float64),
        evidence=pl.Series(explained, dtype=pl.String),
        detail=pl.Series(_details(found, windows, counts[pairing.owner], joined[0]), dtype=pl.String),
    )
    return pl.concat([undefined, defined], how="diagonal_relaxed")


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


def _text_shards(run: _Run, text_key: str) -> VectorShards:
    return VectorShards(run.store.vectors_folder(text_key), rows_per_shard=8192)


def _pair(
    rows: pl.DataFrame, samples: list[str], counts: npt.NDArray[np.int64], times_s: npt.NDArray[np.float64]
) -> Pairing:
    """Say which vector rows each caption speaks of: those in its interval, or all of its sample's."""
    place = {sample: index for index, sample in enumerate(samples)}
    pairing = Pairing.whole(counts, [place[sample] for sample in rows["sample_id"]])
    first, last = pairing.first.copy(), pairing.last.copy()
    for index, (start_s, end_s) in enumerate(rows.select("start_s", "end_s").iter_rows()):
        if start_s is None or end_s is None or last[index] - first[index] < 2:
            continue
        times = times_s[first[index] : last[index]]
        begin, end = np.searchsorted(times, [start_s, end_s])
        if end > begin:
            first[index], last[index] = first[index] + begin, first[index] + end
    return Pairing(pairing.starts, pairing.owner, first, last)


def _join(
    vectors: Floats, texts: Floats, pairing: Pairing, files: list[str]
) -> tuple[Floats, Floats, tuple[str, str]]:
    """Join both towers' vectors; also say how, and the caveat where no map was fitted."""
    from workbench.encoders.bridge import FEATURES, class_vectors

    joined = join_towers(
        vectors[:, :FEATURES], vectors[:, FEATURES:], texts, pairing, files=files, anchors=class_vectors()
    )
    return joined.media, joined.texts, (joined.note, "" if joined.penalty else joined.note)


def _score_consensus(run: _Run) -> pl.DataFrame:
    from workbench.encoders.text import SentenceEncoder

    rows = run.rows.filter(pl.col("kind") != "transcript")
    # Captions of different stretches of a clip describe different things; those of one stretch are compared.
    same = ("sample_id", "start_s", "end_s")
    counts = rows.select("caption_id", others=pl.len().over(same) - 1)
    others = dict(counts.iter_rows())
    asked = run.rows.select("caption_id", "kind", "text").iter_rows()
    reasons = [_consensus_reason(kind, text, others.get(caption, 0)) for caption, kind, text in asked]
    undefined = _undefined(run.rows, reasons)
    wanted = run.rows.filter(pl.Series([not reason for reason in reasons], dtype=pl.Boolean))
    parts = [undefined]
    if not wanted.is_empty():
        encoder = SentenceEncoder(run.device)
        texts, windows = encode_new_texts(
            encoder, wanted["text"].to_list(), _text_shards(run, encoder.text_key), progress=run.progress
        )
        owner = wanted.select(pl.struct(same).rank("dense").cast(pl.Int64) - 1).to_series().to_numpy()
        found = measure_consensus(texts, owner)
        details = [
            json.dumps(
                {
                    "best": round(float(b), 4),
                    "margin": round(float(m), 4),
                    "others": int(o),
                    "windows": int(w),
                }
            )
            for b, m, o, w in zip(found.best, found.margin, found.others, windows, strict=True)
        ]
        defined = wanted.with_columns(
            value=pl.Series(found.value, dtype=pl.Float64).fill_nan(None),
            percentile=pl.Series(found.percentile).fill_nan(None),
            evidence=pl.Series(explain_consensus(found, windows, encoder.token_limit), dtype=pl.String),
            detail=pl.Series(details, dtype=pl.String),
        )
        parts.append(defined)
    return pl.concat(parts, how="diagonal_relaxed").with_columns(
        encoder_key=pl.lit(SentenceEncoder.text_key), scorer_version=pl.lit(_CONSENSUS_VERSION)
    )


def _consensus_reason(kind: str, text: str, others: int) -> str:
    if kind == "transcript":
        return "a transcript is not compared with descriptions"
    if not text.strip():
        return "the caption is empty"
    return "" if others else "no other caption of the same media and interval to compare it with"


#: Scorer name -> what runs it.
SCORERS: Final[dict[str, Callable[[_Run], pl.DataFrame]]] = {
    "consensus": _score_consensus,
    "similarity": _score_similarity,
}


def _undefined(rows: pl.DataFrame, reasons: Sequence[str]) -> pl.DataFrame:
    """Return the rows that have a reason, with it and without a value."""
    marked = rows.with_columns(
        value=pl.lit(None, pl.Float64), reason=pl.Series(list(reasons) or [""] * rows.height, dtype=pl.String)
    )
    undefined = marked.filter(pl.col("reason") != "")
    return undefined.with_columns(evidence="No score: " + pl.col("reason") + ".")


def _details(
    found: Similarity, windows: npt.NDArray[np.int64], frames: npt.NDArray[np.int64], joined: str
) -> list[str]:
    """Return the named numbers behind each value as JSON, and how the towers were joined."""
    columns: dict[str, npt.NDArray[np.generic]] = {
        "margin": found.margin.round(4).astype(np.float64),
        "best": found.best.round(4).astype(np.float64),
        "mean": found.mean.round(4).astype(np.float64),
        "rank_in_row": found.rank_in_row,
        "rivals_in_row": found.rivals_in_row,
        "rank_in_column": found.rank_in_column,
        "rivals_in_column": found.rivals_in_column,
        "windows": windows,
        "frames": frames,
    }
    values = {
        name: [round(v, 4) if isinstance(v, float) else v for v in column.tolist()]
        for name, column in columns.items()
    }
    said = {"joined": joined} if joined else {}
    rows = zip(*values.values(), strict=True)
    return [json.dumps(dict(zip(values, row, strict=True)) | said) for row in rows]


def _keep(store: Store, scorer: str, found: pl.DataFrame) -> tuple[int, int, int, str]:
    """Swap in the rows of a scorer; return how many are new, reused and undefined, and the encoder key."""
    columns = store.read("scores").columns
    fresh = found.with_columns(scorer=pl.lit(scorer), scored_at=pl.lit(utc_now()))
    fresh = fresh.select(name for name in columns if name in fresh.columns)
    key = str(found["encoder_key"][0]) if found.height else ""
    before = store.read("scores")
    same = (pl.col("scorer") == scorer) & (pl.col("encoder_key") == key)
    identity = ["caption_id", "caption_hash", "content_hash", "scorer_version"]
    valued = fresh.filter(pl.col("value").is_not_null())
    old = before.filter(same & pl.col("value").is_not_null())
    reused = valued.join(old, on=identity, how="semi").height
    store.replace("scores", pl.concat([before.filter(~same), fresh], how="diagonal_relaxed"))
    return valued.height - reused, reused, fresh.height - valued.height, key
