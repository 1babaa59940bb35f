"""Each format says the same pairs in its own way: lists, masks, single captions, rows that name files."""

from __future__ import annotations

import json
import tempfile
import wave
from itertools import accumulate
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tests.made_clips import RED, write_squares
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
from workbench.workspace import Workspace, create

pytest.importorskip("datasets", reason="the extra `finetune` is not installed")

FOLDERS = [name for name, one in PAIR_FORMATS.items() if one.endings == ("",)]
BOTH = ("accepted", "proposed")


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Two pictures, one turned by its camera and one with transparency, a video and a sound; a pair each."""
    folder = tmp_path_factory.mktemp("media")
    media = folder / "media"
    media.mkdir()
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 255, (12, 16, 3), np.uint8)
    plain = Image.fromarray(noise).resize((160, 120))
    plain.save(media / "plain.jpg")
    exif = Image.Exif()
    exif[0x0112] = 6
    plain.save(media / "turned.jpg", exif=exif)
    Image.fromarray(noise).convert("RGBA").save(media / "seethrough.png")
    write_squares(media / "clip.mp4", [(RED, 0.0, 2.0)], 2.0)
    with wave.open(str(media / "tone.wav"), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes((np.sin(np.arange(8000) / 8) * 9000).astype("<i2").tobytes())
    for path in list(media.iterdir()):
        path.with_suffix(".txt").write_text(f"this is the {path.stem} one")
    ws = create(folder / "ws", annotator="ana")
    ws.ingest(media, progress=False)
    assert ws.captions.height == 5, ws.rejects
    for row in ws.captions.iter_rows(named=True):
        ws.decide(
            row["caption_id"], "misaligned", edited_text=row["text"].replace("this", "here"), is_complete=True
        )
    return ws


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
    assert row["chosen_ids"][0] != row["rejected_ids"][0]  # type: ignore[index]
    assert row["chosen_ids"][1:] == row["rejected_ids"][1:]  # type: ignore[index]


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


# -- pictures -----------------------------------------------------------------------------------------------


def pictures_of(ws: Workspace, folder: Path, **settings_: int) -> dict[str, list[Image.Image]]:
    import datasets

    ws.export_pairs(folder, format="trl_conversational", settings=ExportSettings(**settings_))  # type: ignore[arg-type]
    names = {row["sample_id"]: Path(row["path"]).stem for row in ws.samples.iter_rows(named=True)}
    rows = datasets.load_dataset(str(folder), split="train", streaming=True)
    return {names[row["sample_id"]]: row["images"] for row in rows}


def test_each_row_shows_its_own_pictures_upright(ws: Workspace, tmp_path: Path) -> None:
    found = pictures_of(ws, tmp_path / "out", frames=3)
    assert sorted(found) == ["clip", "plain", "seethrough", "turned"], "sound is left out"
    source = ws.store.media_path_of(ws.samples.filter(pl.col("path") == "plain.jpg")["sample_id"][0])
    assert np.array_equal(found["plain"][0], Image.open(source)), "byte for byte"
    assert found["turned"][0].size == (120, 160)
    assert {image.mode for images in found.values() for image in images} == {"RGB"}
    assert len(found["clip"]) == 3
    reds = [np.argmax(np.asarray(frame)[65, :, 1] < 100) for frame in found["clip"]]
    assert reds == sorted(set(reds)), "the square moves on from frame to frame"


def test_a_picture_of_many_pairs_is_stored_once(tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    Image.effect_noise((256, 256), 90).convert("RGB").save(photos / "one.png")
    (photos / "one.txt").write_text("one")
    ws = create(tmp_path / "ws", annotator="ana")
    ws.ingest(photos, progress=False)
    sample = ws.samples["sample_id"][0]
    pairs = [Pair(sample, f"c{n}", f"r{n}", f"good {n}", f"bad {n}", "candidate") for n in range(40)]
    add_pairs(ws.store, pairs)
    ws.export_pairs(tmp_path / "out", format="trl_conversational", status=BOTH)
    size = (tmp_path / "out" / "data" / "train.parquet").stat().st_size
    assert size < 1.5 * (photos / "one.png").stat().st_size


def test_pictures_are_shrunk_when_asked(ws: Workspace, tmp_path: Path) -> None:
    found = pictures_of(ws, tmp_path / "out", picture_px=64)
    assert max(max(image.size) for images in found.values() for image in images) == 64


def test_what_cannot_be_shown_is_counted_by_reason(ws: Workspace, tmp_path: Path) -> None:
    summary = ws.export_pairs(tmp_path / "out", format="trl_conversational")
    assert dict(summary.left_out) == {"it is sound, and this format takes pictures": 1}


def test_a_file_that_is_damaged_later_is_left_out(tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    photos.mkdir()
    for name in ("one", "two"):
        Image.effect_noise((64, 64), 80).convert("RGB").save(photos / f"{name}.png")
        (photos / f"{name}.txt").write_text(name)
    ws = create(tmp_path / "ws", annotator="ana")
    ws.ingest(photos, progress=False)
    for caption in ws.captions["caption_id"]:
        ws.decide(caption, "misaligned", edited_text="better", is_complete=True)
    (photos / "two.png").write_bytes((photos / "two.png").read_bytes()[:400])
    for format in ("trl_conversational", "llama_factory"):
        summary = ws.export_pairs(tmp_path / format, format=format)
        assert (summary.rows, dict(summary.left_out)) == (1, {"its media cannot be read": 1})
    (photos / "one.png").unlink()
    assert ws.export_pairs(tmp_path / "whole", format="datasets").rows == 2, "the whole keeps every pair"


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
        files = [name for kind in ("images", "videos", "audios") for name in row[kind]]  # type: ignore[attr-defined]
        assert marks == len(files) == 1
        assert (tmp_path / "out" / files[0]).is_file()
    assert rows["turned"]["images"][0].startswith("media/"), "one that its camera turned is written upright"  # type: ignore[index]
    assert Image.open(tmp_path / "out" / rows["turned"]["images"][0]).size == (120, 160)  # type: ignore[index]


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
        files = [name for kind in ("images", "videos", "audios") for name in row[kind]]  # type: ignore[attr-defined]
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
