"""What answers each path. Whoever has no cookie of this workspace is refused everywhere and first of all.

This module imports tornado; only `widgets.serve.server` imports it, and late.
"""

from __future__ import annotations

import asyncio
import json
import mimetypes
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from tornado import iostream, web, websocket

from widgets.panel import STATIC
from widgets.serve.frames import pack
from widgets.serve.page import ENTERED, HEADERS, REFUSED, write_page
from widgets.serve.places import PLACES
from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    from widgets.answers import Answer, Message
    from widgets.serve.links import Links
    from widgets.serve.places import Place
    from widgets.serve.seats import Seat, Seats
    from workbench.store import Store

__all__ = ["Service", "routes"]

_TEXTS: Final = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8"}
_COOKIE_DAYS: Final = 30
#: Close codes that a page is told and does not try again after.
_NOT_YOU, _NO_PLACE = 4403, 4404


@dataclass(frozen=True, slots=True)
class Service:
    """What all paths share.

    Attributes:
        store: the workspace.
        links: who may enter.
        seats: what open pages work with.
        origins: the addresses this server is known by, such as `http://127.0.0.1:8765`; filled in once it
            listens.
        is_second_opinion: what others decided is hidden from everybody.
        adjudicators: the annotators who may settle disagreements.
    """

    store: Store
    links: Links
    seats: Seats
    is_second_opinion: bool
    adjudicators: frozenset[str] = frozenset()
    origins: set[str] = field(default_factory=set)

    def places_of(self, annotator: str) -> dict[str, Place]:
        """Return the pages that an annotator may open, by name."""
        is_adjudicator = annotator in self.adjudicators
        return {name: place for name, place in PLACES.items() if is_adjudicator or not place.is_settling}

    @property
    def hosts(self) -> set[str]:
        """What a request may name as its host: a page elsewhere that points its own name here is refused."""
        return {urlsplit(origin).netloc for origin in self.origins}


class Guarded(web.RequestHandler):
    """Anything served: only to a host we are known by, and only to an annotator."""

    def initialize(self, service: Service) -> None:
        self.service = service

    def set_default_headers(self) -> None:
        self.clear_header("Server")
        for name, value in HEADERS.items():
            self.set_header(name, value)

    @property
    def annotator(self) -> str | None:
        """Who asks."""
        links = self.service.links
        return links.recognise(self.get_cookie(links.cookie_name))

    @property
    def is_stranger(self) -> bool:
        """Whether this must not be answered at all."""
        return self.request.host not in self.service.hosts or self.annotator is None

    def prepare(self) -> None:
        if self.is_stranger:
            raise web.HTTPError(403)

    def write_error(self, status_code: int, **_told: object) -> None:
        if self.is_stranger:  # also where a request failed before it was looked at, by an unknown method
            status_code = 403
            self.set_status(403)
        refused = {403: REFUSED, 404: "There is nothing here.", 405: "This is not done here."}
        self.finish(refused.get(status_code, "This failed; see the log of the server."))


class Missing(Guarded):
    """Every path that is none: 403 to strangers, so that nobody learns what there is; else 404."""

    def prepare(self) -> None:
        super().prepare()
        raise web.HTTPError(404)


class Enter(Guarded):
    """An annotator's link: gives the cookie and goes on to the first page."""

    def prepare(self) -> None:
        if self.request.host not in self.service.hosts:
            raise web.HTTPError(403)

    def get(self, token: str) -> None:
        links = self.service.links
        annotator = links.enter(token)
        if annotator is None:
            raise web.HTTPError(403)
        self.set_cookie(
            links.cookie_name, links.cookie_of(annotator), expires_days=_COOKIE_DAYS, path="/",
            httponly=True, samesite="Strict", secure=f"https://{self.request.host}" in self.service.origins,
        )  # fmt: skip
        self.finish(ENTERED)


class Home(Guarded):
    """The bare address leads to the first page."""

    def get(self) -> None:
        self.redirect(next(iter(PLACES)))


class Page(Guarded):
    """A view with the page around it."""

    def get(self, name: str) -> None:
        service, annotator = self.service, self.annotator or ""
        places = service.places_of(annotator)
        if name not in places:
            raise web.HTTPError(404)
        page = write_page(
            places[name], places.values(), annotator=annotator, workspace=service.store.path.name,
            mark=service.links.place, is_second_opinion=service.is_second_opinion,
        )  # fmt: skip
        self.finish(page)


class Bundle(Guarded):
    """A built script or style, and no other file."""

    def get(self, name: str) -> None:
        file = STATIC / name
        if file.suffix not in _TEXTS or file.parent != STATIC or not file.is_file():
            raise web.HTTPError(404)
        self.set_header("Content-Type", _TEXTS[file.suffix])
        self.set_header("Cache-Control", "private, no-cache")
        self.finish(file.read_bytes())


