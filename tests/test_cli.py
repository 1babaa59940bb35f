from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from workbench.cli import COMMANDS, build_parser, main
from workbench.store import Store


@pytest.fixture
def ws(filled_store: Store) -> str:
    return str(filled_store.path)


@pytest.fixture
def captions(filled_store: Store) -> list[str]:
    return filled_store.read("captions")["caption_id"].to_list()


def decide_lines(tmp_path: Path, *rows: object) -> str:
    file = tmp_path / "decisions.jsonl"
    file.write_text("".join(f"{row if isinstance(row, str) else json.dumps(row)}\n" for row in rows))
    return str(file)


def listed(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, object]]:
    capsys.readouterr()
    assert main([*arguments, "--json", "-"]) == 0
    rows: list[dict[str, object]] = json.loads(capsys.readouterr().out)
    return rows


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)
def test_every_command_has_help_with_an_example_that_parses(
    command, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="0"):
        main([command.name, "--help"])
    shown = capsys.readouterr().out
    assert command.example in shown
    typed = command.example.rpartition("| ")[2].split()
    assert typed[0] == "workbench"
    assert build_parser().parse_args(typed[1:]).run is command.run


def test_create_makes_a_workspace_once_and_then_says_it_is_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["create", str(tmp_path / "new")]) == 0
    assert main(["create", str(tmp_path / "new")]) == 2
    assert capsys.readouterr().err.startswith("workbench: There is a workspace at")


@pytest.mark.parametrize(
    "arguments",
    [["verdicts"], ["rejects"], ["flag"], ["queue"], ["decide"], ["edits"], ["estimate"], ["undo"]],
)
def test_a_folder_that_is_no_workspace_is_an_error_in_one_line(
    arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, str(tmp_path)]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == f"workbench: There is no workspace at {tmp_path}. Make one: workbench.create(path).\n"


