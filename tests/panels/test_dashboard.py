"""The HoloViews figures: what they draw, and that a brush or a lasso on them narrows the linked views."""

from __future__ import annotations

import numpy as np
import pytest
from test_plots_core import add_vectors

from widgets.panel_component import carry
from widgets.plots.plots import PlotsCore
from workbench.workspace import Workspace

pytest.importorskip("holoviews", reason="the extra [plots] is not installed")

from widgets.dashboard import Figures, dashboard


@pytest.fixture
def figures(ws: Workspace) -> Figures:
    add_vectors(ws)
    return Figures(PlotsCore(ws))


def test_the_figures_are_drawn_of_the_counts(figures: Figures) -> None:
    points, scores = figures.layout[0], figures.layout[1]
    every, shown = scores[()].values()
    assert every.dimension_values("captions").sum() == 6
    assert shown.dimension_values("captions").sum() == 6
    hidden, marks = points[()].values()
    assert (len(hidden), len(marks)) == (0, 6)


def test_a_brush_draws_anew_and_says_what_it_picks(figures: Figures) -> None:
    drawn: list[str] = []
    figures.followers.append(lambda: drawn.append(figures.told()))
    figures._brush.event(boundsx=(0.0, 0.2))
    assert drawn == ["**2** samples, **2** captions: similarity 0 to 0.2"]
    hidden, marks = figures.layout[0][()].values()
    assert (len(hidden), len(marks)) == (4, 2)


def test_a_lasso_and_a_frame_pick_samples(figures: Figures) -> None:
    figures._lasso.event(geometry=np.array([[0, 0], [32000, 0], [32000, 65535], [0, 65535]]))
    assert figures.told().startswith("**3** samples")
    figures._frame.event(bounds=(0, 0, 65535, 65535))
    assert figures.told().startswith("**6** samples")


def test_more_points_than_marks_are_drawn_as_a_density(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("widgets.dashboard._MOST_POINTS", 3)
    add_vectors(ws)
    hidden, drawn = Figures(PlotsCore(ws)).layout[0][()].values()
    assert len(hidden) == 0
    assert np.isclose(np.nansum(np.expm1(drawn.dimension_values(2))), 6)


def test_the_tools_are_on_the_figures_and_somebody_listens_to_them(figures: Figures) -> None:
    import holoviews

    plot = holoviews.renderer("bokeh").get_plot(figures.layout)
    tools = {type(model).__name__ for model in plot.state.references()}
    assert {"LassoSelectTool", "BoxSelectTool"} <= tools
    heard = {
        type(callback).__name__
        for part in plot.traverse(lambda part: part)
        for callback in getattr(part, "callbacks", [])
    }
    assert {"BoundsXCallback", "LassoCallback", "BoundsCallback"} <= heard


def test_the_page_links_the_figures_with_the_gallery(ws: Workspace) -> None:
    add_vectors(ws)
    page = dashboard(ws)
    figures, gallery = page.link_of_views.views
    figures.pick(high=0.2)
    told = gallery.core.answer({"op": "open"}).content
    assert told["count"] == 2


def test_a_carried_view_exports_a_component_and_answers(ws: Workspace) -> None:
    core = PlotsCore(ws)
    carried = carry(core, "plots", width=400, height=300)
    assert "export function render" in carried._esm
    assert "as default" not in carried._esm
    sent: list[dict[str, object]] = []
    carried._send_msg = sent.append
    carried._handle_msg({"op": "status", "id": "a1"})
    assert sent[0]["content"]["re"] == "a1"
    assert sent[0]["content"]["ok"] is True


def test_a_page_without_vectors_or_scores_says_which_line_makes_them(ws: Workspace) -> None:
    ws.store.replace("scores", ws.scores.head(0))
    figures = Figures(PlotsCore(ws))
    said = [str(figures.layout[place].data) for place in (0, 1)]
    assert all('ws.score("similarity")' in text for text in said)
