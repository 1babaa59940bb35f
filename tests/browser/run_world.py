"""Runs of the small world, told by hand: one that is over, one that goes as long as a test wants."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import timedelta

import polars as pl

from tests.panels.run_folders import Teller, make_run
from workbench.finetune.rows import FLAGGED_SCHEMA
from workbench.records import utc_now
from workbench.workspace import Workspace

__all__ = ["give_runs", "model_texts", "tell_run"]

#: A word of the captions -> what the model takes it for.
_TAKEN_FOR: Mapping[str, str] = {
    "red": "blue", "blue": "green", "green": "yellow", "yellow": "red", "white": "grey", "black": "brown",
    "dog": "cat", "tree": "house", "car": "bus", "boat": "kite", "two": "three", "one": "two",
}  # fmt: skip


def give_runs(ws: Workspace) -> tuple[Teller, Teller]:
    """Add a finished run, and one in the middle that nothing goes on with; return what they tell by."""
    flagged = _flagged(ws)
    tellers = []
    for name, settings in (
        ("dpo-attributes-2", {"learning_rate": 1e-4}),
        ("dpo-attributes-3", {"sft_weight": 0.0}),
    ):
        run, teller = make_run(ws, name, **settings)
        flagged.write_parquet(run.folder.flagged)
        teller.at, teller.pace = utc_now() - timedelta(seconds=112), timedelta(seconds=1.1)
        tellers.append(teller)
    before, now = tellers
    tell_run(before, flagged, 120, 120, mended=7, bend=0.8)
    before.tell("finished", step=120, path="weights", seconds=150.0)
    tell_run(now, flagged, 84, 120, mended=4)
    return before, now


def tell_run(
    teller: Teller, flagged: pl.DataFrame, last: int, steps: int, *, mended: int, bend: float = 1.0
) -> None:
    """Tell of a run from its start up to a step."""
    rng = random.Random(last)
    teller.tell("queued", attempt=1, behind=0).start(steps=steps)
    teller.say(0, model_texts(flagged, 0))
    for step in range(1, last + 1):
        share = bend * step / 120
        noise = rng.gauss(0, 1)
        teller.steps(
            step, step, loss=0.69 - 0.38 * share + 0.03 * noise, margin=1.5 * share + 0.08 * noise,
            accuracy=min(1.0, max(0.0, 0.5 + 0.45 * share**0.5 + 0.06 * noise)),
            chosen_logp=-21 - 0.9 * share + 0.15 * noise, rejected_logp=-23 - 9 * share + 0.3 * noise,
            tokens_per_s=2140 + 90 * noise, seconds_left=46.0,
        )  # fmt: skip
        if step % 12 == 0:
            teller.look(
                step, round(0.5 + 0.36 * share**0.5 + 0.01 * noise, 3), loss=0.69 - 0.3 * share,
                margin=1.2 * share,
            )  # fmt: skip
            teller.tell("checkpoint", step=step, path=f"checkpoints/step-{step:06}")
        if step % 40 == 0 or step == last:
            teller.say(step, model_texts(flagged, round(mended * step / last)))


def model_texts(flagged: pl.DataFrame, mended: int) -> dict[str, str]:
    """Return what a model says of the items: as it stands corrected for some, wrong for the others."""
    return {
        row["caption_id"]: row["edited_text"] if place < mended else row["text"]
        for place, row in enumerate(flagged.iter_rows(named=True))
    }


def _flagged(ws: Workspace, most: int = 9) -> pl.DataFrame:
    shown = ws.captions.join(ws.samples.filter(media="image"), on="sample_id").sort("path")
    rows = []
    for row in shown.iter_rows(named=True):
        words = str(row["text"]).split()
        place = next((n for n, word in enumerate(words) if word.strip(".,").lower() in _TAKEN_FOR), None)
        if place is None or len(words) > 20 or len(rows) == most:
            continue
        wrong = [*words]
        plain = words[place].strip(".,").lower()
        wrong[place] = words[place].lower().replace(plain, _TAKEN_FOR[plain])
        rows.append(
            {
                "caption_id": row["caption_id"], "sample_id": row["sample_id"], "text": " ".join(wrong),
                "edited_text": row["text"], "error_types": [_error_type(plain)], "pair_id": f"p{len(rows)}",
                "media": "image", "paths": [], "prompt": "Describe the image.",
            }
        )  # fmt: skip
    return pl.DataFrame(rows, schema=FLAGGED_SCHEMA)


def _error_type(word: str) -> str:
    if word in ("one", "two"):
        return "count"
    return "object" if word in ("dog", "tree", "car", "boat") else "attribute"
