"""See to a Chromium for the browser tests: one that is here, else the system's, else Playwright's own.

Ends with exit code 0 even where none is to be had: the tests that need it then say so themselves.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

from workbench.doctor import find_chromium


def main() -> int:
    for get in (None, from_system, from_playwright):
        if get is not None:
            get()
        found = find_chromium()
        if found is not None:
            print(f"    {found}")
            return 0
    print(
        "    no Chromium could be had; the browser tests will fail. `workbench doctor` says how to get one."
    )
    return 0


def from_system() -> None:
    """Install the package by apt-get, where that needs no password."""
    if shutil.which("apt-get") is None:
        return
    prefix: list[str] = []
    if os.geteuid() != 0:
        prefix = ["sudo", "-n"]
        if shutil.which("sudo") is None or subprocess.run([*prefix, "true"], capture_output=True).returncode:
            return
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update"], ["install", "-y", "--no-install-recommends", "chromium"]):
        done = subprocess.run(
            [*prefix, "apt-get", "-qq", *arguments],
            env=quiet,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        if done.returncode:
            return


def from_playwright() -> None:
    arguments = (
        ["install", "--with-deps", "chromium"]
        if os.name == "posix" and os.geteuid() == 0
        else ["install", "chromium"]
    )
    subprocess.run([sys.executable, "-m", "playwright", *arguments], stdin=subprocess.DEVNULL)


if __name__ == "__main__":
    sys.exit(main())
