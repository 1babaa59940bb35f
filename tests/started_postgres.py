"""A real PostgreSQL server on a free loopback port, for as long as a test needs it."""

from __future__ import annotations

import importlib.util
import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

__all__ = ["NONE_HERE", "PROGRAMS", "start_postgres"]

SCRIPT = Path(__file__).parents[1] / "scripts" / "get_postgres.py"
NONE_HERE = "no PostgreSQL server on this machine, and none could be had; run: python scripts/get_postgres.py"


def _find() -> Path | None:
    spec = importlib.util.spec_from_file_location("get_postgres", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    found: Path | None = script.find_postgres()
    return found


#: The folder with its programs; None where there is none.
PROGRAMS = _find()


@contextmanager
def start_postgres() -> Iterator[str]:
    """Start a server and yield its URL."""
    assert PROGRAMS is not None, NONE_HERE
    folder = Path(tempfile.mkdtemp(prefix="cw-pg-"))
    # The server refuses to run as root, and whom it runs as must reach its programs.
    user = "nobody" if os.geteuid() == 0 else None
    programs = PROGRAMS
    if user:
        programs = _reachable(PROGRAMS, folder)
        shutil.chown(folder, user)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data, log = folder / "data", folder / "log"
    run = {"user": user, "cwd": folder, "check": True, "capture_output": True}
    subprocess.run([programs / "initdb", "-D", data, "-U", "team", "-A", "trust", "--no-sync"], **run)
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
    subprocess.run([programs / "pg_ctl", "-D", data, "-l", log, "-o", options, "-w", "start"], **run)
    try:
        yield f"postgresql://team@127.0.0.1:{port}/postgres"
    finally:
        subprocess.run([programs / "pg_ctl", "-D", data, "-m", "immediate", "stop"], **run)
        shutil.rmtree(folder, ignore_errors=True)


def _reachable(programs: Path, folder: Path) -> Path:
    """Return the programs where everybody can run them: a virtual environment may lie in a closed home."""
    if all(part.stat().st_mode & 0o005 == 0o005 for part in (programs, *programs.parents)):
        return programs
    folder.chmod(0o755)
    copied = folder / "programs"
    shutil.copytree(programs.parent, copied, symlinks=True)
    return copied / programs.name
