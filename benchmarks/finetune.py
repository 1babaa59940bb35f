"""Our engine against TRL's trainer on the same batches of the same model: how much faster, at which loss.

One process; a step of TRL, then the same step of ours, in turns, so that whatever else the machine does
hits both. TRL is taken twice: tuned (reference worked out before, where TRL can; no checkpointing; our
precision) and as its defaults are. Weights are random, shaped like SmolLM2-135M (speed does not depend on
what they learned): alone, with prompts that share their opening, and behind a tower that makes 64 patches of
a picture, four pairs a picture. Both sides keep freed memory. Where TRL is missing, ours is timed alone.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from benchmarks.finetune_models import SHAPES, make_model, make_rows
from benchmarks.finetune_sides import FastSide, Timing, train_by_trl
from workbench.finetune.allocator import keep_freed_memory
from workbench.finetune.config import RunConfig
from workbench.metrics import Metric, write_results

__all__ = ["main"]

#: The first step changes nothing of speed but warms every cache, so it is not counted.
_WARM_UP = 1


def main(arguments: list[str] | None = None) -> None:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.finetune", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--quick", action="store_true", help="a small model, a few steps: within a minute")
    parser.add_argument("--device", default="cpu", choices=["cpu", "cuda"])
    parser.add_argument("--shape", choices=[*SHAPES], help="of the model; by the device when left out")
    parser.add_argument("--precision", default="auto", choices=["auto", "f32", "bf16"])
    parser.add_argument("--steps", type=int, help="counted steps of each side")
    parser.add_argument("--batch", type=int, default=8, help="pairs a step")
    parser.add_argument("--json", help="where the result goes, - for standard output")
    options = parser.parse_args(arguments)
    keep_freed_memory()
    found: dict[str, Metric] = {}
    with tempfile.TemporaryDirectory(prefix="finetune-") as folder:
        for kind in ("text", "image"):
            found |= measure(Path(folder) / kind, kind, options)
    differences = [metric for name, metric in found.items() if name.startswith("loss_max_difference_")]
    if differences:
        worst = max(differences, key=lambda metric: metric.value)
        found["loss_max_difference"] = worst
    write_results("finetune", found, path=options.json, device=options.device)


def measure(folder: Path, kind: str, options: argparse.Namespace) -> dict[str, Metric]:
    """Time both sides on text or on pictures.

    Args:
        folder: for the model and what the sides write.
        kind: `text` or `image`.
        options: of the command line.
    """
    sees = kind == "image"
    steps = _WARM_UP + (options.steps or (3 if options.quick else 6))
    make_model(folder / "model", SHAPES[_shape(options)], sees=sees)
    rows = make_rows(folder / "pictures", steps * options.batch, sees=sees)
    config = RunConfig(
        model=str(folder / "model"), device=options.device, precision=options.precision, engine="fast",
        trains="lora" if find_spec("peft") else "full", batch_pairs=options.batch, warmup_share=0.0,
        **({"lora_rank": 16} if find_spec("peft") else {}),
    )  # fmt: skip
    return _compare(config, lambda name: FastSide(config, rows, folder / name), folder, kind)


def _compare(
    config: RunConfig, start: Callable[[str], FastSide], folder: Path, kind: str
) -> dict[str, Metric]:
    if find_spec("trl") is None or find_spec("peft") is None:
        print(f"{kind}: TRL or PEFT is not installed here, so our engine is timed alone")
        alone = start("alone")
        for _ in alone.ready.training.plan:
            alone.take_step()
        return _seconds("fast", kind, alone.timing)
    found: dict[str, Metric] = {}
    for name, is_tuned in (("", True), ("_defaults", False)):
        fast = start(f"fast{name}")
        theirs = train_by_trl(fast, config, folder / f"trl{name}", is_tuned=is_tuned, between=fast.take_step)
        found |= _ratio(f"ratio{name}_{kind}", theirs, fast.timing) | _seconds(f"trl{name}", kind, theirs)
        if is_tuned:
            found |= _seconds("fast", kind, fast.timing)
            gaps = [abs(a - b) for a, b in zip(theirs.losses, fast.timing.losses, strict=True)]
            found[f"loss_max_difference_{kind}"] = Metric(max(gaps), len(gaps), "nats")
    return found


def _ratio(name: str, theirs: Timing, ours: Timing) -> dict[str, Metric]:
    """Return how many times as long TRL takes: the median of the steps, and the least and the most."""
    pairs = list(zip(theirs.seconds, ours.seconds, strict=True))[_WARM_UP:]
    ratios = [their / our for their, our in pairs]
    return {name: Metric(statistics.median(ratios), len(ratios), "x", min(ratios), max(ratios))}


def _seconds(side: str, kind: str, timing: Timing) -> dict[str, Metric]:
    counted = timing.seconds[_WARM_UP:]
    return {f"step_s_{side}_{kind}": Metric(statistics.median(counted), len(counted), "s a step")}


def _shape(options: argparse.Namespace) -> str:
    if options.shape:
        return str(options.shape)
    return "quick" if options.quick else "1.7b" if options.device == "cuda" else "135m"


if __name__ == "__main__":
    main()
