"""A team on one server and one PostgreSQL: ten people at once, one killed; nothing lost, nothing twice."""

from __future__ import annotations

import asyncio
import itertools
import json
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

import workbench
from tests.made_stores import fill
from tests.served_workspace import Page, Served, Visitor, serve
from tests.started_postgres import NONE_HERE, PROGRAMS, start_postgres
from workbench.journal import Event, Journal
from workbench.workspace import Workspace

pytestmark = pytest.mark.skipif(PROGRAMS is None, reason=NONE_HERE)

CLIENTS, CAPTIONS = 10, 500
KILLED, DIES_AT = "p3", 137
#: How often each person errs on what is so; the last is a poor judge.
ERRS = (0.02, 0.04, 0.05, 0.06, 0.08, 0.1, 0.12, 0.15, 0.2, 0.35)

Plan = dict[str, list[tuple[str, str]]]


@dataclass
class Outcome:
    """What was planned, what came of it, and what the server says of it."""

    ws: Workspace
    served: Served
    url: str
    plan: Plan
    acknowledged: dict[str, int]


def planted(captions: list[str]) -> Plan:
    """Say beforehand what everybody will say of every caption, each in an order of their own."""
    random = np.random.default_rng(11)
    is_bad = random.random(len(captions)) < 0.3
    plan: Plan = {}
    for number, err in enumerate(ERRS):
        says = is_bad ^ (random.random(len(captions)) < err)
        order = random.permutation(len(captions))
        plan[f"p{number}"] = [(captions[i], "misaligned" if says[i] else "ok") for i in order]
    return plan


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcome]:
    folder = tmp_path_factory.mktemp("team")
    with ExitStack() as stack:
        url = stack.enter_context(start_postgres())
        ws = workbench.create(folder / "ws", journal_url=url)
        plan = planted(fill(ws.store, CAPTIONS))
        served = stack.enter_context(serve(ws.path, *plan))
        start = time.monotonic()
        clients = {name: launch(folder, served, name, plan[name]) for name in plan}
        assert clients[KILLED].wait(300) == -signal.SIGKILL
        clients[KILLED] = launch(folder, served, KILLED, plan[KILLED])
        ended = {name: client.wait(500) for name, client in clients.items()}
        print(f"{CLIENTS} clients, {CLIENTS * CAPTIONS} decisions: {time.monotonic() - start:.0f} s")
        assert set(ended.values()) == {0}, ended
        kept = {name: len((folder / f"{name}.kept").read_text().splitlines()) for name in plan}
        yield Outcome(ws, served, url, plan, kept)
        ws.store.journal.close()


def launch(
    folder: Path, served: Served, name: str, decisions: list[tuple[str, str]]
) -> subprocess.Popen[str]:
    told = {
        "link": served.links[name],
        "annotator": name,
        "decisions": decisions,
        "kept": str(folder / f"{name}.kept"),
        "die_at": DIES_AT if name == KILLED else None,
    }
    file = folder / f"{name}.json"
    file.write_text(json.dumps(told))
    return subprocess.Popen([sys.executable, "-m", "tests.team_client", str(file)], text=True)


@pytest.fixture(scope="module")
def events(outcome: Outcome) -> list[Event]:
    reader = Journal(outcome.url)
    found = reader.events()
    reader.close()
    return found


def test_every_decision_is_there_and_none_of_them_twice(outcome: Outcome, events: list[Event]) -> None:
    assert len(events) == CLIENTS * CAPTIONS
    assert Counter(event.kind for event in events) == {"verdict": CLIENTS * CAPTIONS}
    asked = Counter((event.annotator, event.verdict.caption_id) for event in events)
    assert set(asked.values()) == {1}
    assert len({event.key for event in events}) == len(events)


def test_every_decision_is_what_was_said_under_the_name_of_who_said_it(
    outcome: Outcome, events: list[Event]
) -> None:
    stored = {(event.annotator, event.verdict.caption_id): event.verdict.verdict for event in events}
    said = {(name, caption): verdict for name, made in outcome.plan.items() for caption, verdict in made}
    assert stored == said


def test_the_client_that_was_killed_lost_nothing_and_sent_its_last_decision_once(
    outcome: Outcome, events: list[Event]
) -> None:
    own = [event for event in events if event.annotator == KILLED]
    assert [event.verdict.caption_id for event in own] == [caption for caption, _ in outcome.plan[KILLED]]
    assert outcome.acknowledged[KILLED] == CAPTIONS
    assert sum(str(event.key).startswith(f"{KILLED}-{DIES_AT}#") for event in own) == 1


def brute_alpha(plan: Plan) -> float:
    """Krippendorff's alpha by its definition: over couples of answers, nothing shared with the code."""
    answers: dict[str, list[str]] = {}
    for made in plan.values():
        for caption, verdict in made:
            answers.setdefault(caption, []).append(verdict)
    given = Counter(verdict for said in answers.values() for verdict in said)
    total = sum(given.values())
    seen = sum(
        sum(one != other for one, other in itertools.permutations(said, 2)) / (len(said) - 1)
        for said in answers.values()
    )
    by_chance = 2 * given["ok"] * given["misaligned"] / (total - 1)
    return 1 - seen / by_chance


def test_agreement_on_the_page_is_that_of_the_planted_values(outcome: Outcome) -> None:
    visitor = Visitor(outcome.served)
    visitor.enter("p0")

    async def look() -> dict[str, object]:
        page = await Page(visitor, "team", annotator="p0").open()
        _, [figures] = await page.ask("open")
        told: dict[str, object] = json.loads(figures)
        return told

    told = asyncio.run(look())
    alpha = told["agreement"]
    assert alpha["value"] == pytest.approx(brute_alpha(outcome.plan))
    assert alpha["low"] < alpha["value"] < alpha["high"]
    assert 0.4 < alpha["value"] < 0.8, "planted disagreement shows: answers are compared, not their presence"
    assert {row["decided"] for row in told["people"]} == {CAPTIONS}
    assert len(told["couples"]) == CLIENTS * (CLIENTS - 1) // 2


def test_the_poorest_judge_shows_as_such(outcome: Outcome) -> None:
    people = outcome.ws.team().people.sort("equal")
    assert people["annotator"][0] == f"p{CLIENTS - 1}"
    assert people["alpha_without"].arg_max() == 0
    one = [(caption, verdict) for caption, verdict in outcome.plan["p0"]]
    other = dict(outcome.plan["p1"])
    equal = np.mean([other[caption] == verdict for caption, verdict in one])
    couple = outcome.ws.team().couples.filter(one="p0", other="p1")
    assert couple["equal"][0] == pytest.approx(equal)


def test_the_history_says_who_decided_what_in_the_order_of_the_journal(
    outcome: Outcome, events: list[Event]
) -> None:
    listed = outcome.ws.history().reverse()
    assert listed["seq"].to_list() == [event.seq for event in events]
    assert listed["annotator"].to_list() == [event.annotator for event in events]
    assert listed["at_utc"].is_sorted()
