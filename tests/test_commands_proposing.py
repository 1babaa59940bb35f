"""The shell: candidates from a file or a model, blind negatives, captions rejected alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image
from small_checkpoints import write_llava

from workbench.cli import main
from workbench.workspace import Workspace, create


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    media = tmp_path / "media"
    media.mkdir()
    for colour, value in {"red": (210, 40, 40), "blue": (40, 70, 210)}.items():
        Image.new("RGB", (48, 40), value).save(media / f"{colour}.png")
    lines = [
        json.dumps({"path": f"{colour}.png", "text": f"a {colour} square"}) for colour in ("red", "blue")
    ]
    (tmp_path / "captions.jsonl").write_text("\n".join(lines))
    made = create(tmp_path / "ws", annotator="ana")
    made.ingest(media, captions=tmp_path / "captions.jsonl", progress=False)
    return made


def test_candidates_of_a_file_are_ordered_by_how_well_they_fit(
    ws: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pool = tmp_path / "pool.jsonl"
    rows = [
        {"path": f"{colour}.png", "texts": ["one red thing", "one blue thing"]} for colour in ("red", "blue")
    ]
    pool.write_text("\n".join([*map(json.dumps, rows), json.dumps({"path": "none.png", "text": "a"})]))
    assert main(["candidates", str(ws.path), str(pool), "--encoder", "fake", "--by", "similarity"]) == 1
    told = capsys.readouterr().out
    assert "2 pairs of 4 candidates on 2 samples" in told
    assert "1 rows were rejected" in told
    assert sorted(ws.pairs["chosen_text"]) == ["one blue thing", "one red thing"]
    right = dict(ws.samples.select("sample_id", "path").iter_rows())
    for row in ws.pairs.iter_rows(named=True):
        assert right[row["sample_id"]].removesuffix(".png") in row["chosen_text"]
        assert row["margin"] > 0
        assert row["status"] == "proposed"


def test_a_model_of_the_users_says_what_becomes_pairs(
    ws: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("torch", reason="the extra [torch] is not installed")
    model = str(write_llava(tmp_path / "llava"))
    asked = ["candidates", str(ws.path), "--model", model, "--by", "", "--select", "first"]
    assert main([*asked, "--count", "8", "--max-tokens", "16", "--prompt", "Is there a dog"]) == 0
    assert "texts on 2 samples" in capsys.readouterr().out
    assert set(ws.pairs["origin"]) == {"on_policy"}
    for caption in ws.captions["caption_id"]:
        ws.decide(caption, "ok")
    blind = ["masked", str(ws.path), model, "--hide", "grey", "--kept-share", "0"]
    assert main([*blind, "--tries", "1", "--max-tokens", "4"]) == 0
    assert "of 2 verified captions" in capsys.readouterr().out


def test_captions_found_wrong_are_kept_alone(ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    ws.decide(ws.captions["caption_id"][0], "misaligned", error_types=["attribute"])
    assert main(["rejected", str(ws.path), "--json", "-"]) == 0
    assert json.loads(capsys.readouterr().out) == {"added": 1, "removed": 0, "standing": 1}


def test_candidates_come_from_one_place(ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["candidates", str(ws.path)]) == 2
    assert "from a file or from a model" in capsys.readouterr().err
