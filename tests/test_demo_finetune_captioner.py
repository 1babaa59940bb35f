"""The two captioners that come with the workbench: ordinary checkpoints that see, end, and imagine things."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from workbench.demo.finetune.captioner import PROMPTS
from workbench.demo.finetune.captions import list_words
from workbench.demo.finetune.drawing import draw_scene
from workbench.demo.finetune.lessons import scale_pixels
from workbench.demo.finetune.scenes import Scene, make_scene
from workbench.demo.finetune.speaking import open_captioner, say, stack_pixels
from workbench.demo.finetune.truth import measure_captions
from workbench.finetune.models import EMBEDDED_FOLDERS

MODELS = sorted(EMBEDDED_FOLDERS)
SCENES = [make_scene(f"test of the captioner/{number}") for number in range(120)]


@pytest.fixture(scope="module")
def drawn() -> Any:
    return stack_pixels([draw_scene(scene) for scene in SCENES])


@pytest.fixture(scope="module", params=MODELS)
def captioner(request: pytest.FixtureRequest) -> tuple[Any, Any]:
    return open_captioner(EMBEDDED_FOLDERS[request.param])


@pytest.mark.parametrize("name", MODELS)
def test_a_captioner_is_an_ordinary_folder_of_at_most_five_megabytes(name: str) -> None:
    folder = EMBEDDED_FOLDERS[name]
    files = {file.name for file in folder.iterdir()}
    assert {"config.json", "model.safetensors", "tokenizer.json", "processor_config.json"} <= files
    assert sum(file.stat().st_size for file in folder.iterdir()) <= 5_000_000
    assert json.loads((folder / "config.json").read_text())["model_type"] == "llava"
    assert not [file for file in files if Path(file).suffix not in {".json", ".safetensors", ".jinja"}]


def test_it_sees_and_imagines(captioner: tuple[Any, Any], drawn: Any) -> None:
    likeliest, sampled = say(*captioner, drawn), say(*captioner, drawn, is_sampled=True, seed=1)
    for texts, least, most in ((likeliest, 0.05, 0.25), (sampled, 0.10, 0.35)):
        found = measure_captions(texts, SCENES, rounds=0)
        assert least < found["chair_i"].value < most
        assert found["recall"].value > 0.75
        assert found["malformed"].value < 0.1
    assert say(*captioner, drawn[:20], is_sampled=True, seed=1) != sampled[:20] or sampled != likeliest
    assert say(*captioner, drawn, is_sampled=True, seed=1) == sampled


def test_it_reads_the_picture_and_not_only_its_habits(captioner: tuple[Any, Any], drawn: Any) -> None:
    shown_others = [SCENES[(number + 1) % len(SCENES)] for number in range(len(SCENES))]
    texts = say(*captioner, drawn)
    assert measure_captions(texts, shown_others, rounds=0)["chair_i"].value > 0.5


def test_every_word_of_a_caption_is_known_and_comes_back_as_written(captioner: tuple[Any, Any]) -> None:
    words = captioner[1].tokenizer
    assert not [word for word in list_words() if words.convert_tokens_to_ids(word) == words.unk_token_id]
    text = "On a beach we can see a red car, a blue dog and a white cat."
    assert words.decode(words(text).input_ids) == text


def test_prompts_of_any_length_go_in_one_batch_and_each_answer_ends(captioner: tuple[Any, Any]) -> None:
    model, processor = captioner
    picture = draw_scene(SCENES[0])
    asked = [
        processor.apply_chat_template([{"role": "user", "content": content}], add_generation_prompt=True)
        for content in (
            [{"type": "image"}, {"type": "text", "text": PROMPTS[0]}],
            "<image> " + PROMPTS[1],
        )
    ]
    alone = processor(text=asked[:1], images=[picture], return_tensors="pt")
    both = processor(text=asked, images=[[picture], [picture]], padding=True, return_tensors="pt")
    end = processor.tokenizer.eos_token_id
    said = [model.generate(**batch)[:, batch["input_ids"].shape[1] :] for batch in (alone, both)]
    assert (said[1] == end).any(dim=1).all()
    first = processor.batch_decode(said[0], skip_special_tokens=True)
    assert processor.batch_decode(said[1], skip_special_tokens=True)[:1] == first


def test_training_sees_a_picture_as_the_processor_makes_it(captioner: tuple[Any, Any], drawn: Any) -> None:
    made = captioner[1].image_processor([Image.fromarray(one) for one in drawn[:3]], return_tensors="pt")
    np.testing.assert_allclose(made["pixel_values"].numpy(), scale_pixels(drawn[:3]).numpy(), atol=1e-5)


def test_the_two_captioners_differ(drawn: Any) -> None:
    first, second = (say(*open_captioner(EMBEDDED_FOLDERS[name]), drawn[:30]) for name in MODELS)
    assert first != second


def test_scenes_of_the_tests_are_no_lesson() -> None:
    lessons: set[Scene] = {make_scene(f"usual/{seed}/{n}") for seed in (1, 2) for n in range(200)}
    assert not lessons & set(SCENES)
