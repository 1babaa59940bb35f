"""The set-up behind the `make` targets: which Python, when to do nothing, what stops it."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[1]


def find_python(path: str, **surroundings: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["/bin/sh", ROOT / "scripts" / "find_python.sh"],
        env={"PATH": path, **surroundings},
        capture_output=True,
        text=True,
        check=False,
    )


def stub(folder: Path, name: str, body: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{body}\n")
    (folder / name).chmod(0o755)


def test_a_python_that_only_looks_like_one_is_passed_over(tmp_path: Path) -> None:
    stub(tmp_path, "python3.11", "echo 'no such version' >&2; exit 127")  # what a version manager leaves
    (tmp_path / "python3").symlink_to(sys.executable)
    found = find_python(str(tmp_path))
    assert found.returncode == 0
    assert found.stdout.strip() == str(tmp_path / "python3")


def test_the_python_named_comes_first_and_one_that_does_not_fit_is_named(tmp_path: Path) -> None:
    assert find_python("", PYTHON=sys.executable).stdout.strip() == sys.executable
    stub(tmp_path, "old", "exit 1")
    refused = find_python(os.environ["PATH"], PYTHON=str(tmp_path / "old"))
    assert refused.returncode == 1
    assert f"PYTHON={tmp_path / 'old'} is no Python 3.11" in refused.stderr


def test_no_python_at_all_says_how_to_get_one(tmp_path: Path) -> None:
    refused = find_python(str(tmp_path))
    assert refused.returncode == 1
    assert "apt-get install python3 python3-venv" in refused.stderr


@pytest.fixture
def prepare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = spec_from_file_location("prepare", ROOT / "scripts" / "prepare.py")
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "VENV", tmp_path)
    monkeypatch.setattr(module, "runs", lambda python: True)
    return module


def test_a_second_run_does_nothing_and_a_later_level_does_for_an_earlier_one(prepare: ModuleType) -> None:
    assert not prepare.is_ready("demo")
    prepare.mark("test").write_text(prepare.fingerprint())
    assert prepare.is_ready("demo")
    assert prepare.is_ready("test")
    prepare.mark("test").unlink()
    prepare.mark("demo").write_text(prepare.fingerprint())
    assert prepare.is_ready("demo")
    assert not prepare.is_ready("test")


def test_a_mark_for_other_packages_or_a_broken_environment_does_not_count(
    prepare: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare.mark("demo").write_text("made for other packages")
    assert not prepare.is_ready("demo")
    prepare.mark("demo").write_text(prepare.fingerprint())
    monkeypatch.setattr(prepare, "runs", lambda python: False)
    assert not prepare.is_ready("demo")


def test_an_installation_that_stops_is_said_and_leaves_no_mark(
    prepare: ModuleType, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stop(level: str) -> None:
        raise subprocess.CalledProcessError(1, "pip install torch")

    monkeypatch.setattr(prepare, "prepare", stop)
    monkeypatch.setattr(sys, "argv", ["prepare.py", "demo"])
    assert prepare.main() == 2
    assert "It needs the package registries; run it again to go on" in capsys.readouterr().err
    assert not prepare.mark("demo").exists()
