"""What the README tells people to type does what it says, in that order, on a small set of drawn pictures."""

from __future__ import annotations

import csv
import json
import os
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

import workbench.workspace
from workbench.cli import main
from workbench.demo import build_world

README = (Path(__file__).resolve().parents[1] / "README.md").read_text()
GENERATED_ELSEWHERE = ("demo", "doctor")  # they have tests of their own
# A fine-tune needs a model that knows the words of the set; tests of runs and of notebook 04 have one.
TUNED_ELSEWHERE = ("finetune", "runs", "evaluate-run")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand in a folder with `photos` and `captions.csv`, as the README supposes."""
    pytest.importorskip("torch", reason="the README's scorers need torch")
    build_world(tmp_path / "world", images=24, videos=0, audio=0, seed=3)
    (tmp_path / "world" / "media").rename(tmp_path / "photos")
    rows = [json.loads(line) for line in (tmp_path / "world" / "captions.jsonl").read_text().splitlines()]
    with (tmp_path / "captions.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, ["path", "text"])
        writer.writeheader()
        writer.writerows({"path": Path(row["path"]).name, "text": row["text"]} for row in rows)
    (tmp_path / "instances.json").write_text(json.dumps(one_box(Path(rows[0]["path"]).name)))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def one_box(name: str) -> dict[str, list[dict[str, object]]]:
    """Return COCO instances of one picture."""
    return {
        "images": [{"id": 1, "file_name": name, "width": 100, "height": 100}],
        "categories": [{"id": 7, "name": "dog"}],
        "annotations": [{"id": 3, "image_id": 1, "category_id": 7, "bbox": [10, 10, 30, 20]}],
    }


def shell_lines() -> Iterator[list[str]]:
    blocks = re.findall(r"^```sh\n(.*?)^```", README, re.MULTILINE | re.DOTALL)
    block = next(block for block in blocks if "workbench create" in block)
    for line in block.splitlines():
        yield shlex.split(line, comments=True)


def test_the_shell_verbs_do_the_job_in_the_order_given(folder: Path) -> None:
    done = []
    for program, verb, *arguments in shell_lines():
        assert program == "workbench"
        if verb in (*GENERATED_ELSEWHERE, *TUNED_ELSEWHERE):
            continue
        if verb == "decide":
            captions = workbench.workspace.open("my-set").captions["caption_id"].to_list()
            rows = [{"caption_id": one, "verdict": "ok", "key": one} for one in captions[:12]]
            Path("decisions.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
        assert main([verb, *arguments]) == 0, (verb, arguments)
        done.append(verb)
    ws = workbench.workspace.open("my-set")
    assert ws.samples.height == 24
    assert set(ws.scores["error_type"]) > {"wrong_pair", "object", "attribute"}
    assert ws.regions.height == 1
    assert ws.verdicts.height == 11  # twelve saved, one taken back
    assert ws.pairs["split"].n_unique() == 2
    assert (folder / "captions.jsonl").stat().st_size > 0
    assert (folder / "pairs.jsonl").stat().st_size > 0
    assert (folder / "my-set" / "report.html").stat().st_size > 10_000
    assert {"ingest", "score", "decide", "export", "report"} <= set(done)


def test_the_python_does_the_job_in_the_order_given(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, object] = {}
    for block in re.findall(r"^```python\n(.*?)^```", README, re.MULTILINE | re.DOTALL):
        if "RunConfig" in block:
            continue
        if "build_pairs" in block:  # by now the reader has reviewed some
            ws = workbench.workspace.open("my-set")
            for caption in ws.captions["caption_id"].to_list()[:20]:
                ws.decide(caption, "ok")
        exec(block, names)  # noqa: S102  the README is ours, and running it is the point
    assert os.path.getsize("pairs.jsonl") > 0
    assert workbench.workspace.open("my-set").flags.height > 0
    assert "verdict" in capsys.readouterr().out
