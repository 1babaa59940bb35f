"""Score captions: one score per error type, each with its evidence."""

from workbench.scoring.catalog import SCORERS
from workbench.scoring.verb import ScoreSummaries, ScoreSummary, score

__all__ = ["SCORERS", "ScoreSummaries", "ScoreSummary", "score"]
