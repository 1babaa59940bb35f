"""Each format says the same pairs in its own way: lists, masks, single captions, rows that name files."""

from __future__ import annotations

import json
import tempfile
from itertools import accumulate
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.made_media import make_seen
from tests.made_stores import fill
from tests.tiny_models import make_tokenizer
from workbench.errors import ExportError
from workbench.export.pairs import PAIR_FORMATS, ExportSettings, export_pairs, read_back_pairs
from workbench.export.pairs.listwise import CIRCLE, UNKNOWN, rank_captions
from workbench.export.pairs.spans import mask_tokens
from workbench.pairs import add_pairs, judge, standing_pairs
from workbench.pairs.files import FilePair, read_pairs
from workbench.preferences.collage import Collage
from workbench.preferences.pair import Pair, variant_id
from workbench.records import Span
from workbench.store import Store
from workbench.workspace import Workspace

pytest.importorskip("datasets", reason="the extra `finetune` is not installed")

FOLDERS = [name for name, one in PAIR_FORMATS.items() if one.endings == ("",)]
BOTH = ("accepted", "proposed")


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return make_seen(tmp_path_factory.mktemp("media"))


def by_name(ws: Workspace, rows: pl.DataFrame) -> dict[str, dict[str, object]]:
    names = {row["sample_id"]: Path(row["path"]).stem for row in ws.samples.iter_rows(named=True)}
    return {names[str(row["sample_id"])]: row for row in rows.iter_rows(named=True)}


# -- lists --------------------------------------------------------------------------------------------------


def candidates(store: Store, orders: list[tuple[str, str]]) -> Store:
    sample = store.read("samples")["sample_id"][0]
    add_pairs(store, [
        Pair(sample, f"c-{better}", f"c-{worse}", f"text {better}", f"text {worse}", "candidate")
        for better, worse in orders
    ])  # fmt: skip
    return store


def test_pairs_of_one_sample_become_one_list(filled_store: Store, tmp_path: Path) -> None:
    ws = Workspace(candidates(filled_store, [("a", "b"), ("b", "c"), ("a", "c"), ("x", "y")]), "ana")
    summary = ws.export_pairs(tmp_path / "a.jsonl", format="listwise", status=BOTH)
    rows = read_back_pairs(tmp_path / "a.jsonl", "listwise")
    assert (summary.pairs, summary.rows) == (4, 2)
    assert rows["completions"].to_list() == [["text a", "text b", "text c"], ["text x", "text y"]]
    assert rows["ranks"].to_list() == [[1, 2, 3], [1, 2]]
    assert rows["pair_ids"].list.len().to_list() == [3, 1]


def test_lists_that_meet_late_are_one(filled_store: Store, tmp_path: Path) -> None:
    ws = Workspace(candidates(filled_store, [("a", "b"), ("c", "d"), ("b", "c"), ("d", "e")]), "ana")
    ws.export_pairs(tmp_path / "a.parquet", format="listwise", status=BOTH)
    rows = read_back_pairs(tmp_path / "a.parquet", "listwise")
    assert rows["completions"].to_list() == [[f"text {letter}" for letter in "abcde"]]


def test_no_order_is_made_up(filled_store: Store, tmp_path: Path) -> None:
    ws = Workspace(candidates(filled_store, [("a", "b"), ("b", "c"), ("d", "c")]), "ana")
    with pytest.raises(ExportError, match=f"3 because {UNKNOWN}"):
        ws.export_pairs(tmp_path / "a.jsonl", format="listwise", status=BOTH)
    candidates(filled_store, [("x", "y")])
    summary = ws.export_pairs(tmp_path / "a.jsonl", format="listwise", status=BOTH)
    assert (summary.rows, dict(summary.left_out)) == (1, {UNKNOWN: 3})


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=9))
def test_ranks_hold_for_every_two_captions_or_there_are_none(orders: list[tuple[int, int]]) -> None:
    edges = list({(str(one), str(two)) for one, two in orders if one != two})
    ranks = rank_captions(edges)
    if isinstance(ranks, str):
        assert ranks in (CIRCLE, UNKNOWN)
        return
    assert all(ranks[better] < ranks[worse] for better, worse in edges)
    closure = set(edges)
    for _ in range(6):
        closure |= {(one, three) for one, two in closure for also, three in closure if two == also}
    assert closure == {(one, two) for one in ranks for two in ranks if ranks[one] < ranks[two]}


# -- masks --------------------------------------------------------------------------------------------------


