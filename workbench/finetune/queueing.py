"""A queue for each device, over all workspaces of one user: who came first goes first.

A run that waits holds the lock of a ticket, a file named after the moment it was started; the one whose turn
has come holds the lock of the device too. Both are freed by the system when the run ends or is killed, so a
crash never blocks the queue. What it cannot see: other users, other machines, and work that is no run.
"""

from __future__ import annotations

import contextlib
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from workbench.finetune.holding import hold, is_held

__all__ = ["Queue", "device_key", "queue_home"]

_PAUSE_S: Final = 0.1
_HELD: Final = "device.lock"


def queue_home() -> Path:
    """Return the folder of this user's queues."""
    cache = os.environ.get("XDG_CACHE_HOME")
    return (Path(cache) if cache else Path.home() / ".cache") / "caption-workbench" / "queues"


def device_key(device: str) -> str:
    """Return a name that is one for one device, whatever this process calls it.

    `CUDA_VISIBLE_DEVICES` renames GPUs for a process; the queue goes by what it names.

    Args:
        device: `cpu`, `cuda`, `cuda:1` or `mps`.

    Example:
        >>> device_key("cuda"), device_key("cpu")
        ('cuda-0', 'cpu')
    """
    kind, _, number = device.partition(":")
    if kind != "cuda":
        return kind
    shown = [name.strip() for name in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if name.strip()]
    place = int(number or 0)
    name = shown[place] if place < len(shown) else str(place)
    return "cuda-" + re.sub(r"[^A-Za-z0-9]+", "-", name)


@dataclass(frozen=True, slots=True)
class Queue:
    """The queue of one device.

    Attributes:
        folder: where its tickets lie; made when it is not there.
    """

    folder: Path

    @classmethod
    def of(cls, device: str) -> Queue:
        """Return this user's queue of a device."""
        return cls(queue_home() / device_key(device))

    @contextmanager
    def turn(
        self, started_at: str, tell: Callable[[int], None], should_stop: Callable[[], bool]
    ) -> Iterator[bool]:
        """Wait for the device and hold it within the block.

        Args:
            started_at: when the run was started, ISO 8601 in UTC: its place in the queue.
            tell: hears how many are before it, whenever that changes, and 0 when its turn has come.
            should_stop: asked while it waits.

        Yields:
            Whether the turn has come; False when it was asked to stop before.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        ticket, handle = self._take_ticket(started_at)
        device: int | None = None
        try:
            device = self._wait(ticket, tell, should_stop)
            yield device is not None
        finally:
            ticket.unlink(missing_ok=True)
            for one in (device, handle):
                if one is not None:
                    os.close(one)

    def waiting(self) -> list[str]:
        """Return the tickets that are held, first come first; the one that runs among them."""
        names = sorted(file.name for file in self.folder.glob("*.ticket"))
        return [name for name in names if self._is_waiting(self.folder / name)]

    def _take_ticket(self, started_at: str) -> tuple[Path, int]:
        name = re.sub(r"[^0-9A-Za-z]", "", started_at)
        ticket = self.folder / f"{name}-{os.getpid()}.ticket"
        # Locked before it has its name: nobody takes it for one that a crash left behind.
        fresh = ticket.with_suffix(".fresh")
        handle = hold(fresh)
        assert handle is not None, "a file of this process's own"
        fresh.rename(ticket)
        return ticket, handle

    def _wait(self, ticket: Path, tell: Callable[[int], None], should_stop: Callable[[], bool]) -> int | None:
        told: int | None = None
        while not should_stop():
            before = self.waiting()
            before = before[: before.index(ticket.name)] if ticket.name in before else before
            if not before and (device := hold(self.folder / _HELD)) is not None:
                tell(0)
                return device
            # A late comer with an early ticket finds the device taken by one behind it.
            behind = max(1, len(before))
            if behind != told:
                tell(told := behind)
            time.sleep(_PAUSE_S)
        return None

    def _is_waiting(self, ticket: Path) -> bool:
        if is_held(ticket):
            return True
        with contextlib.suppress(OSError):  # left behind by one that was killed
            ticket.unlink(missing_ok=True)
        return False
