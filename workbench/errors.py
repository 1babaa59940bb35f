"""Every exception of the workbench: what failed, the value seen, what to do next.

WorkbenchError
├── WorkspaceError            a workspace folder cannot be opened, made or written
│   ├── WorkspaceNotFoundError
│   ├── WorkspaceExistsError
│   ├── WorkspaceLockedError  another process is writing its tables
│   └── SchemaVersionError    made by a newer version of the workbench
├── TableError                a frame does not have the columns or types of its table
├── JournalError              the decision journal cannot be reached or refused a record
├── DecisionError             a verdict that cannot be stored as given
├── PairError                 a preference pair that says nothing, or that cannot be made as asked
├── MediaError                a media file that cannot be read, with a plain reason
│   └── PathOutsideError      a media path that leaves its root
├── IngestError               a whole source that cannot be read (a bad row is a reject, not an error)
├── EncoderError              weights or vectors that cannot be used
├── ExportError               an export that cannot be written or read back
├── RunError                  a fine-tune that cannot be started, gone on with, or read
├── FiftyOneError             FiftyOne's app or its database cannot be reached or used as asked
├── UnknownNameError          a name that is not known; lists those that are
└── MissingExtraError         an optional package that is not installed; names the install line
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = [
    "DecisionError",
    "EncoderError",
    "ExportError",
    "FiftyOneError",
    "IngestError",
    "JournalError",
    "MediaError",
    "MissingExtraError",
    "PairError",
    "PathOutsideError",
    "RunError",
    "SchemaVersionError",
    "TableError",
    "UnknownNameError",
    "WorkbenchError",
    "WorkspaceError",
    "WorkspaceExistsError",
    "WorkspaceLockedError",
    "WorkspaceNotFoundError",
]


class WorkbenchError(Exception):
    """Base of every error the workbench raises on purpose.

    Args:
        message: what failed and the value seen, one sentence.
        remedy: what to do next; shown after the message.
    """

    def __init__(self, message: str, remedy: str = "") -> None:
        self.message = message
        self.remedy = remedy
        super().__init__(f"{message} {remedy}".strip())


class WorkspaceError(WorkbenchError):
    """A workspace folder cannot be opened, made or written."""


class WorkspaceNotFoundError(WorkspaceError):
    """There is no workspace at the path given."""


class WorkspaceExistsError(WorkspaceError):
    """The path given already holds something."""


class WorkspaceLockedError(WorkspaceError):
    """Another process is writing the tables of this workspace."""


class SchemaVersionError(WorkspaceError):
    """The workspace was written by a newer version of the workbench."""


class TableError(WorkbenchError):
    """A frame does not have the columns or types of the table it was given for."""


class JournalError(WorkbenchError):
    """The decision journal cannot be reached, or it refused a record."""


class DecisionError(WorkbenchError):
    """A verdict that cannot be stored as given."""


class PairError(WorkbenchError):
    """A preference pair that says nothing, or that cannot be made as asked."""


class MediaError(WorkbenchError):
    """A media file that cannot be read; the message is a reason a person understands."""


class PathOutsideError(MediaError):
    """A media path that leaves its root."""


class IngestError(WorkbenchError):
    """A whole source that cannot be read. (A bad row is kept in the rejects table instead.)"""


class EncoderError(WorkbenchError):
    """Weights or vectors that cannot be used."""


class ExportError(WorkbenchError):
    """An export that cannot be written or read back."""


class RunError(WorkbenchError):
    """A fine-tune cannot be started, gone on with, or read."""


class FiftyOneError(WorkbenchError):
    """FiftyOne's app or its database cannot be reached, or not used as asked."""


class UnknownNameError(WorkbenchError):
    """A name that is not known; the message lists those that are.

    Example:
        >>> str(UnknownNameError("scorer", "similarty", ["consensus", "similarity"]))
        "There is no scorer 'similarty'. Did you mean 'similarity'? Known: consensus, similarity."
    """

    def __init__(self, kind: str, name: object, known: Iterable[str]) -> None:
        names = sorted(known)
        close = get_close_matches(str(name), names, n=1)
        guess = f"Did you mean {close[0]!r}? " if close else ""
        super().__init__(f"There is no {kind} {name!r}.", f"{guess}Known: {', '.join(names)}.")


class MissingExtraError(WorkbenchError):
    """An optional package that is not installed; names the install line.

    Example:
        >>> MissingExtraError("Reading video", "audio-video").remedy
        "Run: pip install 'caption-workbench[audio-video]'"
    """

    def __init__(self, task: str, extra: str) -> None:
        super().__init__(
            f"{task} needs a package that is not installed.",
            f"Run: pip install 'caption-workbench[{extra}]'",
        )
