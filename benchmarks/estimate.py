"""Simulated reviewers: does the interval for "bad pairs left" cover the truth, and how wide is it?

Every run draws a set of captions, a score that is good, fair, useless or wrong way round, and lets a reviewer
go through the product's own queue; the product's own estimate is asked at several stopping points. The orders
also hold one whose scores are replaced after the first looks, so that its ranked part has gaps. Beside each
interval stands that of a plain random sample of the same size, by the same exact test.
"""

from __future__ import annotations

import argparse
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
import polars as pl

from workbench.matching import Numbers
from workbench.metrics import Metric, write_results
from workbench.review.interleaving import Interleaved
from workbench.review.order import random_order
from workbench.review.remaining import Estimate, Looks, estimate_looks
from workbench.statistics import hypergeometric_bounds

__all__ = ["Asked", "main", "simulate"]

CAPTIONS = 1000
RATES = (0.02, 0.05, 0.1, 0.2, 0.4)
#: Distance of bad from good captions in spreads of the score; a fair score is replaced after some looks.
ORDERS = {"good": 2.5, "fair": 1.0, "useless": 0.0, "reversed": -1.0, "rescored": 1.0}
RESCORED_AFTER = 60
RANDOM_SHARES = (0.15, 0.25, 0.5)
STOPS = (100, 200, 400)
SLIP_SHARE = 0.03

Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]
FACTS = ("run", "rate", "order", "random_share", "stop")


@dataclass(frozen=True)
class Asked:
    """One estimate that was asked for: the cell it belongs to, what came out, and the truth."""

    run: int
    rate: float
    order: str
    random_share: float
    stop: int
    has_estimate: bool
    is_covered: bool
    width: float
    plain_width: float
    is_covered_despite_slips: bool


def main(arguments: list[str] | None = None) -> None:
    """Run the benchmark from the command line."""
    options = _parse(arguments)
    runs = min(options.runs, 10) if options.quick else options.runs
    asked = pl.DataFrame([row for run in range(runs) for row in simulate(options.seed, run)])
    write_results("estimate", summarise(asked, runs), path=options.json)
    worst = _cells(asked).sort("coverage").row(0, named=True)
    print(
        f"Worst of {_cells(asked).height} cells: {worst['coverage']:.3f} of {worst['n']} covered at "
        f"{worst['rate']:.0%} bad, {worst['order']} order, {worst['random_share']:.0%} at random, "
        f"{worst['stop']} looks. With {runs} runs a cell, a cell that truly covers .95 strays by "
        f"{1.96 * (0.95 * 0.05 / runs) ** 0.5:.3f}."
    )


def summarise(asked: pl.DataFrame, runs: int) -> dict[str, Metric]:
    """Return the metrics of all estimates that could be made."""
    made = asked.filter("has_estimate")
    metrics = {
        "coverage_95": _share(made, "is_covered"),
        "coverage_95_worst_cell": Metric(float(_cells(asked)["coverage"].min()), runs, "share"),  # type: ignore[arg-type]
        "coverage_95_reviewer_slips": _share(made, "is_covered_despite_slips"),
        "share_with_estimate": Metric(made.height / asked.height, asked.height, "share"),
        "median_width": Metric(_median(made["width"]), made.height, f"pairs of {CAPTIONS:,}"),
        "median_width_plain": Metric(_median(made["plain_width"]), made.height, f"pairs of {CAPTIONS:,}"),
    }
    for order in ORDERS:
        mine = made.filter(pl.col("order") == order)
        metrics[f"coverage_95_{order}"] = _share(mine, "is_covered")
        for name in ("width", "plain_width"):
            suffix = "_plain" if name == "plain_width" else ""
            value = _median(mine[name])
            metrics[f"median_width_{order}{suffix}"] = Metric(value, mine.height, f"pairs of {CAPTIONS:,}")
    return metrics


