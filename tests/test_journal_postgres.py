"""The same journal on PostgreSQL: a real server, started here on a free loopback port."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from tests.started_postgres import NONE_HERE, PROGRAMS, start_postgres
from workbench.journal import Journal
from workbench.records import Verdict

pytestmark = pytest.mark.skipif(PROGRAMS is None, reason=NONE_HERE)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with start_postgres() as started:
        yield started


def test_decide_undo_and_redo_work_as_on_sqlite(url: str) -> None:
    journal = Journal(url)
    journal.record(Verdict("c1", "ok", "ana"), key="pg-1")
    journal.record(Verdict("c1", "misaligned", "ana", error_types=("count",), note="nine, not 8 — ü"))
    assert journal.record(Verdict("c1", "ok", "ana"), key="pg-1").is_repeat
    journal.undo("ana")
    assert [v.verdict for v in Journal(url).verdicts() if v.annotator == "ana"] == ["ok"]
    journal.redo("ana")
    assert [v.note for v in Journal(url).verdicts() if v.annotator == "ana"] == ["nine, not 8 — ü"]
    journal.close()


def test_a_reader_that_follows_several_writers_misses_no_event(url: str) -> None:
    before = len(Journal(url).events())
    writers = [Journal(url) for _ in range(4)]
    reader = Journal(url)

    def work(name: str, journal: Journal) -> None:
        for n in range(40):
            journal.record(Verdict(f"c{n}", "ok", name))

    threads = [threading.Thread(target=work, args=(f"w{n}", journal)) for n, journal in enumerate(writers)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        reader.verdicts()
    assert len([v for v in reader.verdicts() if v.annotator.startswith("w")]) == 160
    assert len(reader.events()) == before + 160
    for journal in (*writers, reader):
        journal.close()
