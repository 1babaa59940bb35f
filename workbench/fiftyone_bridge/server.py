"""FiftyOne's App server with a guard before it; a process: `python -m workbench.fiftyone_bridge.server`.

FiftyOne asks nobody who they are: it serves any file of this machine that is asked for by path, and runs the
operators that any page in the browser sends it. The guard lets in only requests that name this server as
their host, changes only from its own pages, and files only from the folders of the workspace; and it tells
the browser to load nothing from elsewhere, fonts included.
"""

from __future__ import annotations

import argparse
import os
import sys
import threading
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

__all__ = ["Guard", "main"]

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

_SAFE: Final = ("GET", "HEAD", "OPTIONS")
#: FiftyOne's page needs inline styles, workers from blobs and WebAssembly; nothing from another machine.
_POLICY: Final = (
    "default-src 'self' 'unsafe-inline' 'unsafe-eval' blob: data:; "
    "frame-ancestors 'self' http://127.0.0.1:* http://localhost:*{hosts}"
)


class Guard:
    """Let through what may come in, answer 403 to the rest, 404 to files outside.

    Args:
        app: FiftyOne's.
        port: where it listens; requests must name it.
        folders: whose files may be served.
        hosts: further names that requests may use, such as that of a proxy; `*` for any.
    """

    def __init__(self, app: App, port: int, folders: Sequence[Path], hosts: Sequence[str] = ()) -> None:
        self._app = app
        self._hosts = {f"127.0.0.1:{port}", f"localhost:{port}", *hosts}
        self._folders = [folder.resolve() for folder in folders]
        named = "".join(f" http://{host} https://{host}" for host in hosts if host != "*")
        self._policy = _POLICY.format(hosts=" *" if "*" in hosts else named).encode()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        status = self._refusal(scope)
        if status:
            await _refuse(scope, send, status)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = list(message.get("headers", []))
                message["headers"] = [*headers, (b"content-security-policy", self._policy)]
            await send(message)

        await self._app(scope, receive, send_guarded)

    def _refusal(self, scope: Message) -> int:
        """Return the status to refuse with; 0 to let it through."""
        headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
        if not self._is_ours(headers.get("host", "")):
            return 403
        is_change = scope["type"] == "websocket" or scope["method"] not in _SAFE
        if is_change and "origin" in headers and not self._is_ours(urlsplit(headers["origin"]).netloc):
            return 403
        if scope["path"].rstrip("/").endswith("/media") and not self._is_inside(scope["query_string"]):
            return 404
        return 0

    def _is_ours(self, host: str) -> bool:
        return "*" in self._hosts or host in self._hosts

    def _is_inside(self, query: bytes) -> bool:
        named = parse_qs(query.decode("latin-1")).get("filepath", [])
        if len(named) != 1 or "\0" in named[0]:
            return False
        real = Path(named[0]).resolve()
        return any(real.is_relative_to(folder) for folder in self._folders)


async def _refuse(scope: Message, send: Send, status: int) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    text = b"Not found" if status == 404 else b"This server answers its own pages only."
    await send({"type": "http.response.body", "body": text})


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve until the standard input ends: with the process that started this one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", action="append", default=[], type=Path)
    parser.add_argument("--host", action="append", default=[])
    options = parser.parse_args(arguments)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    os.environ.pop("FIFTYONE_DISABLE_SERVICES", None)
    os.environ["FIFTYONE_SERVER"] = "1"
    import asyncio

    from fiftyone.server.app import app
    from fiftyone.server.events import set_port
    from hypercorn.asyncio import serve
    from hypercorn.config import Config

    app.debug = False  # no stack traces for whoever asks
    config = Config()
    config.bind = [f"127.0.0.1:{options.port}"]
    set_port(options.port)
    guarded: Any = Guard(app, options.port, options.folder, options.host)
    asyncio.run(serve(guarded, config))
    return 0


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)  # the event loop may be in the middle of an answer that nobody waits for


if __name__ == "__main__":
    sys.exit(main())
