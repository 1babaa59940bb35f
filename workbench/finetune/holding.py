"""Locks that the system frees when their holder dies, however it dies: how a run is known to live.

A process id in a file says nothing: ids are used again, and a file outlives its writer. A lock held on a file
is gone in the instant the last process that holds it is.
"""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path
from types import ModuleType

from workbench.errors import RunError

__all__ = ["hold", "holder_of", "is_held", "keep_hold", "sign"]

_PAUSE_S = 0.01


def hold(file: Path, wait_s: float = 0.0) -> int | None:
    """Take the lock of a file and return the open handle that holds it; None when another has it.

    The handle may be handed to a child: the lock is free when both have closed theirs.

    Args:
        file: made when it is not there.
        wait_s: how long to try, against those who only look whether it is held.

    Raises:
        RunError: on a system without such locks.
    """
    handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
    with contextlib.ExitStack() as left:
        left.callback(os.close, handle)
        if _try(handle, wait_s):
            left.pop_all()
            return handle
    return None


def keep_hold(handle: int, wait_s: float = 5.0) -> bool:
    """Hold a lock that was handed down by a parent; where file systems bind locks to a process, take it over.

    Returns:
        Whether it is held now.
    """
    return _try(handle, wait_s)


def is_held(file: Path) -> bool:
    """Say whether a living process holds the lock of a file; False when there is no such file."""
    fcntl = _fcntl()
    try:
        handle = os.open(file, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        # A shared lock: two who look at once do not take each other for the holder.
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def sign(handle: int, process: int | None = None) -> None:
    """Write who holds a lock into its file: this process, or the one it was handed to."""
    os.ftruncate(handle, 0)
    os.pwrite(handle, str(process or os.getpid()).encode(), 0)


def holder_of(file: Path) -> int | None:
    """Return the id of the process that holds a lock and has signed it; None when there is none."""
    if not is_held(file):
        return None
    with contextlib.suppress(OSError, ValueError):
        return int(file.read_text())
    return None


def _try(handle: int, wait_s: float) -> bool:
    fcntl = _fcntl()
    until = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                return False
            time.sleep(_PAUSE_S)
        else:
            return True


def _fcntl() -> ModuleType:
    try:
        import fcntl
    except ImportError as error:
        raise RunError(
            "This system has no locks that end with their holder, by which a run is known to live.",
            "Run on Linux or macOS; on Windows within WSL.",
        ) from error
    return fcntl
