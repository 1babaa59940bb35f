"""Simulated judges: are their accuracies, flip rates and preferences found again, and do intervals hold them?

Dense: four people of known accuracy answer every item. Sparse: five people, one or two voices a pair, built
pairs of which some are wrong beside open ones, ties; as a workspace looks after an afternoon. Strengths are
drawn spaced (apart by more than the comparisons blur) and at random (where some hardly differ, so that nobody
could order them).
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from workbench.metrics import Metric, write_results
from workbench.preferences.agreement import SCALES, count_answers, krippendorff_alpha
from workbench.preferences.annotators import (
    Reliability,
    Votes,
    believe_judgements,
    bound_accuracy,
    dawid_skene,
    mace,
    one_coin,
)
from workbench.preferences.beforehand import Kinds
from workbench.preferences.flips import flip_rate
from workbench.preferences.ranking import Comparison, fit_davidson, rank

__all__ = ["main", "measure"]

ACCURACIES = np.array([0.98, 0.90, 0.80, 0.60])
SPARSE_ACCURACIES = np.array([0.95, 0.90, 0.85, 0.75, 0.60])
MODELS: dict[str, Callable[[Votes], Reliability]] = {"em": one_coin, "dawid_skene": dawid_skene, "mace": mace}

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


def main(arguments: list[str] | None = None) -> None:
    """Run the benchmark from the command line."""
    options = _parse(arguments)
    runs = min(options.runs, 4) if options.quick else options.runs
    write_results("agreement", measure(options.seed, runs), path=options.json)


def measure(seed: int, runs: int) -> dict[str, Metric]:
    """Return every metric over so many simulated worlds."""
    seeds = range(seed, seed + runs)
    metrics: dict[str, Metric] = {}
    for part in (_dense, _single, _sparse, _flips, _strengths, _alphas):
        metrics |= dict(part(seeds))
    return metrics


def _dense(seeds: range) -> Iterator[tuple[str, Metric]]:
    """Four people answer 2,500 items each, of two labels."""
    for name, model in MODELS.items():
        worlds = [_answer_all(seed) for seed in seeds]
        found = np.array([model(votes).accuracy for votes, _ in worlds])
        yield from _errors(f"accuracy_error_{name}", np.abs(found - ACCURACIES))
        # What a person got right here is itself a draw; this leaves its chance out.
        drawn = np.abs(found - np.array([share for _, share in worlds]))
        yield f"accuracy_error_{name}_drawn_worst", Metric(float(drawn.max()), drawn.size, "share")


def _answer_all(seed: int, items: int = 2500) -> tuple[Votes, Floats]:
    random = np.random.default_rng(seed)
    truth = random.integers(2, size=items)
    item, annotator = np.arange(items).repeat(4), np.tile(np.arange(4), items)
    is_wrong = random.random(item.size) >= ACCURACIES[annotator]
    share = 1 - np.bincount(annotator, is_wrong) / items
    return Votes(item, annotator, truth[item] ^ is_wrong, items, 4, 2), share


def _single(seeds: range) -> Iterator[tuple[str, Metric]]:
    """One voice a pair, 8,000 pairs, and the log-odds of a model that are what they say."""
    errors = []
    for seed in seeds:
        random = np.random.default_rng(seed)
        log_odds = random.normal(0, 3, 8000)
        annotator = random.integers(4, size=8000)
        is_better = random.random(8000) < 1 / (1 + np.exp(-log_odds))
        said = is_better ^ (random.random(8000) >= ACCURACIES[annotator])
        _, accuracy = believe_judgements(np.where(said, log_odds, -log_odds), annotator)
        errors.append(np.abs(accuracy - ACCURACIES))
    yield from _errors("accuracy_error_single_voices", np.array(errors))


def _sparse(seeds: range) -> Iterator[tuple[str, Metric]]:
    """400 pairs of 1.5 voices: how often the likeliest answer is right, and do chances mean themselves?"""
    chances, is_right, by_most, errors, held = [], [], [], [], []
    for seed in seeds:
        votes, truth, kinds = _afternoon(seed)
        found = one_coin(votes, kinds=kinds)
        chances.append(found.truth.max(axis=1))
        is_right.append(found.truth.argmax(axis=1) == truth)
        counts = np.zeros((votes.items, votes.labels))
        np.add.at(counts, (votes.item, votes.label), 1)
        by_most.append(counts.argmax(axis=1) == truth)
        errors.append(np.abs(found.accuracy - SPARSE_ACCURACIES))
        low, high = bound_accuracy(votes, kinds, seed=seed)
        held.append((low <= SPARSE_ACCURACIES) & (high >= SPARSE_ACCURACIES))
    said, right = np.concatenate(chances), np.concatenate(is_right)
    yield "sparse_right_em", _mean(np.array([one.mean() for one in is_right]), right.size)
    yield "sparse_right_majority", _mean(np.array([one.mean() for one in by_most]), right.size)
    yield "sparse_calibration_error", Metric(_calibration_error(said, right), right.size, "share")
    yield from _errors("sparse_accuracy_error_em", np.array(errors))
    yield "sparse_accuracy_covered", _mean(np.array(held, float).ravel(), 5 * len(seeds))


def _afternoon(seed: int, pairs: int = 400) -> tuple[Votes, Ints, Kinds]:
    random = np.random.default_rng(seed)
    people = SPARSE_ACCURACIES.size
    is_built = random.random(pairs) < 0.5
    truth = np.where(is_built, random.random(pairs) > 0.93, random.random(pairs) < 0.5).astype(np.int64)
    truth[random.random(pairs) < 0.05] = 2
    voices = np.minimum(1 + random.poisson(0.5, pairs), people)
    item = np.repeat(np.arange(pairs), voices)
    annotator = np.concatenate([random.choice(people, one, replace=False) for one in voices])
    is_wrong = random.random(item.size) >= SPARSE_ACCURACIES[annotator]
    label = np.where(is_wrong, (truth[item] + random.integers(1, 3, item.size)) % 3, truth[item])
    kinds = Kinds(is_built.astype(np.int64), np.array([True, False]), np.full(pairs, np.nan))
    return Votes(item, annotator, label, pairs, people, 3), truth, kinds


def _flips(seeds: range) -> Iterator[tuple[str, Metric]]:
    """Two people, 300 pairs, each answer turned round with chance .02, .1 or .2."""
    held = []
    for seed in seeds:
        random = np.random.default_rng(seed)
        for rate in (0.02, 0.1, 0.2):
            one, other = random.random(300) < rate, random.random(300) < rate
            found = flip_rate("two people", 300, int((one != other).sum()))
            held.append(found.value is not None and (found.low or 0.0) <= rate <= (found.high or 0.0))
    yield "flip_rate_covered", _mean(np.array(held, float), len(held))


def _strengths(seeds: range) -> Iterator[tuple[str, Metric]]:
    """Twenty things, every two compared twenty times, a fifth of answers and more being ties."""
    spread: dict[str, Callable[[np.random.Generator], Floats]] = {
        "spaced": lambda random: random.permutation(np.linspace(-2.5, 2.5, 20)),
        "random": lambda random: random.normal(0, 1.5, 20),
    }
    for name, draw in spread.items():
        found = []
        for seed in seeds:
            truth = draw(np.random.default_rng(seed))
            strengths, _ = fit_davidson(*_compare(truth, 20, seed), count=20)
            found.append(_rank_correlation(strengths, truth))
        yield f"rank_correlation_{name}", _mean(np.array(found), len(found), "Spearman")
        yield f"rank_correlation_{name}_worst", Metric(min(found), len(found), "Spearman")
    held = []
    for seed in seeds:
        truth = np.random.default_rng(seed).normal(0, 1, 6)
        truth -= truth.mean()
        said = [
            Comparison(str(a), str(b), bool(tie))
            for a, b, tie in zip(*_compare(truth, 20, seed), strict=True)
        ]
        ends = [(one.low, truth[int(one.name)], one.high) for one in rank(said, seed=seed)]
        held += [low is not None and high is not None and low <= at <= high for low, at, high in ends]
    yield "strength_covered", _mean(np.array(held, float), len(held))


def _compare(strengths: Floats, each: int, seed: int) -> tuple[Ints, Ints, npt.NDArray[np.bool_]]:
    random = np.random.default_rng([seed, 1])
    one, other = (np.repeat(part, each) for part in np.triu_indices(strengths.size, 1))
    apart = strengths[one] - strengths[other]
    weights = np.stack([np.exp(apart / 2), np.exp(-apart / 2), np.ones(apart.size)])
    edges = (weights / weights.sum(axis=0)).cumsum(axis=0)
    drawn = random.random(apart.size)
    is_turned = (drawn >= edges[0]) & (drawn < edges[1])
    return np.where(is_turned, other, one), np.where(is_turned, one, other), drawn >= edges[1]


def _alphas(seeds: range) -> Iterator[tuple[str, Metric]]:
    """Our counts against the library's own reading of a table of people and units."""
    import krippendorff

    worst = 0.0
    for seed in seeds:
        random = np.random.default_rng(seed)
        unit, answer = random.integers(0, 30, 120), random.integers(0, 4, 120)
        table = np.full((120, 30), np.nan)
        table[np.arange(120), unit] = answer  # each answer by a person of its own: alpha does not ask who
        counts = count_answers(unit.tolist(), answer.tolist(), range(4))
        for scale in SCALES:
            theirs = krippendorff.alpha(table, level_of_measurement=scale)
            worst = max(worst, abs(krippendorff_alpha(counts, scale=scale, domain=range(4)) - theirs))
    yield "alpha_difference", Metric(worst, 3 * len(seeds), "alpha")


def _errors(name: str, errors: Floats) -> Iterator[tuple[str, Metric]]:
    yield name, Metric(float(errors.mean()), errors.size, "share")
    yield f"{name}_worst", Metric(float(errors.max()), errors.size, "share")


def _mean(values: Floats, n: int, unit: str = "share") -> Metric:
    spread = 1.96 * float(values.std()) / max(values.size, 1) ** 0.5
    return Metric(float(values.mean()), n, unit, float(values.mean()) - spread, float(values.mean()) + spread)


def _calibration_error(said: Floats, is_right: npt.NDArray[np.bool_]) -> float:
    place = np.minimum((said * 10).astype(int), 9)
    gaps = [
        abs(float(said[place == one].mean() - is_right[place == one].mean())) * float((place == one).mean())
        for one in np.unique(place)
    ]
    return sum(gaps)


def _rank_correlation(one: Floats, other: Floats) -> float:
    return float(np.corrcoef(one.argsort().argsort(), other.argsort().argsort())[0, 1])


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.agreement", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--seed", type=int, default=100)
    parser.add_argument("--runs", type=int, default=20, help="simulated worlds")
    parser.add_argument("--quick", action="store_true", help="4 worlds")
    parser.add_argument("--json", help="where the result goes, - for standard output")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
