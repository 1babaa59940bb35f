"""The map of the media: which vectors it is made of, and how they are laid out."""

from __future__ import annotations

import sys
from types import ModuleType

import numpy as np
import polars as pl
import pytest

from widgets.plots import projection
from widgets.plots.lasso import inside
from widgets.plots.projection import make_map
from widgets.plots.vectors import NoVectorsError, find_vectors
from workbench.encoders.shards import VectorShards
from workbench.errors import MissingExtraError, UnknownNameError, WorkbenchError
from workbench.workspace import Workspace

#: Where the photos p0, p1 ... lie on the line.
_PLACES = (3, 0, 5, 1, 4, 2)


def keep(ws: Workspace, encoder: str, rows: dict[str, np.ndarray]) -> None:
    shards = VectorShards(ws.store.vectors_folder(encoder), rows_per_shard=3)
    for key, row in rows.items():
        shards.add(key, row.astype(np.float32))
    shards.flush()


def contents(ws: Workspace) -> list[str]:
    return ws.samples.sort("path")["content_hash"].head(6).to_list()


def line_of(ws: Workspace) -> dict[str, np.ndarray]:
    """Vectors along one direction, with a little spread along a second and none along the third."""
    return {
        f"{content}:whole": np.array([[10.0 * place, place % 2, 5.0]])
        for place, content in zip(_PLACES, contents(ws), strict=True)
    }


def test_pca_lays_the_largest_spread_along_x_the_same_every_time(ws: Workspace) -> None:
    keep(ws, "one", line_of(ws))
    vectors = find_vectors(ws.store, ws.samples)
    made = make_map(ws.store, vectors)
    order = [ws.samples["path"][int(row)] for row in made.samples[np.argsort(made.x)]]
    assert order == ["p1.png", "p3.png", "p5.png", "p0.png", "p4.png", "p2.png"]
    assert "two axes hold 100 % of the spread" in made.told
    for file in ws.store.cache_folder("plots").iterdir():
        file.unlink()
    assert (make_map(ws.store, vectors).x == made.x).all()


def test_frames_of_a_sample_are_one_point_at_their_mean(ws: Workspace) -> None:
    rows = line_of(ws)
    first = f"{contents(ws)[0]}:whole"
    alone = dict(rows)
    keep(ws, "alone", alone)
    frames = rows[first] + np.array([[0.0, 0, 0], [100.0, 0, 0], [-100.0, 0, 0]])
    keep(ws, "frames", rows | {first: frames})
    samples = ws.samples
    by_name = {name: find_vectors_of(ws, samples, name) for name in ("alone", "frames")}
    means = [vectors.means(vectors.samples) for vectors in by_name.values()]
    assert np.allclose(means[0], means[1], atol=0.05)


def find_vectors_of(ws: Workspace, samples: pl.DataFrame, name: str):
    from widgets.plots.vectors import _read

    found = _read(ws.store.vectors_folder(name), samples.select("content_hash").with_row_index("row"))
    assert found is not None
    return found


def test_the_encoder_that_knows_most_samples_is_taken_and_vectors_of_texts_are_not(ws: Workspace) -> None:
    rows = line_of(ws)
    keep(ws, "few", dict(list(rows.items())[:3]))
    keep(ws, "most", rows)
    keep(ws, "texts", {f"{number:032x}": np.ones((1, 3)) for number in range(40)})
    broken = ws.store.vectors_folder("broken")
    (broken / "manifest.json").write_text("{")
    assert find_vectors(ws.store, ws.samples).encoder == "most"


def test_two_samples_need_no_map(ws: Workspace) -> None:
    keep(ws, "two", dict(list(line_of(ws).items())[:2]))
    with pytest.raises(NoVectorsError, match="Only 2 samples have a vector"):
        make_map(ws.store, find_vectors(ws.store, ws.samples))


def test_an_unknown_method_is_said_and_a_missing_package_names_the_install_line(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(ws, "one", line_of(ws))
    vectors = find_vectors(ws.store, ws.samples)
    with pytest.raises(UnknownNameError, match=r"'tsne'.*pca, umap"):
        make_map(ws.store, vectors, "tsne")
    monkeypatch.setattr(projection, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"caption-workbench\[umap\]"):
        make_map(ws.store, vectors, "umap")


class FakeUMAP:
    """Takes two columns as they are; notes what it was fitted on."""

    fitted: list[int] = []  # noqa: RUF012

    def __init__(self, **settings: object) -> None:
        self.settings = settings

    def fit_transform(self, rows: np.ndarray) -> np.ndarray:
        FakeUMAP.fitted.append(len(rows))
        return rows[:, :2]

    def transform(self, rows: np.ndarray) -> np.ndarray:
        return rows[:, :2] + 0.5


def test_umap_is_fitted_on_some_and_places_the_rest_and_says_so(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = ModuleType("umap")
    fake.UMAP = FakeUMAP
    monkeypatch.setitem(sys.modules, "umap", fake)
    monkeypatch.setattr(projection, "find_spec", lambda name: object())
    keep(ws, "one", line_of(ws))
    vectors = find_vectors(ws.store, ws.samples)
    assert "5 neighbours, cosine, seed 0; distances between" in make_map(ws.store, vectors, "umap").told
    monkeypatch.setattr(projection, "_FITTED", 4)
    made = make_map(ws.store, vectors, "umap", seed=1)
    assert FakeUMAP.fitted == [6, 4]
    assert "fitted on 4 samples, the rest placed among them" in made.told
    assert len(made.x) == 6


def test_a_lasso_holds_what_lies_in_it_whatever_its_shape() -> None:
    axis = np.arange(0, 65536, 512, dtype=np.uint16)
    x, y = (part.ravel() for part in np.meshgrid(axis, axis))
    around = np.linspace(0, 2 * np.pi, 300)
    circle = np.stack([30000 + 9000 * np.cos(around), 20000 + 9000 * np.sin(around)], axis=1)
    found = inside(x, y, circle.ravel().tolist())
    apart = np.hypot(x - 30000.0, y - 20000.0)
    assert found[apart < 8980].all()
    assert not found[apart > 9020].any()
    with pytest.raises(WorkbenchError, match="three corners"):
        inside(x, y, [1, 2, 3, 4])
