"""Tune a scorer: a text map learned from the user's verified captions, and what it gains on held-out ones.

The encoder stays frozen and its vectors on disk stay valid; only the map is stored. For an encoder whose
towers are joined on the set (the bridge), the map acts on sentence vectors before the joining, so it outlives
a set that grows; one map serves all media, learned on the kind with the most verified captions.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from workbench.alignment.map_trial import ARMS, try_maps
from workbench.alignment.text_map import fit_map
from workbench.errors import DecisionError, EncoderError
from workbench.scoring.base import Compared, Run
from workbench.scoring.lessons import prepare_lessons, space_of
from workbench.scoring.text_maps import keep_map
from workbench.store import Store

__all__ = ["FEWEST_VERIFIED", "Tuning", "tune_scorer"]

#: Fewer verified samples than this and held-out numbers would rest on a handful.
FEWEST_VERIFIED: Final = 50


@dataclass(frozen=True)
class Tuning:
    """What tuning did: chance is .5 throughout, and every number is on samples that no map had seen.

    Attributes:
        table: a row for each kind of edit: `pairs`; the share in which the caption fits better than its edit
            `before`, after a `plain` fit without edits, and `tuned` with them; `blind`, the tuned map shown
            the mean media in place of the caption's own, which is what it knows from words alone; `gain` of
            tuned over plain with `gain_low` and `gain_high`.
        verified, samples: captions learned from, and how many samples they belong to.
        corrections: edits that people made; the others were made by rule.
        map_key: names the stored map.
        seconds: for everything.
    """

    table: pl.DataFrame
    verified: int
    samples: int
    corrections: int
    map_key: str
    epochs: int
    seconds: float

    def __str__(self) -> str:
        head = ("kind", "pairs", *ARMS, "tuned less plain")
        cells = [head, *(_cells(row) for row in self.table.iter_rows(named=True))]
        widths = [max(len(line[n]) for line in cells) for n in range(len(head))]
        lines = ["  ".join(c.ljust(w) for c, w in zip(line, widths, strict=True)).rstrip() for line in cells]
        made = f"({self.corrections:,} edits by people, the others by rule)"
        told = f"Tuned on {self.verified:,} verified captions of {self.samples:,} samples {made}"
        caution = (
            "Share of held-out pairs in the right order, .5 is chance. A tuned share that its blind share "
            "equals was learned from the words of the edits, not from the media."
        )
        table = [lines[0], "-" * max(map(len, lines)), *lines[1:]]
        return "\n".join([f"{told} in {self.seconds:.1f} s; map {self.map_key}.", *table, caution])


def tune_scorer(
    store: Store, *, encoder: str = "bridge", seed: int = 0, device: str = "auto", progress: bool = False
) -> Tuning:
    """Learn a text map from the captions that people found fine, with edits of them as extra negatives.

    Where a person corrected a caption, the one before is its edit; where not, one claim is exchanged by rule.

    Args:
        store: the workspace.
        encoder: see `workbench.encoders.load`.
        seed: of folds, batches and choices.
        device: where the encoder runs; the map is fitted on the processor.
        progress: show bars on stderr.

    Raises:
        DecisionError: when fewer than 50 samples have a verified caption.
        EncoderError: when the encoder sees none of their media.
        MissingExtraError: when torch is not installed.
    """
    start = time.perf_counter()
    with store.writing("tune scorer"):
        samples = store.read("samples").drop("added_at")
        rows = store.read("captions").join(samples, on="sample_id", how="inner", maintain_order="left")
        run = Run(store, rows, encoder, device, progress=progress)
        compared, is_verified = _choose(run, _verified(store))
        lessons, kinds, corrections = prepare_lessons(run, compared, is_verified)
        space = space_of(compared)
        table = try_maps(lessons, kinds, space, seed=seed)
        final = fit_map(lessons, space, seed=seed)
        key = keep_map(store, run.encoder.text_key, final.matrix)
    return Tuning(
        table=table,
        verified=len(lessons.texts),
        samples=len(np.unique(lessons.sample)),
        corrections=corrections,
        map_key=key,
        epochs=final.epochs,
        seconds=time.perf_counter() - start,
    )


def _verified(store: Store) -> set[str]:
    """Return the captions found fine, and the corrections that nobody has found misaligned."""
    last = {v.caption_id: v.verdict for v in sorted(store.journal.verdicts(), key=lambda v: str(v.at_utc))}
    children = store.read("captions").filter(pl.col("parent").is_not_null())["caption_id"]
    return {c for c, verdict in last.items() if verdict == "ok"} | {c for c in children if c not in last}


def _choose(run: Run, verified: set[str]) -> tuple[Compared, npt.NDArray[np.bool_]]:
    """Return the kind of media with the most verified captions, and which of its captions these are."""
    mine = run.rows.filter(pl.col("caption_id").is_in(sorted(verified)) & (pl.col("kind") != "transcript"))
    seen = mine.filter(pl.col("media").is_in(sorted(run.encoder.media)))
    if mine.height and seen.is_empty():
        raise EncoderError(
            f"The encoder {run.encoder.key!r} sees none of the media with verified captions.",
            "Give another encoder, see workbench.encoders.load.",
        )
    counts = seen["media"].value_counts(sort=True) if seen.height else pl.DataFrame()
    compared = run.compare(counts["media"][0])[0] if counts.height else None
    if compared is not None:
        is_verified = compared.rows["caption_id"].is_in(sorted(verified)).to_numpy()
        samples = compared.rows["sample_id"].filter(pl.Series(is_verified)).n_unique()
        if samples >= FEWEST_VERIFIED:
            return compared, is_verified
    else:
        samples = 0
    raise DecisionError(
        f"Tuning needs {FEWEST_VERIFIED} samples with a caption found fine, and there are {samples}.",
        "Review more captions first.",
    )


def _cells(row: dict[str, object]) -> tuple[str, ...]:
    shares = tuple(f"{row[arm]:.3f}" for arm in ARMS)
    gain = f"{row['gain']:+.3f} ({row['gain_low']:+.3f} to {row['gain_high']:+.3f})"
    return str(row["kind"]).replace("_", " "), f"{row['pairs']:,}", *shares, gain
