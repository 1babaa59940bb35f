"""Train by TRL: the reference, for every model that TRL can train."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

import polars as pl

from workbench.errors import MissingExtraError, RunError
from workbench.finetune.checkpoints import read_facts, write_checkpoint
from workbench.finetune.config import RunConfig
from workbench.finetune.directory import RunFolder
from workbench.finetune.engines.base import HeldOut, Job, Step, Trained, Watch
from workbench.finetune.engines.trl.dataset import make_dataset
from workbench.finetune.engines.trl.trainer import Pairs, Seen, make_trainer
from workbench.finetune.evaluation.generation import say
from workbench.finetune.examples import make_examples
from workbench.finetune.losses import LOSSES
from workbench.finetune.losses.beliefs import Beliefs, beliefs_of
from workbench.finetune.methods import method_of
from workbench.finetune.models import Loaded, load_model
from workbench.finetune.order import learning_rate_at, plan_batches
from workbench.finetune.rows import HELD_OUT, ROW_SCHEMA, TRAIN, fit_rows
from workbench.finetune.weights import save_weights

__all__ = ["TrlEngine"]

#: What a method may need that the trainer's two passes do not give.
_NOT_SCORED: Final = frozenset({"hidden", "mismatched"})


class TrlEngine:
    """TRL's trainer, with pairs in the order of the other engine."""

    name = "trl"

    def refuse(self, job: Job) -> str:
        """Return why TRL cannot do this job, without loading a model; "" when it can."""
        config = job.config
        method = method_of(config.method)
        if method.kind == "reward":
            return f"{method.title} trains a judge, which this engine does not"
        if lacking := method.needs & _NOT_SCORED:
            return f"{method.title} needs {' and '.join(sorted(lacking))}, which TRL does not compute"
        if "sync_steps" in method.settings and config.trains == "lora":
            return f"TRL cannot do {method.title} with adapters"
        return "" if config.method in LOSSES else f"{method.title} has no loss yet"

    def train(self, job: Job, watch: Watch) -> Trained:
        """Train, resume, stop and save; a crash at any instant leaves the checkpoints whole.

        Raises:
            MissingExtraError: when TRL is not installed.
            RunError: when it cannot go on; the last good checkpoint stays.
        """
        if reason := self.refuse(job):
            raise RunError(
                f"The engine trl cannot do this: {reason}.", "Take engine='fast', or another method."
            )
        try:
            import trl  # noqa: F401
        except ImportError as error:
            raise MissingExtraError("Training by TRL", "finetune") from error
        return _Training(job, watch).run()


