"""Disagreements in the shell: listed, settled by a line, told apart from what is open."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from workbench.cli import main
from workbench.review import decide
from workbench.store import Store


@pytest.fixture
def disputed(filled_store: Store) -> str:
    """A caption on which ana and ben differ, and one on which they agree."""
    one, two = filled_store.read("captions")["caption_id"].to_list()[:2]
    decide(filled_store, one, "misaligned", annotator="ana", error_types=["object"])
    for who, key in (("ben", one), ("ana", two), ("ben", two)):
        decide(filled_store, key, "ok", annotator=who)
    return one


def test_disagreements_are_listed_with_who_said_what(
    filled_store: Store, disputed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["disagreements", str(filled_store.path), "--open"]) == 0
    shown = capsys.readouterr().out
    assert "1 caption that people decided differently on" in shown
    assert f"{disputed}  " in shown
    assert "verdict: ana misaligned object; ben ok" in shown


def test_a_line_settles_a_disagreement_with_its_marks(
    filled_store: Store, disputed: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    line = {
        "caption_id": disputed, "verdict": "misaligned", "is_adjudicated": True, "annotator": "cem",
        "spans": [[0, 2]], "severity": 2, "interval": [0.5, 1],
    }  # fmt: skip
    file = tmp_path / "lines.jsonl"
    file.write_text(json.dumps(line) + "\n" + json.dumps(line | {"spans": [[1]]}))
    assert main(["decide", str(filled_store.path), "--from", str(file)]) == 1
    assert "line 2 refused: spans is" in capsys.readouterr().err
    row = filled_store.journal.frame().filter(caption_id=disputed).row(0, named=True)
    assert (row["annotator"], row["is_adjudicated"]) == ("cem", True)
    assert (row["spans"], row["severity"], row["start_s"]) == ([[0, 2]], 2, 0.5)
    main(["disagreements", str(filled_store.path), "--open"])
    assert capsys.readouterr().out.startswith("0 captions")
    main(["disagreements", str(filled_store.path)])
    assert "settled by cem: misaligned" in capsys.readouterr().out
