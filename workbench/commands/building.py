"""Build preference pairs from captions that people found fine."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace

from workbench.commands.base import DONE, Command, answer, json_argument, open_workspace, workspace_argument

__all__ = ["COMMANDS"]


def _build(options: Namespace) -> int:
    summary = open_workspace(options).build_pairs(
        options.builders.split(",") if options.builders else None,
        choice=options.choice,
        per_caption=options.per_caption,
        seed=options.seed,
        only_verified=not options.unverified,
    )
    return answer(options, summary, str(summary))


def _build_arguments(parser: ArgumentParser) -> None:
    workspace_argument(parser)
    parser.add_argument("--builders", metavar="NAMES", help="with commas between; all when left out")
    parser.add_argument(
        "--choice", default="adversarial", help="of words: random, popular or adversarial (default)"
    )
    parser.add_argument("--per-caption", type=int, metavar="N", help="pairs of one caption at most")
    parser.add_argument("--seed", type=int, default=0, help="of every choice (default 0)")
    parser.add_argument(
        "--unverified", action="store_true", help="build from captions that nobody has looked at too"
    )
    json_argument(parser, "the summary")


def _across(options: Namespace) -> int:
    from workbench.pairs.across import add_across, add_collages

    store = open_workspace(options).store
    if options.collage:
        summary = add_collages(store, size=options.collage, most=options.most, seed=options.seed)
    else:
        summary = add_across(store, most=options.most, seed=options.seed)
    return answer(options, summary, str(summary))


def _across_arguments(parser: ArgumentParser) -> None:
    workspace_argument(parser)
    parser.add_argument(
        "--collage", type=int, metavar="N", help="show N pictures as one, ask about one of them"
    )
    parser.add_argument("--most", type=int, metavar="N", help="pairs at most")
    parser.add_argument("--seed", type=int, default=0, help="of every choice (default 0)")
    json_argument(parser, "the summary")


def _builders(options: Namespace) -> int:
    from workbench.preferences.builders import BUILDERS

    cards = [
        {"name": one.name, "makes": one.makes, "error_type": one.error_type, "criterion": one.criterion,
         "known_leak": one.known_leak}
        for one in BUILDERS.values()
    ]  # fmt: skip
    lines = [
        f"{one['name']:<20} {one['makes']}{'; leaky: ' if one['known_leak'] else ''}{one['known_leak']}"
        for one in cards
    ]
    answer(options, cards, "\n".join(lines))
    return DONE


def _builders_arguments(parser: ArgumentParser) -> None:
    json_argument(parser, "the cards")


COMMANDS = (
    Command(
        "build-pairs",
        "make verified captions wrong in one thing, and measure whether words alone tell",
        "workbench build-pairs WS --builders replace_object,swap_attributes --seed 1",
        _build_arguments,
        _build,
    ),
    Command(
        "across-pairs",
        "pair good captions with bad ones of other samples, or pictures shown as one",
        "workbench across-pairs WS --collage 4",
        _across_arguments,
        _across,
    ),
    Command(
        "builders",
        "list the builders of pairs: what each makes, and what gives it away",
        "workbench builders",
        _builders_arguments,
        _builders,
    ),
)
