"""The player's core: takes, what a timeline shows, moved intervals that are decisions, views on one clock."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from made_clips import BLUE, RED, write_squares

import widgets
import workbench
from widgets.player.clocks import scored_clocks
from widgets.player.player import PlayerCore
from workbench.demo.sound import encode_wav
from workbench.errors import UnknownNameError, WorkbenchError
from workbench.workspace import Workspace


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two views of one event, a clip, a sound with two knocks, and a picture."""
    from PIL import Image

    folder = tmp_path_factory.mktemp("player")
    for name in ("quay", "mast"):
        write_squares(folder / f"{name}.mp4", [(RED, 0.5, 1.6)], 2.4)
    write_squares(folder / "clip.mp4", [(RED, 0.5, 1.6), (BLUE, 2.4, 3.4)], 4.0)
    sound = np.zeros(32_000, np.float32)
    sound[8_000:8_400], sound[24_000:24_400] = 0.5, -0.5
    (folder / "knocks.wav").write_bytes(encode_wav(sound))
    Image.new("RGB", (32, 24), "red").save(folder / "p.png")
    return folder


@pytest.fixture
def ws(made: Path, tmp_path: Path) -> Workspace:
    rows = [
        {"path": "quay.mp4", "text": "a red box", "group": "event", "view": "quay"},
        {"path": "mast.mp4", "text": "a red box from above", "group": "event", "view": "mast"},
        {"path": "clip.mp4", "text": "a blue box", "start_s": 0.5, "end_s": 1.6},
        {"path": "clip.mp4", "text": "a red box", "start_s": 1.7, "end_s": 3.4},
        {"path": "knocks.wav", "text": "two knocks"},
        {"path": "p.png", "text": "a red picture"},
    ]
    (tmp_path / "captions.jsonl").write_text("\n".join(map(json.dumps, rows)))
    space = workbench.create(tmp_path / "ws", annotator="ana")
    space.ingest(tmp_path / "captions.jsonl", media_root=made, progress=False)
    return space


def sample_of(space: Workspace, name: str) -> str:
    return str(space.samples.filter(path=name)["sample_id"][0])


def caption_of(space: Workspace, text: str) -> str:
    return str(space.captions.filter(text=text)["caption_id"][0])


def ask(core: PlayerCore, op: str, **fields: object) -> tuple[dict[str, object], list[bytes]]:
    answer = core.answer({"op": op} | fields)
    assert answer.content["ok"], answer.content
    return answer.content, answer.buffers


def refused(core: PlayerCore, op: str, **fields: object) -> str:
    answer = core.answer({"op": op} | fields)
    assert not answer.content["ok"]
    return f"{answer.content['error']} {answer.content['remedy']}"


def ready(core: PlayerCore, op: str, **fields: object) -> tuple[dict[str, object], list[bytes]]:
    """Ask for something that is made beside the commands, wait for it, and ask again."""
    ask(core, op, **fields)
    for making in (core.looks, core.curves, core.clocks):
        assert making.wait(60)
    return ask(core, op, **fields)


def test_a_group_is_one_take_and_pictures_are_none(ws: Workspace) -> None:
    core = PlayerCore(ws)
    opened, buffers = ask(core, "open")
    assert opened["length"] == 3
    whole = json.loads(buffers[0])
    assert [sample["view"] for sample in whole["samples"]] == ["mast", "quay"]
    assert {caption["text"] for caption in whole["captions"]} == {"a red box", "a red box from above"}
    assert whole["clocks"] == {
        "late_s": [0.0, None],
        "by": "",
        "reason": "their clocks were not compared yet",
    }


def test_it_begins_where_it_is_told_to(ws: Workspace) -> None:
    _, buffers = ask(PlayerCore(ws, sample_id=sample_of(ws, "clip.mp4")), "open")
    assert [sample["path"] for sample in json.loads(buffers[0])["samples"]] == ["clip.mp4"]
    assert ask(PlayerCore(ws, group="event"), "open")[0]["take"]["key"] == "event"
    with pytest.raises(UnknownNameError, match=r"group with video or sound 'harbour'. Known: .*event"):
        PlayerCore(ws, group="harbour")
    with pytest.raises(UnknownNameError, match="sample with video or sound"):
        PlayerCore(ws, sample_id=sample_of(ws, "p.png"))


