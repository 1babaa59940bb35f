"""The journal: every human act as an appended event, and the present state by replay.

Decisions are small, made by people and cannot be made again; so they are rows of a database that are only
ever appended, each durable before it is acknowledged. Nothing is updated or deleted: an undo is one more
event that names the event it takes back, which is why it survives a restart.

The same code (SQLAlchemy Core) runs on SQLite, for one machine, and on PostgreSQL by URL, for a team.
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Literal

import polars as pl
import sqlalchemy as sa

from workbench.errors import JournalError, MissingExtraError
from workbench.payloads import decode, encode, judgements_frame, verdicts_frame
from workbench.records import Judgement, Verdict, utc_now
from workbench.replay import Replay

__all__ = ["Event", "Journal"]

EventKind = Literal["verdict", "judgement", "undo", "redo"]
Desk = Literal["review", "judge", "adjudicate"]

_metadata = sa.MetaData()
_events = sa.Table(
    "events",
    _metadata,
    # SQLite gives out increasing row ids only for INTEGER PRIMARY KEY; PostgreSQL gets 64 bits.
    sa.Column(
        "seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=True
    ),
    sa.Column("event_id", sa.String(32), nullable=False, unique=True),
    sa.Column("key", sa.Text, unique=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("annotator", sa.Text, nullable=False),
    sa.Column("at_utc", sa.String(32), nullable=False),
    sa.Column("subject", sa.Text, nullable=False),
    sa.Column("target_seq", sa.BigInteger),
    sa.Column("payload", sa.Text, nullable=False),
    sqlite_autoincrement=True,
)


@dataclass(frozen=True, slots=True)
class Event:
    """One row of the journal.

    Attributes:
        seq: its place in the one order of all events.
        kind: `verdict` or `judgement`, or `undo` / `redo` of the event at `target_seq`.
        decision: what was decided, taken back or decided again.
        is_repeat: whether the key had been seen before, so that nothing new was stored.
    """

    seq: int
    event_id: str
    kind: EventKind
    annotator: str
    at_utc: datetime
    decision: Verdict | Judgement
    target_seq: int | None = None
    key: str | None = None
    is_repeat: bool = False

    @property
    def verdict(self) -> Verdict:
        """The decision of an event at the review desk."""
        if not isinstance(self.decision, Verdict):
            raise JournalError(f"Event {self.seq} is of a judgement.", "Read `decision`.")
        return self.decision


class Journal:
    """Append decisions, take them back, and replay them.

    Args:
        url: an SQLAlchemy URL, or the path of an SQLite file (made when it is not there).

    Raises:
        JournalError: when the database cannot be reached.
    """

    def __init__(self, url: str | Path) -> None:
        self._url = sa.make_url(f"sqlite:///{url}" if isinstance(url, Path) else url)
        self._engine = _connect(self._url)
        # One statement that reads needs no transaction around it: that halves what goes to a server and back.
        self._reader = self._engine
        if self._engine.dialect.name == "postgresql":
            self._reader = self._engine.execution_options(isolation_level="AUTOCOMMIT")
        self._lock = threading.RLock()
        self._replay: Replay[Verdict | Judgement] = Replay()
        self._standing: list[Verdict] = []
        self._standing_at = 0
        with self._reaching():
            _metadata.create_all(self._engine)
            _rename_subject(self._engine)

    def record(self, decision: Verdict | Judgement, key: str | None = None) -> Event:
        """Store a verdict or a judgement; when this returns, it is on disk.

        Args:
            decision: the decision; its time is set here when it has none.
            key: any text of the caller's that stays the same when a request is sent again.

        Returns:
            The stored event, or the one already stored under the same key (`is_repeat`).

        Raises:
            JournalError: when the key was used before for another decision, or nothing can be written.
        """
        with self._appending() as connection:
            return self._record_one(connection, decision, key)

    def record_all(self, decisions: Sequence[tuple[Verdict | Judgement, str]]) -> list[Event]:
        """Store many decisions, each with its key, in one piece: all of them or, where it fails, none.

        Returns:
            Their events; one whose key had been seen is the event already stored (`is_repeat`).

        Raises:
            JournalError: when a key was used before for another decision, or nothing can be written.
        """
        with self._appending() as connection:
            return [self._record_one(connection, decision, key) for decision, key in decisions]

    def undo(self, annotator: str, key: str | None = None, *, desk: Desk = "review") -> Event | None:
        """Take back the annotator's last decision at a desk that still stands; None when there is none."""
        return self._turn("undo", annotator, key, desk)

    def redo(self, annotator: str, key: str | None = None, *, desk: Desk = "review") -> Event | None:
        """Make the decision taken back last stand again; None when a newer one has come since."""
        return self._turn("redo", annotator, key, desk)

    def verdicts(self) -> list[Verdict]:
        """Return the verdicts that stand: the last one of each annotator on each caption, oldest first.

        Of a caption that was adjudicated it is the adjudicated verdict alone, which stands for all; see
        `voices` for what everybody said.
        """
        made = self._standing_verdicts()
        settled = {verdict.caption_id: verdict for verdict in made if verdict.is_adjudicated}
        return [verdict for verdict in made if settled.get(verdict.caption_id, verdict) is verdict]

    def voices(self) -> list[Verdict]:
        """Return every annotator's own last word on each caption, whatever was adjudicated, oldest first."""
        return [verdict for verdict in self._standing_verdicts() if not verdict.is_adjudicated]

    def _standing_verdicts(self) -> list[Verdict]:
        with self._lock:
            self._refresh()
            if self._standing_at != self._replay.last_seq:
                made = self._replay.standing()
                self._standing = [one for one in made if isinstance(one, Verdict)]
                self._standing_at = self._replay.last_seq
            return self._standing

    def judgements(self) -> list[Judgement]:
        """Return the judgements that stand: each annotator's last on a pair, criterion and occasion."""
        with self._lock:
            self._refresh()
            return [made for made in self._replay.standing() if isinstance(made, Judgement)]

    def frame(self) -> pl.DataFrame:
        """Return the verdicts that stand as a Polars frame with the columns of `VERDICT_COLUMNS`."""
        return verdicts_frame(self.verdicts())

    def judgements_frame(self) -> pl.DataFrame:
        """Return the judgements that stand as a frame with the columns of `JUDGEMENT_COLUMNS`."""
        return judgements_frame(self.judgements())

    def events(self, since: int = 0) -> list[Event]:
        """Return every event after the one numbered `since`, in order."""
        with self._reaching(), self._reader.connect() as connection:
            return list(_read_events(connection, since))

    def history(
        self, annotator: str | None = None, limit: int | None = 10, *, before: int | None = None
    ) -> list[Event]:
        """Return the last events at any desk, newest first: of one annotator, or of everybody.

        Args:
            annotator: whose; everybody's when left out.
            limit: at most so many; None for all.
            before: only events numbered below this.
        """
        query = sa.select(_events).order_by(_events.c.seq.desc()).limit(limit)
        if annotator is not None:
            query = query.where(_events.c.annotator == annotator)
        if before is not None:
            query = query.where(_events.c.seq < before)
        with self._reaching(), self._reader.connect() as connection:
            rows = connection.execute(query)
            return [_event_of(row) for row in rows]

    def stack(self, annotator: str, *, is_undone: bool = False, desk: Desk = "review") -> list[int]:
        """Return the numbers of what undos would take back, or redos make again; the next one is the last."""
        with self._lock:
            self._refresh()
            return self._replay.stack(annotator, desk, is_undone=is_undone)

    def numbered(self, seqs: Sequence[int]) -> list[Event]:
        """Return the events of these numbers, in their order in the journal."""
        query = sa.select(_events).where(_events.c.seq.in_(list(seqs))).order_by(_events.c.seq)
        with self._reaching(), self._reader.connect() as connection:
            return [_event_of(row) for row in connection.execute(query)]

    def event_of(self, key: str) -> Event | None:
        """Return the event stored under a key; None when there is none."""
        with self._reaching(), self._reader.connect() as connection:
            return self._event_of_key(connection, key)

    def last_seq(self) -> int:
        """Return the number of the newest event, 0 before the first; cheap enough to ask every second."""
        with self._reaching(), self._reader.connect() as connection:
            return connection.execute(sa.select(sa.func.max(_events.c.seq))).scalar_one() or 0

    def close(self) -> None:
        """Give back the database connections."""
        self._engine.dispose()

    def _record_one(self, connection: sa.Connection, decision: Verdict | Judgement, key: str | None) -> Event:
        stamped = decision if decision.at_utc else replace(decision, at_utc=utc_now())
        kind: EventKind = "verdict" if isinstance(stamped, Verdict) else "judgement"
        if key is not None and (seen := self._event_of_key(connection, key)):
            return _checked_repeat(seen, stamped)
        return self._append(connection, kind, stamped, key=key)

    def _turn(
        self, kind: Literal["undo", "redo"], annotator: str, key: str | None, desk: Desk
    ) -> Event | None:
        with self._appending() as connection:
            if key is not None and (seen := self._event_of_key(connection, key)):
                return replace(seen, is_repeat=True)
            find = self._replay.last_done if kind == "undo" else self._replay.last_undone
            target = find(annotator, desk)
            if target is None:
                return None
            seq, decision = target
            return self._append(connection, kind, decision, key=key, target_seq=seq)

    def _append(
        self,
        connection: sa.Connection,
        kind: EventKind,
        decision: Verdict | Judgement,
        *,
        key: str | None,
        target_seq: int | None = None,
    ) -> Event:
        is_turn = kind in ("undo", "redo")
        at_utc = utc_now() if is_turn or decision.at_utc is None else decision.at_utc
        row = {
            "event_id": uuid.uuid4().hex,
            "key": key,
            "kind": kind,
            "annotator": decision.annotator,
            "at_utc": at_utc.isoformat(),
            "subject": decision.subject,
            "target_seq": target_seq,
            "payload": encode(decision),
        }
        stored = connection.execute(sa.insert(_events).values(row).returning(_events.c.seq)).scalar_one()
        return Event(
            stored, str(row["event_id"]), kind, decision.annotator, at_utc, decision, target_seq, key
        )

    def _event_of_key(self, connection: sa.Connection, key: str) -> Event | None:
        row = connection.execute(sa.select(_events).where(_events.c.key == key)).one_or_none()
        return None if row is None else _event_of(row)

    def _refresh(self) -> None:
        with self._reaching(), self._reader.connect() as connection:
            self._replay_from(connection)

    def _replay_from(self, connection: sa.Connection) -> None:
        for event in _read_events(connection, self._replay.last_seq):
            self._replay.apply(event.seq, event.kind, event.decision, event.target_seq)

    @contextmanager
    def _appending(self) -> Iterator[sa.Connection]:
        """Hold the one place in the queue of writers, with the replay up to date, until the commit."""
        with self._lock, self._reaching(), self._engine.connect() as connection:
            write = connection.execution_options(is_write=True)
            with write.begin():
                if connection.dialect.name == "postgresql":
                    # Numbers are given out before commits: without one writer at a time a reader could see
                    # number 8 before 7 and miss 7 for ever.
                    connection.execute(sa.text("LOCK TABLE events IN SHARE ROW EXCLUSIVE MODE"))
                self._replay_from(connection)
                yield connection

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        try:
            yield
        except sa.exc.SQLAlchemyError as error:
            cause = getattr(error, "orig", None) or error
            raise JournalError(
                f"The journal at {self._url.render_as_string(hide_password=True)} failed: {cause}.",
                "No decision was acknowledged; check the disk or the server, then send it again.",
            ) from error


