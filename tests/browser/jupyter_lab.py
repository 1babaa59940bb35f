"""A real JupyterLab for the browser tests: its server, and a page that drives it through its own application.

Nothing is guessed from the DOM: whether a cell has run is asked of JupyterLab's own model of the notebook.
"""

from __future__ import annotations

import ast
import contextlib
import json
import os
import secrets
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType

import nbformat
from playwright.sync_api import Browser, Error, Page

__all__ = ["LabPage", "LabServer", "write_notebook"]

_SETTINGS: Mapping[str, Mapping[str, object]] = {
    # No question about news, no look for updates: nothing may leave this machine.
    "apputils-extension/notification": {
        "fetchNews": "false",
        "checkForUpdates": False,
        "doNotDisturbMode": True,
    },
}
_SCRIPT = Path(__file__).with_name("lab_page.js")
_FOLDERS: Mapping[str, str] = {
    "JUPYTER_CONFIG_DIR": "config",
    "JUPYTER_RUNTIME_DIR": "runtime",
    "JUPYTER_DATA_DIR": "data",
    "JUPYTERLAB_SETTINGS_DIR": "settings",
    "JUPYTERLAB_WORKSPACES_DIR": "layouts",
    "IPYTHONDIR": "ipython",
}


class LabServer:
    """Run a private JupyterLab on a free port of this machine, with settings and state of its own."""

    def __init__(self, root: Path, home: Path, env: Mapping[str, str] | None = None) -> None:
        self.root, self.home, self.env = root, home, dict(env or {})
        self.token = secrets.token_hex(16)
        self.url = ""

    def __enter__(self) -> LabServer:
        for name, settings in _SETTINGS.items():
            file = self.home / "settings" / "@jupyterlab" / f"{name}.jupyterlab-settings"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(json.dumps(settings))
        env = os.environ | {name: str(self.home / folder) for name, folder in _FOLDERS.items()} | self.env
        self._log = (self.home / "server.log").open("wb")
        self._process = subprocess.Popen(
            [
                sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1",
                "--ServerApp.port=0", f"--IdentityProvider.token={self.token}",
                f"--ServerApp.root_dir={self.root}", "--LabApp.expose_app_in_browser=True",
                "--LabApp.extension_manager=readonly", "--LabApp.news_url=",
            ],
            env=env, stdout=self._log, stderr=subprocess.STDOUT, start_new_session=True,
        )  # fmt: skip
        try:
            self._wait_until_up()
        except BaseException:  # nobody leaves a block that was never entered
            self.__exit__(None, None, None)
            raise
        return self

    def _wait_until_up(self, limit_s: float = 240) -> None:
        file = self.home / "runtime" / f"jpserver-{self._process.pid}.json"
        end = time.monotonic() + limit_s
        while time.monotonic() < end and self._process.poll() is None:
            with contextlib.suppress(OSError, ValueError, KeyError):
                self.url = f"http://127.0.0.1:{json.loads(file.read_text())['port']}"
                urllib.request.urlopen(f"{self.url}/api?token={self.token}", timeout=5).read()
                return
            time.sleep(0.05)
        raise RuntimeError((self.home / "server.log").read_text(errors="replace"))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()  # the server ends its kernels
        try:
            self._process.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._log.close()


