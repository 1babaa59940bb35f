"""Methods of tuning by preferences, each named as its paper: what it needs, what can be set, TRL's word."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from workbench.errors import UnknownNameError

__all__ = ["KINDS", "METHODS", "NEEDS", "Method", "method_of"]

#: `paired` compares two answers; `unpaired` takes each alone; `chosen` imitates; `reward` trains a judge.
KINDS: Final = ("paired", "unpaired", "chosen", "reward")

#: What a method must be handed beyond the log-probabilities of both answers.
NEEDS: Final = {
    "reference": "log-probabilities of the answers by the model as it was before",
    "moving_reference": "the reference follows the policy during the run, so that it cannot be kept",
    "collision": "the log of the sum of squared odds at each token",
    "mismatched": "log-probabilities of answers to another prompt, for an estimate of the divergence",
    "hidden": "log-probabilities of the chosen answer with the picture spoiled",
    "spans": "which characters of an answer differ",
    "strength": "how much better the chosen answer is",
    "voices": "who said so; beliefs about them are learned during the run",
    "judge": "a model with one number as its answer",
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


_SILENCE: Final = (
    "Without sft_weight a short run can lower the hallucination by halving the captions: look at recall and "
    "length beside it."
)
_MEMORY: Final = "Beliefs rest on the model's own margins: a flipped pair learned by heart looks right."
_NO_REFERENCE: Final = "Nothing holds the model near where it was: take a learning rate lower than for DPO."


def _paired(
    name: str,
    title: str,
    source: str,
    trl: str = "",
    *,
    needs: Sequence[str] = ("reference",),
    caution: str = "",
    **settings: float | None,
) -> Method:
    known = {"beta": 0.1, "sft_weight": 0.0} | settings
    return Method(name, title, source, "paired", known, frozenset(needs), trl, caution)


_REFERENCED: Final = (
    _paired("dpo", "DPO", "Rafailov et al. 2023 (2305.18290)", "sigmoid", caution=_SILENCE),
    _paired("cdpo", "cDPO", "Mitchell 2023, a note on DPO with noisy preferences", label_smoothing=0.1),
    _paired("rdpo", "rDPO", "Chowdhury et al. 2024 (2403.00409)", "robust", epsilon=None),
    _paired("ipo", "IPO", "Azar et al. 2023 (2310.12036)", "ipo"),
    _paired("hinge", "SLiC", "Zhao et al. 2023 (2305.10425)", "hinge"),
    _paired("rpo", "RPO (DPO and SFT)", "Pang et al. 2024 (2404.19733)", "sigmoid+sft", sft_weight=1.0),
    _paired(
        "tr_dpo", "TR-DPO", "Gorbatovski et al. 2024 (2404.09656)", "sigmoid, sync_ref_model",
        needs=("reference", "moving_reference"), sync_steps=32.0, sync_weight=0.6,
    ),
    _paired(
        "wpo", "WPO", "Zhou et al. 2024 (2406.11827)", "sigmoid, use_weighting",
        needs=("reference", "collision"), caution="Answers far from what the model says itself hardly count.",
    ),
    _paired("ld_dpo", "LD-DPO", "Liu et al. 2024 (2409.06411)", "sigmoid, ld_alpha", length_weight=0.5),
    _paired(
        "odpo", "ODPO (margin by strength)", "Amini et al. 2024 (2402.10571)",
        needs=("reference", "strength"), offset_scale=0.5,
        caution="Pairs that nobody gave a strength have no margin.",
    ),
    _paired(
        "re_po", "RE-PO (weights by reliability)", "2509.24159, from its abstract",
        needs=("reference", "voices"), start_reliability=0.9, caution=_MEMORY,
    ),
    _paired(
        "sparse_dpo", "DPO on the words that differ", "Yu et al. 2023 (2312.00849); 2410.05102",
        needs=("reference", "spans"), outside_weight=0.0,
    ),
    _paired(
        "mdpo", "mDPO", "Wang et al. 2024 (2406.11839)", needs=("reference", "hidden"),
        conditional_weight=1.0, anchor_weight=1.0, caution="For pairs with a picture only.",
    ),
)  # fmt: skip

_OTHERS: Final = (
    _paired(
        "simpo", "SimPO", "Meng et al. 2024 (2405.14734)", "cpo: simpo", needs=(), beta=2.0,
        target_margin=1.0, caution=_NO_REFERENCE,
    ),
    _paired(
        "cpo", "CPO", "Xu et al. 2024 (2401.08417)", "cpo: sigmoid", needs=(), sft_weight=1.0,
        caution=_NO_REFERENCE,
    ),
    Method(
        "orpo", "ORPO", "Hong et al. 2024 (2403.07691)", settings={"odds_weight": 0.1}, needs=frozenset(),
        trl="orpo", caution="TRL's trainer also imitates the prompt; here the answer alone is imitated.",
    ),
    Method(
        "kto", "KTO", "Ethayarajh et al. 2024 (2402.01306)", "unpaired",
        {"beta": 0.1, "desirable_weight": 1.0, "undesirable_weight": 1.0},
        frozenset({"reference", "mismatched"}), "kto",
    ),
    Method(
        "sft", "SFT", "imitation of the chosen answers", "chosen", needs=frozenset(), trl="sft",
        caution="A strong control: a preference method that does not beat it has shown nothing.",
    ),
    Method(
        "reward", "reward model (Bradley-Terry)", "Bradley and Terry 1952; Rao and Kupper 1967", "reward",
        {"offset_scale": 0.0, "tie_width": 0.0}, frozenset({"judge"}), "reward",
        "Trains a judge of answers, not a model that answers.",
    ),
)  # fmt: skip

METHODS: Final[dict[str, Method]] = {method.name: method for method in (*_REFERENCED, *_OTHERS)}


def method_of(name: str) -> Method:
    """Return the method of that name.

    Raises:
        UnknownNameError: when there is none; lists those there are.
    """
    if name not in METHODS:
        raise UnknownNameError("method", name, METHODS)
    return METHODS[name]
