"""The core of the plots: what each counts, what is picked, and what the linked views are told."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import workbench
from widgets.linking import Link, link
from widgets.plots.plots import Plots, PlotsCore
from workbench.encoders.shards import VectorShards
from workbench.errors import UnknownNameError, WorkbenchError
from workbench.workspace import Workspace


def add_vectors(ws: Workspace) -> None:
    """Put the samples on a line: the first sample at 0, the next at 1 ..., as scoring would keep them."""
    shards = VectorShards(ws.store.vectors_folder("by hand"))
    for number, (content, path) in enumerate(ws.samples.select("content_hash", "path").iter_rows()):
        if path != "p6.png":
            shards.add(f"{content}:whole", np.array([[number, number % 2 / 10, 1.0]], np.float32))
    shards.flush()


@pytest.fixture
def core(ws: Workspace) -> PlotsCore:
    add_vectors(ws)
    made = PlotsCore(ws)
    made.settle()
    return made


def ask(core: PlotsCore, op: str, **fields: object) -> dict[str, object]:
    answer = core.answer({"op": op} | fields)
    assert answer.content["ok"], answer.content
    return answer.content


def table(core: PlotsCore, **fields: object) -> dict[str, object]:
    told: dict[str, object] = json.loads(core.answer({"op": "table"} | fields).buffers[0])
    return told


def texts_of(core: PlotsCore) -> list[str]:
    keys = core.picked_keys()
    assert keys is not None
    captions = core.workspace.captions
    return sorted(captions.filter(pl.col(keys.name).is_in(keys.implode()))["text"])


def test_open_tells_every_plot(core: PlotsCore) -> None:
    told = ask(core, "open")
    assert told["is_ready"] is True
    assert (told["samples"], told["captions"]) == (7, 6)
    assert (told["shown_samples"], told["shown_captions"]) == (7, 6)
    assert sum(told["histogram"]["shown"]) == 6
    assert sorted(told["errors"]) == [("object", 1, 1), ("wrong_pair", 1, 1)]
    assert told["map"]["told"].startswith("PCA; the two axes hold 100 % of the spread")
    assert told["map"]["count"] == 6


def test_points_come_as_numbers_with_a_colour_by_rank(core: PlotsCore) -> None:
    version = ask(core, "open")["version"]
    answer = core.answer({"op": "points", "start": 0, "version": version})
    x, y = (np.frombuffer(part, np.uint16) for part in answer.buffers[:2])
    assert len(x) == len(y) == 6
    assert (np.diff(x.astype(int)) > 0).all()
    colours = np.frombuffer(answer.buffers[2], np.uint8)
    assert sorted(colours)[0] == 0
    assert sorted(colours)[-1] == 254
    assert answer.content["legend"]["kind"] == "scale"


def test_points_of_an_older_version_are_refused(core: PlotsCore) -> None:
    assert ask(core, "points", start=0, version=-1)["is_outdated"] is True


def test_a_lasso_picks_the_samples_inside_it(core: PlotsCore) -> None:
    ask(core, "open")
    left_half = [0, 0, 32000, 0, 32000, 65535, 0, 65535]
    answer = core.answer({"op": "pick", "lasso": left_half})
    assert answer.content["shown_samples"] == 3
    assert np.unpackbits(np.frombuffer(answer.buffers[0], np.uint8))[:6].tolist() == [1, 1, 1, 0, 0, 0]
    assert texts_of(core) == ["a blue square", "a dog on a sofa", "a red square"]
    assert ask(core, "pick", all=True)["shown_samples"] == 7
    assert core.picked_keys() is None


def test_a_dot_picks_its_sample_and_a_lasso_replaces_it(core: PlotsCore) -> None:
    ask(core, "open")
    assert ask(core, "pick", dot=1)["shown_samples"] == 1
    assert texts_of(core) == ["a dog on a sofa"]
    told = ask(core, "pick", lasso=[0, 0, 65535, 0, 65535, 65535, 0, 65535])
    assert told["picks"]["dot"] is None
    assert told["shown_samples"] == 6


def test_a_brush_narrows_every_plot_but_its_own(core: PlotsCore) -> None:
    ask(core, "open")
    told = ask(core, "pick", low=None, high=0.2)
    assert told["shown_captions"] == 2
    assert sum(told["histogram"]["shown"]) == 6
    assert sorted(told["errors"]) == [("object", 1, 1), ("wrong_pair", 1, 1)]
    told = ask(core, "pick", errors=["object"])
    assert told["shown_captions"] == 1
    assert sum(told["histogram"]["shown"]) == 1
    assert sorted(told["errors"]) == [("object", 1, 1), ("wrong_pair", 1, 1)]
    assert told["why"] == "similarity ≤ 0.2, suspected object"


def test_slices_come_worst_first_by_the_lowest_share_to_be_believed(ws: Workspace) -> None:
    captions = ws.captions
    sources = {"a dog on a sofa": "alt", "a cat": "alt"}
    ws.store.replace(
        "captions", captions.with_columns(source=pl.col("text").replace_strict(sources, default="people"))
    )
    core = PlotsCore(ws)
    core.settle()
    told = table(core, cut="source")
    names = [(part["value"], part["samples"], part["suspected"]) for part in told["slices"]]
    assert names == [("alt", 2, 2), ("people", 4, 0), ("not said", 1, 0)]
    worst = told["slices"][0]
    assert worst["low"] == pytest.approx(0.158, abs=0.001)
    assert worst["high"] == 1.0
    assert told["overall"] == pytest.approx(2 / 7)
    assert ask(core, "pick", slice=["source", "alt"])["shown_captions"] == 2


def test_verdicts_are_counted_as_they_come(core: PlotsCore) -> None:
    wrong = core.workspace.captions.filter(pl.col("text") == "a cat")["caption_id"][0]
    core.workspace.decide(wrong, "misaligned")
    rows = table(core, cut="words")["slices"]
    assert sum(part["reviewed"] for part in rows) == 1
    assert sum(part["misaligned"] for part in rows) == 1


def test_an_unknown_slice_score_or_method_is_said_with_the_known_ones(core: PlotsCore) -> None:
    ask(core, "open")
    assert "There is no" in str(core.answer({"op": "draw", "scorer": "clip"}).content["error"])
    told = core.answer({"op": "pick", "slice": ["language", "fr"]}).content
    assert told["ok"] is False
    with pytest.raises(UnknownNameError, match="tsne"):
        PlotsCore(core.workspace, method="tsne")


def test_a_shape_that_is_none_changes_nothing(core: PlotsCore) -> None:
    ask(core, "open")
    told = core.answer({"op": "pick", "lasso": [1, 2]}).content
    assert "three corners" in str(told["error"])
    assert ask(core, "open")["picks"]["lasso"] == []


def test_without_vectors_the_map_says_which_line_makes_them(ws: Workspace) -> None:
    core = PlotsCore(ws)
    core.settle()
    failure = ask(core, "open")["map"]["failure"]
    assert failure["message"] == "No vectors of the media are kept yet."
    assert 'ws.score("similarity")' in failure["remedy"]


def test_an_empty_workspace_has_nothing_to_draw_and_says_so(tmp_path: Path) -> None:
    core = PlotsCore(workbench.create(tmp_path / "new"))
    core.settle()
    told = ask(core, "open")
    assert (told["samples"], told["histogram"], told["errors"]) == (0, None, [])


def test_tables_written_by_a_cell_are_read_anew(core: PlotsCore) -> None:
    before = core.status().content["status"]["tables"]
    scores = core.workspace.scores
    core.workspace.store.replace("scores", scores.with_columns(value=pl.lit(0.5)))
    assert core.status().content["status"]["tables"] != before
    core.settle()
    assert ask(core, "open")["histogram"]["low"] == 0.5


def test_a_map_once_made_is_kept(core: PlotsCore) -> None:
    files = list(core.store.cache_folder("plots").glob("*.npz"))
    assert len(files) == 1
    files[0].write_bytes(b"cut off")
    again = PlotsCore(core.workspace)
    again.settle()
    assert ask(again, "open")["map"]["count"] == 6


def test_what_is_picked_is_told_when_the_table_is_asked_for(core: PlotsCore) -> None:
    heard: list[tuple[list[str] | None, str]] = []
    core.on_scope = lambda keys, why: heard.append((None if keys is None else [keys.name], why))
    ask(core, "open")
    ask(core, "pick", high=0.2)
    assert heard == []
    table(core)
    assert heard == [(["caption_id"], "similarity ≤ 0.2")]


def test_linked_plots_narrow_each_other_and_not_themselves(ws: Workspace) -> None:
    add_vectors(ws)
    first, second = Plots(ws), Plots(ws)
    for view in (first, second):
        view.core.settle()
    made = link(first, second)
    assert isinstance(made, Link)
    ask(first.core, "pick", high=0.2)
    table(first.core)
    told = ask(second.core, "open")
    assert (told["shown_captions"], told["outer"]) == (2, "similarity ≤ 0.2")
    assert ask(first.core, "open")["outer"] is None
    assert ask(second.core, "lift")["shown_captions"] == 6
    assert first.picked["text"].sort().to_list() == ["a cat", "a dog on a sofa"]


def test_the_last_score_of_a_caption_counts_whatever_the_order_of_the_rows(core: PlotsCore) -> None:
    space = core.workspace
    later = space.scores.head(1).with_columns(
        value=pl.lit(0.9), scored_at=pl.col("scored_at") + pl.duration(days=1), encoder_key=pl.lit("new")
    )
    space.store.replace("scores", pl.concat([later, space.scores.reverse()]))
    again = PlotsCore(space)
    again.settle()
    histogram = ask(again, "open")["histogram"]
    assert histogram["high"] == pytest.approx(0.9)
    assert sum(histogram["all"]) == 6


def test_a_linked_view_that_cannot_follow_is_said_beside_the_table(core: PlotsCore) -> None:
    def refuse(keys: pl.Series | None, why: str) -> None:
        raise WorkbenchError("There is nothing to review.", "Lift the brush.")

    core.on_scope = refuse
    ask(core, "pick", high=0.2)
    told = table(core)
    assert told["refused"] == {"message": "There is nothing to review.", "remedy": "Lift the brush."}
    assert told["slices"]
