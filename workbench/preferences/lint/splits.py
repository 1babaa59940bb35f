"""Rules on the division into train and held-out: what is on both sides, and whether enough is held out."""

from __future__ import annotations

from typing import Final

import numpy as np
import polars as pl

from workbench.media.likeness import alike
from workbench.preferences.lint.base import Found, Rule, Unchecked, found_in
from workbench.preferences.lint.pairset import PairSet
from workbench.preferences.lint.power import least_accuracy, pairs_needed

__all__ = ["RULES", "TRAIN", "held_out"]

#: Every other name of a split is held out.
TRAIN: Final = "train"
_NO_SPLIT: Final = "no pair has a split"
_STOCK_PROMPTS: Final = 0.5  # prompts that serve more pairs than this, in the mean, are no content
_SHIFT: Final = 0.2
_SHIFT_CHANCE: Final = 0.01
_FEWEST_TO_COMPARE: Final = 30


def held_out(pairs: PairSet) -> pl.DataFrame:
    """Return the pairs with an order that are kept from training."""
    return pairs.ordered.filter(pl.col("split") != TRAIN)


def _divided(pairs: PairSet) -> pl.DataFrame:
    return pairs.keyed.drop_nulls("split")


def _crossing(pairs: PairSet, links: pl.DataFrame, what: str) -> list[Found]:
    """Return one finding about the pairs whose key stands in more than one split.

    Args:
        pairs: the set.
        links: `pair_id`, `split`, `key`.
        what: said of them.
    """
    known = links.drop_nulls(["split", "key"])
    crossing = known.filter(pl.col("split").n_unique().over("key") > 1).unique("pair_id", maintain_order=True)
    return found_in(crossing, _divided(pairs).height, what)


def _find_same_media(pairs: PairSet) -> list[Found] | Unchecked:
    if _divided(pairs).is_empty():
        return Unchecked(_NO_SPLIT)
    links = pairs.linked_media.with_columns(key=pl.coalesce("content_hash", "media_id"))
    if links.is_empty():
        return Unchecked("nothing is known of the media")
    return _crossing(pairs, links, "have media that are in another split too.")


def _find_similar_media(pairs: PairSet) -> list[Found] | Unchecked:
    if _divided(pairs).is_empty():
        return Unchecked(_NO_SPLIT)
    seen = pairs.media.drop_nulls("look").unique("media_id", maintain_order=True)
    if seen.is_empty():
        return Unchecked("no picture was looked at for how it looks")
    keys = seen.select("media_id", key=pl.Series(_join(seen.height, alike(seen["look"].to_list()))))
    links = pairs.linked_media.join(keys, on="media_id", how="inner")
    # What is the same file is another rule's finding.
    same = pl.col("split").n_unique().over("content_hash") > 1
    exact = links.filter(pl.col("content_hash").is_not_null() & pl.col("split").is_not_null()).filter(same)
    rest = links.join(exact.select("pair_id").unique(), on="pair_id", how="anti")
    return _crossing(pairs, rest, "have a picture that looks like one of another split.")