def test_masks_mark_the_words_that_differ(ws: Workspace, tmp_path: Path) -> None:
    make_tokenizer([*ws.pairs["chosen_text"], *ws.pairs["rejected_text"]]).save_pretrained(tmp_path / "words")
    settings = ExportSettings(tokenizer=str(tmp_path / "words"))
    ws.export_pairs(tmp_path / "a.parquet", format="spans", settings=settings)
    row = by_name(ws, read_back_pairs(tmp_path / "a.parquet", "spans"))["plain"]
    assert row["chosen"] == "here is the plain one"
    assert row["chosen_spans"] == [[0, 4]]
    assert (row["chosen_mask"], row["rejected_mask"]) == ([1, 0, 0, 0, 0], [1, 0, 0, 0, 0])
    assert row["chosen_ids"][0] != row["rejected_ids"][0]
    assert row["chosen_ids"][1:] == row["rejected_ids"][1:]


@given(st.lists(st.integers(1, 5), max_size=12), st.integers(0, 30), st.integers(1, 12))
def test_a_mask_marks_each_token_that_shares_a_character_and_no_other(
    lengths: list[int], start: int, length: int
) -> None:
    ends = list(accumulate(lengths))
    offsets = list(zip([0, *ends], ends, strict=False))
    within = set(range(start, start + length))
    shared = [int(bool(within & set(range(*token)))) for token in offsets]
    assert mask_tokens(offsets, [Span(start, start + length)]) == shared


def test_spans_alone_need_no_tokenizer(ws: Workspace, tmp_path: Path) -> None:
    ws.export_pairs(tmp_path / "a.jsonl", format="spans")
    rows = read_back_pairs(tmp_path / "a.jsonl", "spans")
    assert rows["chosen_mask"].null_count() == rows.height
    for row in rows.iter_rows(named=True):
        assert [row["chosen"][a:b] for a, b in row["chosen_spans"]] == ["here"]


def test_a_tokenizer_that_is_not_there_says_so(ws: Workspace, tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="cannot be loaded"):
        ws.export_pairs(
            tmp_path / "a.jsonl", format="spans", settings=ExportSettings(tokenizer=str(tmp_path / "none"))
        )


# -- single captions ----------------------------------------------------------------------------------------


def test_single_captions_take_what_has_no_order(filled_store: Store, tmp_path: Path) -> None:
    ws = Workspace(filled_store, "ana")
    rows = ws.captions.rows(named=True)
    pairs = [
        Pair(row["sample_id"], row["caption_id"], variant_id(row["sample_id"], "wrong", "built"), row["text"],
             "wrong", "built")
        for row in rows[:4]
    ]  # fmt: skip
    pairs.append(Pair(rows[5]["sample_id"], "", rows[5]["caption_id"], "", rows[5]["text"], "rejected_only"))
    one, two = rows[6], rows[7]
    pairs.append(
        Pair(
            one["sample_id"], one["caption_id"], two["caption_id"], one["text"], two["text"], "across",
            rejected_sample_id=two["sample_id"],
        )
    )  # fmt: skip
    add_pairs(ws.store, pairs)
    judge(ws.store, pairs[0].pair_id, "prefer", annotator="ana", winner=pairs[0].chosen_id)
    judge(ws.store, pairs[1].pair_id, "both_bad", annotator="ana")
    judge(ws.store, pairs[2].pair_id, "tie", annotator="ana")
    summary = ws.export_pairs(
        tmp_path / "kto.jsonl", format="kto", status=("accepted", "proposed", "both_bad", "tie", "open")
    )
    told = read_back_pairs(tmp_path / "kto.jsonl", "kto").select("sample_id", "completion", "label")
    assert told.rows() == [
        (rows[0]["sample_id"], rows[0]["text"], True), (rows[0]["sample_id"], "wrong", False),
        (rows[1]["sample_id"], rows[1]["text"], False), (rows[1]["sample_id"], "wrong", False),
        (rows[3]["sample_id"], rows[3]["text"], True), (rows[3]["sample_id"], "wrong", False),
        (rows[5]["sample_id"], rows[5]["text"], False),
        (one["sample_id"], one["text"], True), (two["sample_id"], two["text"], False),
    ]  # fmt: skip
    assert list(summary.left_out.values()) == [1]


def test_a_caption_in_the_middle_says_nothing_alone(filled_store: Store, tmp_path: Path) -> None:
    ws = Workspace(candidates(filled_store, [("a", "b"), ("b", "c"), ("a", "c")]), "ana")
    summary = ws.export_pairs(tmp_path / "kto.parquet", format="kto", status=BOTH)
    rows = read_back_pairs(tmp_path / "kto.parquet", "kto")
    assert rows.select("completion", "label").rows() == [("text a", True), ("text c", False)]
    assert "the better one of one pair and the worse one of another" in str(summary)


