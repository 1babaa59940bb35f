"""What agreement has found: frames, tables for people, and a figure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Final

import polars as pl

from workbench.plots import require_holoviews

if TYPE_CHECKING:
    import holoviews as hv

__all__ = ["Agreement"]

_CAUTION: Final = (
    "Intervals are 95 %, by drawing pairs again. Agreement is not truth: what everybody gets wrong alike "
    "looks like agreement, and accuracies by EM rest on people erring apart from each other."
)
_MOST_ROUNDS_TOLD: Final = 5

Table = tuple[str, tuple[str, ...], list[tuple[str, ...]]]


@dataclass(frozen=True)
class Agreement:
    """How far people agree, and how far each judgement can be believed.

    Attributes:
        measures: a row a coefficient: `what` was compared, its `name`, `value`, `low`, `high`, the `units`
            and `voices` it rests on, and the `reason` why it is undefined.
        pairs: a row a pair, see `workbench.pairs.pair_reliability`.
        annotators: a row a person, see `workbench.pairs.people.describe_annotators`.
        couples: a row for each two people, with Cohen's kappa.
        flips: a row for each source of the flip rate: `source`, `value` (0 never, .5 a coin), `low`, `high`,
            `asked`, `differed`, `reason`.
        groups: a row a group of annotators, the most overruled first; empty where nobody has a group.
        group_voices: what each group says of each pair.
        sources: what made the captions, ranked by whose captions people prefer.
        cycles: rounds in which captions beat each other.
        tolerances: how many couples of people agree on a stretch of time within each tolerance.
        voices: a row a judgement that says something, hidden repeats left out: `pair_id`, `annotator`,
            `label` (`as_made`, `turned`, `tie`, `both_bad`), `belief` (0..1, the chance that it is right).
    """

    measures: pl.DataFrame
    pairs: pl.DataFrame
    annotators: pl.DataFrame
    couples: pl.DataFrame
    flips: pl.DataFrame
    groups: pl.DataFrame
    group_voices: pl.DataFrame
    sources: pl.DataFrame
    cycles: pl.DataFrame
    tolerances: pl.DataFrame
    voices: pl.DataFrame

    @property
    def judgements(self) -> int:
        """How many judgements it all rests on."""
        return self.voices.height

    @property
    def epsilon(self) -> float | None:
        """The flip rate from the best source there is: known answers, else two people, else repeats."""
        told = dict(self.flips.select("source", "value").iter_rows())
        found = (told.get(source) for source in ("known answers", "two people", "hidden repeats"))
        return next((value for value in found if value is not None), None)

    @property
    def worst_group(self) -> dict[str, object] | None:
        """The group that is overruled most; None where fewer than two groups have spoken."""
        return self.groups.row(0, named=True) if self.groups.height > 1 else None

    def figure(self) -> hv.Layout:
        """Draw the coefficients and the annotators' accuracies, each with its interval.

        Raises:
            MissingExtraError: when HoloViews is not installed.
        """
        hv = require_holoviews("The plot of agreement")
        told = self.measures.drop_nulls("value").with_columns(label=pl.col("what") + ": " + pl.col("name"))
        people = self.annotators.drop_nulls("accuracy").rename({"annotator": "label", "accuracy": "value"})
        shown = [
            _ranges(told, "Agreement: 0 is chance, but for plain shares", (-1.05, 1.05)),
            _ranges(people, "Accuracy of each annotator, by EM", (0, 1.05)),
        ]
        return hv.Layout(shown).cols(1).opts(shared_axes=False)

    def __str__(self) -> str:
        parts = [self._rests_on()]
        for title, headings, rows in self._tables():
            parts += ["", title, *_lay_out(headings, rows)]
        return "\n".join([*parts, "", *self._remarks(), _CAUTION])

    def _repr_html_(self) -> str:
        parts = [f"<p>{escape(self._rests_on())}</p>"]
        for title, headings, rows in self._tables():
            head = "".join(f"<th>{escape(name)}</th>" for name in headings)
            body = "".join(
                "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
            )
            parts.append(
                f"<table><caption>{escape(title)}</caption><thead><tr>{head}</tr></thead>"
                f"<tbody>{body}</tbody></table>"
            )
        parts += [f"<p>{escape(line)}</p>" for line in self._remarks()]
        return f"<div>{''.join(parts)}<p><small>{escape(_CAUTION)}</small></p></div>"

    def _rests_on(self) -> str:
        if not self.judgements:
            return f"Nobody has judged any of {self.pairs.height:,} pairs; judge some: widgets.PairJudge(ws)."
        judged = self.pairs.filter(pl.col("voices") > 0).height
        twice = self.pairs.filter(pl.col("voices") > 1).height
        return (
            f"{self.judgements:,} judgements by {self.annotators.height:,} people on {judged:,} of "
            f"{self.pairs.height:,} pairs; {twice:,} pairs were judged by two or more."
        )

    def _tables(self) -> Iterator[Table]:
        """Yield what there is to show: a title, headings and cells."""
        measures: list[tuple[str, ...]] = [
            (
                str(row["what"]),
                str(row["name"]),
                _bounded(row, "value"),
                f"{row['units']:,}",
                str(row["reason"]),
            )
            for row in self.measures.filter(pl.col("units") > 0).iter_rows(named=True)
        ]
        if measures:
            yield "Agreement", ("on", "measure", "value", "units", "why not"), measures
        people = [_person(row) for row in self.annotators.iter_rows(named=True)]
        if people:
            yield "Annotators", _PERSON, people
        flips: list[tuple[str, ...]] = [
            (str(row["source"]), _bounded(row, "value", 3), f"{row['asked']:,}", str(row["reason"]))
            for row in self.flips.iter_rows(named=True)
        ]
        if self.judgements:
            yield "Flip rate", ("from", "rate", "asked", "why not"), flips
        groups = [_group(row) for row in self.groups.iter_rows(named=True)]
        if groups:
            yield "Groups, the most overruled first", _GROUP, groups
        sources = [_source(row) for row in self.sources.iter_rows(named=True)]
        if sources:
            yield "What made the captions, by whose are preferred", _SOURCE, sources

    def _remarks(self) -> Iterator[str]:
        unheard = self.measures.filter(pl.col("units").max().over("what") == 0)
        if unheard.height:
            topics = ", ".join(unheard["what"].unique(maintain_order=True))
            yield f"Undefined, because nothing was answered by two people: agreement on {topics}."
        if worst := self.worst_group:
            yield (
                f"Worst group: {worst['group']}: {_percent(worst['share'])} of its voices are for what "
                f"stands; {worst['against']:,} of its {worst['pairs']:,} pairs stand against most of it."
            )
        told = self.tolerances.drop_nulls("share")
        if told.height:
            shares = ", ".join(f"{_percent(share)} within {s:g} s" for s, share, _ in told.iter_rows())
            yield f"Both ends of a stretch of time: {shares} ({told['couples'][0]:,} couples)."
        if self.cycles.height:
            rounds = [
                f"{who}: {' > '.join([*captions, captions[0]])}"
                for who, captions in self.cycles.select("who", "captions").head(_MOST_ROUNDS_TOLD).iter_rows()
            ]
            yield f"{self.cycles.height:,} rounds that are no order: {'; '.join(rounds)}."


_PERSON: Final = (
    "annotator",
    "voices",
    "shared",
    "agrees",
    "accuracy (EM)",
    "D-S",
    "MACE",
    "again",
    "known",
    "",
)
_GROUP: Final = ("group", "people", "pairs", "for what stands", "against", "alpha within", "why not")
_SOURCE: Final = ("made by", "strength", "wins", "losses", "ties", "")


def _person(row: dict[str, object]) -> tuple[str, ...]:
    return (
        str(row["annotator"]),
        f"{row['voices']:,}",
        f"{row['shared']:,}",
        _percent(row["agrees"]),
        _bounded(row, "accuracy"),
        _number(row["dawid_skene"]),
        _number(row["mace"]),
        f"{_percent(row['same_again'])} of {row['repeats']}" if row["repeats"] else "",
        f"{_percent(row['right_on_known'])} of {row['known']}" if row["known"] else "",
        str(row["reason"]),
    )


def _group(row: dict[str, object]) -> tuple[str, ...]:
    return (
        str(row["group"]),
        f"{row['annotators']:,}",
        f"{row['pairs']:,}",
        _percent(row["share"]),
        f"{row['against']:,}",
        _bounded(row, "alpha"),
        str(row["reason"]),
    )


def _source(row: dict[str, object]) -> tuple[str, ...]:
    counts = (f"{row[name]:,}" for name in ("wins", "losses", "ties"))
    return str(row["name"]), _bounded(row, "strength"), *counts, str(row["reason"])


def _ranges(rows: pl.DataFrame, title: str, limits: tuple[float, float]) -> hv.Overlay:
    """Draw a dot and its interval for each row, one below the other."""
    import holoviews as hv

    ends = rows.with_columns(low=pl.coalesce("low", "value"), high=pl.coalesce("high", "value"))
    shown = ends.select("label", "value", "low", "high").rows()
    spans = [(low, label, high, label) for label, _, low, high in shown]
    dots = [(value, label, low, high) for label, value, low, high in shown]
    lines = hv.Segments(spans, ["low", "label", "high", "label_too"])
    points = hv.Points(dots, ["value", "label"], ["low", "high"]).opts(size=9, tools=["hover"])
    return (lines * points).opts(
        title=title, xlim=limits, xlabel="", ylabel="", width=640, height=90 + 26 * max(1, len(shown)),
        invert_yaxis=True, show_grid=True,
    )  # fmt: skip


def _lay_out(headings: Sequence[str], rows: list[tuple[str, ...]]) -> list[str]:
    cells = [tuple(headings), *rows]
    widths = [max(len(line[column]) for line in cells) for column in range(len(headings))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in cells]
    return ["  " + line.rstrip() for line in lines]


def _bounded(row: dict[str, object], name: str, digits: int = 2) -> str:
    if row[name] is None:
        return "undefined"
    if row["low"] is None:
        return _number(row[name], digits)
    return f"{_number(row[name], digits)} ({_number(row['low'], digits)}–{_number(row['high'], digits)})"


def _number(value: object, digits: int = 2) -> str:
    return f"{value:.{digits}f}" if isinstance(value, float) else ""


def _percent(value: object) -> str:
    return f"{value:.0%}" if isinstance(value, float) else ""
