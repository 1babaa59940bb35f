"""The scorers by name, each with the error types it speaks of and what it cannot see."""

from __future__ import annotations

from typing import Final

from workbench.scoring.base import Scorer
from workbench.scoring.consensus import score_consensus
from workbench.scoring.phrases import score_phrases
from workbench.scoring.similarity import score_similarity

__all__ = ["SCORERS"]

SCORERS: Final[dict[str, Scorer]] = {
    "consensus": Scorer(
        score_consensus, ("wrong_pair",), "an error that all captions of a sample share; a lone caption"
    ),
    "phrases": Scorer(
        score_phrases,
        ("object", "attribute", "relation", "count", "action"),
        "what the encoder is blind to: relations and bindings hardly show; languages other than English",
    ),
    "similarity": Scorer(score_similarity, ("wrong_pair",), "word order, attributes, relations and counts"),
}
