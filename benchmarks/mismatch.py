"""Wrong pairings planted in a set of real photos and captions: how many does the review queue put first?

Takes any folder of photos and any captions file that `ingest` takes. A share of the captions is handed on to
other photos at random, everything is ingested into a fresh workspace and scored by the product's own verbs,
and the order of its review queue is held against what was planted. Trivial baselines stand beside it: a
detector that beats them by nothing is a detector of caption length or file size.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

import workbench
from benchmarks.arguments import existing
from workbench.metrics import Metric, write_results
from workbench.review import queue_order
from workbench.statistics import auroc, bootstrap_bounds

__all__ = ["corrupt", "main", "measure"]

_QUICK_PHOTOS = 300


def main(arguments: list[str] | None = None) -> None:
    """Run the benchmark from the command line."""
    options = _parse(arguments)
    if options.quick:
        options.photos = min(options.photos, _QUICK_PHOTOS)
    with tempfile.TemporaryDirectory(prefix="mismatch-") as folder:
        planted = corrupt(_choose(options, Path(folder)), options.corrupt, options.seed)
        metrics = measure(options, planted, Path(folder))
    write_results("mismatch", metrics, path=options.json, device=options.device)


def corrupt(captions: pl.DataFrame, share: float, seed: int) -> pl.DataFrame:
    """Hand a share of the captions on to other photos.

    Args:
        captions: columns `path`, `text`.
        share: of all captions, in [0, 1].
        seed: makes the draw repeatable.

    Returns:
        The same captions with `is_wrong`; every wrong one now lies on a photo that it was not written for.
    """
    random = np.random.default_rng(seed)
    chosen = random.permutation(captions.height)[: round(share * captions.height)]
    owners = captions["path"].to_numpy()
    received = owners.copy()
    if len(chosen) > 1:
        received[chosen] = _deranged(owners[chosen], random)
    is_wrong = received != owners
    return captions.with_columns(path=pl.Series(received), is_wrong=pl.Series(is_wrong))


def measure(options: argparse.Namespace, planted: pl.DataFrame, folder: Path) -> dict[str, Metric]:
    """Ingest, score and rank the planted set, and hold the order against the truth."""
    rows = folder / "planted.jsonl"
    # Its own source keeps each caption apart: two people may have written the same words of one photo.
    planted = planted.with_columns(source=pl.int_range(planted.height).cast(pl.String))
    given = planted.select("path", "text", "source").iter_rows(named=True)
    rows.write_text("".join(json.dumps(row) + "\n" for row in given))
    ws = workbench.create(folder / "ws")
    print(ws.ingest(options.folder, captions=rows, progress=False))
    scored = ws.score("similarity", encoder=options.encoder, device=options.device)
    if options.captions > 1:
        ws.score("consensus", device=options.device)
    ranked = (
        queue_order(ws.store)
        .join(ws.captions.select("caption_id", "text", "source"), on="caption_id")
        .join(ws.samples.select("sample_id", "path", "size_bytes"), on="sample_id")
        .join(planted.select("source", "is_wrong"), on="source")
    )
    image_text = queue_order(ws.store, "similarity").select("caption_id", image_text="suspicion")
    return _metrics(ranked.join(image_text, on="caption_id"), scored.items_per_s)


def _metrics(ranked: pl.DataFrame, items_per_s: float) -> dict[str, Metric]:
    ranked = ranked.with_columns(pl.col("suspicion", "image_text").fill_null(-np.inf))
    wrong = ranked["is_wrong"].to_numpy()
    groups = ranked["path"].to_numpy()
    length = ranked["text"].str.len_chars().to_numpy().astype(float)
    size = ranked["size_bytes"].to_numpy().astype(float)
    return {
        "auroc": _auroc(ranked["suspicion"].to_numpy(), wrong, groups),
        "auroc_image_text": _auroc(ranked["image_text"].to_numpy(), wrong, groups),
        "precision_at_5pct": _precision(ranked, 0.05),
        "precision_at_20pct": _precision(ranked, 0.20),
        "share_wrong": Metric(float(wrong.mean()), len(wrong), "share"),
        "items_per_s": Metric(items_per_s, len(wrong), "captions/s"),
        "auroc_caption_length": _auroc(length, wrong, groups),
        "auroc_file_size": _auroc(size, wrong, groups),
    }


def _auroc(
    values: npt.NDArray[np.float64], wrong: npt.NDArray[np.bool_], groups: npt.NDArray[np.str_]
) -> Metric:
    bounds = bootstrap_bounds(lambda rows: auroc(values[rows], wrong[rows]), groups)
    return Metric(auroc(values, wrong), len(wrong), "AUROC", bounds.low, bounds.high)


def _precision(ranked: pl.DataFrame, budget: float) -> Metric:
    top = ranked.sort("suspicion", descending=True).head(max(1, round(budget * ranked.height)))
    wrong = top["is_wrong"].to_numpy().astype(float)
    bounds = bootstrap_bounds(lambda rows: float(wrong[rows].mean()), top["path"].to_numpy())
    return Metric(float(wrong.mean()), top.height, "share", bounds.low, bounds.high)


def _deranged(owners: npt.NDArray[np.str_], random: np.random.Generator) -> npt.NDArray[np.str_]:
    """Return the owners in another order in which none keeps its own, as far as that is possible."""
    best = np.roll(owners, 1)
    for _ in range(1000):
        order = random.permutation(len(owners))
        passed_on = np.empty_like(owners)
        passed_on[order] = owners[np.roll(order, 1)]
        if (passed_on != owners).sum() > (best != owners).sum():
            best = passed_on
        if (best != owners).all():
            break
    return best


def _choose(options: argparse.Namespace, folder: Path) -> pl.DataFrame:
    """Draw photos that have enough captions, through an ingest of the whole set."""
    ws = workbench.create(folder / "all")
    ws.ingest(options.folder, captions=options.captions_file, progress=False)
    rows = ws.captions.join(ws.samples.select("sample_id", "path"), on="sample_id").sort("path", "caption_id")
    enough = (
        rows.group_by("path", maintain_order=True).len().filter(pl.col("len") >= options.captions)["path"]
    )
    if enough.len() < options.photos:
        raise SystemExit(
            f"mismatch: {enough.len()} photos in {options.folder} have {options.captions} captions or more, "
            f"{options.photos} were asked for. Give --photos {enough.len()} or fewer."
        )
    random = np.random.default_rng(options.seed)
    drawn = random.choice(enough.to_numpy(), options.photos, replace=False).tolist()
    mine = rows.filter(pl.col("path").is_in(drawn)).sample(fraction=1.0, shuffle=True, seed=options.seed)
    return mine.group_by("path", maintain_order=True).head(options.captions).select("path", "text")


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.mismatch", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("folder", type=existing, help="folder of photos")
    parser.add_argument(
        "--captions-file", required=True, type=existing, help="any captions file that ingest takes"
    )
    parser.add_argument("--photos", type=int, default=300, help="how many photos to draw")
    parser.add_argument("--captions", type=int, default=1, help="captions a photo")
    parser.add_argument("--corrupt", type=float, default=0.2, help="share of captions to hand on, 0 to 1")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--encoder", default="bridge")
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--quick", action="store_true", help=f"at most {_QUICK_PHOTOS} photos: a minute")
    parser.add_argument("--json", help="where the result goes, - for standard output")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
