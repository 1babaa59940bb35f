"""Files of other tools: every format is told from its rows, and a row that is no pair says why."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.cli import main
from workbench.errors import PairError, UnknownNameError
from workbench.pairs.file_linting import file_pair_set, lint_file
from workbench.pairs.files import FORMATS, BadPair, FilePair, read_pairs
from workbench.pairs.files.messages import read_turns
from workbench.store import Store
from workbench.workspace import Workspace

GOOD, BAD, ASKED = "A red cat sits.", "A blue cat sits.", "What is shown?"


def write(tmp_path: Path, rows: object, name: str = "pairs.json") -> Path:
    file = tmp_path / name
    if name.endswith(".jsonl"):
        file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    else:
        file.write_text(json.dumps(rows))
    return file


def read(file: Path, format: str | None = None) -> tuple[str, list[FilePair], list[BadPair]]:
    known, found = read_pairs(file, format)
    listed = list(found)
    good = [one for one in listed if isinstance(one, FilePair)]
    return known.name, good, [one for one in listed if isinstance(one, BadPair)]


def said(role: str, text: object) -> dict[str, object]:
    return {"role": role, "content": text}


ONE_PAIR: dict[str, list[dict[str, object]]] = {
    "workbench": [
        {
            "pair_id": "p1",
            "chosen_text": GOOD,
            "rejected_text": BAD,
            "status": "proposed",
            "path": "cat.png",
            "prompt": ASKED,
            "origin": "built",
            "media": "image",
        },
    ],
    "trl": [{"prompt": ASKED, "chosen": GOOD, "rejected": BAD, "image": "cat.png"}],
    "trl_conversational": [
        {
            "prompt": [said("user", [{"type": "image"}, {"type": "text", "text": ASKED}])],
            "chosen": [said("assistant", GOOD)],
            "rejected": [said("assistant", [{"type": "text", "text": BAD}])],
            "images": ["cat.png"],
        }
    ],
    "hh": [
        {
            "chosen": f"\n\nHuman: {ASKED}\n\nAssistant: {GOOD}",
            "rejected": f"\n\nHuman: {ASKED}\n\nAssistant: {BAD}",
            "image": "cat.png",
        }
    ],
    "rlaif_v": [
        {"ds_name": "d", "question": ASKED, "chosen": GOOD, "rejected": BAD, "image": {"path": "cat.png"}}
    ],
    "llama_factory": [
        {
            "conversations": [{"from": "human", "value": f"<image>{ASKED}"}],
            "chosen": {"from": "gpt", "value": GOOD},
            "rejected": {"from": "gpt", "value": BAD},
            "images": ["cat.png"],
        }
    ],
    "ms_swift": [
        {
            "messages": [said("user", f"<image>{ASKED}"), said("assistant", GOOD)],
            "rejected_response": BAD,
            "images": ["cat.png"],
        }
    ],
    "kto": [
        {"prompt": ASKED, "completion": GOOD, "label": True, "image": "cat.png"},
        {"prompt": ASKED, "completion": BAD, "label": False, "image": "cat.png"},
    ],
    "argilla": [
        {
            "fields": {"prompt": ASKED, "response-1": BAD, "response-2": GOOD},
            "metadata": {"image": "cat.png"},
            "responses": {"preference": [{"value": "response-2", "user_id": "ana"}]},
        }
    ],
    "label_studio": [
        {
            "data": {"prompt": ASKED, "image": "cat.png", "text1": BAD, "text2": GOOD},
            "annotations": [
                {
                    "completed_by": {"id": 3, "email": "ana"},
                    "result": [
                        {"type": "pairwise", "to_name": "text1,text2", "value": {"selected": "right"}}
                    ],
                }
            ],
        }
    ],
    "ranking": [{"prompt": ASKED, "generations": [BAD, GOOD], "ranking": [2, 1], "image": "cat.png"}],
    "two_media": [{"path_A": "a.mp4", "path_B": "./b.mp4", "prompt": ASKED, "VQ": "B", "MQ": "same"}],
}


@pytest.mark.parametrize("format", FORMATS)
def test_a_format_is_told_from_its_rows_and_read(format: str, tmp_path: Path) -> None:
    name, pairs, bad = read(write(tmp_path, ONE_PAIR[format]))
    assert name == format
    assert bad == []
    if format == "two_media":
        assert [(p.criterion, p.chosen, p.answer, p.side) for p in pairs] == [
            ("VQ", "b.mp4", "prefer", "media"), ("MQ", "a.mp4", "tie", "media"),
        ]  # fmt: skip
        return
    assert [(p.chosen, p.rejected, p.prompt, p.media) for p in pairs] == [(GOOD, BAD, ASKED, ("cat.png",))]
    if format in ("argilla", "label_studio"):
        assert (pairs[0].annotator, pairs[0].left) == ("ana", "rejected")


def test_a_conversation_without_a_prompt_is_divided_where_it_parts(tmp_path: Path) -> None:
    opening = [said("user", "Hello."), said("assistant", "Hi."), said("user", ASKED)]
    rows = [
        {"chosen": [*opening, said("assistant", GOOD)], "rejected": [*opening, said("assistant", BAD)]},
        {
            "chosen": [said("user", "a"), said("assistant", "b")],
            "rejected": [said("user", "c"), said("assistant", "d")],
        },
    ]
    _, pairs, bad = read(write(tmp_path, rows))
    assert [(p.prompt, p.chosen, p.roles) for p in pairs] == [
        (f"Hello.\nHi.\n{ASKED}", GOOD, ("user", "assistant", "user"))
    ]
    assert [(one.row, one.reason) for one in bad] == [
        ("2", "its two conversations begin with nothing in common, so that there is no prompt.")
    ]


def test_other_spellings_of_the_same_formats(tmp_path: Path) -> None:
    alpaca = {
        "instruction": ASKED,
        "input": "In short.",
        "chosen": GOOD,
        "rejected": BAD,
        "system": "Be brief.",
    }
    _, pairs, _ = read(write(tmp_path, [alpaca]))
    assert (pairs[0].prompt, pairs[0].roles) == (f"Be brief.\n{ASKED}\nIn short.", ("system", "user"))
    swift = {
        "messages": [said("user", ASKED), said("assistant", GOOD)],
        "rejected_messages": [said("user", ASKED), said("assistant", BAD)],
    }
    assert [p.rejected for p in read(write(tmp_path, [swift]))[1]] == [BAD]
    swift["rejected_messages"][0]["content"] = "Another?"
    assert "answer another prompt" in read(write(tmp_path, [swift]))[2][0].reason
    scored = {"prompt": ASKED, "chosen": GOOD, "rejected": BAD, "score_chosen": 8.0, "score_rejected": "6.5"}
    assert read(write(tmp_path, [scored]))[1][0].margin == 1.5


def test_labelled_answers_are_paired_by_prompt_and_none_is_lost(tmp_path: Path) -> None:
    rows = [
        {"prompt": "a", "completion": "good 1", "label": True},
        {"prompt": "a", "completion": "bad 1", "label": "False"},
        {"prompt": "a", "completion": "bad 2", "label": 0},
        {"prompt": "b", "completion": "good 2", "label": True},
        {"prompt": "b", "completion": "good 3", "label": "maybe"},
    ]
    _, pairs, bad = read(write(tmp_path, rows, "kto.jsonl"))
    assert [(p.row, p.chosen, p.rejected, p.origin) for p in pairs] == [
        ("1+2", "good 1", "bad 1", "imported"), ("3", "", "bad 2", "rejected_only"),
    ]  # fmt: skip
    assert [(one.row, one.reason.split(".")[0]) for one in bad] == [
        ("5", "its label is neither true nor false"),
        ("4", "it is a good answer without a bad one to its prompt"),
    ]


def test_a_ranking_is_every_comparison_of_two_and_equal_ranks_are_ties(tmp_path: Path) -> None:
    row = {"prompt": ASKED, "generations": ["a.webp", "b.webp", "c.webp"], "ranking": [2, 1, 2]}
    _, pairs, _ = read(write(tmp_path, [row]))
    assert [(p.row, p.chosen, p.rejected, p.answer) for p in pairs] == [
        ("1.1-2", "b.webp", "a.webp", "prefer"),
        ("1.1-3", "a.webp", "c.webp", "tie"),
        ("1.2-3", "b.webp", "c.webp", "prefer"),
    ]
    assert {p.side for p in pairs} == {"media"}
    short = {"prompt": ASKED, "generations": ["a", "b"], "ranking": [1]}
    assert "does not give every generation a rank" in read(write(tmp_path, [short]), "ranking")[2][0].reason


def test_every_answer_of_an_annotation_tool_is_read(tmp_path: Path) -> None:
    fields = {"instruction": ASKED, "response_a": GOOD, "response_b": BAD}
    rows = [
        {"fields": fields, "responses": [
            {"user_id": "ana", "status": "submitted", "values": {"which": {"value": "A"}}},
            {"user_id": "ben", "status": "discarded", "values": {"which": {"value": "B"}}},
            {"user_id": "cem", "status": "submitted", "values": {"which": {"value": "tie"}}},
        ]},
        {"fields": fields, "responses": {"rank": [
            {"user_id": "ana", "value": [
                {"value": "response_b", "rank": 1}, {"value": "response_a", "rank": 2},
            ]},
        ]}},
        {"fields": fields, "suggestions": {"which": {"value": "response_a", "agent": "model"}},
         "responses": {}},
        {"fields": fields, "responses": {"which": [{"value": "neither of these here", "user_id": "ana"}]}},
        {"fields": fields, "responses": {}},
    ]  # fmt: skip
    _, pairs, bad = read(write(tmp_path, rows))
    assert [(p.row, p.item, p.annotator, p.chosen, p.answer) for p in pairs] == [
        ("1.1", "1", "ana", GOOD, "prefer"),
        ("1.2", "1", "cem", GOOD, "tie"),
        ("2", "2", "ana", BAD, "prefer"),
        ("3", "3", "model", GOOD, "prefer"),
    ]
    assert [one.reason for one in bad] == [
        "its answer names neither of its two texts.",
        "nobody has answered it.",
    ]


def test_a_cancelled_annotation_is_no_answer(tmp_path: Path) -> None:
    row = json.loads(json.dumps(ONE_PAIR["label_studio"][0]))
    row["annotations"][0]["was_cancelled"] = True
    assert "no pairwise result that was not cancelled" in read(write(tmp_path, [row]))[2][0].reason


# -- containers ---------------------------------------------------------------------------------------------


def test_the_same_rows_are_read_from_every_container(tmp_path: Path) -> None:
    rows = [
        {"prompt": f"{ASKED} {n}", "chosen": f"{GOOD} {n}", "rejected": BAD, "image": f"{n}.png"}
        for n in range(3)
    ]
    with (tmp_path / "pairs.csv").open("w", newline="") as file:
        table = csv.DictWriter(file, rows[0])
        table.writeheader()
        table.writerows(rows)
    pl.DataFrame(rows).write_parquet(tmp_path / "pairs.parquet")
    files = [
        write(tmp_path, rows),
        write(tmp_path, rows, "pairs.jsonl"),
        write(tmp_path, {"data": rows}, "wrapped.json"),
        tmp_path / "pairs.csv",
        tmp_path / "pairs.parquet",
    ]
    first = read(files[0])[1]
    assert len(first) == 3
    for file in files[1:]:
        assert read(file)[1] == first, file


def test_a_folder_gives_its_rows_the_split_of_their_file(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    folder.mkdir()
    for name in ("train-00000-of-00001.jsonl", "test.jsonl"):
        write(folder, [{"prompt": ASKED, "chosen": GOOD, "rejected": BAD}], name)
    _, pairs, _ = read(folder)
    assert [(p.split, p.row.rpartition(".")[2]) for p in pairs] == [("test", "1"), ("train", "1")]
    (tmp_path / "empty").mkdir()
    with pytest.raises(PairError, match="holds no file of pairs"):
        read(tmp_path / "empty")


def test_a_saved_datasets_folder_is_read_with_its_pictures_as_bytes(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets", reason="needs the extra finetune")
    from PIL import Image

    picture = Image.new("RGB", (4, 4), "red")
    rows = {"prompt": [ASKED], "chosen": [GOOD], "rejected": [BAD], "images": [[picture]]}
    whole = datasets.Dataset.from_dict(
        rows,
        features=datasets.Features(
            {
                **{n: datasets.Value("string") for n in ("prompt", "chosen", "rejected")},
                "images": datasets.List(datasets.Image()),
            }
        ),
    )
    datasets.DatasetDict({"train": whole, "test": whole}).save_to_disk(tmp_path / "saved")
    _, pairs, bad = read(tmp_path / "saved")
    assert bad == []
    assert [(p.row, p.split) for p in pairs] == [("train.1", "train"), ("test.1", "test")]
    assert pairs[0].media == pairs[1].media
    assert pairs[0].media[0].startswith("embedded:")
    report = lint_file(tmp_path / "saved")
    assert report.rows_of("same_media_in_both_splits") == ["train.1", "test.1"]


def test_rows_that_do_not_read_are_kept_with_the_reason(tmp_path: Path) -> None:
    good = json.dumps({"prompt": ASKED, "chosen": GOOD, "rejected": BAD})
    file = tmp_path / "pairs.jsonl"
    file.write_text(
        f'{good}\n{{"chosen": \n[1]\n\n{json.dumps({"prompt": "x", "chosen": GOOD, "rejected": None})}\n'
    )
    _, pairs, bad = read(file)
    assert [p.row for p in pairs] == ["1"]
    assert [(one.row, one.reason[:30]) for one in bad] == [
        ("2", "the line is not valid JSON: Ex"),
        ("3", "it is no object with named fie"),
        ("5", "its rejected side is not there"),
    ]


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        ("", "is not valid JSON"),
        ("[1, 2", "is not valid JSON"),
        ("[]", "holds no row that reads"),
        ('[{"a": 1, "b": 2}]', r"look like no format of pairs that is known; the first has 'a', 'b'"),
    ],
)
def test_a_file_that_is_no_set_of_pairs_says_why(tmp_path: Path, content: str, wrong: str) -> None:
    (tmp_path / "pairs.json").write_text(content)
    with pytest.raises(PairError, match=wrong):
        read(tmp_path / "pairs.json")


def test_unknown_formats_and_missing_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnknownNameError, match="no format of pairs 'trll'"):
        read_pairs(tmp_path / "x.json", "trll")
    with pytest.raises(PairError, match="There is nothing at"):
        read_pairs(tmp_path / "x.json")
    (tmp_path / "x.parquet").write_bytes(b"no")
    with pytest.raises(PairError, match="cannot be read as Parquet"):
        read_pairs(tmp_path / "x.parquet")


def test_content_of_messages_in_every_spelling() -> None:
    assert read_turns("no message") is None
    assert read_turns([{"role": "user"}]) is None
    told = read_turns(
        [{"from": "human", "value": "<image>\nHi"}, said("assistant", ["a", {"type": "text", "text": "b"}])]
    )
    assert told is not None
    assert [(turn.role, turn.text, turn.marks) for turn in told] == [
        ("user", "Hi", 1),
        ("assistant", "a\nb", 0),
    ]


# -- lint before any workspace ------------------------------------------------------------------------------


def test_lint_of_a_file_names_rows_and_looks_for_the_media(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from PIL import Image

    Image.new("RGB", (8, 8)).save(tmp_path / "here.png")
    (tmp_path / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    rows = [
        {"prompt": ASKED, "chosen": GOOD, "rejected": BAD, "image": "here.png"},
        {"prompt": ASKED, "chosen": GOOD, "rejected": GOOD, "image": "gone.png"},
        {"prompt": ASKED, "chosen": BAD, "rejected": GOOD, "image": "here.png"},
        {"prompt": ASKED, "chosen": GOOD, "rejected": BAD, "image": "broken.png"},
        {"prompt": ASKED, "chosen": GOOD, "rejected": BAD, "image": "https://example.org/cat.png"},
    ]
    file = write(tmp_path, rows)
    report = lint_file(file)
    assert report.rows_of("identical") == ["2"]
    assert report.rows_of("contradictory") == ["1", "3"]
    assert report.rows_of("media_missing") == ["2", "4", "5"]
    assert main(["lint", str(file)]) == 1
    shown = capsys.readouterr().out
    assert "5 pairs of pairs.json, read as TRL standard rows" in shown
    assert "gone.png: there is no such file" in shown
    assert main(["lint", str(file), "--json", "-"]) == 1
    assert json.loads(capsys.readouterr().out)["findings"][0]["rule"]


def test_lint_of_a_file_hears_its_annotators(tmp_path: Path) -> None:
    fields = {"prompt": ASKED, "text1": GOOD, "text2": BAD}
    rows = [
        {"data": fields | {"prompt": f"{ASKED} {n}"}, "annotations": [
            {"completed_by": who, "result": [
                {"type": "pairwise", "to_name": "text1,text2", "value": {"selected": side}},
            ]}
            for who, side in (("ana", "left"), ("ben", "left" if n % 2 else "right"))
        ]}
        for n in range(40)
    ]  # fmt: skip
    report = lint_file(write(tmp_path, rows))
    assert report.pair_count == 40
    assert len(report.rows_of("position_bias")) == 40
    assert "ana prefers the left side in 40 of 40 judgements" in str(report)
    assert len(report.rows_of("many_disputes")) == 20


def test_lint_of_a_clean_file_has_no_error_and_exits_with_0(tmp_path: Path) -> None:
    rows = [{"prompt": f"{ASKED} {n}", "chosen": f"{GOOD} {n}", "rejected": f"{BAD} {n}"} for n in range(5)]
    assert main(["lint", str(write(tmp_path, rows))]) == 0


# -- import -------------------------------------------------------------------------------------------------


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    from PIL import Image

    media = tmp_path / "media"
    (media / "a").mkdir(parents=True)
    for name, colour in (("a/cat.png", "red"), ("dog.png", "blue")):
        Image.new("RGB", (8, 8), colour).save(media / name)
    (media / "captions.csv").write_text(f"file,caption\na/cat.png,{GOOD}\ndog.png,A dog.\n")
    made = Workspace(Store.create(tmp_path / "ws"), "ana")
    made.ingest(media / "captions.csv", progress=False)
    return made


def test_imported_pairs_are_tied_to_samples_and_captions_and_the_rest_is_kept(
    ws: Workspace, tmp_path: Path
) -> None:
    rows = [
        {
            "prompt": ASKED,
            "chosen": GOOD,
            "rejected": BAD,
            "image": "cat.png",
            "strength": 2,
            "split": "test",
        },
        {"prompt": ASKED, "chosen": "A cat.", "rejected": "A cat.", "image": "cat.png"},
        {"prompt": ASKED, "chosen": GOOD, "rejected": BAD, "image": "fox.png"},
        {"prompt": ASKED, "chosen": GOOD, "rejected": BAD},
        {"prompt": ASKED, "chosen": GOOD, "rejected": BAD, "images": ["cat.png", "dog.png"]},
    ]
    file = write(tmp_path, rows)
    summary = ws.import_pairs(file)
    assert (summary.read, summary.added, summary.unchanged, summary.rejected) == (5, 1, 0, 4)
    pair = ws.pairs.row(0, named=True)
    assert pair["chosen_id"] == ws.captions.filter(pl.col("text") == GOOD)["caption_id"][0]
    assert (pair["origin"], pair["status"], pair["strength"], pair["prompt"]) == (
        "imported",
        "proposed",
        2,
        ASKED,
    )
    assert [pair["rejected_text"][a:b] for a, b in pair["rejected_spans"]] == ["blue"]
    assert ws.store.read("pairs")["split"].to_list() == ["held_out"]
    reasons = dict(ws.rejects.select("row", "reason").iter_rows())
    assert "with itself" in reasons[2]
    assert "no sample of this workspace" in reasons[3]
    assert "names no media" in reasons[4]
    assert "of 2 media" in reasons[5]
    again = ws.import_pairs(file)
    assert (again.added, again.unchanged, again.rejected) == (0, 1, 4)
    assert ws.rejects.height == 4


def test_ties_and_quarrels_are_imported_without_an_order(ws: Workspace, tmp_path: Path) -> None:
    row = json.loads(json.dumps(ONE_PAIR["argilla"][0]))
    row["responses"]["preference"].append({"value": "response-1", "user_id": "ben"})
    assert ws.import_pairs(write(tmp_path, [row])).added == 1
    assert ws.pairs.select("status", "is_ordered").row(0) == ("open", False)
    assert json.loads(ws.pairs["detail"][0])["answer"] == "disputed"


def test_a_picture_inside_the_file_is_known_by_its_bytes(ws: Workspace, tmp_path: Path) -> None:
    content = (tmp_path / "media" / "dog.png").read_bytes()
    frame = pl.DataFrame(
        {
            "question": [ASKED],
            "chosen": ["A dog."],
            "rejected": ["A cat."],
            "image": [{"bytes": content, "path": "x"}],
        }
    )
    frame.write_parquet(tmp_path / "rlaif.parquet")
    assert ws.import_pairs(tmp_path / "rlaif.parquet").added == 1
    assert ws.pairs["sample_id"][0] == ws.samples.filter(pl.col("path") == "dog.png")["sample_id"][0]


def test_wrong_answers_without_a_right_one_are_imported_as_such(ws: Workspace, tmp_path: Path) -> None:
    rows = [{"prompt": ASKED, "completion": BAD, "label": False, "image": "a/cat.png"}]
    assert main(["import-pairs", str(ws.path), str(write(tmp_path, rows))]) == 0
    assert ws.pairs.select("origin", "chosen_id").row(0) == ("rejected_only", "")


def test_preferences_over_pictures_are_refused_with_the_reason(ws: Workspace, tmp_path: Path) -> None:
    summary = ws.import_pairs(write(tmp_path, ONE_PAIR["two_media"]))
    assert (summary.added, summary.rejected) == (0, 2)
    assert "a pair is of two captions" in ws.rejects["reason"][0]


# -- what the workbench writes itself -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("format", "name"),
    [
        ("csv", "pairs.csv"),
        ("datasets", "whole"),
        ("kto", "pairs.jsonl"),
        ("kto_conversational", "kto"),
        ("listwise", "pairs.jsonl"),
        ("llama_factory", "factory"),
        ("ms_swift", "swift"),
        ("reward", "pairs.jsonl"),
        ("spans", "pairs.jsonl"),
        ("trl", "pairs.jsonl"),
        ("trl_conversational", "conversations"),
    ],
)
def test_every_export_reads_back_as_the_pairs_it_was_made_of(
    ws: Workspace, tmp_path: Path, format: str, name: str
) -> None:
    if format in ("datasets", "kto_conversational", "trl_conversational"):
        pytest.importorskip("datasets", reason="needs the extra finetune")
    for row in ws.captions.iter_rows(named=True):
        ws.decide(
            row["caption_id"], "misaligned", edited_text=f"{row['text']} It is small.", is_complete=True
        )
    ws.export_pairs(tmp_path / name, format=format)
    _, pairs, bad = read(tmp_path / name)
    assert bad == []
    assert {(p.chosen, p.rejected) for p in pairs} == set(
        ws.pairs.select("chosen_text", "rejected_text").rows()
    )
    report = lint_file(tmp_path / name)
    assert not report.has_errors, report
    if format in ("csv", "datasets"):
        assert {(p.origin, p.status, p.completeness) for p in pairs} == {("edit", "accepted", "full")}
        other = Workspace(ws.store, "ben")
        assert other.import_pairs(tmp_path / name).rejected == 0


def test_a_whole_export_is_imported_into_another_workspace_as_proposals(
    ws: Workspace, tmp_path: Path
) -> None:
    first = ws.captions.row(0, named=True)
    ws.decide(first["caption_id"], "misaligned", error_types=["attribute"], edited_text="A blue cat sits.")
    ws.export_pairs(tmp_path / "pairs.csv")
    other = Workspace(Store.create(tmp_path / "other"), "ben")
    other.ingest(tmp_path / "media" / "captions.csv", progress=False)
    assert other.import_pairs(tmp_path / "pairs.csv").added == 1
    pair = other.pairs.row(0, named=True)
    assert (pair["origin"], pair["status"], pair["error_type"]) == ("imported", "proposed", "attribute")
    assert pair["rejected_id"] == first["caption_id"]
    assert json.loads(pair["detail"])["origin"] == "edit"


def test_the_shell_lists_the_rules_and_lints_a_workspace(
    ws: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["lint", "--rules"]) == 0
    shown = capsys.readouterr().out
    assert "identical (error): the same text on both sides" in shown
    assert main(["lint"]) == 2
    assert "There is nothing to look at" in capsys.readouterr().err
    assert main(["lint", str(ws.path)]) == 0
    assert "0 pairs of the workspace" in capsys.readouterr().out


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.floats(allow_nan=True) | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["role", "content", "value", "rank", "text", "path"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(data=st.data())
def test_a_row_of_any_rubbish_is_a_pair_or_says_why_and_never_stops_the_file(data: st.DataObject) -> None:
    format = data.draw(st.sampled_from(list(FORMATS)))
    record = dict(data.draw(st.sampled_from(ONE_PAIR[format])))
    for name in data.draw(st.sets(st.sampled_from(list(record)), min_size=1)):
        record[name] = data.draw(ANYTHING)
    found = list(FORMATS[format].read([("1", record), *(("2", row) for row in ONE_PAIR[format])]))
    assert all(isinstance(one, FilePair | BadPair) for one in found)
    assert any("1" in one.row for one in found)
    for one in found:
        if isinstance(one, FilePair):
            assert all(isinstance(text, str) for text in (one.chosen, one.rejected, one.prompt, *one.media))
    rows = file_pair_set(found, Path("nowhere"))
    assert rows.rows.height + len(rows.unread) > 0
