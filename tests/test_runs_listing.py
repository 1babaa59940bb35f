"""Runs are listed newest last, compared side by side, and make way for the cell that is run again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from started_runs import FAKE, fake_rows, flagged_items, start_fake

from workbench.errors import RunError, UnknownNameError
from workbench.finetune.comparing import compare_runs
from workbench.finetune.config import RunConfig
from workbench.finetune.listing import list_runs
from workbench.finetune.replacing import Cell, current_cell, make_way
from workbench.finetune.run import Run, start_run

_PATIENCE_S = 300


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    home = tmp_path / "runs"
    home.mkdir()
    yield home
    for folder in home.glob("[!.]*/"):
        Run(folder).kill().wait(_PATIENCE_S)


def start_in(home: Path, cell: Cell, **settings: float) -> Run:
    config = RunConfig(device="cpu", **settings)
    facts = cell.as_facts()
    return start_run(home, config, fake_rows(), flagged_items(), facts=facts, program=FAKE)


def test_runs_are_listed_newest_last_with_how_they_stand(home: Path) -> None:
    names = [start_fake(home, RunConfig(device="cpu", name=name)).name for name in ("second", "first")]
    runs = list_runs(home)
    assert list(runs) == names == ["second", "first"]
    for run in runs.values():
        run.wait(_PATIENCE_S)
    frame = list_runs(home).frame
    assert frame["state"].to_list() == ["finished", "finished"]
    assert frame["held_out"].to_list() == [1.0, 1.0]
    assert "finished" in str(runs)
    assert "<table" in runs._repr_html_()


def test_an_unknown_run_is_named_beside_those_there_are(home: Path) -> None:
    start_fake(home, RunConfig(device="cpu", name="mine"))
    with pytest.raises(UnknownNameError, match="Known: mine"):
        list_runs(home)["myne"]
    assert list_runs(home).get("myne") is None
    assert str(list_runs(home / "none")).startswith("No runs yet")


def test_runs_side_by_side_show_what_differs_and_whether_their_pairs_are_the_same(home: Path) -> None:
    one = start_fake(home)
    two = one.clone({"learning_rate": 1e-3})
    other = start_run(home, RunConfig(device="cpu"), fake_rows().head(1), flagged_items(), program=FAKE)
    for run in (one, two, other):
        run.wait(_PATIENCE_S)
    found = compare_runs([one, two, other])
    assert found.settings.rows() == [("learning_rate", "0.0002", "0.001", "0.0002")]
    assert found.results["same_pairs"].to_list() == [True, True, False]
    assert "cannot be compared" in str(found)
    assert set(found.curves["curve"].unique()) >= {"loss", "margin", "held_out_accuracy"}
    assert found.curves.filter(curve="loss", run="dpo-1").height == 4
    with pytest.raises(RunError, match="no run to compare"):
        compare_runs([])


def test_curves_of_several_runs_are_drawn_on_one_plot(home: Path) -> None:
    pytest.importorskip("holoviews", reason="the extra `plots` draws figures")
    one = start_fake(home)
    two = one.clone()
    for run in (one, two):
        run.wait(_PATIENCE_S)
    layout = compare_runs([one, two]).figure()
    first = next(iter(layout))
    assert [curve.label for curve in first] == ["dpo-1", "dpo-2"]


def test_a_run_of_the_same_name_is_stopped_and_set_aside(home: Path) -> None:
    (home / "pace").touch()
    start_fake(home, RunConfig(device="cpu", name="mine"))
    told = make_way(home, "mine", None)
    assert not (home / "mine").exists()
    assert list_runs(home)["mine~1"].state == "stopped"
    assert "kept as 'mine~1'" in told[-1]
    assert make_way(home, "mine", None) == []


def test_a_cell_run_again_stops_what_it_started_and_nothing_else(home: Path) -> None:
    (home / "pace").touch()
    mine, also_mine = (start_in(home, Cell("cell", "first time")) for _ in range(2))
    elses = start_in(home, Cell("another cell", "first time"))
    assert make_way(home, "", Cell("cell", "first time")) == []
    assert len(make_way(home, "", Cell("cell", "second time"))) == 2
    assert (mine.state, also_mine.state) == ("stopped", "stopped")
    assert elses.is_alive


def test_outside_a_notebook_there_is_no_cell() -> None:
    assert current_cell() is None


class _Shell:
    """As much of a notebook's shell as tells which cell is run."""

    def __init__(self, request: Mapping[str, object]) -> None:
        self.kernel = self
        self.get_parent: Callable[[str], Mapping[str, object]] = lambda _channel: request


def test_the_cell_of_a_notebook_is_known_where_the_front_end_tells_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ipython = pytest.importorskip("IPython", reason="the notebook's shell")
    told = {"header": {"msg_id": "m1"}, "metadata": {"cellId": "c1"}}
    monkeypatch.setattr(ipython, "get_ipython", lambda: _Shell(told))
    assert current_cell() == Cell("c1", "m1")
    monkeypatch.setattr(ipython, "get_ipython", lambda: _Shell({"header": {"msg_id": "m1"}, "metadata": {}}))
    assert current_cell() is None
