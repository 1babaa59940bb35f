"""What every trainer of TRL is given from outside: our order of pairs, our facts, looks and checkpoints."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from workbench.finetune.checkpoints import load_optimizer, load_weights
from workbench.finetune.config import RunConfig
from workbench.finetune.engines.fast.optimizing import trained_weights
from workbench.finetune.engines.fast.reference import FormerWeights
from workbench.finetune.engines.trl.arguments import stock_loss
from workbench.finetune.engines.trl.asking import ASKS_ANEW, Asker
from workbench.finetune.engines.trl.dataset import NUMBER
from workbench.finetune.examples import Example
from workbench.finetune.losses import compute_loss, settings_of
from workbench.finetune.losses.base import Scored, Terms
from workbench.finetune.losses.batch import facts_of
from workbench.finetune.losses.beliefs import Beliefs
from workbench.finetune.methods import method_of

if TYPE_CHECKING:
    import torch

__all__ = ["Pairs", "Seen", "carry", "inner_optimizer"]


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


def carry(trainer: Any) -> Any:
    """Return a trainer of TRL that takes our batches and facts, and tells what it saw pair by pair.

    What is TRL's stays TRL's: words, tokens, padding, the model's pass, and the losses that it has.

    Args:
        trainer: the class.
    """
    import torch

    class Carried(trainer):  # type: ignore[misc]  # trl has no types
        """Ours around TRL's."""

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

        def settle(self, inputs: Mapping[str, Any], numbers: Sequence[int], scored: Scored, loss: Any) -> Any:
            """Return the loss to train on: TRL's where it has one, else ours; keep what was seen."""
            rows = [self._pairs.rows[number] for number in numbers]
            examples = [self._pairs.examples[number] for number in numbers]
            facts = facts_of(
                rows, examples, self._config, device=str(scored.logps.device), beliefs=self._beliefs
            )
            terms = compute_loss(self._config.method, scored, facts, self._settings)
            loss = loss if self.is_stock else terms.loss
            self.seen = Seen(
                [str(row["pair_id"]) for row in rows], scored, terms, float(loss.detach()),
                int(inputs["attention_mask"].sum()),
            )  # fmt: skip
            return loss

        def complete(
            self, model: Any, inputs: Mapping[str, Any], numbers: Sequence[int], scored: Scored
        ) -> Scored:
            """Ask what else the method needs to know."""
            if self._asker is None:
                return scored
            told = [self._pairs.dataset[number] for number in numbers]
            examples = [self._pairs.examples[number] for number in numbers]
            return self._asker.complete(scored, model, inputs, told, examples)

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
                return self.compute_loss(self.model, batch)

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

    return Carried


def _without_number(example: Mapping[str, Any]) -> dict[str, Any]:
    """Return a copy: TRL's collator of pictures writes into what it is handed."""
    return {name: value for name, value in example.items() if name != NUMBER}


def inner_optimizer(optimizer: Any) -> torch.optim.Optimizer:
    """Return the optimiser of torch within what accelerate wraps around it."""
    inner: torch.optim.Optimizer = getattr(optimizer, "optimizer", optimizer)
    return inner
