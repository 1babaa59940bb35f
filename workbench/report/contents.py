"""Gather from a workspace what a report shows; nothing is drawn here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import polars as pl

from workbench.alignment.suspicion import rank_by_type, rank_type
from workbench.report.evaluation import Baseline, TypeRow, baselines, evaluate_types, precision_at
from workbench.store import Store

__all__ = ["Card", "Contents", "Decided", "Remaining", "ScoreLine", "gather"]

DECISIONS_SHOWN = 20
REJECTS_SHOWN = 50


class Remaining(Protocol):
    """An estimate of how many bad pairs are left, as `workbench.review.estimate` gives it."""

    @property
    def left(self) -> float | None: ...
    @property
    def low(self) -> float | None: ...
    @property
    def high(self) -> float | None: ...
    @property
    def population(self) -> int: ...
    @property
    def drawn(self) -> int: ...
    @property
    def drawn_bad(self) -> int: ...
    @property
    def reason(self) -> str: ...


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """One score of one caption, in words a card shows."""

    scorer: str
    value: float | None
    percentile: float | None
    evidence: str
    reason: str
    error_type: str = "wrong_pair"


@dataclass(frozen=True, slots=True)
class Card:
    """One caption among the worst, with everything that is said about it."""

    caption_id: str
    sample_id: str
    media: str
    path: str
    content_hash: str
    size_bytes: int
    duration_s: float | None
    text: str
    source: str
    start_s: float | None
    end_s: float | None
    rank: int
    scores: tuple[ScoreLine, ...]
    flags: tuple[str, ...]
    spans: tuple[tuple[int, int], ...]
    verdict: str
    error_types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Decided:
    """One verdict of the list of decisions."""

    at: str
    annotator: str
    verdict: str
    error_types: str
    stratum: str
    text: str


@dataclass(frozen=True)
class Contents:
    """Everything a report shows."""

    samples: dict[str, int]
    captions: int
    scorers: pl.DataFrame
    values: dict[str, list[float]]
    found: dict[str, list[float]]
    cards: tuple[Card, ...]
    flags: dict[str, int]
    verdicts: dict[str, int]
    reasons: dict[str, int]
    at_random: int
    decisions: tuple[Decided, ...]
    rejects: pl.DataFrame
    reject_count: int
    remaining: Remaining | None
    types: tuple[TypeRow, ...] = ()
    trivial: tuple[Baseline, ...] = ()
    precision: dict[str, float] = field(default_factory=dict)
    truly_left: int | None = None

    @property
    def decided(self) -> int:
        """Return how many verdicts stand."""
        return sum(self.verdicts.values())


def gather(store: Store, *, truth: pl.DataFrame | None, remaining: Remaining | None, worst: int) -> Contents:
    """Read the tables and the journal once and put together what a report shows.

    Args:
        store: The workspace.
        truth: Columns `caption_id`, `is_wrong`, `error_type`, `claims`, where the truth is known.
        remaining: The estimate of what is left, if one was made.
        worst: How many of the most suspicious captions to show.
    """
    samples, scores = store.read("samples"), _fresh(store)
    captions = store.read("captions").join(
        samples.select("sample_id", "media", "path", "content_hash", "size_bytes", "duration_s"),
        on="sample_id",
        how="left",
    )
    verdicts = store.journal.frame()
    suspicion = rank_type(scores)
    rejects = store.read("rejects")
    bad = scores.join(verdicts.filter(pl.col("verdict") == "misaligned"), on="caption_id", how="semi")
    judged = _judge(suspicion, captions, verdicts, truth, rank_by_type(scores))
    return Contents(
        samples={
            row["media"]: row["len"] for row in samples.group_by("media").len().sort("media").to_dicts()
        },
        captions=captions.height,
        scorers=_scorers(scores),
        values={name: _values(scores, name) for name in sorted(scores["scorer"].unique())},
        found={name: _values(bad, name) for name in sorted(bad["scorer"].unique())},
        cards=tuple(_cards(captions, suspicion.head(worst), scores, store.read("flags"), verdicts)),
        flags=_tally(store.read("flags")["error_type"]),
        verdicts=_tally(verdicts["verdict"]),
        reasons=_tally(verdicts["error_types"].explode().drop_nulls()),
        at_random=verdicts.filter(pl.col("stratum") == "random").height,
        decisions=tuple(_decisions(verdicts, captions)),
        rejects=rejects.head(REJECTS_SHOWN),
        reject_count=rejects.height,
        remaining=remaining,
        types=judged[0],
        trivial=judged[1],
        precision=judged[2],
        truly_left=judged[3],
    )


def _judge(
    suspicion: pl.DataFrame,
    captions: pl.DataFrame,
    verdicts: pl.DataFrame,
    truth: pl.DataFrame | None,
    by_type: dict[str, pl.DataFrame],
) -> tuple[tuple[TypeRow, ...], tuple[Baseline, ...], dict[str, float], int | None]:
    if truth is None:
        return (), (), {}, None
    precision = {f"worst {share:.0%}": precision_at(suspicion, truth, share) for share in (0.05, 0.2)}
    left = truth.filter("is_wrong").join(verdicts, on="caption_id", how="anti").height
    types = evaluate_types(suspicion, captions, verdicts, truth, by_type=by_type)
    return tuple(types), tuple(baselines(captions, truth)), precision, left


def _fresh(store: Store) -> pl.DataFrame:
    """Return the newest scores that are of the captions and the media as they are now."""
    content = store.read("samples").select("sample_id", now_content="content_hash")
    now = (
        store.read("captions")
        .select("caption_id", "sample_id", now_hash="caption_hash")
        .join(content, on="sample_id")
    )
    return (
        store.read("scores")
        .join(now, on="caption_id")
        .filter(pl.col("caption_hash") == pl.col("now_hash"), pl.col("content_hash") == pl.col("now_content"))
        .sort("scored_at")
        .unique(["caption_id", "scorer", "error_type"], keep="last", maintain_order=True)
    )


def _scorers(scores: pl.DataFrame) -> pl.DataFrame:
    is_number = pl.col("value").is_finite().fill_null(False)
    return (
        scores.group_by("scorer", "encoder_key", "scorer_version")
        .agg(
            scored=is_number.sum(),
            undefined=(~is_number).sum(),
            reason=pl.col("reason").drop_nulls().first(),
        )
        .sort("scorer")
    )


def _values(scores: pl.DataFrame, scorer: str) -> list[float]:
    return scores.filter((pl.col("scorer") == scorer) & pl.col("value").is_finite())["value"].to_list()


def _tally(values: pl.Series) -> dict[str, int]:
    counts = values.value_counts(sort=True)
    return dict(zip(counts[:, 0].to_list(), counts[:, 1].to_list(), strict=True))


def _cards(
    captions: pl.DataFrame,
    worst: pl.DataFrame,
    scores: pl.DataFrame,
    flags: pl.DataFrame,
    verdicts: pl.DataFrame,
) -> list[Card]:
    rows = (
        worst.select("caption_id", "witness")
        .with_row_index("rank")
        .join(captions, on="caption_id")
        .sort("rank")
    )
    standing = {row["caption_id"]: row for row in verdicts.iter_rows(named=True)}
    cards = []
    for row in rows.iter_rows(named=True):
        own = flags.filter(pl.col("caption_id") == row["caption_id"])
        verdict = standing.get(row["caption_id"])
        cards.append(
            Card(
                **{name: row[name] for name in ("caption_id", "sample_id", "media", "path", "content_hash")},
                size_bytes=row["size_bytes"] or 0,
                duration_s=row["duration_s"],
                text=row["text"],
                source=row["source"] or "",
                start_s=row["start_s"],
                end_s=row["end_s"],
                rank=row["rank"] + 1,
                scores=tuple(_score_lines(scores, row["caption_id"], row["witness"])),
                flags=tuple(sorted(own["error_type"].drop_nulls().unique())),
                spans=tuple(own.select("start_char", "end_char").drop_nulls().iter_rows()),
                verdict=verdict["verdict"] if verdict else "",
                error_types=tuple(verdict["error_types"] or ()) if verdict else (),
            )
        )
    return cards


def _score_lines(scores: pl.DataFrame, caption_id: str, witness: str) -> list[ScoreLine]:
    """Return the scores of a caption, first the one that speaks most against it, undefined ones last."""
    own = scores.filter(pl.col("caption_id") == caption_id)
    own = own.sort(pl.col("value").is_null(), pl.col("scorer") != witness, "percentile", "scorer")
    columns = ("scorer", "value", "percentile", "evidence", "reason", "error_type")
    return [
        ScoreLine(scorer, value, percentile, evidence or "", reason or "", error_type)
        for scorer, value, percentile, evidence, reason, error_type in own.select(columns).iter_rows()
    ]


def _decisions(verdicts: pl.DataFrame, captions: pl.DataFrame) -> list[Decided]:
    last = verdicts.sort("at_utc", descending=True).head(DECISIONS_SHOWN)
    rows = last.join(
        captions.select("caption_id", "text"), on="caption_id", how="left", maintain_order="left"
    )
    return [
        Decided(
            f"{row['at_utc']:%Y-%m-%d %H:%M:%S}",
            row["annotator"],
            row["verdict"],
            ", ".join(row["error_types"] or ()),
            row["stratum"] or "",
            row["text"] or "(the caption is no longer in the workspace)",
        )
        for row in rows.iter_rows(named=True)
    ]