class LabPage:
    """A page of a browser on a notebook of a server."""

    def __init__(self, browser: Browser, server: LabServer, *, width: int = 1290, height: int = 900) -> None:
        self.server = server
        self.context = browser.new_context(
            viewport={"width": width, "height": height}, reduced_motion="no-preference"
        )
        self.context.add_init_script(path=_SCRIPT)
        self.page: Page = self.context.new_page()
        self.requests: list[str] = []
        self.errors: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("pageerror", self._note_error)

    def _note_error(self, error: Error) -> None:
        # Widgets run from blob: URLs. JupyterLab 4.6 throws one of its own when cells are taken out.
        stack = error.stack or str(error)
        if "/static/lab/" not in stack or "blob:" in stack:
            self.errors.append(stack)

    def open(self, name: str) -> None:
        """Open a notebook on its own, wait for its kernel, and keep every cell in the page."""
        self.page.goto(
            f"{self.server.url}/doc/workspaces/test/tree/{name}?token={self.server.token}&reset",
            wait_until="commit",
        )
        self.wait_open(name)

    def set_cells(self, texts: Sequence[str]) -> None:
        """Make these the only cells of the open notebook; its kernel goes on."""
        self.page.evaluate("texts => labPage.setCells(texts)", list(texts))
        self.requests.clear()
        self.errors.clear()

    def wait_open(self, name: str) -> None:
        """Wait until the notebook is there and its kernel is idle."""
        is_there = "name => labPage.panel?.context?.path === name && labPage.panel.context.isReady"
        self.page.wait_for_function(is_there, arg=name, timeout=60_000)
        self.wait_idle()
        self.page.evaluate("() => labPage.keepCells()")

    def wait_idle(self, limit_s: float = 60) -> None:
        """Wait until no cell runs."""
        self.page.wait_for_function("() => labPage.isIdle()", timeout=limit_s * 1000)

    def run_all(self) -> None:
        """Run every cell; raise what a cell raised."""
        self.command("notebook:run-all-cells")
        self._wait_run()

    def run_cell(self, index: int, *, wait: bool = True) -> None:
        """Run one cell; without waiting it is left running."""
        self.page.evaluate("index => labPage.activate(index)", index)
        if wait:
            self.command("notebook:run-cell")
            self._wait_run()
        else:
            self.page.evaluate("() => { labPage.run('notebook:run-cell'); }")

    def command(self, name: str, fields: Mapping[str, object] | None = None) -> None:
        """Run one of JupyterLab's own commands and wait for it."""
        self.page.evaluate(
            "async ([name, fields]) => { await labPage.run(name, fields); }", [name, dict(fields or {})]
        )

    def restart_kernel(self) -> None:
        """Restart the kernel, without a question."""
        self.page.evaluate("async () => { await labPage.session.restartKernel(); }")
        self.wait_idle()

    def ask_kernel(self, expression: str) -> object:
        """Evaluate an expression in the notebook's kernel; no cell is added and no output made."""
        reply = self.page.evaluate("expression => labPage.ask(expression)", expression)
        if reply["status"] != "ok":
            raise RuntimeError(str(reply))
        return json.loads(ast.literal_eval(reply["data"]["text/plain"]))

    def notebook_state(self) -> dict[str, object]:
        """Return what a stray shortcut would change: cells, their text, the active one, the mode, dialogs."""
        state: dict[str, object] = self.page.evaluate("() => labPage.state()")
        return state

    def set_theme(self, name: str) -> None:
        """Change JupyterLab's theme, such as `JupyterLab Dark`, and wait until it is on."""
        self.command("apputils:change-theme", {"theme": name})
        is_light = "false" if "Dark" in name else "true"
        self.page.wait_for_function("want => document.body.dataset.jpThemeLight === want", arg=is_light)
        # JupyterLab fades a splash over the page while a theme loads.
        self.page.wait_for_function("() => !document.getElementById('jupyterlab-splash')")

    def close(self) -> None:
        """Shut the kernel down and close the page."""
        with contextlib.suppress(Exception):
            self.page.evaluate("async () => { await labPage.session.shutdown(); }")
        self.context.close()

    def _wait_run(self) -> None:
        self.wait_idle()
        if errors := self.page.evaluate("() => labPage.errors()"):
            raise RuntimeError("\n".join(errors))


def write_notebook(path: Path, cells: Sequence[str]) -> None:
    """Write a notebook of code cells."""
    book = nbformat.v4.new_notebook()
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    book.cells = [nbformat.v4.new_code_cell(text) for text in cells]
    nbformat.write(book, str(path))
