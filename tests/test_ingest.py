# ruff: noqa: E501 - the cases read as tables
from __future__ import annotations

import builtins
import json
import os
import wave
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from PIL import Image

from workbench.errors import IngestError, UnknownNameError, WorkspaceLockedError
from workbench.ingest import READERS, IngestSummary, ingest
from workbench.ingest import verb as ingest_verb
from workbench.store import Store


def write_photo(path: Path, grey: int = 100) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.full((24, 32, 3), grey, np.uint8)).save(path)
    return path


def write_sound(path: Path, seconds: int = 2) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8_000)
        file.writeframes(bytes(16_000 * seconds))
    return path


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    for index, name in enumerate(("a.jpg", "b.jpg", "sub/c.png")):
        write_photo(folder / name, 40 * index)
    return folder


def texts(store: Store) -> dict[str, list[str]]:
    joined = store.read("captions").join(store.read("samples"), on="sample_id")
    return {
        str(path): rows["text"].to_list() for (path,), rows in joined.group_by("path", maintain_order=True)
    }


def assert_adds_up(summary: IngestSummary) -> None:
    assert summary.rows_read == summary.captions_added + summary.unchanged + summary.rejected


EXPECTED = {"a.jpg": ["a dog", "a dog runs"], "b.jpg": ["a cat, asleep"]}
ROWS = [(path, text) for path, captions in EXPECTED.items() for text in captions]


def as_csv(folder: Path) -> Path:
    lines = ["image,caption", *(f'{path},"{text}"' for path, text in ROWS)]
    (folder / "captions.csv").write_text("\n".join(lines) + "\n")
    return folder / "captions.csv"


def as_tsv(folder: Path) -> Path:
    lines = ["file\tcaption", *(f"{path}\t{text}" for path, text in ROWS)]
    (folder / "captions.tsv").write_text("\ufeff" + "\r\n".join(lines))
    return folder / "captions.tsv"


def as_jsonl(folder: Path) -> Path:
    lines = [json.dumps({"path": path, "text": text}) for path, text in ROWS]
    (folder / "captions.jsonl").write_text("\n\n".join(lines))
    return folder / "captions.jsonl"


def as_json_list(folder: Path) -> Path:
    (folder / "captions.json").write_text(
        json.dumps([{"image": path, "captions": captions} for path, captions in EXPECTED.items()], indent=1)
    )
    return folder / "captions.json"


def as_parquet(folder: Path) -> Path:
    pl.DataFrame(ROWS, schema=["file_name", "caption"], orient="row").write_parquet(
        folder / "captions.parquet"
    )
    return folder / "captions.parquet"


def as_parquet_of_lists(folder: Path) -> Path:
    pl.DataFrame({"path": list(EXPECTED), "text": list(EXPECTED.values())}).write_parquet(folder / "c.pq")
    return folder / "c.pq"


def as_coco(folder: Path) -> Path:
    ids = {name: index for index, name in enumerate(EXPECTED)}
    whole = {
        "info": {},
        "images": [{"id": index, "file_name": name} for name, index in ids.items()],
        "annotations": [
            {"id": index, "image_id": ids[path], "caption": text} for index, (path, text) in enumerate(ROWS)
        ],
    }
    (folder / "captions_val.json").write_text(json.dumps(whole))
    return folder / "captions_val.json"


def as_flickr(folder: Path) -> Path:
    lines = [f"{path}#{EXPECTED[path].index(text)}\t{text}" for path, text in ROWS]
    (folder / "captions.token.txt").write_text("\n".join(lines))
    return folder / "captions.token.txt"


def as_flickr_table(folder: Path) -> Path:
    lines = ["image_name| comment_number| comment"]
    lines += [f"{path}| {EXPECTED[path].index(text)}| {text}" for path, text in ROWS]
    (folder / "results.txt").write_text("\n".join(lines))
    return folder / "results.txt"


def as_folder(folder: Path) -> Path:
    for path, captions in EXPECTED.items():
        (folder / path).with_suffix(".txt").write_text("\n".join(captions) + "\n")
    return folder


FORMATS = [
    as_csv, as_tsv, as_jsonl, as_json_list, as_parquet, as_parquet_of_lists, as_coco, as_flickr, as_flickr_table,
    as_folder,
]  # fmt: skip


@pytest.mark.parametrize("write", FORMATS)
def test_every_format_brings_the_same_captions_and_a_second_time_nothing(
    store: Store, photos: Path, write: object
) -> None:
    assert callable(write)
    source = write(photos)
    first = ingest(store, source, progress=False)
    assert texts(store) == EXPECTED
    assert (first.captions_added, first.rejected, first.rows_read) == (3, 0, 3)
    before = {table: store.read(table) for table in ("samples", "captions")}
    again = ingest(store, source, progress=False)
    assert (again.samples_added, again.captions_added, again.unchanged, again.samples_updated) == (0, 0, 3, 0)
    assert_adds_up(again)
    assert all(store.read(table).equals(frame) for table, frame in before.items())


