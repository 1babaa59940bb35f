"""Candidates: several texts of one sample, thinned out to differ, ordered by rank or score, made into pairs.

A score proposes and never decides: what it orders is `proposed` until people judge it, and what nothing
orders is `open`.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

import polars as pl

from workbench.encoders.base import TextEncoder
from workbench.errors import UnknownNameError
from workbench.pairs.base import add_pairs
from workbench.pairs.choosing import Choice, choose_candidates
from workbench.pairs.consensus import agree_with_captions, plain_text
from workbench.pairs.generating import Asking, Generated, generate_candidates
from workbench.pairs.leaks import tell_blindness
from workbench.pairs.order_check import TextScorer, check_order
from workbench.pairs.pools import POOL_COLUMNS, Pool, read_pool
from workbench.preferences.blind import measure_blindness
from workbench.preferences.differences import find_differences
from workbench.preferences.listwise import pair_ranking
from workbench.preferences.pair import Pair, variant_id
from workbench.store import Store

__all__ = ["CANDIDATE_ORIGINS", "CandidateSummary", "add_candidates", "name_scores"]

#: What candidates may come from: any model or file, or the very model to be tuned.
CANDIDATE_ORIGINS: Final = ("candidate", "on_policy")

_BY_RANK: Final = "rank"
_BY_GIVEN: Final = "the score that came with them"


@dataclass(frozen=True)
class CandidateSummary:
    """What became of the candidates; nothing is dropped without being counted.

    Attributes:
        candidates: texts that had a sample.
        samples: how many samples they belong to.
        rejected: rows without a sample or a text; the table of rejects says why.
        repeated: texts that the same sample had already, but for case, space and the last point.
        left_out: texts that were not chosen among those of their sample.
        alone: samples with one text left, of which there is no pair.
        added: pairs that are new; `ordered` of them proposed, the others open.
        known: pairs that were there before and stay as they are.
        too_near: samples whose order the least margin did not bear out.
        ordered_by: what the order rests on.
        notes: what a model said, how far each score agrees with the pairs that people ordered, and how well
            words alone tell its order: where captions differ in style and not in truth, they do.
    """

    candidates: int
    samples: int
    rejected: int
    repeated: int
    left_out: int
    alone: int
    added: int
    ordered: int
    known: int
    too_near: int
    ordered_by: tuple[str, ...] = ()
    seconds: float = 0.0
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        order = f" by {', '.join(self.ordered_by)}" if self.ordered_by else ""
        lines = [
            f"{self.added:,} pairs of {self.candidates:,} candidates on {self.samples:,} samples in "
            f"{self.seconds:.1f} s: {self.ordered:,} proposed{order}, {self.added - self.ordered:,} open; "
            f"{self.known:,} were there before.",
            f"Not used: {self.repeated:,} said twice, {self.left_out:,} left out by the choice, "
            f"{self.alone:,} samples with one text, {self.too_near:,} with scores too near.",
        ]
        if self.rejected:
            lines.append(f"{self.rejected:,} rows were rejected; why is in the table of rejects.")
        return "\n".join([*lines, *self.notes])


def add_candidates(
    store: Store,
    source: Path | str | pl.DataFrame | Asking | Generated,
    *,
    scores: Sequence[TextScorer] = (),
    choice: Choice | None = None,
    origin: str = "",
    name: str = "",
    with_captions: bool = False,
    encoder: TextEncoder | None = None,
) -> CandidateSummary:
    """Make pairs of candidates: imported ones, or what a model said.

    A sample whose candidates all have a `rank` is ordered by it, one whose candidates all have a `score` by
    that; all others by the first of `scores` that has a value for every candidate; else they are open.

    Args:
        store: the workspace.
        source: what to ask a model for (`Asking`), or what it said (`generate_candidates`), or a frame or
            file, see `workbench.pairs.pools.read_pool`.
        scores: what measures texts, the first choice first.
        choice: which candidates become which pairs.
        origin: `candidate`, or `on_policy` for texts of the very model to be tuned; by default the latter
            for what was generated, the former for all else.
        name: what made them, for rows that do not say.
        with_captions: the captions that the samples have compete too.
        encoder: whose vectors tell likeness; the sentence tower by default.

    Raises:
        IngestError: when the source as a whole cannot be read.
        PairError: when `rso` has no scores to go by.
        UnknownNameError: for an origin that candidates cannot have.
    """
    began_s = time.perf_counter()
    said = generate_candidates(store, source) if isinstance(source, Asking) else source
    origin = origin or ("on_policy" if isinstance(said, Generated) else "candidate")
    if origin not in CANDIDATE_ORIGINS:
        raise UnknownNameError("origin of candidates", origin, CANDIDATE_ORIGINS)
    rules = choice or Choice()
    pool = read_pool(store, said.rows if isinstance(said, Generated) else said, name=name)
    rows = _identified(store, pool.rows, origin, with_captions=with_captions)
    distinct = rows.unique(["sample_id", "plain"], keep="first", maintain_order=True)
    chosen = choose_candidates(store, _scored(distinct, scores), rules, encoder)
    groups = [group for _, group in chosen.group_by("sample_id", maintain_order=True)]
    made = [_pairs(group, rules, origin) for group in groups if group.height > 1]
    flat = [pair for pairs in made for pair in pairs]
    with store.writing("add candidates"):  # held for moments: what takes long is done before
        _keep_rejects(store, pool)
        before = set(store.read("pairs")["pair_id"])
        added = add_pairs(store, flat)
    fresh = {pair.pair_id: pair for pair in reversed(flat) if pair.pair_id not in before}
    return CandidateSummary(
        candidates=pool.rows.height,
        samples=pool.rows["sample_id"].n_unique(),
        rejected=pool.rejects.height,
        repeated=rows.height - distinct.height,
        left_out=distinct.height - chosen.height,
        alone=sum(group.height == 1 for group in groups),
        added=added,
        ordered=sum(pair.is_ordered for pair in fresh.values()),
        known=len({pair.pair_id for pair in flat} & before),
        too_near=sum(not pairs for pairs in made),
        ordered_by=tuple(sorted({str(by) for by in chosen["order_by"].drop_nulls().unique()})),
        seconds=time.perf_counter() - began_s,
        notes=(
            *([str(said)] if isinstance(said, Generated) else []),
            *(str(check_order(store, score)) for score in scores),
            *_style(list(fresh.values())),
        ),
    )


def name_scores(store: Store, by: Sequence[str], *, similarity: TextScorer) -> list[TextScorer]:
    """Return the scores that are named: `consensus` with the sample's captions, `similarity` to its media.

    Args:
        store: the workspace.
        by: names, the first choice first.
        similarity: what measures it; it needs an encoder, which is not this part's to choose.

    Raises:
        UnknownNameError: for another name.
    """
    known: dict[str, TextScorer] = {
        "consensus": partial(agree_with_captions, store),
        "similarity": similarity,
    }
    if unknown := [name for name in by if name not in known]:
        raise UnknownNameError("score of candidates", unknown[0], known)
    return [known[name] for name in by]


def _style(pairs: list[Pair]) -> list[str]:
    """Say how well words alone tell what a score put last: it may have ordered by style or length."""
    ordered = [pair for pair in pairs if pair.is_ordered]
    if not ordered:
        return []
    found = measure_blindness(
        [pair.chosen_text for pair in ordered],
        [pair.rejected_text for pair in ordered],
        [pair.sample_id for pair in ordered],
    )
    return [tell_blindness(found, is_marked=False)]


def _keep_rejects(store: Store, pool: Pool) -> None:
    """Write why rows were refused, in place of what an earlier reading of the same source said."""
    if pool.rejects.is_empty():
        return
    present = store.read("rejects")
    others = present.join(
        pool.rejects.select("source", "reader").unique(), on=["source", "reader"], how="anti"
    )
    store.replace("rejects", pl.concat([others, pool.rejects], how="diagonal_relaxed"))


def _identified(store: Store, rows: pl.DataFrame, origin: str, *, with_captions: bool) -> pl.DataFrame:
    """Give every text its id and its plain form; captions that compete come first."""
    ids = [variant_id(sample, text, origin) for sample, text in rows.select("sample_id", "text").iter_rows()]
    whole = rows.with_columns(caption_id=pl.Series(ids, dtype=pl.String))
    if with_captions:
        captions = store.read("captions").filter(
            pl.col("sample_id").is_in(rows["sample_id"].unique().to_list())
            & (pl.col("kind") != "transcript")
            & pl.col("start_s").is_null()
        )
        theirs = captions.select("sample_id", "text", "source", "caption_id")
        # Only texts that were given together have a score or a rank that can be compared.
        whole = pl.concat([theirs, whole.with_columns(rank=pl.lit(None), score=pl.lit(None))], how="diagonal")
        whole = whole.cast({name: POOL_COLUMNS[name] for name in ("rank", "score")})
        whole = whole.with_columns(pl.col("source", "prompt").fill_null(""))
    return whole.with_columns(plain=plain_text(pl.col("text")))


def _scored(rows: pl.DataFrame, scores: Sequence[TextScorer]) -> pl.DataFrame:
    """Add `order`, higher is better, and `order_by`, what it rests on; null for a sample without an order."""
    each = pl.len().over("sample_id")
    has_rank = pl.col("rank").count().over("sample_id") == each
    has_score = pl.col("score").count().over("sample_id") == each
    told = rows.with_row_index("place").with_columns(
        order=pl.when(has_rank).then(-pl.col("rank").cast(pl.Float64)).when(has_score).then("score"),
        order_by=pl.when(has_rank).then(pl.lit(_BY_RANK)).when(has_score).then(pl.lit(_BY_GIVEN)),
    )
    for score in scores:
        unordered = told.filter(pl.col("order").is_null() & (each > 1))
        if unordered.is_empty():
            break
        told = _measured(told, score(unordered.drop("score", "order", "order_by")))
    return told.drop("place")


def _measured(rows: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """Order the samples whose candidates all have a score."""
    whole = found.filter(pl.col("score").count().over("sample_id") == pl.len().over("sample_id"))
    told = rows.join(
        whole.select("place", made="score", by="score_key"), on="place", how="left", maintain_order="left"
    )
    return told.with_columns(
        order=pl.coalesce("order", "made"),
        order_by=pl.when(pl.col("made").is_not_null()).then("by").otherwise("order_by"),
    ).drop("made", "by")


def _pairs(group: pl.DataFrame, rules: Choice, origin: str) -> list[Pair]:
    """Pair the chosen candidates of one sample."""
    rows = group.to_dicts()
    if group["order"].null_count():
        places = range(0, -len(rows), -1)  # in the order they came, which is no order of merit
        twos = pair_ranking([float(place) for place in places], rules.scheme)
        return [_pair(rows[one], rows[two], rules, origin, is_ordered=False) for one, two in twos]
    orders = group["order"].to_list()
    least = 0.0 if rows[0]["order_by"] == _BY_RANK else rules.least_margin
    twos = pair_ranking(orders, rules.scheme, least_margin=least)
    return [_pair(rows[one], rows[two], rules, origin, is_ordered=True) for one, two in twos]


def _pair(
    one: dict[str, object], two: dict[str, object], rules: Choice, origin: str, *, is_ordered: bool
) -> Pair:
    chosen, rejected = str(one["text"]), str(two["text"])
    found = find_differences(chosen, rejected)
    by = str(one["order_by"] or "")
    is_scored = is_ordered and by != _BY_RANK
    orders = [float(str(row["order"])) for row in (one, two)] if is_ordered else []
    facts = {"select": rules.select, "scheme": rules.scheme, "ordered_by": by or None, "orders": orders}
    return Pair(
        sample_id=str(one["sample_id"]),
        chosen_id=str(one["caption_id"]),
        rejected_id=str(two["caption_id"]),
        chosen_text=chosen,
        rejected_text=rejected,
        origin=origin,
        builder=("score" if is_scored else "rank") if is_ordered else "",
        margin=orders[0] - orders[1] if is_scored else None,
        chosen_spans=found.chosen,
        rejected_spans=found.rejected,
        is_ordered=is_ordered,
        prompt=str(one["prompt"] or two["prompt"] or ""),
        source=" and ".join(dict.fromkeys(str(row["source"]) for row in (one, two) if row["source"])),
        detail=json.dumps(facts, ensure_ascii=False),
    )
