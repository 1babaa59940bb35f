"""Regions from frames and files: what is kept, what is refused, and that twice is once."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from workbench.errors import IngestError
from workbench.ingest.regions import ingest_regions
from workbench.records import sample_id
from workbench.store import Store

PICTURE = sample_id("photos", "media/one.jpg")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store.create(tmp_path / "ws")
    rows = [("photos", "media/one.jpg"), ("photos", "a/two.jpg"), ("photos", "b/two.jpg")]
    store.append(
        "samples",
        pl.DataFrame(
            [{"sample_id": sample_id(root, path), "media": "image", "root": root, "path": path,
              "content_hash": path, "width": 200, "height": 100} for root, path in rows]
        ),
    )  # fmt: skip
    return store


def write(folder: Path, name: str, content: object) -> Path:
    path = folder / name
    is_lines = name.endswith(".jsonl") and isinstance(content, list)
    path.write_text("\n".join(map(json.dumps, content)) if is_lines else json.dumps(content))
    return path


def reasons(store: Store) -> list[str]:
    return store.read("rejects")["reason"].to_list()


def test_a_line_becomes_a_region_with_its_relations_tied(store: Store, tmp_path: Path) -> None:
    source = write(
        tmp_path,
        "boxes.jsonl",
        [
            {"path": "media/one.jpg", "region_id": "a", "label": "dog", "x": 0.1, "y": 0.2, "width": 0.3,
             "height": 0.4, "attributes": ["brown"], "relations": [["left of", "b"]], "source": "ana"},
            {"path": "one.jpg", "region_id": "b", "label": "car", "bbox": [100, 50, 40, 25], "source": "ana"},
        ],
    )  # fmt: skip
    summary = ingest_regions(store, source)
    assert (summary.regions_added, summary.rejected, summary.relations_rejected) == (2, 0, 0)
    dog, car = store.read("regions").sort("label", descending=True).to_dicts()
    assert (dog["sample_id"], dog["attributes"], dog["source"]) == (PICTURE, ["brown"], "ana")
    assert json.loads(dog["relations"]) == [["left of", car["region_id"]]]
    assert [car[name] for name in ("x", "y", "width", "height")] == [0.5, 0.5, 0.2, 0.25]
    assert car["confidence"] == 1.0


def test_twice_is_once_and_a_change_is_an_update(store: Store, tmp_path: Path) -> None:
    row = {"path": "media/one.jpg", "region_id": "a", "label": "dog", "x": 0, "y": 0, "width": 1, "height": 1}
    ingest_regions(store, write(tmp_path, "boxes.jsonl", [row]))
    before = store.read("regions")
    again = ingest_regions(store, write(tmp_path, "boxes.jsonl", [row]))
    assert (again.regions_added, again.updated, again.unchanged) == (0, 0, 1)
    assert store.read("regions").equals(before)
    changed = ingest_regions(store, write(tmp_path, "boxes.jsonl", [row | {"label": "cat"}]))
    assert (changed.regions_added, changed.updated, changed.unchanged) == (0, 1, 0)
    assert store.read("regions")["label"].to_list() == ["cat"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"path": "nowhere.jpg"}, "no sample of the workspace has this path"),
        ({"path": "two.jpg"}, "2 samples have a file of this name"),
        ({"path": None}, "names no file"),
        ({"label": " "}, "has no label"),
        ({"width": 0.95}, "reaches out of the picture"),
        ({"width": 0}, "is empty"),
        ({"width": None}, "lacks one of"),
        ({"x": "left"}, "is not a number"),
        ({"x": float("nan")}, "is not a number"),
        ({"confidence": 3}, "not between 0 and 1"),
        ({"attributes": 5}, "not a list of words"),
        ({"relations": [["on"]]}, "not [predicate, region_id]"),
        ({"start_s": 3, "end_s": 1}, "ends before it starts"),
    ],
)
def test_a_bad_row_goes_to_the_rejects_with_its_reason(
    store: Store, tmp_path: Path, change: dict[str, object], reason: str
) -> None:
    row = {"path": "media/one.jpg", "label": "dog", "x": 0.1, "y": 0.1, "width": 0.2, "height": 0.2} | change
    summary = ingest_regions(store, write(tmp_path, "boxes.jsonl", [row]))
    assert (summary.rows_read, summary.rejected, summary.regions_added) == (1, 1, 0)
    assert reason in reasons(store)[0]


def test_the_rejects_of_a_source_are_those_of_its_latest_ingest(store: Store, tmp_path: Path) -> None:
    row = {"path": "nowhere.jpg", "label": "dog"}
    ingest_regions(store, write(tmp_path, "boxes.jsonl", [row]))
    ingest_regions(store, write(tmp_path, "boxes.jsonl", [row | {"path": "one.jpg"}]))
    assert reasons(store) == []


def test_a_relation_to_nothing_is_refused_and_its_region_kept(store: Store, tmp_path: Path) -> None:
    row = {"path": "one.jpg", "label": "dog", "relations": [["on", "sofa7"]]}
    summary = ingest_regions(store, write(tmp_path, "boxes.jsonl", [row]))
    assert (summary.regions_added, summary.rejected, summary.relations_rejected) == (1, 0, 1)
    assert store.read("regions")["relations"].to_list() == ["[]"]


def test_a_broken_line_does_not_stop_the_others(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "boxes.jsonl"
    path.write_text('{"path": "one.jpg", "label": "dog"}\n{"path": \n[1]\n')
    summary = ingest_regions(store, path)
    assert (summary.regions_added, summary.rejected) == (1, 2)


def test_coco_instances_are_in_pixels_of_their_image(store: Store, tmp_path: Path) -> None:
    source = write(
        tmp_path,
        "instances.json",
        {
            "images": [{"id": 7, "file_name": "one.jpg", "width": 400, "height": 200}],
            "categories": [{"id": 18, "name": "dog"}],
            "annotations": [
                {"id": 1, "image_id": 7, "category_id": 18, "bbox": [100, 50, 200, 100], "iscrowd": 0},
                {"id": 2, "image_id": 8, "category_id": 18, "bbox": [0, 0, 1, 1]},
                {"id": 3, "image_id": 7, "category_id": 99, "bbox": [0, 0, 1, 1]},
            ],
        },
    )
    summary = ingest_regions(store, source)
    assert (summary.regions_added, summary.rejected) == (1, 2)
    row = store.read("regions").to_dicts()[0]
    assert [row[name] for name in ("label", "x", "y", "width", "height")] == ["dog", 0.25, 0.25, 0.5, 0.5]
    assert row["source"] == "instances"


def test_scene_graphs_bring_attributes_and_relations(store: Store, tmp_path: Path) -> None:
    objects = [
        {"object_id": 1, "names": ["man"], "x": 20, "y": 10, "w": 40, "h": 60, "attributes": ["tall"]},
        {"object_id": 2, "names": ["horse"], "x": 60, "y": 20, "w": 80, "h": 70},
    ]
    ties = [{"predicate": "riding", "subject_id": 1, "object": {"object_id": 2}}]
    graph = [{"file_name": "one.jpg", "objects": objects, "relationships": ties}]
    ingest_regions(store, write(tmp_path, "graph.json", graph))
    man = store.read("regions").filter(pl.col("label") == "man").to_dicts()[0]
    horse = store.read("regions").filter(pl.col("label") == "horse").to_dicts()[0]
    assert json.loads(man["relations"]) == [["riding", horse["region_id"]]]
    assert (man["x"], man["attributes"]) == (0.1, ["tall"])


def test_scene_graphs_by_image_name_are_read_too(store: Store, tmp_path: Path) -> None:
    graph = {"one": {"width": 200, "height": 100, "objects": {
        "9": {"name": "cup", "x": 20, "y": 10, "w": 20, "h": 20,
              "relations": [{"name": "on", "object": "8"}]},
        "8": {"name": "table", "x": 0, "y": 30, "w": 200, "h": 70}}}}  # fmt: skip
    summary = ingest_regions(store, write(tmp_path, "graph.json", graph))
    assert (summary.regions_added, summary.relations_rejected) == (2, 0)


def test_a_frame_is_read_like_a_file_and_the_table_itself_reads_back(store: Store) -> None:
    frame = pl.DataFrame({"path": ["one.jpg"], "label": ["dog"], "x": [0.1], "y": [0.1], "width": [0.2],
                          "height": [0.2], "attributes": [["red", "wet"]]})  # fmt: skip
    assert ingest_regions(store, frame, name="hand").regions_added == 1
    again = ingest_regions(store, store.read("regions").drop("region_id"), name="hand")
    assert (again.regions_added, again.unchanged) == (0, 1)


def test_an_unknown_source_says_what_is_known(store: Store, tmp_path: Path) -> None:
    with pytest.raises(IngestError, match="There is no file"):
        ingest_regions(store, tmp_path / "none.jsonl")
    with pytest.raises(IngestError, match="no known form"):
        ingest_regions(store, write(tmp_path, "x.json", {"a": 1}))
