"""The captions section: a world of drawn scenes, its errors, and what every scorer finds of them."""

from __future__ import annotations

import json
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Final

import polars as pl

from workbench.demo.benchmark.controls import form_of
from workbench.demo.benchmark.headlines import headline_metrics
from workbench.demo.benchmark.scenes import BenchmarkWorld, build_scenes
from workbench.demo.benchmark.study import SET_SCHEMA, Study, study_captions
from workbench.demo.benchmark.witnesses import Witnesses, run_scorers
from workbench.demo.drafts import is_true
from workbench.demo.world import read_truth
from workbench.ingest import ingest
from workbench.ingest.regions import ingest_regions
from workbench.metrics import Metric
from workbench.store import Store

__all__ = ["SCENES", "known_captions", "measure", "study_world"]

SCENES: Final = 2_800
QUICK_SCENES: Final = 60
BOX_READERS: Final = ("regions",)


def measure(seed: int, quick: bool) -> dict[str, Metric]:
    """Return the section's numbers by name."""
    with tempfile.TemporaryDirectory() as folder:
        return headline_metrics(study_world(Path(folder), seed, scenes=QUICK_SCENES if quick else SCENES))


def study_world(folder: Path, seed: int, *, scenes: int = SCENES, only: tuple[str, ...] = ()) -> Study:
    """Build a world, score it with every scorer, without boxes and with, and measure.

    Args:
        folder: an empty folder; the world and its workspace are left there.
        seed: number of the world.
        scenes: how many pictures.
        only: scorers to run; all that read captions when empty.
    """
    began = time.perf_counter()
    world = build_scenes(folder / "world", scenes=scenes, seed=seed)
    _tell(f"{scenes} scenes, {len(world.drafts)} captions drawn in {time.perf_counter() - began:.0f} s")
    store = Store.create(folder / "ws")
    ingest(store, world.folder / "captions.jsonl", progress=False)
    notes = run_scorers(store, tell=_tell, only=only)
    known = known_captions(store, world)
    ids = known["caption_id"].to_list()
    witnesses = [_kept(Witnesses(store, ids))]
    for source in ("exact", "noisy"):
        _score_with_boxes(store, world, source)
        witnesses.append(_kept(Witnesses(store, ids, f"{source} boxes", BOX_READERS)))
    return replace(study_captions(known, witnesses), notes=tuple(notes))


def known_captions(store: Store, world: BenchmarkWorld) -> pl.DataFrame:
    """Return every ingested caption with its truth, sorted by id."""
    samples = store.read("samples").select(
        "sample_id", "size_bytes", name=pl.col("path").str.split("/").list.last()
    )
    captions = store.read("captions").select("caption_id", "sample_id", "text", "source")
    spans = pl.DataFrame(
        [
            {"name": draft.name, "text": draft.text, "source": draft.source,
             "spans": json.dumps([[claim.start, claim.end] for claim in draft.sentence.claims
                                  if not is_true(draft.truth, claim)])}
            for draft in world.drafts
        ]
    )  # fmt: skip
    truth = read_truth(world.folder).drop("path", "start_s", "end_s")
    joined = (
        captions.join(samples, on="sample_id")
        .join(truth, on=["name", "text", "source"])
        .join(spans, on=["name", "text", "source"])
        .with_columns(
            pl.col("corruption", "error_type").fill_null(""),
            scene=pl.col("name"),
            form=pl.col("claims").map_elements(_form, return_dtype=pl.String),
        )
    )
    return joined.select(pl.col(name).cast(kind) for name, kind in SET_SCHEMA.items()).sort("caption_id")


def _form(claims: str) -> str:
    return str(form_of(json.loads(claims)))


def _score_with_boxes(store: Store, world: BenchmarkWorld, source: str) -> None:
    """Put one set of boxes in place of any other and score again what reads boxes."""
    store.replace("regions", store.read("regions").clear())
    ingest_regions(store, world.regions_file(source))
    _tell(f"with {source} boxes ({store.read('regions').height:,})")
    run_scorers(store, tell=_tell, only=BOX_READERS)


def _kept(witness: Witnesses) -> Witnesses:
    """Read the scores now: the next set of boxes replaces them."""
    for name in witness.names:
        for error_type in (None, *sorted(witness.speaks_of(name))):
            witness.suspicion(name, error_type)
    return witness


def _tell(line: str) -> None:
    print(f"  {line}", file=sys.stderr, flush=True)
