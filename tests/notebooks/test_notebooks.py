"""Every notebook is run from its first cell to its last, on a small demo, with the encoder made for tests."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import polars as pl
import pytest
from nbclient import NotebookClient

import workbench

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
_SMALL = "workspace = {workspace!r}\nencoder = 'fake'\ndemo_photos = 20\n"


def parameters_appended(file: Path, text: str) -> nbformat.NotebookNode:
    """Return the notebook with lines added to its cell of parameters."""
    book = nbformat.read(file, as_version=4)
    [cell] = [cell for cell in book.cells if "parameters" in cell.metadata.get("tags", [])]
    cell.source += "\n" + text
    return book


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path / "ipython"))
    monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))


@pytest.mark.usefixtures("quiet")
@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)
def test_the_notebook_does_the_whole_job_and_stays_small(file: Path, tmp_path: Path) -> None:
    book = parameters_appended(file, _SMALL.format(workspace=str(tmp_path / "ws")))
    # With the state of its widgets, which is what JupyterLab saves when it is asked to.
    client = NotebookClient(book, timeout=120, kernel_name="python3", store_widget_state=True)
    client.execute(cwd=str(tmp_path))
    views = sum("widgets." in cell.source for cell in book.cells if cell.cell_type == "code")
    assert len(nbformat.writes(book)) < 100_000 * max(1, views)
    ws = workbench.open(tmp_path / "ws")
    assert ws.scores.filter(pl.col("scorer") == "similarity").height == ws.captions.height > 20
    assert not ws.flags.is_empty()
    assert (tmp_path / "ws" / "verdicts.csv").stat().st_size > 100
    assert (tmp_path / "ws" / "report.html").stat().st_size > 1000


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)
def test_the_notebook_is_short_and_stores_no_outputs(file: Path) -> None:
    book = nbformat.read(file, as_version=4)
    assert len(book.cells) < 15
    assert book.metadata.kernelspec.name == "python3"
    for cell in book.cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None
    assert not re.search(r"/(home|tmp|root)/", nbformat.writes(book))