def _join(count: int, ties: list[tuple[int, int]]) -> list[int]:
    """Return a number for each thing, the same for all that ties join, directly or through others."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    rows, columns = [low for low, _ in ties], [high for _, high in ties]
    graph = coo_matrix((np.ones(len(ties)), (rows, columns)), shape=(count, count))
    labels: list[int] = connected_components(graph, directed=False)[1].tolist()
    return labels


def _find_same_group(pairs: PairSet) -> list[Found] | Unchecked:
    return _find_shared(pairs, "group", "are of a group that is in another split too.")


def _find_same_speaker(pairs: PairSet) -> list[Found] | Unchecked:
    return _find_shared(pairs, "speaker", "have a speaker who is in another split too.")


def _find_shared(pairs: PairSet, column: str, what: str) -> list[Found] | Unchecked:
    if _divided(pairs).is_empty():
        return Unchecked(_NO_SPLIT)
    links = pairs.linked_media.with_columns(key=pl.col(column))
    if links["key"].null_count() == links.height:
        return Unchecked(f"no sample has a {column}")
    return _crossing(pairs, links, what)


def _find_same_texts(pairs: PairSet) -> list[Found] | Unchecked:
    if _divided(pairs).is_empty():
        return Unchecked(_NO_SPLIT)
    links = pairs.texts.select(
        "pair_id", "split", key=pl.concat_str("chosen_plain", "rejected_plain", separator="\0")
    )
    return _crossing(pairs, links, "have both texts of a pair of another split.")


def _find_same_prompt(pairs: PairSet) -> list[Found] | Unchecked:
    """Look for prompts on both sides in a set without media, where the prompt is the item."""
    divided = _divided(pairs)
    if divided.is_empty():
        return Unchecked(_NO_SPLIT)
    has_media = pairs.rows["media"].list.len().fill_null(0).sum() or pairs.rows["sample_id"].count()
    if has_media or divided["prompt"].n_unique() < _STOCK_PROMPTS * divided.height:
        return Unchecked("the prompt is not what tells one item from another here")
    return _crossing(pairs, divided.with_columns(key=pl.col("prompt")), "have a prompt of another split.")


def _find_no_held_out(pairs: PairSet) -> list[Found]:
    if pairs.rows.is_empty() or pairs.rows.filter(pl.col("split") != TRAIN).height:
        return []
    return [Found("No pair is held out: nothing will tell what was learnt from what was learnt by heart.")]


def _find_small_held_out(pairs: PairSet) -> list[Found] | Unchecked:
    kept = held_out(pairs)
    if kept.is_empty():
        return Unchecked("no pair is held out")
    settings = pairs.settings
    wanted = {"power": settings.power, "confidence": settings.confidence}
    needed = pairs_needed(settings.accuracy_wanted, **wanted)
    if kept.height >= needed:
        return []
    least = least_accuracy(kept.height, **wanted)
    reach = f"these tell {least:.0%} or more" if least else "these tell no accuracy"
    message = (
        f"{kept.height:,} pairs are held out; to tell {settings.accuracy_wanted:.0%} right from chance "
        f"takes {needed:,} ({reach} from chance, at {settings.power:.0%} power)."
    )
    return [Found(message.replace("%", " %"), value=float(kept.height))]


def _find_undivided(pairs: PairSet) -> list[Found]:
    without = pairs.rows.filter(pl.col("split").is_null())
    if without.height == pairs.rows.height:
        return []
    return found_in(without, pairs.rows.height, "are in no split, where others are.")


def _find_shift(pairs: PairSet) -> list[Found] | Unchecked:
    """Compare what the splits are made of, by a test of each column against the division."""
    divided = _divided(pairs).with_columns(is_train=pl.col("split") == TRAIN)
    sizes = divided["is_train"].value_counts()["count"].to_list()
    if len(sizes) < 2 or min(sizes) < _FEWEST_TO_COMPARE:
        return Unchecked(f"needs {_FEWEST_TO_COMPARE} pairs in train and as many held out")
    return [
        found
        for column in ("origin", "builder", "error_type", "lang")
        if (found := _shift(divided.drop_nulls(column), column))
    ]


def _shift(divided: pl.DataFrame, column: str) -> Found | None:
    from scipy.stats import chi2_contingency

    counts = divided.pivot(on="is_train", index=column, values="pair_id", aggregate_function="len")
    table = counts.drop(column).fill_null(0).to_numpy().astype(np.float64)
    if min(table.shape) < 2:
        return None
    shares = table / table.sum(0)
    distance = float(np.abs(shares[:, 0] - shares[:, 1]).sum() / 2)
    if distance <= _SHIFT or chi2_contingency(table).pvalue >= _SHIFT_CHANCE:
        return None
    named = f"Train and held-out differ in {column.replace('_', ' ')}"
    message = f"{named}: {distance:.0%} of the pairs would have to move."
    return Found(message.replace("%", " %"), value=distance)


_KEEP_TOGETHER: Final = "Divide by media: ws.split_pairs() keeps what belongs together on one side."

RULES: Final = (
    Rule("same_media_in_both_splits", "error", "media on both sides", _KEEP_TOGETHER, _find_same_media),
    Rule(
        "similar_media_in_both_splits",
        "error",
        "pictures that look the same on both sides",
        _KEEP_TOGETHER,
        _find_similar_media,
    ),
    Rule("same_group_in_both_splits", "error", "one event on both sides", _KEEP_TOGETHER, _find_same_group),
    Rule(
        "same_speaker_in_both_splits",
        "warning",
        "one speaker on both sides",
        _KEEP_TOGETHER,
        _find_same_speaker,
    ),
    Rule(
        "same_texts_in_both_splits",
        "warning",
        "the same two texts on both sides",
        "Move them to one side: they can be learnt by heart.",
        _find_same_texts,
    ),
    Rule(
        "same_prompt_in_both_splits",
        "error",
        "a prompt on both sides, where prompts are the items",
        "Divide by prompt.",
        _find_same_prompt,
    ),
    Rule(
        "nothing_held_out",
        "note",
        "a set without held-out pairs",
        "Hold some out, divided by media: ws.split_pairs().",
        _find_no_held_out,
    ),
    Rule(
        "held_out_too_small",
        "warning",
        "too few held-out pairs for the effect wanted",
        "Hold more out, or expect to see larger effects only.",
        _find_small_held_out,
    ),
    Rule(
        "split_missing",
        "note",
        "pairs in no split beside others that are",
        "Leave them out of the export; pairs of media of both splits belong in neither.",
        _find_undivided,
    ),
    Rule(
        "splits_differ",
        "note",
        "train and held-out made of different things",
        "Divide at random by media, unless the difference is what you test.",
        _find_shift,
    ),
)
