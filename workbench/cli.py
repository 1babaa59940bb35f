"""The verbs for scripts: parse, call one function, print.

Exit codes: 0 done, 1 done but some rows were refused, 2 could not. Progress and reasons go to stderr; stdout
holds the answer, and with `--json -` nothing but JSON.
"""

from __future__ import annotations

import argparse
import dataclasses
import os
import sys
import traceback
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING

from workbench import __version__
from workbench.answers import format_frame, write_answer
from workbench.errors import DecisionError, JournalError, UnknownNameError, WorkbenchError

if TYPE_CHECKING:
    from workbench.decisions import Decision
    from workbench.workspace import Workspace

__all__ = ["COMMANDS", "Command", "build_parser", "main"]

DONE, SOME_REFUSED, COULD_NOT = 0, 1, 2


@dataclasses.dataclass(frozen=True, slots=True)
class Command:
    """One verb: what it is called, what it does, an example, its arguments, and the function that runs it."""

    name: str
    summary: str
    example: str
    add_arguments: Callable[[ArgumentParser], None]
    run: Callable[[Namespace], int]


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


# -- making and filling -------------------------------------------------------------------------------------


def _create(options: Namespace) -> int:
    from workbench.workspace import create

    ws = create(options.workspace, journal_url=options.journal)
    print(f"Workspace made at {ws.path}.")
    return DONE


def _create_arguments(parser: ArgumentParser) -> None:
    _workspace(parser)
    parser.add_argument(
        "--journal", metavar="URL", help="database of the decisions; a file in the workspace by default"
    )


def _ingest(options: Namespace) -> int:
    summary = _open(options).ingest(
        options.source, captions=options.captions, media_root=options.media_root, format=options.format
    )
    _answer(options, summary, str(summary))
    return SOME_REFUSED if summary.rejected else DONE


def _ingest_arguments(parser: ArgumentParser) -> None:
    _workspace(parser)
    parser.add_argument("source", help="a folder of media with .txt sidecars, or a file of captions")
    parser.add_argument("--captions", metavar="FILE", help="a file of captions for a SOURCE that is a folder")
    parser.add_argument("--media-root", metavar="FOLDER", help="where the paths in the file start")
    parser.add_argument("--format", metavar="NAME", help="how to read SOURCE; told from its name by default")
    _json(parser, "the summary")


def _score(options: Namespace) -> int:
    summary = _open(options).score(
        options.scorer, encoder=options.encoder, device=options.device, frames=options.frames
    )
    return _answer(options, summary, str(summary))


def _score_arguments(parser: ArgumentParser) -> None:
    _workspace(parser)
    parser.add_argument("--scorer", default="similarity", help="similarity (default) or consensus")
    parser.add_argument("--encoder", default="bridge", help="bridge (default), clip:ID, clap:ID or fake")
    parser.add_argument("--device", default="auto", help="auto (default), cpu, cuda or mps")
    parser.add_argument("--frames", type=int, default=8, help="frames looked at in a video (default 8)")
    _json(parser, "the summary")


def _flag(options: Namespace) -> int:
    from workbench.review import Rule

    rule = Rule(options.scorer, options.lowest_share, options.error_type)
    summary = _open(options).flag(rule)
    return _answer(options, summary, str(summary))


def _flag_arguments(parser: ArgumentParser) -> None:
    _workspace(parser)
    parser.add_argument(
        "--scorer", default="suspicion", help="whose order; suspicion (default) is all together"
    )
    parser.add_argument("--lowest-share", type=float, default=0.1, help="share to flag, 0..1 (default 0.1)")
    parser.add_argument("--error-type", default="wrong_pair", help="what is suspected (default wrong_pair)")
    _json(parser, "the summary")


# -- deciding -----------------------------------------------------------------------------------------------


def _queue(options: Namespace) -> int:
    ws = _open(options)
    texts = dict(ws.captions.select("caption_id", "text").iter_rows())
    items = ws.queue(options.order).peek(options.count)
    rows = [{**dataclasses.asdict(item), "text": texts[item.caption_id]} for item in items]
    lines = [f"{row['caption_id']}  {row['text']}\n    {row['evidence'] or 'not scored'}" for row in rows]
    return _answer(options, rows, "\n".join(lines) or "Nothing is left to decide.")


def _queue_arguments(parser: ArgumentParser) -> None:
    _workspace(parser)
    parser.add_argument("--count", type=int, default=20, help="how many (default 20)")
    parser.add_argument("--order", default="worst", help="worst (default) or random")
    _json(parser, "the captions")


def _decide(options: Namespace) -> int:
    from workbench.decisions import read_decisions

    ws = _open(options)
    refused = 0
    with _source(options.source) as lines:
        for number, said in read_decisions(lines):
            error = said if isinstance(said, DecisionError) else _save(ws, said)
            if error is None:
                print(f"saved {number}", flush=True)
            else:
                refused += 1
                print(f"line {number} refused: {error}", file=sys.stderr, flush=True)
    return SOME_REFUSED if refused else DONE


def _save(ws: Workspace, said: Decision) -> WorkbenchError | None:
    """Store one decision; return why it was refused, or None once it is on disk."""
    try:
        ws.decide(
            said.caption_id,
            said.verdict,
            error_types=said.error_types,
            note=said.note,
            annotator=said.annotator,
            key=said.key,
        )
    except (DecisionError, UnknownNameError) as error:
        return error
    except JournalError as error:
        if error.__cause__ is not None:  # the database failed: the next line would fail as well
            raise
        return error  # the key was used for another decision
    return None


