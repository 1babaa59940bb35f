"""What speaks against believing a gain: the ways in which a rate falls without a model getting better."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Final

from workbench.metrics import Metric

__all__ = ["find_warnings"]

_SHORTER: Final = 0.1
_LESS_RECALL: Final = 0.02
_MORE: Final = 0.02
_PERPLEXITY: Final = 1.25


def find_warnings(
    metrics: Mapping[str, Metric], decodings: Sequence[str] = ("greedy", "sampled")
) -> list[str]:
    """Return a sentence for each sign that a model only says less, says it twice, or has come apart.

    Args:
        metrics: of an evaluation.
        decodings: to look at.

    Example:
        >>> told = {"words_greedy_before": 20.0, "words_greedy_after": 10.0}
        >>> find_warnings({name: Metric(value, 9, "words") for name, value in told.items()})
        ['Texts (greedy) became 50 % shorter: a model that says less also imagines less. Look at recall.']
    """
    found: list[str] = []
    for decoding in decodings:
        found += _of_texts(metrics, decoding)
    before, after = (_value(metrics, f"perplexity_chosen_{when}") for when in ("before", "after"))
    if after > _PERPLEXITY * before:
        found.append(
            f"Perplexity of the chosen answers rose from {before:.2f} to {after:.2f}: they became unlikelier "
            "too. Add an SFT term (rpo), raise beta, or lower the learning rate."
        )
    accuracy = metrics.get("reward_accuracy")
    if accuracy is not None and accuracy.low is not None and accuracy.low <= 0.5 <= (accuracy.high or 1):
        found.append("Held-out pairs do not show that anything was learned: the interval holds one half.")
    return found


def _of_texts(metrics: Mapping[str, Metric], decoding: str) -> list[str]:
    found = []
    words_before, words_after = (_value(metrics, f"words_{decoding}_{when}") for when in ("before", "after"))
    if words_after < (1 - _SHORTER) * words_before:
        share = 100 * (1 - words_after / words_before)
        found.append(
            f"Texts ({decoding}) became {share:.0f} % shorter: a model that says less also imagines less. "
            "Look at recall."
        )
    lost = -_value(metrics, f"recall_{decoding}_change")
    if lost > _LESS_RECALL:
        found.append(
            f"Recall ({decoding}) fell by {100 * lost:.1f} points: things that are there go unsaid. "
            "Corrections that only delete teach that; ask in review whether anything is missing."
        )
    for name, said in (
        ("repetition", "repeat themselves"),
        ("unended", "come to no end"),
        ("empty", "are empty"),
    ):
        rise = _value(metrics, f"{name}_{decoding}_change")
        if rise > _MORE:
            found.append(f"{100 * rise:.1f} points more texts ({decoding}) {said}.")
    return found


def _value(metrics: Mapping[str, Metric], name: str) -> float:
    return metrics[name].value if name in metrics else math.nan
