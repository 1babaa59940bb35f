"""The journal: every human act as an appended event, and the present state by replay.

Decisions are small, made by people and cannot be made again; so they are rows of a database that are only
ever appended, each durable before it is acknowledged. Nothing is updated or deleted: an undo is one more
event that names the event it takes back, which is why it survives a restart.

The same code (SQLAlchemy Core) runs on SQLite, for one machine, and on PostgreSQL by URL, for a team.
"""

from __future__ import annotations

import json
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

import polars as pl
import sqlalchemy as sa

from workbench.errors import JournalError, MissingExtraError
from workbench.records import Interval, Span, Verdict, utc_now
from workbench.replay import Replay

__all__ = ["VERDICT_COLUMNS", "Event", "Journal", "verdicts_frame"]

EventKind = Literal["verdict", "undo", "redo"]

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
    sa.Column("caption_id", sa.String(64), nullable=False),
    sa.Column("target_seq", sa.BigInteger),
    sa.Column("payload", sa.Text, nullable=False),
    sqlite_autoincrement=True,
)

#: The columns of `Journal.frame()`.
VERDICT_COLUMNS: Final[dict[str, pl.DataType]] = {
    "caption_id": pl.String(),
    "annotator": pl.String(),
    "verdict": pl.String(),
    "error_types": pl.List(pl.String()),
    "spans": pl.List(pl.List(pl.Int64())),
    "start_s": pl.Float64(),
    "end_s": pl.Float64(),
    "severity": pl.Int64(),
    "note": pl.String(),
    "stratum": pl.String(),
    "caption_hash": pl.String(),
    "at_utc": pl.Datetime("us", "UTC"),
}


@dataclass(frozen=True, slots=True)
class Event:
    """One row of the journal.

    Attributes:
        seq: its place in the one order of all events.
        kind: `verdict`, or `undo` / `redo` of the verdict event at `target_seq`.
        verdict: the decision made, taken back or made again.
        is_repeat: whether the key had been seen before, so that nothing new was stored.
    """

    seq: int
    event_id: str
    kind: EventKind
    annotator: str
    at_utc: datetime
    verdict: Verdict
    target_seq: int | None = None
    key: str | None = None
    is_repeat: bool = False


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
        self._lock = threading.RLock()
        self._replay: Replay[Verdict] = Replay()
        with self._reaching():
            _metadata.create_all(self._engine)

    def record(self, verdict: Verdict, key: str | None = None) -> Event:
        """Store a verdict; when this returns, it is on disk.

        Args:
            verdict: the decision; its time is set here when it has none.
            key: any text of the caller's that stays the same when a request is sent again.

        Returns:
            The stored event, or the one already stored under the same key (`is_repeat`).

        Raises:
            JournalError: when the key was used before for another decision, or nothing can be written.
        """
        stamped = verdict if verdict.at_utc else replace(verdict, at_utc=utc_now())
        with self._appending() as connection:
            if key is not None and (seen := self._event_of_key(connection, key)):
                return _checked_repeat(seen, stamped)
            return self._append(connection, "verdict", stamped, key=key)

    def undo(self, annotator: str, key: str | None = None) -> Event | None:
        """Take back the annotator's last verdict that still stands; None when there is none."""
        return self._turn("undo", annotator, key)

    def redo(self, annotator: str, key: str | None = None) -> Event | None:
        """Make the verdict taken back last stand again; None when a newer verdict has come since."""
        return self._turn("redo", annotator, key)

    def verdicts(self) -> list[Verdict]:
        """Return the verdicts that stand: the last one of each annotator on each caption, oldest first."""
        with self._lock:
            self._refresh()
            return self._replay.standing()

    def frame(self) -> pl.DataFrame:
        """Return the verdicts that stand as a Polars frame with the columns of `VERDICT_COLUMNS`."""
        return verdicts_frame(self.verdicts())

    def events(self, since: int = 0) -> list[Event]:
        """Return every event after the one numbered `since`, in order."""
        with self._reaching(), self._engine.connect() as connection:
            return list(_read_events(connection, since))

    def history(self, annotator: str, limit: int = 10) -> list[Event]:
        """Return the annotator's last events, newest first."""
        query = sa.select(_events).where(_events.c.annotator == annotator)
        with self._reaching(), self._engine.connect() as connection:
            rows = connection.execute(query.order_by(_events.c.seq.desc()).limit(limit))
            return [_event_of(row) for row in rows]

    def close(self) -> None:
        """Give back the database connections."""
        self._engine.dispose()

    def _turn(self, kind: Literal["undo", "redo"], annotator: str, key: str | None) -> Event | None:
        with self._appending() as connection:
            if key is not None and (seen := self._event_of_key(connection, key)):
                return replace(seen, is_repeat=True)
            target = (
                self._replay.last_done(annotator) if kind == "undo" else self._replay.last_undone(annotator)
            )
            if target is None:
                return None
            seq, verdict = target
            return self._append(connection, kind, verdict, key=key, target_seq=seq)

    def _append(
        self,
        connection: sa.Connection,
        kind: EventKind,
        verdict: Verdict,
        *,
        key: str | None,
        target_seq: int | None = None,
    ) -> Event:
        at_utc = verdict.at_utc if kind == "verdict" and verdict.at_utc else utc_now()
        row = {
            "event_id": uuid.uuid4().hex,
            "key": key,
            "kind": kind,
            "annotator": verdict.annotator,
            "at_utc": at_utc.isoformat(),
            "caption_id": verdict.caption_id,
            "target_seq": target_seq,
            "payload": _encode(verdict),
        }
        stored = connection.execute(sa.insert(_events).values(row).returning(_events.c.seq)).scalar_one()
        return Event(stored, str(row["event_id"]), kind, verdict.annotator, at_utc, verdict, target_seq, key)

    def _event_of_key(self, connection: sa.Connection, key: str) -> Event | None:
        row = connection.execute(sa.select(_events).where(_events.c.key == key)).one_or_none()
        return None if row is None else _event_of(row)

    def _refresh(self) -> None:
        with self._reaching(), self._engine.connect() as connection:
            self._replay_from(connection)

    def _replay_from(self, connection: sa.Connection) -> None:
        for event in _read_events(connection, self._replay.last_seq):
            self._replay.apply(event.seq, event.kind, event.verdict, event.target_seq)

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


