"""A model that describes: drawn as asked, the same for the same seed, and blind where it must not see."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from small_checkpoints import write_clip, write_loud_llava

from workbench.encoders.captioning import Captioner, Sampling
from workbench.errors import EncoderError, UnknownNameError

pytest.importorskip("torch", reason="the extra [torch] is not installed")

DARK = np.zeros((40, 40, 3), np.uint8)
BRIGHT = np.random.default_rng(0).integers(0, 255, (40, 40, 3)).astype(np.uint8)
SHORT = Sampling(max_tokens=12, seed=1)


@pytest.fixture(scope="module")
def captioner(tmp_path_factory: pytest.TempPathFactory) -> Captioner:
    return Captioner(str(write_loud_llava(tmp_path_factory.mktemp("llava"))), "cpu", "f32")


def said(captioner: Captioner, picture: np.ndarray, hide: str = "", sampling: Sampling = SHORT) -> list[str]:
    found = captioner.describe([picture], 3, prompt="Is there a dog", hide=hide, sampling=sampling)
    return [one.text for one in found]


def test_what_is_said_depends_on_the_picture_and_on_the_seed_alone(captioner: Captioner) -> None:
    assert said(captioner, DARK) == said(captioner, DARK)
    assert said(captioner, DARK) != said(captioner, BRIGHT)
    assert said(captioner, DARK) != said(captioner, DARK, sampling=Sampling(max_tokens=12, seed=2))
    assert "Is there a dog" not in said(captioner, DARK)[0]


@pytest.mark.parametrize("hide", ["attention", "grey"])
def test_a_hidden_picture_has_no_say(captioner: Captioner, hide: str) -> None:
    assert said(captioner, DARK, hide) == said(captioner, BRIGHT, hide)
    assert said(captioner, BRIGHT, hide) != said(captioner, BRIGHT)


def test_a_share_of_the_picture_can_be_hidden(captioner: Captioner) -> None:
    half = Sampling(max_tokens=12, seed=1, hidden_share=0.5)
    assert said(captioner, DARK, "attention", half) != said(captioner, BRIGHT, "attention", half)


def test_an_answer_goes_on_from_where_it_is_begun(captioner: Captioner) -> None:
    (one,) = captioner.describe([DARK], begin="a red square", sampling=Sampling(0, max_tokens=3))
    assert one.text.startswith("a red square ")
    assert len(one.text.split()) <= 6


def test_a_chat_template_is_used_and_begins_once(tmp_path: Path) -> None:
    template = (
        "{{ bos_token }}{% for turn in messages %}{% for part in turn.content %}"
        "{% if part.type == 'image' %}<image> {% else %}{{ part.text }}{% endif %}"
        "{% endfor %}{% endfor %}{% if add_generation_prompt %} Answer :{% endif %}"
    )
    folder = write_loud_llava(tmp_path / "llava")
    (folder / "chat_template.jinja").write_text(template)
    talker = Captioner(str(folder), "cpu", "f32")
    seen: list[list[int]] = []
    generate = talker._checkpoint.model.generate

    def watched(**batch: object) -> object:
        seen.append(batch["input_ids"][0].tolist())
        return generate(**batch)

    talker._checkpoint.model.generate = watched
    (one,) = talker.describe(
        [DARK], prompt="Is there a dog", begin="a red", sampling=Sampling(0, max_tokens=3)
    )
    told = talker._processor.tokenizer.decode(seen[0])
    assert told.count("<s>") == 1
    assert told.replace("<image>", "").split()[-5:] == ["dog", "Answer", ":", "a", "red"]
    assert one.text.startswith("a red")


def test_a_text_that_the_model_did_not_end_says_so(captioner: Captioner) -> None:
    (one,) = captioner.describe([DARK], sampling=Sampling(0, max_tokens=1))
    assert not one.is_whole


def test_the_likeliest_words_are_one_text(captioner: Captioner) -> None:
    assert len(captioner.describe([DARK, BRIGHT], 3, sampling=Sampling(0, max_tokens=4))) == 1


def test_what_makes_no_sense_is_refused(captioner: Captioner, tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="no way to hide a picture 'ears'"):
        captioner.describe([DARK], hide="ears")
    with pytest.raises(EncoderError, match="temperature -1"):
        Sampling(-1)
    with pytest.raises(EncoderError, match="share of the picture to hide, 0"):
        Sampling(hidden_share=0)
    with pytest.raises(EncoderError, match="cannot be loaded"):
        Captioner(str(write_clip(tmp_path)), "cpu")


def test_a_model_without_tokens_of_the_picture_is_shown_grey_instead(tmp_path: Path) -> None:
    """BLIP reads the picture by cross-attention: there is nothing among its words to hide."""
    import torch
    from small_checkpoints import WORDS, _write_tokenizer
    from transformers import BlipConfig, BlipForConditionalGeneration, BlipImageProcessor, BlipProcessor
    from transformers import PreTrainedTokenizerFast as Tokenizer

    torch.manual_seed(0)
    small = {"hidden_size": 32, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
    told = {"vocab_size": len(WORDS), "bos_token_id": 2, "sep_token_id": 3, "pad_token_id": 1}
    config = BlipConfig(
        text_config={**small, **told, "eos_token_id": 3, "encoder_hidden_size": 32},
        vision_config={**small, "image_size": 32, "patch_size": 16},
    )
    BlipForConditionalGeneration(config).save_pretrained(tmp_path)
    tokenizer = Tokenizer.from_pretrained(_write_tokenizer(tmp_path, 64))
    BlipProcessor(BlipImageProcessor(size={"height": 32, "width": 32}), tokenizer).save_pretrained(tmp_path)
    captioner = Captioner(str(tmp_path), "cpu", "f32")
    (one,) = captioner.describe([BRIGHT], prompt="a red square", hide="grey", sampling=SHORT)
    assert "red square" not in one.text[:12]
    with pytest.raises(EncoderError, match=r"no tokens of the picture.*hide='grey'"):
        captioner.describe([BRIGHT], hide="attention", sampling=SHORT)