# -- rows that name files -----------------------------------------------------------------------------------


def test_llama_factory_is_told_where_everything_is(ws: Workspace, tmp_path: Path) -> None:
    ws.export_pairs(tmp_path / "out", format="llama_factory")
    info = json.loads((tmp_path / "out" / "dataset_info.json").read_text())
    assert info == {"caption_pairs_train": {
        "file_name": "train.jsonl", "formatting": "sharegpt", "ranking": True,
        "columns": {
            "messages": "conversations", "chosen": "chosen", "rejected": "rejected",
            "images": "images", "videos": "videos", "audios": "audios",
        },
    }}  # fmt: skip
    rows = by_name(ws, read_back_pairs(tmp_path / "out", "llama_factory"))
    assert rows["clip"]["conversations"] == [{"from": "human", "value": "<video>Describe this video."}]
    assert rows["tone"]["conversations"] == [{"from": "human", "value": "<audio>Describe this sound."}]
    assert rows["plain"]["chosen"] == {"from": "gpt", "value": "here is the plain one"}
    for row in rows.values():
        marks = str(row["conversations"]).count("<")
        files = [name for kind in ("images", "videos", "audios") for name in row[kind]]
        assert marks == len(files) == 1
        assert (tmp_path / "out" / files[0]).is_file()
    assert rows["turned"]["images"][0].startswith("media/"), "one that its camera turned is written upright"
    assert Image.open(tmp_path / "out" / rows["turned"]["images"][0]).size == (120, 160)


def test_copies_make_a_folder_that_can_be_moved(ws: Workspace, tmp_path: Path) -> None:
    settings = ExportSettings(copy_media=True)
    ws.export_pairs(tmp_path / "out", format="llama_factory", settings=settings)
    (tmp_path / "out").rename(tmp_path / "moved")
    rows = read_back_pairs(tmp_path / "moved", "llama_factory")
    for row in rows.iter_rows(named=True):
        names = [*row["images"], *row["videos"], *row["audios"]]
        assert not Path(names[0]).is_absolute()
        assert (tmp_path / "moved" / names[0]).is_file()


def test_ms_swift_gets_whole_paths_and_margins(ws: Workspace, tmp_path: Path) -> None:
    ws.export_pairs(tmp_path / "out", format="ms_swift", settings=ExportSettings(copy_media=True))
    rows = by_name(ws, read_back_pairs(tmp_path / "out", "ms_swift"))
    assert rows["plain"]["messages"] == [
        {"role": "user", "content": "<image>Describe this image."},
        {"role": "assistant", "content": "here is the plain one"},
    ]
    assert rows["plain"]["rejected_response"] == "this is the plain one"
    assert rows["plain"]["margin"] == 0.0
    for row in rows.values():
        files = [name for kind in ("images", "videos", "audios") for name in row[kind]]
        assert Path(files[0]).is_absolute()
        assert Path(files[0]).is_file()


def test_a_collage_is_drawn_once_and_named(ws: Workspace, tmp_path: Path) -> None:
    samples = ws.samples.filter(pl.col("media") == "image")["sample_id"].to_list()
    collage = Collage(tuple(samples[:2]), 1)
    pair = Pair(
        samples[1], variant_id(samples[1], "true", "collage"), variant_id(samples[1], "false", "collage"),
        "true", "false", "collage", detail=collage.detail,
    )  # fmt: skip
    store = ws.store
    frame = standing_pairs(store)
    from workbench.pairs import frame_of_pairs

    made = frame_of_pairs([pair]).with_columns(status=pl.lit("accepted"))
    export_pairs(store, pl.concat([frame, made], how="diagonal"), tmp_path / "out", format="llama_factory")
    rows = read_back_pairs(tmp_path / "out", "llama_factory")
    row = rows.filter(pl.col("pair_id") == pair.pair_id).row(0, named=True)
    assert row["conversations"][0]["value"] == f"<image>{collage.prompt}"
    assert Image.open(tmp_path / "out" / row["images"][0]).size == (676, 336)


# -- all of them --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FOLDERS)
def test_a_folder_is_replaced_by_the_next_export_and_nothing_else_is(
    ws: Workspace, tmp_path: Path, name: str
) -> None:
    ws.export_pairs(tmp_path / "out", format=name)
    first = read_back_pairs(tmp_path / "out", name)
    ws.export_pairs(tmp_path / "out", format=name)
    assert read_back_pairs(tmp_path / "out", name).equals(first)
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    with pytest.raises(ExportError, match="is no export of pairs"):
        ws.export_pairs(tmp_path / "mine", format=name)
    assert (tmp_path / "mine" / "thesis.txt").read_text() == "years of work"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine", "out"]


