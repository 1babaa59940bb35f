"""The scorers by name, each with the error types it speaks of and what it cannot see."""

from __future__ import annotations

from typing import Final

from workbench.scoring.av_sync import score_av_sync
from workbench.scoring.base import Scorer
from workbench.scoring.claims import CLAIM_ERROR_TYPES, score_claims
from workbench.scoring.consensus import score_consensus
from workbench.scoring.consensus_words import score_consensus_words
from workbench.scoring.disagreement import score_disagreement
from workbench.scoring.in_cluster import score_in_cluster
from workbench.scoring.intervals import score_intervals
from workbench.scoring.joint import score_joint
from workbench.scoring.neg_clip_loss import score_neg_clip_loss
from workbench.scoring.neighbours import score_neighbours
from workbench.scoring.phrases import score_phrases
from workbench.scoring.questions import score_questions
from workbench.scoring.regions import REGION_TYPES, score_regions
from workbench.scoring.similarity import score_similarity
from workbench.scoring.spoken_words import score_spoken_words
from workbench.scoring.transcripts import score_transcripts
from workbench.scoring.tuned import TUNED_TYPES, score_tuned
from workbench.scoring.views import score_views

__all__ = ["SCORERS"]

SCORERS: Final[dict[str, Scorer]] = {
    "av_sync": Scorer(
        score_av_sync,
        ("av_sync",),
        "lips, and clips without events that are both seen and heard",
        cost="media",
    ),
    "claims": Scorer(
        score_claims,
        CLAIM_ERROR_TYPES,
        "whose colour it is, what things are, and an error that nobody else's caption speaks of",
        cost="media",
    ),
    "consensus": Scorer(
        score_consensus, ("wrong_pair",), "an error that all captions of a sample share; a lone caption"
    ),
    "consensus_words": Scorer(
        score_consensus_words, ("wrong_pair",), "synonyms; an error that all captions of a sample share"
    ),
    "in_cluster": Scorer(score_in_cluster, ("wrong_pair",), "captions handed over between like media"),
    "intervals": Scorer(
        score_intervals,
        ("interval", "order"),
        "what does not move; a camera that moves; words of motion and colour in languages other than English",
        cost="media",
    ),
    "joint": Scorer(score_joint, ("wrong_pair",), "two modalities that are wrong in the same way"),
    "neg_clip_loss": Scorer(
        score_neg_clip_loss, ("wrong_pair",), "what the encoder does not see: word order, attributes, counts"
    ),
    "neighbours": Scorer(
        score_neighbours, ("wrong_pair",), "small details; a right caption unlike all others looks odd to it"
    ),
    "phrases": Scorer(
        score_phrases,
        ("object", "attribute", "relation", "count", "action"),
        "what the encoder is blind to: relations and bindings hardly show; languages other than English",
    ),
    "questions": Scorer(
        score_questions,
        ("wrong_pair", "object", "attribute", "relation", "count", "action"),
        "what your model cannot see, or says yes to without looking",
        cost="model",
    ),
    "regions": Scorer(
        score_regions,
        REGION_TYPES,
        "what was not annotated; depth; captions it cannot read (any language but English)",
    ),
    "similarity": Scorer(score_similarity, ("wrong_pair",), "word order, attributes, relations and counts"),
    "spoken_words": Scorer(
        score_spoken_words, ("transcript",), "what your speech model mishears", cost="model"
    ),
    "transcripts": Scorer(
        score_transcripts,
        ("transcript", "speaker"),
        "single wrong words; the words of any language but English; who is speaking",
        cost="media",
    ),
    "tuned": Scorer(
        score_tuned,
        TUNED_TYPES,
        "what both towers of the encoder are blind to, whatever the verdicts; claims that no verdict was on",
        cost="model",
    ),
    # Last, because it reads what similarity has stored.
    "disagreement": Scorer(
        score_disagreement, ("other",), "what is wrong, and an error that all encoders overlook alike"
    ),
    "views": Scorer(
        score_views,
        ("cross_view",),
        "an error that the captions of all cameras share; events filmed by one camera",
        cost="media",
    ),
}
