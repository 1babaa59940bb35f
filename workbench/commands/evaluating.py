"""Evaluate a fine-tune, and hand its weights on."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from workbench.commands.base import (
    DONE,
    Command,
    answer,
    json_argument,
    open_workspace,
    workspace_argument,
)

__all__ = ["COMMANDS"]

_COUNTS = ("flagged", "pictures", "held_out", "probes")


def _evaluate(options: Namespace) -> int:
    from workbench.finetune.evaluation import EvaluationSettings

    workspace = open_workspace(options)
    if options.kept:
        found = workspace.runs[options.name].evaluation
    else:
        given = {name: getattr(options, name) for name in _COUNTS if getattr(options, name) is not None}
        found = workspace.evaluate(options.name, EvaluationSettings(**given, drawn=not options.greedy))
    told = {
        "run": found.run,
        "metrics": dict(found.metrics),
        "warnings": list(found.warnings),
        "notes": list(found.notes),
        "facts": dict(found.facts),
        "card": str(found.card),
    }
    return answer(options, told, str(found))


def _export_run(options: Namespace) -> int:
    folder = open_workspace(options).runs[options.name].export(options.path)
    print(f"{options.name} lies in {folder}, read back equal")
    return DONE


def _judge_run(options: Namespace) -> int:
    found = open_workspace(options).judge_run(options.name)
    return answer(options, found, str(found))


def _one_run(parser: ArgumentParser) -> None:
    workspace_argument(parser)
    parser.add_argument("name", metavar="RUN", help="the name of the run; see: workbench runs WORKSPACE")


def _evaluate_arguments(parser: ArgumentParser) -> None:
    _one_run(parser)
    parser.add_argument("--kept", action="store_true", help="show the evaluation that was kept, make none")
    parser.add_argument("--greedy", action="store_true", help="leave out words drawn at temperature 1")
    for name, what in (
        ("flagged", "flagged items"),
        ("pictures", "other samples"),
        ("held-out", "held-out pairs"),
        ("probes", "pictures probed"),
    ):
        parser.add_argument(f"--{name}", type=int, metavar="N", help=f"{what} at most")
    json_argument(parser, "the numbers")


def _judge_arguments(parser: ArgumentParser) -> None:
    _one_run(parser)
    json_argument(parser, "the answers so far")


def _export_arguments(parser: ArgumentParser) -> None:
    _one_run(parser)
    parser.add_argument("path", help="a folder that is not there yet")


COMMANDS = (
    Command(
        "evaluate-run",
        "hold a fine-tune's model before and after side by side",
        "workbench evaluate-run ws rpo-1",
        _evaluate_arguments,
        _evaluate,
    ),
    Command(
        "judge-run",
        "let people judge before and after blind, and count their answers",
        "workbench judge-run ws rpo-1",
        _judge_arguments,
        _judge_run,
    ),
    Command(
        "export-run",
        "copy tuned weights to a folder that PEFT or transformers opens",
        "workbench export-run ws rpo-1 adapter",
        _export_arguments,
        _export_run,
    ),
)
