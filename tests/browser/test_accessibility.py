"""No view has a serious fault for those who do not see it or use no mouse, by axe-core in both themes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from .every_view import VIEWS, cells, show
from .jupyter_lab import LabPage

OpenCells = Callable[..., LabPage]
_SEVERE = ("serious", "critical")
_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
_OPTIONS = {"resultTypes": ["violations"], "runOnly": _RULES}
_VIEWS = ".jp-OutputArea .cw[tabindex]"


def faults(lab: LabPage, impacts: tuple[str, ...] = _SEVERE) -> list[str]:
    """Return what axe-core finds wrong with the views of a page, one line a place."""
    found = Axe().run(lab.page, context=_VIEWS, options=_OPTIONS).response["violations"]
    return [
        f"{one['id']} ({one['impact']}): {' '.join(map(str, node['target']))[-90:]}: {node['html'][:160]}: "
        + "; ".join(check["message"] for check in [*node["any"], *node["all"], *node["none"]])[:200]
        for one in found
        if one["impact"] in impacts
        for node in one["nodes"]
    ]


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_no_view_has_a_serious_fault(open_cells: OpenCells, everything: Path, theme: str) -> None:
    lab = open_cells(*cells(everything))
    found: list[str] = []
    try:
        if theme == "Dark":  # once, and light is on already: a change takes longer than to show a view
            lab.set_theme("JupyterLab Dark")
        for view in VIEWS:
            root = show(lab, everything, view)
            expect(root).to_have_attribute("data-theme", theme.lower())
            found += [f"{view}: {line}" for line in faults(lab)]
        # The last of them with a fault put in, so that silence means something.
        root.evaluate("root => root.append(document.createElement('button'))")
        assert any(line.startswith("button-name") for line in faults(lab)), "axe-core sees nothing"
    finally:
        if theme == "Dark":
            lab.set_theme("JupyterLab Light")
    assert not found, "\n".join(found)
