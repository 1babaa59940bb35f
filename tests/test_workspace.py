"""The facade: it opens, it shows frames, and it hands every verb its store."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from made_stores import fill

import workbench
from workbench.store import Store


def test_a_session_in_ten_lines_keeps_its_decisions(tmp_path: Path) -> None:
    captions = fill(workbench.create(tmp_path / "ws", annotator="ana").store, 20)
    ws = workbench.open(tmp_path / "ws", annotator="ana")
    ws.flag(workbench.Rule(lowest_share=0.1))
    ws.decide(captions[0], "misaligned", error_types=["object"])
    ws.decide(captions[1], "ok")
    ws.undo()
    item = ws.queue().next()
    assert item is not None
    assert item.caption_id != captions[0]
    again = workbench.open(tmp_path / "ws")
    assert again.verdicts.select("caption_id", "annotator", "verdict").rows() == [
        (captions[0], "ana", "misaligned")
    ]
    assert again.flags.height == 2
    assert ws.redo() is not None
    assert ws.estimate().decided == 2
    assert ws.export(tmp_path / "out.jsonl").decided == 2


def test_a_workspace_says_what_it_holds(tmp_path: Path) -> None:
    ws = workbench.create(tmp_path / "ws")
    assert repr(ws).endswith("0 samples, 0 captions)")


def test_importing_the_package_loads_nothing_heavy() -> None:
    script = (
        "import sys, workbench; print([m for m in ('torch', 'polars', 'av', 'fiftyone') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"


def test_an_unknown_attribute_lists_what_there_is() -> None:
    with pytest.raises(AttributeError, match="workbench has no 'opne'; it has Rule"):
        workbench.opne  # noqa: B018


def test_the_journal_of_a_workspace_may_live_elsewhere(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'elsewhere.db'}"
    store = Store.create(tmp_path / "ws", url)
    workbench.open(store.path).decide(fill(store, 1)[0], "ok")
    assert (tmp_path / "elsewhere.db").exists()
    assert not (store.path / "journal.db").exists()


def test_the_demo_is_one_call(tmp_path: Path) -> None:
    with pytest.raises(workbench.WorkbenchError, match="not an empty folder"):
        workbench.demo(_folder_with_a_file(tmp_path), images=4, videos=0, audio=0)


def _folder_with_a_file(folder: Path) -> Path:
    (folder / "thesis.txt").write_text("mine")
    return folder
