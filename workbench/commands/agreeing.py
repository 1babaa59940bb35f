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


def _disagreements(options: Namespace) -> int:
    found = open_workspace(options).disagreements(about=options.about, is_open=options.open or None)
    lines = [
        f"{row['caption_id']}  {row['text']}\n    {row['about']}: "
        + "; ".join(
            f"{one['annotator']} {' '.join([one['verdict'], *one['error_types']])}" for one in row["said"]
        )
        + (f" (settled by {row['adjudicator']}: {row['adjudicated']})" if row["adjudicated"] else "")
        for row in found.head(options.count).to_dicts()
    ]
    word = "caption" if found.height == 1 else "captions"
    counted = f"{found.height:,} {word} that people decided differently on."
    return answer(options, found.to_dicts(), "\n".join([counted, *lines]))


def _disagreements_arguments(parser: ArgumentParser) -> None:
    workspace_argument(parser)
    parser.add_argument("--about", help="verdict, error_types, correction or interval alone")
    parser.add_argument("--open", action="store_true", help="only those that nobody has settled yet")
    parser.add_argument("--count", type=int, default=20, help="how many are printed (default 20)")
    json_argument(parser, "all of them")


COMMANDS = (
    Command(
        "disagreements",
        "list the captions that people decided differently on, the gravest first",
        "workbench disagreements ws --open",
        _disagreements_arguments,
        _disagreements,
    ),
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
