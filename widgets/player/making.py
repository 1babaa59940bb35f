"""Things that take too long for a command, made one after the other beside it, each once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import Generic, TypeVar

from widgets.job import Job
from workbench.errors import WorkbenchError

__all__ = ["Making"]

Made = TypeVar("Made")


class Making(Generic[Made]):
    """Make things by name on one thread, what was asked for last first: that is what somebody looks at.

    Args:
        name: what is made, for the message when it fails.
        on_made: called on that thread with the name of what is there, or has failed.
        keep: how many are kept; the one not asked for longest goes first.
    """

    def __init__(self, name: str, on_made: Callable[[str], None], *, keep: int = 32) -> None:
        self.name = name
        self._on_made = on_made
        self._keep = keep
        self._found: OrderedDict[str, Made | WorkbenchError] = OrderedDict()
        self._wanted: dict[str, Callable[[], Made]] = {}
        self._guard = threading.Condition()
        self._thread: threading.Thread | None = None

    def ask(self, key: str, make: Callable[[], Made]) -> Made | None:
        """Return what was made, or None while it is on its way.

        Raises:
            WorkbenchError: it was tried and failed.
        """
        with self._guard:
            found = self._found.get(key)
            if found is None:
                self._wanted.pop(key, None)
                self._wanted[key] = make
                self._wake()
                return None
            self._found.move_to_end(key)
        if isinstance(found, WorkbenchError):
            raise found
        return found

    def is_there(self, key: str) -> bool:
        """Return whether it was made or has failed, without asking for it."""
        with self._guard:
            return key in self._found

    def forget(self, key: str) -> None:
        """Have it made anew when it is asked for again."""
        with self._guard:
            self._found.pop(key, None)

    def wait(self, limit_s: float | None = None) -> bool:
        """Wait until nothing is on its way; return whether that came in time."""
        with self._guard:
            return self._guard.wait_for(lambda: self._thread is None, limit_s)

    def _wake(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)
            self._thread.start()

    def _run(self) -> None:
        while True:
            with self._guard:
                if not self._wanted:
                    self._thread = None
                    self._guard.notify_all()
                    return
                key, make = self._wanted.popitem()
            made = self._attempt(make)
            with self._guard:
                self._found[key] = made
                while len(self._found) > self._keep:
                    self._found.popitem(last=False)
            self._on_made(key)

    def _attempt(self, make: Callable[[], Made]) -> Made | WorkbenchError:
        job = Job(self.name, make)  # it turns whatever goes wrong into words
        job.start()
        job.wait()
        if job.failure is not None:
            return job.failure
        assert job.result is not None
        return job.result
