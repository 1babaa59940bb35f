"""The journal: durable, idempotent, and undone by one more event."""

from __future__ import annotations

import json
import tempfile
import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from workbench.errors import JournalError
from workbench.journal import Journal
from workbench.payloads import VERDICT_COLUMNS, decode, encode
from workbench.records import ERROR_TYPES, Interval, Span, Verdict


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path / "journal.db")


def standing(journal: Journal) -> dict[str, str]:
    return {v.caption_id: v.verdict for v in journal.verdicts()}


def test_a_verdict_is_there_when_the_journal_is_opened_again(tmp_path: Path) -> None:
    Journal(tmp_path / "j.db").record(Verdict("c1", "ok", "ana"))
    assert standing(Journal(tmp_path / "j.db")) == {"c1": "ok"}


def test_the_last_verdict_of_an_annotator_stands(journal: Journal) -> None:
    journal.record(Verdict("c1", "ok", "ana"))
    journal.record(Verdict("c1", "misaligned", "ana"))
    assert standing(journal) == {"c1": "misaligned"}


def test_two_annotators_keep_a_verdict_each(journal: Journal) -> None:
    journal.record(Verdict("c1", "ok", "ana"))
    journal.record(Verdict("c1", "misaligned", "ben"))
    assert [(v.annotator, v.verdict) for v in journal.verdicts()] == [("ana", "ok"), ("ben", "misaligned")]


def test_undo_brings_back_the_previous_verdict_and_redo_the_later_one(journal: Journal) -> None:
    journal.record(Verdict("c1", "ok", "ana"))
    journal.record(Verdict("c1", "misaligned", "ana"))
    journal.undo("ana")
    assert standing(journal) == {"c1": "ok"}
    journal.redo("ana")
    assert standing(journal) == {"c1": "misaligned"}


def test_undo_survives_a_restart(tmp_path: Path) -> None:
    first = Journal(tmp_path / "j.db")
    first.record(Verdict("c1", "ok", "ana"))
    first.undo("ana")
    second = Journal(tmp_path / "j.db")
    assert standing(second) == {}
    second.redo("ana")
    assert standing(first) == {"c1": "ok"}


def test_undo_leaves_the_work_of_others_alone(journal: Journal) -> None:
    journal.record(Verdict("c1", "ok", "ana"))
    journal.record(Verdict("c2", "ok", "ben"))
    journal.undo("ana")
    assert standing(journal) == {"c2": "ok"}


def test_undo_of_nothing_is_nothing(journal: Journal) -> None:
    assert journal.undo("ana") is None
    assert journal.redo("ana") is None
    assert journal.events() == []


def test_a_new_verdict_ends_what_could_be_redone(journal: Journal) -> None:
    journal.record(Verdict("c1", "ok", "ana"))
    journal.undo("ana")
    journal.record(Verdict("c2", "ok", "ana"))
    assert journal.redo("ana") is None


def test_the_same_key_twice_is_stored_once(journal: Journal) -> None:
    first = journal.record(Verdict("c1", "ok", "ana"), key="k1")
    again = journal.record(Verdict("c1", "ok", "ana"), key="k1")
    assert (again.seq, first.is_repeat, again.is_repeat) == (first.seq, False, True)
    assert len(journal.events()) == 1


def test_an_undo_sent_twice_takes_back_one_verdict(journal: Journal) -> None:
    for n in range(3):
        journal.record(Verdict(f"c{n}", "ok", "ana"))
    journal.undo("ana", key="u1")
    journal.undo("ana", key="u1")
    assert len(journal.verdicts()) == 2


def test_a_key_used_for_another_decision_is_refused(journal: Journal) -> None:
    journal.record(Verdict("c1", "ok", "ana"), key="k1")
    with pytest.raises(JournalError, match="key 'k1' was used before for another decision, on c1"):
        journal.record(Verdict("c2", "ok", "ana"), key="k1")


def test_history_is_newest_first(journal: Journal) -> None:
    for n in range(5):
        journal.record(Verdict(f"c{n}", "ok", "ana"))
    journal.undo("ana")
    assert [(e.kind, e.verdict.caption_id) for e in journal.history("ana", 2)] == [
        ("undo", "c4"),
        ("verdict", "c4"),
    ]


def test_every_field_of_a_verdict_comes_back(journal: Journal) -> None:
    given = Verdict(
        "c1",
        "misaligned",
        "ana",
        error_types=("attribute", "count"),
        spans=(Span(2, 5), Span(9, 12)),
        interval=Interval(0.25, 1.5),
        severity=2,
        note='the ball is "blue"\n— not red',
        stratum="random",
        caption_hash="abc",
        edited_interval=Interval(0.5, 2.0),
        offset_s=-0.045,
    )
    event = journal.record(given)
    assert journal.verdicts() == [event.verdict]
    row = journal.frame().row(0, named=True)
    assert row["spans"] == [[2, 5], [9, 12]]
    assert (row["start_s"], row["end_s"], row["note"]) == (0.25, 1.5, given.note)
    assert (row["edited_start_s"], row["edited_end_s"], row["offset_s"]) == (0.5, 2.0, -0.045)
    assert list(row) == list(VERDICT_COLUMNS)


