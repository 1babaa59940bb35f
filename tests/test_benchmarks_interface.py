"""The benchmark of the views: what it writes, and the words that it searches for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from benchmarks import interface
from benchmarks.interface_walk import quantile_95
from benchmarks.interface_world import make_world

PROMISED = (
    "first_paint_s", "jump_p95_s", "brush_p95_s", "substring_s", "step_p95_s", "kernel_mb", "page_heap_mb",
    "notebook_kb",
)  # fmt: skip


@pytest.fixture
def without_a_page(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Every walk finds what its seed says, and no browser starts."""
    started: list[int] = []

    class Walk:
        def __init__(self, *_where: object, seed: int) -> None:
            self.seed = seed
            started.append(seed)

        def warm(self, wanted: interface.Wanted) -> dict[str, float]:
            assert wanted.words, "nothing to search for"
            return {name: float(self.seed + 1) for name in (*PROMISED, "busy_jump_p95_s")}

        def cold(self) -> float:
            return 9.0

        def close(self) -> None:
            pass

    @contextmanager
    def nothing(*_folder: Path) -> Iterator[None]:
        yield None

    def make_small(folder: Path, _samples: int) -> None:
        make_world(folder, 200)

    monkeypatch.setattr(interface, "Walk", Walk)
    monkeypatch.setattr(interface, "_lab", nothing)
    monkeypatch.setattr(interface, "_chromium", nothing)
    monkeypatch.setattr(interface, "make_world", make_small)
    return started


def test_a_value_is_the_median_of_three_walks_beside_the_least_and_the_most(
    without_a_page: list[int], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out.json"
    interface.main(["--quick", "--worlds", str(tmp_path), "--json", str(out)])
    found = json.loads(out.read_text())["results"]
    assert without_a_page[:3] == [0, 1, 2]
    for name in PROMISED:
        metric = found[f"{name}_10k"]
        assert (metric["low"], metric["value"], metric["high"], metric["n"]) == (1.0, 2.0, 3.0, 3)
    assert found["polars_substring_s_10k"]["value"] < 1
    said = capsys.readouterr().err
    assert "first_paint_s_10k: 2 s, OVER 1" in said
    assert "kernel_mb_10k: 2 MB, within 300" in said


def test_every_bound_is_of_something_that_is_measured() -> None:
    assert set(PROMISED) <= set(interface.BOUNDS)


def test_ninety_five_of_a_hundred_lie_under_the_quantile() -> None:
    assert quantile_95([number / 100 for number in range(1, 101)]) == pytest.approx(0.95, abs=0.002)
