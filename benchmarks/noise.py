"""Flipped preferences: does a method that knows of noise order clean pairs better than plain DPO?

Pairs of the embedded captioner's small scenes. A share of those it trains on is turned round by five
simulated people of unlike care; one of them judged each pair. Every method takes the same pairs in the same
order and as many steps, through the fast engine. Held-out pairs are clean and of other scenes. `gain_` is
against DPO on the same seed and flips; an interval is of the mean over seeds (Student's t). A seed draws
scenes, pairs, flips and order anew, but not the captioner.

The flip rate is known (`rdpo_known`) or told from second opinions on a third of the pairs (`rdpo_estimated`).
Where these contradict so often that no rate explains them, plain DPO is taken, as a user would have to.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl

from benchmarks.arguments import existing
from workbench.demo.finetune.drawing import draw_scene
from workbench.demo.finetune.proving import RECIPE, Size, list_test_scenes
from workbench.demo.finetune.speaking import open_captioner, say, stack_pixels
from workbench.demo.finetune.truth import measure_captions
from workbench.demo.finetune.tuning import Tuned, prepare_rows, tune
from workbench.demo.finetune.world import Amounts, embedded_world
from workbench.finetune.config import RunConfig
from workbench.finetune.models import locate_model
from workbench.finetune.rows import TRAIN
from workbench.metrics import Metric, write_results
from workbench.preferences.flips import flip_rate
from workbench.store import Store

__all__ = ["FLIPPED_BY", "Noisy", "Study", "flip_rows", "main", "measure", "small_scenes"]

#: Share flipped -> how often each of five people turns a pair round; their mean is the share.
FLIPPED_BY: Final = {
    0.0: (0.0, 0.0, 0.0, 0.0, 0.0),
    0.2: (0.02, 0.08, 0.15, 0.30, 0.45),
    0.4: (0.25, 0.35, 0.42, 0.48, 0.50),
}
_AMOUNTS: Final = Amounts(flagged=90, built=210, held_out_flagged=90, held_out_built=210)
_QUICK: Final = Amounts(flagged=30, built=50, held_out_flagged=20, held_out_built=40)
_ASKED_TWICE: Final = 1 / 3
#: Makes the clean pairs of a seed in a folder; trains on pairs in a folder.
MakeRows = Callable[["Study", int, Path], pl.DataFrame]
Train = Callable[[RunConfig, pl.DataFrame, Path], Tuned]
#: The 97.5 % point of Student's t, by degrees of freedom.
_T: Final = {1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262}


def main(arguments: list[str] | None = None) -> None:
    """Run the benchmark from the command line."""
    options = _parse(arguments)
    seeds = range(options.seed, options.seed + (2 if options.quick else options.seeds))
    study = Study(
        model=str(options.model),
        amounts=_QUICK if options.quick else _AMOUNTS,
        epochs=1 if options.quick else RECIPE.epochs,
        sft_weight=options.sft_weight,
        scenes=0 if options.quick else options.scenes,
    )
    write_results("noise", measure(study, seeds), path=options.json)


@dataclass(frozen=True)
class Study:
    """What is held alike in every run.

    Attributes:
        model: whose pairs, and what is tuned.
        amounts: how many pairs.
        epochs: rounds over them.
        sft_weight: of the term that imitates chosen captions; 0 for the methods as their papers have them.
        scenes: test scenes that the tuned model describes; 0 for none.
    """

    model: str = "embedded"
    amounts: Amounts = _AMOUNTS
    epochs: int = RECIPE.epochs
    sft_weight: float = 0.0
    scenes: int = 0


@dataclass(frozen=True)
class Noisy:
    """Rows of a run with flips.

    Attributes:
        rows: `ROW_SCHEMA`; who judged a pair of training stands in `for_chosen`.
        share: of the pairs of training that were turned round.
        told: the flip rate as second opinions tell it; None where they tell none.
    """

    rows: pl.DataFrame
    share: float
    told: float | None


def measure(
    study: Study, seeds: Sequence[int], *, make_rows: MakeRows | None = None, train: Train = tune
) -> dict[str, Metric]:
    """Return every metric: accuracy on clean held-out pairs by method and share flipped, gains, rates.

    Args:
        study: what is held alike.
        seeds: one world each.
        make_rows: makes the clean pairs of a seed in a folder; those of the small scenes when left out.
        train: trains, and says what it left.
    """
    began_s = time.perf_counter()
    found: dict[str, list[float]] = {}
    for seed in seeds:
        with tempfile.TemporaryDirectory() as place:
            rows = (make_rows or small_scenes)(study, seed, Path(place))
            for name, value in _measure_seed(study, seed, rows, Path(place), train=train):
                found.setdefault(name, []).append(value)
    metrics = {name: _mean(values, name) for name, values in found.items()}
    return metrics | {"wall_s": Metric(time.perf_counter() - began_s, len(seeds), "s")}


def flip_rows(rows: pl.DataFrame, flipped_by: Sequence[float], seed: int) -> Noisy:
    """Let people of unlike care judge the pairs of training; held-out pairs stay clean.

    Args:
        rows: `ROW_SCHEMA`.
        flipped_by: how often each person turns a pair round.
        seed: of who judges what, and of the flips.
    """
    random = np.random.default_rng(seed)
    made, flips, unlike, twice = [], 0, 0, 0
    for row in rows.iter_rows(named=True):
        if row["split"] == TRAIN:
            who, second = random.choice(len(flipped_by), 2, replace=False)
            is_flipped, is_other = (random.random() < flipped_by[one] for one in (who, second))
            if random.random() < _ASKED_TWICE:
                twice, unlike = twice + 1, unlike + (is_flipped != is_other)
            flips += is_flipped
            row = (_turn(row) if is_flipped else row) | {"for_chosen": [f"person {who}"], "for_rejected": []}
        made.append(row)
    told = flip_rate("two people", twice, unlike).value
    return Noisy(pl.DataFrame(made, schema=rows.schema), flips / max(1, (rows["split"] == TRAIN).sum()), told)


def small_scenes(study: Study, seed: int, at: Path) -> pl.DataFrame:
    """Make a world of small scenes and return its clean pairs."""
    store = Store.create(at / "workspace")
    embedded_world(store, seed, model=study.model, amounts=study.amounts)
    return prepare_rows(store, _base(study, seed))


def _measure_seed(
    study: Study, seed: int, rows: pl.DataFrame, at: Path, *, train: Train
) -> Iterator[tuple[str, float]]:
    for share, flipped_by in FLIPPED_BY.items():
        percent = f"{100 * share:.0f}"
        noisy = flip_rows(rows, flipped_by, seed)
        yield f"flipped_{percent}", noisy.share
        yield f"epsilon_undefined_{percent}", float(noisy.told is None)
        if noisy.told is not None:
            yield f"epsilon_estimated_{percent}", noisy.told
        configs = _configs(_base(study, seed), share, noisy)
        for name, value in _compare(study, configs, noisy, at / percent, train=train):
            yield f"{name}_{percent}", value


def _base(study: Study, seed: int) -> RunConfig:
    return replace(
        RECIPE,
        method="dpo",
        model=study.model,
        seed=seed,
        epochs=study.epochs,
        sft_weight=study.sft_weight,
    )


def _configs(base: RunConfig, share: float, noisy: Noisy) -> dict[str, RunConfig]:
    def robust(epsilon: float | None) -> RunConfig:
        return replace(base, method="rdpo", epsilon=epsilon) if epsilon else base

    return {
        "dpo": base,
        "rdpo_known": robust(share),
        "rdpo_estimated": robust(noisy.told),
        "re_po": replace(base, method="re_po"),
    }


def _compare(
    study: Study, configs: Mapping[str, RunConfig], noisy: Noisy, at: Path, *, train: Train
) -> Iterator[tuple[str, float]]:
    """Yield what each method does with the same noisy pairs; equal configs are run once."""
    done: dict[str, dict[str, float]] = {}
    for name, config in configs.items():
        key = config.as_json()
        if key not in done:
            done[key] = dict(_judge(study, train(config, noisy.rows, at / name), config.seed))
        plain = done[configs["dpo"].as_json()]
        for what, value in done[key].items():
            yield f"{what}_{name}", value
            if name != "dpo":
                yield f"{what}_gain_{name}", value - plain[what]


def _judge(study: Study, run: Tuned, seed: int) -> Iterator[tuple[str, float]]:
    margins = np.array(list(run.held_out.values()))
    yield "accuracy", float((margins > 0).mean() + 0.5 * (margins == 0).mean())
    yield "margin", float(margins.mean())
    if study.scenes:
        unusual = round(study.scenes * 0.3)
        scenes = list_test_scenes(seed, Size(usual=study.scenes - unusual, unusual=unusual))
        model, _ = open_captioner(run.weights)
        _, processor = open_captioner(Path(locate_model(study.model)))
        texts = say(model, processor, stack_pixels([draw_scene(scene) for scene in scenes]))
        told = measure_captions(texts, scenes)
        yield from ((name, told[name].value) for name in ("chair_i", "recall"))


def _turn(row: Mapping[str, object]) -> dict[str, object]:
    """Return a pair the other way round."""
    turned = dict(row)
    for name in ("", "_id", "_spans"):
        turned[f"chosen{name}"], turned[f"rejected{name}"] = row[f"rejected{name}"], row[f"chosen{name}"]
    return turned


def _mean(values: Sequence[float], name: str) -> Metric:
    """Return the mean over seeds with its interval."""
    mean, n = float(np.mean(values)), len(values)
    unit = "nats" if name.startswith("margin") else "share"
    if n - 1 not in _T:
        return Metric(mean, n, unit)
    half = _T[n - 1] * float(np.std(values, ddof=1)) / n**0.5
    return Metric(mean, n, unit, mean - half, mean + half)


def _parse(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.noise", description=__doc__)
    parser.add_argument("--json", metavar="PATH", help="where the results go; - for standard output")
    parser.add_argument(
        "--quick", action="store_true", help="two seeds, few pairs, one round: within a minute"
    )
    parser.add_argument("--device", choices=["cpu"], default="cpu")
    parser.add_argument(
        "--seed", type=int, default=100, help="the first; choices were made on seeds below 100"
    )
    parser.add_argument("--seeds", type=int, default=5, help="how many")
    parser.add_argument(
        "--model", type=_model, default="embedded", help="embedded, embedded:second or a folder"
    )
    parser.add_argument("--sft-weight", type=float, default=0.0, help="of the term that imitates")
    parser.add_argument("--scenes", type=int, default=0, help="test scenes to describe after each run")
    return parser.parse_args(arguments)


def _model(text: str) -> str:
    return text if text.startswith("embedded") else str(existing(text))


if __name__ == "__main__":
    main()
