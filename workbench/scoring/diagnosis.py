"""Diagnose: what the embedding space of a set looks like, as a table and one figure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from workbench.alignment.diagnostics import TEMPERATURES, Diagnostics, diagnose_space
from workbench.alignment.pairs import pair_up
from workbench.errors import WorkbenchError
from workbench.plots import require_holoviews
from workbench.scoring.base import Compared, Run
from workbench.store import Store

if TYPE_CHECKING:
    import holoviews as hv

__all__ = ["Diagnosis", "diagnose"]

_FEWEST = 20
_BINS = 40


@dataclass(frozen=True)
class Diagnosis:
    """The shape of the space of one kind of media and its captions.

    Attributes:
        encoder_key: what made the vectors.
        media: image, video or audio.
        numbers: what was measured.
        joined: how two towers were joined; "" when the encoder has one space.
    """

    encoder_key: str
    media: str
    numbers: Diagnostics
    joined: str = ""

    @property
    def table(self) -> pl.DataFrame:
        """Every number with its range and what it means: `measure`, `value`, `range`, `reading`."""
        rows = [(name, value, span, reading) for name, value, span, reading in _describe(self.numbers)]
        return pl.DataFrame(
            rows,
            schema={"measure": pl.String, "value": pl.Float64, "range": pl.String, "reading": pl.String},
            orient="row",
        )

    def __str__(self) -> str:
        lines = [f"{self.media} and captions by {self.encoder_key}, {self.numbers.pairs:,} pairs"]
        lines += [f"  {row[0]:<22}{row[1]:>9.3f}  {row[3]}" for row in self.table.iter_rows()]
        return "\n".join(lines)

    def figure(self) -> hv.Layout:
        """Draw cosines of own and other pairs, hubs, and the temperature sweep; one HoloViews layout.

        Raises:
            MissingExtraError: when HoloViews is not installed.
        """
        return _draw(self.numbers)


def diagnose(
    store: Store, encoder: str = "bridge", *, media: str | None = None, device: str = "auto", frames: int = 8
) -> Diagnosis:
    """Diagnose the space in which an encoder compares the captions of a workspace with their media.

    Vectors that `score` has kept are used; what is missing is encoded. With the `bridge` it is the joined
    space, in which the scores are.

    Args:
        store: the workspace.
        encoder: see `workbench.encoders.load`.
        media: image, video or audio; the kind with the most captions when left out.
        device: `auto`, `cpu`, `cuda` or `mps`.
        frames: frames of a video, or windows of a sound, looked at.

    Raises:
        WorkbenchError: when fewer than 20 samples of that kind can be compared.
        UnknownNameError: for an encoder that does not exist.
    """
    with store.writing("diagnose"):
        samples = store.read("samples").drop("added_at")
        rows = store.read("captions").join(samples, on="sample_id", how="inner", maintain_order="left")
        run = Run(store, rows, encoder, device, frames)
        kind = media or _commonest(rows)
        compared = run.compare(kind)[0] if kind in run.media_kinds else None
    if compared is None or compared.rows["sample_id"].n_unique() < _FEWEST:
        count = compared.rows["sample_id"].n_unique() if compared else 0
        raise WorkbenchError(
            f"Only {count} samples of kind {kind!r} can be compared with a caption by {encoder!r}.",
            f"A diagnosis needs {_FEWEST} or more.",
        )
    return _diagnosis(compared)


def _commonest(rows: pl.DataFrame) -> str:
    counts = rows.group_by("media").len().sort("len", "media", descending=[True, False])
    return str(counts["media"][0]) if counts.height else "image"


def _diagnosis(compared: Compared) -> Diagnosis:
    pairs = pair_up(compared.vectors, compared.texts, compared.pairing)
    return Diagnosis(compared.encoder.key, compared.media, diagnose_space(pairs), compared.note)


def _describe(n: Diagnostics) -> list[tuple[str, float, str, str]]:
    hub = (
        "a few are near to everything: trust ranks, not cosines" if n.hubness_texts > 2 else "no strong hubs"
    )
    gap = "centre before comparing across" if n.gap > 0.3 else "small"
    sweep = [
        (
            f"stability_{low:g}_{high:g}",
            float(value),
            "-1..1",
            "rank correlation of negCLIPLoss between the two",
        )
        for low, high, value in zip(TEMPERATURES, TEMPERATURES[1:], n.stability, strict=False)
    ]
    return [
        ("gap", n.gap, "0..2", f"distance of the two centres: {gap}; says nothing about quality"),
        ("separability", n.separability, "0.5..1", "share told apart by a plane; 1 is usual"),
        ("alignment", n.alignment, "0..4", "mean squared distance of own pairs; lower is closer"),
        ("uniformity_media", n.uniformity_media, "-8..0", "lower is more evenly spread"),
        ("uniformity_texts", n.uniformity_texts, "-8..0", "lower is more evenly spread"),
        ("uniformity_across", n.uniformity_across, "-8..0", "media against captions of others"),
        ("rank_media", n.rank_media, f"1..{n.width}", "directions in use; few = collapsed"),
        ("rank_texts", n.rank_texts, f"1..{n.width}", "directions in use; few = collapsed"),
        ("hubness_media", n.hubness_media, "0 = even", "skew of how often a media is among the 10 nearest"),
        ("hubness_texts", n.hubness_texts, "0 = even", f"the same of captions: {hub}"),
        ("anisotropy_media", n.anisotropy_media, "-1..1", "mean cosine of different media"),
        ("anisotropy_texts", n.anisotropy_texts, "-1..1", "mean cosine of different captions"),
        *sweep,
    ]


def _draw(n: Diagnostics) -> Any:
    hv = require_holoviews("The figure of a diagnosis")
    span = (float(min(n.own.min(), n.other.min())), float(max(n.own.max(), n.other.max())))
    cosines = hv.Overlay(
        [
            _histogram(values, span, "cosine", label)
            for values, label in ((n.own, "own pairs"), (n.other, "other pairs"))
        ]
    ).opts(title="Own and other pairs", legend_position="top_right")
    most = float(max(n.appearances_media.max(), n.appearances_texts.max(), 1))
    hubs = hv.Overlay(
        [
            _histogram(counts, (0.0, most), "times among the 10 nearest", label)
            for counts, label in ((n.appearances_media, "media"), (n.appearances_texts, "captions"))
        ]
    ).opts(title=f"Hubs: skew {n.hubness_media:.1f} and {n.hubness_texts:.1f}", legend_position="top_right")
    shown = np.linspace(0, n.ranks.shape[1] - 1, min(n.ranks.shape[1], 60)).astype(int)
    names = [f"{tau:g}" for tau in TEMPERATURES]
    paths = [hv.Curve((names, n.ranks[:, at]), "temperature", "place in the set") for at in shown]
    sweep = hv.Overlay(paths).opts(title="Places over the temperature sweep", show_legend=False)
    return hv.Layout([cosines, hubs, sweep]).cols(3)


def _histogram(values: Any, span: tuple[float, float], axis: str, label: str) -> Any:
    hv = require_holoviews("The figure of a diagnosis")
    counts, edges = np.histogram(values, bins=_BINS, range=span)
    shares = counts / max(int(counts.sum()), 1)
    return hv.Histogram((edges, shares), kdims=[axis], vdims=["share"], label=label).opts(alpha=0.5)
