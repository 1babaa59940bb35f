"""List, take out, report, and what is not about one workspace."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

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


def _verdicts(options: Namespace) -> int:
    frame = open_workspace(options).verdicts
    return answer(options, frame, format_frame(frame, "verdict"))


def _rejects(options: Namespace) -> int:
    frame = open_workspace(options).rejects
    return answer(options, frame, format_frame(frame, "reject"))


def _list_arguments(parser: ArgumentParser) -> None:
    workspace_argument(parser)
    json_argument(parser, "every row")


def _export(options: Namespace) -> int:
    print(open_workspace(options).export(options.path, options.format))
    return DONE


def _export_arguments(parser: ArgumentParser) -> None:
    workspace_argument(parser)
    parser.add_argument("path", help="the file to write")
    parser.add_argument("--format", metavar="NAME", help="told from the name of the file by default")


def _report(options: Namespace) -> int:
    ws = open_workspace(options)
    print(ws.report(options.path or ws.path / "report.html"))
    return DONE


def _report_arguments(parser: ArgumentParser) -> None:
    workspace_argument(parser)
    parser.add_argument("path", nargs="?", help="the page to write; WORKSPACE/report.html by default")


def _demo(options: Namespace) -> int:
    from workbench.demo import run

    sizes = {"images": options.images, "videos": options.videos, "audio": options.audio}
    given = {k: v for k, v in sizes.items() if v is not None}
    print(run(options.workspace, seed=options.seed, finetune=options.finetune, **given))
    return DONE


def _demo_arguments(parser: ArgumentParser) -> None:
    workspace_argument(parser, "the folder to fill; made where it is not there")
    for media in ("images", "videos", "audio"):
        parser.add_argument(f"--{media}", type=int, metavar="N", help=f"how many {media} to make")
    parser.add_argument("--seed", type=int, default=0, help="another seed is another world (default 0)")
    parser.add_argument(
        "--finetune",
        nargs="?",
        const="whole",
        default="",
        choices=("short", "whole"),
        help="tune the embedded captioner too, and report what changed (short: in less than a minute)",
    )


def _doctor(options: Namespace) -> int:
    from workbench.doctor import diagnose, format_findings

    findings = diagnose(Path(options.workspace) if options.workspace else None)
    return answer(options, findings, format_findings(findings))


def _doctor_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("workspace", nargs="?", metavar="WORKSPACE", help="look at the disk it is on")
    json_argument(parser, "the findings")


COMMANDS = (
    Command(
        "verdicts",
        "list the verdicts that stand",
        "workbench verdicts ws --json -",
        _list_arguments,
        _verdicts,
    ),
    Command("rejects", "list the rows ingest refused", "workbench rejects ws", _list_arguments, _rejects),
    Command(
        "export", "write captions and verdicts", "workbench export ws out.jsonl", _export_arguments, _export
    ),
    Command("report", "write a self-contained page", "workbench report ws", _report_arguments, _report),
    Command("demo", "build and work a world of known truth", "workbench demo demo", _demo_arguments, _demo),
    Command(
        "doctor", "say what is here and how to get the rest", "workbench doctor", _doctor_arguments, _doctor
    ),
)
