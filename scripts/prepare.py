"""Make the environment that a `make` target needs; where it is there already, do nothing.

Run by any Python 3.11 or newer, with its standard library only: `python scripts/prepare.py demo|lab|test`.
A mark in `.venv` holds a hash of what was asked for, so that a second run is one comparison.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import time
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")

# Each level holds all that the levels before it hold, so a mark of a later one does for an earlier one.
LEVELS: dict[str, tuple[str, ...]] = {
    "demo": ("torch", "audio-video"),
    "lab": ("torch", "audio-video", "plots", "pairs", "finetune", "lab"),
    "test": (
        "torch",
        "audio-video",
        "speech",
        "plots",
        "lab",
        "fiftyone",
        "pairs",
        "finetune",
        "postgres",
        "serve",
        "umap",
        "dev",
    ),
}
TORCH = (
    "torch==2.13.0"  # first and pinned: the CPU build is taken where one is offered, no second torch comes
)
HARMLESS = ("WARNING: Location 'file:", "[notice]", "WARNING: Running pip as the 'root' user")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("level", choices=LEVELS)
    level = parser.parse_args().level
    if is_ready(level):
        return 0
    print(f"setting up .venv for `make {level}` (a few minutes the first time)", flush=True)
    try:
        prepare(level)
    except subprocess.CalledProcessError as error:
        print(
            f"set-up stopped: {error}. It needs the package registries; run it again to go on.",
            file=sys.stderr,
        )
        return 2
    mark(level).write_text(fingerprint())
    return 0


def prepare(level: str) -> None:
    with step("virtual environment"):
        make_venv()
    constraints = str(ROOT / "constraints.txt")
    pinned = ["-c", constraints]
    with step("pip"):
        pip(*pinned, "pip")
    with step(TORCH):
        pip(*pinned, TORCH)
    extras = ",".join(LEVELS[level])
    with step(f"caption-workbench[{extras}]"):
        pip(*pinned, "--build-constraint", constraints, "-e", f"{ROOT}[{extras}]")
    if level == "test":
        with step("Chromium for the browser tests"):
            subprocess.run([PYTHON, ROOT / "scripts" / "get_chromium.py"], check=True)
        with step("mongod for FiftyOne"):
            subprocess.run([PYTHON, ROOT / "scripts" / "get_mongod.py"], check=True)
        with step("PostgreSQL for a team's journal"):
            subprocess.run([PYTHON, ROOT / "scripts" / "get_postgres.py"], check=True)


def is_ready(level: str) -> bool:
    """Say whether `.venv` runs and a mark of this level, or a later one, bears today's fingerprint."""
    if not runs(PYTHON):
        return False
    names = list(LEVELS)
    return any(
        mark(name).is_file() and mark(name).read_text() == fingerprint()
        for name in names[names.index(level) :]
    )


def fingerprint() -> str:
    digest = hashlib.sha256()
    for name in ("pyproject.toml", "constraints.txt", "scripts/prepare.py"):
        digest.update((ROOT / name).read_bytes())
    digest.update(
        str(ROOT).encode()
    )  # an editable install points at this folder; a moved clone needs a new one
    return digest.hexdigest()


def mark(level: str) -> Path:
    return VENV / f"ready-{level}"


def make_venv() -> None:
    if not runs(PYTHON):
        venv.create(VENV, clear=True, with_pip=True, symlinks=os.name != "nt")


def runs(python: Path) -> bool:
    probe = "import sys; sys.exit(sys.version_info < (3, 11) or sys.prefix == sys.base_prefix)"
    try:
        return subprocess.run([python, "-c", probe], capture_output=True).returncode == 0
    except OSError:
        return False


def pip(*arguments: str) -> None:
    """Run `pip install -q`, passing on what it says except lines that never ask for action."""
    command = [
        str(PYTHON),
        "-m",
        "pip",
        "install",
        "-q",
        "--no-input",
        "--disable-pip-version-check",
        *arguments,
    ]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=ROOT)
    assert process.stdout is not None
    for line in process.stdout:
        if line.strip() and not line.startswith(HARMLESS):
            print("    " + line.rstrip(), flush=True)
    if process.wait():
        raise subprocess.CalledProcessError(process.returncode, "pip install " + " ".join(arguments))


@contextmanager
def step(name: str) -> Iterator[None]:
    start_s = time.monotonic()
    print(f"  {name} ...", flush=True)
    yield
    print(f"  {name}: {time.monotonic() - start_s:.0f} s", flush=True)


if __name__ == "__main__":
    sys.exit(main())
