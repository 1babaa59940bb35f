"""What some methods ask beyond the two passes of TRL: another reference, other prompts, spoiled pictures."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from workbench.errors import RunError
from workbench.finetune.engines.fast.features import spoil
from workbench.finetune.engines.fast.reference import FormerWeights
from workbench.finetune.engines.trl.scoring import answer_logps, first_half
from workbench.finetune.examples import Example
from workbench.finetune.losses.base import Scored

if TYPE_CHECKING:
    import torch

__all__ = ["ASKS_ANEW", "Asker"]

#: Needs that ask the model as it was something new in every step.
ASKS_ANEW: Final = frozenset({"hidden", "mismatched", "moving_reference"})


@dataclass(frozen=True)
class Asker:
    """Ask the model, and the model as it was, what a method needs to know of a batch.

    Attributes:
        needs: of the method.
        former: the trained weights as they were; it moves where the method moves it.
        collate: of TRL, then put on the model's device.
    """

    needs: frozenset[str]
    former: FormerWeights
    collate: Callable[[Sequence[Mapping[str, Any]]], dict[str, Any]]

    def complete(
        self,
        scored: Scored,
        model: Any,
        inputs: Mapping[str, Any],
        told: Sequence[Mapping[str, Any]],
        examples: Sequence[Example],
    ) -> Scored:
        """Return the scores with what else the method needs.

        Args:
            scored: of TRL's passes.
            model: with TRL's head.
            inputs: of the batch.
            told: its rows, as they are handed to TRL.
            examples: the same as tokens, with the keys of their pictures.
        """
        import torch

        if "moving_reference" in self.needs:
            scored = replace(scored, reference=self._before(model, inputs))
        if "mismatched" in self.needs:
            others = first_half(self.collate(_mismatch(told)))
            with torch.no_grad():
                now = answer_logps(model, others).sum(dim=1)
            before = self._before(model, others).sum(dim=1)
            scored = replace(scored, mismatched=now, mismatched_reference=before)
        if "hidden" in self.needs:
            hidden = _hide(first_half(inputs), examples)
            width = scored.logps.shape[1]
            now, before = answer_logps(model, hidden), self._before(model, hidden)
            scored = replace(scored, hidden=_widen(now, width), hidden_reference=_widen(before, width))
        return scored

    def _before(self, model: Any, inputs: Mapping[str, Any]) -> torch.Tensor:
        import torch

        with torch.no_grad(), self.former.in_place():
            return answer_logps(model, inputs)


def _mismatch(told: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return each prompt with the chosen answer of the pair before it in the batch."""
    answer = "chosen_ids" if "chosen_ids" in told[0] else "chosen"
    return [dict(one) | {answer: told[number - 1][answer]} for number, one in enumerate(told)]


def _hide(inputs: Mapping[str, Any], examples: Sequence[Example]) -> dict[str, Any]:
    """Return a batch with every picture spoiled.

    Raises:
        RunError: when the model takes pictures in a form in which they cannot be found again.
    """
    import torch

    keys = [key for one in examples for key in one.pictures]
    pixels = inputs.get("pixel_values")
    if pixels is None or pixels.ndim != 4 or len(pixels) != len(keys):
        raise RunError(
            "The pictures of this model cannot be spoiled: they reach it in pieces.",
            "Take a model of LLaVA's kind for this method, or another method.",
        )
    spoiled = [spoil(one.cpu(), key) for one, key in zip(pixels, keys, strict=True)]
    return dict(inputs) | {"pixel_values": torch.stack(spoiled).to(pixels)}


def _widen(values: torch.Tensor, width: int) -> torch.Tensor:
    import torch

    return torch.nn.functional.pad(values, (0, width - values.shape[1]))
