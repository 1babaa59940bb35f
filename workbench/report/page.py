"""Write the page of a report from its contents: plain HTML and CSS, nothing from another host, no script."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from html import escape
from importlib import resources

from workbench.report.contents import Card, Contents
from workbench.report.evaluation import HEADINGS, TypeRow
from workbench.report.figures import histogram
from workbench.report.finetune import FinetunePart, render_finetune
from workbench.report.media import MediaBook
from workbench.report.pairs import PairsPart, render_pairs
from workbench.report.score_lines import show_scores

__all__ = ["render"]

ICONS = {
    "ok": '<svg viewBox="0 0 12 12" aria-hidden="true"><path d="M2 6.5l3 3 5-6.5"/></svg>',
    "misaligned": '<svg viewBox="0 0 12 12" aria-hidden="true"><path d="M2.5 2.5l7 7M9.5 2.5l-7 7"/></svg>',
    "skip": '<svg viewBox="0 0 12 12" aria-hidden="true"><path d="M2.5 6h7"/></svg>',
}
WORDS = {"ok": "fine", "misaligned": "misaligned", "skip": "skipped"}


def render(
    contents: Contents,
    media: MediaBook,
    *,
    title: str,
    pairs: PairsPart | None = None,
    finetune: FinetunePart | None = None,
) -> str:
    """Return the whole page.

    Args:
        contents: What to show.
        media: Embeds the media of the cards.
        title: Heading of the page; escaped like everything else.
        pairs: What to say of preference pairs.
        finetune: What to say of a fine-tune.
    """
    style = resources.files("workbench.report").joinpath("page.css").read_text(encoding="utf-8")
    parts = (
        _header(contents, title),
        _section("left", "What is left", _remaining(contents)),
        _section("worst", "Most suspicious pairs", _grid(contents, media)),
        _section("scores", "Scores", _scores(contents)),
        _section("types", "By error type", _types(contents)),
        _section("decisions", "Decisions", _decisions(contents)),
        _section("pairs", "Preference pairs", render_pairs(pairs)),
        _section("finetune", "Fine-tune", render_finetune(finetune)),
        _section("rejects", "Rejected rows", _rejects(contents)),
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{style}</style></head><body>"
        f'<a class="skip" href="#worst">To the pairs</a>{parts[0]}<main>{"".join(parts[1:])}</main>'
        "<footer>Scores rank; they decide nothing: a low score is a reason to look.</footer>"
        "</body></html>\n"
    )


def _section(name: str, heading: str, body: str) -> str:
    return f'<section id="{name}" aria-labelledby="h-{name}"><h2 id="h-{name}">{heading}</h2>{body}</section>'


def _header(contents: Contents, title: str) -> str:
    media = ", ".join(
        f"{count:,} {name}{'s' if name != 'audio' else ''}" for name, count in contents.samples.items()
    )
    found = contents.verdicts.get("misaligned", 0)
    numbers = (
        (f"{sum(contents.samples.values()):,}", "samples", media or "none yet"),
        (f"{contents.captions:,}", "captions", "whole or of an interval"),
        (f"{contents.decided:,}", "decided", f"{contents.at_random:,} of them drawn at random"),
        (f"{found:,}", "found misaligned", f"{contents.verdicts.get('ok', 0):,} reviewed and fine"),
        (f"{sum(contents.flags.values()):,}", "flagged", "by a rule, not by a person"),
    )
    cells = "".join(
        f"<div><dt>{word}</dt><dd>{number}<small>{note}</small></dd></div>" for number, word, note in numbers
    )
    links = (
        ("left", "What is left"),
        ("worst", "Most suspicious"),
        ("scores", "Scores"),
        ("types", "Error types"),
        ("decisions", "Decisions"),
        ("pairs", "Preference pairs"),
        ("finetune", "Fine-tune"),
        ("rejects", "Rejects"),
    )
    nav = "".join(f'<a href="#{name}">{word}</a>' for name, word in links)
    made = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    return (
        f'<header><div class="bar"><h1>{escape(title)}</h1><span class="meta">{made}</span></div>'
        f'<nav aria-label="Sections">{nav}</nav><dl class="numbers">{cells}</dl></header>'
    )


def _remaining(contents: Contents) -> str:
    estimate = contents.remaining
    if estimate is None or estimate.left is None:
        why = (
            estimate.reason
            if estimate is not None and estimate.reason
            else "no estimate was made for this report."
        )
        return f'<p class="empty">How many bad pairs are left is not known: {escape(why)}</p>'
    known = ""
    if contents.truly_left is not None:
        known = f" In this set the truth is known: <strong>{contents.truly_left:,}</strong> are left."
    return (
        f'<p class="lead">About <strong>{estimate.left:,.0f} bad pairs left</strong> '
        f"({estimate.low:,.0f}–{estimate.high:,.0f}, 95 % interval).{known}</p>"
        f'<p class="meta">From {estimate.drawn:,} captions looked at at random, '
        f"{estimate.drawn_bad:,} of them misaligned, for a population of {estimate.population:,}.</p>"
    )


def _grid(contents: Contents, media: MediaBook) -> str:
    if not contents.cards:
        return '<p class="empty">No scores yet. <code>ws.score("similarity")</code> makes them.</p>'
    return f'<div class="grid">{"".join(_card(card, media) for card in contents.cards)}</div>'


def _card(card: Card, media: MediaBook) -> str:
    interval = (
        "" if card.start_s is None or card.end_s is None else f"{card.start_s:.2f}–{card.end_s:.2f} s · "
    )
    flags = "".join(f'<li class="flag">{escape(flag.replace("_", " "))}?</li>' for flag in card.flags)
    name = card.path.rsplit("/", 1)[-1] + (f" · {card.source}" if card.source else "")
    return (
        f'<article aria-label="Pair {card.rank}"><div class="media">{media.embed(card)}</div>'
        f'<div class="words"><p class="caption" dir="auto">{_marked(card)}</p>{show_scores(card.scores)}'
        f'<ul class="flags">{_verdict(card)}{flags}</ul>'
        f'<p class="meta file">#{card.rank} · {interval}{escape(name)}</p>'
        "</div></article>"
    )


def _marked(card: Card) -> str:
    """Return the caption whole, with a wavy line under the words a flag points at."""
    text, done, parts = card.text, 0, []
    for start, end in sorted(card.spans):
        if start >= done:
            parts += [escape(text[done:start]), f"<mark>{escape(text[start:end])}</mark>"]
            done = end
    return "".join([*parts, escape(text[done:])])


def _verdict(card: Card) -> str:
    if not card.verdict:
        return '<li class="open">not reviewed</li>'
    types = ", ".join(name.replace("_", " ") for name in card.error_types)
    word = WORDS.get(card.verdict, card.verdict) + (f": {types}" if types else "")
    return f'<li class="verdict {escape(card.verdict)}">{ICONS.get(card.verdict, "")}{escape(word)}</li>'


def _scores(contents: Contents) -> str:
    if not contents.scorers.height:
        return '<p class="empty">No scores yet. <code>ws.score("similarity")</code> makes them.</p>'
    figures = "".join(
        f"<figure><figcaption>{escape(name)}, {len(values):,} captions</figcaption>"
        f"{histogram(values, name, marks=contents.found.get(name, ()))}</figure>"
        for name, values in contents.values.items()
        if values
    )
    rows = [
        (
            row["scorer"],
            f"{row['scored']:,}",
            f"{row['undefined']:,}",
            row["reason"] or "",
            row["encoder_key"],
            row["scorer_version"] or "",
        )
        for row in contents.scorers.iter_rows(named=True)
    ]
    heads = ("scorer", "scored", "no score", "why not", "encoder key", "version")
    return f'<div class="figures">{figures}</div>' + _table(
        heads, rows, numeric=(1, 2), caption="What the scores rest on"
    )


def _types(contents: Contents) -> str:
    if not contents.types:
        counts = [
            (name.replace("_", " "), f"{count:,}", f"{contents.flags.get(name, 0):,}")
            for name, count in contents.reasons.items()
        ]
        if not counts:
            return '<p class="empty">No caption has been found misaligned yet.</p>'
        return _table(
            ("error type", "found by people", "flagged"),
            counts,
            numeric=(1, 2),
            caption="Reasons given with verdicts",
        )
    note = (
        '<p class="meta">Each type in the order of the scorers that speak of it, or of all where none does. '
        "AUROC: the chance that a wrong caption is more suspicious than a clean one of the "
        "same form; 0.50 is chance. Controls are the clean captions compared with: same medium, similar "
        "length, the same kind of statement.</p>"
    )
    precision = ", ".join(
        f"{name}: {value:.0%} wrong" for name, value in contents.precision.items() if not math.isnan(value)
    )
    trivial = ", ".join(f"{line.name} {line.auroc:.2f}" for line in contents.trivial)
    return (
        _table(
            HEADINGS,
            [_type_cells(row) for row in contents.types],
            numeric=range(1, 8),
            caption="Against the known truth",
            style="sums",
        )
        + f'<p class="meta">In the recommended order, {precision or "nothing is scored"}. '
        f"Trivial orders reach AUROC: {trivial}.</p>{note}"
    )


def _type_cells(row: TypeRow) -> tuple[str, ...]:
    counts = tuple(f"{count:,}" for count in (row.planted, row.scored, row.looked_at, row.found))
    value = "not scored" if math.isnan(row.auroc) else f"{row.auroc:.2f}"
    interval = "" if math.isnan(row.low) else f"{row.low:.2f}–{row.high:.2f}"
    return (row.error_type.replace("_", " "), *counts, value, interval, f"{row.controls:,}")


def _decisions(contents: Contents) -> str:
    if not contents.decisions:
        return '<p class="empty">Nothing decided yet. <code>widgets.Review(ws)</code> opens the queue.</p>'
    rows = [
        (
            line.at,
            WORDS.get(line.verdict, line.verdict),
            line.error_types.replace("_", " "),
            line.stratum,
            line.annotator,
            line.text,
        )
        for line in contents.decisions
    ]
    shown = f"The last {len(rows)} of {contents.decided:,}"
    return _table(
        ("time (UTC)", "verdict", "error types", "drawn", "by", "caption"),
        rows,
        caption=shown,
        style="decisions",
    )


def _rejects(contents: Contents) -> str:
    if not contents.reject_count:
        return '<p class="empty">Every row that was given could be read.</p>'
    columns = ("path", "row", "reason", "value")
    rows = [
        tuple("" if cell is None else str(cell) for cell in row)
        for row in contents.rejects.select(columns).iter_rows()
    ]
    shown = f"{len(rows)} of {contents.reject_count:,} rows that could not be read"
    return _table(("file", "row", "reason", "value seen"), rows, numeric=(1,), caption=shown, style="rejects")


def _table(
    heads: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    numeric: Iterable[int] = (),
    caption: str = "",
    style: str = "",
) -> str:
    right = set(numeric)

    def line(row: Sequence[str], tag: str) -> str:
        marks = [' class="n"' if n in right else "" for n in range(len(row))]
        cells = (
            f"<{tag}{mark}>{escape(cell)}</{tag.split()[0]}>" for cell, mark in zip(row, marks, strict=True)
        )
        return f"<tr>{''.join(cells)}</tr>"

    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(caption)}">'
        f'<table class="table {style}"><caption>{escape(caption)}</caption>'
        f"<thead>{line(heads, 'th scope=col')}</thead>"
        f"<tbody>{''.join(line(row, 'td') for row in rows)}</tbody></table></div>"
    )
