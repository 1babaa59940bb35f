"""The run card: everything an evaluation found on one page that needs no other file; also as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from importlib import resources
from typing import TYPE_CHECKING, Final

import polars as pl

from workbench.finetune.evaluation.figures import draw_reliability, embed_picture
from workbench.finetune.evaluation.flagged import OUTCOMES, count_outcomes
from workbench.finetune.evaluation.table import GROUPS, Line, show, show_change
from workbench.preferences.differences import merge_texts

if TYPE_CHECKING:
    from workbench.finetune.evaluation.result import Evaluation

__all__ = ["render_card", "render_markdown", "render_summary"]

_ITEMS: Final = 24
_SLICES: Final = 8
_BROKEN: Final = 6
_TAGS: Final = {"gone": "del", "new": "ins"}
_MARKS: Final = {"gone": ("~~", "~~"), "new": ("**", "**")}
#: What is worth looking at first.
_ORDER: Final = (
    "broken", "worse", "says nothing", "cut short", "still wrong", "better", "mended", "changed", "kept",
    "same",
)  # fmt: skip


def render_card(found: Evaluation) -> str:
    """Return the run card as one HTML page; pictures are embedded small."""
    style = resources.files("workbench.finetune.evaluation").joinpath("card.css").read_text(encoding="utf-8")
    facts = "".join(
        f"<tr><th scope=row>{escape(k)}</th><td>{escape(v)}</td></tr>" for k, v in found.facts.items()
    )
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Run {escape(found.run)}</title><style>{style}</style></head><body><main>"
        f"<h1>Run {escape(found.run)}</h1>{_warnings(found)}"
        f"<h2>Before and after</h2>{_table(found.lines)}"
        f"<h2>Flagged items</h2>{_flagged(found.flagged)}"
        f"<h2>What broke elsewhere</h2>{_broken(found.texts)}"
        f"<h2>Where it is worst</h2>{_slices(found.slices)}{_pair_slices(found.slices)}"
        f"<h2>How sure the rewards are</h2>{_reliability(found.bins)}"
        f"<h2>What it rests on</h2>{_list(found.notes)}<table>{facts}</table>"
        "</main></body></html>\n"
    )


def render_summary(found: Evaluation) -> str:
    """Return warnings and the table, for a notebook."""
    notes = "".join(f"<li>{escape(text)}</li>" for text in found.notes)
    careful = "".join(f"<p><strong>Careful:</strong> {escape(text)}</p>" for text in found.warnings)
    return (
        f"<div><h3>Run {escape(found.run)}: before and after</h3>{careful}{_table(found.lines)}"
        f"<ul>{notes}</ul><p>Run card: <code>{escape(str(found.card))}</code></p></div>"
    )


def render_markdown(found: Evaluation) -> str:
    """Return the run card as Markdown: what the page says, without pictures."""
    lines = [f"# Run {found.run}", ""]
    lines += [f"- **{name}**: {value}" for name, value in found.facts.items()]
    lines += [f"\n> Careful: {text}" for text in found.warnings]
    for group, heading in GROUPS.items():
        own = [line for line in found.lines if line.group == group]
        if own:
            lines += [
                "",
                f"## {heading}",
                "",
                "| | before | after | change (95 %) | |",
                "|---|--:|--:|--:|---|",
            ]
            lines += [
                f"| {' | '.join((line.title, show(line.before), show(line.after), show_change(line)))} "
                f"| {line.verdict} |"
                for line in own
            ]
    if not found.flagged.is_empty():
        lines += ["", "## Some flagged items", "", _counted(found.flagged), ""]
        lines += [f"- {_marked(row)} ({row['outcome']})" for row in _worth_seeing(found.flagged)]
    lines += ["", "## What it rests on", "", *(f"- {text}" for text in found.notes)]
    return "\n".join(lines) + "\n"


def _warnings(found: Evaluation) -> str:
    if not found.warnings:
        return '<p class="quiet">Nothing found that speaks against believing these numbers.</p>'
    return "".join(
        f'<p class="careful"><strong>Careful:</strong> {escape(text)}</p>' for text in found.warnings
    )


def _table(lines: Sequence[Line]) -> str:
    body = ""
    for group, heading in GROUPS.items():
        own = [line for line in lines if line.group == group]
        if own:
            body += f'<tr class="group"><th scope=rowgroup colspan=5>{escape(heading)}</th></tr>'
            body += "".join(_line(line) for line in own)
    return (
        '<div class="scroll"><table><thead><tr><th scope=col></th><th scope=col class="n">before</th>'
        '<th scope=col class="n">after</th><th scope=col class="n">change (95 %)</th><th scope=col></th></tr>'
        f"</thead><tbody>{body}</tbody></table></div>"
    )


def _line(line: Line) -> str:
    arrow = {"better": "▲ better", "worse": "▼ worse"}.get(line.verdict, "")
    return (
        f'<tr><td>{escape(line.title)}</td><td class="n">{show(line.before)}</td>'
        f'<td class="n">{show(line.after)}</td><td class="n">{show_change(line)}</td>'
        f'<td class="{line.verdict}">{arrow}</td></tr>'
    )


def _flagged(seen: pl.DataFrame) -> str:
    if seen.is_empty():
        return '<p class="quiet">No caption was flagged when the run was started.</p>'
    items = "".join(_item(row) for row in _worth_seeing(seen))
    return f"<p>{escape(_counted(seen))} What went is struck, what came is underlined.</p>{items}"


def _broken(texts: pl.DataFrame) -> str:
    """Show other samples of which something worse is said now, the likeliest words."""
    told = texts.filter(pl.col("decoding") == "greedy")
    if told.is_empty() or told["outcome"].is_in(["same", "changed"]).all():
        return '<p class="quiet">Nobody knows what is there, so that nothing can be called broken.</p>'
    bad = told.filter(pl.col("outcome").is_in(list(_ORDER[:4])))
    lead = f"<p>Of {told.height:,} other samples {bad.height:,} are described worse than before"
    items = "".join(_item(row) for row in bad.head(_BROKEN).iter_rows(named=True))
    return f"{lead}{':' if items else '.'}</p>{items}"


def _counted(seen: pl.DataFrame) -> str:
    counts = ", ".join(f"{count:,} {name}" for name, count in count_outcomes(seen).items())
    trained = int(seen["trained"].sum())
    return f"{seen.height:,} items: {counts}. The run trained on the corrections of {trained:,} of them."


def _worth_seeing(seen: pl.DataFrame) -> Iterator[dict[str, object]]:
    """Yield items that changed, a few of each outcome: the bad news is not buried under the good."""
    moved = seen.filter(pl.col("before") != pl.col("after"))
    parts = [moved.filter(pl.col("outcome") == name).head(_ITEMS // 3) for name in _ORDER]
    shown = pl.concat(parts) if parts else moved
    yield from shown.head(_ITEMS).iter_rows(named=True)


def _item(row: Mapping[str, object]) -> str:
    diff = "".join(
        f"<{_TAGS[run.kind]}>{escape(run.text)}</{_TAGS[run.kind]}>"
        if run.kind in _TAGS
        else escape(run.text)
        for run in merge_texts(str(row["after"]), str(row["before"]))
    )
    outcome = str(row["outcome"])
    return (
        f'<article class="item">{embed_picture(row)}<dl><dt>before → after</dt><dd dir="auto">{diff}</dd>'
        f"<dt>outcome</dt><dd>{escape(outcome)}: "
        f'<span class="quiet">{escape(OUTCOMES[outcome])}</span></dd>'
        f"{_history(row) if 'taught_by' in row else ''}</dl></article>"
    )


def _history(row: Mapping[str, object]) -> str:
    """Tell what was flagged, what it was corrected to, and which pairs taught the change."""
    taught = row["taught_by"]
    pairs = ", ".join(str(pair) for pair in taught) if isinstance(taught, list) and taught else "none"
    heard = "the run trained on this correction" if row["trained"] else "the run did not train on it"
    corrected = f"{row['edited_text']} ({heard})" if row["edited_text"] else ""
    told = (("flagged", row["text"]), ("corrected to", corrected), ("pairs that teach this", pairs))
    return "".join(f"<dt>{name}</dt><dd>{escape(str(text))}</dd>" for name, text in told if text)


def _marked(row: Mapping[str, object]) -> str:
    return "".join(
        f"{_MARKS[run.kind][0]}{run.text}{_MARKS[run.kind][1]}" if run.kind in _MARKS else run.text
        for run in merge_texts(str(row["after"]), str(row["before"]))
    )


def _slices(slices: pl.DataFrame) -> str:
    if slices.is_empty():
        return '<p class="quiet">No part of the samples is large enough, or nobody knows what is there.</p>'
    told = slices.filter(pl.col("measure") == "chair_i")
    names = told["slice"].unique(maintain_order=True).to_list()
    first = names[:_SLICES] + [name for name in names[_SLICES:] if name == "unusual combination"]
    rows = ""
    for name in first:
        own = {row["when"]: row for row in told.filter(slice=name).iter_rows(named=True)}
        cells = "".join(
            f'<td class="n">{_per_cent(own[when])}</td>' for when in ("before", "after", "change")
        )
        rows += f'<tr><td>{escape(name)}</td><td class="n">{own["after"]["texts"]:,}</td>{cells}</tr>'
    return (
        '<div class="scroll"><table><caption>Things named that are not there, the worst part after the run '
        "first. Of many parts some are bad by chance.</caption><thead><tr><th scope=col>part</th>"
        '<th scope=col class="n">texts</th><th scope=col class="n">before</th>'
        '<th scope=col class="n">after</th>'
        f'<th scope=col class="n">change</th></tr></thead><tbody>{rows}</tbody></table></div>'
    )


def _pair_slices(slices: pl.DataFrame) -> str:
    if slices.is_empty():
        return ""
    told = slices.filter(pl.col("measure") == "reward_accuracy")
    if told.is_empty():
        return ""
    rows = "".join(
        f'<tr><td>{escape(row["slice"])}</td><td class="n">{row["texts"]:,}</td>'
        f'<td class="n">{_per_cent(row)}</td></tr>'
        for row in told.iter_rows(named=True)
    )
    return (
        '<div class="scroll"><table><caption>Held-out pairs whose chosen answer gained more, the worst of '
        'each kind first</caption><thead><tr><th scope=col>part</th><th scope=col class="n">pairs</th>'
        f'<th scope=col class="n">right</th></tr></thead><tbody>{rows}</tbody></table></div>'
    )


def _per_cent(row: Mapping[str, object]) -> str:
    value, low, high = (row[name] for name in ("value", "low", "high"))
    if not isinstance(value, float) or value != value:
        return "–"
    sign = "+" if row["when"] == "change" else ""
    bounds = (
        f" ({100 * low:{sign}.0f} to {100 * high:{sign}.0f})"
        if isinstance(low, float) and isinstance(high, float)
        else ""
    )
    return f"{100 * value:{sign}.1f} %{bounds}"


def _reliability(bins: pl.DataFrame) -> str:
    if bins.is_empty():
        return '<p class="quiet">No pair is held out.</p>'
    return (
        '<p class="quiet">Each dot is a tenth of the held-out pairs: how sure the rewards are of an order, '
        f"and how often it is the right one.</p>{draw_reliability(bins)}"
    )


def _list(texts: Sequence[str]) -> str:
    return f"<ul>{''.join(f'<li>{escape(text)}</li>' for text in texts)}</ul>"
