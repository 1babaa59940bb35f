"""Pairs become the very tokens that TRL makes of them, with the place of each in its caption."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from tests.made_tuning import pairs_of_pictures, pairs_of_text, picture_model, sentences, text_model
from tests.tiny_models import make_language_model, make_pieces
from workbench.finetune.config import RunConfig
from workbench.finetune.examples import Example, make_examples
from workbench.finetune.models import Loaded, load_model
from workbench.finetune.pictures import pictures_of

pytest.importorskip("torch", reason="the extra `torch` is not installed")
pytest.importorskip("trl", reason="the extra `finetune` is not installed")


def open_model(folder: Path) -> Loaded:
    return load_model(RunConfig(model=str(folder), device="cpu"))


def pieces_model(folder: Path, *, chat: bool) -> Path:
    """A language model whose words are pieces, so that tokens may span a border."""
    tokenizer = make_pieces(text for row in sentences() for text in row)
    if not chat:
        tokenizer.chat_template = None
    model = make_language_model(tokenizer)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def in_words_of_trl(rows: pl.DataFrame, loaded: Loaded) -> list[dict[str, Any]]:
    from workbench.finetune.engines.trl.dataset import make_dataset

    return [dict(row) for row in make_dataset(rows, loaded, RunConfig())]


@pytest.mark.parametrize("chat", [True, False])
@pytest.mark.parametrize("make", [text_model, pieces_model])
def test_text_has_the_tokens_of_trl(tmp_path: Path, make: Any, chat: bool) -> None:
    import datasets
    from trl import DPOConfig, DPOTrainer

    loaded, rows = open_model(make(tmp_path / "model", chat=chat)), pairs_of_text()
    reference = copy.deepcopy(loaded.model)
    arguments = DPOConfig(
        output_dir=str(tmp_path), max_length=None, bf16=False, gradient_checkpointing=False, use_cpu=True,
        report_to="none",
    )  # fmt: skip
    told = [{k: row[k] for k in ("prompt", "chosen", "rejected")} for row in in_words_of_trl(rows, loaded)]
    trainer = DPOTrainer(
        loaded.model, ref_model=reference, args=arguments, processing_class=loaded.tokenizer,
        train_dataset=datasets.Dataset.from_list(told),
    )  # fmt: skip
    for one, theirs in zip(make_examples(rows, loaded, RunConfig()), trainer.train_dataset, strict=True):
        assert list(one.prompt_ids) == theirs["prompt_ids"]
        assert list(one.chosen_ids) == theirs["chosen_ids"]
        assert list(one.rejected_ids) == theirs["rejected_ids"]


def test_pictures_have_the_tokens_of_trl_and_are_seen_once(tmp_path: Path) -> None:
    from trl.trainer.dpo_trainer import DataCollatorForVisionPreference

    loaded = open_model(picture_model(tmp_path / "model"))
    rows, seen = pairs_of_pictures(tmp_path / "seen"), []
    made = make_examples(
        rows, loaded, RunConfig(), lambda keys, pixels: seen.extend(zip(keys, pixels, strict=True))
    )
    batch = DataCollatorForVisionPreference(loaded.processor)(in_words_of_trl(rows, loaded))
    answers = [(one, one.chosen_ids) for one in made] + [(one, one.rejected_ids) for one in made]
    for (one, answer), ids, mask, is_answer in zip(
        answers, batch["input_ids"], batch["attention_mask"], batch["completion_mask"], strict=True
    ):
        assert list(one.prompt_ids + answer) == ids[mask.bool()].tolist()
        assert list(answer) == ids[is_answer.bool()].tolist()
    assert {key for key, _ in seen} == {key for one in made for key in one.pictures}
    shown = dict(seen)
    for one, pixels in zip(made, batch["pixel_values"], strict=False):
        assert (shown[one.pictures[0]] == pixels).all()


def test_a_key_changes_with_a_pixel_and_not_with_a_name(tmp_path: Path) -> None:
    loaded = open_model(picture_model(tmp_path / "model"))
    rows = pairs_of_pictures(tmp_path / "seen")
    before = [one.pictures for one in make_examples(rows, loaded, RunConfig())]
    moved = rows.with_columns(paths=pl.col("paths").list.eval(pl.element().str.replace("seen", "moved")))
    (tmp_path / "seen").rename(tmp_path / "moved")
    assert [one.pictures for one in make_examples(moved, loaded, RunConfig())] == before
    first = pictures_of(moved.row(0, named=True), RunConfig())[0]
    first.putpixel((0, 0), (1, 2, 3))
    first.save(moved["paths"][0][0])
    after = [one.pictures for one in make_examples(moved, loaded, RunConfig())]
    assert after[0] != before[0]
    assert after[2:] == before[2:]


@pytest.mark.parametrize("chat", [True, False])
@pytest.mark.parametrize("make", [text_model, pieces_model])
def test_tokens_know_their_place_in_the_caption(tmp_path: Path, make: Any, chat: bool) -> None:
    loaded = open_model(make(tmp_path, chat=chat))
    rows = pairs_of_text()
    _check_places(make_examples(rows, loaded, RunConfig()), rows, loaded)


def test_answers_to_pictures_know_their_places_too(tmp_path: Path) -> None:
    loaded = open_model(picture_model(tmp_path / "model"))
    rows = pairs_of_pictures(tmp_path / "seen")
    _check_places(make_examples(rows, loaded, RunConfig()), rows, loaded)


def _check_places(made: list[Example], rows: pl.DataFrame, loaded: Loaded) -> None:
    for one, row in zip(made, rows.iter_rows(named=True), strict=True):
        for ids, places, text in (
            (one.chosen_ids, one.chosen_places, row["chosen"]),
            (one.rejected_ids, one.rejected_places, row["rejected"]),
        ):
            assert len(places) == len(ids)
            covered = [
                (token, text[first:last]) for token, (first, last) in zip(ids, places, strict=True) if last
            ]
            assert "".join(part for _, part in covered).replace(" ", "") == text.replace(" ", "")
            assert all(loaded.tokenizer.decode([token]).strip() == part.strip() for token, part in covered)
            assert places[-1] == (0, 0), "the end mark covers nothing"


def test_an_odd_caption_is_found_where_it_stands(tmp_path: Path) -> None:
    loaded = open_model(pieces_model(tmp_path, chat=True))
    rows = pairs_of_text().head(1).with_columns(chosen=pl.lit(" assistant\n"), rejected=pl.lit("x" * 9))
    (one,) = make_examples(rows, loaded, RunConfig())
    first, last = one.chosen_places[0][0], max(last for _, last in one.chosen_places)
    assert " assistant\n"[first:last].strip() == "assistant"
