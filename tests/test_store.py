"""The store: atomic tables, one writer, media that stay inside their folder."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from made_stores import fill

from workbench import store as store_module
from workbench.errors import (
    PathOutsideError,
    SchemaVersionError,
    TableError,
    UnknownNameError,
    WorkspaceError,
    WorkspaceExistsError,
    WorkspaceLockedError,
    WorkspaceNotFoundError,
)
from workbench.store import Store, write_atomically


def test_a_new_workspace_opens_again_with_empty_tables(tmp_path: Path) -> None:
    Store.create(tmp_path / "ws")
    assert Store.open(tmp_path / "ws").read("samples").is_empty()


def test_a_folder_with_files_in_it_is_not_taken_over(tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"")
    with pytest.raises(WorkspaceExistsError, match="is not an empty folder"):
        Store.create(tmp_path)


def test_creating_twice_points_to_open(tmp_path: Path) -> None:
    Store.create(tmp_path / "ws")
    with pytest.raises(WorkspaceExistsError, match=r"workbench\.open"):
        Store.create(tmp_path / "ws")


def test_opening_nothing_points_to_create(tmp_path: Path) -> None:
    with pytest.raises(WorkspaceNotFoundError, match=r"workbench\.create"):
        Store.open(tmp_path / "nowhere")


def test_rows_that_are_there_are_not_added_again(store: Store) -> None:
    fill(store, 3)
    fill(store, 5)
    assert store.read("samples").height == 5
    assert store.read("captions")["caption_id"].n_unique() == 5


def test_another_process_sees_a_table_as_soon_as_it_is_swapped_in(store: Store) -> None:
    reader = Store.open(store.path)
    assert reader.read("captions").is_empty()
    fill(store, 4)
    assert reader.read("captions").height == 4


def test_a_failed_write_leaves_the_old_table_and_no_litter(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(store, 2)

    def full_disk(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(store_module.os, "replace", full_disk)
    with pytest.raises(WorkspaceError, match=r"No space left on device.*old content is untouched"):
        fill(store, 9)
    assert Store.open(store.path).read("samples").height == 2
    assert sorted(p.name for p in (store.path / "tables").iterdir()) == [
        "captions.parquet",
        "samples.parquet",
        "scores.parquet",
    ]


def test_a_frame_that_does_not_fit_writes_nothing(store: Store) -> None:
    with pytest.raises(TableError, match="no column 'colour'"):
        store.append("samples", pl.DataFrame({"colour": ["red"]}))
    assert not (store.path / "tables" / "samples.parquet").exists()


def test_a_second_writer_is_told_who_holds_the_lock(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_module, "_LOCK_WAIT_S", 0.05)
    second = Store.open(store.path)
    with (
        store.writing("ingest photos"),
        pytest.raises(WorkspaceLockedError, match=r"Cannot write flags: process \d+ on .* \(ingest photos"),
    ):
        second.replace("flags", pl.DataFrame())


def test_the_lock_of_a_killed_writer_is_free_again(store: Store) -> None:
    script = (
        "import os, sys; from workbench.store import Store\n"
        "s = Store.open(sys.argv[1])\n"
        "with s.writing('die'):\n    print('held', flush=True); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", script, str(store.path)], check=False, capture_output=True)
    fill(store, 1)
    assert store.read("samples").height == 1


def test_the_same_folder_keeps_its_name_and_another_of_that_name_gets_its_own(
    store: Store, tmp_path: Path
) -> None:
    first, second = tmp_path / "a" / "photos", tmp_path / "b" / "photos"
    first.mkdir(parents=True)
    second.mkdir(parents=True)
    assert [store.add_root(first), store.add_root(second), store.add_root(first)] == [
        "photos",
        "photos-2",
        "photos",
    ]
    assert Store.open(store.path).roots["photos-2"] == second


@pytest.mark.parametrize("path", ["../secret.jpg", "sub/../../secret.jpg", "/etc/passwd", "link/secret.jpg"])
def test_no_path_leads_out_of_its_media_folder(store: Store, tmp_path: Path, path: str) -> None:
    folder = tmp_path / "photos"
    (folder / "sub").mkdir(parents=True)
    (folder / "link").symlink_to(tmp_path)
    name = store.add_root(folder)
    with pytest.raises(PathOutsideError, match="leads out of the media folder"):
        store.media_path(name, path)


def test_an_unknown_media_folder_lists_the_known_ones(store: Store, tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    store.add_root(tmp_path / "photos")
    with pytest.raises(UnknownNameError, match="Known: photos"):
        store.media_path("fotos", "1.jpg")


def test_an_unknown_sample_says_where_the_ids_are(store: Store) -> None:
    with pytest.raises(WorkspaceError, match=r"no sample 's404'.*ws\.samples"):
        store.media_path_of("s404")


def test_a_workspace_of_a_newer_version_is_left_alone(store: Store) -> None:
    settings = json.loads((store.path / "workspace.json").read_text())
    write_atomically(store.path / "workspace.json", json.dumps(settings | {"schema_version": 99}).encode())
    with pytest.raises(SchemaVersionError, match="schema version 99"):
        Store.open(store.path)


def test_damaged_settings_say_which_file(store: Store) -> None:
    (store.path / "workspace.json").write_text("{")
    with pytest.raises(WorkspaceError, match=r"workspace\.json cannot be read"):
        Store.open(store.path)
