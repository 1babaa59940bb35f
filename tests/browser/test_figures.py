"""The figures of a workspace in a real JupyterLab, drawn with every outside name unresolvable."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from made_stores import fill
from playwright.sync_api import expect

from workbench.store import Store
from workbench.workspace import Workspace

from .jupyter_lab import LabPage


def test_the_figure_of_reliability_is_drawn_without_another_host(
    open_cells: Callable[..., LabPage], tmp_path: Path, pictures: Path
) -> None:
    ws = Workspace(Store.create(tmp_path / "ws"), "ana")
    for place, caption in enumerate(fill(ws.store, 120)):
        # The lowest scores are mostly wrong: a score that can be trusted, though not blindly.
        ws.decide(caption, "misaligned" if place < 40 and place % 5 else "ok")
    lab = open_cells(
        "import panel, workbench\npanel.extension(inline=True)",
        f"trust = workbench.open({str(ws.path)!r}).reliability()\npanel.panel(trust.figure())",
    )
    figure = lab.page.locator(".bk-Figure, .bk-Canvas").first
    expect(figure).to_be_visible(timeout=30_000)
    lab.page.screenshot(path=pictures / "reliability.png")
    assert lab.ask_kernel("str(trust).count('ECE')") >= 1
