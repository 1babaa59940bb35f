"""A page of HoloViews figures linked with the gallery: in a notebook, or by `panel serve` without one.

    panel serve widgets/dashboard.py --args my-workspace

The figures are HoloViews objects, so that they can be combined with others in a page of one's own; the
gallery is the same view as in notebooks, carried by a Panel component. By `panel serve` everything comes
from the server itself. For speed take `widgets.Plots(ws)`, which draws on a canvas.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from widgets.gallery.gallery import GalleryCore
from widgets.linking import link
from widgets.panel_component import carry
from widgets.plots.colours import colour_names, colour_samples
from widgets.plots.plots import PlotsCore
from workbench.errors import MissingExtraError, WorkbenchError
from workbench.plots import require_holoviews

if TYPE_CHECKING:
    from workbench.workspace import Workspace

__all__ = ["Figures", "dashboard"]

#: Beyond this many points a density is drawn; a browser holds no more marks at once.
_MOST_POINTS: Final = 20_000
_CELLS: Final = 180
_WHOLE: Final = (0, 65535)
Places = npt.NDArray[np.uint16]
Shown = npt.NDArray[np.bool_]
_QUIET, _SHOWN = "#c3c7cf", "#4453c8"


class Figures:
    """A histogram of the scores and a map of the media, brushed and lassoed, of one core of plots.

    Args:
        core: counts, and is told what is picked.

    Attributes:
        layout: the HoloViews figures, one above the other.
        followers: called whenever the figures are drawn anew.
    """

    def __init__(self, core: PlotsCore) -> None:
        self.core = core
        self._holoviews = require_holoviews("A dashboard")
        self.followers: list[Callable[[], None]] = []
        core.settle()
        streams = self._holoviews.streams
        self._drawn = streams.Counter()
        # Streams live as long as somebody holds them. They listen to one layer of each figure, which carries
        # the tools; what is laid over it is drawn anew at every pick.
        self._brush = streams.BoundsX(boundsx=None)
        self._lasso = streams.Lasso()
        self._frame = streams.BoundsXY(bounds=None)
        self._brush.add_subscriber(self._on_brush)
        self._lasso.add_subscriber(self._on_lasso)
        self._frame.add_subscriber(self._on_frame)
        self.layout = (self._map() + self._scores()).cols(1).opts(shared_axes=False, merge_tools=False)

    def refresh(self) -> None:
        """Draw anew: something else has narrowed what is counted."""
        self._drawn.event(counter=self._drawn.counter + 1)
        for follow in self.followers:
            follow()

    def pick(self, **picked: object) -> None:  # one field of the message each, as the page of the plots sends
        """Change what is picked, draw it, and narrow the linked views."""
        answer = self.core.answer({"op": "pick"} | picked)
        if answer.content["ok"]:
            self.refresh()
            self.core.tell_scope()

    def told(self) -> str:
        """Say how much is picked, and by what."""
        told = self.core.answer({"op": "pick"}).content
        why = ", ".join(filter(None, (str(told["why"]), str(told["outer"] or ""))))
        counted = f"**{told['shown_samples']:,}** samples, **{told['shown_captions']:,}** captions"
        return f"{counted}: {why}" if why else counted

    def _on_brush(self, boundsx: tuple[float, float] | None) -> None:
        if boundsx is not None:
            self.pick(low=float(boundsx[0]), high=float(boundsx[1]))

    def _on_lasso(self, geometry: Any) -> None:
        if geometry is not None and len(geometry) > 2:
            self.pick(lasso=np.asarray(geometry, float).ravel().tolist())

    def _on_frame(self, bounds: tuple[float, float, float, float] | None) -> None:
        if bounds is not None:
            left, low, right, high = (float(part) for part in bounds)
            self.pick(lasso=[left, low, right, low, right, high, left, high])

    def _scores(self) -> Any:
        """Return the histogram: all captions, and over them those that the other picks let through."""
        if self.core.tally().histogram() is None:
            return self._says('No scores yet: ws.score("similarity")', "Scores")
        every = self._layer(lambda counter: self._bars(_QUIET, is_every=True).opts(tools=["xbox_select"]))
        self._brush.source = every
        return (every * self._layer(lambda counter: self._bars(_SHOWN, is_every=False))).opts(
            title=f"{self.core.scorer}: drag to brush", active_tools=["xbox_select"], width=520, height=220,
            toolbar="above", yaxis=None,
        )  # fmt: skip

    def _bars(self, colour: str, *, is_every: bool) -> Any:
        tally = self.core.tally()
        assert tally.scores is not None
        scores = tally.scores
        counts = np.array(scores.counts(None if is_every else tally.mask(but="score")))
        edges = np.linspace(scores.low, scores.high, len(counts) + 1)
        bars = self._holoviews.Histogram((edges, counts), kdims=scores.name, vdims="captions")
        return bars.opts(color=colour, line_width=0)

    def _map(self) -> Any:
        """Return the map: all samples, and over them those that are let through."""
        tally = self.core.tally()
        if tally.map is None:
            return self._says('No vectors yet: ws.score("similarity")', "Map of the media")
        is_dense = len(tally.map.x) > _MOST_POINTS
        tools = ["lasso_select", "box_select"]
        beneath = self._layer(lambda counter: self._hidden(is_dense).opts(tools=tools))
        self._lasso.source = self._frame.source = beneath
        over = self._layer(lambda counter: self._density() if is_dense else self._marks())
        return (beneath * over).opts(
            title=tally.map.told, xaxis=None, yaxis=None, width=520, height=440, toolbar="above",
            active_tools=["lasso_select"], xlim=_WHOLE, ylim=_WHOLE,
        )  # fmt: skip

    def _layer(self, draw: Callable[[int], Any]) -> Any:
        return self._holoviews.DynamicMap(draw, streams=[self._drawn])

    def _places(self) -> tuple[Places, Places, Shown]:
        """Return x and y of every point of the map, and which of them are let through."""
        tally = self.core.tally()
        assert tally.map is not None
        return tally.map.x, tally.map.y, tally.columns.samples_of(tally.mask())[tally.map.samples]

    def _hidden(self, is_dense: bool) -> Any:
        x, y, shown = self._places()
        is_drawn = np.zeros_like(shown) if is_dense else ~shown
        return self._holoviews.Points((x[is_drawn], y[is_drawn])).opts(color=_QUIET, size=3, alpha=0.5)

    def _marks(self) -> Any:
        tally = self.core.tally()
        x, y, shown = self._places()
        names = colour_names(tally)
        codes, _ = colour_samples(tally, names[0] if names else "")
        assert tally.map is not None
        marks = (x[shown], y[shown], codes[tally.map.samples][shown])
        return self._holoviews.Points(marks, vdims="rank").opts(
            color="rank", cmap="plasma", clim=(0, 254), size=4, alpha=0.8
        )

    def _density(self) -> Any:
        x, y, shown = self._places()
        counts, _, _ = np.histogram2d(y[shown], x[shown], bins=_CELLS, range=[_WHOLE, _WHOLE])
        seen = np.where(counts > 0, np.log1p(counts), np.nan)[::-1]
        bounds = (_WHOLE[0], _WHOLE[0], _WHOLE[1], _WHOLE[1])
        return self._holoviews.Image(seen, bounds=bounds, vdims="samples (log)").opts(cmap="viridis")

    def _says(self, text: str, title: str) -> Any:
        said = self._holoviews.Text(0.5, 0.5, text)
        return said.opts(title=title, xaxis=None, yaxis=None, width=520, height=220)


def dashboard(workspace: Workspace, *, scorer: str = "similarity", method: str = "pca", seed: int = 0) -> Any:
    """Return a Panel page: the figures beside the gallery, each narrowing the other.

    In a notebook call `panel.extension(inline=True)` in a cell before: without it Panel looks for its scripts
    on another host. It still asks for a few style sheets there, and works without them. The scripts make a
    saved notebook about 6 MB larger.

    Args:
        workspace: what `workbench.open(path)` returned.
        scorer: whose scores are drawn.
        method: how the map is laid out, `pca` or `umap`.
        seed: of a layout that is drawn at random.

    Raises:
        MissingExtraError: when the extra `plots` is not installed.
    """
    try:
        import panel
    except ImportError as error:
        raise MissingExtraError("A dashboard", "plots") from error
    figures = Figures(PlotsCore(workspace, scorer=scorer, method=method, seed=seed))
    gallery = carry(GalleryCore(workspace, scorer=scorer), "gallery", width=760, height=660)
    told = panel.pane.Markdown(figures.told())
    everything = panel.widgets.Button(label="Show all", width=100)
    everything.on_click(lambda _event: figures.pick(all=True))
    figures.followers.append(lambda: setattr(told, "object", figures.told()))
    made = link(figures, gallery)
    shown = panel.pane.HoloViews(figures.layout)
    page = panel.Row(panel.Column(panel.Row(told, everything), shown), gallery)
    page.link_of_views = made  # lives as long as the page
    return page


def _serve() -> None:
    """Make the page that `panel serve` asks for; the workspace is the first of its `--args`."""
    import panel

    from workbench.workspace import open as open_workspace

    panel.extension()
    if len(sys.argv) < 2:
        raise WorkbenchError("Which workspace?", "panel serve widgets/dashboard.py --args path/to/workspace")
    dashboard(open_workspace(sys.argv[1])).servable(title="Caption Workbench")


if __name__.startswith("bokeh_app"):
    _serve()
