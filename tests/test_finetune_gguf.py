"""A GGUF file is unpacked whole or not at all, and what cannot be unpacked says why."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Any

import pytest

from tests.made_tuning import made_tokenizer, quick_config
from tests.tiny_models import make_language_model
from workbench.errors import RunError
from workbench.finetune import gguf
from workbench.finetune.gguf import unpack_gguf
from workbench.finetune.models import load_model

pytest.importorskip("torch", reason="the extra `torch` is not installed")


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that reads as a tiny model, whether the package gguf is installed or not."""
    tokenizer = made_tokenizer()
    monkeypatch.setattr(gguf, "find_spec", lambda name: name)
    monkeypatch.setattr(gguf, "_read", lambda _: (make_language_model(tokenizer), tokenizer))
    path = tmp_path / "small.gguf"
    path.touch()
    return path


def test_an_unpacked_model_can_be_tuned(file: Path, tmp_path: Path) -> None:
    folder = unpack_gguf(file, tmp_path / "model")
    assert load_model(quick_config(folder)).architecture == "LlamaForCausalLM"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model", "small.gguf"]


def test_a_folder_that_is_there_is_left_alone(file: Path, tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    with pytest.raises(RunError, match="is there already"):
        unpack_gguf(file, tmp_path / "model")


def test_a_file_that_cannot_be_read_leaves_nothing(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Path) -> tuple[Any, Any]:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(gguf, "_read", fail)
    with pytest.raises(RunError, match=r"small\.gguf cannot be unpacked: .*No space left"):
        unpack_gguf(file, tmp_path / "model")
    assert [path.name for path in tmp_path.iterdir()] == ["small.gguf"]


def test_a_missing_file_says_so(file: Path, tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"There is no file .*other\.gguf"):
        unpack_gguf(tmp_path / "other.gguf", tmp_path / "model")


def test_a_missing_package_names_the_install_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gguf, "find_spec", lambda _: None)
    with pytest.raises(RunError, match="Run: pip install gguf"):
        unpack_gguf(tmp_path / "small.gguf", tmp_path / "model")
