"""TRL's trainers of preferences and of judges, made ready for a run.

For methods that TRL does not have its trainer computes the log-probabilities, and the loss is ours.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from workbench.finetune.config import RunConfig
from workbench.finetune.engines.trl.arguments import make_arguments
from workbench.finetune.engines.trl.carrying import Pairs, carry
from workbench.finetune.engines.trl.dataset import NUMBER
from workbench.finetune.engines.trl.scoring import judged_from, listen, scored_from
from workbench.finetune.losses.beliefs import Beliefs
from workbench.finetune.methods import method_of
from workbench.finetune.models import Loaded, free_weights, make_lora

__all__ = ["make_trainer"]


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
        A trainer with `look()` and `seen`, the last batch.
    """
    if loaded.processor is not None and not getattr(loaded.processor, "chat_template", None):
        loaded.processor.chat_template = loaded.tokenizer.chat_template
    is_judge = method_of(config.method).kind == "reward"
    adapters, reference = None, {}
    if config.trains == "lora":
        adapters = make_lora(loaded, config)
    else:
        # TRL would load the reference from the name in the model's config, which a folder can lie about.
        reference = {} if is_judge else {"ref_model": copy.deepcopy(loaded.model)}
        free_weights(loaded)
    trainer = (_judge_trainer() if is_judge else _pair_trainer())(
        model=loaded.model,
        args=make_arguments(config, len(batches), folder, loaded),
        train_dataset=pairs.dataset,
        eval_dataset=held_out.dataset if held_out.rows else None,
        processing_class=loaded.processor or loaded.tokenizer,
        peft_config=adapters,
        **reference,
    )
    trainer.know(config, pairs, held_out, batches, beliefs)
    _silence(trainer)
    return trainer


@cache
def _pair_trainer() -> Any:
    """Return the class, made late because TRL takes seconds to import."""
    from trl import DPOTrainer

    class PairTrainer(carry(DPOTrainer)):  # type: ignore[misc]  # trl has no types
        """TRL's trainer of preferences."""

        def _compute_loss(self, model: Any, inputs: dict[str, Any], return_outputs: bool) -> Any:
            given = dict(inputs)
            numbers = given.pop(NUMBER).tolist()
            models = [model] if self.ref_model is None else [model, self.ref_model]
            with listen(models, "log_probs") as heard:
                loss = super()._compute_loss(model, given, return_outputs)
            scored = scored_from(heard, given["completion_mask"])
            return self.settle(given, numbers, self.complete(model, given, numbers, scored), loss)

    return PairTrainer


@cache
def _judge_trainer() -> Any:
    from trl import RewardTrainer

    class JudgeTrainer(carry(RewardTrainer)):  # type: ignore[misc]  # trl has no types
        """TRL's trainer of models that give an answer a number."""

        def compute_loss(
            self,
            model: Any,
            inputs: dict[str, Any],
            return_outputs: bool = False,
            num_items_in_batch: Any = None,
        ) -> Any:
            given = dict(inputs)
            numbers = given.pop(NUMBER).tolist()
            with listen([model], "logits") as heard:
                loss = super().compute_loss(model, given)
            return self.settle(given, numbers, judged_from(heard), loss)

    return JudgeTrainer


def _silence(trainer: Any) -> None:
    from transformers.trainer_callback import PrinterCallback, ProgressCallback

    for kind in (PrinterCallback, ProgressCallback):
        trainer.remove_callback(kind)
