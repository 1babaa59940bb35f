"""What every command is made of: its name, its arguments, what it calls, and how it answers."""

from __future__ import annotations

import dataclasses
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from workbench.answers import write_answer

if TYPE_CHECKING:
    from workbench.workspace import Workspace

__all__ = [
    "COULD_NOT",
    "DONE",
    "SOME_REFUSED",
    "Command",
    "answer",
    "json_argument",
    "open_workspace",
    "workspace_argument",
]

DONE: Final = 0
SOME_REFUSED: Final = 1
COULD_NOT: Final = 2


@dataclasses.dataclass(frozen=True, slots=True)
class Command:
    """One verb: what it is called, what it does, an example, its arguments, and the function that runs it."""

    name: str
    summary: str
    example: str
    add_arguments: Callable[[ArgumentParser], None]
    run: Callable[[Namespace], int]


def workspace_argument(parser: ArgumentParser, help: str = "the folder of the workspace") -> None:
    """Add the argument that names the workspace."""
    parser.add_argument("workspace", metavar="WORKSPACE", help=help)


def json_argument(parser: ArgumentParser, what: str) -> None:
    """Add the option that asks for JSON."""
    parser.add_argument("--json", metavar="PATH|-", help=f"write {what} as JSON to a file, or - for stdout")


def open_workspace(options: Namespace) -> Workspace:
    """Open the workspace that the options name."""
    from workbench.workspace import open

    return open(options.workspace, getattr(options, "annotator", None))


def answer(options: Namespace, found: object, text: str) -> int:
    """Print an answer as text, as JSON where that is asked for."""
    write_answer(found, text, options.json)
    return DONE
