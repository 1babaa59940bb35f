"""The same journal on PostgreSQL: a real server, started here on a free loopback port."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from workbench.journal import Journal
from workbench.records import Verdict

INITDB = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), reverse=True)), None)
pytestmark = pytest.mark.skipif(
    INITDB is None and shutil.which("initdb") is None,
    reason="no PostgreSQL server on this machine; the journal's SQLite tests cover the shared code",
)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    programs = (INITDB or Path(shutil.which("initdb") or "")).parent
    folder = Path(tempfile.mkdtemp(prefix="cw-pg-"))
    # The server refuses to run as root.
    user = "nobody" if os.geteuid() == 0 else None
    if user:
        shutil.chown(folder, user)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data = folder / "data"
    run = {"user": user, "cwd": folder, "check": True, "capture_output": True}
    subprocess.run([programs / "initdb", "-D", data, "-U", "team", "-A", "trust", "--no-sync"], **run)
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
    log = folder / "log"
    subprocess.run([programs / "pg_ctl", "-D", data, "-l", log, "-o", options, "-w", "start"], **run)
    try:
        yield f"postgresql://team@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run([programs / "pg_ctl", "-D", data, "-m", "immediate", "stop"], **run)
        shutil.rmtree(folder, ignore_errors=True)


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
