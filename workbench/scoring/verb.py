"""Score: run scorers over a workspace, computing only what is new or has changed.

Vectors are kept by (encoder key, content) and survive a kill; what is measured on the whole set (ranks, the
map of the bridge) is measured again whenever the set has changed, which takes seconds.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal, overload

import polars as pl

from workbench.errors import MissingExtraError, UnknownNameError, WorkbenchError
from workbench.records import utc_now
from workbench.scoring.base import Run
from workbench.scoring.catalog import SCORERS
from workbench.store import Store

__all__ = ["ALL", "ScoreSummaries", "ScoreSummary", "score"]

#: Every scorer that needs no large model of the user's.
ALL: Final = "all"


@dataclass(frozen=True)
class ScoreSummary:
    """What a run of a scorer did.

    Attributes:
        scorer: its name.
        scored: captions that were given a value that was not there before; one a caption and error type.
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
class ScoreSummaries:
    """What every scorer did, and which did not run, with the reason."""

    summaries: tuple[ScoreSummary, ...]
    not_run: dict[str, str]

    def __iter__(self) -> Iterator[ScoreSummary]:
        return iter(self.summaries)

    @property
    def seconds(self) -> float:
        """Wall time of all of them."""
        return sum(summary.seconds for summary in self.summaries)

    def __str__(self) -> str:
        missing = [f"{name}: not run: {reason}" for name, reason in self.not_run.items()]
        return "\n".join([*map(str, self.summaries), *missing])


@overload
def score(  # type: ignore[overload-overlap]
    store: Store,
    scorer: Literal["all"],
    *,
    encoder: str = ...,
    device: str = ...,
    progress: bool = ...,
    frames: int = ...,
) -> ScoreSummaries: ...
@overload
def score(
    store: Store,
    scorer: str = ...,
    *,
    encoder: str = ...,
    device: str = ...,
    progress: bool = ...,
    frames: int = ...,
) -> ScoreSummary: ...
def score(
    store: Store,
    scorer: str = "similarity",
    *,
    encoder: str = "bridge",
    device: str = "auto",
    progress: bool = True,
    frames: int = 8,
) -> ScoreSummary | ScoreSummaries:
    """Score every caption of a workspace.

    Args:
        store: the workspace.
        scorer: a name of `SCORERS`, or `all` for every one that needs no large model.
        encoder: see `workbench.encoders.load`; scorers of captions alone use the sentence tower.
        device: `auto`, `cpu`, `cuda` or `mps`.
        progress: show bars on stderr.
        frames: frames of a video, or windows of a sound, looked at.

    Returns:
        What was done: one summary, or with `all` one of each scorer.

    Raises:
        UnknownNameError: for a scorer or an encoder that does not exist; lists the known ones.
        MissingExtraError: when a package is not installed; with `all` that scorer is left out and named.
        WorkspaceLockedError: when another process is writing this workspace.
    """
    if scorer != ALL and scorer not in SCORERS:
        raise UnknownNameError("scorer", scorer, {*SCORERS, ALL})
    if frames < 1:
        raise WorkbenchError(f"frames={frames} is not a number of frames.", "Give 1 or more.")
    # Held for the whole run: a second run would compute the same vectors and swap in its own manifest.
    with store.writing(f"score {scorer}"):
        samples = store.read("samples").drop("added_at")
        rows = store.read("captions").join(samples, on="sample_id", how="inner", maintain_order="left")
        run = Run(store, rows, encoder, device, frames, progress)
        if scorer != ALL:
            return _score_one(run, scorer)
        return _score_all(run)


def _score_all(run: Run) -> ScoreSummaries:
    summaries: list[ScoreSummary] = []
    not_run: dict[str, str] = {}
    for name, scorer in SCORERS.items():
        if scorer.cost == "model":
            not_run[name] = f"it needs a model of yours: ws.score({name!r}, ...)"
            continue
        try:
            summaries.append(_score_one(run, name))
        except MissingExtraError as error:
            not_run[name] = str(error)
    return ScoreSummaries(tuple(summaries), not_run)


def _score_one(run: Run, name: str) -> ScoreSummary:
    start = time.perf_counter()
    found = SCORERS[name].run(run)
    scored, reused, undefined, key = _keep(run.store, name, found)
    seconds = time.perf_counter() - start
    rate = run.rows.height / max(seconds, 1e-9)
    return ScoreSummary(name, scored, reused, undefined, seconds, rate, key)


def _keep(store: Store, scorer: str, found: pl.DataFrame) -> tuple[int, int, int, str]:
    """Swap in the rows of a scorer; return how many are new, reused and undefined, and the encoder key."""
    before = store.read("scores")
    fresh = found.with_columns(scorer=pl.lit(scorer), scored_at=pl.lit(utc_now()))
    fresh = _without_own_interval(store, fresh.select(n for n in before.columns if n in fresh.columns))
    keys = found["encoder_key"].unique(maintain_order=True).to_list() if found.height else []
    same = (pl.col("scorer") == scorer) & pl.col("encoder_key").is_in(keys)
    identity = ["caption_id", "error_type", "caption_hash", "content_hash", "scorer_version"]
    valued = fresh.filter(pl.col("value").is_not_null())
    old = before.filter(same & pl.col("value").is_not_null())
    reused = valued.join(old, on=identity, how="semi").height
    store.replace("scores", pl.concat([before.filter(~same), fresh], how="diagonal_relaxed"))
    return valued.height - reused, reused, fresh.height - valued.height, str(keys[0]) if keys else ""


def _without_own_interval(store: Store, scores: pl.DataFrame) -> pl.DataFrame:
    """Take out intervals that are the caption's own: the rows a scorer is given carry them, and a score's
    interval is where it points, not where it looked."""
    if "start_s" not in scores.columns:
        return scores
    own = store.read("captions").select("caption_id", own_start_s="start_s", own_end_s="end_s")
    joined = scores.join(own, on="caption_id", how="left", maintain_order="left")
    is_own = pl.col("start_s").eq_missing(pl.col("own_start_s")) & pl.col("end_s").eq_missing(
        pl.col("own_end_s")
    )
    moved = [pl.when(~is_own).then(pl.col(name)).alias(name) for name in ("start_s", "end_s")]
    return joined.with_columns(moved).drop("own_start_s", "own_end_s")
