"""A decision once acknowledged is never lost, whenever the process is killed."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from made_stores import fill

from workbench.store import Store

ROUNDS = 200


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork to reach 200 instants in seconds; POSIX only")
def test_two_hundred_kills_lose_nothing_store_nothing_twice_and_leave_every_table_readable(
    tmp_path: Path,
) -> None:
    store = Store.create(tmp_path / "ws")
    (tmp_path / "captions.json").write_text(json.dumps(fill(store, 30)))
    rounds = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("kill_rounds.py")), str(store.path), "7"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])},
    )
    assert rounds.stdin is not None
    assert rounds.stdout is not None
    acknowledged: list[str] = []
    for _ in range(ROUNDS):
        rounds.stdin.write("next\n")
        rounds.stdin.flush()
        acknowledged += json.loads(rounds.stdout.readline())
        # A new reader each time: it must find whole tables, whatever the kill interrupted.
        reader = Store.open(store.path)
        assert {table: reader.read(table).is_empty() for table in ("samples", "captions", "scores")} == {
            "samples": False,
            "captions": False,
            "scores": False,
        }
        reader.read("rejects")
    rounds.stdin.close()
    assert rounds.wait(timeout=30) == 0

    events = store.journal.events()
    stored = Counter(event.key for event in events)
    assert len(acknowledged) > ROUNDS
    assert [line for line in acknowledged if stored[line.split()[1]] != 1] == []
    assert max(stored.values()) == 1
    # What was stored and not acknowledged is at most the one act in flight at each kill.
    assert len(events) - len(acknowledged) <= ROUNDS
    assert len(store.journal.verdicts()) == expected_standing(events)


def expected_standing(events: list[object]) -> int:
    """Count the captions that keep a verdict, from the events alone, by the definition of undo."""
    taken_back = {e.target_seq for e in events if e.kind == "undo"}
    made = [e for e in events if e.kind == "verdict" and e.seq not in taken_back]
    return len({(e.verdict.caption_id, e.annotator) for e in made})


def decide_lines(captions: list[str], count: int) -> str:
    chance = random.Random(3)
    rows = [
        {"caption_id": chance.choice(captions), "verdict": "ok", "annotator": "ana", "key": f"k{n}"}
        for n in range(count)
    ]
    return "".join(json.dumps(row) + "\n" for row in rows)


def shell(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "workbench", *arguments]


def test_the_shell_acknowledges_only_what_is_durable_and_a_retry_stores_nothing_twice(tmp_path: Path) -> None:
    store = Store.create(tmp_path / "ws")
    lines = tmp_path / "decisions.jsonl"
    lines.write_text(decide_lines(fill(store, 30), 400))
    command = shell("decide", str(store.path), "--from", str(lines))
    acknowledged = 0
    for delay_s in (0.0, 0.05, 0.2):
        running = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert running.stdout is not None
        said = [running.stdout.readline()]
        time.sleep(delay_s)
        running.send_signal(signal.SIGKILL)
        said += running.stdout.readlines()
        running.wait()
        acknowledged = max(
            acknowledged, sum(line.startswith("saved ") and line.endswith("\n") for line in said)
        )
        assert len(store.journal.events()) >= acknowledged > 0
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    assert (done.returncode, done.stdout.count("saved ")) == (0, 400)
    assert sorted(e.key or "" for e in store.journal.events()) == sorted(f"k{n}" for n in range(400))


def test_the_shell_lists_the_replayed_state(tmp_path: Path) -> None:
    store = Store.create(tmp_path / "ws")
    captions = fill(store, 3)
    rows = [
        {"caption_id": captions[0], "verdict": "ok", "annotator": "ana", "key": "same"},
        {"caption_id": captions[0], "verdict": "ok", "annotator": "ana", "key": "same"},
        {"caption_id": captions[1], "verdict": "misaligned", "error_types": ["count"], "annotator": "ana"},
    ]
    sent = "".join(json.dumps(row) + "\n" for row in rows)
    done = subprocess.run(
        shell("decide", str(store.path), "--from", "-"),
        input=sent,
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.stdout.splitlines() == ["saved 1", "saved 2", "saved 3"]
    listed = subprocess.run(
        shell("verdicts", str(store.path), "--json", "-"), check=True, capture_output=True, text=True
    )
    state = json.loads(listed.stdout)
    assert [(row["caption_id"], row["verdict"], row["error_types"]) for row in state] == [
        (captions[0], "ok", []),
        (captions[1], "misaligned", ["count"]),
    ]
