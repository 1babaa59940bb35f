"""Pairs of two samples, and of several pictures shown as one.

Across: the good caption of one sample against the bad caption of another; which caption fits its own media
better is what is asked. Collage: several pictures at once and a question about one; the rejected caption is
true, but of another picture. Both propose and decide nothing.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

import polars as pl

from workbench.errors import PairError
from workbench.pairs.base import add_pairs
from workbench.pairs.originals import read_originals
from workbench.pairs.verified import verified_captions
from workbench.preferences.blind import Blindness, measure_blindness
from workbench.preferences.builders import BUILDERS, Original, Variant, build
from workbench.preferences.collage import Collage
from workbench.preferences.differences import find_differences
from workbench.preferences.pair import Pair, variant_id
from workbench.store import Store

__all__ = ["AcrossSummary", "add_across", "add_collages"]

_FIELDS = ("caption_id", "sample_id", "text", "medium")


@dataclass(frozen=True)
class AcrossSummary:
    """What was made, and whether words alone tell it.

    Attributes:
        origin: `across` or `collage`.
        made: pairs of this run; `added` of them are new.
        blindness: how well words alone tell the rejected captions.
    """

    origin: str
    made: int
    added: int
    blindness: Blindness

    def __str__(self) -> str:
        blind = self.blindness
        told = f"AUROC {blind.auroc:.2f} [{blind.low:.2f}, {blind.high:.2f}], .5 is blind"
        leak = "; leaky: their words tell" if blind.is_leaky else ""
        pairs = f"{self.made:,} {self.origin} pair{'' if self.made == 1 else 's'}, {self.added:,} of them new"
        return f"{pairs}; told by words alone: {blind.reason or told}{leak}."


def add_across(store: Store, *, most: int | None = None, seed: int = 0) -> AcrossSummary:
    """Pair captions found fine with captions found wrong of other samples, as near in length as there are.

    Args:
        store: the workspace.
        most: how many pairs; as many as there are wrong captions when left out.
        seed: of which ones, where there are more.

    Raises:
        PairError: when nothing was found fine, or nothing was found wrong.
    """
    media = store.read("samples").select("sample_id", medium="media")
    good = verified_captions(store).join(media, on="sample_id").select(_FIELDS)
    verdicts = store.journal.frame()
    fine = verdicts.filter(pl.col("verdict") == "ok")
    wrong = verdicts.filter(pl.col("verdict") == "misaligned").join(fine, on="caption_id", how="anti")
    types = wrong.select("caption_id", error_type=pl.col("error_types").list.first())
    bad = store.read("captions").join(media, on="sample_id").select(_FIELDS)
    bad = bad.join(types.unique("caption_id", keep="first"), on="caption_id")
    if good.is_empty() or bad.is_empty():
        raise PairError(
            f"Pairs across samples need captions found fine and captions found wrong: there are "
            f"{good.height:,} and {bad.height:,}.",
            "Review some more first.",
        )
    matched = _match(good, bad, seed)
    return _add(store, "across", [_across(*one) for one in matched][:most], seed)


def add_collages(store: Store, *, size: int = 4, most: int | None = None, seed: int = 0) -> AcrossSummary:
    """Ask about one picture among several: its own caption against that of another picture shown.

    The other caption must be wrong of the picture asked about, as `foreign_random` sees to it. The pair lists
    the samples; what exports it draws the collage.

    Args:
        store: the workspace.
        size: pictures of a collage, two or more.
        most: how many pairs; one of each verified caption that can have one when left out.
        seed: of the choice and the order of the pictures.

    Raises:
        PairError: when there are fewer pictures with a verified caption than a collage holds.
    """
    verified, captions = read_originals(store)
    originals = [one for one in verified if one.order.startswith("image/") and one.start_s is None]
    pictures = sorted({one.sample_id for one in originals})
    if size < 2 or len(pictures) < size:
        raise PairError(
            f"A collage of {size} pictures needs as many with a verified caption; there are "
            f"{len(pictures):,}.",
            "Give a smaller size, of 2 at least, or review more captions of pictures.",
        )
    built = build(BUILDERS["foreign_random"], originals, captions, choice="random", seed=seed)
    shown = set(pictures)
    fitting = [(one, variant) for one, variant in built if variant.sample_id in shown]
    rng = random.Random(f"collage/{seed}")
    rng.shuffle(fitting)
    pairs = [_collage(one, variant, pictures, size, rng) for one, variant in fitting[:most]]
    return _add(store, "collage", pairs, seed)


def _match(good: pl.DataFrame, bad: pl.DataFrame, seed: int) -> list[tuple[dict[str, str], dict[str, str]]]:
    """Give each wrong caption the good one of another sample and the same medium, nearest in length."""
    rng = random.Random(f"across/{seed}")
    free = rng.sample(good.to_dicts(), good.height)
    found = []
    for row in rng.sample(bad.to_dicts(), bad.height):
        fitting = [
            one for one in free if one["medium"] == row["medium"] and one["sample_id"] != row["sample_id"]
        ]
        if fitting:
            nearest = min(fitting, key=lambda one: abs(len(one["text"].split()) - len(row["text"].split())))
            free.remove(nearest)
            found.append((nearest, row))
    return found


def _across(good: dict[str, str], bad: dict[str, str]) -> Pair:
    differ = find_differences(good["text"], bad["text"])
    return Pair(
        sample_id=good["sample_id"],
        chosen_id=good["caption_id"],
        rejected_id=bad["caption_id"],
        chosen_text=good["text"],
        rejected_text=bad["text"],
        origin="across",
        rejected_sample_id=bad["sample_id"],
        error_type=bad["error_type"] or "",
        reason="the one was found fine of its media, the other wrong of its own",
        chosen_spans=differ.chosen,
        rejected_spans=differ.rejected,
        source="verdicts",
    )


def _collage(one: Original, variant: Variant, pictures: list[str], size: int, rng: random.Random) -> Pair:
    others = [sample for sample in pictures if sample not in (one.sample_id, variant.sample_id)]
    samples = rng.sample([one.sample_id, variant.sample_id, *rng.sample(others, size - 2)], size)
    collage = Collage(tuple(samples), samples.index(one.sample_id))
    return Pair(
        sample_id=one.sample_id,
        chosen_id=one.caption_id,
        rejected_id=variant_id(one.sample_id, variant.text, "collage"),
        chosen_text=one.text,
        rejected_text=variant.text,
        origin="collage",
        builder="collage",
        error_type="wrong_pair",
        reason=f"belongs to picture {samples.index(variant.sample_id) + 1} of the collage",
        chosen_spans=variant.chosen_spans,
        rejected_spans=variant.rejected_spans,
        prompt=collage.prompt,
        source="builder",
        detail=collage.detail,
    )


def _add(store: Store, origin: str, pairs: list[Pair], seed: int) -> AcrossSummary:
    chosen, rejected = [one.chosen_text for one in pairs], [one.rejected_text for one in pairs]
    blindness = measure_blindness(chosen, rejected, [one.sample_id for one in pairs], seed=seed)
    marked = [replace(one, is_leaky=blindness.is_leaky) for one in pairs]
    return AcrossSummary(origin, len(pairs), add_pairs(store, marked) if marked else 0, blindness)
