"""Look for what is wrong with preference pairs, of a workspace or of any file, and take in such files."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.commands.base import (
    DONE,
    SOME_REFUSED,
    Command,
    answer,
    json_argument,
    open_workspace,
    workspace_argument,
)
from workbench.errors import PairError

if TYPE_CHECKING:
    from workbench.preferences.lint import LintReport
    from workbench.preferences.lint.target import Target

__all__ = ["COMMANDS"]


def _lint(options: Namespace) -> int:
    if options.rules:
        return _list_rules(options)
    if options.source is None:
        raise PairError("There is nothing to look at.", "Give a file of pairs or a workspace, or --rules.")
    report = _report(options)
    answer(options, report, str(report))
    return SOME_REFUSED if report.has_errors else DONE


def _list_rules(options: Namespace) -> int:
    from workbench.preferences.lint import RULES

    rows = [
        {"rule": rule.name, "severity": rule.severity, "looks_for": rule.looks_for, "remedy": rule.remedy}
        for rule in RULES.values()
    ]
    lines = [f"{row['rule']} ({row['severity']}): {row['looks_for']}\n    {row['remedy']}" for row in rows]
    return answer(options, rows, "\n".join(lines))


def _report(options: Namespace) -> LintReport:
    from workbench.preferences.lint import LintSettings

    settings = LintSettings(accuracy_wanted=options.accuracy)
    if (Path(options.source) / "workspace.json").is_file():
        options.workspace = options.source
        return open_workspace(options).lint_pairs(settings=settings, target=_target(options))
    from workbench.pairs.file_linting import lint_file

    return lint_file(
        options.source,
        format=options.format,
        media_root=options.media_root,
        target=_target(options),
        settings=settings,
    )


def _target(options: Namespace) -> Target | None:
    if not options.target:
        return None
    from workbench.preferences.lint.target import load_target

    return load_target(options.target, max_length=options.max_length)


def _lint_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "source", nargs="?", metavar="FILE|WORKSPACE", help="a file or folder of pairs, or a workspace"
    )
    parser.add_argument("--rules", action="store_true", help="list what is looked for, and what to do")
    parser.add_argument("--format", metavar="NAME", help="how to read FILE; told from its rows by default")
    parser.add_argument("--media-root", metavar="FOLDER", help="where the paths in FILE start")
    parser.add_argument("--target", metavar="MODEL", help="folder or hub id of the model to be tuned")
    parser.add_argument("--max-length", type=int, metavar="N", help="tokens that training keeps")
    parser.add_argument(
        "--accuracy", type=float, default=0.6, help="held-out accuracy to tell from chance (default 0.6)"
    )
    json_argument(parser, "the findings")


def _import_pairs(options: Namespace) -> int:
    ws = open_workspace(options)
    summary = ws.import_pairs(options.source, options.format, media_root=options.media_root)
    answer(options, summary, str(summary))
    return SOME_REFUSED if summary.rejected else DONE


def _import_arguments(parser: ArgumentParser) -> None:
    workspace_argument(parser)
    parser.add_argument(
        "source",
        help="a file or folder of pairs: TRL, HH, RLAIF-V, KTO, LLaMA-Factory, ms-swift, Argilla ...",
    )
    parser.add_argument("--format", metavar="NAME", help="told from the rows by default")
    parser.add_argument("--media-root", metavar="FOLDER", help="where the paths in the file start")
    json_argument(parser, "the summary")


COMMANDS = (
    Command(
        "lint",
        "look for what is wrong with preference pairs",
        "workbench lint pairs.jsonl --json -",
        _lint_arguments,
        _lint,
    ),
    Command(
        "import-pairs",
        "take in preference pairs of another tool",
        "workbench import-pairs ws pairs.jsonl",
        _import_arguments,
        _import_pairs,
    ),
)