def simulate(seed: int, run: int) -> Iterator[Asked]:
    """Let one reviewer per cell go through the queue; yield what each stopping point gave."""
    random = np.random.default_rng([seed, run])
    for rate, order, share in itertools.product(RATES, ORDERS, RANDOM_SHARES):
        is_bad = np.zeros(CAPTIONS, bool)
        is_bad[random.permutation(CAPTIONS)[: round(rate * CAPTIONS)]] = True
        slips = random.random(CAPTIONS) < SLIP_SHARE
        review = _review(is_bad, ORDERS[order], share, random, is_rescored=order == "rescored")
        for stop in STOPS:
            looks = review.after(stop, is_bad)
            left = int(is_bad.sum() - looks.is_bad.sum())
            made = estimate_looks(looks)
            slipped = estimate_looks(replace(looks, is_bad=review.after(stop, is_bad ^ slips).is_bad))
            drawn = random_order(review.ids, review.seed)[:stop]
            plain = hypergeometric_bounds(CAPTIONS, stop, int(is_bad[drawn].sum()))
            yield Asked(
                *(run, rate, order, share, stop),
                has_estimate=made.left is not None,
                is_covered=_holds(made, left),
                width=(made.high or 0.0) - (made.low or 0.0),
                plain_width=plain.high - plain.low,
                is_covered_despite_slips=_holds(slipped, left),
            )


@dataclass(frozen=True)
class _Review:
    """A whole review: captions in the order they came up, why, and the order of the queue at its end."""

    ids: list[str]
    seed: int
    shown: Ints
    is_random: Bools
    ranked: Numbers

    def after(self, stop: int, is_bad: Bools) -> Looks:
        """Return what is known after so many looks, in the order of the queue."""
        is_decided, is_ranked = np.zeros(CAPTIONS, bool), np.zeros(CAPTIONS, bool)
        is_decided[self.shown[:stop]] = True
        is_ranked[self.shown[:stop][~self.is_random[:stop]]] = True
        chance = np.array(random_order([self.ids[row] for row in self.ranked], self.seed), np.int64)
        now, is_skipped = self.ranked, np.zeros(CAPTIONS, bool)
        return Looks(is_decided[now], (is_decided & is_bad)[now], is_skipped, is_ranked[now], chance)


def _review(
    is_bad: Bools, separation: float, share: float, random: np.random.Generator, *, is_rescored: bool
) -> _Review:
    """Go through the product's queue to the end, under new scores after some looks if it is rescored."""
    ids = [f"c{number:016x}" for number in random.integers(0, 2**63, size=CAPTIONS)]
    seed = int(random.integers(2**31))
    shown: Ints = np.zeros(0, np.int64)
    by_chance: Bools = np.zeros(0, bool)
    for until in (RESCORED_AFTER, CAPTIONS) if is_rescored else (CAPTIONS,):
        ranked = np.argsort(-(random.normal(size=CAPTIONS) + separation * is_bad)).astype(np.uint32)
        at_random = ranked[random_order([ids[row] for row in ranked], seed)]
        order = Interleaved(ranked, at_random, share)
        captions, is_random = order.rows(0, CAPTIONS), order.drawn(np.arange(CAPTIONS))
        is_open = ~np.isin(captions, shown)
        wanted = until - len(shown)
        shown = np.concatenate([shown, captions[is_open][:wanted]])
        by_chance = np.concatenate([by_chance, np.array(is_random)[is_open][:wanted]])
    return _Review(ids, seed, shown, by_chance, ranked)


def _holds(made: Estimate, left: int) -> bool:
    return made.low is not None and made.high is not None and made.low <= left <= made.high


def _cells(asked: pl.DataFrame) -> pl.DataFrame:
    made = asked.filter("has_estimate")
    return made.group_by(FACTS[1:], maintain_order=True).agg(coverage=pl.col("is_covered").mean(), n=pl.len())


def _share(made: pl.DataFrame, name: str) -> Metric:
    """Return a share with its interval over runs: the stops of one review stand or fall together."""
    shares = made.group_by("run").agg(pl.col(name).mean())[name].to_numpy()
    value, spread = float(shares.mean()), 1.96 * float(shares.std()) / max(len(shares), 1) ** 0.5
    return Metric(value, made.height, "share", max(value - spread, 0.0), min(value + spread, 1.0))


def _median(values: pl.Series) -> float:
    return float(values.median())  # type: ignore[arg-type]


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.estimate", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--runs", type=int, default=200, help="simulated reviewers in every cell")
    parser.add_argument("--quick", action="store_true", help="10 reviewers a cell")
    parser.add_argument("--json", help="where the result goes, - for standard output")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