def test_a_sample_says_what_its_file_is(store: Store, photos: Path) -> None:
    ingest(store, as_csv(photos), progress=False)
    row = store.read("samples").row(0, named=True)
    assert (row["media"], row["root"], row["path"]) == ("image", "photos", "a.jpg")
    assert (row["width"], row["height"], row["duration_s"], row["has_audio"]) == (32, 24, None, False)
    assert row["size_bytes"] == (photos / "a.jpg").stat().st_size
    assert store.media_path_of(row["sample_id"]) == photos / "a.jpg"


def test_all_fields_of_a_row_are_kept(store: Store, tmp_path: Path) -> None:
    write_sound(tmp_path / "a.wav")
    line = {"path": "a.wav", "text": " hello ", "kind": "transcript", "lang": "en", "source": "whisper"}
    line |= {"speaker": "S1", "start_s": 0.5, "end_s": "1.25", "group": 7, "view": "left", "split": "train"}
    (tmp_path / "c.jsonl").write_text(json.dumps(line))
    ingest(store, tmp_path / "c.jsonl", progress=False)
    row = store.read("captions").join(store.read("samples"), on="sample_id").row(0, named=True)
    assert (row["text"], row["kind"], row["lang"], row["source"]) == ("hello", "transcript", "en", "whisper")
    assert (row["speaker"], row["start_s"], row["end_s"]) == ("S1", 0.5, 1.25)
    assert (row["group"], row["view"], row["split"]) == ("7", "left", "train")


def test_an_interval_may_reach_a_rounding_past_the_end(store: Store, tmp_path: Path) -> None:
    write_sound(tmp_path / "a.wav", seconds=2)
    (tmp_path / "c.csv").write_text("path,text,start,end\na.wav,x,0,2.2\n")
    assert ingest(store, tmp_path / "c.csv", progress=False).captions_added == 1


def test_only_what_is_new_is_added(store: Store, photos: Path) -> None:
    source = as_csv(photos)
    ingest(store, source, progress=False)
    with source.open("a") as file:
        file.write("sub/c.png,a bird\n")
    summary = ingest(store, source, progress=False)
    assert (summary.samples_added, summary.captions_added, summary.unchanged) == (1, 1, 3)


def test_a_file_whose_bytes_changed_renews_its_sample_only(store: Store, photos: Path) -> None:
    ingest(store, as_csv(photos), progress=False)
    before = store.read("samples")
    Image.new("RGB", (64, 48)).save(photos / "a.jpg")
    summary = ingest(store, as_csv(photos), progress=False)
    assert (summary.samples_updated, summary.unchanged, summary.captions_added) == (1, 3, 0)
    after = store.read("samples")
    assert after["sample_id"].equals(before["sample_id"])
    assert (after["content_hash"] != before["content_hash"]).to_list() == [True, False]
    assert after["width"].to_list() == [64, 32]
    assert after["added_at"].equals(before["added_at"])


def test_a_group_given_later_is_filled_in(store: Store, photos: Path) -> None:
    ingest(store, as_csv(photos), progress=False)
    (photos / "groups.csv").write_text("path,text,group\na.jpg,a dog,g1\n")
    summary = ingest(store, photos / "groups.csv", progress=False)
    assert (summary.unchanged, summary.samples_updated) == (1, 1)
    assert dict(store.read("samples").select("path", "group").iter_rows()) == {"a.jpg": "g1", "b.jpg": None}


def test_a_media_file_without_a_caption_is_kept_and_counted(store: Store, photos: Path) -> None:
    summary = ingest(store, as_folder(photos), progress=False)
    assert (summary.samples_added, summary.samples_without_caption, summary.rows_read) == (3, 1, 3)
    assert "1 media files have no caption; kept as samples" in str(summary)


def test_a_sidecar_can_name_the_whole_file_it_belongs_to(store: Store, photos: Path) -> None:
    write_photo(photos / "a.png")
    (photos / "a.jpg.txt").write_text("the photo")
    (photos / "a.png.txt").write_text("the drawing\n\n second line \n")
    ingest(store, photos, progress=False)
    assert texts(store) == {"a.jpg": ["the photo"], "a.png": ["the drawing", "second line"]}


def test_hidden_files_and_other_files_are_left_alone(store: Store, photos: Path) -> None:
    for name in ("._a.jpg", ".hidden/x.jpg", "notes.md", "table.xlsx"):
        (photos / name).parent.mkdir(exist_ok=True)
        (photos / name).write_bytes(b"x")
    summary = ingest(store, photos, progress=False)
    assert (summary.samples_added, summary.rejected) == (3, 0)


