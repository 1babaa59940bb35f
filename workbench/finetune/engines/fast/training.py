"""The loop: a step, a look at what was held out, a checkpoint, until all is done or a stop is asked."""

from __future__ import annotations

import dataclasses
import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from workbench.errors import RunError
from workbench.finetune.checkpoints import read_checkpoint, read_facts, write_checkpoint
from workbench.finetune.config import RunConfig
from workbench.finetune.directory import RunFolder
from workbench.finetune.engines.base import HeldOut, Watch
from workbench.finetune.engines.fast.batches import BatchScorer
from workbench.finetune.engines.fast.optimizing import make_optimizer, trained_weights
from workbench.finetune.engines.fast.telling import make_step, read_terms
from workbench.finetune.examples import Example
from workbench.finetune.losses import compute_loss, settings_of
from workbench.finetune.losses.base import Scored, Terms
from workbench.finetune.losses.batch import facts_of
from workbench.finetune.losses.beliefs import beliefs_of
from workbench.finetune.models import Loaded
from workbench.finetune.order import learning_rate_at, plan_batches

__all__ = ["Pairs", "Training"]

#: Pairs that are looked at together where nothing is learned.
_LOOKED_AT: Final = 32


@dataclass(frozen=True)
class Pairs:
    """Pairs as rows of `ROW_SCHEMA` and as tokens, in the same order."""

    frame: pl.DataFrame
    rows: Sequence[Mapping[str, object]]
    examples: Sequence[Example]

    def stretches(self) -> Iterator[list[int]]:
        """Yield numbers of pairs, those of one sample near each other."""
        order = sorted(
            range(len(self.rows)), key=lambda number: (str(self.rows[number]["sample_id"]), number)
        )
        yield from (order[start : start + _LOOKED_AT] for start in range(0, len(order), _LOOKED_AT))