def test_decisions_are_saved_line_by_line_and_listed(
    ws: str, captions: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = decide_lines(
        tmp_path,
        {"caption_id": captions[0], "verdict": "misaligned", "error_types": ["object"], "annotator": "ana"},
        {"caption_id": captions[1], "verdict": "ok", "annotator": "ben", "note": "fine"},
    )
    assert main(["decide", ws, "--from", file]) == 0
    assert capsys.readouterr().out == "saved 1\nsaved 2\n"
    rows = {row["caption_id"]: row for row in listed(capsys, "verdicts", ws)}
    assert rows[captions[0]]["verdict"] == "misaligned"
    assert rows[captions[0]]["error_types"] == ["object"]
    assert rows[captions[0]]["annotator"] == "ana"
    assert rows[captions[1]]["note"] == "fine"


def test_bad_lines_are_refused_by_number_and_the_good_ones_saved(
    ws: str, captions: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = decide_lines(
        tmp_path,
        {"caption_id": captions[0], "verdict": "ok"},
        "{",
        {"caption_id": "c0000000000000000", "verdict": "ok"},
        {"caption_id": captions[1], "verdict": "fine"},
        "",
        {"caption_id": captions[1], "verdict": "ok", "error_types": ["object"]},
        {"caption_id": captions[2], "verdict": "skip"},
    )
    assert main(["decide", ws, "--from", file]) == 1
    said = capsys.readouterr()
    assert said.out == "saved 1\nsaved 7\n"
    reasons = said.err.splitlines()
    assert [reason.split(" refused: ")[0] for reason in reasons] == ["line 2", "line 3", "line 4", "line 6"]
    assert "Not JSON" in reasons[0]
    assert "There is no caption 'c0000000000000000'" in reasons[1]
    assert "Known: misaligned, ok, skip" in reasons[2]
    assert len(listed(capsys, "verdicts", ws)) == 2


def test_the_same_key_sent_twice_is_stored_once_and_another_decision_under_it_is_refused(
    ws: str,
    captions: list[str],
    filled_store: Store,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    row = {"caption_id": captions[0], "verdict": "ok", "key": "k1"}
    assert main(["decide", ws, "--from", decide_lines(tmp_path, row, row)]) == 0
    assert capsys.readouterr().out == "saved 1\nsaved 2\n"
    assert len(filled_store.journal.events()) == 1
    assert main(["decide", ws, "--from", decide_lines(tmp_path, {**row, "verdict": "skip"})]) == 1
    assert "'k1' was used before" in capsys.readouterr().err


def test_decide_acknowledges_each_line_before_the_next_is_sent(ws: str, captions: list[str]) -> None:
    command = [sys.executable, "-m", "workbench", "decide", ws, "--from", "-"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for number, caption in enumerate(captions[:3], start=1):
            process.stdin.write(json.dumps({"caption_id": caption, "verdict": "ok"}) + "\n")
            process.stdin.flush()
            assert process.stdout.readline() == f"saved {number}\n"
            assert len(Store.open(ws).journal.verdicts()) == number
        process.stdin.close()
        assert process.wait(timeout=30) == 0


def test_a_correction_sent_as_a_line_is_listed_as_a_pair_and_adopted(
    ws: str, captions: list[str], filled_store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["edits", ws]) == 0
    assert "No caption has been corrected yet" in capsys.readouterr().out
    row = {"caption_id": captions[0], "verdict": "misaligned", "edited_text": "seven ducks"}
    file = decide_lines(
        tmp_path, row | {"is_complete": True}, row | {"verdict": "ok"}, row | {"is_complete": 1}
    )
    assert main(["decide", ws, "--from", file]) == 1
    said = capsys.readouterr()
    assert said.out == "saved 1\n"
    assert "line 2 refused: A verdict 'ok' cannot carry a correction" in said.err
    assert "line 3 refused: is_complete is 1" in said.err
    [pair] = listed(capsys, "edits", ws)
    assert (pair["chosen_text"], pair["completeness"]) == ("seven ducks", "full")
    assert main(["edits", ws, "--adopt"]) == 0
    assert "1 corrections adopted" in capsys.readouterr().out
    assert filled_store.read("captions")["parent"].drop_nulls().to_list() == [captions[0]]


def test_undo_takes_back_the_last_verdict_of_that_annotator(
    ws: str, captions: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [{"caption_id": one, "verdict": "ok", "annotator": "ana"} for one in captions[:2]]
    main(["decide", ws, "--from", decide_lines(tmp_path, *rows)])
    assert main(["undo", ws, "--annotator", "ben"]) == 0
    assert "ben has no verdict to take back" in capsys.readouterr().out
    assert main(["undo", ws, "--annotator", "ana"]) == 0
    assert f"Taken back: ok on {captions[1]}" in capsys.readouterr().out
    assert [row["caption_id"] for row in listed(capsys, "verdicts", ws)] == [captions[0]]


def test_flag_and_queue_put_the_most_suspicious_first(
    ws: str, captions: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["flag", ws, "--lowest-share", "0.1"]) == 0
    assert capsys.readouterr().out == "4 of 40 scored captions flagged (lowest 10% by suspicion).\n"
    rows = listed(capsys, "queue", ws, "--count", "3")
    assert [row["caption_id"] for row in rows] == captions[:3]
    assert rows[0]["text"] == "caption number 0"
    assert main(["flag", ws, "--lowest-share", "4"]) == 2


def test_estimate_and_export_say_what_they_rest_on(
    ws: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["estimate", ws]) == 0
    assert "it needs 5 random looks and has 0" in capsys.readouterr().out
    assert main(["export", ws, str(tmp_path / "out.jsonl")]) == 0
    assert "40 rows (0 with a verdict)" in capsys.readouterr().out
    assert len((tmp_path / "out.jsonl").read_text().splitlines()) == 40


def test_json_goes_to_a_file_beside_the_text(
    ws: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rejects", ws, "--json", str(tmp_path / "rejects.json")]) == 0
    assert capsys.readouterr().out == "0 rejects.\n"
    assert json.loads((tmp_path / "rejects.json").read_text()) == []


def test_a_file_that_is_not_there_is_an_error_in_one_line(
    ws: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["decide", ws, "--from", "nowhere.jsonl"]) == 2
    assert capsys.readouterr().err == "workbench: No such file or directory: nowhere.jsonl\n"


def test_a_reader_that_stops_early_is_no_error(ws: str) -> None:
    command = f"{sys.executable} -m workbench queue {ws} --count 40 --json - | head -n 1"
    done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
    assert done.stdout == "[\n"
    assert done.stderr == ""


def test_scorers_says_what_each_sees_and_cannot_see(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scorers"]) == 0
    shown = capsys.readouterr().out
    assert "similarity (cheap): wrong_pair\n    blind to word order" in shown
    names = [row["scorer"] for row in listed(capsys, "scorers")]
    assert {"similarity", "phrases", "regions", "av_sync"} <= set(names)


def test_regions_are_taken_in_and_bad_ones_are_refused_with_their_reason(
    ws: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "boxes.jsonl"
    box = {"path": "0.jpg", "label": "dog", "x": 0.1, "y": 0.1, "width": 0.5, "height": 0.5}
    file.write_text(json.dumps(box) + "\n" + json.dumps(box | {"path": "nowhere.jpg"}) + "\n")
    assert main(["regions", ws, str(file)]) == 1
    assert Store.open(Path(ws)).read("regions")["label"].to_list() == ["dog"]
    assert "nowhere.jpg" in str(listed(capsys, "rejects", ws))


def test_a_queue_by_error_type_names_the_types_it_knows(ws: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["queue", ws, "--error-type", "colour"]) == 2
    assert "attribute" in capsys.readouterr().err


def test_reliability_before_fifty_verdicts_says_what_is_missing(
    ws: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["reliability", ws]) == 0
    assert "50" in capsys.readouterr().out
