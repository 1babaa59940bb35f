"""An annotator's page without a browser: decides what it was told to, and keeps what is not acknowledged.

    python -m tests.team_client PLAN

The plan is JSON: `link`, `annotator`, `decisions` (caption and verdict), `kept` (a file, the storage
of the page), and `die_at`: the decision after whose sending it kills itself, its answer not read.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

from tests.served_workspace import Page, Served, Visitor


async def work(plan: dict[str, object]) -> None:
    """Decide in order; begin where an earlier life of this client was not acknowledged any more."""
    annotator, kept = str(plan["annotator"]), Path(str(plan["kept"]))
    decisions = plan["decisions"]
    assert isinstance(decisions, list)
    acknowledged = len(kept.read_text().splitlines()) if kept.exists() else 0
    die_at = plan["die_at"] if not acknowledged else None
    visitor = Visitor(Served(subprocess.Popen(["true"], text=True), {annotator: str(plan["link"])}))
    visitor.enter(annotator)
    page = await Page(visitor, "review", annotator=annotator, tab=str(os.getpid())).open()
    with kept.open("a") as storage:
        for number in range(acknowledged, len(decisions)):
            caption, verdict = decisions[number]
            request = {
                "caption_ids": [caption],
                "verdict": verdict,
                "error_types": ["object"] if verdict == "misaligned" else [],
                "key": f"{annotator}-{number}",
            }
            if number == die_at:
                await page.socket.write_message(json.dumps({"id": "last", "op": "decide", **request}))
                os.kill(os.getpid(), signal.SIGKILL)
            answer, _ = await page.ask("decide", **request)
            assert answer["ok"], answer
            storage.write(f"{number}\n")
            storage.flush()


if __name__ == "__main__":
    told = json.loads(Path(sys.argv[1]).read_text())
    assert urlsplit(told["link"]).hostname == "127.0.0.1"
    asyncio.run(work(told))
