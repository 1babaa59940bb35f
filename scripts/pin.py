"""Write constraints.txt anew: the newest releases that fit pyproject.toml, every extra together.

    python scripts/pin.py

Resolves without installing anything; takes half a minute and the package registry. Run it with the oldest
Python the project supports, run both `make` commands after it, and commit what it wrote.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
HEADER = "# Written by scripts/pin.py: what `make demo` and `make test` install. Do not edit by hand.\n"
TORCH = "torch==2.13.0"  # by hand: torch is raised on purpose, never because a newer one is out
PIP = "pip==26.1"
ACCELERATOR = (
    "nvidia-",
    "cuda-",
    "triton",
)  # what a GPU build of torch brings along; a CPU build has no use for it


def main() -> int:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = [
        *project["dependencies"],
        *(one for extra in project["optional-dependencies"].values() for one in extra),
    ]
    pins = [PIP, *resolve([TORCH, *wanted])]
    (ROOT / "constraints.txt").write_text(HEADER + "".join(f"{pin}\n" for pin in sorted(pins, key=str.lower)))
    print(f"constraints.txt: {len(pins)} packages")
    return 0


def resolve(wanted: list[str]) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        options = ["--dry-run", "--ignore-installed", "-q", "--report", str(report)]
        subprocess.run([sys.executable, "-m", "pip", "install", *options, *wanted], check=True)
        found = [item["metadata"] for item in json.loads(report.read_text())["install"]]
    # A local label (2.13.0+cpu) is left off: the pin fits every build of that release.
    return [
        f"{one['name']}=={one['version'].partition('+')[0]}"
        for one in found
        if not one["name"].lower().startswith(ACCELERATOR)
    ]


if __name__ == "__main__":
    sys.exit(main())
