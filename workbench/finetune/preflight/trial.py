"""One step on the longest batch, before any that counts: what it loses, how steep it is, what it takes."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

import polars as pl

from workbench.finetune.config import RunConfig
from workbench.finetune.examples import Example
from workbench.finetune.models import Loaded
from workbench.finetune.order import plan_batches
from workbench.finetune.pictures import pictures_of
from workbench.finetune.preflight.memory import Estimate, estimate_memory, free_bytes, size_of_model
from workbench.finetune.wording import word_pair

if TYPE_CHECKING:
    import torch

__all__ = ["Outcome", "TakeStep", "Trial", "take_padded_step"]

_MOST_KINDS: Final = 8  # sizes of picture that are tried one by one, the largest
_BETA: Final = 0.1  # where the method has none

#: Computes the loss of some examples, by number, and leaves its gradients on the weights.
TakeStep = Callable[[Sequence[int]], float]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a step that does not count.

    Attributes:
        loss: of the longest batch; NaN when it did not come to that.
        grad_norm: over everything that is trained.
        seconds: it took.
        peak_bytes: most memory of a GPU while it went; None elsewhere.
        fault: why it could not be done; "" when it could.
        number: of the example that could not be done; None for the batch as a whole.
    """

    loss: float = math.nan
    grad_norm: float = math.nan
    seconds: float = 0.0
    peak_bytes: int | None = None
    fault: str = ""
    number: int | None = None


@dataclass(frozen=True)
class Trial:
    """A model ready to be tuned, and what it will be tuned on.

    Attributes:
        loaded: with its adapters, or with its own weights freed.
        rows: the fit rows of train.
        examples: of those that are not too long.
        config: what is asked for.
        take_step: by the engine; None takes a plain padded one.
    """

    loaded: Loaded
    rows: pl.DataFrame
    examples: Sequence[Example]
    config: RunConfig
    take_step: TakeStep | None = None

    @cached_property
    def trained(self) -> list[Any]:
        """The weights that learn."""
        return [one for one in self.loaded.model.parameters() if one.requires_grad]

    @cached_property
    def longest(self) -> list[int]:
        """The numbers of the examples in the step with the most tokens."""
        groups = dict(self.rows.select("pair_id", "sample_id").iter_rows())
        batches = plan_batches([str(groups[one.pair_id]) for one in self.examples], self.config)
        return max(batches, key=lambda batch: sum(self.examples[n].longest for n in batch), default=[])

    @cached_property
    def estimate(self) -> Estimate:
        """The least memory of the longest step, beyond what the weights take already."""
        mine = [self.examples[number] for number in self.longest]
        answers = sum(len(one.chosen_ids) + len(one.rejected_ids) for one in mine)
        # An engine may compute a prompt that is shared once; none computes less.
        prompts = sum(len(ids) for ids in {one.prompt_ids for one in mine})
        size = size_of_model(self.loaded.bare.config, None)
        whole = estimate_memory(
            size, self.config, tokens=answers + prompts, answer_tokens=answers,
            is_bf16=self.loaded.precision == "bf16",
        )  # fmt: skip
        training = sum(one.numel() for one in self.trained) * 12
        return Estimate(0, training, whole.activations, whole.head)

    @cached_property
    def free(self) -> int | None:
        """What the device can still give."""
        return free_bytes(self.loaded.device)

    @property
    def fits(self) -> bool:
        """Whether there may be memory enough."""
        return self.free is None or self.estimate.total <= self.free

    @cached_property
    def outcome(self) -> Outcome:
        """What comes of a step on the longest batch, after one on each number of picture tokens."""
        try:
            for number in self._kinds():
                tried = self._try([number])
                if tried.fault:
                    return Outcome(fault=tried.fault, number=number)
            return self._try(self.longest)
        finally:
            for weights in self.trained:
                weights.grad = None

    def _kinds(self) -> list[int]:
        """Return an example of each number of tokens that pictures become, of the largest eight."""
        mark = getattr(self.loaded.processor, "image_token", None)
        if mark is None:
            return []
        token = self.loaded.tokenizer.convert_tokens_to_ids(mark)
        first: dict[int, int] = {}
        for number, one in enumerate(self.examples):
            first.setdefault(one.prompt_ids.count(token), number)
        return [first[count] for count in sorted(first, reverse=True)[:_MOST_KINDS] if count]

    def _try(self, numbers: Sequence[int]) -> Outcome:
        import torch

        is_cuda = self.loaded.device.startswith("cuda")
        if is_cuda:
            torch.cuda.reset_peak_memory_stats(self.loaded.device)
        started = time.perf_counter()
        take = self.take_step or (lambda some: take_padded_step(self, some))
        for weights in self.trained:
            weights.grad = None
        try:
            loss = take(numbers)
        except (torch.OutOfMemoryError, MemoryError) as error:
            return Outcome(fault=f"out of memory: {_first_line(error)}")
        except (RuntimeError, ValueError, IndexError, TypeError, KeyError) as error:
            return Outcome(fault=f"{type(error).__name__}: {_first_line(error)}")
        norms = [float(one.grad.detach().float().norm()) for one in self.trained if one.grad is not None]
        return Outcome(
            loss,
            math.sqrt(sum(norm**2 for norm in norms)),
            time.perf_counter() - started,
            torch.cuda.max_memory_allocated(self.loaded.device) if is_cuda else None,
        )


