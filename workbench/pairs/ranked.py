"""Rank candidates at once: a person puts several texts of one sample in order, and every pair is judged."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations

import polars as pl

from workbench.errors import DecisionError
from workbench.pairs.base import add_pairs
from workbench.pairs.judging import judge
from workbench.pairs.standing import all_pairs
from workbench.preferences.differences import find_differences
from workbench.preferences.pair import Pair
from workbench.records import pair_id
from workbench.store import Store

__all__ = ["judge_ranking"]


def judge_ranking(
    store: Store,
    ranking: Sequence[Sequence[str]],
    *,
    annotator: str,
    criterion: str = "faithfulness",
    note: str = "",
) -> int:
    """Store a person's order of several captions as one judgement on each pair of them.

    The judgements of one ranking are not independent: they cannot contradict one another, so they hold no
    cycles and count as more agreement than pairs judged one by one. Their note says that they were ranked.

    Args:
        store: the workspace.
        ranking: caption ids of one sample, the best group first; those of one group are equally good.
        annotator: who ranked.
        criterion: what was asked.
        note: in the person's own words.

    Returns:
        How many judgements were stored.

    Raises:
        DecisionError: for a caption named twice, fewer than two, one that is in no pair and no caption, or
            captions of several samples.
    """
    place = {caption: group for group, captions in enumerate(ranking) for caption in captions}
    if len(place) < 2 or len(place) != sum(len(group) for group in ranking):
        raise DecisionError(
            f"A ranking of {sum(len(group) for group in ranking)} captions, {len(place)} of them different, "
            "is no order.",
            "Name two captions or more, each once.",
        )
    texts = _texts(store, list(place))
    if len({sample for sample, _ in texts.values()}) > 1:
        raise DecisionError("The captions ranked are of several samples.", "Rank those of one sample.")
    twos = list(combinations(sorted(place, key=lambda caption: place[caption]), 2))
    _add_missing(store, twos, texts)
    said = f"ranked {len(place)} at once" + (f": {note}" if note else "")
    for better, worse in twos:
        is_tie = place[better] == place[worse]
        judge(
            store,
            pair_id(better, worse),
            "tie" if is_tie else "prefer",
            annotator=annotator,
            winner="" if is_tie else better,
            criterion=criterion,
            note=said,
        )
    return len(twos)


def _texts(store: Store, wanted: list[str]) -> dict[str, tuple[str, str]]:
    """Return the sample and the text of each caption, of the workspace or of its pairs."""
    pairs = all_pairs(store)
    known = store.read("captions").select("caption_id", "sample_id", "text")
    theirs = pl.coalesce(pl.col("rejected_sample_id").replace("", None), "sample_id")
    sides = [
        pairs.select(caption_id="chosen_id", sample_id="sample_id", text="chosen_text"),
        pairs.select(caption_id="rejected_id", sample_id=theirs, text="rejected_text"),
    ]
    rows = pl.concat([known, *sides]).filter(pl.col("caption_id").is_in(wanted))
    found = {caption: (sample, text) for caption, sample, text in rows.iter_rows()}
    if missing := [caption for caption in wanted if caption not in found]:
        raise DecisionError(
            f"There is no caption {missing[0]!r} in this workspace or its pairs.", "See ws.pairs for the ids."
        )
    return found


def _add_missing(store: Store, twos: list[tuple[str, str]], texts: dict[str, tuple[str, str]]) -> None:
    """Add the pairs that nothing has made yet, in no order: the judgements give it."""
    pairs = all_pairs(store)
    present = set(pairs["pair_id"])
    own = {caption for two in twos for caption in two}
    mine = pairs.filter(pl.col("chosen_id").is_in(list(own)) & (pl.col("origin") == "on_policy"))
    origin = "candidate" if mine.is_empty() else "on_policy"
    made = []
    for one, two in twos:
        if pair_id(one, two) in present:
            continue
        (sample, chosen), (_, rejected) = texts[one], texts[two]
        found = find_differences(chosen, rejected)
        made.append(
            Pair(sample, one, two, chosen, rejected, origin, chosen_spans=found.chosen,
                 rejected_spans=found.rejected, is_ordered=False)
        )  # fmt: skip
    add_pairs(store, made)
