"""The methods of a workspace that make, judge, check and hand on preference pairs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from workbench.store import Store

if TYPE_CHECKING:
    from workbench.export.pairs import ExportSettings, PairExportSummary
    from workbench.pairs import AdoptSummary, CandidateSummary, Choice, JudgeQueue, Rubric, SplitSummary
    from workbench.pairs.accord import Agreement
    from workbench.pairs.building import BuildSummary
    from workbench.pairs.generating import Asking, Generated
    from workbench.pairs.importing import PairImportSummary
    from workbench.pairs.masked import Hiding, MaskedSummary
    from workbench.pairs.rejected import RejectedSummary
    from workbench.preferences.lint import LintReport, LintSettings
    from workbench.preferences.lint.target import Target

__all__ = ["PairMethods"]


class PairMethods:
    """What a workspace does with pairs; see `Workspace`."""

    store: Store
    annotator: str

    @property
    def pairs(self) -> pl.DataFrame:
        """The preference pairs as they stand after every edit and judgement; see `workbench.pairs`."""
        from workbench.pairs import standing_pairs

        return standing_pairs(self.store)

    @property
    def judgements(self) -> pl.DataFrame:
        """The judgements that stand: each annotator's last on a pair, criterion and occasion."""
        return self.store.journal.judgements_frame()

    def build_pairs(
        self,
        builders: Sequence[str] | None = None,
        *,
        choice: str = "adversarial",
        per_caption: int | None = None,
        seed: int = 0,
        only_verified: bool = True,
    ) -> BuildSummary:
        """Make verified captions wrong in one thing; see `workbench.pairs.building.build_pairs`."""
        from workbench.pairs.building import build_pairs

        return build_pairs(
            self.store, builders, choice=choice, per_caption=per_caption, seed=seed,
            only_verified=only_verified,
        )  # fmt: skip

    def add_candidates(
        self,
        source: Path | str | pl.DataFrame | Asking | Generated,
        *,
        by: Sequence[str] = ("consensus", "similarity"),
        encoder: str = "bridge",
        choice: Choice | None = None,
        origin: str = "",
        with_captions: bool = False,
    ) -> CandidateSummary:
        """Make pairs of candidates, ordered by rank or score; see `workbench.pairs.candidates`."""
        from workbench.pairs.candidates import add_candidates, name_scores
        from workbench.scoring.texts import score_texts

        scores = name_scores(self.store, by, similarity=partial(score_texts, self.store, encoder=encoder))
        return add_candidates(
            self.store, source, scores=scores, choice=choice, origin=origin, with_captions=with_captions
        )

    def add_masked(self, model: str, *, hiding: Hiding | None = None) -> MaskedSummary:
        """Propose what a model says blind as rejected; see `workbench.pairs.masked.add_masked`."""
        from workbench.pairs.masked import add_masked

        return add_masked(self.store, model, hiding=hiding)

    def add_rejected(self) -> RejectedSummary:
        """Keep captions found wrong, with no better one; see `workbench.pairs.rejected.add_rejected`."""
        from workbench.pairs.rejected import add_rejected

        return add_rejected(self.store)

    def adopt_edits(self) -> AdoptSummary:
        """Take corrections up as captions, to be scored like others; see `workbench.pairs.adopt_edits`."""
        from workbench.pairs import adopt_edits

        return adopt_edits(self.store)

    def judge_queue(
        self,
        *,
        rubric: str | Rubric = "faithfulness",
        route: str = "uncertain",
        voices: int = 1,
        quiz: int = 0,
        seed: int = 0,
    ) -> JudgeQueue:
        """Return the pairs to judge blind, in order; see `workbench.pairs.JudgeQueue`."""
        from workbench.pairs import JudgeQueue

        return JudgeQueue(
            self.store,
            annotator=self.annotator,
            rubric=rubric,
            route=route,
            voices=voices,
            quiz=quiz,
            seed=seed,
        )

    def agreement(self, *, criterion: str | None = None, encoder: str = "", seed: int = 0) -> Agreement:
        """Say how far people agree on the pairs they judged; see `workbench.pairs.agreement`."""
        from workbench.pairs import agreement

        return agreement(self.store, criterion=criterion, encoder=encoder, seed=seed)

    def group_annotators(self, groups: Mapping[str, str]) -> dict[str, str]:
        """Say which group each annotator belongs to; see `workbench.pairs.groups`."""
        from workbench.pairs.groups import group_annotators

        return group_annotators(self.store, groups)

    def import_pairs(
        self, source: Path | str, format: str | None = None, *, media_root: Path | str | None = None
    ) -> PairImportSummary:
        """Take in preference pairs of another tool; see `workbench.pairs.importing.import_pairs`."""
        from workbench.pairs.importing import import_pairs

        return import_pairs(self.store, source, format, media_root=media_root)

    def lint_pairs(
        self,
        *,
        target: Target | str | Path | None = None,
        settings: LintSettings | None = None,
        rules: Iterable[str] | None = None,
        status: Sequence[str] | None = None,
    ) -> LintReport:
        """Look for what is wrong with the pairs; see `workbench.pairs.linting.lint_pairs`."""
        from workbench.pairs.linting import lint_pairs

        return lint_pairs(self.store, target=target, settings=settings, rules=rules, status=status)

    def split_pairs(
        self, held_out_share: float = 0.2, seed: int = 0, *, reset: bool = False, ties: Sequence[str] = ()
    ) -> SplitSummary:
        """Hold pairs out by their media, once and for all; see `workbench.pairs.split_pairs`."""
        from workbench.pairs import split_pairs

        return split_pairs(self.store, held_out_share, seed, reset, ties=ties)

    def export_pairs(
        self,
        path: Path | str,
        *,
        format: str | None = None,
        status: Sequence[str] = ("accepted",),
        split: str | None = None,
        settings: ExportSettings | None = None,
    ) -> PairExportSummary:
        """Write preference pairs for a trainer; see `workbench.export.pairs.export_pairs`."""
        from workbench.export.pairs import export_pairs
        from workbench.pairs.outgoing import facts_of_pairs, weighed_pairs

        return export_pairs(
            self.store, weighed_pairs(self.store), path, format=format, status=status, split=split,
            settings=settings, facts=facts_of_pairs(self.store, status),
        )  # fmt: skip
