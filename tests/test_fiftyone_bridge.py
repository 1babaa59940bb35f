"""The workspace in FiftyOne and back, against a real MongoDB server: nothing lost, nothing twice."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from made_fiftyone import fill_for_fiftyone
from polars.testing import assert_frame_equal

from workbench.errors import FiftyOneError
from workbench.fiftyone_bridge import Taken, from_fiftyone, to_fiftyone
from workbench.fiftyone_bridge.reading import read_back, read_vectors
from workbench.records import Verdict
from workbench.store import Store


@pytest.fixture
def sent(fiftyone: Any, store: Store) -> Any:
    """A dataset of twelve samples of two captions each."""
    fill_for_fiftyone(store, 12, vectors=False)
    dataset = to_fiftyone(store, f"small-{id(store)}", annotator="ana").dataset
    yield dataset
    fiftyone.delete_dataset(dataset.name)


def test_ten_thousand_samples_go_over_and_come_back_equal(
    fiftyone: Any, store: Store, capsys: pytest.CaptureFixture[str]
) -> None:
    fill_for_fiftyone(store, 10_000)
    times_s: dict[str, float] = {}

    def timed(what: str, start_s: float) -> None:
        times_s[what] = time.perf_counter() - start_s

    start_s = time.perf_counter()
    sent = to_fiftyone(store, "ten-thousand", annotator="ana")
    timed("to FiftyOne, with vectors and their map", start_s)
    assert (sent.added, sent.changed, sent.removed, sent.held_back) == (10_000, 0, 0, 0)
    dataset = sent.dataset
    assert len(dataset) == 10_000
    start_s = time.perf_counter()
    held = read_back(dataset)
    timed("read back", start_s)
    for name in ("samples", "captions", "flags", "scores"):
        assert_same(held[name], store.read(name))
    assert_same(held["verdicts"], store.journal.frame())
    assert held["verdicts"].height == 400
    vectors = read_vectors(dataset)
    assert len(vectors) == 10_000
    assert all(len(vector) == 16 and np.isfinite(vector).all() for vector in vectors.values())

    start_s = time.perf_counter()
    again = to_fiftyone(store, "ten-thousand", annotator="ana")
    timed("to FiftyOne, nothing new", start_s)
    assert (again.added, again.changed, again.unchanged) == (0, 0, 10_000)

    picked = dataset.match_tags("flagged")
    picked.tag_labels("misaligned", label_fields="captions")
    ok = dataset.limit(2_000).match_tags("flagged", bool=False)
    ok.tag_samples("ok")
    start_s = time.perf_counter()
    taken = from_fiftyone(store, dataset, annotator="ana")
    timed("from FiftyOne, what was tagged", start_s)
    assert taken.samples == 2_800
    made = store.journal.frame().filter(pl.col("annotator") == "ana")
    of = store.read("captions").select("caption_id", "sample_id").join(made, on="caption_id", how="left")
    flagged = of.filter(pl.col("sample_id").is_in(picked.values("sample_id")))
    assert flagged["verdict"].to_list() == ["misaligned"] * 2_000
    fine = of.filter(pl.col("sample_id").is_in(ok.values("sample_id")), pl.col("edited_text").is_null())
    assert fine["verdict"].to_list() == ["ok"] * fine.height
    assert fine.height > 3_500
    assert_same(read_back(dataset)["verdicts"], store.journal.frame())
    assert from_fiftyone(store, dataset, annotator="ana") == Taken()
    fiftyone.delete_dataset("ten-thousand")
    with capsys.disabled():
        print("\n10,000 samples, 20,000 captions: " + "; ".join(f"{k} {v:.1f} s" for k, v in times_s.items()))


def assert_same(held: pl.DataFrame, table: pl.DataFrame) -> None:
    """Compare what FiftyOne holds with a table; it keeps times to the thousandth of a second."""
    columns = [name for name in table.columns if name in held.columns]
    assert len(columns) >= 10
    key = [name for name in ("sample_id", "caption_id", "annotator", "scorer", "flag_id") if name in columns]
    both = []
    for frame in (held, table):
        shaped = frame.select(columns)
        if "at_utc" in columns:
            shaped = shaped.with_columns(pl.col("at_utc").dt.truncate("1ms"))
        both.append(shaped.sort(key))
    assert_frame_equal(*both)


def test_a_tag_on_a_caption_becomes_a_verdict_and_one_taken_off_takes_it_back(
    sent: Any, store: Store
) -> None:
    sample = sent.first()
    label = sample.captions.classifications[1]
    label.tags += ["attribute", "my own"]
    sample.save()
    assert from_fiftyone(store, sent, annotator="eve").verdicts == 1
    made = only_verdict(store, "eve")
    assert (made.caption_id, made.verdict, made.error_types) == (
        label.caption_id,
        "misaligned",
        ("attribute",),
    )
    sent.reload()
    label = sent.first().captions.classifications[1]
    assert set(label.tags) == {"misaligned", "attribute", "my own"}
    sample = sent.first()
    sample.captions.classifications[1].tags = ["my own"]
    sample.save()
    from_fiftyone(store, sent, annotator="eve")
    assert only_verdict(store, "eve").verdict == "skip"


def test_an_edited_caption_becomes_a_correction_and_the_original_stays(sent: Any, store: Store) -> None:
    sample = sent.first()
    label = sample.captions.classifications[0]
    label.label = "a blue kite over the sea"
    sample.save()
    from_fiftyone(store, sent, annotator="eve")
    made = only_verdict(store, "eve")
    assert (made.verdict, made.edited_text) == ("misaligned", "a blue kite over the sea")
    sent.reload()
    held = sent.first().captions.classifications[0]
    assert held.label == "a blue kite over the sea"
    assert held.text == label.text


def test_a_verdict_field_its_types_and_its_note_become_a_verdict(sent: Any, store: Store) -> None:
    sample = sent.skip(3).first()
    label = sample.captions.classifications[0]
    label.verdict, label.error_types, label.note, label.severity = "misaligned", ["count"], "nine", 3
    sample.save()
    from_fiftyone(store, sent, annotator="eve")
    made = only_verdict(store, "eve")
    assert (made.error_types, made.note, made.severity) == (("count",), "nine", 3)


def test_a_misaligned_sample_of_several_captions_is_asked_about_and_its_tag_kept(
    sent: Any, store: Store
) -> None:
    sent.limit(1).tag_samples("misaligned")
    taken = from_fiftyone(store, sent, annotator="eve")
    assert taken.verdicts == 0
    assert "does not say which of its 2 captions" in str(taken)
    sent.reload()
    assert "misaligned" in sent.first().tags


def test_what_was_done_in_the_app_is_never_written_over(sent: Any, store: Store) -> None:
    sent.limit(1).tag_samples("fine")
    store.journal.record(Verdict(sent.first().captions.classifications[0].caption_id, "skip", "ana"))
    held = to_fiftyone(store, sent.name, annotator="ana")
    assert (held.changed, held.held_back) == (0, 1)
    assert "ws.from_fiftyone() first" in str(held)
    from_fiftyone(store, sent, annotator="ana")
    assert to_fiftyone(store, sent.name, annotator="ana").unchanged == 12


def test_a_later_decision_in_the_workspace_stands_against_an_older_tag(sent: Any, store: Store) -> None:
    sample = sent.skip(2).first()
    label = sample.captions.classifications[0]
    label.tags = ["misaligned"]
    sample.save()
    time.sleep(0.01)  # FiftyOne's clock has thousandths of a second
    store.journal.record(Verdict(label.caption_id, "ok", "eve"))
    taken = from_fiftyone(store, sent, annotator="eve")
    assert (taken.verdicts, taken.older) == (0, 1)
    assert only_verdict(store, "eve").verdict == "ok"


def test_decisions_heard_twice_after_a_crash_are_stored_once(
    sent: Any, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent.tag_samples("ok")

    def crash(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("workbench.fiftyone_bridge.taking.send", crash)
        with pytest.raises(KeyboardInterrupt):
            from_fiftyone(store, sent, annotator="eve")
    before = len(store.journal.events())
    taken = from_fiftyone(store, sent, annotator="eve")
    assert (taken.verdicts, taken.repeats) == (0, 24)
    assert "24 were here already" in str(taken)
    assert len(store.journal.events()) == before


def test_only_what_is_new_is_written_and_what_is_gone_is_taken_out(sent: Any, store: Store) -> None:
    store.journal.record(Verdict(sent.skip(5).first().captions.classifications[0].caption_id, "ok", "ana"))
    own = sent.skip(6).first()
    own["mine"] = "kept"
    own.tags.append("favourite")
    own.save()
    from_fiftyone(store, sent, annotator="ana")
    store.replace("samples", store.read("samples").head(11))
    written = to_fiftyone(store, sent.name, annotator="ana")
    assert (written.added, written.changed, written.removed, written.unchanged) == (0, 1, 1, 10)
    held = sent.skip(6).first()
    assert (held["mine"], "favourite" in held.tags) == ("kept", True)


def test_a_dataset_of_another_workspace_is_refused(sent: Any, tmp_path: Path) -> None:
    other = Store.create(tmp_path / "other")
    fill_for_fiftyone(other, 2, vectors=False)
    with pytest.raises(FiftyOneError, match=r"was made from .*not from"):
        to_fiftyone(other, sent.name, annotator="ana")
    with pytest.raises(FiftyOneError, match=r"was made from .*not from"):
        from_fiftyone(other, sent, annotator="ana")
    with pytest.raises(FiftyOneError, match=r"no FiftyOne dataset 'nowhere'.*There are: "):
        from_fiftyone(other, "nowhere", annotator="ana")


def test_similar_samples_can_be_asked_for_and_a_map_is_there(fiftyone: Any, store: Store) -> None:
    fill_for_fiftyone(store, 12)
    dataset = to_fiftyone(store, "near", annotator="ana").dataset
    assert {"workbench_map", "workbench_similarity"} <= set(dataset.list_brain_runs())
    near = dataset.sort_by_similarity(dataset.first().id, k=3, brain_key="workbench_similarity")
    assert near.first().id == dataset.first().id
    assert len(dataset.load_brain_results("workbench_map").points) == 12
    fiftyone.delete_dataset("near")


def only_verdict(store: Store, annotator: str) -> Verdict:
    (made,) = [verdict for verdict in store.journal.verdicts() if verdict.annotator == annotator]
    return made
