"""What goes wrong while a model is tuned, seen early: every alarm has a remedy, and none changes anything."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import fmean, stdev
from typing import Final

from workbench.finetune.config import RunConfig
from workbench.finetune.engines.base import HeldOut, Step
from workbench.finetune.methods import method_of

__all__ = ["ALARMS", "Alarm", "Alarms", "repeats"]

#: What can be raised, and what it rests on.
ALARMS: Final = {
    "nan": "the loss or the gradient is no number",
    "nothing_moves": "the gradient is exactly 0, or every margin is after three steps",
    "chosen_falling": "the chosen answers have become less likely than they were, by half a nat each or more",
    "margin_stuck": "after half of the steps the margin cannot be told from 0",
    "margin_running_away": "the loss has gone to nothing: what is left is to know the pairs by heart",
    "memorising": "the loss on held-out pairs rises while that on training pairs falls",
    "repetition": "what is said of flagged items repeats itself more than before",
    "shortening": "what is said of flagged items has lost a quarter of its words or more",
}

_WINDOW: Final = 10
_FALL_NATS: Final = 0.5
_AGAIN: Final = 4.0  # an alarm that has become this many times as bad is raised once more
_STUCK_ERRORS: Final = 1.0  # standard errors that a margin must be above 0
_NO_LOSS: Final = 0.01
_RISE: Final = 0.05
_REPEATED_SHARE: Final = 0.15
_KEPT_WORDS: Final = 0.75
_FEWEST_ITEMS: Final = 3


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something goes wrong at a step: what, and what can be done."""

    step: int
    name: str
    message: str
    remedy: str


