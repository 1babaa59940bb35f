"""Say how far people agree, and who belongs together."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from workbench.commands.base import Command, answer, json_argument, open_workspace, workspace_argument
from workbench.errors import WorkbenchError

__all__ = ["COMMANDS"]


def _agreement(options: Namespace) -> int:
    found = open_workspace(options).agreement(
        criterion=options.criterion, encoder=options.encoder, seed=options.seed
    )
    return answer(options, found, str(found))


def _agreement_arguments(parser: ArgumentParser) -> None:
    workspace_argument(parser)
    parser.add_argument("--criterion", help="answers on this criterion alone; each pair's own by default")
    parser.add_argument(
        "--encoder", default="", help="compare corrections by meaning too, with bridge, clip:ID or clap:ID"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the intervals (default 0)")
    json_argument(parser, "every table")


def _group(options: Namespace) -> int:
    said = [one.partition("=") for one in options.groups]
    if unclear := [name for name, sign, _ in said if not sign or not name]:
        raise WorkbenchError(
            f"{unclear[0]!r} names no group.", "Write ANNOTATOR=GROUP; ANNOTATOR= takes one out of any group."
        )
    groups = open_workspace(options).group_annotators({name: group for name, _, group in said})
    lines = [f"{name}: {group}" for name, group in sorted(groups.items())]
    return answer(options, groups, "\n".join(lines) or "Nobody has a group.")


def _group_arguments(parser: ArgumentParser) -> None:
    workspace_argument(parser)
    parser.add_argument(
        "groups", nargs="*", metavar="ANNOTATOR=GROUP", help="left out, the groups are listed"
    )
    json_argument(parser, "the groups")


COMMANDS = (
    Command(
        "agreement",
        "say how far people agree on pairs, and how far each can be believed",
        "workbench agreement ws",
        _agreement_arguments,
        _agreement,
    ),
    Command(
        "group",
        "say which annotators belong together, so that no group is overruled unseen",
        "workbench group ws ana=radiologists ben=radiologists cem=students",
        _group_arguments,
        _group,
    ),
)