class Media(Guarded, web.StaticFileHandler):
    """The file of a sample, in stretches where a player asks for them; named by its id, never by a path."""

    def initialize(self, service: Service) -> None:  # type: ignore[override]  # it has no folder to be given
        self.service = service
        self.root, self.default_filename = "/", None

    def parse_url_path(self, url_path: str) -> str:
        return url_path

    @classmethod
    def get_absolute_path(cls, root: str, path: str) -> str:
        return path

    def validate_absolute_path(self, root: str, absolute_path: str) -> str:
        """Return the file of the sample that the address names; whatever is none is not there."""
        try:
            file = self.service.store.media_path_of(absolute_path)
        except WorkbenchError as error:
            raise web.HTTPError(404) from error
        if not file.is_file():
            raise web.HTTPError(404)
        return str(file)

    def get_content_type(self) -> str:
        found = mimetypes.guess_type(self.absolute_path or "")[0] or ""
        return found if found.startswith(("image/", "audio/", "video/")) else "application/octet-stream"

    def set_extra_headers(self, path: str) -> None:
        self.set_header("Content-Security-Policy", "default-src 'none'; sandbox")
        self.set_header("Cache-Control", "private, max-age=3600")

    def compute_etag(self) -> str | None:
        return None  # it would read the whole file; the time it was changed does as well


class Channel(Guarded, websocket.WebSocketHandler):
    """One page's messages: asked as JSON text, answered as frames."""

    def initialize(self, service: Service) -> None:
        super().initialize(service)
        self.seat: Seat | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    def prepare(self) -> None:
        """Refuse a page of another origin; tornado's own check lets any scheme of the same host pass."""
        super().prepare()
        if self.request.headers.get("Origin", "").lower() not in self.service.origins:
            raise web.HTTPError(403)

    def check_origin(self, origin: str) -> bool:
        return origin.lower() in self.service.origins

    async def open(self, *_path: str, **_named: str) -> None:
        """Find the seat of this page; a page of somebody else is sent away, whatever the cookie says."""
        annotator, name = self.annotator, self.get_query_argument("place", "")
        if annotator is None or annotator != self.get_query_argument("annotator", ""):
            self.close(_NOT_YOU, "another annotator")
        elif (place := self.service.places_of(annotator).get(name)) is None:
            self.close(_NO_PLACE, "no such page")
        else:
            await self._sit(annotator, place, self.get_query_argument("tab", "")[:64])

    async def _sit(self, annotator: str, place: Place, tab: str) -> None:
        loop, find = asyncio.get_running_loop(), self.service.seats.find
        try:
            seat, is_kept = await loop.run_in_executor(None, find, annotator, place, tab, loop)
        except WorkbenchError as error:
            self._send({"event": "failed", "error": error.message, "remedy": error.remedy})
            self.close(_NO_PLACE, "no view")
            return
        seat.take(self._send)
        self.seat = seat
        self._send({"event": "hello", "is_kept": is_kept})

    def on_message(self, text: str | bytes) -> None:
        """Answer beside the next message: a decision must not wait for a picture."""
        message = _read(text)
        if message is None or self.seat is None:
            return
        if "ping" in message:
            self._send({"pong": message["ping"]})
            return
        task = asyncio.create_task(self._answer(self.seat, message))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def on_close(self) -> None:
        if self.seat is not None:
            self.seat.leave(self._send)

    async def _answer(self, seat: Seat, message: Message) -> None:
        answer = await seat.answer(message)
        content = {"re": message.get("id")} | answer.content
        self._send(content | _reach(message, answer), answer.buffers)

    def _send(self, content: dict[str, object], buffers: list[bytes] | None = None) -> None:
        # A page may have gone: its decision is on disk, and it will ask again under the same key.
        with suppress(websocket.WebSocketClosedError, iostream.StreamClosedError):
            self.write_message(pack(content, buffers or []), binary=True)


def routes(service: Service) -> list[tuple[str, type[web.RequestHandler], dict[str, Service]]]:
    """Return what answers which path."""
    given = {"service": service}
    return [
        (r"/enter/([\w-]{1,128})", Enter, given),
        (r"/", Home, given),
        (r"/channel", Channel, given),
        (r"/static/([\w.-]+)", Bundle, given),
        (r"/media/([\w-]+)", Media, given),
        (r"/([a-z]+)", Page, given),
        (r".*", Missing, given),
    ]


def _read(text: str | bytes) -> Mapping[str, object] | None:
    try:
        message = json.loads(text)
    except ValueError:
        return None
    return message if isinstance(message, dict) else None


def _reach(message: Message, answer: Answer) -> dict[str, object]:
    """Say where a player can read a file by itself, so that no size is too large."""
    is_made = message.get("as_wav") or message.get("as_copy")
    if message.get("op") != "media" or is_made or not answer.content.get("ok"):
        return {}
    return {"url": f"media/{message.get('sample_id')}"}
