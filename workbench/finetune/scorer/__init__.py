"""Tune an encoder of pictures and captions on pairs, in seconds: its scores follow what people prefer."""

from workbench.finetune.scorer.config import ScorerConfig
from workbench.finetune.scorer.result import EncoderTuning
from workbench.finetune.scorer.verb import tune_encoder

__all__ = ["EncoderTuning", "ScorerConfig", "tune_encoder"]
