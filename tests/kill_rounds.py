"""Run by test_journal_survives_kill: fork a decider, kill it at a random instant, say what it acknowledged.

Reads one line a round from standard input and prints one JSON line a round: the acknowledged acts. It forks
before any thread is started, so that a round costs milliseconds and not a start of Python.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import workbench.review  # noqa: F401  (imported before the fork, or every child would import it again)
from workbench.store import Store


def decide_until_killed(workspace: Path, captions: list[str], round_number: int, pipe: int) -> None:
    import polars as pl

    from workbench.review import decide

    store = Store.open(workspace)
    chance = random.Random(round_number)
    for n in range(100_000):
        key = f"r{round_number}-{n}"
        if n % 7 == 6:
            event = store.journal.undo(f"annotator{round_number}", key=key)
        else:
            event = decide(
                store, chance.choice(captions), "ok", annotator=f"annotator{round_number}", key=key
            )
        if event is not None:
            # Only now, with the commit behind it, is the act acknowledged.
            os.write(pipe, f"{event.kind} {key}\n".encode())
        if n % 5 == 4:
            row = {"source": ["kill"], "row": [round_number * 1000 + n], "reason": ["a reason " * 200]}
            store.append("rejects", pl.DataFrame(row))


def main(workspace: Path, seed: int) -> None:
    chance = random.Random(seed)
    captions = json.loads((workspace.parent / "captions.json").read_text())
    for round_number, _ in enumerate(sys.stdin):
        reader, writer = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(reader)
            decide_until_killed(workspace, captions, round_number, writer)
            os._exit(0)
        os.close(writer)
        first = os.read(reader, 1 << 16)  # it has begun; the instants before that say little
        time.sleep(chance.random() * 0.06)
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        rest = b"".join(iter(lambda: os.read(reader, 1 << 16), b""))  # noqa: B023
        os.close(reader)
        print(json.dumps((first + rest).decode().splitlines()), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
