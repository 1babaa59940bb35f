"""The server: binds to this machine alone, tells the link of each annotator, and answers until stopped."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from widgets.serve.links import Links, read_secret
from widgets.serve.seats import Seats
from workbench.errors import MissingExtraError, UnknownNameError, WorkbenchError
from workbench.store import Store

__all__ = ["Options", "Started", "run"]

HOST: Final = "127.0.0.1"
_WATCH_S: Final = 2.0
_PING_S: Final = 20
_MOST_BYTES: Final = 4_000_000


@dataclass(frozen=True, slots=True)
class Options:
    """How to serve.

    Attributes:
        annotators: who gets a link.
        port: to listen on; 0 takes a free one.
        public_url: where a reverse proxy makes this server known, such as `https://captions.example.org`.
        is_second_opinion: hide what others have decided.
        is_relinked: end all links given out before.
        adjudicators: those of the annotators who may settle disagreements.
    """

    annotators: tuple[str, ...]
    port: int = 0
    public_url: str = ""
    is_second_opinion: bool = False
    is_relinked: bool = False
    adjudicators: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Started:
    """What is served, and the link of each annotator."""

    url: str
    links: dict[str, str]

    def __str__(self) -> str:
        width = max(map(len, self.links))
        return "\n".join(f"{name:<{width}}  {link}" for name, link in self.links.items())


def run(store: Store, options: Options, on_start: Callable[[Started], None]) -> None:
    """Serve until the process is told to stop (SIGINT or SIGTERM).

    What is being decided at that moment is finished; nothing that a page shows as saved can be lost by any
    kind of stop, since it is on disk before it is answered.

    Args:
        store: the workspace.
        options: how.
        on_start: called with the links once the server listens.

    Raises:
        MissingExtraError: without tornado.
        WorkbenchError: when the port is taken, or the options make no sense.
    """
    try:
        import tornado  # noqa: F401
    except ImportError as error:
        raise MissingExtraError("Serving a workspace", "serve") from error
    if strangers := sorted(set(options.adjudicators) - set(options.annotators)):
        raise UnknownNameError("annotator", strangers[0], options.annotators)
    links = Links(options.annotators, read_secret(store.path, is_new=options.is_relinked))
    asyncio.run(_serve(store, options, links, on_start))


async def _serve(store: Store, options: Options, links: Links, on_start: Callable[[Started], None]) -> None:
    from tornado.httpserver import HTTPServer
    from tornado.netutil import bind_sockets
    from tornado.web import Application

    from widgets.serve.handlers import Service, routes

    is_blind = options.is_second_opinion
    seats = Seats(store, is_second_opinion=is_blind)
    service = Service(store, links, seats, is_blind, frozenset(options.adjudicators))
    application = Application(
        routes(service), websocket_ping_interval=_PING_S, websocket_max_message_size=_MOST_BYTES,
        log_function=lambda _handler: None,  # a log of paths would hold the links
    )  # fmt: skip
    server = HTTPServer(application, max_body_size=_MOST_BYTES)
    try:
        sockets = bind_sockets(options.port, HOST)
    except OSError as error:
        raise WorkbenchError(
            f"Port {options.port} cannot be used: {error.strerror}.", "Choose another with --port."
        ) from error
    port = sockets[0].getsockname()[1]
    url = _public(options.public_url) or f"http://{HOST}:{port}"
    service.origins.update({url, f"http://{HOST}:{port}", f"http://localhost:{port}"})
    server.add_sockets(sockets)
    stop = _hear_stop()  # before the links are told: whoever has them may stop it
    on_start(Started(url, {name: f"{url}/enter/{links.token_of(name)}" for name in links.annotators}))
    await _until_stopped(stop, store, service.seats)
    server.stop()
    await server.close_all_connections()


def _public(url: str) -> str:
    if not url:
        return ""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.path.strip("/"):
        raise WorkbenchError(
            f"{url!r} is no address that pages can be known by.",
            "Give scheme and host, such as https://captions.example.org.",
        )
    return f"{parts.scheme}://{parts.netloc}".lower()


def _hear_stop() -> asyncio.Event:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for sign in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sign, stop.set)
    return stop


async def _until_stopped(stop: asyncio.Event, store: Store, seats: Seats) -> None:
    """Wait for the signal; meanwhile tell pages of what other programs decide, and give up empty seats."""
    loop = asyncio.get_running_loop()
    seen = await loop.run_in_executor(None, store.journal.last_seq)
    while not stop.is_set():
        try:
            await asyncio.wait_for(stop.wait(), _WATCH_S)
        except TimeoutError:
            seen = await _look(store, seats, seen)


async def _look(store: Store, seats: Seats, seen: int) -> int:
    try:
        now = await asyncio.get_running_loop().run_in_executor(None, store.journal.last_seq)
    except WorkbenchError:
        return seen  # the database is away; every command that needs it says so
    if now != seen:
        for seat in seats.all():
            seat.tell({"event": "status"})
    seats.sweep()
    return now
