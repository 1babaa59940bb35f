"""The benchmarks run, write the shape they promise, and measure what they say."""

from __future__ import annotations

import importlib
import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image

from benchmarks import mismatch
from workbench import metrics as results

COLOURS = {"red": (210, 40, 40), "green": (40, 170, 60), "blue": (40, 70, 210), "yellow": (240, 220, 50)}


def test_every_handed_on_caption_lies_on_another_photo_and_none_is_lost() -> None:
    captions = pl.DataFrame(
        {"path": [f"{n // 2}.jpg" for n in range(40)], "text": [f"caption {n}" for n in range(40)]}
    )
    planted = mismatch.corrupt(captions, 0.5, seed=1)
    assert planted["is_wrong"].sum() == 20
    assert sorted(planted["text"]) == sorted(captions["text"])
    assert planted.equals(mismatch.corrupt(captions, 0.5, seed=1))
    changed = captions.join(planted, on="text", suffix="_now").filter(pl.col("path") != pl.col("path_now"))
    assert changed.height == 20


def test_the_wrong_pair_benchmark_finds_what_it_planted(tmp_path: Path) -> None:
    media = tmp_path / "photos"
    media.mkdir()
    random = np.random.default_rng(0)
    lines = []
    for number in range(96):
        name = list(COLOURS)[number % 4]
        pixels = np.full((32, 32, 3), COLOURS[name], np.uint8) + random.integers(0, 8, (32, 32, 3), np.uint8)
        Image.fromarray(pixels).save(media / f"{number}.png")
        lines.append(json.dumps({"path": f"{number}.png", "text": f"{name} wall {number}"}))
    (tmp_path / "captions.jsonl").write_text("\n".join(lines))
    out = tmp_path / "out.json"
    mismatch.main(
        [str(media), "--captions-file", str(tmp_path / "captions.jsonl"),
         "--photos", "80", "--corrupt", "0.1",
         "--encoder", "fake", "--seed", "3", "--json", str(out)]
    )  # fmt: skip
    document = json.loads(out.read_text())
    assert set(document) >= {"benchmark", "date", "device", "versions", "results"}
    found = document["results"]
    assert found["auroc"]["value"] > 0.8
    assert found["auroc"]["low"] <= found["auroc"]["value"] <= found["auroc"]["high"]
    assert {"auroc_image_text", "precision_at_5pct", "precision_at_20pct", "items_per_s"} <= set(found)
    assert {"auroc_caption_length", "auroc_file_size"} <= set(found)
    assert set(found["auroc"]) == {"value", "low", "high", "n", "unit"}


def test_what_is_undefined_is_null_in_the_result(tmp_path: Path) -> None:
    out = tmp_path / "out.json"
    results.write_results("nothing", {"share": results.Metric(float("nan"), 0, "share")}, path=str(out))
    assert json.loads(out.read_text())["results"]["share"]["value"] is None


@pytest.mark.parametrize("name", ["av_sync --clips", "human --captions c --ratings", "minimal_pairs --pairs"])
def test_a_path_that_is_not_there_is_said_without_a_traceback(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    module, *arguments = name.split()
    with pytest.raises(SystemExit) as ended:
        importlib.import_module(f"benchmarks.{module}").main([*arguments, "nowhere"])
    assert ended.value.code == 2
    assert "there is nothing at" in capsys.readouterr().err
