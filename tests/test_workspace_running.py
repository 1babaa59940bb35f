"""ws.finetune joins pairs, voices and checks into a run; the shell does the same by name."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest
from PIL import Image
from started_runs import FAKE, start_fake, until

from tests.made_tuning import COLOURS, picture_model, text_model
from workbench.cli import main
from workbench.commands.running import read_settings
from workbench.errors import RunError, UnknownNameError, WorkbenchError
from workbench.finetune.config import RunConfig
from workbench.finetune.run import start_run
from workbench.pairs import add_pairs
from workbench.pairs.judging import judge
from workbench.preferences.pair import Pair, variant_id
from workbench.store import Store
from workbench.workspace import Workspace, gathering

_PATIENCE_S = 300
WALLS = 16


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return picture_model(tmp_path_factory.mktemp("models") / "model")


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """Walls with a caption each, every second one corrected; its runs are the fake trainer's."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(gathering, "start_run", partial(start_run, program=FAKE))
    workspace = Workspace(Store.create(tmp_path / "ws"), "ana")
    _fill(workspace, tmp_path / "walls")
    yield workspace
    for run in workspace.runs.values():
        run.kill().wait(_PATIENCE_S)


def test_a_run_has_the_pairs_flagged_items_and_findings_of_its_workspace(
    workspace: Workspace, model: Path
) -> None:
    run = workspace.finetune(RunConfig(model=str(model), device="cpu"))
    assert run.wait(_PATIENCE_S) == "finished", run.log
    assert workspace.runs[run.name].state == "finished"
    assert set(run.rows["pair_id"]) == set(workspace.pairs.filter(status="accepted")["pair_id"])
    assert set(run.rows["split"]) == {"train", "held_out"}
    assert run.flagged.height == WALLS // 2
    assert "few_held_out" in {one["rule"] for one in run.findings}


def test_who_judged_a_pair_and_their_group_come_with_it(workspace: Workspace, model: Path) -> None:
    row = workspace.pairs.row(0, named=True)
    pair, chosen, rejected = (str(row[name]) for name in ("pair_id", "chosen_id", "rejected_id"))
    workspace.group_annotators({"ben": "students"})
    for annotator, winner in (("ben", chosen), ("cem", chosen), ("dora", rejected)):
        judge(workspace.store, pair, "prefer", annotator=annotator, winner=winner, left=chosen,
              criterion=str(row["criterion"]))  # fmt: skip
    gathered = gathering.gather(workspace.store, RunConfig(model=str(model)))
    found = gathered.rows.filter(pair_id=pair).row(0, named=True)
    assert found["for_chosen"] == ["ben", "cem"]
    assert found["for_rejected"] == ["dora"]
    assert found["group"] == "students"
    assert found["weight"] is not None


def test_a_pre_flight_that_finds_an_error_refuses_and_leaves_no_run(
    workspace: Workspace, tmp_path: Path
) -> None:
    words_only = text_model(tmp_path / "words")
    with pytest.raises(RunError, match="pre-flight"):
        workspace.finetune(RunConfig(model=str(words_only), device="cpu"))
    assert not workspace.runs


def test_a_flip_rate_that_nobody_knows_is_asked_for(workspace: Workspace, model: Path) -> None:
    with pytest.raises(RunError, match="epsilon"):
        workspace.finetune(RunConfig(model=str(model), method="rdpo"))


def test_the_same_name_again_takes_the_place_of_the_run_that_has_it(
    workspace: Workspace, model: Path
) -> None:
    home = workspace.path / "runs"
    home.mkdir()
    (home / "pace").touch()
    config = RunConfig(model=str(model), device="cpu", name="mine")
    workspace.finetune(config)
    again = workspace.finetune(config)
    assert list(workspace.runs) == ["mine~1", "mine"]
    assert workspace.runs["mine~1"].state == "stopped"
    assert again.is_alive
    assert any("kept as 'mine~1'" in note for note in again.notes)


