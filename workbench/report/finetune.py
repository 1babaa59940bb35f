"""The section on a fine-tune: what it changed, in numbers and on items that were flagged.

Report knows neither runs nor their evaluation; whoever writes a report hands in what they gave.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Final

from workbench.preferences.differences import merge_texts

__all__ = ["BeforeAfter", "FinetunePart", "render_finetune"]

_TAGS: Final = {"gone": "del", "new": "ins"}


@dataclass(frozen=True, slots=True)
class BeforeAfter:
    """One item, described by the model before and after.

    Attributes:
        before, after: the texts.
        picture: as a JPEG or PNG file; empty for none.
        note: what became of it, in words.
    """

    before: str
    after: str
    picture: bytes = b""
    note: str = ""


@dataclass(frozen=True)
class FinetunePart:
    """What a report says of a fine-tune.

    Attributes:
        title: which run, by what method, on how many pairs.
        heads: of the columns after the first.
        rows: a measure in words, then a cell for each head.
        items: side by side.
        warnings: what speaks against believing a gain.
        lines: what the numbers rest on.
        left_out: what was not done, and why.
    """

    title: str = ""
    heads: Sequence[str] = field(default_factory=tuple)
    rows: Sequence[Sequence[str]] = field(default_factory=tuple)
    items: Sequence[BeforeAfter] = field(default_factory=tuple)
    warnings: Sequence[str] = field(default_factory=tuple)
    lines: Sequence[str] = field(default_factory=tuple)
    left_out: Sequence[str] = field(default_factory=tuple)


def render_finetune(part: FinetunePart | None) -> str:
    """Return the body of the section; what is missing says how to make it."""
    if part is None:
        return (
            '<p class="empty">No fine-tune has been evaluated yet: <code>run = ws.finetune()</code>, then '
            "<code>ws.evaluate(run)</code>.</p>"
        )
    if not part.rows:
        return "".join(f'<p class="empty">{escape(text)}</p>' for text in part.left_out)
    careful = "".join(f'<p class="lead">Careful: {escape(text)}</p>' for text in part.warnings)
    notes = "".join(f"<li>{escape(line)}</li>" for line in (*part.lines, *part.left_out))
    return (
        f'<p class="lead"><strong>{escape(part.title)}</strong></p>{careful}{_table(part)}'
        f'<ul class="notes">{notes}</ul>{_items(part.items)}'
    )


def _table(part: FinetunePart) -> str:
    head = "".join(f'<th scope=col class="n">{escape(name)}</th>' for name in part.heads)
    lines = "".join(
        f"<tr><td>{escape(row[0])}</td>"
        + "".join(f'<td class="n">{escape(cell)}</td>' for cell in row[1:])
        + "</tr>"
        for row in part.rows
    )
    return (
        '<div class="scroll" tabindex="0" role="region" aria-label="Before and after">'
        '<table class="table"><caption>Before and after</caption>'
        f"<thead><tr><th scope=col></th>{head}</tr></thead><tbody>{lines}</tbody></table></div>"
    )


def _items(items: Sequence[BeforeAfter]) -> str:
    if not items:
        return ""
    cards = "".join(_item(item) for item in items)
    return (
        '<p class="meta">What the model said before is struck, what it says now is underlined.</p>'
        f'<div class="grid">{cards}</div>'
    )


def _item(item: BeforeAfter) -> str:
    said = "".join(
        f"<{_TAGS[run.kind]}>{escape(run.text)}</{_TAGS[run.kind]}>"
        if run.kind in _TAGS
        else escape(run.text)
        for run in merge_texts(item.after, item.before)
    )
    kind = "png" if item.picture.startswith(b"\x89PNG") else "jpeg"
    data = base64.b64encode(item.picture).decode()
    media = f'<img src="data:image/{kind};base64,{data}" alt="" loading="lazy">' if item.picture else ""
    return (
        f'<article aria-label="Before and after"><div class="media">{media}</div><div class="words">'
        f'<p class="caption" dir="auto">{said}</p><p class="meta">{escape(item.note)}</p></div></article>'
    )
