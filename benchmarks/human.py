"""What the scores are worth against human ratings: the Flickr8k expert judgements, or any file of that form.

Three people rated how well a caption fits a photo, 1 to 4. By the published protocol (CLIPScore) pairs whose
caption is one of the photo's own are left out, and Kendall's τ_c runs over all single ratings. Left in, the
own captions would meet themselves in the consensus: a leak worth .05. The consensus scores need no photos;
with `--images` the embedded image-text score is added, by a map that never saw the photo it scores.
"""

from __future__ import annotations

import argparse
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from benchmarks.arguments import existing
from workbench.alignment.words import word_vectors
from workbench.metrics import Metric, write_results
from workbench.statistics import auroc, bootstrap_bounds

__all__ = ["Rated", "main", "measure_encoder", "measure_text", "read_captions", "read_ratings", "tau_c"]

Doubles = npt.NDArray[np.float64]

#: Weights of the standardised scores in the combination; words alone are the weaker witness.
WEIGHTS: Final = {"consensus_words": 0.5, "consensus": 1.0, "encoder": 1.0}
#: τ_c of CLIPScore and RefCLIPScore on the same pairs (Hessel et al. 2021); they are printed, not measured.
PUBLISHED: Final = {"CLIPScore": 0.512, "RefCLIPScore": 0.530}
_FITS_FROM = 3.0  # mean rating from which a caption counts as fitting


@dataclass(frozen=True)
class Rated:
    """Pairs that people rated.

    Attributes:
        photos: file name of each pair's photo.
        captions: id of each pair's caption, `file#k`.
        ratings: float64 (n, 3), 1 (unrelated) to 4 (describes it without error).
    """

    photos: tuple[str, ...]
    captions: tuple[str, ...]
    ratings: Doubles


def main(arguments: list[str] | None = None) -> None:
    """Run the benchmark from the command line."""
    options = _parse(arguments)
    captions = read_captions(options.captions)
    rated = read_ratings(options.ratings, captions)
    scores = measure_text(rated, captions, options.device)
    if options.images:
        scores["encoder"] = measure_encoder(rated, captions, options)
    is_seen = np.isfinite(np.stack(list(scores.values()))).all(0)
    if not is_seen.any():
        raise SystemExit(f"human: none of the rated photos is in {options.images}; names must be the same.")
    if options.images:
        parts = [WEIGHTS[name] * _standard(values, is_seen) for name, values in scores.items()]
        scores["combined"] = np.sum(parts, axis=0)
        print(
            f"photos of {int(is_seen.sum()):,} of {len(rated.photos):,} pairs were found; others are left out"
        )
    metrics = _metrics(scores, rated, is_seen, rounds=50 if options.quick else 200)
    write_results("human", metrics, path=options.json, device=options.device)
    listed = ", ".join(f"{name} {value:.3f}" for name, value in PUBLISHED.items())
    print(f"published tau_c on the same pairs, not measured here: {listed}")


def read_captions(path: Path) -> dict[str, str]:
    """Read `file#k<TAB>caption` lines: caption id -> text."""
    pairs = (line.split("\t", 1) for line in path.read_text("utf-8").splitlines() if "\t" in line)
    return {name.strip(): text.strip() for name, text in pairs}


def read_ratings(path: Path, captions: dict[str, str]) -> Rated:
    """Read `photo<TAB>caption id<TAB>rating x 3` lines, without pairs whose caption is the photo's own."""
    photos, ids, ratings = [], [], []
    for number, line in enumerate(path.read_text("utf-8").splitlines(), 1):
        words = line.split()
        if len(words) != 5 or words[1] not in captions or f"{words[0]}#0" not in captions:
            raise SystemExit(
                f"human: {path}, line {number}: {line!r} names no photo and caption that are known."
            )
        if words[1].partition("#")[0] != words[0]:
            photos.append(words[0])
            ids.append(words[1])
            ratings.append([float(word) for word in words[2:]])
    return Rated(tuple(photos), tuple(ids), np.array(ratings))


def measure_text(rated: Rated, captions: dict[str, str], device: str = "cpu") -> dict[str, Doubles]:
    """Compare each caption with the photo's own captions, by words and by sentence vectors."""
    from workbench.encoders.text import SentenceEncoder

    texts = list(captions.values())
    words = word_vectors(texts)
    table = np.zeros((words.rows, len(words.vocabulary)), np.float32)
    table[words.row, words.term] = words.weight
    sentences = SentenceEncoder(device).encode_texts(texts).vectors
    return {
        "consensus_words": _with_own_captions(rated, captions, table),
        "consensus": _with_own_captions(rated, captions, sentences),
    }