class _Training:
    """One training: what is trained, who listens, and how far it is."""

    def __init__(self, job: Job, watch: Watch) -> None:
        self._job, self._watch, self._config = job, watch, job.config
        self._folder = RunFolder(job.folder)
        loaded = load_model(job.config)
        with _quiet():
            self._pairs = _pairs_of(fit_rows(job.rows, TRAIN), loaded, job.config)
            if not self._pairs.rows:
                raise RunError("No pair is left to train on.", "Look at what the pre-flight found.")
            self._held_out = _pairs_of(fit_rows(job.rows, HELD_OUT), loaded, job.config)
            self._beliefs: Beliefs | None = beliefs_of(pl.DataFrame(self._pairs.rows, ROW_SCHEMA), job.config)
            batches = plan_batches([str(row["sample_id"]) for row in self._pairs.rows], job.config)
            self._steps = len(batches)
            self._trainer = make_trainer(
                loaded, job.config, self._pairs, self._held_out, batches, job.folder, beliefs=self._beliefs
            )
        self._loaded = replace(loaded, model=self._trainer.model)
        self._mark = 0.0

    def run(self) -> Trained:
        """Train to the end, or until asked to stop."""
        trainer = self._trainer
        trainer.add_callback(_listener(self))
        resumed = self._resume()
        parameters = sum(w.numel() for w in trainer.model.parameters() if w.requires_grad)
        self._watch.start(
            {
                "steps": self._steps, "pairs": len(self._pairs.rows), "parameters": parameters,
                "engine": TrlEngine.name, "device": self._loaded.device, "precision": self._loaded.precision,
                "loss": "trl" if trainer.is_stock else "ours",
            }
        )  # fmt: skip
        with _quiet():
            if not resumed:
                self.look(0)
            self._mark = time.perf_counter()
            trainer.train(resume_from_checkpoint=resumed)
        step = int(trainer.state.global_step)
        if step < self._steps:
            return Trained(step, is_whole=False, weights=None)
        return Trained(
            step, is_whole=True, weights=save_weights(self._loaded, self._config, self._folder.weights)
        )

    def after_step(self, step: int) -> bool:
        """Tell of a step, look and save where it is time; return whether to stop."""
        seen: Seen = self._trainer.seen
        margins = seen.margins
        if self._beliefs:
            self._beliefs.learn(margins)
        now = time.perf_counter()
        self._watch.step(self._told(step, seen, margins, now - self._mark))
        stops = self._watch.should_stop() and step < self._steps
        every = self._config.evaluate_every
        if step == self._steps or (every and step % every == 0):
            self.look(step)
        if stops or step == self._steps or (self._config.save_every and step % self._config.save_every == 0):
            self._save(step)
        self._mark = time.perf_counter()
        return stops

    def look(self, step: int) -> None:
        """Look at the held-out pairs, and let the model describe flagged items."""
        if self._held_out.rows:
            seen = self._trainer.look()
            margins = {pair: margin for one in seen for pair, margin in one.margins.items()}
            losses = [loss for one in seen for loss in one.terms.pair_losses.tolist()]
            self._watch.held_out(HeldOut(step=step, loss=sum(losses) / len(losses), margins=margins))
        items = self._job.flagged.head(self._config.shown_items)
        if items.height:
            texts = say(self._loaded, items, self._config)
            self._watch.samples(step, list(zip(items["caption_id"].to_list(), texts, strict=True)))

    def _told(self, step: int, seen: Seen, margins: Mapping[str, float], seconds: float) -> Step:
        terms, sums = seen.terms, seen.scored.logps.detach().sum(dim=1)
        chosen, rejected = sums.chunk(2)
        wins = [1.0 if margin > 0 else 0.5 if margin == 0 else 0.0 for margin in margins.values()]
        return Step(
            step=step,
            steps=self._steps,
            loss=seen.loss,
            margin=sum(margins.values()) / len(margins),
            accuracy=sum(wins) / len(wins),
            chosen_reward=float(terms.chosen_reward.mean()),
            rejected_reward=float(terms.rejected_reward.mean()),
            grad_norm=self._trainer.gradient_norm,
            learning_rate=learning_rate_at(step, self._steps, self._config),
            tokens=seen.tokens,
            seconds=seconds,
            chosen_logp=float(chosen.mean()),
            rejected_logp=float(rejected.mean()),
            pair_margins=margins,
        )

    def _save(self, step: int) -> None:
        optimizer = getattr(self._trainer.optimizer, "optimizer", self._trainer.optimizer)
        told = {
            "step": step,
            "beliefs": self._beliefs.as_json() if self._beliefs else None,
            "engine": TrlEngine.name,
        }
        path = write_checkpoint(self._folder.checkpoint(step), self._trainer.model, optimizer, told)
        self._watch.checkpoint(step, path)

    def _resume(self) -> str | None:
        """Return the checkpoint to go on from, with what the trainer itself must find in it."""
        path = self._job.resume_from
        if path is None:
            return None
        facts = read_facts(path)
        if facts.get("engine") != TrlEngine.name:
            raise RunError(
                f"{path.name} is a checkpoint of the engine {facts.get('engine')!r}.",
                f"Resume with engine={facts.get('engine')!r}.",
            )
        if self._beliefs and isinstance(facts.get("beliefs"), str):
            self._beliefs.restore(str(facts["beliefs"]))
        state = self._trainer.state
        state.global_step, state.train_batch_size = facts["step"], self._config.batch_pairs
        state.save_to_json(str(path / "trainer_state.json"))
        return str(path)


def _listener(training: _Training) -> Any:
    from transformers import TrainerCallback

    class Listener(TrainerCallback):  # type: ignore[misc]  # transformers has no types
        """Hands each step on."""

        def on_step_end(self, args: Any, state: Any, control: Any, **_: Any) -> Any:
            """Tell of the step; stop when asked to."""
            if training.after_step(int(state.global_step)):
                control.should_training_stop = True
            return control

    return Listener()


def _pairs_of(rows: pl.DataFrame, loaded: Loaded, config: RunConfig) -> Pairs:
    """Return the pairs that are not too long, as the other engine counts it."""
    examples = make_examples(rows, loaded, config)
    kept = rows.filter(pl.col("pair_id").is_in([example.pair_id for example in examples]))
    return Pairs(list(kept.iter_rows(named=True)), examples, make_dataset(kept, loaded, config))


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Hold back the bars of datasets, which tokenises in a moment."""
    import datasets

    was_on = datasets.utils.are_progress_bars_disabled()
    datasets.disable_progress_bars()
    try:
        yield
    finally:
        if not was_on:
            datasets.enable_progress_bars()
