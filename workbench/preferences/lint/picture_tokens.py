"""Rules on the pictures of pairs in the tokens of the model to be tuned: a place and room for each."""

from __future__ import annotations

from typing import Final

import polars as pl

from workbench.errors import EncoderError
from workbench.preferences.lint.base import Found, Rule, Unchecked, found_in
from workbench.preferences.lint.pairset import PairSet
from workbench.preferences.lint.target import Target
from workbench.preferences.lint.tokens import NO_LIMIT, NO_TARGET

__all__ = ["RULES", "count_picture_tokens"]


def _pictured(pairs: PairSet) -> tuple[Target, pl.DataFrame] | Unchecked:
    if pairs.target is None:
        return Unchecked(NO_TARGET)
    kinds = pairs.media.filter(pl.col("kind").fill_null("image") == "image")["media_id"]
    pictured = pairs.texts.filter(pl.col("media").list.eval(pl.element().is_in(kinds.implode())).list.any())
    return (pairs.target, pictured) if pictured.height else Unchecked("no pair has a picture")


def _find_no_place(pairs: PairSet) -> list[Found] | Unchecked:
    known = _pictured(pairs)
    if isinstance(known, Unchecked):
        return known
    target, pictured = known
    if target.processor is None:
        return found_in(
            pictured, pairs.texts.height, f"have a picture, and {target.name} has no processor for any."
        )
    if target.image_token and target.image_token not in _opening(target):
        return found_in(
            pictured, pairs.texts.height, "have a picture for which the chat template leaves no place."
        )
    return []


def _opening(target: Target) -> str:
    try:
        return target.write("What is this?", 1)
    except (ValueError, TypeError, KeyError, AttributeError, RuntimeError):
        return target.image_token  # a template that fails is another rule's finding


def _find_picture_faults(pairs: PairSet) -> list[Found] | Unchecked:
    """Run the processor once on every size of picture in the set, on blank pictures of that size."""
    sizes = count_picture_tokens(pairs)
    if isinstance(sizes, Unchecked):
        return sizes
    return [
        found
        for (width, height), (count, fault) in sizes.items()
        if fault or not count
        for found in found_in(
            _of_size(pairs, width, height),
            pairs.texts.height,
            f"have a picture of {width} x {height}, which {fault or 'becomes no image token at all'}.",
        )
    ]


def _find_pictures_cut(pairs: PairSet) -> list[Found] | Unchecked:
    sizes = count_picture_tokens(pairs)
    if isinstance(sizes, Unchecked):
        return sizes
    limit = pairs.target.max_length if pairs.target else None
    if limit is None:
        return Unchecked(NO_LIMIT)
    return [
        found
        for (width, height), (count, _fault) in sizes.items()
        if count >= limit
        for found in found_in(
            _of_size(pairs, width, height),
            pairs.texts.height,
            f"have a picture of {width} x {height}, whose {count:,} tokens do not fit into {limit:,}.",
        )
    ]


def _of_size(pairs: PairSet, width: int, height: int) -> pl.DataFrame:
    ids = pairs.linked_media.filter((pl.col("width") == width) & (pl.col("height") == height))["pair_id"]
    return pairs.texts.filter(pl.col("pair_id").is_in(ids.implode()))


def count_picture_tokens(pairs: PairSet) -> dict[tuple[int, int], tuple[int, str]] | Unchecked:
    """Run the processor on a blank picture of every size in a set.

    Returns:
        For each (width, height) how many image tokens it becomes, and why the processor refuses it.
    """
    known = _pictured(pairs)
    if isinstance(known, Unchecked):
        return known
    target, _rows_with = known
    if target.processor is None:
        return Unchecked("the model has no processor for pictures")
    measured = pairs.media.drop_nulls(["width", "height"]).filter(
        pl.col("kind").fill_null("image") == "image"
    )
    sizes = measured.select("width", "height").unique(maintain_order=True).rows()
    return {size: _run(target, *size) for size in sizes} or Unchecked("the size of no picture is known")


def _run(target: Target, width: int, height: int) -> tuple[int, str]:
    from PIL import Image

    try:
        made = target.process(_opening(target), [Image.new("RGB", (width, height), "grey")])
    except EncoderError as error:
        return 0, f"the processor refuses ({error.message})"
    ids = made["input_ids"][0]
    mark = target.tokenizer.convert_tokens_to_ids(target.image_token)
    return sum(int(one) == mark for one in ids), ""


RULES: Final = (
    Rule(
        "no_place_for_pictures",
        "error",
        "pictures that the template or the model has no place for",
        "Train a model that takes pictures, with its processor and its own template.",
        _find_no_place,
    ),
    Rule(
        "picture_refused",
        "error",
        "sizes of picture that the processor refuses",
        "Resize these pictures, or leave the pairs out.",
        _find_picture_faults,
    ),
    Rule(
        "picture_tokens_cut",
        "error",
        "pictures that do not fit into the length",
        "Train with max_length=None, or with smaller pictures.",
        _find_pictures_cut,
    ),
)
