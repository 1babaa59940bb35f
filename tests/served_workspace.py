"""A workspace served by a process of its own, and visitors with and without a link."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from tornado import httpclient, websocket

from widgets.serve.frames import unpack

__all__ = ["Page", "Reply", "Served", "Visitor", "serve"]


@dataclass
class Served:
    """A server that runs: its address, and the link of each annotator."""

    process: subprocess.Popen[str]
    links: dict[str, str]

    @property
    def origin(self) -> str:
        parts = urlsplit(next(iter(self.links.values())))
        return f"{parts.scheme}://{parts.netloc}"

    @property
    def port(self) -> int:
        return urlsplit(self.origin).port or 0

    def stop(self) -> int:
        """Stop it as Ctrl+C would, and return its exit code."""
        self.process.terminate()
        return self.process.wait(20)


@contextmanager
def serve(folder: Path, *annotators: str, options: tuple[str, ...] = ()) -> Iterator[Served]:
    """Serve a workspace until the block ends."""
    command = [sys.executable, "-m", "workbench", "serve", str(folder), "--annotator", *annotators, *options]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONUNBUFFERED": "1"}
    log = folder.with_name(f"{folder.name}-server.log").open("a")
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, env=environment)
    assert process.stdout is not None
    links: dict[str, str] = {}
    while len(links) < len(annotators):
        line = process.stdout.readline()
        if not line:
            raise RuntimeError(Path(log.name).read_text())
        name, _, link = line.strip().rpartition("  ")
        links[name.strip()] = link
    served = Served(process, links)
    try:
        yield served
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()
        process.stdout.close()
        log.close()


@dataclass(frozen=True)
class Reply:
    """What was answered."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Visitor:
    """Somebody who asks a server for something, with the cookie they were given, if any."""

    served: Served
    cookie: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def enter(self, annotator: str) -> Reply:
        """Open an annotator's link and keep the cookie."""
        reply = self.get(urlsplit(self.served.links[annotator]).path)
        self.cookie = reply.headers.get("set-cookie", "").partition(";")[0]
        return reply

    def get(self, path: str, *, method: str = "GET", headers: dict[str, str] | None = None) -> Reply:
        """Ask for a path as it stands: nothing in it is made simpler on the way."""
        connection = http.client.HTTPConnection("127.0.0.1", self.served.port, timeout=20)
        sent = {"Cookie": self.cookie} if self.cookie else {}
        connection.putrequest(method, path, skip_host=True)
        given = {"Host": f"127.0.0.1:{self.served.port}"} | sent | self.headers | (headers or {})
        for name, value in given.items():
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        reply = Reply(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
        connection.close()
        return reply


class Page:
    """One open page: its WebSocket, and answers paired with what was asked."""

    def __init__(self, visitor: Visitor, place: str, *, annotator: str, tab: str = "t1") -> None:
        self.visitor, self.place, self.annotator, self.tab = visitor, place, annotator, tab
        self.events: list[dict[str, object]] = []
        self._last = 0

    async def open(self, *, origin: str = "") -> Page:
        """Connect and wait until the server has found a seat."""
        served = self.visitor.served
        named = urlencode({"place": self.place, "annotator": self.annotator, "tab": self.tab})
        headers = {"Cookie": self.visitor.cookie, "Origin": origin or served.origin}
        url = f"ws://127.0.0.1:{served.port}/channel?{named}"
        self.socket = await websocket.websocket_connect(httpclient.HTTPRequest(url, headers=headers))
        if await self._read() is None:
            raise ConnectionError(f"{self.socket.close_code} {self.socket.close_reason}")
        return self

    async def ask(self, op: str, **fields: object) -> tuple[dict[str, object], list[bytes]]:
        """Send a command and return its answer; what is told meanwhile is kept in `events`."""
        self._last += 1
        await self.socket.write_message(json.dumps({"id": self._last, "op": op, **fields}))
        while True:
            read = await self._read()
            if read is None:
                raise ConnectionError("The server has gone.")
            if read[0].get("re") == self._last:
                return read

    async def _read(self) -> tuple[dict[str, object], list[bytes]] | None:
        frame = await self.socket.read_message()
        if not isinstance(frame, bytes):
            return None
        content, buffers = unpack(frame)
        if "event" in content:
            self.events.append(content)
        return content, buffers
