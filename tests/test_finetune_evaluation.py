"""A finished run is held side by side with the model it came from; what was found is kept and read back."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import made_runs
import polars as pl
import pytest

import workbench
from workbench.cli import main
from workbench.errors import ExportError, RunError, UnknownNameError
from workbench.finetune.evaluation import EvaluationSettings
from workbench.finetune.evaluation.blind import blind_pairs
from workbench.finetune.evaluation.result import Evaluation, read_evaluation
from workbench.finetune.run import Run
from workbench.finetune.weights import load_tuned
from workbench.pairs import judge, standing_pairs
from workbench.store import Store
from workbench.workspace import Workspace

torch = pytest.importorskip("torch", reason="the extra `torch` is not installed")
pytest.importorskip("peft", reason="the extra `finetune` is not installed")

QUICK = EvaluationSettings(max_tokens=8, rounds=20, pictures=24)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Workspace, Run, Evaluation]:
    """A workspace with a run of a tiny model, evaluated."""
    folder = tmp_path_factory.mktemp("evaluated")
    store = made_runs.make_world(folder / "world")
    run = made_runs.finish_run(store, made_runs.make_model(folder / "model"))
    ws = Workspace(store, "ana")
    return ws, run, ws.evaluate("made", QUICK)


def test_before_is_the_model_as_it_was_and_after_the_tuned_one(
    made: tuple[Workspace, Run, Evaluation],
) -> None:
    from workbench.finetune.evaluation.generation import GREEDY, Sampling, say

    _, run, found = made
    assert GREEDY.temperature == 0
    tuned = load_tuned(run.weights, "cpu")
    how = Sampling(temperature=0.0, max_tokens=8)
    assert say(tuned, run.flagged, run.config, how) == found.flagged["after"].to_list()
    with tuned.model.disable_adapter():
        assert say(tuned, run.flagged, run.config, how) == found.flagged["before"].to_list()
    assert found.flagged["before"].to_list() != found.flagged["after"].to_list()


def test_a_model_that_did_not_change_shows_no_change(tmp_path: Path) -> None:
    store = made_runs.make_world(tmp_path / "world")
    run = made_runs.finish_run(store, made_runs.make_model(tmp_path / "model"), push=0.0)
    found = Workspace(store, "ana").evaluate(run, QUICK)
    assert found.flagged["before"].to_list() == found.flagged["after"].to_list()
    changes = {name: metric for name, metric in found.metrics.items() if name.endswith("_change")}
    assert len(changes) > 15
    assert all(metric.value == 0 for metric in changes.values() if metric.value == metric.value)
    assert found.metrics["reward_accuracy"].value == 0.5
    assert not [line.name for line in found.lines if line.verdict]
    assert [text for text in found.warnings if "one half" in text]


def test_every_part_is_measured_before_and_after(made: tuple[Workspace, Run, Evaluation]) -> None:
    _, _, found = made
    for name in ("chair_i", "chair_s", "recall", "attribute_rate", "words", "repetition", "distinct_2"):
        for decoding in ("greedy", "sampled"):
            assert {f"{name}_{decoding}_before", f"{name}_{decoding}_after"} <= set(found.metrics)
    for name in ("pair_accuracy_change", "reward_accuracy", "calibration_error", "perplexity_chosen_after",
                 "flagged_changed", "pope_adversarial_sentence_change"):  # fmt: skip
        assert name in found.metrics
    assert any("regions" in note for note in found.notes)
    assert any("held-out pairs" in note for note in found.notes)


def test_no_general_sample_was_trained_on(made: tuple[Workspace, Run, Evaluation]) -> None:
    _, run, found = made
    trained = set(run.rows.filter(pl.col("split") == "train")["sample_id"])
    assert not trained & set(found.texts["sample_id"])
    assert found.texts["sample_id"].n_unique() == QUICK.pictures
    assert found.texts.height == 2 * QUICK.pictures


def test_flagged_items_lead_back_to_their_pairs(made: tuple[Workspace, Run, Evaluation]) -> None:
    _, run, found = made
    pairs = set(run.rows.filter(pl.col("split") == "train")["pair_id"])
    taught = {pair for pair_ids in found.flagged["taught_by"] for pair in pair_ids}
    assert taught <= pairs
    own = found.flagged.filter("trained", pl.col("before") != pl.col("after"))
    for row in own.iter_rows(named=True):
        assert row["taught_by"][0] == row["pair_id"]


def test_what_was_found_reads_back_equal(made: tuple[Workspace, Run, Evaluation]) -> None:
    _, run, found = made
    kept = run.evaluation
    assert str(kept) == str(found)
    assert dict(kept.facts) == dict(found.facts)
    for name in ("flagged", "texts", "pairs", "probes", "slices", "bins"):
        assert getattr(kept, name).equals(getattr(found, name))


def test_the_run_card_needs_no_other_file(made: tuple[Workspace, Run, Evaluation]) -> None:
    _, _, found = made
    page = found.card.read_text(encoding="utf-8")
    assert "data:image/jpeg;base64," in page
    assert not [mark for mark in ("<script", "http://", "https://", 'src="/', "file:") if mark in page]
    assert "<del>" in page
    assert "prefers-color-scheme: dark" in page
    words = found.card.with_suffix(".md").read_text(encoding="utf-8")
    for line in found.lines:
        assert line.title in words
        assert line.title in page
    assert found.run in found._repr_html_()
    assert "change (95 %)" in found._repr_html_()


def test_texts_of_a_model_are_no_markup(made: tuple[Workspace, Run, Evaluation]) -> None:
    from dataclasses import replace

    from workbench.finetune.evaluation.card import render_card

    _, _, found = made
    evil = found.flagged.with_columns(after=pl.lit("<script>alert(1)</script>"))
    assert "<script" not in render_card(replace(found, flagged=evil))


def test_without_anything_known_of_the_pictures_the_rest_is_measured(tmp_path: Path) -> None:
    store = made_runs.make_world(tmp_path / "world", with_regions=False)
    run = made_runs.finish_run(store, made_runs.make_model(tmp_path / "model"))
    found = Workspace(store, "ana").evaluate(run, QUICK)
    assert any("read from captions that people verified" in note for note in found.notes)
    assert "chair_i_greedy_before" in found.metrics


def test_people_judge_before_and_after_blind(made: tuple[Workspace, Run, Evaluation]) -> None:
    ws, _, found = made
    waiting = ws.judge_run("made")
    assert waiting.items > 10
    assert waiting.judged == 0
    assert "PairJudge" in str(waiting)
    own = list(blind_pairs(found))
    standing = standing_pairs(ws.store).filter(pl.col("pair_id").is_in([pair.pair_id for pair in own]))
    assert set(standing["status"]) == {"open"}
    for number, pair in enumerate(own[:4]):
        winner = pair.chosen_id if number else pair.rejected_id
        judge(ws.store, pair.pair_id, "prefer", annotator="ana", winner=winner, left=pair.chosen_id)
    judge(ws.store, own[4].pair_id, "tie", annotator="ana", left=own[4].chosen_id)
    told = ws.judge_run("made")
    assert (told.items, told.judged, told.after, told.before, told.ties) == (waiting.items, 5, 3, 1, 1)
    assert told.share == 0.75
    assert 0.1 < told.low < 0.75 < told.high < 1
    assert "75%" in str(told)


def test_weights_go_to_a_folder_that_peft_opens(
    made: tuple[Workspace, Run, Evaluation], tmp_path: Path
) -> None:
    from peft import PeftModel
    from transformers import AutoModelForImageTextToText

    _, run, _ = made
    folder = run.export(tmp_path / "adapter")
    told = json.loads((folder / "adapter_config.json").read_text())
    assert told["base_model_name_or_path"] == run.config.model
    assert "before and after" not in (folder / "README.md").read_text()[:2]
    base = AutoModelForImageTextToText.from_pretrained(run.config.model)
    opened = PeftModel.from_pretrained(base, str(folder))
    ours = load_tuned(run.weights, "cpu").model.state_dict()
    theirs = opened.state_dict()
    adapters = [name for name in theirs if "lora_" in name]
    assert adapters
    assert all(torch.equal(theirs[name], ours[name]) for name in adapters)
    with pytest.raises(ExportError, match="is there already"):
        run.export(folder)


def test_the_shell_shows_what_was_kept_and_hands_weights_on(
    made: tuple[Workspace, Run, Evaluation], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ws, _, found = made
    assert main(["evaluate-run", str(ws.path), "made", "--kept", "--json", "-"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["metrics"]["recall_greedy_before"]["n"] == QUICK.pictures
    assert main(["evaluate-run", str(ws.path), "made", "--kept"]) == 0
    assert capsys.readouterr().out.strip() == str(found)
    assert main(["export-run", str(ws.path), "made", str(tmp_path / "adapter")]) == 0
    assert "read back equal" in capsys.readouterr().out
    assert main(["judge-run", str(ws.path), "made"]) == 0
    assert "blind" in capsys.readouterr().out
    assert main(["evaluate-run", str(ws.path), "maid"]) == 2


def test_a_report_shows_the_newest_run_that_was_evaluated(
    made: tuple[Workspace, Run, Evaluation], tmp_path: Path
) -> None:
    ws, _, _ = made
    page = ws.report(tmp_path / "report.html").read_text(encoding="utf-8")
    section = page[page.index('id="finetune"') :]
    assert "Run made: DPO" in section
    assert "data:image/jpeg;base64," in section


def test_a_run_that_did_not_finish_is_refused(
    made: tuple[Workspace, Run, Evaluation], tmp_path: Path
) -> None:
    ws, run, _ = made
    copy = tmp_path / "copy"
    shutil.copytree(run.folder.path, copy)
    (copy / "events.jsonl").write_text("")
    with pytest.raises(RunError, match="has no weights"):
        ws.evaluate(Run(copy), QUICK)
    with pytest.raises(UnknownNameError, match="made"):
        ws.evaluate("maid", QUICK)
    shutil.rmtree(copy / "evaluation")
    with pytest.raises(RunError, match="has not been evaluated"):
        read_evaluation(Run(copy).folder)


def test_settings_that_cannot_be_are_refused() -> None:
    with pytest.raises(RunError, match="below 0"):
        EvaluationSettings(pictures=-1)
    with pytest.raises(RunError, match="max_tokens"):
        EvaluationSettings(max_tokens=0)


def test_a_workspace_that_is_opened_again_finds_the_evaluation(
    made: tuple[Workspace, Run, Evaluation],
) -> None:
    ws, _, found = made
    again = workbench.open(ws.path)
    assert isinstance(again.store, Store)
    assert str(read_evaluation(again.runs["made"].folder)) == str(found)
