"""What a model says of rows: the same whatever is asked beside them, and nothing of its training changes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tiny_models
import torch
from PIL import Image

from workbench.finetune.config import RunConfig
from workbench.finetune.evaluation.generation import Sampling, say, tell
from workbench.finetune.models import Loaded

WORDS = ["Describe this image.", "Describe a red car on a beach at night, please."]
SHORT = Sampling(temperature=0.0, max_tokens=6)


@pytest.fixture
def talker() -> Loaded:
    tokenizer = tiny_models.make_tokenizer(WORDS)
    return _loaded(tiny_models.make_language_model(tokenizer), tokenizer, None)


@pytest.fixture
def viewer() -> Loaded:
    tokenizer = tiny_models.make_tokenizer(WORDS)
    model, processor = tiny_models.make_picture_model(tokenizer)
    return _loaded(model, tokenizer, processor)


def _loaded(model: Any, tokenizer: Any, processor: Any) -> Loaded:
    # Larger weights than those of chance, so that what is read decides what is said.
    for name, weights in model.named_parameters():
        if "norm" not in name:
            weights.data.mul_(8)
    return Loaded(model, tokenizer, processor, type(model).__name__, "tiny", "tiny", "cpu", "f32")


def _row(prompt: str, path: Path | None = None) -> dict[str, object]:
    return {
        "sample_id": "s", "media": "image" if path else "", "paths": [str(path)] if path else [],
        "duration_s": None, "start_s": None, "end_s": None, "prompt": prompt,
    }  # fmt: skip


def _pictures(folder: Path, count: int) -> list[Path]:
    paths = [folder / f"{number}.png" for number in range(count)]
    for number, path in enumerate(paths):
        Image.new("RGB", (40 + number, 32), (80 * number, 255 - 80 * number, 0)).save(path)
    return paths


def test_a_text_does_not_depend_on_what_is_told_beside_it(talker: Loaded) -> None:
    rows = [_row(WORDS[1]), _row(WORDS[0]), _row("a beach")]
    together = say(talker, rows, RunConfig(), SHORT)
    assert together == [say(talker, [row], RunConfig(), SHORT)[0] for row in rows]
    assert together == say(talker, rows, RunConfig(), SHORT, batch=2)
    assert len(set(together)) > 1


def test_rows_with_and_without_pictures_keep_their_order(viewer: Loaded, tmp_path: Path) -> None:
    first, second, third = _pictures(tmp_path, 3)
    rows = [_row(WORDS[0], third), _row("a beach"), _row(WORDS[0], first), _row(WORDS[0], second)]
    together = say(viewer, rows, RunConfig(), SHORT)
    assert together == [say(viewer, [row], RunConfig(), SHORT)[0] for row in rows]
    assert len({together[0], together[2], together[3]}) > 1, "pictures decide"


def test_drawn_words_repeat_with_their_seed_and_leave_chance_as_it_was(talker: Loaded) -> None:
    torch.manual_seed(5)
    expected = torch.rand(3)
    torch.manual_seed(5)
    drawn = [
        say(talker, [_row(WORDS[0])] * 4, RunConfig(), Sampling(max_tokens=6, seed=s)) for s in (1, 1, 2)
    ]
    assert torch.equal(torch.rand(3), expected)
    assert drawn[0] == drawn[1] != drawn[2]
    assert len(set(drawn[0])) > 1


def test_a_model_in_training_stays_in_training(talker: Loaded) -> None:
    talker.model.train()
    talker.tokenizer.padding_side = "right"
    say(talker, [_row(WORDS[0]), _row(WORDS[1])], RunConfig(), SHORT)
    assert talker.model.training
    assert talker.tokenizer.padding_side == "right"
    assert all(weights.grad is None for weights in talker.model.parameters())


def test_a_model_of_text_is_not_shown_pictures(talker: Loaded, tmp_path: Path) -> None:
    [path] = _pictures(tmp_path, 1)
    assert say(talker, [_row(WORDS[0], path)], RunConfig(), SHORT) == say(
        talker, [_row(WORDS[0])], RunConfig(), SHORT
    )


def test_a_text_that_came_to_no_end_says_so(talker: Loaded) -> None:
    [cut] = tell(talker, [_row(WORDS[0])], RunConfig(), Sampling(temperature=0.0, max_tokens=1))
    assert cut.text
    assert not cut.is_whole
    talker.tokenizer.eos_token = cut.text  # the very word it says first
    [ended] = tell(talker, [_row(WORDS[0])], RunConfig(), Sampling(temperature=0.0, max_tokens=1))
    assert ended.is_whole


def test_no_rows_give_no_texts(talker: Loaded) -> None:
    assert say(talker, [], RunConfig(), SHORT) == []
