"""The two sides of the benchmark of fine-tunes: our loop and TRL's trainer, a step at a time."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from workbench.finetune.config import RunConfig
from workbench.finetune.engines.base import HeldOut, Job, Step
from workbench.finetune.engines.fast.preparing import Prepared, prepare_run
from workbench.finetune.models import Loaded, load_model
from workbench.finetune.pictures import pictures_of
from workbench.finetune.rows import FLAGGED_SCHEMA

__all__ = ["FastSide", "Timing", "train_by_trl"]


@dataclass
class Timing:
    """Seconds and loss of each step of one side."""

    seconds: list[float] = field(default_factory=list)
    losses: list[float] = field(default_factory=list)


class FastSide:
    """Our loop, stepped from outside. It listens to itself."""

    def __init__(self, config: RunConfig, rows: pl.DataFrame, folder: Path) -> None:
        job = Job(config, rows, pl.DataFrame(schema=FLAGGED_SCHEMA), folder)
        self.ready: Prepared = prepare_run(job, load_model(config))
        self.timing = Timing()
        started = time.perf_counter()
        self.ready.training.ask_reference(self.ready.held_out)
        self.reference_s = time.perf_counter() - started

    def take_step(self) -> None:
        """Take the next step, and keep what it took."""
        wait_for(self.ready.loaded.device)
        started = time.perf_counter()
        self.ready.training.take_step(self)
        wait_for(self.ready.loaded.device)
        self.timing.seconds.append(time.perf_counter() - started)

    def step(self, done: Step) -> None:
        """Keep the loss."""
        self.timing.losses.append(done.loss)

    def start(self, facts: Mapping[str, object]) -> None:
        """Hear nothing."""

    def held_out(self, seen: HeldOut) -> None:
        """Hear nothing."""

    def samples(self, step: int, texts: Sequence[tuple[str, str]]) -> None:
        """Hear nothing."""

    def checkpoint(self, step: int, path: Path) -> None:
        """Hear nothing."""

    def should_stop(self) -> bool:
        """Say no."""
        return False


def train_by_trl(
    fast: FastSide, config: RunConfig, folder: Path, *, is_tuned: bool, between: Callable[[], None]
) -> Timing:
    """Train by a stock DPOTrainer on the very batches of our side, and return what each step took.

    A step is timed from the end of what stands between two steps to the end of the next: reading the batch,
    both passes, the optimiser and the trainer's own telling are in it.

    Args:
        fast: whose pairs, batches and first weights are taken.
        config: of the run.
        folder: where TRL may write.
        is_tuned: reference worked out before (where TRL can), no checkpointing, our precision; otherwise the
            trainer's defaults.
        between: what happens after each step, outside of its time.
    """
    import datasets
    from transformers import PrinterCallback
    from trl import DPOTrainer

    datasets.disable_progress_bars()
    loaded = load_model(config)
    sees = loaded.takes_pictures
    trainer = DPOTrainer(
        loaded.model,
        args=_arguments(config, loaded, folder, is_tuned=is_tuned, steps=len(fast.ready.training.plan)),
        train_dataset=_dataset(fast, config, sees=sees),
        processing_class=loaded.processor if sees else loaded.tokenizer,
        peft_config=_adapters(config, fast.ready.loaded) if config.trains == "lora" else None,
        **({} if config.trains == "lora" else {"ref_model": load_model(config).model}),
    )
    if config.trains == "lora":
        theirs = dict(trainer.model.named_parameters())
        for name, weights in fast.ready.loaded.model.named_parameters():
            if weights.requires_grad:
                theirs[name].data.copy_(weights.data)
    timing = Timing()
    trainer.remove_callback(PrinterCallback)
    trainer.add_callback(_Stopwatch.make(timing, between, loaded.device))
    trainer.train()
    timing.losses = [entry["loss"] for entry in trainer.state.log_history if "loss" in entry]
    return timing


class _Stopwatch:
    @staticmethod
    def make(timing: Timing, between: Callable[[], None], device: str) -> Any:
        from transformers import TrainerCallback

        class Stopwatch(TrainerCallback):  # type: ignore[misc]  # transformers has no types
            mark = 0.0

            def on_train_begin(self, *_: Any, **__: Any) -> None:
                self.mark = time.perf_counter()

            def on_step_end(self, *_: Any, **__: Any) -> None:
                wait_for(device)
                timing.seconds.append(time.perf_counter() - self.mark)
                between()
                self.mark = time.perf_counter()

        return Stopwatch()


def wait_for(device: str) -> None:
    """Wait until a GPU has done what it was given."""
    if device.startswith("cuda"):
        import torch

        torch.cuda.synchronize()


def _arguments(config: RunConfig, loaded: Loaded, folder: Path, *, is_tuned: bool, steps: int) -> Any:
    from trl import DPOConfig

    shared = {
        "output_dir": str(folder), "per_device_train_batch_size": config.batch_pairs, "max_steps": steps,
        "learning_rate": config.learning_rate, "lr_scheduler_type": "linear", "warmup_steps": 0,
        "beta": config.setting("beta"), "report_to": "none", "save_strategy": "no", "logging_steps": 1,
        "disable_tqdm": True, "use_cpu": loaded.device == "cpu", "dataloader_pin_memory": False,
        "train_sampling_strategy": "sequential", "remove_unused_columns": not loaded.takes_pictures,
        "max_grad_norm": config.gradient_clip, "optim": "adamw_torch",
    }  # fmt: skip
    if is_tuned:
        shared |= {
            "precompute_ref_log_probs": not loaded.takes_pictures, "gradient_checkpointing": False,
            "bf16": loaded.precision == "bf16",
        }  # fmt: skip
    if is_tuned or loaded.takes_pictures:
        shared |= {"max_length": None}
    return DPOConfig(**shared)


def _adapters(config: RunConfig, ours: Loaded) -> Any:
    from peft import LoraConfig

    targets = ours.model.peft_config["default"].target_modules
    return LoraConfig(
        r=config.lora_rank, lora_alpha=config.lora_alpha, lora_dropout=0.0, target_modules=targets,
        task_type="CAUSAL_LM",
    )  # fmt: skip


def _dataset(fast: FastSide, config: RunConfig, *, sees: bool) -> Any:
    """Return the pairs in the order of our batches; pictures are in memory, so that TRL reads no file."""
    import datasets

    training, rows = fast.ready.training, fast.ready.pairs.rows
    order = [number for batch in training.plan for number in batch]
    told = [
        {
            "prompt": [{"role": "user", "content": rows[number]["prompt"]}],
            "chosen": [{"role": "assistant", "content": rows[number]["chosen"]}],
            "rejected": [{"role": "assistant", "content": rows[number]["rejected"]}],
        }
        for number in order
    ]
    if not sees:
        return datasets.Dataset.from_list(told)
    shown = {number: pictures_of(rows[number], config) for number in set(order)}

    def read(batch: Mapping[str, Sequence[int]]) -> dict[str, list[Any]]:
        places = batch["place"]
        texts = {name: [told[place][name] for place in places] for name in ("prompt", "chosen", "rejected")}
        return {**texts, "images": [shown[order[place]] for place in places]}

    return datasets.Dataset.from_dict({"place": list(range(len(order)))}).with_transform(read)