def measure_encoder(rated: Rated, captions: dict[str, str], options: argparse.Namespace) -> Doubles:
    """Compare each caption with the photo; NaN where the photo is not in the folder.

    The folder becomes a workspace with the photos' own captions, and the product's own verb joins both sides:
    each photo is mapped by a fit on the other photos. The foreign captions follow into that space.
    """
    import workbench
    from workbench.scoring.base import Run

    with tempfile.TemporaryDirectory(prefix="human-") as folder:
        ws = workbench.create(Path(folder) / "ws")
        # Its own copy under a name that tells the form of the file.
        listed = Path(folder) / "captions.token.txt"
        listed.write_text("".join(f"{name}\t{text}\n" for name, text in captions.items()), "utf-8")
        print(ws.ingest(options.images, captions=listed, progress=False))
        rows = ws.captions.join(ws.samples.drop("added_at"), on="sample_id", maintain_order="left")
        run = Run(ws.store, rows, options.encoder, options.device)
        compared, _ = run.compare("image") if rows.height else (None, None)
        if compared is None:
            return np.full(len(rated.photos), np.nan)
        names = [Path(path).name for path in compared.rows["path"]]
        place = {name: int(row) for name, row in zip(names, compared.pairing.first, strict=True)}
        said = list(dict.fromkeys(captions[one] for one in rated.captions))
        mapped = compared.map_texts(run.texts(said)[0])
    at = {text: row for row, text in enumerate(said)}
    pairs = zip(rated.photos, rated.captions, strict=True)
    return np.array(
        [
            float(compared.vectors[place[photo]] @ mapped[at[captions[one]]]) if photo in place else np.nan
            for photo, one in pairs
        ]
    )


def tau_c(values: Doubles, ratings: Doubles) -> float:
    """Return Stuart's τ_c between a score and every single rating (each pair counts once a rater)."""
    from scipy.stats import kendalltau

    repeated = np.repeat(values, ratings.shape[1])
    return float(kendalltau(repeated, ratings.ravel(), variant="c").statistic)


def _with_own_captions(rated: Rated, captions: dict[str, str], vectors: npt.NDArray[np.float32]) -> Doubles:
    """Return the mean cosine of each rated caption with the captions that were written for the photo."""
    place = {name: row for row, name in enumerate(captions)}
    own: dict[str, list[int]] = {}
    for name, row in place.items():
        own.setdefault(name.partition("#")[0], []).append(row)
    mean = {photo: vectors[own[photo]].mean(0) for photo in set(rated.photos)}
    pairs = zip(rated.photos, rated.captions, strict=True)
    return np.array([float(mean[photo] @ vectors[place[one]]) for photo, one in pairs])


def _standard(values: Doubles, is_seen: npt.NDArray[np.bool_]) -> Doubles:
    return np.asarray((values - values[is_seen].mean()) / max(float(values[is_seen].std()), 1e-12))


def _metrics(
    scores: dict[str, Doubles], rated: Rated, is_seen: npt.NDArray[np.bool_], *, rounds: int
) -> dict[str, Metric]:
    photos = np.array(rated.photos)[is_seen]
    ratings = rated.ratings[is_seen]
    fits = ratings.mean(1) >= _FITS_FROM
    metrics = {}
    for name, whole in scores.items():
        values = whole[is_seen]

        def tau(rows: npt.NDArray[np.intp], values: Doubles = values) -> float:
            return tau_c(values[rows], ratings[rows])

        def area(rows: npt.NDArray[np.intp], values: Doubles = values) -> float:
            return auroc(values[rows], fits[rows])

        for label, statistic, unit in (("tau_c", tau, "Kendall tau_c"), ("auroc", area, "AUROC")):
            bounds = bootstrap_bounds(statistic, photos, rounds=rounds)
            value = statistic(np.arange(len(values)))
            metrics[f"{label}_{name}"] = Metric(value, len(values), unit, bounds.low, bounds.high)
    metrics["share_fitting"] = Metric(float(fits.mean()), len(fits), "share")
    return metrics


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.human", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument(
        "--ratings", required=True, type=existing, help="photo, caption id and three ratings a line"
    )
    parser.add_argument(
        "--captions", required=True, type=existing, help="captions of the rated photos: file#k<TAB>caption"
    )
    parser.add_argument(
        "--images", type=existing, help="folder of the rated photos; adds the image-text score"
    )
    parser.add_argument("--encoder", default="bridge")
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--quick", action="store_true", help="fewer bootstrap rounds")
    parser.add_argument("--json", help="where the result goes, - for standard output")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