def _decide_arguments(parser: ArgumentParser) -> None:
    _workspace(parser)
    parser.description = (
        "Store verdicts given as JSON lines: caption_id, verdict (ok, misaligned, skip) and, where wanted, "
        "error_types, note, annotator, key. `saved N` is printed for line N once it is on disk; a line sent "
        "again with the same key is stored once."
    )
    parser.add_argument("--from", dest="source", default="-", metavar="FILE|-", help="the lines; - is stdin")
    parser.add_argument("--annotator", help="for lines that name none; your login name by default")


def _undo(options: Namespace) -> int:
    ws = _open(options)
    event = ws.undo()
    if event is None:
        print(f"{ws.annotator} has no verdict to take back.")
    else:
        print(f"Taken back: {event.verdict.verdict} on {event.verdict.caption_id} by {ws.annotator}.")
    return DONE


def _undo_arguments(parser: ArgumentParser) -> None:
    _workspace(parser)
    parser.add_argument("--annotator", help="whose verdict; your own by default")


def _estimate(options: Namespace) -> int:
    estimate = _open(options).estimate()
    return _answer(options, estimate, str(estimate))


def _summary_arguments(parser: ArgumentParser) -> None:
    _workspace(parser)
    _json(parser, "the answer")


# -- listing and taking out ---------------------------------------------------------------------------------


def _verdicts(options: Namespace) -> int:
    frame = _open(options).verdicts
    return _answer(options, frame, format_frame(frame, "verdict"))


def _rejects(options: Namespace) -> int:
    frame = _open(options).rejects
    return _answer(options, frame, format_frame(frame, "reject"))


def _list_arguments(parser: ArgumentParser) -> None:
    _workspace(parser)
    _json(parser, "every row")


def _export(options: Namespace) -> int:
    print(_open(options).export(options.path, options.format))
    return DONE


def _export_arguments(parser: ArgumentParser) -> None:
    _workspace(parser)
    parser.add_argument("path", help="the file to write")
    parser.add_argument("--format", metavar="NAME", help="told from the name of the file by default")


def _report(options: Namespace) -> int:
    ws = _open(options)
    print(ws.report(options.path or ws.path / "report.html"))
    return DONE


def _report_arguments(parser: ArgumentParser) -> None:
    _workspace(parser)
    parser.add_argument("path", nargs="?", help="the page to write; WORKSPACE/report.html by default")


def _demo(options: Namespace) -> int:
    from workbench.demo import run

    sizes = {"images": options.images, "videos": options.videos, "audio": options.audio}
    print(run(options.workspace, seed=options.seed, **{k: v for k, v in sizes.items() if v is not None}))
    return DONE


def _demo_arguments(parser: ArgumentParser) -> None:
    _workspace(parser, "the folder to fill; made where it is not there")
    for media in ("images", "videos", "audio"):
        parser.add_argument(f"--{media}", type=int, metavar="N", help=f"how many {media} to make")
    parser.add_argument("--seed", type=int, default=0, help="another seed is another world (default 0)")


def _doctor(options: Namespace) -> int:
    from workbench.doctor import diagnose, format_findings

    findings = diagnose(Path(options.workspace) if options.workspace else None)
    return _answer(options, findings, format_findings(findings))


def _doctor_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("workspace", nargs="?", metavar="WORKSPACE", help="look at the disk it is on")
    _json(parser, "the findings")


# -- shared by the commands ---------------------------------------------------------------------------------


def _workspace(parser: ArgumentParser, help: str = "the folder of the workspace") -> None:
    parser.add_argument("workspace", metavar="WORKSPACE", help=help)


def _json(parser: ArgumentParser, what: str) -> None:
    parser.add_argument("--json", metavar="PATH|-", help=f"write {what} as JSON to a file, or - for stdout")


def _open(options: Namespace) -> Workspace:
    from workbench.workspace import open as open_workspace

    return open_workspace(options.workspace, getattr(options, "annotator", None))


@contextmanager
def _source(name: str) -> Iterator[IO[bytes]]:
    if name == "-":
        yield sys.stdin.buffer
    else:
        with open(name, "rb") as file:
            yield file


def _answer(options: Namespace, answer: object, text: str) -> int:
    write_answer(answer, text, options.json)
    return DONE


COMMANDS = (
    Command("create", "make an empty workspace", "workbench create ws", _create_arguments, _create),
    Command(
        "ingest",
        "take in media and captions",
        "workbench ingest ws photos --captions captions.csv",
        _ingest_arguments,
        _ingest,
    ),
    Command("score", "score new and changed captions", "workbench score ws", _score_arguments, _score),
    Command(
        "flag", "flag the lowest captions", "workbench flag ws --lowest-share 0.1", _flag_arguments, _flag
    ),
    Command(
        "queue", "list the captions to decide next", "workbench queue ws --json -", _queue_arguments, _queue
    ),
    Command(
        "decide",
        "store verdicts from JSON lines",
        """echo '{"caption_id": "c0123456789abcdef", "verdict": "ok"}' | workbench decide ws --from -""",
        _decide_arguments,
        _decide,
    ),
    Command("undo", "take back the last verdict", "workbench undo ws", _undo_arguments, _undo),
    Command(
        "verdicts",
        "list the verdicts that stand",
        "workbench verdicts ws --json -",
        _list_arguments,
        _verdicts,
    ),
    Command(
        "estimate",
        "estimate how many bad pairs are left",
        "workbench estimate ws",
        _summary_arguments,
        _estimate,
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