def test_only_some_captions_or_a_scope_narrow_the_takes(ws: Workspace) -> None:
    core = PlayerCore(ws, only=[caption_of(ws, "a blue box"), caption_of(ws, "two knocks")])
    assert ask(core, "open")[0]["length"] == 2
    core.take_scope(pl.Series("sample_id", [sample_of(ws, "knocks.wav")]), "1 point in a lasso")
    opened, _ = ask(core, "open", key=sample_of(ws, "clip.mp4"))
    assert (opened["length"], opened["scope"]) == (1, "1 point in a lasso")
    core.take_scope(None, "")
    again = ask(core, "open", key=opened["take"]["key"])[0]
    assert (again["length"], again["take"]["place"]) == (2, 1)
    with pytest.raises(WorkbenchError, match="None of the 1 captions asked for is of a video or a sound"):
        PlayerCore(ws, only=[caption_of(ws, "a red picture")])


def test_nothing_that_plays_is_told_without_a_take(tmp_path: Path) -> None:
    core = PlayerCore(workbench.create(tmp_path / "empty", annotator="ana"))
    opened, buffers = ask(core, "open")
    assert (opened["length"], buffers) == (0, [])
    assert "There is no take at place 3" in refused(core, "take", place=3)


def test_a_moved_interval_is_a_decision_that_undo_takes_back(ws: Workspace) -> None:
    core, key = PlayerCore(ws, sample_id=sample_of(ws, "clip.mp4")), caption_of(ws, "a blue box")
    fields = {"caption_ids": [key], "verdict": "misaligned", "error_types": ["interval"]}
    said, _ = ask(core, "decide", **fields, edited_interval=[2.4, 3.4], key="k1")
    assert said["verdicts"][key]["edited_interval"] == [2.4, 3.4]
    assert ws.verdicts.select("edited_start_s", "edited_end_s").rows() == [(2.4, 3.4)]
    assert ws.captions.filter(caption_id=key).select("start_s", "end_s").rows() == [(0.5, 1.6)]
    again = PlayerCore(workbench.open(ws.path, annotator="ana"), sample_id=sample_of(ws, "clip.mp4"))
    ask(again, "undo", key="u1")
    assert ask(again, "take", place=1)[0]["take"]["place"] == 1
    assert ws.verdicts.is_empty()


def test_moving_sound_keeps_the_interval_moved_before(ws: Workspace) -> None:
    core, key = PlayerCore(ws), caption_of(ws, "a blue box")
    fields = {"caption_ids": [key], "verdict": "misaligned"}
    ask(core, "decide", **fields, error_types=["interval"], edited_interval=[2.4, 3.4], key="1")
    ask(core, "decide", **fields, error_types=["interval", "av_sync"], offset_s=0.21, key="2")
    row = ws.verdicts.row(0, named=True)
    assert (row["edited_start_s"], row["edited_end_s"], row["offset_s"]) == (2.4, 3.4, 0.21)


def test_an_interval_moved_back_to_where_it_was_is_refused(ws: Workspace) -> None:
    fields = {"caption_ids": [caption_of(ws, "a blue box")], "verdict": "misaligned", "key": "1"}
    assert "is the one it has" in refused(PlayerCore(ws), "decide", **fields, edited_interval=[0.5, 1.6])


def test_a_look_has_the_times_of_every_picture_and_edges_to_snap_to(ws: Workspace) -> None:
    core, told = PlayerCore(ws), []
    core.tell = told.append
    sample = sample_of(ws, "clip.mp4")
    assert ask(core, "look", sample_id=sample)[0] == {"ok": True, "is_ready": False}
    look, (frames, edges) = ready(core, "look", sample_id=sample)
    assert np.allclose(np.frombuffer(frames), np.arange(100) / 25)
    assert len(look["kinds"]) == len(np.frombuffer(edges)) >= 4
    assert told[-1] == {"event": "made", "what": "look", "key": sample}