class Training:
    """A training under way.

    Args:
        loaded: the model, with what is to be trained in it.
        config: of the run.
        pairs: to train on.
        scorer: scores them.

    Attributes:
        step: the last one done.
        plan: the pairs of each step, by number.
    """

    def __init__(self, loaded: Loaded, config: RunConfig, pairs: Pairs, scorer: BatchScorer) -> None:
        self._loaded, self._config, self._pairs, self._scorer = loaded, config, pairs, scorer
        self._trained = trained_weights(loaded.model)
        self._optimizer = make_optimizer(self._trained, config)
        self._beliefs = beliefs_of(pairs.frame, config)
        self._settings = settings_of(config)
        self.plan = plan_batches([str(row["sample_id"]) for row in pairs.rows], config)
        self.step = 0

    @property
    def parameters(self) -> int:
        """How many numbers are trained."""
        return sum(one.numel() for one in self._trained.values())

    def ask_reference(self, held_out: Pairs) -> None:
        """Ask the untuned model about every pair that is not known yet; before anything is trained."""
        if self._ask([*self._pairs.examples, *held_out.examples]):
            self._scorer.cache.save()

    def try_step(self, numbers: Sequence[int]) -> float:
        """Return the loss of some pairs, by number, and leave its gradient; nothing is learned or kept."""
        import torch

        asked = self._ask([self._pairs.examples[number] for number in numbers])
        terms, _, _ = self._terms(self._pairs, numbers, is_training=True)
        torch.autograd.backward(terms.loss)
        # Asked again among others: numbers differ in the last digit by what is computed together.
        self._scorer.cache.forget(asked)
        return float(terms.loss.detach())

    def _ask(self, examples: Sequence[Example]) -> list[Example]:
        """Ask the untuned model about those pairs that are not known yet; return them."""
        if "reference" not in self._scorer.method.needs or self._scorer.is_moving:
            return []
        cache = self._scorer.cache
        missing = cache.missing(examples)
        missing.sort(key=lambda one: (one.pictures, one.prompt_ids))
        for start in range(0, len(missing), _LOOKED_AT):
            part = missing[start : start + _LOOKED_AT]
            cache.add(part, self._scorer.reference_of(part))
        return missing

    def resume(self, checkpoint: Path) -> None:
        """Go on from a checkpoint of the same run, to the bit.

        Raises:
            RunError: when it was written by another engine, or cannot be read.
        """
        facts = read_facts(checkpoint)
        if facts.get("engine") != "fast":
            raise RunError(
                f"The checkpoint {checkpoint.name} was written by {facts.get('engine')!r}, not by fast.",
                "Resume with the engine that wrote it, or start a new run.",
            )
        read_checkpoint(checkpoint, self._loaded.model, self._optimizer)
        self.step = int(str(facts["step"]))
        if self._beliefs is not None:
            self._beliefs.restore(str(facts["beliefs"]))
        if self._scorer.former is not None and self._scorer.is_moving:
            self._scorer.former.read(checkpoint)

    def run(self, watch: Watch, folder: RunFolder, held_out: Pairs, flagged: pl.DataFrame) -> bool:
        """Go on to the end; return False when asked to stop before.

        Raises:
            RunError: when a loss is no number, or a checkpoint cannot be written.
        """
        config = self._config
        if self.step == 0:
            self._look(watch, held_out, flagged)
        while self.step < len(self.plan):
            self.take_step(watch)
            is_last = self.step == len(self.plan)
            if is_last or (config.evaluate_every and self.step % config.evaluate_every == 0):
                self._look(watch, held_out, flagged)
            is_stopped = not is_last and watch.should_stop()
            if is_last or is_stopped or (config.save_every and self.step % config.save_every == 0):
                self._save(watch, folder)
            if is_stopped:
                return False
        return True

    def take_step(self, watch: Watch) -> None:
        """Learn from the next batch, and tell of it."""
        import torch

        started = time.perf_counter()
        numbers = self.plan[self.step]
        rate = learning_rate_at(self.step + 1, len(self.plan), self._config)
        for group in self._optimizer.param_groups:
            group["lr"] = rate
        self._optimizer.zero_grad(set_to_none=True)
        terms, scored, nodes = self._terms(self._pairs, numbers, is_training=True)
        torch.autograd.backward(terms.loss)
        norm = torch.nn.utils.clip_grad_norm_(
            list(self._trained.values()), self._config.gradient_clip or math.inf
        )
        told = read_terms(terms, scored, norm)
        names = [self._pairs.examples[number].pair_id for number in numbers]
        step = make_step(told, names, self.step + 1, len(self.plan), rate, nodes)
        if is_sound := math.isfinite(told.loss) and math.isfinite(told.grad_norm):
            self._optimizer.step()
            self.step += 1
            self._follow(step.pair_margins)
        watch.step(dataclasses.replace(step, seconds=time.perf_counter() - started))
        if not is_sound:
            raise RunError(
                f"Step {step.step} gave a loss of {told.loss} and a gradient of {told.grad_norm}, from which "
                "nothing can be learned.",
                "Take a lower learning rate, and f32 if it was bf16; the checkpoints before are whole.",
            )

    def _follow(self, margins: Mapping[str, float]) -> None:
        """Let whatever else learns take its step."""
        if self._beliefs is not None:
            self._beliefs.learn(margins)
        if not self._scorer.is_moving or self._scorer.former is None:
            return
        if self.step % max(1, int(self._settings["sync_steps"])) == 0:
            self._scorer.former.follow(self._settings["sync_weight"])

    def _terms(self, pairs: Pairs, numbers: Sequence[int], *, is_training: bool) -> tuple[Terms, Scored, int]:
        examples = [pairs.examples[number] for number in numbers]
        facts = facts_of(
            [pairs.rows[number] for number in numbers],
            examples,
            self._config,
            device=self._loaded.device,
            beliefs=self._beliefs if is_training else None,
        )
        scored, nodes = self._scorer.score(examples)
        return compute_loss(self._config.method, scored, facts, self._settings), scored, nodes

    def _look(self, watch: Watch, held_out: Pairs, flagged: pl.DataFrame) -> None:
        """Look at what was held out, and hear what the model says of flagged items."""
        import torch

        losses = 0.0
        margins: dict[str, float] = {}
        with torch.no_grad():
            for numbers in held_out.stretches():
                terms, scored, _ = self._terms(held_out, numbers, is_training=False)
                told = read_terms(terms, scored)
                losses += told.loss * len(numbers)
                names = [held_out.examples[number].pair_id for number in numbers]
                margins |= dict(zip(names, told.margins, strict=True))
        if margins:
            watch.held_out(HeldOut(step=self.step, loss=losses / len(margins), margins=margins))
        shown = flagged.head(self._config.shown_items)
        if shown.height:
            from workbench.finetune.evaluation.generation import say

            texts = say(self._loaded, shown, self._config)
            watch.samples(self.step, list(zip(shown["caption_id"].to_list(), texts, strict=True)))

    def _save(self, watch: Watch, folder: RunFolder) -> None:
        former = self._scorer.former if self._scorer.is_moving else None
        place = write_checkpoint(
            folder.checkpoint(self.step),
            self._loaded.model,
            self._optimizer,
            {
                "engine": "fast",
                "step": self.step,
                "beliefs": self._beliefs.as_json() if self._beliefs else "",
            },
            more={"reference": former.weights} if former else {},
        )
        watch.checkpoint(self.step, place)
