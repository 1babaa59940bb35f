"""Gather what a run is made of: pairs as they stand, who said so, what they show; and start it."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from workbench.finetune.config import RunConfig
from workbench.finetune.preflight import Preflight, preflight
from workbench.finetune.replacing import current_cell, make_way
from workbench.finetune.resolving import resolve_settings, tell_voices
from workbench.finetune.rows import flagged_rows, training_rows
from workbench.finetune.run import Run, start_run
from workbench.pairs.agreement import agreement
from workbench.pairs.groups import annotator_groups
from workbench.pairs.outgoing import weighed_pairs
from workbench.pairs.voices import hear_voices
from workbench.store import Store

__all__ = ["Gathered", "check", "finetune", "gather"]


@dataclass(frozen=True)
class Gathered:
    """What a run is made of.

    Attributes:
        config: with what the pairs tell filled in.
        rows: `workbench.finetune.rows.ROW_SCHEMA`.
        flagged: `workbench.finetune.rows.FLAGGED_SCHEMA`.
    """

    config: RunConfig
    rows: pl.DataFrame
    flagged: pl.DataFrame


def finetune(store: Store, config: RunConfig | None = None) -> Run:
    """Start a fine-tune in a process of its own and return once it is on its way.

    The pre-flight looks first, here and now; what it finds is kept in the run's events. A run of the same
    name, or one that the same cell of a notebook started before, is stopped and saved: its memory is free
    before the new one begins.

    Args:
        store: the workspace.
        config: what to do; the embedded model by DPO when left out.

    Raises:
        RunError: when the pre-flight finds errors, or the run cannot be started.
    """
    gathered = gather(store, config)
    looked = check(store, gathered)
    looked.refuse()
    home, cell = store.path / "runs", current_cell()
    told = make_way(home, gathered.config.name, cell)
    run = start_run(
        home,
        gathered.config,
        gathered.rows,
        gathered.flagged,
        findings=looked.as_events(),
        facts=cell.as_facts() if cell else None,
    )
    for line in told:
        run.note(line)
    return run


def check(store: Store, gathered: Gathered) -> Preflight:
    """Look at what a run would be made of; see `workbench.finetune.preflight.preflight`."""
    return preflight(gathered.rows, gathered.config, judgements=store.journal.judgements_frame())


def gather(store: Store, config: RunConfig | None = None) -> Gathered:
    """Gather what a run is made of, as the workspace stands now.

    Args:
        store: the workspace.
        config: as it was asked for.
    """
    config = config or RunConfig()
    pairs = weighed_pairs(store)
    voices = tell_voices(pairs, hear_voices(store), annotator_groups(store))
    return Gathered(
        resolve_settings(config, lambda: agreement(store).epsilon),
        training_rows(store, pairs, config, voices),
        flagged_rows(store, pairs, config),
    )
