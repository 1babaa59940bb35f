"""Train by TRL: the reference, for every model that TRL can train."""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import polars as pl

from workbench.errors import MissingExtraError, RunError
from workbench.finetune.checkpoints import read_facts, write_checkpoint
from workbench.finetune.config import RunConfig
from workbench.finetune.directory import RunFolder
from workbench.finetune.engines.base import HeldOut, Job, Step, Trained, Watch
from workbench.finetune.engines.fast.optimizing import trained_weights
from workbench.finetune.engines.fast.reference import FormerWeights
from workbench.finetune.engines.trl.carrying import Pairs, Seen, inner_optimizer
from workbench.finetune.engines.trl.dataset import make_dataset
from workbench.finetune.engines.trl.trainer import make_trainer
from workbench.finetune.evaluation.generation import say
from workbench.finetune.examples import make_examples
from workbench.finetune.losses import LOSSES
from workbench.finetune.losses.beliefs import Beliefs, beliefs_of
from workbench.finetune.methods import method_of
from workbench.finetune.models import Loaded, load_model, locate_model
from workbench.finetune.opening import read_files
from workbench.finetune.order import learning_rate_at, plan_batches
from workbench.finetune.preflight import Preflight, preflight_model
from workbench.finetune.rows import HELD_OUT, ROW_SCHEMA, TRAIN, fit_rows
from workbench.finetune.weights import save_weights

__all__ = ["TrlEngine"]


class TrlEngine:
    """TRL's trainer, with pairs in the order of the other engine."""

    name = "trl"

    def refuse(self, job: Job) -> str:
        """Return why TRL cannot do this job, without loading a model; "" when it can."""
        config = job.config
        method = method_of(config.method)
        if method.kind == "reward" and read_files(locate_model(config.model)).takes_pictures:
            return "TRL trains judges of text alone"
        if config.device.partition(":")[2] not in ("", "0"):
            return f"TRL takes the first GPU that it sees, not {config.device}"
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
        self._is_judge = method_of(job.config.method).kind == "reward"
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
        parameters = sum(weights.numel() for weights in trained_weights(trainer.model).values())
        with _quiet():
            looked = None if resumed else self._try()
            self._watch.start(
                {
                    "steps": self._steps, "pairs": len(self._pairs.rows), "parameters": parameters,
                    "engine": TrlEngine.name, "why": self._job.why, "device": self._loaded.device,
                    "precision": self._loaded.precision, "loss": "trl" if trainer.is_stock else "ours",
                    "findings": looked.as_events() if looked else [],
                }
            )  # fmt: skip
            if looked:
                looked.refuse()
                self.look(0)
            self._mark = time.perf_counter()
            trainer.train(resume_from_checkpoint=resumed)
        step = int(trainer.state.global_step)
        if step < self._steps:
            return Trained(step, is_whole=False, weights=None)
        return Trained(
            step, is_whole=True, weights=save_weights(self._loaded, self._config, self._folder.weights)
        )

    def _try(self) -> Preflight:
        """Look at the model and the pairs, with one step that does not count."""
        rows = fit_rows(self._job.rows, TRAIN)
        return preflight_model(
            self._loaded, rows, self._pairs.examples, self._config, take_step=self._trainer.try_step
        )

    def after_step(self, step: int) -> bool:
        """Tell of a step, look and save where it is time; return whether to stop."""
        seen: Seen = self._trainer.seen
        margins = seen.margins
        done = self._told(step, seen, margins, time.perf_counter() - self._mark)
        self._watch.step(done)
        if not (math.isfinite(done.loss) and math.isfinite(done.grad_norm)):
            raise RunError(
                f"Step {step} gave a loss of {done.loss} and a gradient of {done.grad_norm}, from which "
                "nothing can be learned.",
                "Take a lower learning rate, and f32 if it was bf16; the checkpoints before are whole.",
            )
        self._follow(step, margins)
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
            loss = sum(one.loss * len(one.pair_ids) for one in seen) / len(margins)
            self._watch.held_out(HeldOut(step=step, loss=loss, margins=margins))
        items = self._job.flagged.head(self._config.shown_items)
        if items.height and not self._is_judge:
            texts = say(self._loaded, items, self._config)
            self._watch.samples(step, list(zip(items["caption_id"].to_list(), texts, strict=True)))

    def _follow(self, step: int, margins: Mapping[str, float]) -> None:
        """Let whatever else learns take its step."""
        if self._beliefs:
            self._beliefs.learn(margins)
        settings, former = self._config.settings, self._former
        if former and step % max(1, int(settings["sync_steps"] or 1)) == 0:
            former.follow(self._config.setting("sync_weight"))

    @property
    def _former(self) -> FormerWeights | None:
        """The reference, where it moves."""
        is_moving = "moving_reference" in method_of(self._config.method).needs
        former: FormerWeights | None = self._trainer.former
        return former if is_moving else None

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
            chosen_logp=None if self._is_judge else float(chosen.mean()),
            rejected_logp=None if self._is_judge else float(rejected.mean()),
            pair_margins=margins,
        )

    def _save(self, step: int) -> None:
        trainer, former = self._trainer, self._former
        told = {
            "engine": TrlEngine.name,
            "step": step,
            "beliefs": self._beliefs.as_json() if self._beliefs else "",
        }
        path = write_checkpoint(
            self._folder.checkpoint(step), trainer.model, inner_optimizer(trainer.optimizer), told,
            more={"reference": former.weights} if former else {},
        )  # fmt: skip
        self._watch.checkpoint(step, path)

    def _resume(self) -> str | None:
        """Return the checkpoint to go on from, with what the trainer itself must find in it."""
        path = self._job.resume_from
        if path is None:
            return None
        facts = read_facts(path)
        if facts.get("engine") != TrlEngine.name:
            raise RunError(
                f"The checkpoint {path.name} was written by {facts.get('engine')!r}, not by trl.",
                "Resume with the engine that wrote it, or start a new run.",
            )
        if self._beliefs:
            self._beliefs.restore(str(facts["beliefs"]))
        if self._former:
            self._former.read(path)
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
