"""Make preference pairs of candidates, of what a model says blind, and of captions found wrong."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
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
    from workbench.encoders.captioning import Sampling

__all__ = ["COMMANDS"]


def _candidates(options: Namespace) -> int:
    from workbench.encoders.captioning import PROMPT
    from workbench.pairs import Choice
    from workbench.pairs.generating import Asking

    ws = open_workspace(options)
    if bool(options.source) == bool(options.model):
        raise PairError(
            "Candidates come from a file or from a model, and one of the two is needed.",
            "Give FILE, or --model ID.",
        )
    source: str | Asking = options.source
    if options.model:
        source = Asking(options.model, options.count, options.prompt or PROMPT, _sampling(options))
    choice = Choice(options.select, options.most, options.scheme, options.least_margin, seed=options.seed)
    summary = ws.add_candidates(
        source,
        by=[name for name in options.by.split(",") if name],
        encoder=options.encoder,
        choice=choice,
        origin=options.origin,
        with_captions=options.with_captions,
    )
    answer(options, summary, str(summary))
    return SOME_REFUSED if summary.rejected else DONE


def _sampling(options: Namespace) -> Sampling:
    from workbench.encoders.captioning import Sampling

    return Sampling(options.temperature, max_tokens=options.max_tokens, seed=options.seed)


def _sampling_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--temperature", type=float, default=1.0, help="of the drawn texts (default 1)")
    parser.add_argument("--max-tokens", type=int, default=64, help="of a text (default 64)")
    parser.add_argument("--seed", type=int, default=0, help="of what is drawn (default 0)")


def _candidates_arguments(parser: ArgumentParser) -> None:
    workspace_argument(parser)
    parser.add_argument("source", nargs="?", metavar="FILE", help="JSON lines, CSV or Parquet: path, text")
    parser.add_argument(
        "--model", default="", metavar="ID", help="hub id or folder of a model that describes"
    )
    parser.add_argument("--count", type=int, default=6, help="texts a sample by the model (default 6)")
    parser.add_argument("--prompt", default="", help="what the model is asked")
    parser.add_argument("--select", default="mmr", help="mmr (default), dpp, k_dpp, rso or first")
    parser.add_argument("--most", type=int, default=4, help="candidates kept of a sample (default 4)")
    parser.add_argument(
        "--scheme", default="best_worst", help="best_worst (default), best_rest, adjacent or all"
    )
    parser.add_argument(
        "--least-margin", type=float, default=0.0, help="a difference of scores not above this is no order"
    )
    parser.add_argument(
        "--by", default="consensus,similarity", metavar="A,B", help="what orders them, first choice first"
    )
    parser.add_argument("--encoder", default="bridge", help="for the similarity (default bridge)")
    parser.add_argument("--origin", default="", help="candidate, or on_policy for the model to be tuned")
    parser.add_argument("--with-captions", action="store_true", help="the captions there are compete too")
    _sampling_arguments(parser)
    json_argument(parser, "the summary")


def _masked(options: Namespace) -> int:
    from workbench.pairs.masked import Hiding

    hiding = Hiding(options.hide, options.kept_share, options.tries, sampling=_sampling(options))
    summary = open_workspace(options).add_masked(options.model, hiding=hiding)
    return answer(options, summary, str(summary))


def _masked_arguments(parser: ArgumentParser) -> None:
    workspace_argument(parser)
    parser.add_argument("model", metavar="ID", help="hub id or folder of a model that describes")
    parser.add_argument("--hide", default="attention", help="attention (default) or grey")
    parser.add_argument(
        "--kept-share", type=float, default=0.4, help="words of the caption it goes on from (default 0.4)"
    )
    parser.add_argument("--tries", type=int, default=4, help="texts drawn a caption (default 4)")
    _sampling_arguments(parser)
    json_argument(parser, "the summary")


def _rejected(options: Namespace) -> int:
    summary = open_workspace(options).add_rejected()
    return answer(options, summary, str(summary))


def _rejected_arguments(parser: ArgumentParser) -> None:
    workspace_argument(parser)
    json_argument(parser, "the summary")


COMMANDS = (
    Command(
        "candidates",
        "make pairs of several texts a sample",
        "workbench candidates ws candidates.jsonl --scheme all",
        _candidates_arguments,
        _candidates,
    ),
    Command(
        "masked",
        "propose what a model says without seeing as rejected",
        "workbench masked ws llava-hf/llava-1.5-7b-hf",
        _masked_arguments,
        _masked,
    ),
    Command(
        "rejected",
        "keep captions found wrong as rejected alone",
        "workbench rejected ws",
        _rejected_arguments,
        _rejected,
    ),
)
