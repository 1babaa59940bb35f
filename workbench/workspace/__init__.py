"""Workspace: the one object people type at. Every method hands its store to a verb; no logic lives here."""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from workbench.store import Store
from workbench.workspace.evaluating import EvaluationMethods
from workbench.workspace.lenses import LensMethods
from workbench.workspace.pairing import PairMethods
from workbench.workspace.running import RunMethods
from workbench.workspace.settling import SettlingMethods
from workbench.workspace.teaming import TeamMethods

if TYPE_CHECKING:
    from workbench.export import ExportSummary
    from workbench.ingest import IngestSummary
    from workbench.ingest.regions import RegionSummary
    from workbench.journal import Event
    from workbench.records import Interval, Span
    from workbench.review import Estimate, FlagSummary, Reliability, ReviewQueue, Rule
    from workbench.scoring import ScoreSummaries, ScoreSummary
    from workbench.scoring.diagnosis import Diagnosis
    from workbench.scoring.tuning import Tuning

__all__ = ["Workspace", "create", "open"]


class Workspace(PairMethods, RunMethods, EvaluationMethods, TeamMethods, SettlingMethods, LensMethods):
    """A folder with media, captions, scores and decisions.

    Args:
        store: the opened store; use `workbench.open(path)` or `workbench.create(path)`.
        annotator: whose decisions `decide`, `undo` and `redo` mean; the user's login name by default.
    """

    def __init__(self, store: Store, annotator: str | None = None) -> None:
        self.store = store
        self.annotator = annotator or _login_name()

    def __repr__(self) -> str:
        counts = f"{self.samples.height:,} samples, {self.captions.height:,} captions"
        return f"Workspace({str(self.path)!r}, {counts})"

    @property
    def path(self) -> Path:
        """The folder of this workspace."""
        return self.store.path

    @property
    def samples(self) -> pl.DataFrame:
        """Every sample: one image, video or audio file a row."""
        return self.store.read("samples")

    @property
    def captions(self) -> pl.DataFrame:
        """Every caption, one a row."""
        return self.store.read("captions")

    @property
    def scores(self) -> pl.DataFrame:
        """Every score: one a caption, scorer, error type and encoder."""
        return self.store.read("scores")

    @property
    def flags(self) -> pl.DataFrame:
        """Every flag: a suspicion raised by a rule."""
        return self.store.read("flags")

    @property
    def regions(self) -> pl.DataFrame:
        """What is known to be in the media: boxes, attributes and relations, where the user has them."""
        return self.store.read("regions")

    @property
    def rejects(self) -> pl.DataFrame:
        """Every row that an ingest refused, with its reason."""
        return self.store.read("rejects")

    @property
    def verdicts(self) -> pl.DataFrame:
        """The verdicts that stand: the last one of each annotator on each caption, or the adjudicated one."""
        return self.store.journal.frame()

    def ingest(
        self,
        source: Path | str,
        *,
        captions: Path | str | None = None,
        media_root: Path | str | None = None,
        format: str | None = None,
        progress: bool = True,
    ) -> IngestSummary:
        """Take in media and captions; see `workbench.ingest.ingest`."""
        from workbench.ingest import ingest

        return ingest(
            self.store, source, captions=captions, media_root=media_root, format=format, progress=progress
        )

    def ingest_regions(self, source: Path | str | pl.DataFrame, *, name: str | None = None) -> RegionSummary:
        """Take in boxes, attributes and relations; see `workbench.ingest.regions.ingest_regions`."""
        from workbench.ingest.regions import ingest_regions

        return ingest_regions(self.store, source, name=name)

    def score(
        self,
        scorer: str = "similarity",
        *,
        encoder: str = "bridge",
        device: str = "auto",
        frames: int = 8,
        progress: bool = True,
    ) -> ScoreSummary | ScoreSummaries:
        """Score every caption that is new or has changed; see `workbench.scoring.score`."""
        from workbench.scoring import score

        return score(self.store, scorer, encoder=encoder, device=device, frames=frames, progress=progress)

    def diagnose(
        self, encoder: str = "bridge", *, media: str | None = None, device: str = "auto", frames: int = 8
    ) -> Diagnosis:
        """Diagnose the space that captions and media are compared in; see `workbench.scoring.diagnosis`."""
        from workbench.scoring.diagnosis import diagnose

        return diagnose(self.store, encoder, media=media, device=device, frames=frames)

    def tune_scorer(
        self, *, encoder: str = "bridge", seed: int = 0, device: str = "auto", progress: bool = False
    ) -> Tuning:
        """Learn from the verified captions; see `workbench.scoring.tuning.tune_scorer`."""
        from workbench.scoring.tuning import tune_scorer

        return tune_scorer(self.store, encoder=encoder, seed=seed, device=device, progress=progress)

    def flag(self, rule: Rule | None = None) -> FlagSummary:
        """Flag the captions at the bottom of an order; see `workbench.review.flag`."""
        from workbench.review import flag

        return flag(self.store, rule)

    def queue(
        self,
        order: str = "worst",
        *,
        error_type: str | None = None,
        random_share: float = 0.15,
        seed: int = 0,
        only: Sequence[str] | None = None,
    ) -> ReviewQueue:
        """Return the captions to decide, in order; see `workbench.review.ReviewQueue`."""
        from workbench.review import ReviewQueue

        return ReviewQueue(
            self.store,
            order,
            error_type=error_type,
            random_share=random_share,
            seed=seed,
            annotator=self.annotator,
            only=only,
        )

    def decide(
        self,
        caption_id: str,
        verdict: str,
        *,
        error_types: Sequence[str] = (),
        spans: Sequence[Span] = (),
        interval: Interval | None = None,
        severity: int | None = None,
        note: str = "",
        edited_text: str = "",
        is_complete: bool | None = None,
        edited_interval: Interval | None = None,
        offset_s: float | None = None,
        annotator: str | None = None,
        key: str | None = None,
    ) -> Event:
        """Store one verdict and its correction; on disk when this returns; see `workbench.review.decide`."""
        from workbench.review import decide

        return decide(
            self.store,
            caption_id,
            verdict,
            annotator=annotator or self.annotator,
            error_types=error_types,
            spans=spans,
            interval=interval,
            severity=severity,
            note=note,
            edited_text=edited_text,
            is_complete=is_complete,
            edited_interval=edited_interval,
            offset_s=offset_s,
            key=key,
        )

    def undo(self) -> Event | None:
        """Take back the last verdict that stands."""
        return self.store.journal.undo(self.annotator)

    def redo(self) -> Event | None:
        """Make the verdict taken back last stand again."""
        return self.store.journal.redo(self.annotator)

    def estimate(self, *, seed: int = 0) -> Estimate:
        """Estimate how many bad pairs are left; see `workbench.review.estimate`."""
        from workbench.review import estimate

        return estimate(self.store, seed=seed)

    def reliability(
        self, *, scorer: str = "suspicion", annotator: str | None = None, seed: int = 0
    ) -> Reliability:
        """Say how far each score can be trusted, by the verdicts; see `workbench.review.reliability`."""
        from workbench.review import reliability

        return reliability(self.store, scorer=scorer, annotator=annotator, seed=seed)

    def export(self, path: Path | str, format: str | None = None) -> ExportSummary:
        """Write captions and verdicts to a file; see `workbench.export.export`."""
        from workbench.export import export

        return export(self.store, path, format)

    def report(self, path: Path | str, *, title: str = "Caption Workbench report") -> Path:
        """Write one self-contained HTML page; see `workbench.report.write_report`."""
        from workbench.report import PairsPart, write_report
        from workbench.workspace.outcomes import last_finetune

        findings = self.lint_pairs().findings if self.pairs.height else None
        pairs = PairsPart(self.pairs, findings, judgements=self.judgements.height)
        return write_report(
            self.store, Path(path), title=title, remaining=self.estimate(), pairs=pairs,
            finetune=last_finetune(self.store),
        )  # fmt: skip


def open(path: Path | str, annotator: str | None = None) -> Workspace:
    """Open a workspace that is there."""
    return Workspace(Store.open(path), annotator)


def create(path: Path | str, *, journal_url: str | None = None, annotator: str | None = None) -> Workspace:
    """Make a workspace in a folder that is empty or not there yet."""
    return Workspace(Store.create(path, journal_url), annotator)


def _login_name() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # no such user in a container, or no password database at all
        return "me"
