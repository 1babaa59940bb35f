"""TRL's trainer of preferences, taking our batches and facts and telling what it saw pair by pair.

What is TRL's stays TRL's: words, tokens, padding, the model's pass, and the loss of every method that it has.
For the others it computes the log-probabilities, and the loss is ours.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.finetune.checkpoints import load_optimizer, load_weights
from workbench.finetune.config import RunConfig
from workbench.finetune.engines.fast.optimizing import trained_weights
from workbench.finetune.engines.fast.reference import FormerWeights
from workbench.finetune.engines.trl.arguments import make_arguments, stock_loss
from workbench.finetune.engines.trl.asking import ASKS_ANEW, Asker
from workbench.finetune.engines.trl.dataset import NUMBER
from workbench.finetune.engines.trl.scoring import listen, scored_from
from workbench.finetune.examples import Example
from workbench.finetune.losses import compute_loss, settings_of
from workbench.finetune.losses.base import Scored, Terms
from workbench.finetune.losses.batch import facts_of
from workbench.finetune.losses.beliefs import Beliefs
from workbench.finetune.methods import method_of
from workbench.finetune.models import Loaded, free_weights, make_lora

if TYPE_CHECKING:
    import torch

__all__ = ["Pairs", "Seen", "inner_optimizer", "make_trainer"]


@dataclass(frozen=True)
class Pairs:
    """Pairs that a trainer learns from or looks at.

    Attributes:
        rows: (n) of `ROW_SCHEMA`.
        examples: (n) the same as tokens, as our own reading has them.
        dataset: the same for TRL.
    """

    rows: list[dict[str, object]]
    examples: list[Example]
    dataset: Any = field(repr=False)


@dataclass(frozen=True)
class Seen:
    """What one batch came to.

    Attributes:
        pair_ids: (n) in the order of the batch.
        scored: log-probabilities of their answers.
        terms: the loss as our formula has it, and the rewards.
        loss: that was trained on.
        tokens: read by the model that is trained.
    """

    pair_ids: list[str]
    scored: Scored = field(repr=False)
    terms: Terms = field(repr=False)
    loss: float
    tokens: int

    @property
    def margins(self) -> dict[str, float]:
        """Reward of chosen less rejected, by pair id."""
        found = (self.terms.chosen_reward - self.terms.rejected_reward).tolist()
        return dict(zip(self.pair_ids, found, strict=True))


def make_trainer(
    loaded: Loaded,
    config: RunConfig,
    pairs: Pairs,
    held_out: Pairs,
    batches: Sequence[Sequence[int]],
    folder: Path,
    *,
    beliefs: Beliefs | None = None,
) -> Any:
    """Return a trainer of TRL, ready to train.

    Args:
        loaded: as it is before tuning, without adapters: TRL puts them in as it documents.
        config: of the run.
        pairs: of training.
        held_out: that `look` looks at; may be none.
        batches: which of them each step takes.
        folder: of the run.
        beliefs: what is believed of annotators, for methods that learn it.

    Returns:
        A `DPOTrainer` with `look()` and `seen`, the last batch.
    """
    if loaded.processor is not None and not getattr(loaded.processor, "chat_template", None):
        loaded.processor.chat_template = loaded.tokenizer.chat_template
    adapters, reference = None, None
    if config.trains == "lora":
        adapters = make_lora(loaded, config)
    else:
        # TRL would load the reference from the name in the model's config, which a folder can lie about.
        reference = copy.deepcopy(loaded.model)
        free_weights(loaded)
    kind = loaded.device.partition(":")[0]
    trainer = _trainer_class()(
        model=loaded.model,
        ref_model=reference,
        args=make_arguments(config, len(batches), folder, kind, bf16=loaded.precision == "bf16"),
        train_dataset=pairs.dataset,
        eval_dataset=held_out.dataset if held_out.rows else None,
        processing_class=loaded.processor or loaded.tokenizer,
        peft_config=adapters,
    )
    trainer.know(config, pairs, held_out, batches, beliefs)
    _silence(trainer)
    return trainer


@cache
def _trainer_class() -> Any:
    """Return the class, made late because TRL takes seconds to import."""
    import torch
    from trl import DPOTrainer

    class PairTrainer(DPOTrainer):  # type: ignore[misc]  # trl has no types
        """TRL's trainer of preferences with our order of pairs, our facts and our checkpoints."""

        def know(
            self,
            config: RunConfig,
            pairs: Pairs,
            held_out: Pairs,
            batches: Sequence[Sequence[int]],
            beliefs: Beliefs | None,
        ) -> None:
            """Take what the base class has no place for."""
            self._config, self._beliefs = config, beliefs
            # The base class has turned the texts of these into tokens; pictures it reads as they come.
            self._pairs = replace(pairs, dataset=self.train_dataset)
            self._held_out = replace(held_out, dataset=self.eval_dataset)
            self._settings = settings_of(config)
            self._batches = [list(batch) for batch in batches]
            has_ties = any(row["status"] == "tie" for row in pairs.rows)
            self.is_stock = bool(stock_loss(config)[0]) and not has_ties
            self.seen: Seen | None = None
            self.gradient_norm = 0.0
            self._collate_plain: Any = self.data_collator
            needs = method_of(config.method).needs
            self.former = FormerWeights(trained_weights(self.model)) if ASKS_ANEW & needs else None
            self._asker = Asker(needs, self.former, self._collate_on_device) if self.former else None

        def get_train_dataloader(self) -> Any:
            """Return the planned batches, in their order."""
            return torch.utils.data.DataLoader(
                self.train_dataset, batch_sampler=self._batches, collate_fn=self._collate
            )

        def _compute_loss(self, model: Any, inputs: dict[str, Any], return_outputs: bool) -> Any:
            """Return TRL's loss where it has one, else ours on what TRL computed."""
            given = dict(inputs)
            numbers = given.pop(NUMBER).tolist()
            rows = [self._pairs.rows[number] for number in numbers]
            examples = [self._pairs.examples[number] for number in numbers]
            models = [model] if self.ref_model is None else [model, self.ref_model]
            with listen(models) as heard:
                loss = super()._compute_loss(model, given, return_outputs)
            scored = scored_from(heard, given["completion_mask"])
            if self._asker:
                told = [self._pairs.dataset[number] for number in numbers]
                scored = self._asker.complete(scored, model, given, told, examples)
            facts = facts_of(
                rows, examples, self._config, device=str(scored.logps.device), beliefs=self._beliefs
            )
            terms = compute_loss(self._config.method, scored, facts, self._settings)
            loss = loss if self.is_stock else terms.loss
            self.seen = Seen(
                [str(row["pair_id"]) for row in rows], scored, terms, float(loss.detach()),
                int(given["attention_mask"].sum()),
            )  # fmt: skip
            return loss

        def try_step(self, numbers: Sequence[int]) -> float:
            """Return the loss of some pairs of training, and leave its gradient; nothing is learned."""
            self.model.train()
            loss = self._loss_of(numbers)
            loss.backward()
            self._metrics["train"].clear()
            return float(loss.detach())

        def look(self) -> list[Seen]:
            """Return what the model makes of the held-out pairs now, without learning from them."""
            known, beliefs, was_training = self._pairs, self._beliefs, self.model.training
            self._pairs, self._beliefs = self._held_out, None
            self.model.eval()
            found: list[Seen] = []
            size, count = self._config.batch_pairs, len(self._held_out.rows)
            try:
                for start in range(0, count, size):
                    with torch.no_grad():
                        self._loss_of(range(start, min(start + size, count)))
                    assert self.seen is not None
                    found.append(self.seen)
            finally:
                self._pairs, self._beliefs = known, beliefs
                self.model.train(was_training)
            return found

        def _loss_of(self, numbers: Sequence[int]) -> Any:
            batch = self._prepare_inputs(self._collate([self._pairs.dataset[number] for number in numbers]))
            # Before `train` the model is not wrapped yet, and would compute in the precision of its weights.
            with self.accelerator.autocast():
                return self._compute_loss(self.model, batch, False)

        def _collate(self, examples: Sequence[Mapping[str, Any]]) -> Any:
            """Return what TRL's collator makes, with the number of each pair beside it."""
            numbers = torch.tensor([example[NUMBER] for example in examples])
            made = self._collate_plain([_without_number(example) for example in examples])
            made[NUMBER] = numbers
            return made

        def _collate_on_device(self, examples: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
            made = self._collate_plain([_without_number(example) for example in examples])
            return dict(self._prepare_inputs(made))

        def _get_grad_norm(self, model: Any, grad_norm: Any = None) -> Any:
            found = super()._get_grad_norm(model, grad_norm=grad_norm)
            self.gradient_norm = float(found)
            return found

        def _load_from_checkpoint(self, resume_from_checkpoint: str, model: Any = None) -> None:
            load_weights(Path(resume_from_checkpoint), self.model)

        def _load_optimizer_and_scheduler(self, checkpoint: str | None) -> None:
            if checkpoint is not None:
                load_optimizer(Path(checkpoint), inner_optimizer(self.optimizer))
                # What a scheduler knows is how many steps were done; its rates follow from the config.
                self.lr_scheduler.last_epoch = self.state.global_step
                self.lr_scheduler._last_lr = [group["lr"] for group in self.optimizer.param_groups]

        def _load_rng_state(self, checkpoint: str | None) -> None:
            """Chance has come back with the optimiser."""

        def log(self, logs: Mapping[str, float], start_time: float | None = None) -> None:
            """Drop the trainer's own means: what is told comes from `seen`."""
            for kept in self._metrics.values():
                kept.clear()

    return PairTrainer


def _without_number(example: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy: TRL's collator of pictures writes into what it is handed."""
    return {name: value for name, value in example.items() if name != NUMBER}


def inner_optimizer(optimizer: Any) -> torch.optim.Optimizer:
    """Return the optimiser of torch within what accelerate wraps around it."""
    inner: torch.optim.Optimizer = getattr(optimizer, "optimizer", optimizer)
    return inner


def _silence(trainer: Any) -> None:
    from transformers.trainer_callback import PrinterCallback, ProgressCallback

    for kind in (PrinterCallback, ProgressCallback):
        trainer.remove_callback(kind)
