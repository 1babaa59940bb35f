"""FiftyOne's App on a workspace: one server a process, on a port of its own, in the cell that asked for it.

The server is started and seen to answer before FiftyOne's own session begins: left to itself the session
gives up after ten seconds, which a busy machine exceeds. Two kernels on one port would share one state.
"""

from __future__ import annotations

import atexit
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from workbench.errors import FiftyOneError
from workbench.store import Store

__all__ = ["AppServer", "gather_plugins", "open_app", "serve_app"]

_LIMIT_S: Final = 180.0
_PLUGIN: Final = Path(__file__).with_name("plugin")


@dataclass(frozen=True)
class AppServer:
    """FiftyOne's App, being served.

    Attributes:
        url: where it is.
        log: the file of what it prints.
    """

    port: int
    folders: tuple[Path, ...]
    log: Path
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        """The address of the App."""
        return f"http://127.0.0.1:{self.port}"

    def dataset_url(self, name: str) -> str:
        """Return the address of a dataset."""
        return f"{self.url}/datasets/{name}"

    def stop(self) -> None:
        """End the server; doing it twice does nothing."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


_running: list[AppServer] = []  # at most one: FiftyOne's session keeps its state by the port


def serve_app(
    store: Store, fiftyone: Any, *, port: int | None = None, hosts: Sequence[str] = ()
) -> AppServer:
    """Serve the App for a workspace from this machine only; one that runs already is used again.

    Args:
        store: the workspace, whose media may be shown.
        fiftyone: the module, connected.
        port: a free one when left out.
        hosts: further names that requests may use, where a proxy stands before it.

    Raises:
        FiftyOneError: it did not answer in time, or ended; says what it printed.
    """
    folders = (*store.roots.values(), store.cache_folder("fiftyone"))
    for server in list(_running):
        is_same = server.process.poll() is None and port in (None, server.port)
        if is_same and set(folders) <= set(server.folders):
            return server
        server.stop()
        _running.remove(server)
    server = _start(store, fiftyone, port or _free_port(), folders, hosts)
    _running.append(server)
    atexit.register(server.stop)
    return server


def open_app(store: Store, fiftyone: Any, dataset: Any, *, port: int | None = None, height: int = 800) -> Any:
    """Open the App on a dataset: in the cell in a notebook, else in a tab of the browser.

    Returns:
        FiftyOne's session; `session.selected` and `session.view` follow what is done in the App.

    Raises:
        FiftyOneError: the server did not start.
    """
    prefix = os.environ.get("JUPYTERHUB_SERVICE_PREFIX")
    # Behind a hub every request carries the hub's name, and the hub has asked who it is.
    server = serve_app(store, fiftyone, port=port, hosts=("*",) if prefix else ())
    if prefix:
        fiftyone.app_config.proxy_url = f"{prefix}proxy/{server.port}"
    return fiftyone.launch_app(dataset, port=server.port, address="127.0.0.1", height=height)


def _start(
    store: Store, fiftyone: Any, port: int, folders: tuple[Path, ...], hosts: Sequence[str]
) -> AppServer:
    command = [sys.executable, "-m", "workbench.fiftyone_bridge.server", "--port", str(port)]
    for folder in folders:
        command += ["--folder", str(folder)]
    for host in hosts:
        command += ["--host", host]
    here = str(Path(__file__).parents[2])
    env = os.environ | {
        "FIFTYONE_DATABASE_NAME": fiftyone.config.database_name,
        "FIFTYONE_DO_NOT_TRACK": "1",
        "FIFTYONE_PLUGINS_DIR": str(gather_plugins(store, fiftyone)),
        "FIFTYONE_PLUGINS_CACHE_ENABLED": "1",
        "PYTHONPATH": os.pathsep.join(filter(None, (here, os.environ.get("PYTHONPATH")))),
    }
    log = store.cache_folder("fiftyone") / "server.log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=out, stderr=subprocess.STDOUT, env=env
        )
    server = AppServer(port, folders, log, process)
    _wait(server)
    return server


def _wait(server: AppServer) -> None:
    end = time.monotonic() + _LIMIT_S
    while server.process.poll() is None and time.monotonic() < end:
        try:
            urllib.request.urlopen(f"{server.url}/fiftyone", timeout=2).read()
            return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    server.stop()
    told = server.log.read_text(errors="replace").strip().splitlines()[-1:] or ["it printed nothing"]
    raise FiftyOneError(
        f"FiftyOne's server on port {server.port} did not come up: {told[0]}.",
        f"See {server.log}; another port: ws.open_fiftyone(port=...).",
    )


def gather_plugins(store: Store, fiftyone: Any) -> Path:
    """Gather the user's plugins and ours in one folder: FiftyOne reads one only. Theirs are not touched."""
    folder = store.cache_folder("fiftyone-plugins")
    for old in folder.iterdir():
        old.unlink() if old.is_symlink() or old.is_file() else shutil.rmtree(old)
    own = Path(fiftyone.config.plugins_dir)
    listed = [one for one in own.iterdir() if one.is_dir()] if own.is_dir() else []
    for plugin, name in [*((one, one.name) for one in listed), (_PLUGIN, "caption-workbench")]:
        try:
            (folder / name).symlink_to(plugin, target_is_directory=True)
        except OSError:  # a system that lets not everybody make links
            shutil.copytree(plugin, folder / name, dirs_exist_ok=True)
    return folder


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