@pytest.mark.parametrize("subfolder", ["", "images", "media"])
def test_paths_are_found_in_the_media_root_and_its_usual_subfolders(
    store: Store, tmp_path: Path, subfolder: str
) -> None:
    write_photo(tmp_path / subfolder / "a.jpg")
    (tmp_path / "c.csv").write_text("path,text\na.jpg,x\n")
    assert ingest(store, tmp_path / "c.csv", progress=False).captions_added == 1
    assert store.read("samples")["path"].to_list() == [f"{subfolder}/a.jpg".lstrip("/")]


@pytest.mark.parametrize("place", ["beside", "inside"])
def test_a_captions_file_goes_with_a_folder(
    store: Store, photos: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    as_flickr(photos if place == "inside" else photos.parent)
    monkeypatch.chdir(photos.parent)
    ingest(store, "photos", captions="captions.token.txt", progress=False)
    assert texts(store) == EXPECTED
    assert store.read("captions")["source"].to_list() == ["#0", "#1", "#0"]


def test_a_media_root_can_be_named(store: Store, photos: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    ingest(store, as_csv(tmp_path / "elsewhere"), media_root=photos, progress=False)
    assert texts(store) == EXPECTED


def test_a_folder_below_a_media_root_keeps_its_place_in_the_path(store: Store, photos: Path) -> None:
    ingest(store, photos / "sub", media_root=photos, progress=False)
    assert store.read("samples")["path"].to_list() == ["sub/c.png"]


def test_absolute_paths_windows_paths_and_links_inside_the_root_are_fine(store: Store, photos: Path) -> None:
    (photos / "link.jpg").symlink_to("a.jpg")
    lines = [f"{photos}/b.jpg,absolute", "sub\\c.png,windows", "link.jpg,link", "./sub/../a.jpg,dots"]
    (photos / "c.csv").write_text("\n".join(["path,text", *lines]))
    assert ingest(store, photos / "c.csv", progress=False).rejected == 0
    assert set(texts(store)) == {"b.jpg", "sub/c.png", "link.jpg", "a.jpg"}


def test_the_same_words_by_two_annotators_of_a_token_file_are_two_captions(
    store: Store, photos: Path
) -> None:
    (photos / "c.txt").write_text("a.jpg#0\ta dog\na.jpg#1\ta dog\n")
    assert ingest(store, photos / "c.txt", progress=False).captions_added == 2


def test_a_coco_image_without_annotations_is_kept(store: Store, photos: Path) -> None:
    whole = {"images": [{"id": 1, "file_name": "a.jpg"}], "annotations": []}
    (photos / "c.json").write_text(json.dumps(whole))
    assert ingest(store, photos / "c.json", progress=False).samples_without_caption == 1


def test_rejects_say_file_row_reason_and_reader_and_go_when_the_row_is_mended(
    store: Store, photos: Path
) -> None:
    source = photos / "c.csv"
    source.write_text("path,text\na.jpg,\nb.jpg,fine\n")
    ingest(store, source, progress=False)
    (reject,) = store.read("rejects").iter_rows(named=True)
    assert (reject["source"], reject["row"], reject["path"]) == (str(source), 2, "a.jpg")
    assert (reject["reason"], reject["reader"]) == ("the caption is empty.", "csv")
    source.write_text("path,text\na.jpg,mended\nb.jpg,fine\n")
    ingest(store, source, progress=False)
    assert store.read("rejects").is_empty()


def test_rejects_of_another_source_stay(store: Store, photos: Path) -> None:
    for name in ("one.csv", "two.csv"):
        (photos / name).write_text("path,text\nnowhere.jpg,x\n")
        ingest(store, photos / name, progress=False)
    ingest(store, photos / "two.csv", progress=False)
    assert len(store.read("rejects")) == 2


def test_a_file_is_looked_into_once_however_many_rows_name_it(
    store: Store, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from workbench.ingest import files

    looked: list[str] = []
    real = files.probe
    monkeypatch.setattr(files, "probe", lambda path: (looked.append(path.name), real(path))[1])
    monkeypatch.setattr(ingest_verb, "_BATCH_ROWS", 2)
    ingest(store, as_csv(photos), progress=False)
    assert sorted(looked) == ["a.jpg", "b.jpg"]


def test_a_large_caption_file_is_read_in_batches_and_counted_right(store: Store, photos: Path) -> None:
    lines = [json.dumps({"path": "a.jpg", "text": f"caption {n}"}) for n in range(3_000)]
    (photos / "c.jsonl").write_text("\n".join(lines))
    summary = ingest(store, photos / "c.jsonl", progress=False)
    assert (summary.captions_added, summary.samples_added, summary.rows_read) == (3_000, 1, 3_000)


def test_video_without_pyav_is_rejected_with_the_install_line(
    store: Store, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without_av(name: str, *rest: object) -> object:
        if name == "av" or name.startswith("av."):
            raise ImportError(name)
        return real(name, *rest)

    (photos / "clip.mp4").write_bytes(b"\0\0\0\x20ftypisom" + b"\0" * 100)
    (photos / "c.csv").write_text("path,text\nclip.mp4,a clip\na.jpg,a photo\n")
    monkeypatch.setattr(builtins, "__import__", without_av)
    summary = ingest(store, photos / "c.csv", progress=False)
    assert (summary.captions_added, summary.rejected) == (1, 1)
    assert "pip install 'caption-workbench[audio-video]'" in store.read("rejects")["reason"][0]


def test_missing_columns_name_those_seen_and_those_wanted(store: Store, photos: Path) -> None:
    (photos / "c.csv").write_text("picture,words\na.jpg,x\n")
    with pytest.raises(
        IngestError, match=r"Columns seen: 'picture', 'words'.*for the path: path, file.*text: text"
    ):
        ingest(store, photos / "c.csv", progress=False)


def test_an_unknown_format_lists_the_known_ones(store: Store, photos: Path) -> None:
    with pytest.raises(UnknownNameError, match="Known: coco, csv, flickr, folder, jsonl, parquet"):
        ingest(store, photos, format="xml", progress=False)
    assert sorted(READERS) == ["coco", "csv", "flickr", "folder", "jsonl", "parquet"]


BAD_SOURCES: dict[str, tuple[str, bytes, str]] = {
    "Parquet cut off": ("c.parquet", b"PAR1 and no more", "cannot be read as Parquet"),
    "COCO cut off": ("c.json", b'{\n"images": [', "not valid JSON"),
    "COCO without its lists": ("c.json", b'{\n"pictures": []}', "needs 'images' and 'annotations', and has 'pictures'"),
    "COCO instances": ("c.json", b'{"images": [], "annotations": [{"bbox": []}]}', "none with a 'caption'"),
    "JSON list cut off": ("c.json", b'[{"path": "a.jpg"', "not valid JSON"),
    "CSV empty": ("c.csv", b"", "is empty"),
    "CSV in UTF-16": ("c.csv", "path,text\n".encode("utf-16"), "is UTF-16 text"),
    "text of no format": ("c.txt", b"hello there\n", "format of .* cannot be told"),
    "a media file": ("c.jpg", b"\xff\xd8\xff", "is a media file, not captions"),
}  # fmt: skip


@pytest.mark.parametrize(("name", "content", "reason"), BAD_SOURCES.values(), ids=list(BAD_SOURCES))
def test_a_source_that_is_bad_as_a_whole_is_an_error_and_changes_nothing(
    store: Store, tmp_path: Path, name: str, content: bytes, reason: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(IngestError, match=reason):
        ingest(store, tmp_path / name, progress=False)
    assert all(store.read(table).is_empty() for table in ("samples", "captions", "rejects"))


def test_parquet_with_the_images_inside_says_what_to_do(store: Store, tmp_path: Path) -> None:
    pl.DataFrame({"image": [{"bytes": b"x", "path": "a"}], "text": ["x"]}).write_parquet(
        tmp_path / "c.parquet"
    )
    with pytest.raises(IngestError, match="Write them to files and put their paths in the column"):
        ingest(store, tmp_path / "c.parquet", progress=False)


def test_places_that_are_not_there_are_named(store: Store, photos: Path) -> None:
    with pytest.raises(IngestError, match=r"nothing at .*gone"):
        ingest(store, photos / "gone.csv", progress=False)
    with pytest.raises(IngestError, match=r"media folder .*gone is not there"):
        ingest(store, as_csv(photos), media_root=photos / "gone", progress=False)
    with pytest.raises(IngestError, match="must be the folder of the media"):
        ingest(store, as_csv(photos), captions="x.csv", progress=False)
    with pytest.raises(IngestError, match="'csv' reads a captions file"):
        ingest(store, photos, format="csv", progress=False)
    (photos / "empty").mkdir()
    with pytest.raises(IngestError, match="holds no media file"):
        ingest(store, photos / "empty", progress=False)


def test_a_workspace_being_written_is_not_written_by_a_second(store: Store, photos: Path) -> None:
    other = Store.open(store.path)
    with other.writing("score"), pytest.raises(WorkspaceLockedError, match="score"):
        ingest(store, as_csv(photos), progress=False)


def test_progress_goes_to_stderr_and_can_be_silenced(
    store: Store, photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ingest(store, as_csv(photos), progress=False)
    assert capsys.readouterr() == ("", "")
    ingest(store, as_csv(photos))
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "ingest" in shown.err


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_the_right_to_read_is_rejected(store: Store, photos: Path) -> None:
    (photos / "a.jpg").chmod(0)
    ingest(store, as_csv(photos), progress=False)
    assert "cannot be" in store.read("rejects")["reason"][0]
