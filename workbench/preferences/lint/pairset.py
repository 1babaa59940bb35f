"""A set of pairs as lint sees it: rows, judgements and media of a workspace or of a file, in one shape."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import polars as pl

from workbench.payloads import JUDGEMENT_COLUMNS
from workbench.preferences.lint.base import LintSettings
from workbench.preferences.lint.target import EncodedPair, Target, encode_pairs

__all__ = ["MEDIA_COLUMNS", "NOBODY", "ROW_COLUMNS", "PairSet", "plain"]

_TEXT: Final = pl.String()
_SPANS: Final = pl.List(pl.List(pl.Int64()))

#: The columns of a row; null where nothing is known. A file of another tool knows few of them.
ROW_COLUMNS: Final[Mapping[str, pl.DataType]] = {
    "pair_id": _TEXT,
    "sample_id": _TEXT,
    "rejected_sample_id": _TEXT,
    "chosen_id": _TEXT,
    "rejected_id": _TEXT,
    "chosen_text": _TEXT,
    "rejected_text": _TEXT,
    "prompt": _TEXT,
    "media": pl.List(_TEXT),  # ids of MEDIA_COLUMNS
    "side": _TEXT,  # what is preferred: `text`, or `media` where two pictures of one prompt are compared
    "origin": _TEXT,
    "builder": _TEXT,
    "error_type": _TEXT,
    "criterion": _TEXT,
    "completeness": _TEXT,
    "annotator": _TEXT,
    "status": _TEXT,
    "split": _TEXT,
    "lang": _TEXT,
    "strength": pl.Int64(),
    "margin": pl.Float64(),
    "is_ordered": pl.Boolean(),
    "is_leaky": pl.Boolean(),
    "chosen_spans": _SPANS,
    "rejected_spans": _SPANS,
    "chosen_fit": pl.Float64(),  # alignment of the caption with its media, as a percentile 0..1
    "rejected_fit": pl.Float64(),
    "chosen_verdict": _TEXT,
    "rejected_verdict": _TEXT,
    "roles": _TEXT,  # who speaks in the prompt, in order, with a comma between
    "image_marks": pl.Int64(),  # places for a picture in the prompt
    "problem": _TEXT,  # what the reader of a file could not make sense of
}

#: One row a media file. `reason` says why it cannot be used; null when it can, or when nobody looked.
MEDIA_COLUMNS: Final[Mapping[str, pl.DataType]] = {
    "media_id": _TEXT,
    "path": _TEXT,
    "kind": _TEXT,
    "content_hash": _TEXT,
    "look": pl.Binary(),  # see `workbench.media.likeness`
    "group": _TEXT,
    "speaker": _TEXT,
    "width": pl.Int64(),
    "height": pl.Int64(),
    "reason": _TEXT,
}

#: The annotator of judgements in a file that does not say who gave them.
NOBODY: Final = "(not named)"

_FEWEST_GROUPS: Final = 10  # a stock prompt, or one picture, divides nothing
_APART = re.compile(r"[\W_]+")


@dataclass(frozen=True)
class PairSet:
    """Pairs to be looked at by every rule.

    Attributes:
        rows: one pair each, the columns of `ROW_COLUMNS`; missing ones are filled with nulls.
        judgements: the columns of `JUDGEMENT_COLUMNS`; empty when there are none.
        media: the columns of `MEDIA_COLUMNS`; empty when nothing is known of the media.
        target: the model to be tuned, for what depends on its tokens; None when it was not named.
        settings: when the rules speak.
        unread: why rows of a file are no pairs: (row, reason).
        is_file: whether this is a file, of which origin, split and reviews may simply not be told.
    """

    rows: pl.DataFrame
    judgements: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=JUDGEMENT_COLUMNS))
    media: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=dict(MEDIA_COLUMNS)))
    target: Target | None = None
    settings: LintSettings = field(default_factory=LintSettings)
    unread: tuple[tuple[str, str], ...] = ()
    is_file: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "rows", _fill(self.rows, ROW_COLUMNS))
        object.__setattr__(self, "media", _fill(self.media, MEDIA_COLUMNS))

    @cached_property
    def keyed(self) -> pl.DataFrame:
        """The rows with `context` (what both sides answer), `chosen_plain` and `rejected_plain`."""
        places = pl.concat_list(
            pl.col("sample_id").fill_null(""), pl.col("rejected_sample_id").fill_null("")
        ).list.join("\0")
        shown = pl.col("media").list.join("\0").fill_null("")
        # Where media are compared, they are the answers and not what is asked.
        media = pl.when(pl.col("side").fill_null("text") == "media").then(pl.lit("")).otherwise(shown)
        return self.rows.with_columns(
            context=pl.concat_str(places, media, pl.col("prompt").fill_null(""), separator="\1"),
            chosen_plain=_plain_column(self.rows["chosen_text"]),
            rejected_plain=_plain_column(self.rows["rejected_text"]),
            side=pl.col("side").fill_null("text"),
        )

    @cached_property
    def compared(self) -> pl.DataFrame:
        """The pairs that have both sides, be they texts or media."""
        return self.keyed.filter(
            (pl.col("chosen_text").fill_null("").str.strip_chars() != "")
            & (pl.col("rejected_text").fill_null("").str.strip_chars() != "")
        )

    @cached_property
    def preferred(self) -> pl.DataFrame:
        """Those whose order means something: no tie, nothing open or disputed."""
        is_settled = pl.col("status").fill_null("accepted").is_in(["accepted", "proposed"])
        return self.compared.filter(pl.col("is_ordered").fill_null(True) & is_settled)

    @cached_property
    def texts(self) -> pl.DataFrame:
        """The pairs of two texts."""
        return self.compared.filter(pl.col("side") == "text")

    @cached_property
    def ordered(self) -> pl.DataFrame:
        """The pairs of two texts whose order means something."""
        return self.preferred.filter(pl.col("side") == "text")

    @cached_property
    def groups(self) -> pl.Series:
        """What must stay together when `texts` are divided: the sample, else the media, else the prompt."""
        shown = pl.col("media").list.join("\0")
        known = self.texts.select(
            pl.coalesce(
                _unless_empty("sample_id"),
                pl.when(shown != "").then(shown),
                _unless_empty("prompt"),
                "pair_id",
            )
        ).to_series()
        return known if known.n_unique() >= _FEWEST_GROUPS else self.texts["pair_id"]

    @cached_property
    def encoded(self) -> list[EncodedPair]:
        """The pairs of `texts` in tokens of the target; none when it was not named."""
        return encode_pairs(self.target, self.texts) if self.target else []

    @cached_property
    def linked_media(self) -> pl.DataFrame:
        """One row a pair and medium of it: `pair_id`, `split`, and the columns of `media`."""
        named = self.rows.select("pair_id", "split", media_id="media").explode("media_id")
        return named.drop_nulls("media_id").join(self.media, on="media_id", how="left", maintain_order="left")


def plain(text: str) -> str:
    """Return the words of a text alone: no letter case, punctuation, accents of spelling or extra space.

    Example:
        >>> plain(" A  Cat, sitting. ") == plain("a cat sitting")
        True
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    return _APART.sub(" ", folded).strip() or " ".join(folded.split())


def _unless_empty(column: str) -> pl.Expr:
    return pl.when(pl.col(column) != "").then(pl.col(column))


def _plain_column(texts: pl.Series) -> pl.Series:
    return pl.Series([plain(text or "") for text in texts], dtype=pl.String)


def _fill(frame: pl.DataFrame, columns: Mapping[str, pl.DataType]) -> pl.DataFrame:
    return frame.select(
        (pl.col(name) if name in frame.columns else pl.lit(None)).cast(kind).alias(name)
        for name, kind in columns.items()
    )
