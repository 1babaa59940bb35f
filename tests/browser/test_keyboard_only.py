"""Everything in a view is reached and worked without a mouse, and what has the focus can be seen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator

from .every_view import VIEWS, cells, ready
from .jupyter_lab import LabPage

OpenCells = Callable[..., LabPage]
_MOST_TABS = 120
_WALKS = 4

#: What can be pressed or typed into, is on screen and enabled, and is not part of a list that arrows walk.
_CONTROLS = """root => {
  const pressed = "button, input, select, textarea, [role=slider], [role=switch]";
  const isThere = part => part.checkVisibility({ visibilityProperty: true }) && !part.disabled;
  const isOwn = part => !part.closest("[role=option], [aria-hidden=true]");
  // In a group of this kind arrows go on, so that Tab comes to one of it.
  const walked = "[role=toolbar], [role=radiogroup], [role=group]";
  const isByArrow = part => part.tabIndex < 0 && part.closest(walked);
  // Named by what they are: a part may be painted anew while it is walked.
  window.nameOf = part => `${part.className}: ${part.getAttribute("aria-label") ?? part.textContent}`;
  const all = [...root.querySelectorAll(pressed)];
  return all.filter(part => isThere(part) && isOwn(part) && !isByArrow(part)).map(window.nameOf);
}"""

_FOCUSED = """root => {
  const part = document.activeElement;
  if (!root.contains(part)) return null;
  const hasRing = ({ outlineStyle, outlineWidth, boxShadow }) =>
    (outlineStyle !== "none" && parseFloat(outlineWidth) > 0) || boxShadow !== "none";
  const around = part.closest(".cw-filter, label") ?? part;
  // A list of which one place is the active one shows the ring there.
  const active = document.getElementById(part.getAttribute("aria-activedescendant"));
  const isLit = [part, around, active].some(one => one && hasRing(getComputedStyle(one)));
  return { name: window.nameOf(part), isLit, html: part.outerHTML.slice(0, 160) };
}"""


@pytest.mark.parametrize("view", VIEWS)
def test_every_control_is_reached_by_tab_and_shows_that_it_has_the_focus(
    open_cells: OpenCells, everything: Path, view: str
) -> None:
    lab = open_cells(*cells(everything, view))
    root = ready(lab)
    for _ in range(_WALKS):
        before = root.evaluate(_CONTROLS)
        reached, dark = walked(lab, root)
        after = root.evaluate(_CONTROLS)
        if before == after:
            break
    # What came or went while it was walked says nothing of the keyboard.
    assert before == after, "the view never comes to rest"
    assert [name for name in after if name not in reached] == []
    assert dark == [], "has the focus and does not show it"


def walked(lab: LabPage, root: Locator) -> tuple[set[str], list[str]]:
    """Press Tab from the root until it leaves the view; return what was reached, and what did not show it."""
    root.focus()
    reached: set[str] = set()
    dark: list[str] = []
    for _ in range(_MOST_TABS):
        lab.page.keyboard.press("Tab")
        found = root.evaluate(_FOCUSED)
        if found is None:
            break
        reached.add(found["name"])
        dark += [] if found["isLit"] else [found["html"]]
    return reached, dark
