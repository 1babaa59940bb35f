"""Run the whole loop on the demo world: build, ingest, score, flag, review, make pairs, tune, report."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import polars as pl

from workbench.alignment.suspicion import rank_by_type
from workbench.demo.mending import Mended, mend_captioner
from workbench.demo.pairing import JUDGEMENTS, PairsDone, make_pairs
from workbench.demo.reviewer import replay_reviewer
from workbench.demo.world import World, build_world, caption_truth
from workbench.errors import WorkspaceExistsError
from workbench.ingest import IngestSummary, ingest
from workbench.report import TypeRow, evaluate_types, format_table, write_report
from workbench.review import Estimate, estimate, flag, fresh_scores, queue_order
from workbench.scoring import SCORERS, ScoreSummary, score
from workbench.store import Store

__all__ = ["DemoResult", "run"]

#: A quarter of the default world, a quarter of them at random, for an interval worth reading.
DECISIONS = 240


@dataclass(frozen=True)
class DemoResult:
    """What a run of the demo did and found; printing it gives the table and what the numbers rest on.

    `truly_left` is how many wrong captions nobody has decided, `estimate` what the random stratum says of it.
    """

    workspace: Path
    world: World
    ingested: IngestSummary
    scored: tuple[ScoreSummary, ...]
    flagged: str
    decided: int
    types: tuple[TypeRow, ...]
    estimate: Estimate
    truly_left: int
    pairs: PairsDone
    mended: Mended | None
    report: Path
    notes: tuple[str, ...]
    seconds: float

    def __str__(self) -> str:
        looked_at, found = (self.types[-1].looked_at, self.types[-1].found) if self.types else (0, 0)
        lines = [
            f"World: {self.world}",
            f"Ingest: {self.ingested}",
            *(f"Score: {summary}" for summary in self.scored),
            f"Flag: {self.flagged}",
            f"Review: {self.decided:,} by a scripted reviewer; {found:,} of {looked_at:,} wrong found.",
            "",
            format_table(self.types),
            "",
            f"Left: {str(self.estimate).rstrip('.')}. Truly left: {self.truly_left:,}.",
            "",
            *self.pairs.lines,
            *(self.mended.lines if self.mended else ()),
            *(f"Note: {note}" for note in self.notes),
            f"Report: {self.report} ({self.seconds:.1f} s in all)",
        ]
        return "\n".join(lines)


def run(
    path: Path | str,
    *,
    images: int = 480,
    videos: int = 24,
    audio: int = 24,
    seed: int = 0,
    decisions: int = DECISIONS,
    judgements: int = JUDGEMENTS,
    finetune: str = "",
    progress: bool | None = None,
) -> DemoResult:
    """Make a demo workspace at a path, or go on with the one that is there.

    Nothing that is there already is made again, so a second run takes seconds. Without PyTorch the pairs are
    not scored by what they look like; the run says so and goes on with what there is.

    Args:
        path: Folder of the workspace; the world is built in its subfolder `world`.
        images: How many pictures.
        videos: How many clips (none without PyAV).
        audio: How many recordings.
        seed: Number of the world.
        decisions: How many decisions the scripted reviewer makes in all.
        judgements: How many pairs each of the scripted judges answers.
        finetune: `short` or `whole`: also tune the embedded captioner and show what that changed; "" for not.
        progress: Whether to show bars; by default where stderr is a terminal.

    Raises:
        WorkspaceExistsError: When the folder holds a demo world of another size or seed.
    """
    began = time.perf_counter()
    folder = Path(path)
    is_shown = sys.stderr.isatty() if progress is None else progress
    store = Store.open(folder) if (folder / "workspace.json").exists() else Store.create(folder)
    world = _world(folder / "world", images=images, videos=videos, audio=audio, seed=seed, progress=is_shown)
    ingested = ingest(store, world.captions_file, progress=is_shown)
    scored, notes = _score_all(store, progress=is_shown)
    flagged = flag(store)
    truth = caption_truth(store, world.folder)
    replay_reviewer(store, truth, decisions=decisions, seed=seed)
    remaining = estimate(store)
    pairs = make_pairs(store, truth, folder, seed=seed, judgements=judgements)
    mended = mend_captioner(folder / "finetune", finetune, seed=seed) if finetune else None
    report = write_report(
        store,
        folder / "report.html",
        title="Demo world",
        truth=truth,
        remaining=remaining,
        pairs=pairs.part,
        finetune=mended.part if mended else None,
    )
    verdicts = store.journal.frame()
    return DemoResult(
        workspace=folder,
        world=world,
        ingested=ingested,
        scored=scored,
        flagged=str(flagged),
        decided=verdicts.height,
        types=_types(store, truth),
        estimate=remaining,
        truly_left=truth.filter("is_wrong").join(verdicts, on="caption_id", how="anti").height,
        pairs=pairs,
        mended=mended,
        report=report,
        notes=(*world.notes, *notes, *pairs.left_out, *(mended.left_out if mended else ())),
        seconds=time.perf_counter() - began,
    )


def _world(folder: Path, *, images: int, videos: int, audio: int, seed: int, progress: bool) -> World:
    """Return the world that lies in the folder, or build it; its card is written last, when it is whole."""
    card, wanted = folder / "world.json", {"images": images, "videos": videos, "audio": audio, "seed": seed}
    if card.exists():
        kept = json.loads(card.read_text(encoding="utf-8"))
        if kept["asked"] != wanted:
            raise WorkspaceExistsError(
                f"{folder} holds another demo world ({kept['asked']}, asked for now: {wanted}).",
                "Give another folder, or remove this one.",
            )
        return World(**{**kept["world"], "folder": folder, "notes": tuple(kept["world"]["notes"])})
    world = build_world(folder, images=images, videos=videos, audio=audio, seed=seed, progress=progress)
    facts = {**asdict(world), "folder": "."}
    card.write_text(json.dumps({"asked": wanted, "world": facts}, indent=1), encoding="utf-8")
    return world


def _score_all(store: Store, *, progress: bool) -> tuple[tuple[ScoreSummary, ...], list[str]]:
    """Run every scorer that has something to say of the demo; return what it did, and what could not run."""
    done = score(store, "all", encoder="bridge", progress=progress)
    notes = [f"No {name}: {reason}" for name, reason in done.not_run.items() if SCORERS[name].cost != "model"]
    return tuple(summary for summary in done if summary.scored + summary.reused), notes


def _types(store: Store, truth: pl.DataFrame) -> tuple[TypeRow, ...]:
    media = store.read("samples").select("sample_id", "media")
    captions = store.read("captions").join(media, on="sample_id")
    return tuple(
        evaluate_types(
            queue_order(store),
            captions,
            store.journal.frame(),
            truth,
            by_type=rank_by_type(fresh_scores(store)),
        )
    )