def test_a_payload_from_before_a_field_was_there_reads_on() -> None:
    fields = json.loads(encode(Verdict("c1", "misaligned", "ana", interval=Interval(0.25, 1.5))))
    assert fields.pop("edited_interval", "absent") is None
    assert fields.pop("offset_s", "absent") is None
    read = decode(json.dumps(fields))
    assert read == Verdict("c1", "misaligned", "ana", interval=Interval(0.25, 1.5))


def test_a_frame_of_no_verdicts_has_its_columns(journal: Journal) -> None:
    assert journal.frame().schema == VERDICT_COLUMNS


def test_threads_that_decide_together_lose_nothing(tmp_path: Path) -> None:
    journals = [Journal(tmp_path / "j.db") for _ in range(4)]

    def work(journal: Journal, name: str) -> None:
        for n in range(25):
            journal.record(Verdict(f"c{n}", "ok", name))

    threads = [threading.Thread(target=work, args=(j, f"a{i}")) for i, j in enumerate(journals)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(journals[0].verdicts()) == 100
    assert [e.seq for e in journals[0].events()] == list(range(1, 101))


def test_a_journal_that_cannot_be_reached_says_so_without_its_password(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match=r"journal at sqlite:///.*failed.*No decision was acknowledged"):
        Journal(tmp_path / "no" / "such" / "folder" / "j.db")
    with pytest.raises(JournalError, match=r"ana:\*\*\*@127\.0\.0\.1.*failed") as caught:
        Journal("postgresql://ana:secret@127.0.0.1:1/none")
    assert "secret" not in str(caught.value)


class Model:
    """What the journal should do, written the slow and obvious way: a list of verdicts and two stacks."""

    def __init__(self) -> None:
        self.made: list[tuple[str, str, str]] = []
        self.done: dict[str, list[int]] = {}
        self.undone: dict[str, list[int]] = {}

    def record(self, caption: str, verdict: str, annotator: str) -> None:
        self.made.append((caption, annotator, verdict))
        self.done.setdefault(annotator, []).append(len(self.made) - 1)
        self.undone[annotator] = []

    def undo(self, annotator: str) -> None:
        if self.done.get(annotator):
            self.undone.setdefault(annotator, []).append(self.done[annotator].pop())

    def redo(self, annotator: str) -> None:
        if self.undone.get(annotator):
            self.done.setdefault(annotator, []).append(self.undone[annotator].pop())

    def standing(self) -> dict[tuple[str, str], str]:
        alive = {n for stack in self.done.values() for n in stack}
        return {row[:2]: row[2] for n, row in enumerate(self.made) if n in alive}


acts = st.tuples(
    st.sampled_from(["record", "record", "undo", "redo", "restart"]),
    st.sampled_from(["c1", "c2", "c3"]),
    st.sampled_from(["ok", "misaligned", "skip"]),
    st.sampled_from(["ana", "ben"]),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(acts, max_size=25))
def test_replay_equals_the_obvious_model_after_any_acts(steps: list[tuple[str, str, str, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        model, journal = Model(), Journal(Path(folder) / "j.db")
        for act, caption, verdict, annotator in steps:
            if act == "record":
                model.record(caption, verdict, annotator)
                journal.record(Verdict(caption, verdict, annotator))
            elif act == "restart":
                journal.close()
                journal = Journal(Path(folder) / "j.db")
            else:
                getattr(model, act)(annotator)
                getattr(journal, act)(annotator)
        assert {(v.caption_id, v.annotator): v.verdict for v in journal.verdicts()} == model.standing()
        journal.close()


verdicts = st.builds(
    Verdict,
    caption_id=st.text(min_size=1),
    verdict=st.just("misaligned"),
    annotator=st.text(min_size=1),
    error_types=st.lists(st.sampled_from(ERROR_TYPES), max_size=3).map(tuple),
    spans=st.lists(
        st.tuples(st.integers(0, 50), st.integers(51, 99)).map(lambda s: Span(*s)), max_size=2
    ).map(tuple),
    interval=st.none() | st.tuples(st.floats(0, 10), st.floats(11, 20)).map(lambda s: Interval(*s)),
    note=st.text(),
).filter(lambda v: "\x00" not in v.annotator + v.caption_id and v.annotator.isprintable())


@settings(max_examples=60, deadline=None)
@given(verdicts)
def test_any_verdict_comes_back_as_it_was(verdict: Verdict) -> None:
    with tempfile.TemporaryDirectory() as folder:
        journal = Journal(Path(folder) / "j.db")
        stored = journal.record(verdict).verdict
        assert Journal(Path(folder) / "j.db").verdicts() == [stored]
        assert stored.note == verdict.note
        journal.close()