def verdicts_frame(verdicts: list[Verdict]) -> pl.DataFrame:
    """Return verdicts as a frame with the columns of `VERDICT_COLUMNS`, one row a verdict."""
    return pl.DataFrame([_row_of(verdict) for verdict in verdicts], schema=VERDICT_COLUMNS)


def _row_of(verdict: Verdict) -> dict[str, object]:
    interval = verdict.interval
    return {
        "caption_id": verdict.caption_id,
        "annotator": verdict.annotator,
        "verdict": verdict.verdict,
        "error_types": list(verdict.error_types),
        "spans": [list(span) for span in verdict.spans],
        "start_s": interval.start_s if interval else None,
        "end_s": interval.end_s if interval else None,
        "severity": verdict.severity,
        "note": verdict.note,
        "stratum": verdict.stratum,
        "caption_hash": verdict.caption_hash,
        "at_utc": verdict.at_utc,
    }


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
        verdict=_decode(row.payload),
        target_seq=row.target_seq,
        key=row.key,
    )


def _checked_repeat(seen: Event, sent: Verdict) -> Event:
    if seen.kind != "verdict" or replace(sent, at_utc=seen.verdict.at_utc) != seen.verdict:
        raise JournalError(
            f"The key {seen.key!r} was used before for another decision, on {seen.verdict.caption_id}.",
            "Send each new decision with a key of its own.",
        )
    return replace(seen, is_repeat=True)


def _encode(verdict: Verdict) -> str:
    fields = {
        "caption_id": verdict.caption_id,
        "verdict": verdict.verdict,
        "annotator": verdict.annotator,
        "at_utc": verdict.at_utc.isoformat() if verdict.at_utc else None,
        "error_types": verdict.error_types,
        "spans": verdict.spans,
        "interval": verdict.interval,
        "severity": verdict.severity,
        "note": verdict.note,
        "stratum": verdict.stratum,
        "caption_hash": verdict.caption_hash,
    }
    return json.dumps(fields, ensure_ascii=False)


def _decode(payload: str) -> Verdict:
    fields = json.loads(payload)
    interval = fields["interval"]
    return Verdict(
        caption_id=fields["caption_id"],
        verdict=fields["verdict"],
        annotator=fields["annotator"],
        at_utc=datetime.fromisoformat(fields["at_utc"]) if fields["at_utc"] else None,
        error_types=tuple(fields["error_types"]),
        spans=tuple(Span(*span) for span in fields["spans"]),
        interval=Interval(*interval) if interval else None,
        severity=fields["severity"],
        note=fields["note"],
        stratum=fields["stratum"],
        caption_hash=fields["caption_hash"],
    )
