"""What a method has to be told of a batch: both answers scored, and whatever else it asks for."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from workbench.finetune.engines.fast.features import SPOILED
from workbench.finetune.engines.fast.reference import FormerWeights, ReferenceCache
from workbench.finetune.engines.fast.scoring import LineScores, Scorer
from workbench.finetune.engines.fast.trie import Line
from workbench.finetune.examples import Example
from workbench.finetune.losses.base import Scored
from workbench.finetune.methods import Method

if TYPE_CHECKING:
    import torch

__all__ = ["BatchScorer", "lines_of"]


def lines_of(examples: Sequence[Example]) -> list[Line]:
    """Return the texts of pairs: chosen ones, then rejected ones."""
    return [Line(one.prompt_ids, one.chosen_ids, one.pictures) for one in examples] + [
        Line(one.prompt_ids, one.rejected_ids, one.pictures) for one in examples
    ]


@dataclass(frozen=True)
class BatchScorer:
    """Score pairs as a method wants them.

    Attributes:
        scorer: of the model.
        method: what is needed.
        cache: what the model said before.
        former: the model as it was, for methods that ask it anew; None for the others.
        is_moving: whether the reference changes, so that the cache is of no use.
    """

    scorer: Scorer
    method: Method
    cache: ReferenceCache
    former: FormerWeights | None = None
    is_moving: bool = False

    def score(self, examples: Sequence[Example]) -> tuple[Scored, int]:
        """Return the scores of pairs and how many tokens were computed.

        Both answers are scored even where only one teaches: beside a prompt and a picture that they share,
        the other costs little, and its margin tells how far imitation alone gets.
        """
        needs = self.method.needs
        both = self.scorer.score(lines_of(examples), with_collisions="collision" in needs)
        nodes = both.nodes
        hidden = hidden_reference = mismatched = mismatched_reference = None
        if "hidden" in needs:
            lines = [_hide(one) for one in examples]
            told = self.scorer.score(lines)
            hidden, nodes = told.logps, nodes + told.nodes
            hidden_reference = self._before(lines).logps
        if "mismatched" in needs:
            lines = _mismatch(examples)
            with _no_gradient():
                mismatched = self.scorer.score(lines).logps.sum(dim=1)
            mismatched_reference = self._before(lines).logps.sum(dim=1)
        scored = Scored(
            both.logps,
            both.mask,
            reference=self._reference(examples) if "reference" in needs else None,
            collision=both.collisions,
            hidden=hidden,
            hidden_reference=hidden_reference,
            mismatched=mismatched,
            mismatched_reference=mismatched_reference,
        )
        return scored, nodes

    def reference_of(self, examples: Sequence[Example]) -> torch.Tensor:
        """Return (2n, longest) what the model gives to the answers, without gradient."""
        with _no_gradient():
            return self.scorer.score(lines_of(examples)).logps

    def _reference(self, examples: Sequence[Example]) -> torch.Tensor:
        return self._before(lines_of(examples)).logps if self.is_moving else self.cache.give(examples)

    def _before(self, lines: Sequence[Line]) -> LineScores:
        assert self.former is not None, "asked of the model as it was, which was not kept"
        with _no_gradient(), self.former.in_place():
            return self.scorer.score(lines)


def _hide(one: Example) -> Line:
    return Line(one.prompt_ids, one.chosen_ids, tuple(key + SPOILED for key in one.pictures))


def _mismatch(examples: Sequence[Example]) -> list[Line]:
    """Return each prompt with the chosen answer of the pair before it in the batch."""
    return [
        Line(one.prompt_ids, examples[number - 1].chosen_ids, one.pictures)
        for number, one in enumerate(examples)
    ]


def _no_gradient() -> AbstractContextManager[None]:
    import torch

    return torch.no_grad()
