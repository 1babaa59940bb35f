"""Serve a workspace to annotators without a notebook, and say what they have done."""

from __future__ import annotations

import sys
from argparse import ArgumentParser, Namespace
from importlib import import_module

from workbench.answers import format_frame
from workbench.commands.base import (
    DONE,
    Command,
    answer,
    json_argument,
    open_workspace,
    workspace_argument,
)

__all__ = ["COMMANDS"]


def _serve(options: Namespace) -> int:
    ws = open_workspace(Namespace(workspace=options.workspace))
    # The views stand above the workbench, which never imports them; only here, at the edge, is one started.
    server = import_module("widgets.serve.server")
    how = server.Options(
        annotators=tuple(options.annotators),
        port=options.port,
        public_url=options.public_url,
        is_second_opinion=options.second_opinion,
        is_relinked=options.new_links,
        adjudicators=tuple(options.adjudicators),
    )

    def tell(started: object) -> None:
        print(started, flush=True)
        print(f"Serving {ws.path} to this machine alone; Ctrl+C stops.", file=sys.stderr, flush=True)

    server.run(ws.store, how, tell)
    return DONE


def _serve_arguments(parser: ArgumentParser) -> None:
    workspace_argument(parser)
    parser.description = (
        "Serve the views to annotators in their browsers: each gets a link, and what they decide "
        "is stored under their name. Only this machine is listened to; docs/team.md says how to let others "
        "in by a reverse proxy. Links stay the same after a restart."
    )
    parser.add_argument(
        "--annotator", dest="annotators", metavar="NAME", nargs="+", action="extend", required=True,
        help="who may decide; a name or more",
    )  # fmt: skip
    parser.add_argument("--port", type=int, default=0, help="to listen on; a free one by default")
    parser.add_argument(
        "--public-url", default="", metavar="URL", help="the address a reverse proxy makes this known by"
    )
    parser.add_argument(
        "--second-opinion", action="store_true", help="hide from everybody what others have decided"
    )
    parser.add_argument(
        "--adjudicator", dest="adjudicators", metavar="NAME", nargs="+", action="extend", default=[],
        help="those of them who may settle disagreements: their verdict there stands for all",
    )  # fmt: skip
    parser.add_argument("--new-links", action="store_true", help="end every link given out before")


def _history(options: Namespace) -> int:
    frame = open_workspace(options).history(annotator=options.annotator, limit=options.count)
    return answer(options, frame, format_frame(frame, "act"))


def _history_arguments(parser: ArgumentParser) -> None:
    workspace_argument(parser)
    parser.add_argument("--annotator", help="whose acts; everybody's by default")
    parser.add_argument("--count", type=int, default=20, help="how many, the newest first (default 20)")
    json_argument(parser, "the acts")


def _team(options: Namespace) -> int:
    found = open_workspace(options).team()
    return answer(options, found, f"{found}\n{format_frame(found.people, 'annotator')}")


def _team_arguments(parser: ArgumentParser) -> None:
    workspace_argument(parser)
    json_argument(parser, "every table")


COMMANDS = (
    Command(
        "serve",
        "serve the views to annotators, a link for each",
        "workbench serve ws --annotator ana ben",
        _serve_arguments,
        _serve,
    ),
    Command(
        "history",
        "list who decided what, and when",
        "workbench history ws --count 50",
        _history_arguments,
        _history,
    ),
    Command(
        "team",
        "say how much each annotator decided and how far they agree",
        "workbench team ws",
        _team_arguments,
        _team,
    ),
)
