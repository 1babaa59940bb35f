"""Tune an encoder on the pairs of a workspace and keep it as a checkpoint."""

from __future__ import annotations

import re
import shutil
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from workbench.errors import RunError
from workbench.finetune.config import RunConfig
from workbench.finetune.directory import RunFolder
from workbench.finetune.pictures import pictures_of
from workbench.finetune.rows import HELD_OUT, TRAIN, training_rows
from workbench.finetune.scorer.config import ScorerConfig
from workbench.finetune.scorer.result import EncoderTuning
from workbench.finetune.scorer.towers import Towers
from workbench.finetune.scorer.tuning import Shown, judge_pairs, rate_pairs, tune_towers
from workbench.store import Store

if TYPE_CHECKING:
    import torch

__all__ = ["tune_encoder"]

_CARD = "encoder.json"


def tune_encoder(store: Store, pairs: pl.DataFrame, config: ScorerConfig) -> EncoderTuning:
    """Tune a CLIP- or SigLIP-class encoder so that it orders captions as people did.

    It is saved as a checkpoint in a folder of its own among the runs. Scoring `similarity` with it ranks the
    queue anew: the newest scores count. What it cannot see: pairs whose rejected side can be told by its
    words alone teach words; compare with the pairs' own check for that before believing a gain.

    Args:
        store: the workspace.
        pairs: as they stand.
        config: which encoder, how.

    Raises:
        RunError: when there is nothing to learn from, or the name is taken.
        EncoderError: when the encoder cannot be loaded.
        MissingExtraError: when torch or transformers is not installed.
        MediaError: when a picture cannot be read.
    """
    started = time.perf_counter()
    folder, tuning = _claim(store.path / "runs", config.name), None
    try:
        towers = Towers(config.encoder, config.device, both=config.towers == "both")
        gathered = _gather(store, pairs, config, towers)
        before = {split: rate_pairs(towers, shown) for split, shown in gathered.shown.items() if shown.rows}
        losses = tune_towers(towers, gathered.shown[TRAIN], before[TRAIN], config)
        judged = {
            split: judge_pairs(first, rate_pairs(towers, gathered.shown[split]))
            for split, first in before.items()
        }
        towers.save(folder.weights)
        tuning = EncoderTuning(
            f"clip:{folder.weights}",
            folder.weights,
            judged.get(HELD_OUT),
            judged[TRAIN],
            tuple(losses),
            gathered.left_out,
            time.perf_counter() - started,
        )
        (folder.path / _CARD).write_text(tuning.as_json())
    finally:
        if tuning is None:
            shutil.rmtree(folder.path)
    return tuning


@dataclass(frozen=True)
class _Gathered:
    shown: Mapping[str, Shown]
    left_out: Mapping[str, int]


def _gather(store: Store, pairs: pl.DataFrame, config: ScorerConfig, towers: Towers) -> _Gathered:
    """Return the pairs of each split with their pictures, and why others are left out."""
    asked = RunConfig(method="reward", statuses=config.statuses, frames=config.frames)
    rows = list(training_rows(store, pairs, asked).iter_rows(named=True))
    counts = towers.count_tokens([str(row[side]) for row in rows for side in ("chosen", "rejected")] or [""])
    reasons = [
        _why_not(row, max(counts[2 * k : 2 * k + 2]), towers.token_limit) for k, row in enumerate(rows)
    ]
    kept = [row for row, reason in zip(rows, reasons, strict=True) if not reason]
    if not any(row["split"] == TRAIN for row in kept):
        told = "; ".join(f"{count} {reason}" for reason, count in Counter(filter(None, reasons)).items())
        raise RunError(
            f"No pair is left to tune on{': ' + told if told else ''}.", "See ws.pairs and their statuses."
        )
    seen = _see(kept, asked, towers)
    shown = {}
    for split in (TRAIN, HELD_OUT):
        mine = [row for row in kept if row["split"] == split]
        shown[split] = Shown(mine, [seen[_place(row)] for row in mine])
    return _Gathered(shown, Counter(filter(None, reasons)))


def _why_not(row: Mapping[str, object], tokens: int, limit: int) -> str:
    if row["unfit"]:
        return str(row["unfit"])
    if not row["media"]:
        return "they show nothing"
    return f"longer than the {limit} tokens that the encoder reads" if tokens > limit else ""


def _see(rows: Sequence[Mapping[str, object]], config: RunConfig, towers: Towers) -> dict[str, torch.Tensor]:
    """Return what is kept of the pictures of each place, read once each."""
    seen: dict[str, torch.Tensor] = {}
    for row in rows:
        if _place(row) not in seen:
            seen[_place(row)] = towers.prepare(pictures_of(row, config))
    return seen


def _place(row: Mapping[str, object]) -> str:
    return repr([row[name] for name in ("media", "paths", "start_s", "end_s", "collage")])


def _claim(home: Path, name: str) -> RunFolder:
    """Make the folder of the tuned encoder: under its name, or the next number."""
    home.mkdir(parents=True, exist_ok=True)
    if name and not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._~-]{0,79}", name):
        raise RunError(f"{name!r} cannot be a folder.", "Use letters, digits, dots and dashes.")
    number = 0
    while True:
        number += 1
        try:
            (home / (name or f"encoder-{number}")).mkdir()
        except FileExistsError as error:
            if name:
                raise RunError(f"There is already a run {name!r}.", "Give another name.") from error
        else:
            return RunFolder(home / (name or f"encoder-{number}"))
