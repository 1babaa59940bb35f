"""Seats: what each open page works with, a core of its own, kept for a while when the connection is lost.

A page that comes back within that time finds its selection, its filter and its place as they were. After a
restart of the server it gets a new seat; what was decided is in the journal either way.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from widgets.answers import Answer, Message
from widgets.shells import register, tell_others

if TYPE_CHECKING:
    from widgets.core import Core
    from widgets.serve.places import Place
    from workbench.store import Store

__all__ = ["Seat", "Seats"]

#: How long a seat without a connection is kept, and how many an annotator can have.
KEPT_S: Final = 900.0
MOST_SEATS: Final = 12
#: Pages are told of others' work at most so often.
PAUSE_S: Final = 1.0
#: Media are read beside all else: they touch nothing that commands share.
_BESIDE: Final = frozenset({"pictures", "media", "chunk"})

Listener = Callable[[dict[str, object]], None]


class Seat:
    """One page's core, and whoever listens to it; a shell like the panel of a notebook.

    Args:
        annotator: whose page it is.
        core: answers its messages.
        loop: of the server, on which listeners are called.
    """

    def __init__(self, annotator: str, core: Core, loop: asyncio.AbstractEventLoop) -> None:
        self.annotator = annotator
        self.core = core
        self.left_at = time.monotonic()
        self._loop = loop
        self._order = asyncio.Lock()
        self._listeners: list[Listener] = []
        self._due: set[str] = set()
        core.tell = self.tell
        core.on_change = lambda: tell_others(self)
        register(self)

    @property
    def is_taken(self) -> bool:
        """Whether a page is connected."""
        return bool(self._listeners)

    def take(self, listener: Listener) -> None:
        """Call this with every event from now on."""
        self._listeners.append(listener)

    def leave(self, listener: Listener) -> None:
        """Stop calling this."""
        self._listeners.remove(listener)
        self.left_at = time.monotonic()

    async def answer(self, message: Message) -> Answer:
        """Answer one command on a thread: in the order of arrival, but media beside."""
        if message.get("op") in _BESIDE:
            return await self._loop.run_in_executor(None, self.core.answer, message)
        async with self._order:
            return await self._loop.run_in_executor(None, self.core.answer, message)

    def tell(self, event: dict[str, object]) -> None:
        """Tell the page something, from any thread."""
        self._loop.call_soon_threadsafe(self._tell, event)

    def refresh(self) -> None:
        """Have the page ask again for what it shows."""
        self._loop.call_soon_threadsafe(self._tell_soon, "changed")

    def follow(self, changed: Core) -> None:
        """Show again what the same person did on another page; of other people, ask only how things stand."""
        event = "changed" if changed.annotator == self.annotator else "status"
        self._loop.call_soon_threadsafe(self._tell_soon, event)

    def _tell_soon(self, event: str) -> None:
        """Tell once for many changes."""
        if event not in self._due:
            self._due.add(event)
            self._loop.call_later(PAUSE_S, self._tell_due, event)

    def _tell_due(self, event: str) -> None:
        self._due.discard(event)
        self._tell({"event": event})

    def _tell(self, event: dict[str, object]) -> None:
        for listener in list(self._listeners):
            listener(event)


class Seats:
    """All seats of a server.

    Args:
        store: the one workspace, whose tables all seats share.
        is_second_opinion: hide from everybody what others have decided.
    """

    def __init__(self, store: Store, *, is_second_opinion: bool = False) -> None:
        self._store = store
        self._is_second_opinion = is_second_opinion
        self._seats: dict[tuple[str, str, str], Seat] = {}
        self._making: dict[tuple[str, str, str], threading.Lock] = {}
        self._guard = threading.Lock()

    def find(
        self, annotator: str, place: Place, tab: str, loop: asyncio.AbstractEventLoop
    ) -> tuple[Seat, bool]:
        """Return the seat of a page and whether it was kept; may take long, so call it on a thread.

        Args:
            annotator: who has come.
            place: which page.
            tab: a text that this tab of the browser has made up.
            loop: of the server.
        """
        key = annotator, place.name, tab
        with self._guard:
            making = self._making.setdefault(key, threading.Lock())
        with making:  # of this seat alone: nobody waits for a core that is made for somebody else
            if seat := self._seats.get(key):
                return seat, True
            from workbench.workspace import Workspace

            core = place.make(Workspace(self._store, annotator), self._is_second_opinion)
            seat = Seat(annotator, core, loop)
            with self._guard:
                self._make_room(annotator)
                self._seats[key] = seat
                self._making.pop(key, None)
            return seat, False

    def all(self) -> list[Seat]:
        """Return every seat, also those without a page now."""
        return list(self._seats.values())

    def sweep(self, *, now_s: float | None = None) -> None:
        """Give up the seats whose page has been away for long."""
        now_s = time.monotonic() if now_s is None else now_s
        with self._guard:
            for key, seat in list(self._seats.items()):
                if not seat.is_taken and now_s - seat.left_at > KEPT_S:
                    del self._seats[key]

    def _make_room(self, annotator: str) -> None:
        own = [(seat.left_at, key) for key, seat in self._seats.items() if key[0] == annotator]
        free = sorted((left_at, key) for left_at, key in own if not self._seats[key].is_taken)
        for _, key in free[: max(0, len(own) - MOST_SEATS + 1)]:
            del self._seats[key]