def take_padded_step(trial: Trial, numbers: Sequence[int]) -> float:
    """Compute a DPO loss against the model itself on padded answers, and its gradient.

    It is no engine's own step: it stands for one where an engine gives none, and takes at least as much.
    """
    import torch

    loaded = trial.loaded
    inputs, lengths = _read(trial, numbers)
    kind = loaded.device.partition(":")[0]
    with torch.autocast(kind, torch.bfloat16, enabled=loaded.precision == "bf16"):
        body = getattr(loaded.bare, loaded.bare.base_model_prefix)
        states = body(**inputs, use_cache=False).last_hidden_state
        head = loaded.bare.get_output_embeddings()
        sums = [
            _score(head(states[at, -length - 1 : -1]), inputs["input_ids"][at, -length:])
            for at, length in enumerate(lengths)
        ]
    chosen, rejected = torch.stack(sums).chunk(2)
    margin = chosen - rejected
    # Against itself as it was the margin begins at 0; the gradient is that of the first step.
    beta = trial.config.settings.get("beta") or _BETA
    loss = -torch.nn.functional.logsigmoid(beta * (margin - margin.detach())).mean()
    torch.autograd.backward(loss)
    return float(loss.detach())


def _read(trial: Trial, numbers: Sequence[int]) -> tuple[dict[str, Any], list[int]]:
    """Return what the model takes of both answers of some pairs, chosen ones first, and their lengths."""
    loaded, config = trial.loaded, trial.config
    rows = {row["pair_id"]: row for row in trial.rows.iter_rows(named=True)}
    examples = [trial.examples[number] for number in numbers]
    shown = [pictures_of(rows[one.pair_id], config) if loaded.takes_pictures else [] for one in examples]
    words = [
        word_pair(rows[one.pair_id], loaded, len(pictures))
        for one, pictures in zip(examples, shown, strict=True)
    ]
    texts = [one.prompt + one.chosen for one in words] + [one.prompt + one.rejected for one in words]
    lengths = [len(one.chosen_ids) for one in examples] + [len(one.rejected_ids) for one in examples]
    reader = loaded.processor if loaded.takes_pictures else loaded.tokenizer
    pictures = {"images": shown + shown} if any(shown) else {}
    read = reader(
        text=texts, **pictures, padding=True, padding_side="left", return_tensors="pt",
        add_special_tokens=False,
    )  # fmt: skip
    return {name: value.to(loaded.device) for name, value in read.items()}, lengths


def _score(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    logps = logits.float().log_softmax(-1).gather(-1, targets[:, None])
    return logps.sum()


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
