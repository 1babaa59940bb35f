"""The verbs for scripts: parse, call one function, print.

Exit codes: 0 done, 1 done but some rows were refused, 2 could not. Progress and reasons go to stderr; stdout
holds the answer, and with `--json -` nothing but JSON.
"""

from __future__ import annotations

import argparse
import os
import sys
import traceback
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from typing import Final

from workbench import __version__
from workbench.commands import (
    agreeing,
    building,
    deciding,
    evaluating,
    filling,
    lenses,
    linting,
    pairing,
    proposing,
    reaching,
    running,
    serving,
)
from workbench.commands.base import COULD_NOT, DONE
from workbench.errors import WorkbenchError

__all__ = ["COMMANDS", "build_parser", "main"]

COMMANDS: Final = (
    *filling.COMMANDS,
    *deciding.COMMANDS,
    *building.COMMANDS,
    *linting.COMMANDS,
    *pairing.COMMANDS,
    *agreeing.COMMANDS,
    *proposing.COMMANDS,
    *running.COMMANDS,
    *evaluating.COMMANDS,
    *serving.COMMANDS,
    *lenses.COMMANDS,
    *reaching.COMMANDS,
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = build_parser().parse_args(arguments)
    run: Callable[[Namespace], int] = options.run
    try:
        return run(options)
    except WorkbenchError as error:
        print(f"workbench: {error}", file=sys.stderr)
    except BrokenPipeError:  # the reader (`| head`) has seen enough; Python would complain once more at exit
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return DONE
    except OSError as error:
        print(f"workbench: {error.strerror or error}: {error.filename or ''}".rstrip(": "), file=sys.stderr)
    except KeyboardInterrupt:
        print("workbench: stopped; what was saved is saved", file=sys.stderr)
        return 130
    except Exception:  # the shell's edge: Python's own exit code, 1, would say "done, some rows refused"
        traceback.print_exc()
    return COULD_NOT


def build_parser() -> ArgumentParser:
    """Return the parser of every command."""
    parser = ArgumentParser(
        prog="workbench",
        description="Find, decide and mend the places where media and their captions disagree.",
        epilog="Exit codes: 0 done, 1 done but some rows were refused, 2 could not.",
    )
    parser.add_argument("--version", action="version", version=f"workbench {__version__}")
    commands = parser.add_subparsers(metavar="COMMAND", required=True)
    for command in COMMANDS:
        one = commands.add_parser(
            command.name,
            help=command.summary,
            description=f"{command.summary[0].upper()}{command.summary[1:]}.",
            epilog=f"example:\n  {command.example}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        command.add_arguments(one)
        one.set_defaults(run=command.run)
    return parser
