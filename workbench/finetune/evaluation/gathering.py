"""Find what an evaluation looks at: samples that the run did not train on, and what is known of them."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from typing import Final

import polars as pl

from workbench.alignment.claims.parse import read_caption
from workbench.finetune.config import RunConfig
from workbench.finetune.evaluation.reading import Row
from workbench.finetune.evaluation.truth import Truth, truth_of_captions, truth_of_regions
from workbench.finetune.rows import HELD_OUT, TRAIN, fit_rows
from workbench.shown import ShownFinder
from workbench.store import Store

__all__ = ["find_general", "find_truth"]

_READ: Final = 100
_SAME: Final = ("sample_id", "media", "paths", "collage", "start_s", "end_s", "prompt")


def find_truth(store: Store, rows: pl.DataFrame) -> Truth | None:
    """Return what is known of the samples of a workspace; None where nothing is, or cannot be read.

    Captions are read in English only. Whether they are is told by the chosen ones: a model that came apart
    must not pass for one that speaks another language.

    Regions where they know a sample of the run; else the captions that people found fine and the chosen
    captions of the run's accepted pairs.
    """
    if not _is_english(rows):
        return None
    known = truth_of_regions(store.read("regions"))
    if known is not None and any(known.knows(sample) for sample in rows["sample_id"].unique().to_list()):
        return known
    return truth_of_captions([*_fine_captions(store), *_chosen(rows)])


def find_general(store: Store, rows: pl.DataFrame, config: RunConfig, *, count: int, seed: int) -> list[Row]:
    """Return rows of samples that no pair of the training shows: held-out ones, then others at random.

    Args:
        store: the workspace.
        rows: `ROW_SCHEMA`: all pairs of the run.
        config: the prompt.
        count: how many at most.
        seed: of the draw.

    Returns:
        Rows with `chosen`, a right caption where one is known, and "" where not.
    """
    trained = set(fit_rows(rows, TRAIN)["sample_id"])
    found: dict[tuple[object, ...], Row] = {}
    for row in fit_rows(rows, HELD_OUT).iter_rows(named=True):
        if row["sample_id"] not in trained or not row["media"]:
            found.setdefault(tuple(str(row[name]) for name in _SAME), row)
    general = list(found.values())
    rng = random.Random(seed)
    rng.shuffle(general)
    media = {str(row["media"]) for row in rows.iter_rows(named=True)} & {"image", "video"}
    taken = trained | {row["sample_id"] for row in general}
    if len(general) < count and media:
        general += _others(store, config, media, taken, count - len(general), rng)
    return general[:count]


def _others(
    store: Store, config: RunConfig, media: set[str], taken: set[object], count: int, rng: random.Random
) -> Iterator[Row]:
    samples = store.read("samples").filter(pl.col("media").is_in(sorted(media)))
    ids = sorted(set(samples["sample_id"]) - taken)
    fine = dict(_fine_captions(store))
    finder = ShownFinder(store, config.prompt)
    for sample in rng.sample(ids, min(count, len(ids))):
        nothing = dict.fromkeys(
            ("rejected_sample_id", "chosen_id", "rejected_id", "origin", "detail", "prompt"), ""
        )
        shown, _ = finder.both({"sample_id": sample} | nothing)
        if shown.paths:
            yield {
                "sample_id": sample, "media": shown.media, "paths": [str(path) for path in shown.paths],
                "collage": "", "duration_s": shown.duration_s, "start_s": None, "end_s": None,
                "prompt": shown.prompt, "chosen": fine.get(sample, ""), "group": "",
            }  # fmt: skip


def _fine_captions(store: Store) -> list[tuple[str, str]]:
    """Return (sample, text) of the captions that people found fine."""
    verdicts = store.journal.frame()
    fine = set(verdicts.filter(pl.col("verdict") == "ok")["caption_id"])
    captions = store.read("captions").filter(pl.col("caption_id").is_in(sorted(fine)))
    return list(captions.select("sample_id", "text").iter_rows())


def _is_english(rows: pl.DataFrame) -> bool:
    """Say whether at least half of the chosen captions, or of the first of them, can be read."""
    texts = rows.filter(pl.col("chosen") != "")["chosen"].head(_READ).to_list()
    return 2 * sum(bool(read_caption(text).claims) for text in texts) >= len(texts)


def _chosen(rows: pl.DataFrame) -> Sequence[tuple[str, str]]:
    known = rows.filter((pl.col("status") == "accepted") & (pl.col("chosen") != ""))
    return list(known.select("sample_id", "chosen").iter_rows())
