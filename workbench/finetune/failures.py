"""What went wrong, in words that a person can act on."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from workbench.errors import WorkbenchError
from workbench.finetune.config import RunConfig
from workbench.finetune.directory import RunFolder

__all__ = ["explain_failure", "is_disk_full", "last_step"]

_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
# The writers of weights tell it in words alone: their errors come from another language.
_FULL_WORDS: Final = ("No space left on device", "os error 28", "File too large", "Disk quota exceeded")
_MEMORY_WORDS: Final = ("out of memory", "can't allocate memory", "not enough memory")


def explain_failure(error: BaseException, folder: RunFolder, config: RunConfig) -> tuple[str, str]:
    """Return what failed and what to do next.

    Args:
        error: what ended the run.
        folder: of the run.
        config: of the run.
    """
    if is_disk_full(error):
        return _disk_full(folder)
    if isinstance(error, WorkbenchError):
        return error.message, error.remedy
    if _is_out_of_memory(error):
        return (
            f"The memory of {config.device if config.device != 'auto' else 'the device'} was not enough: "
            f"{_first_line(error)}",
            f"Lower batch_pairs (now {config.batch_pairs}), picture_px or max_tokens, or train adapters "
            "(trains='lora'); then clone the run with that change.",
        )
    return (
        f"{type(error).__name__}: {_first_line(error)}",
        f"The whole trace is in {folder.log.name} (run.log). {_go_on(folder)}",
    )


def is_disk_full(error: BaseException) -> bool:
    """Say whether an error, or what caused it, is a disk that takes no more."""
    return any(
        (isinstance(one, OSError) and one.errno in _FULL) or any(words in str(one) for words in _FULL_WORDS)
        for one in _chain(error)
    )


def last_step(folder: RunFolder) -> int | None:
    """Return the step of the last whole checkpoint; None when there is none."""
    last = folder.last_checkpoint()
    return int(last.name.removeprefix("step-")) if last else None


def _disk_full(folder: RunFolder) -> tuple[str, str]:
    free = shutil.disk_usage(_existing(folder.path)).free
    return (
        f"The disk that holds {folder.path} takes no more ({free / 1e6:,.1f} MB are free): nothing further "
        "could be saved.",
        f"Free some space. {_go_on(folder)}",
    )


def _go_on(folder: RunFolder) -> str:
    step = last_step(folder)
    if step is None:
        return "There is no checkpoint: run.resume() begins anew."
    return f"The checkpoint of step {step} is whole: run.resume() goes on from there."


def _is_out_of_memory(error: BaseException) -> bool:
    return any(
        isinstance(one, MemoryError)
        or type(one).__name__ == "OutOfMemoryError"
        or any(words in str(one) for words in _MEMORY_WORDS)
        for one in _chain(error)
    )


def _chain(error: BaseException) -> Iterator[BaseException]:
    one: BaseException | None = error
    while one is not None:
        yield one
        one = one.__cause__ or one.__context__


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else "no further word"


def _existing(path: Path) -> Path:
    return next(one for one in (path, *path.parents) if one.exists())