def _connect(url: sa.URL) -> sa.Engine:
    if url.drivername == "postgresql":
        url = url.set(drivername="postgresql+psycopg")
    try:
        engine = sa.create_engine(url, pool_pre_ping=url.get_backend_name() != "sqlite")
    except ModuleNotFoundError as error:
        raise MissingExtraError(f"A journal on {url.get_backend_name()}", "postgres") from error
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _set_up_sqlite)
        sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def _rename_subject(engine: sa.Engine) -> None:
    """Bring a journal up to date whose events were all of captions; doing it twice changes nothing."""
    names = {column["name"] for column in sa.inspect(engine).get_columns("events")}
    if "caption_id" in names:
        with engine.begin() as connection:
            connection.execute(sa.text("ALTER TABLE events RENAME COLUMN caption_id TO subject"))


def _set_up_sqlite(connection: object, _record: object) -> None:
    # The driver must not open transactions by itself, or BEGIN IMMEDIATE below comes too late.
    connection.isolation_level = None  # type: ignore[attr-defined]
    cursor = connection.cursor()  # type: ignore[attr-defined]
    for pragma in ("busy_timeout=60000", "journal_mode=WAL", "synchronous=FULL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: sa.Connection) -> None:
    # A writer takes the write lock at once; one that starts as a reader would fail when two upgrade together.
    is_write = connection.get_execution_options().get("is_write", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_write else "BEGIN")


def _read_events(connection: sa.Connection, since: int) -> Iterator[Event]:
    rows = connection.execute(sa.select(_events).where(_events.c.seq > since).order_by(_events.c.seq))
    return (_event_of(row) for row in rows)


def _event_of(row: sa.Row[tuple[object, ...]]) -> Event:
    return Event(
        seq=row.seq,
        event_id=row.event_id,
        kind=row.kind,
        annotator=row.annotator,
        at_utc=datetime.fromisoformat(row.at_utc),
        decision=decode(row.payload),
        target_seq=row.target_seq,
        key=row.key,
    )


def _checked_repeat(seen: Event, sent: Verdict | Judgement) -> Event:
    is_turn = seen.kind in ("undo", "redo")
    if is_turn or replace(sent, at_utc=seen.decision.at_utc) != seen.decision:
        raise JournalError(
            f"The key {seen.key!r} was used before for another decision, on {seen.decision.subject}.",
            "Send each new decision with a key of its own.",
        )
    return replace(seen, is_repeat=True)
