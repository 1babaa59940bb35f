"""Review: flags from a rule, a queue with a random stratum, verdicts, and how many bad pairs are left.

The queue mixes two streams: the most suspicious captions, and a share drawn at random from all of them. The
first finds bad pairs fast and says nothing about those it has not reached; the second is what makes "about
38 bad pairs left" an estimate with an interval instead of a hope. Both orders follow from the tables, the
seed and the caption ids alone, so a queue opened again after a crash goes on where it was.
"""

from __future__ import annotations

from workbench.review.adjudication import adjudicate, disagreements, settled_stratum, voices_on
from workbench.review.agreement import Team, describe_team
from workbench.review.flags import FlagSummary, Rule, flag
from workbench.review.fresh import fresh_scores
from workbench.review.history import history
from workbench.review.order import SUSPICION, Ranking, queue_order, queued_captions, rank_captions
from workbench.review.queue import ORDERS, Item, ReviewQueue, decide
from workbench.review.reliability import reliability
from workbench.review.remaining import Estimate, estimate
from workbench.review.trust import Reliability

__all__ = [
    "ORDERS",
    "SUSPICION",
    "Estimate",
    "FlagSummary",
    "Item",
    "Ranking",
    "Reliability",
    "ReviewQueue",
    "Rule",
    "Team",
    "adjudicate",
    "decide",
    "describe_team",
    "disagreements",
    "estimate",
    "flag",
    "fresh_scores",
    "history",
    "queue_order",
    "queued_captions",
    "rank_captions",
    "reliability",
    "settled_stratum",
    "voices_on",
]
