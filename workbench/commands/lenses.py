"""Show a workspace in FiftyOne's App, and bring home what was decided there."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from workbench.commands.base import DONE, SOME_REFUSED, Command, open_workspace, workspace_argument

__all__ = ["COMMANDS"]


def _fiftyone(options: Namespace) -> int:
    ws = open_workspace(options)
    if options.take:
        taken = ws.from_fiftyone(options.name)
        print(taken)
        return SOME_REFUSED if taken.refused else DONE
    from workbench.fiftyone_bridge import serve_fiftyone

    server, sent = serve_fiftyone(ws.store, options.name, annotator=ws.annotator, port=options.port)
    print(sent)
    print(
        f"FiftyOne: {server.dataset_url(sent.dataset.name)}   (this machine only; Ctrl+C ends it)", flush=True
    )
    try:
        server.process.wait()
    except KeyboardInterrupt:
        server.stop()
    print(ws.from_fiftyone(options.name))
    return DONE


def _fiftyone_arguments(parser: ArgumentParser) -> None:
    workspace_argument(parser)
    parser.description = (
        "Write what is new in a workspace to a FiftyOne dataset and serve its App on this machine until "
        "Ctrl+C; then record the tags and edits made there as verdicts. With --take only do the latter."
    )
    parser.add_argument("--name", help="the name of the dataset; that of the folder by default")
    parser.add_argument("--port", type=int, help="where the App is served; a free port by default")
    parser.add_argument("--annotator", help="who decides there; your login name by default")
    parser.add_argument("--take", action="store_true", help="only record what was done in the App so far")


COMMANDS = (
    Command(
        "fiftyone",
        "show the workspace in FiftyOne's App",
        "workbench fiftyone ws",
        _fiftyone_arguments,
        _fiftyone,
    ),
)
