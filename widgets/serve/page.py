"""The page around a view: its tabs, who is deciding, and whether the connection stands."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from widgets.serve.places import Place

__all__ = ["ENTERED", "HEADERS", "REFUSED", "write_page"]

#: Nothing but this server is asked for anything, and nobody may frame the page or learn its address.
HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' blob: data:; media-src 'self' blob:; connect-src 'self'; font-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}

#: Goes on by itself. A redirect would not do: a link followed from a chat or a mail is another site's doing,
#: and a browser holds a strict cookie back until a page of this site has asked.
ENTERED: Final = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Caption Workbench</title>
<meta http-equiv="refresh" content="0;url=./../"><p><a href="./../">Go on</a></p></html>"""

REFUSED: Final = """<!doctype html><html lang="en"><meta charset="utf-8"><title>No entry</title>
<style>body{font:15px/1.5 system-ui,sans-serif;max-width:34em;margin:15vh auto;padding:0 16px;color:#1b1d22}
@media (prefers-color-scheme:dark){body{background:#14161a;color:#e9ebf0}}</style>
<h1 style="font-size:18px">This needs your own link</h1>
<p>Open the link that you were given. If it no longer works, ask whoever runs
<code>workbench serve</code> for a new one. Decisions not saved yet are kept in this browser until then.</p>
</html>"""


def write_page(
    place: Place,
    places: Iterable[Place],
    *,
    annotator: str,
    workspace: str,
    mark: str,
    is_second_opinion: bool,
) -> str:
    """Return the page of a view.

    Args:
        place: which view.
        places: all that have a tab.
        annotator: who looks at it.
        workspace: its name.
        mark: names the workspace to the page's own storage.
        is_second_opinion: say that what others decided is hidden.
    """
    tabs = "".join(
        f'<a href="{one.name}"{" aria-current=page" if one is place else ""}>{escape(one.title)}</a>'
        for one in places
    )
    blind = '<span class="cw-blind" title="What others decided is hidden">second opinion</span>'
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(place.title)} · {escape(workspace)}</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="static/{place.bundle}.css">
<link rel="stylesheet" href="static/serve.css">
</head>
<body data-place="{place.name}" data-bundle="{place.bundle}" data-annotator="{escape(annotator, quote=True)}"
 data-mark="{mark}">
<header class="cw cw-served">
<strong title="Workspace">{escape(workspace)}</strong>
<nav aria-label="Views">{tabs}</nav>
<span class="cw-grow"></span>
{blind if is_second_opinion else ""}
<span class="cw-line" role="status" aria-live="polite"></span>
<button class="cw-btn cw-theme" type="button" aria-label="Light or dark">Theme</button>
<span class="cw-who" title="Your decisions are stored under this name">{escape(annotator)}</span>
</header>
<main id="view"></main>
<noscript>This page needs JavaScript.</noscript>
<script type="module" src="static/serve.js"></script>
</body>
</html>
"""
