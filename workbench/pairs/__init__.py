"""Preference pairs of a workspace: made from edits and builders, judged blind, and as they stand."""

from __future__ import annotations

from workbench.pairs.across import AcrossSummary, add_across, add_collages
from workbench.pairs.adopting import AdoptSummary, adopt_edits
from workbench.pairs.agreement import agreement, pair_reliability
from workbench.pairs.base import add_pairs, frame_of_pairs
from workbench.pairs.building import BuildSummary, build_pairs
from workbench.pairs.candidates import CandidateSummary, add_candidates
from workbench.pairs.choosing import Choice
from workbench.pairs.consistency import Share, agree_with_known, agree_with_self
from workbench.pairs.edits import edited_captions, pairs_of_edits
from workbench.pairs.groups import annotator_groups, group_annotators
from workbench.pairs.judging import judge
from workbench.pairs.queue import ROUTES, JudgeItem, JudgeQueue
from workbench.pairs.ranking import list_cycles, rank_captions, rank_sources
from workbench.pairs.rubric import RUBRICS, Rubric
from workbench.pairs.splitting import SplitSummary, split_pairs
from workbench.pairs.standing import STATUSES, all_pairs, standing_pairs
from workbench.pairs.upheld import upheld_proposals

__all__ = [
    "ROUTES",
    "RUBRICS",
    "STATUSES",
    "AcrossSummary",
    "AdoptSummary",
    "BuildSummary",
    "CandidateSummary",
    "Choice",
    "JudgeItem",
    "JudgeQueue",
    "Rubric",
    "Share",
    "SplitSummary",
    "add_across",
    "add_candidates",
    "add_collages",
    "add_pairs",
    "adopt_edits",
    "agree_with_known",
    "agree_with_self",
    "agreement",
    "all_pairs",
    "annotator_groups",
    "build_pairs",
    "edited_captions",
    "frame_of_pairs",
    "group_annotators",
    "judge",
    "list_cycles",
    "pair_reliability",
    "pairs_of_edits",
    "rank_captions",
    "rank_sources",
    "split_pairs",
    "standing_pairs",
    "upheld_proposals",
]
