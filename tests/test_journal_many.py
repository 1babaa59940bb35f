"""Many decisions stored in one piece, as a whole review elsewhere is brought home."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.errors import JournalError
from workbench.journal import Journal
from workbench.records import Verdict


def test_many_decisions_are_stored_in_order_and_once_when_sent_again(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.db")
    sent = [(Verdict(f"c{n}", "ok", "ana"), f"k{n}") for n in range(5)]
    first = journal.record_all(sent)
    assert [event.seq for event in first] == [1, 2, 3, 4, 5]
    assert not any(event.is_repeat for event in first)
    again = Journal(tmp_path / "journal.db").record_all([*sent, (Verdict("c9", "skip", "ana"), "k9")])
    assert [event.is_repeat for event in again] == [True] * 5 + [False]
    assert len(journal.events()) == 6


def test_where_one_of_many_fails_none_is_stored(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "journal.db")
    journal.record(Verdict("c1", "ok", "ana"), key="k1")
    with pytest.raises(JournalError, match="was used before for another decision"):
        journal.record_all([(Verdict("c2", "ok", "ana"), "k2"), (Verdict("c3", "ok", "ana"), "k1")])
    assert [verdict.caption_id for verdict in journal.verdicts()] == ["c1"]
