"""The losses, as their papers write them, on log-probabilities of tokens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from workbench.errors import UnknownNameError
from workbench.finetune.config import RunConfig
from workbench.finetune.losses.base import Facts, Loss, Scored, Terms
from workbench.finetune.losses.chosen import sft
from workbench.finetune.losses.judge import bradley_terry
from workbench.finetune.losses.paired import cdpo, dpo, hinge, ipo, rdpo
from workbench.finetune.losses.pictures import mdpo
from workbench.finetune.losses.tokens import ld_dpo, sparse_dpo, wpo
from workbench.finetune.losses.unpaired import kto
from workbench.finetune.losses.unreferenced import cpo, orpo, simpo
from workbench.finetune.methods import method_of

__all__ = ["LOSSES", "compute_loss", "settings_of"]

#: Name of a method -> its loss. Some methods are DPO with other facts, or another reference.
LOSSES: Final[dict[str, Loss]] = {
    "cdpo": cdpo,
    "cpo": cpo,
    "dpo": dpo,
    "hinge": hinge,
    "ipo": ipo,
    "kto": kto,
    "ld_dpo": ld_dpo,
    "mdpo": mdpo,
    "odpo": dpo,
    "orpo": orpo,
    "rdpo": rdpo,
    "re_po": dpo,
    "reward": bradley_terry,
    "rpo": dpo,
    "sft": sft,
    "simpo": simpo,
    "sparse_dpo": sparse_dpo,
    "tr_dpo": dpo,
    "wpo": wpo,
}


def settings_of(config: RunConfig) -> dict[str, float]:
    """Return the method's settings as numbers.

    Raises:
        RunError: when one is found from the pairs and has not been found.
    """
    return {name: config.setting(name) for name in method_of(config.method).settings}


def compute_loss(method: str, scored: Scored, facts: Facts, settings: Mapping[str, float]) -> Terms:
    """Return what a method's loss makes of a batch.

    Args:
        method: a name of `LOSSES`.
        scored: log-probabilities of both answers of n pairs.
        facts: what is known of these pairs; see `workbench.finetune.losses.batch.facts_of`.
        settings: of the method, all of them; see `settings_of`.

    Raises:
        UnknownNameError: for a method without a loss.
        RunError: when the method needs something that was not scored.
    """
    if method not in LOSSES:
        raise UnknownNameError("loss", method, LOSSES)
    return LOSSES[method](scored, facts, settings)
