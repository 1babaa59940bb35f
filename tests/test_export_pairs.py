"""Every export of pairs reads back equal, keeps the order that people gave, and says what it left out."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.made_stores import fill
from workbench.cli import main
from workbench.errors import ExportError, UnknownNameError
from workbench.export.pairs import PAIR_FORMATS, ExportSettings, export_pairs, read_back_pairs
from workbench.export.pairs.base import PairSet, Written
from workbench.export.pairs.trl import Trl
from workbench.pairs import add_pairs, judge, standing_pairs
from workbench.preferences.pair import Pair, variant_id
from workbench.store import Store
from workbench.workspace import Workspace

#: Formats that are one file of rows and need no package beyond the core.
ROWS = ("trl", "reward", "csv")


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    store = Store.create(tmp_path / "ws")
    fill(store, 6)
    ws = Workspace(store, "ana")
    for number, caption in enumerate(ws.captions["caption_id"][:4]):
        ws.decide(caption, "misaligned", edited_text=f"what is seen in {number}", is_complete=True)
    return ws


def built(ws: Workspace, number: int, text: str = "quite wrong", **fields: object) -> Pair:
    row = ws.captions.row(number, named=True)
    whole = {"origin": "built", "builder": "negate"} | fields
    pair = Pair(
        row["sample_id"], row["caption_id"], variant_id(row["sample_id"], text, "built"), row["text"], text,
        **whole,
    )  # fmt: skip
    add_pairs(ws.store, [pair])
    return pair


def place_for(folder: Path, name: str) -> Path:
    ending = PAIR_FORMATS[name].endings[0]
    return folder / f"out-{name}{ending}"


def test_rows_say_what_the_pairs_say(ws: Workspace, tmp_path: Path) -> None:
    summary = ws.export_pairs(tmp_path / "pairs.jsonl", format="trl")
    assert (summary.rows, summary.pairs, dict(summary.splits)) == (4, 4, {"": 4})
    rows = [json.loads(line) for line in (tmp_path / "pairs.jsonl").read_text().splitlines()]
    assert rows[0]["chosen"] == "what is seen in 0"
    assert rows[0]["rejected"] == "caption number 0"
    assert rows[0]["prompt"] == "Describe this image.\n"
    assert "4 rows of 4 pairs" in str(summary)
    assert "The rows are text alone" in str(summary)


def test_a_judgement_turns_what_is_exported(ws: Workspace, tmp_path: Path) -> None:
    pair = built(ws, 5)
    judge(ws.store, pair.pair_id, "prefer", annotator="ana", winner=pair.rejected_id, strength=3)
    ws.export_pairs(tmp_path / "pairs.parquet", format="reward")
    row = read_back_pairs(tmp_path / "pairs.parquet", "reward").row(-1, named=True)
    assert (row["pair_id"], row["chosen"], row["margin"]) == (pair.pair_id, "quite wrong", 1.0)


def test_a_strength_is_a_margin_and_none_is_none(ws: Workspace, tmp_path: Path) -> None:
    pair = built(ws, 5)
    judge(ws.store, pair.pair_id, "prefer", annotator="ana", winner=pair.chosen_id, strength=1)
    ws.export_pairs(tmp_path / "pairs.jsonl", format="reward")
    margins = read_back_pairs(tmp_path / "pairs.jsonl", "reward")["margin"].to_list()
    assert margins == pytest.approx([0, 0, 0, 0, 1 / 3])


def test_only_the_statuses_asked_for_are_written(ws: Workspace, tmp_path: Path) -> None:
    built(ws, 4)
    summary = ws.export_pairs(tmp_path / "a.jsonl")
    assert (summary.rows, summary.others) == (4, 1)
    assert "1 pairs of another status" in str(summary)
    assert ws.export_pairs(tmp_path / "b.jsonl", status=("accepted", "proposed")).rows == 5
    with pytest.raises(UnknownNameError, match="Known: accepted, both_bad, disputed"):
        ws.export_pairs(tmp_path / "c.jsonl", status=("good",))


def test_pairs_that_a_format_cannot_hold_are_counted_by_reason(ws: Workspace, tmp_path: Path) -> None:
    tie = built(ws, 4)
    judge(ws.store, tie.pair_id, "tie", annotator="ana")
    other = ws.samples["sample_id"][0]
    built(ws, 5, "of another one", origin="across", rejected_sample_id=other)
    sample = ws.samples["sample_id"][1]
    add_pairs(ws.store, [Pair(sample, "", "c9", "", "known to be bad", "rejected_only")])
    summary = ws.export_pairs(tmp_path / "a.jsonl", status=("accepted", "proposed", "tie"))
    assert summary.rows == 4
    assert summary.pairs == 7
    assert sorted(summary.left_out.values()) == [1, 1, 1]
    assert "of two samples" in str(summary)
    whole = ws.export_pairs(tmp_path / "a.csv", status=("accepted", "proposed", "tie"))
    assert whole.rows == 7


def test_one_split_alone(ws: Workspace, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="never split"):
        ws.export_pairs(tmp_path / "a.jsonl", split="train")
    ws.split_pairs(0.25)
    assert "Held-out rows are in the same file" in str(ws.export_pairs(tmp_path / "a.jsonl"))
    assert ws.export_pairs(tmp_path / "a.jsonl", split="train").rows == 3
    assert read_back_pairs(tmp_path / "a.jsonl")["split"].unique().to_list() == ["train"]
    with pytest.raises(UnknownNameError, match="no split 'test'"):
        ws.export_pairs(tmp_path / "a.jsonl", split="test")


def test_pairs_of_leaky_builders_are_told_of(ws: Workspace, tmp_path: Path) -> None:
    built(ws, 4, is_leaky=True)
    summary = ws.export_pairs(tmp_path / "a.jsonl", status=("accepted", "proposed"))
    assert "1 pairs are of builders that words alone give away" in str(summary)


def test_a_disk_that_is_full_leaves_what_was_there(
    ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.jsonl").write_text("old")
    monkeypatch.setitem(PAIR_FORMATS, "trl", _Full())
    with pytest.raises(ExportError, match="cannot be written: No space left"):
        ws.export_pairs(tmp_path / "a.jsonl")
    assert (tmp_path / "a.jsonl").read_text() == "old"


class _Full(Trl):
    """A writer whose disk fills up half-way."""

    def write(self, chosen: PairSet, place: Path, ending: str) -> Written:
        place.write_text("half of")
        raise OSError(28, "No space left on device")


def test_a_prompt_of_ones_own_is_kept_as_it_is(ws: Workspace, tmp_path: Path) -> None:
    built(ws, 4, prompt="What is it? ")
    ws.export_pairs(
        tmp_path / "a.jsonl", status=("accepted", "proposed"), settings=ExportSettings(prompt="Say it:")
    )
    assert read_back_pairs(tmp_path / "a.jsonl")["prompt"].to_list() == ["Say it:"] * 4 + ["What is it? "]


def test_a_caption_of_an_interval_is_asked_for_by_its_interval(ws: Workspace, tmp_path: Path) -> None:
    ws.store.append(
        "samples", ws.samples.head(1).with_columns(sample_id=pl.lit("clip"), media=pl.lit("video"))
    )
    timed = {"caption_id": "c1", "sample_id": "clip", "kind": "caption", "text": "a dog runs"}
    when = {"start_s": 1.0, "end_s": 2.5, "caption_hash": "h"}
    ws.store.append("captions", pl.DataFrame([timed | when]))
    ws.decide("c1", "misaligned", edited_text="a cat runs", is_complete=True)
    ws.export_pairs(tmp_path / "a.jsonl")
    prompts = read_back_pairs(tmp_path / "a.jsonl")["prompt"].to_list()
    assert "Describe this video from 1.00 s to 2.50 s.\n" in prompts


texts = st.text(min_size=1, max_size=40).filter(lambda text: text.strip() != "")


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(texts, texts, st.text(max_size=10)), min_size=1, max_size=4))
def test_any_text_reads_back_from_every_format_of_rows(made: list[tuple[str, str, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = Store.create(Path(folder) / "ws")
        sample = fill(store, 1)[0]
        pairs = [
            Pair(sample, f"c{n}", f"r{n}", chosen, rejected, "imported", prompt=prompt, reason=prompt)
            for n, (chosen, rejected, prompt) in enumerate(made)
        ]
        add_pairs(store, pairs)
        frame = standing_pairs(store)
        for name in ROWS:
            for ending in PAIR_FORMATS[name].endings:
                path = Path(folder) / f"out-{name}{ending}"
                export_pairs(store, frame, path, format=name, status=("proposed",))
                back = read_back_pairs(path, name)
                ours, theirs = ("chosen_text", "rejected_text") if name == "csv" else ("chosen", "rejected")
                assert back[ours].to_list() == [chosen for chosen, _, _ in made]
                assert back[theirs].to_list() == [rejected for _, rejected, _ in made]
                assert back["pair_id"].to_list() == [pair.pair_id for pair in pairs]
        store.journal.close()


def test_nothing_to_write_says_so(tmp_path: Path, store: Store) -> None:
    with pytest.raises(ExportError, match="None of the 0 pairs is accepted"):
        Workspace(store, "ana").export_pairs(tmp_path / "a.jsonl")
    assert not (tmp_path / "a.jsonl").exists()


def test_a_wrong_ending_or_format_is_refused(ws: Workspace, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match=r"End its name in \.jsonl or \.parquet"):
        ws.export_pairs(tmp_path / "a.txt", format="trl")
    with pytest.raises(UnknownNameError, match=r"Known: .*trl"):
        ws.export_pairs(tmp_path / "a.txt", format="dpo")


def test_an_export_that_does_not_read_back_leaves_the_old_file(
    ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.jsonl").write_text("old")
    monkeypatch.setitem(PAIR_FORMATS, "trl", _Forgetful())
    with pytest.raises(ExportError, match="does not read back equal"):
        ws.export_pairs(tmp_path / "a.jsonl")
    assert (tmp_path / "a.jsonl").read_text() == "old"
    assert [path.name for path in tmp_path.iterdir() if "trial" in path.name] == []


class _Forgetful(Trl):
    """A writer that loses a row, as a fault to be caught."""

    def write(self, chosen: PairSet, place: Path, ending: str) -> Written:
        written = super().write(chosen, place, ending)
        return Written(pl.concat([written.rows, written.rows.head(1)]), written.left_out)


def test_the_shell_names_every_format(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["export-pairs", "--help"])
    told = " ".join(capsys.readouterr().out.split()).replace(" or ", ", ")
    assert ", ".join(PAIR_FORMATS) in told


def test_the_shell_splits_and_exports(
    ws: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["split", str(ws.path), "--share", "0.25"]) == 0
    assert "locked with seed 0" in capsys.readouterr().out
    out = tmp_path / "a.jsonl"
    assert main(["export-pairs", str(ws.path), str(out), "--format", "trl", "--split", "held_out"]) == 0
    assert "1 rows of 1 pairs" in capsys.readouterr().out
    assert main(["split", str(ws.path), "--seed", "3"]) == 2
    assert "is locked with seed 0" in capsys.readouterr().err
