"""Wrong pairs found: re-assign a share of captions at random, score, and see how far down they end up.

    python -m benchmarks.mismatch DIR --captions-file FILE --photos 2000 --captions 1 --corrupt 0.2 --seed 0

It goes the way a person's data goes: the product's own ingest reads FILE, a subset with the corruption is
ingested into a fresh workspace, the product's own scorers run, and the recommended queue order is judged.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl

import workbench
from benchmarks.results import Metric, write_results
from workbench.scoring import recommended_order, score
from workbench.statistics import auroc, bootstrap_bounds
from workbench.store import Store

_QUICK_PHOTOS = 300


@dataclass(frozen=True)
class Outcome:
    """What each caption turned out to be: whether it is wrong, and how suspicious each order finds it."""

    rows: pl.DataFrame
    items_per_s: float
    encoder_key: str


def main(arguments: list[str] | None = None) -> None:
    """Run the benchmark from the command line."""
    options = _parse(arguments)
    photos = min(options.photos, _QUICK_PHOTOS) if options.quick else options.photos
    with tempfile.TemporaryDirectory(prefix="mismatch-") as folder:
        truth = corrupt(options, photos, Path(folder))
        outcome = run(Path(folder), truth, options)
    about = {
        "photos": photos, "captions": options.captions, "corrupt": options.corrupt, "seed": options.seed,
        "encoder": outcome.encoder_key,
    }  # fmt: skip
    write_results("mismatch", judge(outcome), json_path=options.json, device=options.device, about=about)


def corrupt(options: argparse.Namespace, photos: int, folder: Path) -> pl.DataFrame:
    """Write a captions file of some photos in which a share of captions belongs to other photos.

    Args:
        options: the command line.
        photos: how many photos to take.
        folder: where `captions.jsonl` is written.

    Returns:
        Columns `path`, `text`, `is_wrong`: the truth.
    """
    store = Store.create(folder / "all")
    _ingest(store, options.folder, options.captions_file)
    rows = (
        store.read("captions")
        .join(store.read("samples").select("sample_id", "path", "content_hash"), on="sample_id")
        .unique(["content_hash", "text"], keep="first", maintain_order=True)
        .with_columns(kth=pl.int_range(pl.len()).over("sample_id"), have=pl.len().over("sample_id"))
        .filter((pl.col("have") >= options.captions) & (pl.col("kth") < options.captions))
        .sort("path", "kth")
    )
    random = np.random.default_rng(options.seed)
    paths = rows["path"].unique().sort().to_numpy()
    if len(paths) < photos:
        raise SystemExit(
            f"Only {len(paths)} media files have {options.captions} captions; --photos {photos} asked."
        )
    chosen = random.choice(paths, photos, replace=False)
    kept = rows.filter(pl.col("path").is_in(chosen.tolist())).select("path", "text")
    shuffled, is_wrong = reassign(kept["text"].to_list(), kept["path"].to_list(), options.corrupt, random)
    truth = kept.with_columns(text=pl.Series(shuffled), is_wrong=pl.Series(is_wrong))
    lines = [json.dumps({"path": path, "text": text}) for path, text, _ in truth.iter_rows()]
    (folder / "captions.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return truth


def reassign(
    texts: list[str], owners: list[str], share: float, random: np.random.Generator
) -> tuple[list[str], list[bool]]:
    """Give a random share of captions to other owners, each caption used exactly once.

    Example:
        >>> reassign(["a", "b"], ["1", "2"], 1.0, np.random.default_rng(0))
        (['b', 'a'], [True, True])
    """
    picked = random.choice(len(texts), round(share * len(texts)), replace=False)
    goals = random.permutation(picked)
    for _ in range(1000):
        clash = np.array([owners[a] == owners[b] for a, b in zip(picked, goals, strict=True)])
        if not clash.any():
            break
        # Those that came back to their own owner change places with others at random.
        stuck = np.flatnonzero(clash)
        partners = random.choice(len(goals), len(stuck))
        for one, other in zip(stuck, partners, strict=True):
            goals[one], goals[other] = goals[other], goals[one]
    else:
        raise SystemExit("The captions cannot be re-assigned: too few owners.")
    new = list(texts)
    for source, goal in zip(picked, goals, strict=True):
        new[goal] = texts[source]
    wrong = set(picked.tolist())
    return new, [index in wrong for index in range(len(texts))]


def run(folder: Path, truth: pl.DataFrame, options: argparse.Namespace) -> Outcome:
    """Ingest the corrupted file into a fresh workspace, score it, and join the orders with the truth."""
    ws = workbench.create(folder / "workspace")
    _ingest(ws.store, options.folder, folder / "captions.jsonl")
    summary = score(ws.store, "similarity", encoder=options.encoder, device=options.device)
    seconds = summary.seconds
    if options.captions > 1:
        seconds += score(ws.store, "consensus", device=options.device).seconds
    similarity = ws.scores.filter(pl.col("scorer") == "similarity").select("caption_id", "percentile")
    rows = (
        ws.captions.select("caption_id", "sample_id", "text")
        .join(ws.samples.select("sample_id", "path", "size_bytes"), on="sample_id")
        .join(truth, on=["path", "text"])
        .join(recommended_order(ws.store).select("caption_id", "suspicion"), on="caption_id", how="left")
        .join(similarity, on="caption_id", how="left")
    )
    return Outcome(rows, rows.height / seconds, summary.encoder_key)


def judge(outcome: Outcome) -> dict[str, Metric]:
    """Turn the orders into metrics; a caption without a score counts as the least suspicious."""
    rows = outcome.rows
    is_wrong = rows["is_wrong"].to_numpy()
    suspicion = rows["suspicion"].fill_null(-np.inf).to_numpy()
    doubt = -rows["percentile"].fill_null(1.0).to_numpy()
    photos = rows["sample_id"].to_numpy()
    n = rows.height
    length = rows["text"].str.len_chars().to_numpy().astype(float)
    return {
        "auroc": _bounded_auroc(suspicion, is_wrong, photos),
        "auroc_image_text": _bounded_auroc(doubt, is_wrong, photos),
        "precision_at_5pct": _precision(suspicion, is_wrong, 0.05),
        "precision_at_20pct": _precision(suspicion, is_wrong, 0.20),
        "items_per_s": Metric(outcome.items_per_s, n=n, unit="captions/s"),
        "auroc_caption_length": Metric(auroc(length, is_wrong), n=n),
        "auroc_file_size": Metric(auroc(rows["size_bytes"].to_numpy().astype(float), is_wrong), n=n),
        "share_wrong": Metric(float(is_wrong.mean()), n=n),
    }


def _bounded_auroc(
    suspicion: npt.NDArray[np.float64], is_wrong: npt.NDArray[np.bool_], photos: npt.NDArray[np.object_]
) -> Metric:
    """Return the AUROC with its interval from drawing photos, each with all its captions."""
    bounds = bootstrap_bounds(lambda drawn: auroc(suspicion[drawn], is_wrong[drawn]), photos)
    return Metric(auroc(suspicion, is_wrong), bounds.low, bounds.high, len(suspicion))


def _precision(suspicion: npt.NDArray[np.float64], is_wrong: npt.NDArray[np.bool_], budget: float) -> Metric:
    """Return the share of wrong pairs among the first part of the queue, with its Wilson interval."""
    count = max(1, round(budget * len(suspicion)))
    hits = int(is_wrong[np.argsort(-suspicion, kind="stable")[:count]].sum())
    low, high = _wilson(hits, count)
    return Metric(hits / count, low, high, count)


def _wilson(hits: int, count: int, z: float = 1.96) -> tuple[float, float]:
    """Return the Wilson interval of a share."""
    centre = (hits + z * z / 2) / (count + z * z)
    half = z / (count + z * z) * (hits * (count - hits) / count + z * z / 4) ** 0.5
    return centre - half, centre + half


def _ingest(store: Store, folder: Path, captions: Path) -> None:
    from workbench.ingest import ingest

    ingest(store, folder, captions=captions.absolute(), media_root=folder, progress=False)


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mismatch", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="DIR", help="folder of media")
    parser.add_argument(
        "--captions-file", type=Path, required=True, help="any captions file that ingest reads"
    )
    parser.add_argument("--photos", type=int, default=2000)
    parser.add_argument("--captions", type=int, default=1, help="captions a photo")
    parser.add_argument("--corrupt", type=float, default=0.2, help="share of captions re-assigned")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--encoder", default="bridge")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--quick", action="store_true", help=f"at most {_QUICK_PHOTOS} photos")
    parser.add_argument("--json", type=Path)
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
