"""Start, watch, stop, resume and compare fine-tunes."""

from __future__ import annotations

import dataclasses
import json
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Final

from workbench.commands.base import (
    COULD_NOT,
    DONE,
    Command,
    answer,
    json_argument,
    open_workspace,
    workspace_argument,
)
from workbench.errors import UnknownNameError, WorkbenchError

if TYPE_CHECKING:
    from workbench.finetune.run import Run

__all__ = ["COMMANDS", "describe_event", "read_settings"]

_PAUSE_S: Final = 0.3
_NAMED: Final = ("method", "model", "name", "engine", "device")


def read_settings(given: Iterable[str]) -> dict[str, object]:
    """Return settings of a run that were typed as KEY=VALUE; a list of words has commas, nothing is `none`.

    Raises:
        UnknownNameError: for a setting that does not exist.
        WorkbenchError: for a word without a value, or a value of the wrong type.

    Example:
        >>> read_settings(["beta=0.2", "epochs=3", "statuses=accepted,proposed", "max_tokens=none"])
        {'beta': 0.2, 'epochs': 3, 'statuses': ('accepted', 'proposed'), 'max_tokens': None}
    """
    from workbench.finetune.config import RunConfig

    types = {field.name: str(field.type) for field in dataclasses.fields(RunConfig)}
    found: dict[str, object] = {}
    for word in given:
        name, sign, value = word.partition("=")
        if not sign:
            raise WorkbenchError(f"{word!r} sets nothing.", "Write KEY=VALUE, such as beta=0.2.")
        if name not in types:
            raise UnknownNameError("setting of a run", name, types)
        found[name] = _value(name, value, types[name])
    return found


def describe_event(event: Mapping[str, object]) -> str:
    """Return one line on what a run told; "" for what a terminal need not show."""
    match event["kind"]:
        case "queued" if event.get("behind"):
            return f"waits for its device: {event['behind']} before it"
        case "started":
            steps, pairs, engine = event.get("steps"), event.get("pairs"), event.get("engine")
            return f"started: {steps} steps, {pairs} pairs, engine {engine} on {event.get('device')}"
        case "step":
            left = event.get("seconds_left")
            rest = f"  {left:.0f} s left" if isinstance(left, float) else ""
            loss, margin = _number(event["loss"]), _number(event["margin"])
            return f"step {event['step']}: loss {loss}  margin {margin}{rest}"
        case "held_out":
            low, high = _number(event["low"]), _number(event["high"])
            return (
                f"held out: accuracy {_number(event['accuracy'])} ({low} to {high}), {event['pairs']} pairs"
            )
        case "alarm" | "finding" | "failed" as kind:
            return f"{kind}: {event['message']} {event['remedy']}"
        case "stopped" | "finished" as kind:
            return f"{kind} after step {event['step']}"
        case "note":
            return f"note: {event['text']}"
    return ""


def _runs(options: Namespace) -> int:
    runs = open_workspace(options).runs
    return answer(options, runs.frame, str(runs))


def _finetune(options: Namespace) -> int:
    from workbench.finetune.config import read_config

    named = {name: getattr(options, name) for name in _NAMED if getattr(options, name) is not None}
    config = read_config(named | read_settings(options.settings))
    workspace = open_workspace(options)
    if options.check:
        looked = workspace.preflight(config)
        print(looked)
        return COULD_NOT if looked.has_errors else DONE
    run = workspace.finetune(config)
    print(f"{run.name} is on its way: {run.folder.path}")
    return _follow(run) if options.follow else DONE


def _show_run(options: Namespace) -> int:
    run = open_workspace(options).runs[options.name]
    if options.follow:
        return _follow(run)
    if options.log:
        print(run.log, end="")
        return DONE
    lines = [str(run), *(one for event in run.events()[0] if (one := _not_a_step(event)))]
    trouble = run.trouble
    lines += [" ".join(trouble)] if trouble and run.state == "dead" else []
    told = {"state": run.state, "card": run.card, "progress": run.progress, "events": run.events()[0]}
    return answer(options, told, "\n".join(lines))


def _stop_run(options: Namespace) -> int:
    run = open_workspace(options).runs[options.name]
    if options.kill:
        run.kill()
    run.stop().wait()
    print(run)
    return DONE


def _resume_run(options: Namespace) -> int:
    run = open_workspace(options).runs[options.name].resume()
    print(f"{run.name} goes on")
    return _follow(run) if options.follow else DONE


def _clone_run(options: Namespace) -> int:
    run = open_workspace(options).runs[options.name].clone(read_settings(options.settings))
    print(f"{run.name} is on its way: {run.folder.path}")
    return _follow(run) if options.follow else DONE


def _compare_runs(options: Namespace) -> int:
    found = open_workspace(options).compare_runs(options.names)
    return answer(options, {"results": found.results, "settings": found.settings}, str(found))


