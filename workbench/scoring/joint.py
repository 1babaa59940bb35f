"""The scorer `joint`: three and more modalities of one sample together, and which of them stands apart.

A sample has three where a video or a sound has a caption and a transcript, or where the encoder both sees and
hears a video. A picture and its caption are two: that is `similarity`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from workbench.alignment.evidence import say_place
from workbench.alignment.joint import Joint, measure_joint
from workbench.alignment.pairs import pair_up
from workbench.alignment.similarity import unit_rows
from workbench.encoders.feeding import MediaJob
from workbench.encoders.passes import encode_new_media
from workbench.encoders.shards import VectorShards
from workbench.errors import WorkbenchError
from workbench.media import frame_times
from workbench.scoring.base import Compared, Run, undefined
from workbench.scoring.pairwise import details

__all__ = ["compare_jointly", "score_joint"]

Floats = npt.NDArray[np.float32]

_VERSION = "joint-1"
_MEDIA: Final = {"image": "picture", "video": "frames", "audio": "sound"}
_TWO: Final = (
    "it has two modalities here, {}; joint needs three: a transcript of the same video or sound, or an "
    "encoder that both sees and hears"
)


def score_joint(run: Run) -> pl.DataFrame:
    """Score every caption by how well frames, sound, caption and transcript of its sample agree."""
    parts = []
    for media in run.media_kinds:
        compared, without = run.compare(media)
        parts.append(without)
        if compared is not None:
            parts += _measure(run, compared)
    whole = pl.concat(parts, how="diagonal_relaxed") if parts else undefined(run.rows, [])
    return whole.with_columns(
        error_type=pl.lit("wrong_pair"),
        encoder_key=pl.lit(run.encoder.key),
        scorer_version=pl.lit(f"{_VERSION} frames={run.frames}"),
    )


def compare_jointly(vectors: Mapping[str, npt.NDArray[np.floating]]) -> pl.DataFrame:
    """Compare vectors of your own: three or more modalities of the same samples, in one space.

    Args:
        vectors: name of a modality -> (n, d) vectors, row i of each of the same sample; none of zeros.

    Returns:
        One row a sample: `value` (mean centred cosine, higher agrees better), `percentile`, `lowest` (the
        modality that stands apart), `volume` (GRAM, lower agrees better), `principal` (PMRL, higher agrees
        better), `is_opposed`, `is_collapsed`, and `with_others_<name>` and `height_<name>` of each modality.

    Raises:
        WorkbenchError: when there are fewer than three, or their shapes differ.

    Example:
        >>> eye = np.eye(3)
        >>> compare_jointly({"frames": eye, "sound": eye, "caption": eye[[0, 2, 1]]})["lowest"].to_list()[1:]
        ['caption', 'caption']
    """
    shapes = {name: rows.shape for name, rows in vectors.items()}
    if len(shapes) < 3 or len(set(shapes.values())) > 1:
        raise WorkbenchError(
            f"The modalities have the shapes {shapes}.", "Give three or more of one shape (samples, width)."
        )
    names = list(vectors)
    found = measure_joint(np.stack([np.asarray(vectors[name]) for name in names], axis=1))
    each = {f"with_others_{name}": found.by_modality[:, at] for at, name in enumerate(names)}
    heights = {f"height_{name}": found.height[:, at] for at, name in enumerate(names)}
    return pl.DataFrame(
        {
            "value": found.value,
            "percentile": found.percentile,
            "lowest": [names[at] for at in found.lowest],
            "volume": found.volume,
            "principal": found.principal,
            "is_opposed": found.is_opposed,
            "is_collapsed": found.is_collapsed,
        }
        | each
        | heights
    )


def _measure(run: Run, compared: Compared) -> list[pl.DataFrame]:
    """Measure the captions of one kind of media, those with the same modalities together."""
    given = _gather(run, compared)
    sets = ["+".join(n for n in given if given[n][1][at]) for at in range(compared.rows.height)]
    parts = []
    for chosen in dict.fromkeys(sets):
        is_in = np.array([one == chosen for one in sets])
        rows, names = compared.rows.filter(pl.Series(is_in)), chosen.split("+")
        if len(names) < 3:
            parts.append(undefined(rows, [_TWO.format(" and ".join(names))] * rows.height))
            continue
        found = measure_joint(np.stack([given[name][0][is_in] for name in names], axis=1))
        parts.append(_rows(rows, found, names))
    return parts


def _gather(run: Run, compared: Compared) -> dict[str, tuple[Floats, npt.NDArray[np.bool_]]]:
    """Return the vectors of each modality, one row a caption, and where they are there."""
    pairs = pair_up(compared.vectors, compared.texts, compared.pairing)
    given = {
        _MEDIA[compared.media]: _present(pairs.media[pairs.owner]),
        "caption": _present(compared.texts),
        "transcript": _transcripts(run, compared),
    }
    if compared.media == "video" and "audio" in compared.encoder.media and compared.encoder.space == "joint":
        given["sound"] = _sounds(run, compared)
    return given


def _present(vectors: Floats) -> tuple[Floats, npt.NDArray[np.bool_]]:
    return vectors, np.linalg.norm(vectors, axis=1) > 0.5


def _transcripts(run: Run, compared: Compared) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Encode the words spoken in each sample; a sample without a transcript has a row of zeros."""
    spoken = (
        run.rows.filter((pl.col("kind") == "transcript") & (pl.col("text").str.strip_chars() != ""))
        .sort("start_s", nulls_last=False, maintain_order=True)
        .group_by("sample_id", maintain_order=True)
        .agg(pl.col("text").str.join(" "))
        .filter(pl.col("sample_id").is_in(compared.rows["sample_id"].unique().to_list()))
    )
    vectors = np.zeros_like(compared.texts)
    if spoken.height:
        known = compared.map_texts(run.texts(spoken["text"].to_list())[0])
        place = {sample: at for at, sample in enumerate(spoken["sample_id"])}
        at = np.array([place.get(sample, -1) for sample in compared.rows["sample_id"]])
        vectors[at >= 0] = known[at[at >= 0]]
    return _present(vectors)


