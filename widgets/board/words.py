"""What the filter line of the board understands: the fields and states of pairs."""

from __future__ import annotations

from typing import Final

import polars as pl

from widgets.filter_text import Condition, Vocabulary
from workbench.pairs import STATUSES
from workbench.preferences.lint import RULES
from workbench.preferences.pair import COMPLETENESS
from workbench.records import CRITERIA, ERROR_TYPES, MEDIA_KINDS, ORIGINS

__all__ = ["pair_words"]


def _filled(column: str) -> Condition:
    return Condition(pl.col(column) != "", f'pl.col("{column}") != ""', "compare")


def _more(expression: pl.Expr, code: str) -> Condition:
    return Condition(expression > 0, f"{code} > 0", "compare")


_STATES: Final = {
    "flagged": _more(pl.col("own_findings"), 'pl.col("own_findings")'),
    "judged": _more(pl.col("voices"), 'pl.col("voices")'),
    "turned": Condition(pl.col("is_turned"), 'pl.col("is_turned")'),
    "leaky": Condition(pl.col("is_leaky"), 'pl.col("is_leaky")'),
    "across": _filled("rejected_sample_id"),
}


def pair_words() -> Vocabulary:
    """Return the vocabulary of the rows of `widgets.board.rows.board_rows`."""
    return Vocabulary(
        aliases={
            "chosen": "chosen_text",
            "rejected": "rejected_text",
            "error": "error_type",
            "length": "length_difference",
            "voice": "voices",
        },
        offered=(
            "text", "chosen", "rejected", "origin", "builder", "status", "error", "strength", "margin",
            "agreement", "weight", "voices", "length", "lint", "split", "media", "path", "completeness",
            "criterion", "annotator", "reason", "is",
        ),
        measures=("margin", "agreement", "weight", "length_difference", "duration_s", "frame_rate_hz"),
        values={
            "origin": ORIGINS,
            "status": STATUSES,
            "error_type": ERROR_TYPES,
            "media": MEDIA_KINDS,
            "completeness": COMPLETENESS,
            "criterion": CRITERIA,
            "split": ("train", "held_out", "unsplit"),
            "lint": tuple(RULES),
        },
        states=_STATES,
        opposites={"clean": "flagged", "unjudged": "judged"},
    )  # fmt: skip
