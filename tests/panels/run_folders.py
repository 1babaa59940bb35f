"""Runs as their folders tell them, made by hand: nothing is trained and no process lives."""

from __future__ import annotations

import dataclasses
import json
import math
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import polars as pl

from tests.started_runs import text_rows
from widgets.runs.runs import RunCore
from workbench.finetune.config import RunConfig
from workbench.finetune.directory import RunFolder
from workbench.finetune.evaluation.flagged import SEEN_SCHEMA
from workbench.finetune.evaluation.result import TEXT_SCHEMA, Evaluation
from workbench.finetune.rows import FLAGGED_SCHEMA
from workbench.finetune.run import Run
from workbench.metrics import Metric
from workbench.records import utc_now
from workbench.workspace import Workspace

__all__ = ["Teller", "ask", "core_of", "evaluation_of", "make_run", "seen_item"]

BEGAN = datetime.fromisoformat("2026-03-02T10:00:00+00:00")


class Teller:
    """Write events as a run does, one second after another."""

    def __init__(self, folder: RunFolder, at: datetime = BEGAN) -> None:
        self.folder, self.at, self.pace = folder, at, timedelta(seconds=1)

    def tell(self, kind: str, **facts: object) -> Teller:
        self.at += self.pace
        line = json.dumps({"kind": kind, "at": self.at.isoformat()} | facts)
        with self.folder.events.open("a") as file:
            file.write(line + "\n")
        return self

    def start(self, steps: int = 40, attempt: int = 1, **facts: object) -> Teller:
        return self.tell(
            "started", attempt=attempt, device="cpu", engine="fast", why="proven for it", steps=steps,
            pairs=214, parameters=96_000, **facts,
        )  # fmt: skip

    def steps(self, first: int, last: int, **facts: object) -> Teller:
        for step in range(first, last + 1):
            fall = math.exp(-step / 30)
            told = {
                "step": step, "loss": 0.69 * fall + 0.02 * math.sin(step), "margin": 2 * (1 - fall),
                "accuracy": 1 - 0.4 * fall, "chosen_logp": -12 - step / 100,
                "rejected_logp": -13 - step / 10, "chosen_reward": 0.1, "rejected_reward": -0.4,
                "grad_norm": 1 + fall, "learning_rate": 2e-4 * (1 - step / 200),
                "tokens_per_s": 900 + 20 * math.sin(step), "memory_bytes": 1_300_000_000,
                "seconds_left": 46.0,
            }  # fmt: skip
            self.tell("step", **(told | facts))
        return self

    def look(self, step: int, accuracy: float, **facts: object) -> Teller:
        told = {
            "step": step, "pairs": 200, "loss": 0.7 - step / 100, "margin": step / 30, "accuracy": accuracy,
            "low": accuracy - 0.06, "high": min(1.0, accuracy + 0.05), "by_group": [],
        }  # fmt: skip
        return self.tell("held_out", **(told | facts))

    def say(self, step: int, texts: Mapping[str, str]) -> Teller:
        items = [{"caption_id": key, "text": text} for key, text in texts.items()]
        return self.tell("samples", step=step, items=items)


def make_run(ws: Workspace, name: str = "dpo-1", **settings: object) -> tuple[Run, Teller]:
    """Make the folder of a run of a workspace; two of its captions were flagged, one of them corrected."""
    folder = RunFolder(ws.path / "runs" / name)
    folder.path.mkdir(parents=True)
    config = RunConfig(name=name, **settings)
    card = {"name": name, "made_at": utc_now().isoformat(), "config": dataclasses.asdict(config)}
    folder.card.write_text(json.dumps(card))
    flagged(ws).write_parquet(folder.flagged)
    text_rows([("Say it.", "a red square", "a blue square")]).write_parquet(folder.rows)
    return Run(folder), Teller(folder)


def flagged(ws: Workspace) -> pl.DataFrame:
    corrected = {"a dog on a sofa": "an orange square", "a cat": ""}
    shown = ws.captions.filter(pl.col("text").is_in(list(corrected))).sort("text", descending=True)
    rows = [
        {
            "caption_id": row["caption_id"], "sample_id": row["sample_id"], "text": row["text"],
            "media": "image", "edited_text": corrected[row["text"]], "error_types": ["object"], "paths": [],
            "prompt": "Say it.", "pair_id": "p1" if corrected[row["text"]] else "",
        }
        for row in shown.iter_rows(named=True)
    ]  # fmt: skip
    return pl.DataFrame(rows, schema=FLAGGED_SCHEMA)


def seen_item(
    key: str,
    before: str,
    after: str,
    outcome: str,
    *,
    wrong: tuple[list[str], list[str]] = ([], []),
    missed: Sequence[str] = (),
    taught: Sequence[str] = (),
) -> dict[str, object]:
    """Return a row of `SEEN_SCHEMA`."""
    return {
        "caption_id": key, "sample_id": f"s-{key}", "text": before, "edited_text": "", "error_types": [],
        "pair_id": "", "media": "image", "paths": [], "prompt": "Say it.", "before": before, "after": after,
        "wrong_before": wrong[0], "wrong_after": wrong[1], "missed_before": [], "missed_after": list(missed),
        "outcome": outcome, "split": "", "trained": False, "taught_by": list(taught),
    }  # fmt: skip


def evaluation_of(
    seen: Sequence[Mapping[str, object]],
    metrics: Mapping[str, Metric] | None = None,
    folder: RunFolder | None = None,
) -> Evaluation:
    """Return an evaluation of these items and numbers, and of nothing else."""
    none = pl.DataFrame()
    return Evaluation(
        run=folder.path.name if folder else "dpo-1",
        folder=folder.evaluation if folder else Path("evaluation"),
        metrics=metrics or {}, warnings=("Recall fell.",), notes=("12 other samples.",), facts={},
        flagged=pl.DataFrame(seen, schema=SEEN_SCHEMA), texts=pl.DataFrame(schema=TEXT_SCHEMA), pairs=none,
        probes=none, slices=none, bins=none,
    )  # fmt: skip


def core_of(ws: Workspace, *runs: Run, name: str = "") -> RunCore:
    """Return a core that knows these runs."""
    return RunCore(ws, name, runs=lambda: {run.name: run for run in runs})


def ask(core: RunCore, op: str, **fields: object) -> dict[str, object]:
    """Return the answer to a command, with what came in its buffer."""
    answer = core.answer({"op": op, **fields})
    assert answer.content["ok"], answer.content
    bulk = json.loads(answer.buffers[0]) if answer.buffers else {}
    return answer.content | bulk