class Alarms:
    """Listens to a run and raises an alarm when it is due, once, and again when it has grown much worse.

    Args:
        config: of the run.
        before: what was said of the flagged items before, by caption id.
    """

    def __init__(self, config: RunConfig, before: Mapping[str, str]) -> None:
        self._config, self._method = config, method_of(config.method)
        self._before = before
        self._first: list[Step] = []
        self._recent: deque[Step] = deque(maxlen=_WINDOW)
        self._lowest_held_out = math.inf
        self._raised: dict[str, float] = {}

    def hear_step(self, done: Step) -> list[Alarm]:
        """Return the alarms that a step gives rise to."""
        if len(self._first) < _WINDOW:
            self._first.append(done)
        self._recent.append(done)
        if not (math.isfinite(done.loss) and math.isfinite(done.grad_norm)):
            return self._raise(
                done.step,
                "nan",
                f"The loss is {done.loss} and the gradient {done.grad_norm} at step {done.step}.",
                "Lower the learning rate, keep gradient_clip at 1, or take precision='f32'.",
            )
        found = self._nothing_moves(done) + self._chosen_falling(done)
        return found + self._margin_stuck(done) + self._margin_running_away(done)

    def hear_held_out(self, seen: HeldOut) -> list[Alarm]:
        """Return the alarms that a look at held-out pairs gives rise to."""
        if not math.isfinite(seen.loss):
            return []
        before, self._lowest_held_out = self._lowest_held_out, min(self._lowest_held_out, seen.loss)
        is_falling = len(self._recent) > 1 and self._mean("loss") < fmean(one.loss for one in self._first)
        if not is_falling or seen.loss <= before + max(_RISE * abs(before), 1e-3):
            return []
        return self._raise(
            seen.step,
            "memorising",
            f"The loss on held-out pairs has risen from {before:.3g} to {seen.loss:.3g}, while that on "
            "training pairs falls.",
            "Stop here and keep the weights, or clone with fewer epochs or a lower learning rate.",
            seen.loss - before,
        )

    def hear_samples(self, step: int, texts: Sequence[tuple[str, str]]) -> list[Alarm]:
        """Return the alarms that what is said of flagged items gives rise to."""
        known = [(self._before[caption], text) for caption, text in texts if self._before.get(caption)]
        if len(known) < _FEWEST_ITEMS:
            return []
        return self._repetition(step, known) + self._shortening(step, known)

    def _nothing_moves(self, done: Step) -> list[Alarm]:
        is_still = done.step >= 3 and len(self._recent) >= 3 and self._method.kind == "paired"
        has_no_margin = is_still and all(one.margin == 0 for one in list(self._recent)[-2:])
        if done.grad_norm != 0 and not has_no_margin:
            return []
        what = "The gradient is exactly 0" if done.grad_norm == 0 else "Every margin is exactly 0"
        return self._raise(
            done.step,
            "nothing_moves",
            f"{what} at step {done.step}: nothing is learned.",
            "Look whether chosen and rejected differ as the model reads them (ws.preflight), and whether the "
            "layers named in lora_targets are in the model.",
        )

    def _chosen_falling(self, done: Step) -> list[Alarm]:
        if len(self._recent) < _WINDOW or self._method.kind not in ("paired", "chosen"):
            return []
        fall = self._fall_nats()
        if fall < _FALL_NATS:
            return []
        knows_sft = "sft_weight" in self._method.settings
        weight = (self._config.settings.get("sft_weight") or 0.0) if knows_sft else 0.0
        add = f"add SFT (sft_weight={max(0.2, 2 * weight):g}) or " if knows_sft else ""
        return self._raise(
            done.step,
            "chosen_falling",
            f"Chosen is slipping: -{fall:.2g} nats an answer after {done.step} steps.",
            f"If it goes on, {add}lower the learning rate. Nothing was changed for you.",
            fall,
        )

    def _fall_nats(self) -> float:
        """How far chosen answers have fallen: against the reference where rewards are told against one, which
        compares each answer with itself, else against the first steps, which were of other answers."""
        beta = self._config.settings.get("beta") if "reference" in self._method.needs else None
        if beta:
            return -self._mean("chosen_reward") / beta
        first = [one.chosen_logp for one in self._first if one.chosen_logp is not None]
        now = [one.chosen_logp for one in self._recent if one.chosen_logp is not None]
        if len(first) < _WINDOW or len(now) < _WINDOW:
            return 0.0
        noise = math.hypot(stdev(first), stdev(now)) / math.sqrt(_WINDOW)
        return fmean(first) - fmean(now) - 2 * noise

    def _margin_stuck(self, done: Step) -> list[Alarm]:
        is_due = len(self._recent) == _WINDOW and done.step >= done.steps / 2
        if not is_due or self._method.kind != "paired":
            return []
        margins = [one.margin for one in self._recent]
        error = stdev(margins) / math.sqrt(_WINDOW)
        if fmean(margins) > _STUCK_ERRORS * error:
            return []
        return self._raise(
            done.step,
            "margin_stuck",
            f"The margin is {fmean(margins):.2g} (standard error {error:.1g}) after {done.step} of "
            f"{done.steps} steps: it cannot be told from 0.",
            "Raise the learning rate or the epochs; look for pairs that contradict each other: "
            "ws.lint_pairs().",
        )

    def _margin_running_away(self, done: Step) -> list[Alarm]:
        is_due = len(self._recent) == _WINDOW and self._method.kind == "paired"
        # Only a loss that ends at 0 says this: that of IPO or one with an SFT term does not.
        if not is_due or not 0 <= self._mean("loss") < _NO_LOSS or self._mean("accuracy") < 0.99:
            return []
        return self._raise(
            done.step,
            "margin_running_away",
            f"The loss is {self._mean('loss'):.1g} and the margin {self._mean('margin'):.3g}: training pairs "
            "are known by heart.",
            "Stop here, or clone with a higher beta, a lower learning rate, fewer epochs or an SFT term.",
        )

    def _repetition(self, step: int, known: Sequence[tuple[str, str]]) -> list[Alarm]:
        was = fmean(repeats(before) for before, _ in known)
        now = fmean(repeats(text) for _, text in known)
        if now - was < _REPEATED_SHARE:
            return []
        return self._raise(
            step,
            "repetition",
            f"Repetition: {now:.0%} of {len(known)} flagged items are answered with repeated words, "
            f"{was:.0%} were before.",
            "Raise beta, lower the learning rate, or add an SFT term.",
            now - was,
        )

    def _shortening(self, step: int, known: Sequence[tuple[str, str]]) -> list[Alarm]:
        was = fmean(len(before.split()) for before, _ in known)
        now = fmean(len(text.split()) for _, text in known)
        if now >= _KEPT_WORDS * was:
            return []
        return self._raise(
            step,
            "shortening",
            f"Answers to flagged items have {now:.1f} words, {was:.1f} before: silence invents nothing, and "
            "says nothing.",
            "Take pairs whose chosen side adds what was missed, add an SFT term, or stop earlier.",
            was / max(now, 0.1),
        )

    def _mean(self, name: str) -> float:
        return fmean(getattr(one, name) for one in self._recent)

    def _raise(self, step: int, name: str, message: str, remedy: str, size: float = 1.0) -> list[Alarm]:
        if name in self._raised and size < _AGAIN * self._raised[name]:
            return []
        self._raised[name] = size
        return [Alarm(step, name, message, remedy)]


def repeats(text: str) -> bool:
    """Say whether a text says two words in a row three times, or one word twice in a row.

    Example:
        >>> repeats("a cat on a mat"), repeats("a white white cat"), repeats("a tree and a tree and a tree")
        (False, True, True)
    """
    words = [word.strip(".,;:!?").lower() for word in text.split()]
    pairs = list(pairwise(words))
    return any(one == other or pairs.count((one, other)) > 2 for one, other in pairs)
