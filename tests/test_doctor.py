from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from workbench import doctor
from workbench.cli import main
from workbench.doctor import diagnose, find_chromium, find_mongod, format_findings, mongod_version


def program(path: Path, body: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def finding(name: str) -> doctor.Finding:
    return next(one for one in diagnose() if one.name == name)


def test_it_answers_within_five_seconds_and_loads_nothing_heavy() -> None:
    code = (
        "import sys; from workbench.doctor import diagnose; diagnose();"
        "print({'torch', 'transformers', 'av', 'fiftyone', 'panel'} & set(sys.modules))"
    )
    start_s = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
    assert time.monotonic() - start_s < 5


def test_every_missing_or_broken_thing_names_a_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.delenv("FIFTYONE_DATABASE_URI", raising=False)
    monkeypatch.setattr(doctor, "_installed", lambda package: None)
    findings = diagnose()
    assert {one.name for one in findings if one.state == "missing"} >= {
        "torch",
        "transformers",
        "bridge encoder",
        "video and audio",
        "fiftyone",
        "jupyterlab",
        "plots",
    }
    for one in findings:
        assert one.remedy or one.state in ("ok", "note"), one


def test_a_check_that_fails_becomes_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> doctor.Finding:
        raise RuntimeError("no such luck")

    monkeypatch.setattr(doctor, "_processor", fail)
    found = finding("processor")
    assert found.state == "broken"
    assert "RuntimeError: no such luck" in found.detail


def test_the_chromium_named_by_the_environment_comes_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    named = program(tmp_path / "mine", "echo Chromium 1.2")
    program(tmp_path / "bin" / "chromium", "echo Chromium 3.4")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    monkeypatch.setenv("CHROMIUM", str(named))
    assert find_chromium() == named
    assert finding("chromium").detail.startswith("Chromium 1.2")
    monkeypatch.delenv("CHROMIUM")
    assert find_chromium() == tmp_path / "bin" / "chromium"


def test_the_newest_chromium_of_playwright_is_the_last_resort(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for build in ("1100", "1200"):
        program(tmp_path / f"chromium-{build}" / "chrome-linux" / "chrome", "true")
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setenv("PLAYWRIGHT_BROWSERS_PATH", str(tmp_path))
    assert find_chromium() == tmp_path / "chromium-1200" / "chrome-linux" / "chrome"


def test_a_program_that_does_not_run_is_broken_not_ok(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHROMIUM", str(program(tmp_path / "chromium", "exit 127")))
    found = finding("chromium")
    assert found.state == "broken"
    assert "playwright install" in found.remedy


def test_a_mongod_is_found_in_fiftyones_package_and_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "fiftyone").mkdir()
    (tmp_path / "fiftyone" / "__init__.py").touch()
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "fiftyone", raising=False)  # the real one, once used
    monkeypatch.delenv("FIFTYONE_DATABASE_URI", raising=False)
    assert find_mongod() is None
    assert finding("mongod").state == "missing"
    binary = program(tmp_path / "fiftyone" / "db" / "bin" / "mongod", "echo db version v6.0.5")
    assert find_mongod() == binary
    assert mongod_version(binary) == "6.0.5"
    assert finding("mongod").state == "ok"
    program(binary, "exit 1")
    assert finding("mongod").state == "broken"


def test_a_database_server_by_address_is_taken_at_its_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIFTYONE_DATABASE_URI", "mongodb://user:secret@host:27017")
    found = finding("mongod")
    assert found.state == "note"
    assert "secret" not in found.detail


def test_a_gpu_that_torch_cannot_use_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / "nvidia-smi", "echo 'NVIDIA H100, 81559 MiB'")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setattr(doctor, "_installed", lambda package: "2.13.0+cpu")
    assert finding("gpu").state == "broken"
    monkeypatch.setattr(doctor, "_installed", lambda package: "2.13.0")
    assert finding("gpu").state == "ok"


def test_the_command_gives_text_or_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor", str(tmp_path / "not" / "there"), "--json", "-"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert {"python", "torch", "mongod", "chromium", "disk"} <= {row["name"] for row in rows}
    assert set(rows[0]) == {"name", "state", "detail", "remedy"}
    text = format_findings([doctor.Finding("torch", "missing", "not here", "pip install torch")])
    assert text.splitlines() == ["– torch            not here", "                   → pip install torch"]