def _follow(run: Run) -> int:
    """Print what a run tells until it ends; interrupting this does not end the run."""
    place = 0
    while True:
        is_alive = run.is_alive
        events, place = run.events(place)
        for event in events:
            if line := describe_event(event):
                print(line, flush=True)
        if not is_alive:
            break
        time.sleep(_PAUSE_S)
    if run.state == "dead" and run.trouble:
        print(" ".join(run.trouble))
    return COULD_NOT if run.state in ("failed", "dead") else DONE


def _not_a_step(event: Mapping[str, object]) -> str:
    return "" if event["kind"] == "step" else describe_event(event)


def _number(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, int | float) else "no number"


def _value(name: str, value: str, type_: str) -> object:
    if value == "none" and "None" in type_:
        return None
    if type_.startswith("tuple"):
        return tuple(word.strip() for word in value.split(",") if word.strip())
    if type_ == "str":
        return value
    try:
        number = json.loads(value)
    except ValueError:
        number = None
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise WorkbenchError(f"{name}={value} is no number.", f"Write {name}=1 or so.")
    if "int" in type_ and not isinstance(number, int):
        raise WorkbenchError(f"{name}={value} is no whole number.", f"Write {name}={round(number)} or so.")
    return number


def _finetune_arguments(parser: ArgumentParser) -> None:
    workspace_argument(parser)
    _settings_argument(parser, "any other setting of the run")
    parser.add_argument("--method", help="how to tune (default dpo)")
    parser.add_argument("--model", help="embedded (default), a folder or a hub id")
    parser.add_argument("--name", help="of the run; its method and a number when left out")
    parser.add_argument("--engine", help="auto (default), fast or trl")
    parser.add_argument("--device", help="auto (default), cpu, cuda, cuda:1 or mps")
    parser.add_argument("--check", action="store_true", help="look at pairs and settings, and do not start")
    _follow_argument(parser)


def _one_run_arguments(parser: ArgumentParser) -> None:
    workspace_argument(parser)
    parser.add_argument("name", metavar="RUN", help="the name of the run; see: workbench runs WORKSPACE")


def _show_arguments(parser: ArgumentParser) -> None:
    _one_run_arguments(parser)
    parser.add_argument("--log", action="store_true", help="print what its process printed")
    _follow_argument(parser)
    json_argument(parser, "its card and events")


def _stop_arguments(parser: ArgumentParser) -> None:
    _one_run_arguments(parser)
    parser.add_argument("--kill", action="store_true", help="at once; only its last checkpoint is kept")


def _resume_arguments(parser: ArgumentParser) -> None:
    _one_run_arguments(parser)
    _follow_argument(parser)


def _clone_arguments(parser: ArgumentParser) -> None:
    _one_run_arguments(parser)
    _settings_argument(parser, "what to change")
    _follow_argument(parser)


def _compare_arguments(parser: ArgumentParser) -> None:
    workspace_argument(parser)
    parser.add_argument("names", nargs="*", metavar="RUN", help="all runs when left out")
    json_argument(parser, "both tables")


def _list_arguments(parser: ArgumentParser) -> None:
    workspace_argument(parser)
    json_argument(parser, "the table")


def _settings_argument(parser: ArgumentParser, what: str) -> None:
    parser.add_argument(
        "--set",
        dest="settings",
        nargs="+",
        action="extend",
        default=[],
        metavar="KEY=VALUE",
        help=f"{what}, such as beta=0.2",
    )


def _follow_argument(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--follow", action="store_true", help="print what it tells until it ends; it goes on without"
    )


COMMANDS = (
    Command("runs", "list the fine-tunes and how they stand", "workbench runs ws", _list_arguments, _runs),
    Command(
        "finetune",
        "start a fine-tune on the accepted pairs, in a process of its own",
        "workbench finetune ws --method rpo --follow --set beta=0.3 sft_weight=5 epochs=4",
        _finetune_arguments,
        _finetune,
    ),
    Command(
        "show-run", "show one fine-tune", "workbench show-run ws dpo-1 --follow", _show_arguments, _show_run
    ),
    Command(
        "stop-run",
        "let a fine-tune save and end",
        "workbench stop-run ws dpo-1",
        _stop_arguments,
        _stop_run,
    ),
    Command(
        "resume-run",
        "go on with a fine-tune from its last checkpoint",
        "workbench resume-run ws dpo-1",
        _resume_arguments,
        _resume_run,
    ),
    Command(
        "clone-run",
        "start a fine-tune on the same pairs with some settings changed",
        "workbench clone-run ws dpo-1 --set beta=0.2",
        _clone_arguments,
        _clone_run,
    ),
    Command(
        "compare-runs",
        "put fine-tunes side by side",
        "workbench compare-runs ws dpo-1 dpo-2",
        _compare_arguments,
        _compare_runs,
    ),
)
