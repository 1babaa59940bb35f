"""A line between a page and its server that a test can cut and mend, as a tunnel does to a train."""

from __future__ import annotations

import contextlib
import socket
import threading
from types import TracebackType
from urllib.parse import urlsplit

__all__ = ["Line"]

_BLOCK = 65_536


class Line:
    """Carry every connection to a port of its own on to another one, unless it is cut.

    Cutting ends what is open and refuses what is new: WebSockets, requests, all of it, in the middle of a
    message if it comes so. The server goes on and knows no more of it than of a real cut.

    Args:
        url: where the server listens, such as `http://127.0.0.1:8888`.
    """

    def __init__(self, url: str) -> None:
        self._port = urlsplit(url).port
        self._open: set[socket.socket] = set()
        self._guard = threading.Lock()
        self.is_cut = False
        self.refused = 0

    def __enter__(self) -> Line:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        threading.Thread(target=self._listen, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._listener.close()
        self.cut()

    def cut(self) -> None:
        """End every connection and refuse new ones."""
        with self._guard:
            self.is_cut = True
            ends = list(self._open)
        for end in ends:
            _end(end)

    def mend(self) -> None:
        """Carry connections again."""
        self.is_cut = False

    def _listen(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:  # the listener is closed: the test is over
                return
            if self.is_cut:
                self.refused += 1
                near.close()
                continue
            far = socket.create_connection(("127.0.0.1", self._port))
            with self._guard:
                self._open |= {near, far}
            for source, target in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(source, target), daemon=True).start()

    def _carry(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while block := source.recv(_BLOCK):
                target.sendall(block)
        with self._guard:
            self._open -= {source, target}
        _end(source)
        _end(target)


def _end(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()
