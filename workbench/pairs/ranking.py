"""Who wins: makers of captions and captions of one sample ranked by judgements, and what is no order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Final

import polars as pl

from workbench.pairs.edits import EDIT_SOURCE, edited_captions
from workbench.pairs.standing import all_pairs
from workbench.pairs.voices import hear_voices
from workbench.preferences.ranking import Comparison, find_cycles, rank
from workbench.store import Store

__all__ = ["list_cycles", "rank_captions", "rank_sources"]

_RANKED: Final[dict[str, pl.DataType]] = {
    "name": pl.String(),
    "strength": pl.Float64(),
    "low": pl.Float64(),
    "high": pl.Float64(),
    "wins": pl.Int64(),
    "losses": pl.Int64(),
    "ties": pl.Int64(),
    "island": pl.Int64(),
    "reason": pl.String(),
}
_EVERYBODY: Final = "everybody"


def rank_sources(store: Store, *, criterion: str | None = None, seed: int = 0) -> pl.DataFrame:
    """Rank what made the captions by whose captions people prefer: models, corrections, builders.

    Both captions of one maker say nothing of it and are left out; so is both bad. Intervals are by drawing
    pairs again, because the voices on one pair are about the same two texts.

    Returns:
        A row a maker, strongest first: `name`, `strength` (log-strength; a difference of 1 is odds of 2.7),
        `low`, `high`, `wins`, `losses`, `ties`, `island` (others cannot be compared), `reason`.
    """
    makers = _makers(store)
    compared, pairs = [], []
    for pair_id, one in _comparisons(hear_voices(store, criterion=criterion)):
        winner, loser = makers[one.winner], makers[one.loser]
        if winner != loser:
            compared.append(Comparison(winner, loser, one.is_tie))
            pairs.append(pair_id)
    rows = [asdict(one) for one in rank(compared, groups=pairs, seed=seed)]
    return pl.DataFrame(rows, schema=_RANKED)


def rank_captions(store: Store, *, criterion: str | None = None) -> pl.DataFrame:
    """Rank captions that were compared with two others or more, directly or along a chain.

    Returns:
        A row a caption, as `rank_sources` gives them, with `caption_id` for the name; no intervals: of one
        caption there are too few judgements for one.
    """
    voices = hear_voices(store, criterion=criterion)
    compared = [one for _, one in _comparisons(voices)]
    beside: dict[str, set[str]] = {}
    for one in compared:
        beside.setdefault(one.winner, set()).add(one.loser)
        beside.setdefault(one.loser, set()).add(one.winner)
    # Of two captions that met nobody else there is no more to say than their judgements do.
    several = [one for one in compared if len(beside[one.winner]) > 1 or len(beside[one.loser]) > 1]
    rows = [asdict(one) for one in rank(several, rounds=0)]
    return pl.DataFrame(rows, schema=_RANKED).rename({"name": "caption_id"}).drop("low", "high")


def list_cycles(store: Store, *, criterion: str | None = None, longest: int = 3) -> pl.DataFrame:
    """List the rounds in which captions beat each other: no order can be right about all of them.

    Args:
        store: the workspace.
        criterion: the answers on this criterion alone; on the pair's own when left out.
        longest: rounds of at most so many captions.

    Returns:
        `who` (an annotator whose own answers go round, or `everybody` for the answers with most voices),
        `sample_id` of the first caption, `captions` (each beats the next, the last the first).
    """
    voices = hear_voices(store, criterion=criterion).filter(pl.col("label").is_in(["as_made", "turned"]))
    samples = dict(voices.select("chosen_id", "sample_id").iter_rows())
    samples |= dict(voices.select("rejected_id", "sample_id").iter_rows())
    rows = [
        {"who": who, "sample_id": samples[cycle[0]], "captions": list(cycle)}
        for who, said in ((_EVERYBODY, voices), *_of_each(voices))
        for cycle in find_cycles(_beaten(said), longest=longest)
    ]
    return pl.DataFrame(
        rows, schema={"who": pl.String(), "sample_id": pl.String(), "captions": pl.List(pl.String())}
    )


def _of_each(voices: pl.DataFrame) -> Iterator[tuple[str, pl.DataFrame]]:
    for (annotator,), mine in voices.sort("annotator").group_by("annotator", maintain_order=True):
        yield str(annotator), mine


def _beaten(voices: pl.DataFrame) -> list[tuple[str, str]]:
    """Return who beats whom by most voices; two captions with as many voices each beat nobody."""
    lead = voices.group_by("pair_id", maintain_order=True).agg(
        pl.col("chosen_id", "rejected_id").first(),
        lead=pl.when(pl.col("label") == "as_made").then(1).otherwise(-1).sum(),
    )
    return [
        (chosen, rejected) if ahead > 0 else (rejected, chosen)
        for chosen, rejected, ahead in lead.select("chosen_id", "rejected_id", "lead").iter_rows()
        if ahead
    ]


def _comparisons(voices: pl.DataFrame) -> Iterator[tuple[str, Comparison]]:
    said = voices.filter(pl.col("label") != "both_bad")
    for pair_id, label, chosen, rejected in said.select(
        "pair_id", "label", "chosen_id", "rejected_id"
    ).iter_rows():
        one = (rejected, chosen) if label == "turned" else (chosen, rejected)
        yield pair_id, Comparison(*one, is_tie=label == "tie")


def _makers(store: Store) -> dict[str, str]:
    """Return what made each caption of a pair: its source in the table, else what the pair says of it."""
    makers: dict[str, str] = {}
    for row in all_pairs(store).iter_rows(named=True):
        # A pair of two models' captions names both, the chosen one's first.
        named = str(row["source"] or "").split(" and ")
        is_built = row["origin"] == "built"  # from a caption of someone else, which is then the chosen one
        chosen = str(row["origin"]) if is_built else named[0] or str(row["origin"])
        rejected = str(row["builder"] or "") if is_built else named[-1]
        makers.setdefault(str(row["chosen_id"]), chosen)
        makers.setdefault(str(row["rejected_id"]), rejected or str(row["origin"]))
    edits = dict.fromkeys(edited_captions(store)["caption_id"].to_list(), EDIT_SOURCE)
    captions = store.read("captions").select("caption_id", pl.col("source").fill_null("captions"))
    return makers | edits | dict(captions.iter_rows())
