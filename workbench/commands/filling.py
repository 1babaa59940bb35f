"""Make a workspace, fill it, score it and flag what is lowest."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from workbench.commands.base import (
    DONE,
    SOME_REFUSED,
    Command,
    answer,
    json_argument,
    open_workspace,
    workspace_argument,
)

__all__ = ["COMMANDS"]


def _create(options: Namespace) -> int:
    from workbench.workspace import create

    ws = create(options.workspace, journal_url=options.journal)
    print(f"Workspace made at {ws.path}.")
    return DONE


def _create_arguments(parser: ArgumentParser) -> None:
    workspace_argument(parser)
    parser.add_argument(
        "--journal", metavar="URL", help="database of the decisions; a file in the workspace by default"
    )


def _ingest(options: Namespace) -> int:
    summary = open_workspace(options).ingest(
        options.source, captions=options.captions, media_root=options.media_root, format=options.format
    )
    answer(options, summary, str(summary))
    return SOME_REFUSED if summary.rejected else DONE


def _ingest_arguments(parser: ArgumentParser) -> None:
    workspace_argument(parser)
    parser.add_argument("source", help="a folder of media with .txt sidecars, or a file of captions")
    parser.add_argument("--captions", metavar="FILE", help="a file of captions for a SOURCE that is a folder")
    parser.add_argument("--media-root", metavar="FOLDER", help="where the paths in the file start")
    parser.add_argument("--format", metavar="NAME", help="how to read SOURCE; told from its name by default")
    json_argument(parser, "the summary")


def _regions(options: Namespace) -> int:
    summary = open_workspace(options).ingest_regions(options.source, name=options.name)
    answer(options, summary, str(summary))
    return SOME_REFUSED if summary.rejected else DONE


def _regions_arguments(parser: ArgumentParser) -> None:
    workspace_argument(parser)
    parser.add_argument("source", help="JSON lines, CSV, Parquet, COCO instances or a scene graph")
    parser.add_argument("--name", help="who made the annotation; the file's name by default")
    json_argument(parser, "the summary")


def _score(options: Namespace) -> int:
    summary = open_workspace(options).score(
        options.scorer, encoder=options.encoder, device=options.device, frames=options.frames
    )
    return answer(options, summary, str(summary))


def _score_arguments(parser: ArgumentParser) -> None:
    workspace_argument(parser)
    parser.add_argument(
        "--scorer", default="similarity", help="similarity (default), another of `workbench scorers`, or all"
    )
    parser.add_argument(
        "--encoder", default="bridge", help="bridge (default), clip:ID, clap:ID, vqa:ID or fake"
    )
    parser.add_argument("--device", default="auto", help="auto (default), cpu, cuda or mps")
    parser.add_argument("--frames", type=int, default=8, help="frames looked at in a video (default 8)")
    json_argument(parser, "the summary")


def _scorers(options: Namespace) -> int:
    from workbench.scoring import SCORERS

    rows = [
        {
            "scorer": name,
            "error_types": list(scorer.error_types),
            "cost": scorer.cost,
            "blind_to": scorer.blind_to,
        }
        for name, scorer in SCORERS.items()
    ]
    lines = [
        f"{name} ({scorer.cost}): {', '.join(scorer.error_types)}\n    blind to {scorer.blind_to}"
        for name, scorer in SCORERS.items()
    ]
    return answer(options, rows, "\n".join(lines))


def _scorers_arguments(parser: ArgumentParser) -> None:
    json_argument(parser, "the scorers")


def _flag(options: Namespace) -> int:
    from workbench.review import Rule

    rule = Rule(options.scorer, options.lowest_share, options.error_type)
    summary = open_workspace(options).flag(rule)
    return answer(options, summary, str(summary))


def _flag_arguments(parser: ArgumentParser) -> None:
    workspace_argument(parser)
    parser.add_argument(
        "--scorer", default="suspicion", help="whose order; suspicion (default) is all together"
    )
    parser.add_argument("--lowest-share", type=float, default=0.1, help="share to flag, 0..1 (default 0.1)")
    parser.add_argument("--error-type", default="wrong_pair", help="what is suspected (default wrong_pair)")
    json_argument(parser, "the summary")


COMMANDS = (
    Command(
        "scorers",
        "list the scorers, what each sees and cannot see",
        "workbench scorers",
        _scorers_arguments,
        _scorers,
    ),
    Command("create", "make an empty workspace", "workbench create ws", _create_arguments, _create),
    Command(
        "ingest",
        "take in media and captions",
        "workbench ingest ws photos --captions captions.csv",
        _ingest_arguments,
        _ingest,
    ),
    Command(
        "regions",
        "take in boxes, attributes and relations",
        "workbench regions ws instances.json",
        _regions_arguments,
        _regions,
    ),
    Command("score", "score new and changed captions", "workbench score ws", _score_arguments, _score),
    Command(
        "flag", "flag the lowest captions", "workbench flag ws --lowest-share 0.1", _flag_arguments, _flag
    ),
)