def _sounds(run: Run, compared: Compared) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Encode the sound of each video in windows spread over it, averaged; silent files have zeros."""
    rows = compared.rows.unique("sample_id", maintain_order=True).filter(pl.col("has_audio"))
    jobs: dict[str, MediaJob] = {}
    for row in rows.select("sample_id", "root", "path", "content_hash", "duration_s").iter_rows(named=True):
        times_s = tuple(round(t, 3) for t in frame_times(row["duration_s"] or 0.0, run.frames))
        path = run.store.media_path(row["root"], row["path"])
        key = f"{row['content_hash']}:sound{run.frames}"
        jobs[row["sample_id"]] = MediaJob(key, path, "audio", times_s)
    shards = VectorShards(run.store.vectors_folder(compared.encoder.key))
    unread = encode_new_media(compared.encoder, list(jobs.values()), shards, progress=run.progress)
    heard = {sample: job.key for sample, job in jobs.items() if job.key not in unread}
    vectors = np.zeros_like(compared.texts)
    for at, sample in enumerate(compared.rows["sample_id"]):
        if sample in heard:
            vectors[at] = unit_rows(shards.read([heard[sample]])[0].mean(0)[None])[0]
    return _present(vectors)


def _rows(rows: pl.DataFrame, found: Joint, names: list[str]) -> pl.DataFrame:
    columns = {
        "volume": found.volume,
        "principal": found.principal,
        "is_opposed": found.is_opposed,
        "is_collapsed": found.is_collapsed,
    } | {name: found.by_modality[:, at] for at, name in enumerate(names)}
    described = details(columns, modalities=", ".join(names), centred=found.is_centred)
    return rows.with_columns(
        value=pl.Series(found.value, dtype=pl.Float64),
        percentile=pl.Series(found.percentile, dtype=pl.Float64),
        evidence=pl.Series([_explain(found, at, names) for at in range(rows.height)], dtype=pl.String),
        detail=pl.Series(described, dtype=pl.String),
    )


def _explain(found: Joint, at: int, names: list[str]) -> str:
    apart = names[found.lowest[at]]
    return (
        f"{say_place(float(found.percentile[at]))}: {', '.join(names)} agree by {found.value[at]:.2f} on "
        f"average, the {apart} least ({found.by_modality[at, found.lowest[at]]:.2f}); two wrong alike "
        "outvote a right one."
    )
