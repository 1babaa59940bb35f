"""Every view of the package over one workspace, for what all of them must hold."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Locator, expect

import widgets
from widgets.panel import Panel
from workbench.workspace import Workspace

from .board_world import give_pairs
from .jupyter_lab import LabPage
from .run_world import give_runs

__all__ = ["VIEWS", "cells", "fill", "ready", "show"]


def _is_view(name: str) -> bool:
    found = getattr(widgets, name)
    return isinstance(found, type) and issubclass(found, Panel)


#: A view that is added to the package is held to the same without a word here.
VIEWS = tuple(filter(_is_view, widgets.__all__))


def fill(ws: Workspace) -> None:
    """Add what the views look at beyond captions: pairs, judgements, runs."""
    give_pairs(ws)
    give_runs(ws)


def cells(world: Path, *views: str) -> tuple[str, ...]:
    """Return the cells that open a workspace and show these views."""
    opened = f"import workbench, widgets\nws = workbench.open({str(world)!r}, annotator='ana')"
    return (opened, *(f"view_{name.lower()} = widgets.{name}(ws)\nview_{name.lower()}" for name in views))


def show(lab: LabPage, world: Path, view: str) -> Locator:
    """Show one view and nothing else; return its root when it shows something to look at."""
    lab.set_cells(cells(world, view))
    lab.run_all()
    return ready(lab)


def ready(lab: LabPage) -> Locator:
    """Wait until the view shows something to look at and waits for no row; return its root."""
    root = lab.page.locator(".jp-OutputArea .cw[tabindex]").first
    something = "img, canvas, svg, .cw-statement, .cw-run-facts"
    expect(root.locator(something).filter(visible=True).first).to_be_visible()
    expect(root.locator(".is-waiting").filter(visible=True)).to_have_count(0)
    return root
