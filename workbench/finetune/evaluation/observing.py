"""What one model gives an evaluation: texts of everything it is shown, and how it weighs pairs and probes.

The model before and the model after are observed one after the other, so that only one is in memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from workbench.encoders.captioning import Said, Sampling
from workbench.finetune.config import RunConfig
from workbench.finetune.evaluation.generation import tell
from workbench.finetune.evaluation.likelihood import Likelihoods, weigh_answers
from workbench.finetune.evaluation.reading import Row
from workbench.finetune.evaluation.settings import EvaluationSettings
from workbench.finetune.models import Loaded

__all__ = ["DECODINGS", "Asked", "Observed", "observe"]

DECODINGS = ("greedy", "sampled")


@dataclass(frozen=True, slots=True)
class Asked:
    """What both models are asked.

    Attributes:
        flagged: `FLAGGED_SCHEMA`.
        general: rows to caption.
        pairs: held-out rows to weigh.
        probes: rows whose answers weigh probes.
    """

    flagged: pl.DataFrame
    general: Sequence[Row]
    pairs: pl.DataFrame
    probes: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Observed:
    """What one model answered, in the order it was asked.

    Attributes:
        flagged: the likeliest text of each flagged item.
        general: decoding -> a text of each general row; `sampled` is missing where it was not asked for.
        pairs: how it weighs held-out pairs.
        probes: how it weighs the answers of probes.
    """

    flagged: list[str]
    general: dict[str, list[Said]]
    pairs: Likelihoods
    probes: Likelihoods


def observe(loaded: Loaded, asked: Asked, config: RunConfig, settings: EvaluationSettings) -> Observed:
    """Ask one model everything.

    Raises:
        MediaError: when a picture cannot be read.
    """
    greedy = Sampling(temperature=0.0, max_tokens=settings.max_tokens)
    drawn = Sampling(max_tokens=settings.max_tokens, seed=settings.seed)
    ways = {"greedy": greedy} | ({"sampled": drawn} if settings.drawn else {})
    return Observed(
        flagged=[said.text for said in tell(loaded, asked.flagged, config, greedy)],
        general={name: tell(loaded, asked.general, config, how) for name, how in ways.items()},
        pairs=weigh_answers(loaded, asked.pairs, config),
        probes=weigh_answers(loaded, asked.probes, config),
    )
