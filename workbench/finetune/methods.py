"""Methods of tuning by preferences, each named as its paper: what it needs, what can be set, TRL's word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from workbench.errors import UnknownNameError

__all__ = ["KINDS", "METHODS", "NEEDS", "Method", "method_of"]

#: `paired` compares two answers; `unpaired` takes each alone; `chosen` imitates; `reward` trains a judge.
KINDS: Final = ("paired", "unpaired", "chosen", "reward")

#: What a method must be handed beyond the log-probabilities of both answers.
NEEDS: Final = {
    "reference": "log-probabilities of the answers by the model as it was before",
    "collision": "the log of the sum of squared odds at each token",
    "mismatched": "log-probabilities of answers to another prompt, for an estimate of the divergence",
    "hidden": "log-probabilities of the chosen answer with the picture spoiled",
    "spans": "which characters of an answer differ",
    "strength": "how much better the chosen answer is",
    "voices": "who said so",
}


@dataclass(frozen=True, slots=True)
class Method:
    """One way to tune a model by pairs.

    Attributes:
        name: as it is asked for.
        title: as its paper calls it.
        source: the paper.
        kind: one of `KINDS`.
        settings: what can be set and what it is when nobody does; None is found from the pairs.
        needs: names of `NEEDS`.
        trl: what TRL calls it; "" where TRL cannot do it.
        caution: what a user should know before taking it; "" for nothing.
    """

    name: str
    title: str
    source: str
    kind: str = "paired"
    settings: Mapping[str, float | None] = field(default_factory=dict)
    needs: frozenset[str] = frozenset({"reference"})
    trl: str = ""
    caution: str = ""


def _paired(name: str, title: str, source: str, trl: str = "", **settings: float | None) -> Method:
    return Method(name, title, source, settings={"beta": 0.1, "sft_weight": 0.0} | settings, trl=trl)


METHODS: Final[dict[str, Method]] = {
    method.name: method
    for method in (
        _paired("dpo", "DPO", "Rafailov et al. 2023 (2305.18290)", "sigmoid"),
        _paired("cdpo", "cDPO", "Mitchell 2023, a note on DPO with noisy preferences", label_smoothing=0.1),
        _paired("rdpo", "rDPO", "Chowdhury et al. 2024 (2403.00409)", "robust", epsilon=None),
        _paired("ipo", "IPO", "Azar et al. 2023 (2310.12036)", "ipo"),
        _paired("hinge", "SLiC", "Zhao et al. 2023 (2305.10425)", "hinge"),
        _paired("rpo", "RPO (DPO and SFT)", "Pang et al. 2024 (2404.19733)", "sigmoid+sft", sft_weight=1.0),
        Method("sft", "SFT", "imitation of the chosen answers", "chosen", needs=frozenset(), trl="sft"),
    )
}


def method_of(name: str) -> Method:
    """Return the method of that name.

    Raises:
        UnknownNameError: when there is none; lists those there are.
    """
    if name not in METHODS:
        raise UnknownNameError("method", name, METHODS)
    return METHODS[name]
