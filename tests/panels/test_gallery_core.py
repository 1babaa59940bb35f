"""The gallery's core: paging, selecting, deciding; every command is answered."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

import workbench
from widgets.gallery.gallery import GalleryCore
from widgets.rows import Scope
from widgets.table.columns import Columns
from widgets.table.pair_table import PairTable
from workbench.errors import UnknownNameError
from workbench.workspace import Workspace


def page(core: GalleryCore, start: int = 0, stop: int = 60) -> list[dict[str, object]]:
    answer = core.answer({"op": "page", "start": start, "stop": stop, "version": core.version})
    assert answer.content["ok"], answer.content
    rows: list[dict[str, object]] = json.loads(answer.buffers[0])
    return rows


def test_the_lowest_score_comes_first_and_pairs_without_one_last(ws: Workspace) -> None:
    rows = page(GalleryCore(ws))
    assert [row["text"] for row in rows][:3] == ["a dog on a sofa", "a cat", "a red square"]
    assert rows[-1]["text"] is None
    assert rows[0]["error_types"] == ["wrong_pair"]
    assert rows[0]["verdict"] is None


def test_a_page_of_an_older_arrangement_is_refused(ws: Workspace) -> None:
    core = GalleryCore(ws)
    old = core.version
    core.answer({"op": "view", "text": "square"})
    assert core.answer({"op": "page", "start": 0, "stop": 6, "version": old}).content["is_outdated"] is True


def test_a_wrong_filter_is_answered_and_the_grid_stays(ws: Workspace) -> None:
    core = GalleryCore(ws)
    answer = core.answer({"op": "view", "text": "similarity<"}).content
    assert answer["ok"] is False
    assert answer["position"] == 10
    assert len(page(core)) == 7


@pytest.mark.parametrize(
    "message", [{"op": "no such"}, {"op": "page"}, {"op": "sample", "sample_id": "s1"}, {}]
)
def test_every_message_is_answered(ws: Workspace, message: dict[str, object]) -> None:
    answer = GalleryCore(ws).answer(message).content
    assert answer["ok"] is False
    assert answer["error"]


def test_an_unexpected_failure_is_answered_too(ws: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    answer = GalleryCore(ws).answer({"op": "decide"}).content  # no key
    assert answer["ok"] is False
    assert "KeyError" in str(answer["error"])
    assert "KeyError" in capsys.readouterr().err


def test_scopes_narrow_the_grid_and_are_shown_as_code(ws: Workspace) -> None:
    core = GalleryCore(ws)
    answer = core.answer(
        {"op": "view", "text": "a", "high": 0.2, "errors": ["object"], "media": ["image"]}
    ).content
    assert answer["count"] == 1
    code = str(answer["code"])
    assert eval(code, {"frame": core.table.frame(), "pl": pl}).height == 1  # noqa: S307 the code shown is under test


def test_each_facet_counts_what_the_others_let_through(ws: Workspace) -> None:
    facets = PairTable(Columns(ws, "similarity")).arrange(Scope(errors=("object",))).facets()
    assert facets["errors"] == {"wrong_pair": 1, "object": 1}
    assert facets["media"] == {"image": 1}
    assert sum(facets["histogram"]["shown"]) == 1
    assert sum(facets["histogram"]["all"]) == 6


def test_the_shuffled_order_follows_from_its_seed(ws: Workspace) -> None:
    table = PairTable(Columns(ws, "similarity"))
    first, again, other = (table.arrange(Scope(sort="random", seed=seed)).all.tolist() for seed in (1, 1, 2))
    assert first == again != other
    with pytest.raises(UnknownNameError, match="lowest"):
        table.arrange(Scope(sort="best"))


def test_selecting_all_means_all_that_match(ws: Workspace) -> None:
    core = GalleryCore(ws)
    core.answer({"op": "view", "text": "square"})
    assert core.answer({"op": "select", "how": "all"}).content["selected"] == 4
    assert core.selected_rows().height == 4
    core.answer({"op": "select", "how": "toggle", "caption_id": page(core)[0]["caption_id"]})
    assert [row["is_selected"] for row in page(core)] == [False, True, True, True]
    assert core.answer({"op": "select", "how": "range", "start": 0, "stop": 1}).content["selected"] == 4
    assert core.answer({"op": "select", "how": "none"}).content["selected"] == 0


def test_a_selection_is_decided_at_once_and_taken_back_at_once_even_after_a_restart(ws: Workspace) -> None:
    core = GalleryCore(ws)
    core.answer({"op": "view", "text": "square"})
    core.answer({"op": "select", "how": "all"})
    answer = core.answer({"op": "decide_selected", "verdict": "ok", "key": "k1"}).content
    assert answer["status"]["decisions"] == 4
    restarted = GalleryCore(workbench.open(ws.path, annotator="ana"))
    assert restarted.answer({"op": "undo", "key": "u1"}).content["status"]["decisions"] == 0
    assert restarted.answer({"op": "redo", "key": "r1"}).content["status"]["decisions"] == 4


def test_a_selection_decided_twice_under_one_key_counts_once(ws: Workspace) -> None:
    core = GalleryCore(ws)
    core.answer({"op": "select", "how": "all"})
    message = {"op": "decide_selected", "verdict": "ok", "key": "k1"}
    first, again = core.answer(message).content, core.answer(message).content
    assert first["ok"] is again["ok"] is True
    assert len(ws.store.journal.events()) == 6


def test_the_word_saved_does_not_wait_for_the_estimate(ws: Workspace) -> None:
    core = GalleryCore(ws)
    core.answer({"op": "open"})
    answer = core.answer(
        {"op": "decide", "caption_ids": [page(core)[0]["caption_id"]], "verdict": "ok", "key": "k"}
    )
    assert answer.content["status"]["is_estimate_old"] is True
    core.answer({"op": "status"})
    core.stands.wait()
    assert core.answer({"op": "status"}).content["status"]["is_estimate_old"] is False


def test_a_decision_sent_twice_counts_once(ws: Workspace) -> None:
    core = GalleryCore(ws)
    message = {
        "op": "decide",
        "caption_ids": [page(core)[0]["caption_id"]],
        "verdict": "misaligned",
        "key": "k",
    }
    first, second = core.answer(message).content, core.answer(message).content
    assert first["status"]["decisions"] == second["status"]["decisions"] == 1
    assert len(ws.store.journal.events()) == 1


def test_an_undo_sent_twice_takes_back_one(ws: Workspace) -> None:
    core = GalleryCore(ws)
    for number, row in enumerate(page(core)[:2]):
        core.answer({"op": "decide", "caption_ids": [row["caption_id"]], "verdict": "ok", "key": str(number)})
    for _ in range(2):
        core.answer({"op": "undo", "key": "same"})
    assert ws.verdicts.height == 1


def test_a_decided_pair_stays_in_the_grid_until_it_is_arranged_anew(ws: Workspace) -> None:
    core = GalleryCore(ws)
    core.answer({"op": "view", "text": "reviewed:no"})
    row = page(core)[0]
    core.answer({"op": "decide", "caption_ids": [row["caption_id"]], "verdict": "ok", "key": "k"})
    said = page(core)[0]["verdict"]
    assert (said["verdict"], said["error_types"], said["annotator"]) == ("ok", [], "ana")
    core.answer({"op": "view", "text": "reviewed:no"})
    assert row["caption_id"] not in [other["caption_id"] for other in page(core)]


def test_ones_own_verdict_goes_before_that_of_another(ws: Workspace) -> None:
    caption = ws.captions["caption_id"][0]
    GalleryCore(ws).answer({"op": "decide", "caption_ids": [caption], "verdict": "ok", "key": "1"})
    GalleryCore(ws, annotator="ben").answer(
        {"op": "decide", "caption_ids": [caption], "verdict": "skip", "key": "2"}
    )
    assert GalleryCore(ws).verdicts_on([caption])[caption]["verdict"] == "ok"
    assert GalleryCore(ws, annotator="ben").verdicts_on([caption])[caption]["verdict"] == "skip"


def test_pictures_come_as_jpeg_and_a_vanished_file_says_so(ws: Workspace) -> None:
    core = GalleryCore(ws)
    samples = ws.samples.sort("path")
    Path(ws.store.media_path_of(samples["sample_id"][1])).unlink()
    answer = core.answer({"op": "pictures", "sample_ids": samples["sample_id"][:2].to_list()})
    here, gone = answer.content["pictures"]
    assert here["kind"] == "jpeg"
    assert answer.buffers[0][:2] == b"\xff\xd8"
    assert gone["kind"] == "none"
    assert "The file is gone" in gone["error"]


def test_a_file_comes_whole_in_chunks(ws: Workspace) -> None:
    core = GalleryCore(ws)
    sample_id = ws.samples["sample_id"][0]
    head = core.answer({"op": "media", "sample_id": sample_id}).content
    size = head["size_bytes"]
    assert isinstance(size, int)
    chunks = [
        core.answer({"op": "chunk", "sample_id": sample_id, "start": start, "size": 50}).buffers[0]
        for start in range(0, size, 50)
    ]
    assert b"".join(chunks) == ws.store.media_path_of(sample_id).read_bytes()
    assert head["is_sendable"] is True


def test_a_caption_that_changed_since_it_was_scored_is_stale(ws: Workspace) -> None:
    ws.store.replace("captions", ws.captions.with_columns(caption_hash=pl.lit("other")))
    assert PairTable(Columns(ws, "similarity")).frame().filter("is_stale").height == 6
    assert GalleryCore(ws).answer({"op": "view", "text": "is:stale"}).content["count"] == 6


def test_an_empty_workspace_opens(tmp_path: Path) -> None:
    answer = GalleryCore(workbench.create(tmp_path / "new")).answer({"op": "open"}).content
    assert answer["ok"] is True
    assert (answer["samples"], answer["count"]) == (0, 0)
    assert answer["facets"]["histogram"] is None


def test_a_scorer_of_several_error_types_has_a_column_for_each(ws: Workspace) -> None:
    one = ws.scores.with_columns(scorer=pl.lit("claims"))
    for error_type, value in (("attribute", 0.8), ("count", 0.2)):
        rows = one.with_columns(error_type=pl.lit(error_type), value=value, percentile=pl.lit(value))
        ws.store.append("scores", rows)
    frame = PairTable(Columns(ws, "similarity")).frame()
    assert frame.height == 7
    assert {"similarity", "claims_attribute", "claims_count"} < set(frame.columns)
    assert "claims" not in frame.columns
    core = GalleryCore(ws, Scope(text="claims_attribute>0.5 claims_count<0.5"))
    assert len(page(core)) == 6
    worst = GalleryCore(ws, scorer="claims")
    assert {row["score"] for row in page(worst) if row["text"]} == {0.2}
    named = GalleryCore(ws, scorer="claims_attribute")
    assert {row["score"] for row in page(named) if row["text"]} == {0.8}
