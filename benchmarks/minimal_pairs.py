"""Minimal pairs: does a scorer prefer the true caption to one that differs in one thing, kind by kind?

    python -m benchmarks.minimal_pairs --pairs DIR [--images DIR] [--encoder bridge] --json PATH

DIR holds one JSON file a kind, as SugarCrepe: {"0": {"filename", "caption", "negative_caption"}, ...}.
Both captions of a pair are ingested as captions of the photo and scored by the very verb users run. Beside
them stand two baselines that see no photo: the longer caption, and a bag of words trained on other pairs. A
scorer that is no better than they are has learnt how negatives are written. Without photos these rows are
all there is, and the output says so.

Source of the figures printed beside: Hsieh et al. 2023, "SugarCrepe: fixing hackable benchmarks for
vision-language compositionality", the table of its repository (OpenAI CLIP).
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

import workbench
from benchmarks.arguments import existing
from workbench.metrics import Metric, write_results
from workbench.scoring import SCORERS
from workbench.statistics import bootstrap_bounds

__all__ = ["PUBLISHED", "blind_margins", "main", "read_pairs"]

#: Accuracy of CLIP by kind, as published: ViT-B/32 and ViT-L/14; chance is .5.
PUBLISHED: Final[dict[str, tuple[float, float]]] = {
    "replace_obj": (0.9092, 0.9407),
    "replace_att": (0.8008, 0.7919),
    "replace_rel": (0.6920, 0.6515),
    "swap_obj": (0.6138, 0.6016),
    "swap_att": (0.6396, 0.6231),
    "add_obj": (0.7721, 0.7832),
    "add_att": (0.6879, 0.7153),
}
#: Compares both captions of a pair with each other and so cannot tell them apart.
_SYMMETRIC: Final = ("consensus", "consensus_words")
_FOLDS = 5
_QUICK_PAIRS = 60

Floats = npt.NDArray[np.float64]


def main(arguments: list[str] | None = None) -> None:
    """Run the benchmark from the command line."""
    options = _parse(arguments)
    pairs = read_pairs(options.pairs)
    if options.quick:
        pairs = pairs.group_by("kind", maintain_order=True).head(_QUICK_PAIRS)
    metrics: dict[str, Metric] = {}
    for name, margins in blind_margins(pairs).items():
        metrics |= _accuracies(f"blind_{name}", pairs, margins)
    if options.images is None:
        print("No photos given (--images DIR): the rows below see the captions alone.", file=sys.stderr)
    else:
        metrics |= _with_photos(pairs, options)
    for kind in pairs["kind"].unique(maintain_order=True):
        for model, value in zip(("vit_b32", "vit_l14"), PUBLISHED.get(kind, ()), strict=False):
            count = pairs.filter(pl.col("kind") == kind).height
            metrics[f"published_clip_{model}_{kind}"] = Metric(value, count, "accuracy, as published")
    write_results("minimal_pairs", metrics, path=options.json, device=options.device)


def read_pairs(folder: Path) -> pl.DataFrame:
    """Return the pairs of every file: columns `kind`, `filename`, `caption`, `negative_caption`.

    Raises:
        SystemExit: when the folder holds no pairs, or a pair lacks a field.
    """
    rows = []
    for file in sorted(folder.glob("*.json")):
        for number, pair in json.loads(file.read_text(encoding="utf-8")).items():
            try:
                found = {name: str(pair[name]) for name in ("filename", "caption", "negative_caption")}
            except KeyError as missing:
                raise SystemExit(f"minimal_pairs: pair {number!r} of {file} has no {missing}.") from missing
            rows.append({"kind": file.stem} | found)
    if not rows:
        raise SystemExit(f"minimal_pairs: there is no pair in {folder}. Give a folder with KIND.json files.")
    return pl.DataFrame(rows)


def blind_margins(pairs: pl.DataFrame, seed: int = 0) -> dict[str, Floats]:
    """Return by baseline how much it prefers the true caption, one number a pair; 0 is a tie.

    `length` takes the longer caption in characters. `words` is a logistic model on the difference of the
    bags of one and two words, fitted on four fifths of the pairs of a kind and asked about the rest; pairs of
    one photo stay on one side.
    """
    true, false = pairs["caption"], pairs["negative_caption"]
    length = (true.str.len_chars().cast(pl.Int64) - false.str.len_chars().cast(pl.Int64)).to_numpy()
    words = np.zeros(pairs.height)
    kinds = pairs["kind"].to_numpy()
    for kind in np.unique(kinds):
        rows = np.flatnonzero(kinds == kind)
        words[rows] = _word_margins(pairs[rows.tolist()], seed)
    return {"length": length.astype(np.float64), "words": words}


def _word_margins(pairs: pl.DataFrame, seed: int) -> Floats:
    from sklearn.feature_extraction.text import CountVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import GroupKFold

    margins = np.zeros(pairs.height)
    folds = min(_FOLDS, pairs["filename"].n_unique())
    if folds < 2:
        return margins
    bags = CountVectorizer(ngram_range=(1, 2), binary=True)
    bags.fit([*pairs["caption"], *pairs["negative_caption"]])
    difference = bags.transform(pairs["caption"]) - bags.transform(pairs["negative_caption"])
    # The true caption comes first in half of the training pairs, or the model would only learn the order.
    sign = np.where(np.random.default_rng(seed).random(pairs.height) < 0.5, 1, -1)
    for train, test in GroupKFold(folds).split(difference, groups=pairs["filename"].to_numpy()):
        if len(np.unique(sign[train])) == 2:
            model = LogisticRegression(fit_intercept=False, max_iter=500)
            model.fit(difference[train].multiply(sign[train][:, None]).tocsr(), sign[train] > 0)
            margins[test] = model.decision_function(difference[test])
    return margins


def _with_photos(pairs: pl.DataFrame, options: argparse.Namespace) -> dict[str, Metric]:
    with tempfile.TemporaryDirectory(prefix="minimal-pairs-") as folder:
        ws = _workspace(pairs, options.images, Path(folder))
        told = dict(ws.captions.select("source", "caption_id").iter_rows())
        read = pl.Series([f"{row}-true" in told and f"{row}-false" in told for row in range(pairs.height)])
        print(f"{read.sum():,} of {pairs.height:,} pairs have their photo.", file=sys.stderr)
        if not read.any():
            raise SystemExit(f"minimal_pairs: none of the photos is in {options.images}.")
        metrics: dict[str, Metric] = {}
        for name, scorer in SCORERS.items():
            if name in _SYMMETRIC or scorer.cost == "model":
                continue
            print(ws.score(name, encoder=options.encoder, device=options.device), file=sys.stderr)
            margins = _margins(ws.scores, name, told, pairs.height)
            if np.isfinite(margins).any():
                shown = np.flatnonzero(read.to_numpy())
                metrics |= _accuracies(name, pairs[shown.tolist()], margins[shown])
    return metrics


def _workspace(pairs: pl.DataFrame, images: Path, folder: Path) -> workbench.Workspace:
    ws = workbench.create(folder / "ws")
    # The source names the pair and the side: it is never shown to a scorer, and keeps equal texts apart.
    lines = [
        json.dumps({"path": filename, "text": text, "source": f"{row}-{side}", "lang": "en"})
        for row, (filename, true, false) in enumerate(
            pairs.select("filename", "caption", "negative_caption").iter_rows()
        )
        for side, text in (("true", true), ("false", false))
    ]
    (folder / "captions.jsonl").write_text("\n".join(lines), encoding="utf-8")
    ws.ingest(images, captions=folder / "captions.jsonl", progress=False)
    return ws


def _margins(scores: pl.DataFrame, scorer: str, told: dict[str, str], count: int) -> Floats:
    """Return by how much the scorer prefers the true caption; of several error types the worst speaks."""
    mine = scores.filter((pl.col("scorer") == scorer) & pl.col("value").is_finite())
    value = dict(mine.group_by("caption_id").agg(pl.col("value").min()).iter_rows())
    sides = (
        (value.get(told.get(f"{row}-true", "")), value.get(told.get(f"{row}-false", "")))
        for row in range(count)
    )
    return np.array([np.nan if a is None or b is None else a - b for a, b in sides])


def _accuracies(name: str, pairs: pl.DataFrame, margins: Floats) -> dict[str, Metric]:
    """Return the share of pairs with the true caption ahead; a tie or an abstention counts one half."""
    right = np.where(np.isnan(margins), 0.5, (np.sign(np.nan_to_num(margins)) + 1) / 2)
    found = {}
    for kind, rows in _by_kind(pairs):
        mine, photos = right[rows], pairs["filename"].to_numpy()[rows]
        bounds = bootstrap_bounds(lambda chosen, mine=mine: float(mine[chosen].mean()), photos)
        abstained = np.isnan(margins[rows]).mean()
        unit = "accuracy" if not abstained else f"accuracy, {abstained:.0%} abstained"
        found[f"{name}_{kind}"] = Metric(float(mine.mean()), len(rows), unit, bounds.low, bounds.high)
    return found


def _by_kind(pairs: pl.DataFrame) -> Iterator[tuple[str, npt.NDArray[np.int64]]]:
    kinds = pairs["kind"].to_numpy()
    return ((str(kind), np.flatnonzero(kinds == kind)) for kind in pairs["kind"].unique(maintain_order=True))


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.minimal_pairs", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--pairs", type=existing, required=True, help="folder of KIND.json files")
    parser.add_argument(
        "--images", type=existing, help="folder that holds the photos; without it, blind rows alone"
    )
    parser.add_argument("--encoder", default="bridge")
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--quick", action="store_true", help=f"at most {_QUICK_PAIRS} pairs a kind")
    parser.add_argument("--json", help="where the result goes, - for standard output")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
