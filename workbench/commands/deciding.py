"""Look at what comes next, decide, take back, and ask how much is left."""

from __future__ import annotations

import dataclasses
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from workbench.commands.base import (
    DONE,
    SOME_REFUSED,
    Command,
    answer,
    json_argument,
    open_workspace,
    workspace_argument,
)
from workbench.errors import DecisionError, JournalError, UnknownNameError, WorkbenchError

if TYPE_CHECKING:
    from workbench.decisions import Decision
    from workbench.workspace import Workspace

__all__ = ["COMMANDS"]


def _queue(options: Namespace) -> int:
    ws = open_workspace(options)
    texts = dict(ws.captions.select("caption_id", "text").iter_rows())
    items = ws.queue(options.order, error_type=options.error_type).peek(options.count)
    rows = [{**dataclasses.asdict(item), "text": texts[item.caption_id]} for item in items]
    lines = [f"{row['caption_id']}  {row['text']}\n    {row['evidence'] or 'not scored'}" for row in rows]
    return answer(options, rows, "\n".join(lines) or "Nothing is left to decide.")


def _queue_arguments(parser: ArgumentParser) -> None:
    workspace_argument(parser)
    parser.add_argument("--count", type=int, default=20, help="how many (default 20)")
    parser.add_argument("--order", default="worst", help="worst (default) or random")
    parser.add_argument("--error-type", help="hear only what speaks of this type of error")
    json_argument(parser, "the captions")


def _decide(options: Namespace) -> int:
    from workbench.decisions import read_decisions

    ws = open_workspace(options)
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
        store = ws.adjudicate if said.is_adjudicated else ws.decide
        store(
            said.caption_id,
            said.verdict,
            error_types=said.error_types,
            spans=said.spans,
            interval=said.interval,
            severity=said.severity,
            note=said.note,
            edited_text=said.edited_text,
            is_complete=said.is_complete,
            edited_interval=said.edited_interval,
            offset_s=said.offset_s,
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
    workspace_argument(parser)
    parser.description = (
        "Store verdicts given as JSON lines: caption_id, verdict (ok, misaligned, skip) and, where wanted, "
        "error_types, note, edited_text (what a misaligned caption should say; it becomes a pair), "
        "is_complete (true where nothing is missing from that), edited_interval ([start_s, end_s], when it "
        "should be), offset_s (by how much the sound is late), spans ([[start, end], ...] of the text), "
        "interval ([start_s, end_s] of the media), severity (1 to 3), is_adjudicated (true where it settles "
        "what people decided differently), annotator, key. `saved N` is printed for line N once it is on "
        "disk; a line sent again with the same key is stored once."
    )
    parser.add_argument("--from", dest="source", default="-", metavar="FILE|-", help="the lines; - is stdin")
    parser.add_argument("--annotator", help="for lines that name none; your login name by default")


def _edits(options: Namespace) -> int:
    from workbench.pairs import pairs_of_edits

    ws = open_workspace(options)
    pairs = pairs_of_edits(ws.store)
    columns = (
        "pair_id",
        "rejected_id",
        "rejected_text",
        "chosen_text",
        "error_type",
        "completeness",
        "annotator",
    )
    rows = pairs.select(columns).to_dicts()
    lines = [
        f"{row['rejected_id']}  {row['rejected_text']}\n    {row['chosen_text']}  ({row['completeness']})"
        for row in rows
    ]
    if options.adopt:
        lines.append(str(ws.adopt_edits()))
    return answer(options, rows, "\n".join(lines) or "No caption has been corrected yet.")


def _edits_arguments(parser: ArgumentParser) -> None:
    workspace_argument(parser)
    parser.description = (
        "List the corrections that stand, each under the caption it corrects, with what was said of what is "
        "missing: full, partial, deletes_only or unknown."
    )
    parser.add_argument("--adopt", action="store_true", help="take them up as captions, to score them")
    json_argument(parser, "the corrections")


def _undo(options: Namespace) -> int:
    ws = open_workspace(options)
    event = ws.undo()
    if event is None:
        print(f"{ws.annotator} has no verdict to take back.")
    else:
        print(f"Taken back: {event.verdict.verdict} on {event.verdict.caption_id} by {ws.annotator}.")
    return DONE


def _undo_arguments(parser: ArgumentParser) -> None:
    workspace_argument(parser)
    parser.add_argument("--annotator", help="whose verdict; your own by default")


def _estimate(options: Namespace) -> int:
    estimate = open_workspace(options).estimate()
    return answer(options, estimate, str(estimate))


def _reliability(options: Namespace) -> int:
    found = open_workspace(options).reliability()
    return answer(options, found.table, str(found))


def _summary_arguments(parser: ArgumentParser) -> None:
    workspace_argument(parser)
    json_argument(parser, "the answer")


@contextmanager
def _source(name: str) -> Iterator[IO[bytes]]:
    if name == "-":
        yield sys.stdin.buffer
    else:
        with open(name, "rb") as file:
            yield file


COMMANDS = (
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
    Command(
        "edits", "list the corrections of captions", "workbench edits ws --adopt", _edits_arguments, _edits
    ),
    Command("undo", "take back the last verdict", "workbench undo ws", _undo_arguments, _undo),
    Command(
        "estimate",
        "estimate how many bad pairs are left",
        "workbench estimate ws",
        _summary_arguments,
        _estimate,
    ),
    Command(
        "reliability",
        "say how far each score can be trusted",
        "workbench reliability ws",
        _summary_arguments,
        _reliability,
    ),
)
