"""The commands of a team: what they print, and what they refuse."""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path

import pytest

import workbench
from tests.made_stores import fill
from workbench.cli import main
from workbench.workspace import Workspace


@pytest.fixture
def team(tmp_path: Path) -> Workspace:
    ws = workbench.create(tmp_path / "ws")
    for place, caption in enumerate(fill(ws.store, 4)):
        ws.decide(caption, "ok", annotator="ana")
        ws.decide(caption, "misaligned" if place % 2 else "ok", annotator="ben")
    return ws


def test_team_prints_the_agreement_and_a_row_a_person(
    team: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["team", str(team.path)]) == 0
    printed = capsys.readouterr().out
    assert "over 4 captions" in printed
    assert "2 annotators" in printed


def test_history_is_json_for_scripts(team: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["history", str(team.path), "--annotator", "ben", "--count", "3", "--json", "-"]
    assert main(command) == 0
    acts = json.loads(capsys.readouterr().out)
    assert [act["annotator"] for act in acts] == ["ben"] * 3


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--annotator", "ana", "ana"], "'ana' is named twice"),
        (["--annotator", " "], "no name for an annotator"),
        (["--annotator", "ana", "--adjudicator", "eve"], "no annotator 'eve'"),
        (["--annotator", "ana", "--public-url", "captions.example.org"], "no address that pages"),
    ],
)
def test_what_cannot_be_served_is_refused_with_what_to_do(
    team: Workspace, capsys: pytest.CaptureFixture[str], options: list[str], said: str
) -> None:
    assert main(["serve", str(team.path), *options]) == 2
    assert said in capsys.readouterr().err


def test_a_port_that_is_taken_is_said(team: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert main(["serve", str(team.path), "--annotator", "ana", "--port", port]) == 2
    assert f"Port {port} cannot be used" in capsys.readouterr().err


def test_without_tornado_the_install_line_is_named(
    team: Workspace, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tornado", None)
    assert main(["serve", str(team.path), "--annotator", "ana"]) == 2
    assert "caption-workbench[serve]" in capsys.readouterr().err
