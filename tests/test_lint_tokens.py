"""Lint in the tokens of a model: what is cut, doubled, dropped or unknown, with tiny tokenizers made here."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.made_models import CHAT, make_processor, make_tokenizer
from tests.made_pairs import change, clean_set
from workbench.errors import EncoderError
from workbench.preferences.lint import RULES, PairSet, lint
from workbench.preferences.lint.target import Target, load_target

pytest.importorskip("transformers", reason="needs the extra torch")

SMALL = clean_set(40)
WORDS = (
    " ".join(
        word
        for text in [
            *SMALL.rows["chosen_text"],
            *SMALL.rows["rejected_text"],
            "Describe the picture. What is this? boat. dog.",
        ]
        for word in text.split()
    )
    + " [user] [assistant] [system]"
)
OF_TOKENS = [name for name in RULES if list(RULES).index(name) >= list(RULES).index("template_fails")]


@pytest.fixture(scope="module")
def chat() -> Any:
    return make_tokenizer(WORDS, chat=CHAT)


@pytest.fixture(scope="module")
def processor() -> Any:
    return make_processor(WORDS)


def text_only(pairs: PairSet = SMALL) -> PairSet:
    bare = change(pairs, range(40), media=None)
    return replace(bare, media=SMALL.media.clear())


def spaced() -> PairSet:
    return change(text_only(), range(40), prompt="Describe the picture. ")


def aimed(pairs: PairSet, target: Target) -> PairSet:
    return replace(pairs, target=target)


def found(pairs: PairSet, rule: str) -> set[str]:
    return set(lint(pairs, rules=[rule]).rows_of(rule))


def test_a_clean_set_passes_every_rule_of_tokens(chat: Any, processor: Any) -> None:
    for pairs in (
        aimed(text_only(), Target("tiny", chat, max_length=64)),
        aimed(spaced(), Target("tiny", make_tokenizer(WORDS), max_length=64)),
        aimed(SMALL, Target("tiny", processor.tokenizer, processor, 64)),
    ):
        report = lint(pairs, rules=OF_TOKENS)
        assert report.findings.is_empty(), report
        assert "over_token_budget" in report.checked


def test_pairs_over_the_budget_are_listed_with_what_is_lost(chat: Any) -> None:
    pairs = change(text_only(), 5, chosen_text="A red cat " * 20)
    report = lint(aimed(pairs, Target("tiny", chat, max_length=40)), rules=["over_token_budget"])
    assert report.rows_of("over_token_budget") == ["p5"]
    # [user] Describe the picture. [assistant] are 5; 60 words and </s> 61.
    assert "26 tokens are cut, the longest pair has 66." in report.findings["message"][0]


def test_pairs_that_differ_only_past_the_cut_are_errors(chat: Any) -> None:
    shared = "A red cat sits beside the old "
    pairs = change(text_only(), 5, chosen_text=shared + "boat.", rejected_text=shared + "dog.")
    pairs = aimed(pairs, Target("tiny", chat, max_length=12))
    assert found(pairs, "equal_after_truncation") == {"p5"}
    assert (
        found(replace(pairs, target=Target("tiny", chat, max_length=13)), "equal_after_truncation") == set()
    )


def test_a_prompt_that_fills_the_length_leaves_no_answer(chat: Any) -> None:
    pairs = change(text_only(), 5, prompt="the picture. " * 20)
    assert found(aimed(pairs, Target("tiny", chat, max_length=24)), "answer_cut_away") == {"p5"}


def test_texts_of_unknown_words_are_the_same_to_the_model(chat: Any) -> None:
    pairs = change(text_only(), 5, chosen_text="A zebra sits.", rejected_text="A xylophone sits.")
    pairs = aimed(pairs, Target("tiny", chat))
    assert found(pairs, "equal_in_tokens") == {"p5"}
    report = lint(pairs, rules=["unknown_words"])
    assert report.rows_of("unknown_words") == ["p5"]
    assert "(4 tokens, such as 'zebra', " in report.findings["message"][0]


def test_marks_of_the_model_in_a_text_are_errors(chat: Any) -> None:
    pairs = change(change(text_only(), 5, chosen_text="A <image> cat sits."), 6, rejected_text="A dog.</s>")
    report = lint(aimed(pairs, Target("tiny", chat)), rules=["special_token_in_text"])
    assert set(report.rows_of("special_token_in_text")) == {"p5", "p6"}


def test_a_prompt_whose_last_token_joins_the_answer_is_told() -> None:
    """Without a template and without a space between, the last word of the prompt and the first are one."""
    pairs = aimed(text_only(), Target("tiny", make_tokenizer(WORDS)))
    assert found(pairs, "prompt_not_a_prefix") == {f"p{n}" for n in range(40)}
    spaced = aimed(
        change(text_only(), range(40), prompt="Describe the picture. "), pairs.target or Target("", 0)
    )
    assert found(spaced, "prompt_not_a_prefix") == set()


@pytest.mark.parametrize(
    ("chat", "said"),
    [
        (CHAT.replace("'</s>' if", "'' if"), "without the end mark"),
        (CHAT.replace("'</s>' if", "'</s> </s>' if"), "more than once"),
    ],
)
def test_answers_end_with_one_mark(chat: str, said: str) -> None:
    report = lint(aimed(text_only(), Target("tiny", make_tokenizer(WORDS, chat=chat))), rules=["end_mark"])
    assert len(report.rows_of("end_mark")) == 40
    assert said in report.findings["message"][0]


def test_a_tokenizer_without_an_end_mark_is_told() -> None:
    target = Target("tiny", make_tokenizer(WORDS, chat=CHAT, end=False))
    assert (
        "no end mark (eos_token)"
        in lint(aimed(text_only(), target), rules=["end_mark"]).findings["message"][0]
    )


def test_a_template_that_fails_or_drops_words_is_an_error() -> None:
    fails = make_tokenizer(WORDS, chat="{{ raise_exception('Roles must alternate') }}")
    report = lint(aimed(text_only(), Target("tiny", fails)), rules=OF_TOKENS)
    assert set(report.findings.filter(severity="error")["rule"]) == {"template_fails"}
    assert "Roles must alternate" in report.findings["message"][0]
    drops = make_tokenizer(WORDS, chat="{% for m in messages %}{{ '[' + m['role'] + '] </s>' }}{% endfor %}")
    assert len(found(aimed(text_only(), Target("tiny", drops)), "template_drops_words")) == 40


def test_pictures_need_a_processor_and_a_place_in_the_template(chat: Any) -> None:
    assert len(found(aimed(SMALL, Target("tiny", chat)), "no_place_for_pictures")) == 40
    blind = make_processor(WORDS, chat=CHAT.replace("{{ '<image>' }}", ""))
    report = lint(aimed(SMALL, Target("tiny", blind.tokenizer, blind)), rules=["no_place_for_pictures"])
    assert "the chat template leaves no place" in report.findings["message"][0]


def test_every_size_of_picture_is_run_through_the_processor(processor: Any) -> None:
    target = Target("tiny", processor.tokenizer, processor, 16)
    report = lint(aimed(SMALL, target), rules=["picture_tokens_cut", "picture_refused"])
    assert len(report.rows_of("picture_tokens_cut")) == 40
    assert "64 x 48, whose 16 tokens do not fit into 16" in report.findings["message"][0]
    assert not report.rows_of("picture_refused")


def test_a_size_that_the_processor_refuses_is_an_error_of_its_pairs(processor: Any) -> None:
    class Strict:
        """Refuses very wide pictures, as some families do."""

        image_token = "<image>"
        chat_template = processor.chat_template
        apply_chat_template = processor.apply_chat_template

        def __call__(self, *, text: list[str], images: list[Any]) -> Any:
            if images[0].width > 200 * images[0].height:
                raise ValueError("absolute aspect ratio must be smaller than 200")
            return processor(text=text, images=images)

    is_wide = pl.col("media_id") == "s5"
    width = pl.when(is_wide).then(9999).otherwise("width").cast(pl.Int64)
    wide = replace(SMALL, media=SMALL.media.with_columns(width=width))
    report = lint(aimed(wide, Target("strict", processor.tokenizer, Strict())), rules=["picture_refused"])
    assert report.rows_of("picture_refused") == ["p5"]
    assert "absolute aspect ratio" in report.findings["message"][0]


def test_a_target_is_opened_from_a_folder_with_its_processor_and_its_length(
    processor: Any, chat: Any, tmp_path: Path
) -> None:
    chat.save_pretrained(tmp_path / "text")
    processor.save_pretrained(tmp_path / "vision")
    text, vision = load_target(tmp_path / "text", max_length=99), load_target(tmp_path / "vision")
    assert (text.processor, text.max_length, text.has_template) == (None, 99, True)
    assert vision.processor is not None
    assert vision.image_token == "<image>"
    assert lint(aimed(text_only(), text), rules=OF_TOKENS).findings.is_empty()
    with pytest.raises(EncoderError, match="cannot be opened"):
        load_target(tmp_path)