def test_the_waveform_has_more_peaks_the_nearer_one_looks(ws: Workspace) -> None:
    core, sample = PlayerCore(ws), sample_of(ws, "knocks.wav")
    _, (whole,) = ready(core, "peaks", sample_id=sample, start_s=0, end_s=2.0, bins=20)
    _, (near,) = ask(core, "peaks", sample_id=sample, start_s=0.3, end_s=0.5, bins=20)
    loud = np.flatnonzero(np.frombuffer(whole, np.int8).reshape(-1, 2)[:, 1] > 40)
    assert loud.tolist() == [3]  # 8000 of 22050 samples a second
    assert (np.frombuffer(near, np.int8).reshape(-1, 2)[:, 1] > 40).sum() >= 2
    assert "needs start_s < end_s" in refused(core, "peaks", sample_id=sample, start_s=1, end_s=1, bins=9)


def test_a_curve_is_made_when_it_is_asked_for_and_says_where_the_caption_fits(ws: Workspace) -> None:
    core, key = PlayerCore(ws, encoder="fake"), caption_of(ws, "a blue box")
    assert ask(core, "curve", caption_id=key)[0]["is_made"] is False
    told, (times, values) = ready(core, "curve", caption_id=key, start=True)
    assert len(np.frombuffer(times)) == len(np.frombuffer(values)) == 16
    assert told["best_s"][0] == pytest.approx(2.4, abs=0.3)
    assert "captions of videos only" in _failure(core, caption_of(ws, "two knocks"))


def _failure(core: PlayerCore, caption_id: str) -> str:
    ask(core, "curve", caption_id=caption_id, start=True)
    assert core.curves.wait(60)
    return refused(core, "curve", caption_id=caption_id)


def test_clocks_are_read_from_the_scores_whichever_view_comes_first() -> None:
    detail = json.dumps({"offsets_ms": {"quay to mast": [40.0, 2.0, "sound"]}})
    scores = pl.DataFrame({"scorer": ["similarity", "views"], "detail": [None, detail]})
    found = scored_clocks(scores, ["mast", "quay"])
    assert (found.late_s, found.by, found.reason) == ((0.0, -0.04), "scored", "")


def test_clocks_are_compared_on_request(ws: Workspace) -> None:
    core = PlayerCore(ws, group="event")
    told, _ = ready(core, "clocks", place=0)
    assert told["clocks"]["by"] == "measured"
    assert told["clocks"]["late_s"] == [0.0, pytest.approx(0.0, abs=0.05)]
    whole = json.loads(ask(core, "take", place=0)[1][0])
    assert whole["clocks"]["by"] == "measured"


def test_a_copy_for_browsers_is_made_once(ws: Workspace) -> None:
    core, sample = PlayerCore(ws), sample_of(ws, "clip.mp4")
    assert "no copy of this file yet" in refused(core, "media", sample_id=sample, as_copy=True)
    assert ask(core, "copy", sample_id=sample)[0]["copy"]["is_there"] is False
    ask(core, "copy", sample_id=sample, start=True)
    core.media.copies.wait(sample, 60)
    told = ask(core, "copy", sample_id=sample, start=True)[0]["copy"]
    assert (told["is_there"], told["share"], told["failure"]) == (True, 1.0, None)
    path = core.media.copies.found(sample)
    made_at = path.stat().st_mtime_ns
    again = PlayerCore(workbench.open(ws.path))
    ask(again, "copy", sample_id=sample, start=True)
    again.media.copies.wait(sample, 60)
    assert path.stat().st_mtime_ns == made_at
    head, _ = ask(again, "media", sample_id=sample, as_copy=True)
    _, (content,) = ask(again, "chunk", sample_id=sample, as_copy=True, start=0, size=1_000_000)
    assert (head["type"], head["size_bytes"], content[4:8]) == ("video/mp4", len(content), b"ftyp")


def test_a_copy_that_fails_says_why(ws: Workspace, tmp_path: Path) -> None:
    core, sample = PlayerCore(ws), sample_of(ws, "clip.mp4")
    broken = ws.samples.with_columns(duration_s=pl.lit(1e7))
    ws.store.replace("samples", broken)
    ask(core, "copy", sample_id=sample, start=True)
    core.media.copies.wait(sample, 60)
    assert "do not fit into 50 MB" in ask(core, "copy", sample_id=sample)[0]["copy"]["failure"]["message"]


def test_the_widget_carries_a_player(ws: Workspace) -> None:
    view = widgets.Player(ws, sample_id=sample_of(ws, "clip.mp4"))
    assert isinstance(view.core, PlayerCore)