def test_the_shell_lists_shows_stops_and_compares(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    home, ws = workspace.path / "runs", str(workspace.path)
    home.mkdir()
    (home / "pace").touch()
    run = start_fake(home)
    until(lambda: (run.progress.step or 0) >= 2, "two steps")
    assert main(["stop-run", ws, "dpo-1"]) == 0
    assert main(["runs", ws, "--json", "-"]) == 0
    shown = capsys.readouterr().out
    assert '"state": "stopped"' in shown
    assert main(["show-run", ws, "dpo-1", "--follow"]) == 0
    assert "step 1: loss" in capsys.readouterr().out
    assert main(["show-run", ws, "dpo-1", "--json", "-"]) == 0
    assert json.loads(capsys.readouterr().out)["state"] == "stopped"
    assert main(["compare-runs", ws]) == 0
    assert "Their settings are the same" in capsys.readouterr().out
    assert main(["show-run", ws, "dpo-9"]) == 2
    assert "Known: dpo-1" in capsys.readouterr().err


def test_the_shell_clones_a_run_in_earnest_and_follows_it(
    workspace: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    home, ws = workspace.path / "runs", str(workspace.path)
    start_fake(home).wait(_PATIENCE_S)
    words = text_model(tmp_path / "words")
    changes = [f"model={words}", "lora_rank=2", "shown_items=0", "name=other", "device=cpu"]
    assert main(["clone-run", ws, "dpo-1", "--follow", "--set", *changes]) == 0
    told = capsys.readouterr().out
    assert "other is on its way" in told
    assert "started: 1 steps, 2 pairs, engine fast on cpu" in told
    assert "finished after step 1" in told


def test_the_shell_checks_without_starting(
    workspace: Workspace, model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["finetune", str(workspace.path), "--model", str(model), "--check"]) == 0
    assert "Pre-flight of DPO" in capsys.readouterr().out
    assert not workspace.runs


def test_settings_typed_in_a_shell_are_read_by_their_type() -> None:
    assert read_settings(["beta=1", "trains=full", "lora_targets=q_proj,v_proj", "max_tokens=none"]) == {
        "beta": 1,
        "trains": "full",
        "lora_targets": ("q_proj", "v_proj"),
        "max_tokens": None,
    }
    with pytest.raises(UnknownNameError, match="Did you mean 'beta'"):
        read_settings(["betta=1"])
    with pytest.raises(WorkbenchError, match="no whole number"):
        read_settings(["epochs=1.5"])
    with pytest.raises(WorkbenchError, match="sets nothing"):
        read_settings(["epochs"])
    with pytest.raises(WorkbenchError, match="is no number"):
        read_settings(["beta=high"])


def _fill(workspace: Workspace, folder: Path) -> None:
    folder.mkdir()
    names, colours = list(COLOURS), list(COLOURS.values())
    rows = []
    for number in range(WALLS):
        shade = tuple((part + 40 * (number // 4)) % 256 for part in colours[number % 4])
        Image.new("RGB", (32, 32), shade).save(folder / f"{number:02d}.png")
        rows.append(
            {
                "path": f"{number:02d}.png",
                "text": f"a {names[number % 4]} wall{' and a door' * (number // 4)}",
            }
        )
    (folder / "captions.jsonl").write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    workspace.ingest(folder / "captions.jsonl", progress=False)
    for number, row in enumerate(workspace.captions.iter_rows(named=True)):
        other = names[(names.index(row["text"].split()[1]) + 1) % 4]
        text = row["text"].replace(row["text"].split()[1], other).replace("a door", "sky")
        if number % 2:
            workspace.decide(row["caption_id"], "misaligned", error_types=("attribute",), edited_text=text)
        else:
            rejected_id = variant_id(row["sample_id"], text, "built")
            add_pairs(workspace.store, [
                Pair(sample_id=row["sample_id"], chosen_id=row["caption_id"], chosen_text=row["text"],
                     rejected_id=rejected_id, rejected_text=text, origin="built", builder="walls"),
            ])  # fmt: skip
    workspace.split_pairs(0.4, seed=1, ties=("content",))
