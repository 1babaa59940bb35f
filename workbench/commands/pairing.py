"""Split the preference pairs and write them for a trainer."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from typing import Final

from workbench.commands.base import DONE, Command, answer, json_argument, open_workspace, workspace_argument

__all__ = ["COMMANDS"]

# Said here, so that asking for help loads no writer; a test holds it to the formats there are.
_FORMATS: Final = (
    "csv, datasets, kto, kto_conversational, listwise, llama_factory, ms_swift, reward, spans, trl or "
    "trl_conversational"
)


def _split(options: Namespace) -> int:
    summary = open_workspace(options).split_pairs(
        options.share, options.seed, reset=options.reset, ties=options.ties.split(",") if options.ties else ()
    )
    return answer(options, summary, str(summary))


def _split_arguments(parser: ArgumentParser) -> None:
    workspace_argument(parser)
    parser.add_argument(
        "--share", type=float, default=0.2, help="share of the pairs to hold out (default 0.2)"
    )
    parser.add_argument("--seed", type=int, default=0, help="of the draw (default 0)")
    parser.add_argument("--reset", action="store_true", help="draw anew although the split is locked")
    parser.add_argument(
        "--ties",
        metavar="A,B",
        help="what keeps media together (default content,look,group; speaker is another)",
    )
    json_argument(parser, "the summary")


def _export_pairs(options: Namespace) -> int:
    from workbench.export.pairs import ExportSettings

    settings = ExportSettings(
        prompt=options.prompt,
        frames=options.frames,
        picture_px=options.picture_px,
        copy_media=options.copy_media,
        tokenizer=options.tokenizer,
        license=options.license,
    )
    print(
        open_workspace(options).export_pairs(
            options.path,
            format=options.format,
            status=tuple(options.status.split(",")),
            split=options.split,
            settings=settings,
        )
    )
    return DONE


def _export_pairs_arguments(parser: ArgumentParser) -> None:
    workspace_argument(parser)
    parser.add_argument("path", help="the file or folder to write")
    parser.add_argument("--format", metavar="NAME", help=f"{_FORMATS}; told from PATH when left out")
    parser.add_argument(
        "--status", default="accepted", metavar="A,B", help="which pairs (default accepted), as a list"
    )
    parser.add_argument("--split", help="train or held_out alone")
    parser.add_argument("--prompt", default="", help="what the captions answer, where a pair has none")
    parser.add_argument("--frames", type=int, default=4, help="pictures of a video (default 4)")
    parser.add_argument("--picture-px", type=int, metavar="N", help="shrink pictures to this long side")
    parser.add_argument("--copy-media", action="store_true", help="copy media beside rows that name files")
    parser.add_argument("--tokenizer", default="", help="folder or hub id, for token masks")
    parser.add_argument("--license", default="", help="for the data card")


COMMANDS = (
    Command(
        "split", "hold pairs out by their media", "workbench split ws --share 0.2", _split_arguments, _split
    ),
    Command(
        "export-pairs",
        "write preference pairs for a trainer",
        "workbench export-pairs ws pairs.jsonl --format trl --split train",
        _export_pairs_arguments,
        _export_pairs,
    ),
)
