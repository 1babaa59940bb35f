"""Long work beside a view: on a thread of its own, one round at a time, its end and its failure kept."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable
from typing import Generic, TypeVar

from widgets.memory import give_back
from workbench.errors import WorkbenchError

__all__ = ["Job"]

Result = TypeVar("Result")


class Job(Generic[Result]):
    """Do something that takes too long for a command: while a command is answered, every other one waits.

    Args:
        name: what is done, for the message when it fails.
        work: does it.
    """

    def __init__(self, name: str, work: Callable[[], Result]) -> None:
        self.name = name
        self.work = work
        self.result: Result | None = None
        self.failure: WorkbenchError | None = None
        self.rounds = 0
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None

    @property
    def is_running(self) -> bool:
        """Whether a round is under way."""
        thread = self._thread
        return thread is not None and thread.is_alive()

    def start(self, work: Callable[[], Result] | None = None) -> bool:
        """Start a round unless one is under way; return whether one was started."""
        with self._guard:
            if self.is_running:
                return False
            self.work = work or self.work
            self.failure = None
            self._thread = threading.Thread(target=self._run, name=self.name, daemon=True)
            self._thread.start()
            return True

    def wait(self, limit_s: float | None = None) -> None:
        """Wait for the round under way, if there is one."""
        if self._thread is not None:
            self._thread.join(limit_s)

    def told(self) -> dict[str, object]:
        """Return how it stands for a page: running, the rounds ended, and why the last one failed."""
        failure = self.failure
        return {
            "is_running": self.is_running,
            "rounds": self.rounds,
            "failure": None if failure is None else {"message": failure.message, "remedy": failure.remedy},
        }

    def _run(self) -> None:
        try:
            self.result = self.work()
        except WorkbenchError as error:
            self.failure = error
        except Exception as error:  # the edge of a thread: nobody else would hear of it
            traceback.print_exc()
            told = f"{type(error).__name__}: {error}"
            self.failure = WorkbenchError(f"The {self.name} failed: {told}.", "See the kernel's log.")
        give_back()
        self.rounds += 1
