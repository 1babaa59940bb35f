"""Finding the media that a row names, when all it gives is a name."""

from __future__ import annotations

from pathlib import Path

from PIL import Image

from workbench.ingest import ingest
from workbench.store import Store


def write_photo(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (32, 24), "teal").save(path)


def ingest_row(store: Store, folder: Path, path: str) -> str:
    """Ingest one row and return the path of its sample, or the reason why there is none."""
    (folder / "c.csv").write_text(f"path,text\n{path},a caption\n")
    ingest(store, folder / "c.csv", progress=False)
    frame = (
        store.read("rejects")["reason"] if store.read("samples").is_empty() else store.read("samples")["path"]
    )
    return str(frame[0])


def test_a_bare_name_is_found_once_anywhere_below(store: Store, tmp_path: Path) -> None:
    write_photo(tmp_path / "photos_224" / "train" / "a.jpg")
    assert ingest_row(store, tmp_path, "a.jpg") == "photos_224/train/a.jpg"


def test_a_bare_name_that_lies_below_twice_is_not_guessed_at(store: Store, tmp_path: Path) -> None:
    write_photo(tmp_path / "small" / "a.jpg")
    write_photo(tmp_path / "large" / "a.jpg")
    assert "2 files of that name lie below the media folder: large/a.jpg, small/a.jpg" in ingest_row(
        store, tmp_path, "a.jpg"
    )


def test_a_path_with_a_folder_is_taken_at_its_word(store: Store, tmp_path: Path) -> None:
    write_photo(tmp_path / "photos" / "cats" / "a.jpg")
    assert "no such file" in ingest_row(store, tmp_path, "cats/a.jpg")


def test_hidden_folders_and_links_out_are_not_searched(store: Store, tmp_path: Path) -> None:
    folder = tmp_path / "set"
    write_photo(folder / ".trash" / "a.jpg")
    write_photo(tmp_path / "elsewhere" / "a.jpg")
    (folder / "link").symlink_to(tmp_path / "elsewhere")
    assert "no such file" in ingest_row(store, folder, "a.jpg")
