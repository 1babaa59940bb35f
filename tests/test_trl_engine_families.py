"""Families of models beyond LLaVA train by TRL, on pictures of several sizes and on frames of a video."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.made_clips import RED, write_squares
from tests.made_tuning import Ear, flagged_of, pairs_of_pictures, picture_model, quick_config
from tests.tiny_families import make_idefics, make_qwen
from tests.tiny_models import make_picture_model
from workbench.finetune.engines.base import Job
from workbench.finetune.engines.choosing import choose_engine
from workbench.finetune.engines.trl import TrlEngine
from workbench.finetune.weights import load_tuned

pytest.importorskip("trl", reason="the extra `finetune` is not installed")


def needs_torchvision() -> None:
    pytest.importorskip("torchvision", reason="Qwen2-VL's processor needs torchvision")


def of_several_sizes(folder: Path) -> pl.DataFrame:
    """Return pairs of six pictures, half of them wide."""
    from PIL import Image

    rows = pairs_of_pictures(folder)
    for path in {path for paths in rows["paths"] for path in paths[:1] if int(Path(path).stem) % 2}:
        Image.open(path).resize((90, 40)).save(path)
    return rows


@pytest.mark.parametrize(("make", "check"), [(make_idefics, None), (make_qwen, needs_torchvision)])
def test_a_family_trains_and_speaks_and_is_kept(
    tmp_path: Path, make: Callable[[Any], tuple[Any, Any]], check: Callable[[], None] | None
) -> None:
    if check:
        check()
    model, rows = picture_model(tmp_path / "model", make), of_several_sizes(tmp_path / "pictures")
    job = Job(quick_config(model), rows, flagged_of(rows), tmp_path / "run")
    choice = choose_engine(job)
    assert choice.name == "trl"
    assert "not proven for" in choice.why
    ear = Ear()
    trained = TrlEngine().train(job, ear)
    assert ear.losses[0] == pytest.approx(math.log(2), abs=1e-5)
    assert ear.losses[-1] < ear.losses[0]
    assert len(ear.said[-1][1]) == 2
    tuned = load_tuned(trained.weights, device="cpu")
    names = {name for name, _ in tuned.model.named_parameters() if "lora_" in name}
    assert names
    assert not [name for name in names if "vision" in name or "visual" in name], "the tower stays as it was"


@pytest.mark.parametrize("make", [make_picture_model, make_idefics])
def test_a_video_is_shown_as_its_frames(tmp_path: Path, make: Callable[[Any], tuple[Any, Any]]) -> None:
    clip = tmp_path / "clip.mp4"
    write_squares(clip, [(RED, 0.0, 1.0)], 1.0)
    film = {"media": pl.lit("video"), "paths": pl.lit([str(clip)]), "duration_s": pl.lit(1.0)}
    rows = pairs_of_pictures(tmp_path / "pictures").with_columns(**film)
    config = quick_config(picture_model(tmp_path / "model", make), frames=3, epochs=1)
    ear = Ear()
    TrlEngine().train(Job(config, rows, flagged_of(rows, 0), tmp_path / "run"), ear)
    assert ear.losses[0] == pytest.approx(math.log(2), abs=1e-5)
    more = quick_config(config.model, frames=4, epochs=1)
    other = Ear()
    TrlEngine().train(Job(more, rows, flagged_of(rows, 0), tmp_path / "more"), other)
    assert other.steps[0].tokens > ear.steps[0].tokens, "each frame has its tokens"
