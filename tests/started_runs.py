"""Rows of runs made by hand, and runs of the fake trainer."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import polars as pl

from workbench.finetune.config import RunConfig
from workbench.finetune.rows import FLAGGED_SCHEMA, HELD_OUT, ROW_SCHEMA, TRAIN
from workbench.finetune.run import Run, start_run

__all__ = ["FAKE", "fake_rows", "flagged_items", "start_fake", "text_rows", "until"]

PATIENCE_S = 300
#: The program of a run that trains nothing; see fake_trainer.py.
FAKE = (sys.executable, str(Path(__file__).with_name("fake_trainer.py")))


def text_rows(texts: Iterable[tuple[str, str, str]], held_out: int = 0) -> pl.DataFrame:
    """Return rows of prompt, chosen and rejected; the last `held_out` of them are held out."""
    told = list(texts)
    rows = [
        {
            "pair_id": f"p{number}",
            "sample_id": f"s{number}",
            "chosen_id": f"c{number}",
            "rejected_id": f"r{number}",
            "media": "",
            "paths": [],
            "collage": "",
            "prompt": prompt,
            "chosen": chosen,
            "rejected": rejected,
            "status": "accepted",
            "origin": "edit",
            "builder": "",
            "annotator": "ana",
            "for_chosen": ["ana"],
            "for_rejected": [],
            "group": "",
            "split": TRAIN if number < len(told) - held_out else HELD_OUT,
            "unfit": "",
        }
        for number, (prompt, chosen, rejected) in enumerate(told)
    ]
    return pl.DataFrame(rows, schema=ROW_SCHEMA)


def flagged_items(texts: Iterable[str] = ()) -> pl.DataFrame:
    """Return flagged captions that show nothing."""
    rows = [
        {"caption_id": f"r{number}", "sample_id": f"s{number}", "text": text, "media": "", "prompt": "say"}
        for number, text in enumerate(texts)
    ]
    return pl.DataFrame(rows, schema=FLAGGED_SCHEMA)


def fake_rows() -> pl.DataFrame:
    """Return the two pairs that the fake trainer is handed."""
    return text_rows(
        [("Describe", "a red wall", "a blue wall"), ("Describe", "a green door", "a white door")]
    )


def start_fake(home: Path, config: RunConfig | None = None, **told: int) -> Run:
    """Start a run of the fake trainer, which does as it is told: fail_at=3 and such."""
    home.mkdir(exist_ok=True)
    for name, step in told.items():
        (home / name).write_text(str(step))
    asked = config or RunConfig(device="cpu")
    return start_run(home, asked, fake_rows(), flagged_items(["a dog"]), program=FAKE)


def until(holds: Callable[[], bool], what: str) -> None:
    """Look again and again until something holds; nothing depends on how often."""
    end = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < end, f"never: {what}"
        time.sleep(0.01)