texts = st.text(min_size=1, max_size=30).filter(lambda text: text.strip() != "")


@settings(max_examples=8, deadline=None)
@given(st.lists(st.tuples(texts, texts), min_size=1, max_size=3))
def test_any_text_reads_back_from_every_format(made: list[tuple[str, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = Store.create(Path(folder) / "ws")
        fill(store, 1)
        pairs = [
            Pair("", f"c{n}", f"r{n}", chosen, rejected, "imported", prompt=f"question {n}")
            for n, (chosen, rejected) in enumerate(made)
        ]
        add_pairs(store, pairs)
        frame = standing_pairs(store)
        for name, writer in PAIR_FORMATS.items():
            path = Path(folder) / f"out-{name}{writer.endings[0]}"
            summary = export_pairs(store, frame, path, format=name, status=("proposed",))
            told = str(read_back_pairs(path, name).to_dicts())
            assert summary.rows == len(made) * (2 if name.startswith("kto") else 1)
            assert all(repr(text)[1:-1] in told for two in made for text in two)
        store.journal.close()


#: How each format of pairs says which caption is the better one, and which the worse.
SAID = {
    "csv": lambda row: (row["chosen_text"], row["rejected_text"]),
    "datasets": lambda row: (row["chosen_text"], row["rejected_text"]),
    "listwise": lambda row: tuple(row["completions"]),
    "llama_factory": lambda row: (row["chosen"]["value"], row["rejected"]["value"]),
    "ms_swift": lambda row: (row["messages"][-1]["content"], row["rejected_response"]),
    "trl_conversational": lambda row: (row["chosen"][0]["content"], row["rejected"][0]["content"]),
    **dict.fromkeys(("trl", "reward", "spans"), lambda row: (row["chosen"], row["rejected"])),
}


@pytest.mark.parametrize("name", PAIR_FORMATS)
def test_every_format_has_the_winner_that_people_chose(
    filled_store: Store, tmp_path: Path, name: str
) -> None:
    sample = filled_store.read("samples")["sample_id"][0]
    kept = Pair(sample, "c1", "c2", "first", "second", "candidate")
    turned = Pair(sample, "c3", "c4", "third", "fourth", "candidate")
    add_pairs(filled_store, [kept, turned])
    judge(filled_store, kept.pair_id, "prefer", annotator="ana", winner="c1", left="c2")
    judge(filled_store, turned.pair_id, "prefer", annotator="ana", winner="c4", left="c4")
    # Of no sample, so that formats with pictures take them as text.
    frame = standing_pairs(filled_store).with_columns(sample_id=pl.lit(""))
    path = tmp_path / f"out{PAIR_FORMATS[name].endings[0]}"
    export_pairs(filled_store, frame, path, format=name)
    rows = read_back_pairs(path, name).rows(named=True)
    if name.startswith("kto"):
        wanted = {str(row["completion"]) for row in rows if row["label"]}
        assert all(("first" in said) != ("fourth" in said) for said in wanted)
        assert len(wanted) == 2
    else:
        assert {SAID[name](row) for row in rows} == {("first", "second"), ("fourth", "third")}


@pytest.mark.parametrize("name", ["trl", "reward", "kto", "llama_factory", "ms_swift", "trl_conversational"])
def test_what_is_exported_is_read_by_the_readers_of_other_tools_files(
    ws: Workspace, tmp_path: Path, name: str
) -> None:
    path = tmp_path / f"out{PAIR_FORMATS[name].endings[0]}"
    ws.export_pairs(path, format=name)
    rows = {"llama_factory": path / "train.jsonl", "ms_swift": path / "train.jsonl",
            "trl_conversational": path / "data" / "train.parquet"}.get(name, path)  # fmt: skip
    _, found = read_pairs(rows, "trl" if name == "reward" else name)
    read = {(one.chosen, one.rejected) for one in found if isinstance(one, FilePair)}
    ours = ws.pairs
    if name == "trl_conversational":
        sound = ws.samples.filter(pl.col("media") == "audio")["sample_id"]
        ours = ours.filter(~pl.col("sample_id").is_in(sound.implode()))
    wanted = set(ours.select("chosen_text", "rejected_text").iter_rows())
    assert read == wanted if name != "kto" else read >= wanted
