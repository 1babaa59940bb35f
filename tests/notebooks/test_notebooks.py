"""Every notebook is run from its first cell to its last, on a small demo, with the encoder made for tests."""

from __future__ import annotations

import json
import re
from pathlib import Path

import nbformat
import polars as pl
import pytest
from nbclient import NotebookClient

import workbench
from workbench.scoring import SCORERS
from workbench.workspace import Workspace

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
_SMALL = (
    "workspace = {workspace!r}\nencoder = 'fake'\ndemo_photos = 60\nbenchmark_scenes = 8\n"
    "flagged, built = 40, 60\nepochs = 2\nthorough = 24\n"
)


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


def executed(file: Path, folder: Path) -> tuple[nbformat.NotebookNode, Workspace]:
    """Run a notebook on a small demo; return it with its outputs and the workspace it has made."""
    book = parameters_appended(file, _SMALL.format(workspace=str(folder / "ws")))
    # With the state of its widgets, which is what JupyterLab saves when it is asked to.
    client = NotebookClient(book, timeout=600, kernel_name="python3", store_widget_state=True)
    client.execute(cwd=str(folder))
    return book, workbench.open(folder / "ws")


def views_size(book: nbformat.NotebookNode) -> int:
    """Return the size of what the widgets leave in a saved notebook."""
    return len(json.dumps(book.metadata))


def texts_shown(book: nbformat.NotebookNode, cell_id: str) -> str:
    [cell] = [cell for cell in book.cells if cell.id == cell_id]
    shown = [out.get("text") or out.get("data", {}).get("text/html", "") for out in cell.outputs]
    return "\n".join(shown)


@pytest.mark.usefixtures("quiet")
def test_the_first_notebook_does_the_whole_job_and_stays_small(tmp_path: Path) -> None:
    book, ws = executed(ROOT / "notebooks" / "01_find_misaligned_pairs.ipynb", tmp_path)
    views = sum("widgets." in cell.source for cell in book.cells if cell.cell_type == "code")
    assert len(nbformat.writes(book)) < 125_000 * views
    assert ws.scores.filter(pl.col("scorer") == "similarity").height == ws.captions.height > 20
    assert not ws.flags.is_empty()
    assert (tmp_path / "ws" / "verdicts.csv").stat().st_size > 100
    assert (tmp_path / "ws" / "report.html").stat().st_size > 1000


@pytest.mark.usefixtures("quiet")
def test_the_second_notebook_scores_every_kind_of_error_and_says_what_it_rests_on(tmp_path: Path) -> None:
    book, ws = executed(ROOT / "notebooks" / "02_what_is_wrong_and_where.ipynb", tmp_path)
    views = sum("widgets." in cell.source for cell in book.cells if cell.cell_type == "code")
    assert views_size(book) < 125_000 * views
    defined = ws.scores.filter(pl.col("value").is_finite())
    assert {"wrong_pair", "object", "attribute", "interval"} <= set(defined["error_type"])
    assert defined["start_char"].count() > 0
    assert ws.verdicts.height >= 50
    for name in SCORERS:
        assert name in texts_shown(book, "score")
    assert "caption length" in texts_shown(book, "reliability"), "trivial baselines stand beside"
    assert "attribute" in texts_shown(book, "benchmark")
    assert "held-out" in texts_shown(book, "tune")
    for place in ("space", "trust-figure"):
        assert "bokeh" in texts_shown(book, place).lower()


@pytest.mark.usefixtures("quiet")
def test_the_third_notebook_goes_from_corrections_to_files_that_trainers_read(tmp_path: Path) -> None:
    book, ws = executed(ROOT / "notebooks" / "03_from_corrections_to_pairs.ipynb", tmp_path)
    views = sum("widgets." in cell.source for cell in book.cells if cell.cell_type == "code")
    assert views == 3
    assert len(nbformat.writes(book)) < 125_000 * views
    assert {"edit", "built"} <= set(ws.pairs["origin"])
    assert ws.captions["parent"].count() == ws.pairs.filter(origin="edit")["chosen_id"].n_unique()
    assert ws.judgements.height > 50
    assert {"train", "held_out"} <= set(ws.pairs["split"])
    assert "rules looked" in texts_shown(book, "lint")
    assert "told blind" in texts_shown(book, "built")
    rows = [json.loads(line) for line in (tmp_path / "ws" / "pairs.trl.jsonl").read_text().splitlines()]
    accepted = set(ws.pairs.filter(status="accepted")["pair_id"])
    assert {row["pair_id"] for row in rows} == accepted
    assert "<del>" in (tmp_path / "ws" / "report.html").read_text()


@pytest.mark.usefixtures("quiet")
def test_the_fourth_notebook_tunes_a_model_and_shows_before_and_after(tmp_path: Path) -> None:
    book, ws = executed(ROOT / "notebooks" / "04_short_dpo_and_proof.ipynb", tmp_path)
    views = sum("widgets." in cell.source for cell in book.cells if cell.cell_type == "code")
    assert views == 2
    assert views_size(book) < 125_000 * views
    assert len(nbformat.writes(book)) < 250_000
    assert "Pre-flight" in texts_shown(book, "check")
    assert "finished" in texts_shown(book, "wait")
    assert set(ws.runs) == {"mended", "imitated"}
    found = ws.runs["mended"].evaluation
    assert found.flagged.height == 24
    assert 16 <= found.metrics["recall_greedy_before"].n <= 24, "samples whose things are known"
    assert found.metrics["reward_accuracy"].value > 0.5
    for text in ("named and not there", "there and named", "change (95 %)"):
        assert text in texts_shown(book, "evaluation")
    assert "by imitation" in texts_shown(book, "imitation")
    assert "judged blind" in texts_shown(book, "blind")
    assert (tmp_path / "ws" / "mended" / "README.md").read_text().startswith("# Run mended")
    assert 'id="finetune"' in (tmp_path / "ws" / "report.html").read_text()


@pytest.mark.usefixtures("quiet")
def test_the_fifth_notebook_shows_every_view_and_stays_small(tmp_path: Path) -> None:
    book, ws = executed(ROOT / "notebooks" / "05_browse_and_review.ipynb", tmp_path)
    views = ("Gallery", "Plots", "Review", "Player")
    sources = "\n".join(cell.source for cell in book.cells if cell.cell_type == "code")
    assert [view for view in views if f"widgets.{view}(" in sources] == list(views)
    # JupyterLab saves a notebook without the state of its widgets unless asked; with it, each of the five
    # brings its own bundle.
    assert len(nbformat.writes(book)) - views_size(book) < 100_000
    assert views_size(book) < 110_000 * 5
    assert "similarity" in texts_shown(book, "code")
    assert ws.verdicts.is_empty(), "looking decides nothing"


@pytest.mark.parametrize("file", NOTEBOOKS, ids=lambda file: file.stem)
def test_the_notebook_is_short_and_stores_no_outputs(file: Path) -> None:
    book = nbformat.read(file, as_version=4)
    assert len(book.cells) < 24
    assert book.metadata.kernelspec.name == "python3"
    for cell in book.cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None
    assert not re.search(r"/(home|tmp|root)/", nbformat.writes(book))
