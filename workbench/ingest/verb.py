"""The ingest verb: read a source, look into its media, check every row, and write what is new."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import polars as pl
from tqdm import tqdm  # type: ignore[import-untyped]

from workbench.errors import IngestError
from workbench.schema import TABLES
from workbench.store import Store

from .base import BadRow, Row
from .batch import Intake
from .files import MediaFiles
from .formats import READERS, reader_for

__all__ = ["READERS", "IngestSummary", "ingest"]

_BATCH_ROWS = 512


@dataclass(frozen=True, slots=True)
class IngestSummary:
    """What an ingest did. Every caption row read is counted once: added, unchanged or rejected.

    `rows_read == captions_added + unchanged + rejected` always. A media file that has no caption is no row:
    it is kept as a sample and counted in `samples_without_caption`; if it cannot be read it is rejected,
    and then counts as a row.
    """

    samples_added: int
    captions_added: int
    unchanged: int
    rejected: int
    seconds: float
    rows_read: int = 0
    samples_updated: int = 0
    samples_without_caption: int = 0

    def __str__(self) -> str:
        parts = [
            f"Read {self.rows_read:,} rows in {self.seconds:.1f} s: {self.captions_added:,} captions added, "
            f"{self.unchanged:,} unchanged, {self.rejected:,} rejected.",
            f"{self.samples_added:,} samples added.",
        ]
        if self.samples_updated:
            parts.append(f"{self.samples_updated:,} samples updated: their files or groups changed.")
        if self.samples_without_caption:
            parts.append(f"{self.samples_without_caption:,} media files have no caption; kept as samples.")
        if self.rejected:
            parts.append("Why rows were rejected is in the rejects table.")
        return " ".join(parts)


def ingest(
    store: Store,
    source: Path | str,
    *,
    captions: Path | str | None = None,
    media_root: Path | str | None = None,
    format: str | None = None,
    progress: bool = True,
) -> IngestSummary:
    """Bring media and captions into a workspace; what is there already is left as it is.

    Ids are hashes of root, path and words, so the same source read twice adds nothing. A file whose bytes
    changed gets its sample's row renewed. A bad row never stops the run: it goes to the rejects table, which
    keeps for each source what its latest ingest refused. Nothing is written before all is read, so an ingest
    that is stopped leaves the workspace as it was.

    Args:
        store: the workspace.
        source: a captions file; or a folder of media, read with the `.txt` files beside them unless
            `captions` is given.
        captions: a captions file for the media in the folder `source`; looked for from the working folder,
            then inside `source`.
        media_root: the folder that paths start from and may not leave. Default: the folder `source`, or the
            folder of the captions file. A path is looked for there, then in its `images/`, then in `media/`;
            a bare name is then found anywhere below, if it is there once.
        format: a name of `READERS`; None tells it from the file.
        progress: show a progress bar on stderr.

    Raises:
        IngestError: the source as a whole cannot be read, or its table lacks a column.
        UnknownNameError: there is no such format.
        WorkspaceLockedError: another process is writing.
    """
    started_s = time.perf_counter()
    listing, root = _places(Path(source).expanduser(), captions, media_root)
    name, reader = reader_for(listing, format)
    with store.writing("ingest"):
        intake = Intake(store, MediaFiles(store, root), str(listing), name)
        rows = reader.read(listing)
        if name == "folder" and root != listing:
            rows = _from_folder(rows, listing)
        with tqdm(
            total=_row_count(listing, name),
            unit=" rows",
            desc="ingest",
            file=sys.stderr,
            disable=not progress,
        ) as bar:
            for batch in _batches(rows):
                for _path in intake.files.look_into(row.path for row in batch if isinstance(row, Row)):
                    bar.refresh(lock_args=(False,))
                for row in batch:
                    intake.take(row)
                bar.update(len(batch))
            bar.total = bar.n  # lines are not always rows
            bar.refresh()
        return _write(store, intake, started_s)


def _write(store: Store, intake: Intake, started_s: float) -> IngestSummary:
    # Samples first: a crash between the writes leaves samples without captions, never the other way round.
    store.replace("samples", intake.samples())
    store.append("captions", pl.DataFrame(intake.captions, schema=dict(TABLES["captions"])))
    others = store.read("rejects").filter(pl.col("source") != intake.source)
    store.replace("rejects", pl.concat([others, pl.DataFrame(intake.rejects, schema=others.schema)]))
    return IngestSummary(
        samples_added=len(intake.added),
        captions_added=len(intake.captions),
        unchanged=intake.unchanged,
        rejected=len(intake.rejects),
        seconds=time.perf_counter() - started_s,
        rows_read=intake.rows_read,
        samples_updated=len(intake.updated),
        samples_without_caption=intake.bare,
    )


def _places(source: Path, captions: Path | str | None, media_root: Path | str | None) -> tuple[Path, Path]:
    """Return what to read, and the folder its paths start from."""
    listing = source if captions is None else Path(captions).expanduser()
    if captions is not None:
        if not source.is_dir():
            raise IngestError(
                f"With `captions`, the source must be the folder of the media; {source} is no folder.",
                "Give the folder, or give the captions file alone.",
            )
        if not listing.exists() and (source / listing).exists():
            listing = source / listing
    default = source if source.is_dir() else listing.parent
    root = default if media_root is None else Path(media_root).expanduser()
    if not root.is_dir():
        raise IngestError(f"The media folder {root} is not there.", "Check the path.")
    return listing.resolve(), root.resolve()


def _from_folder(rows: Iterable[Row | BadRow], folder: Path) -> Iterator[Row | BadRow]:
    """Name the files of a folder from the top, for a media root above it."""
    for row in rows:
        yield row if row.path is None else replace(row, path=str(folder / row.path))


def _batches(rows: Iterator[Row | BadRow]) -> Iterator[list[Row | BadRow]]:
    while batch := list(islice(rows, _BATCH_ROWS)):
        yield batch


def _row_count(listing: Path, format: str) -> int | None:
    """Count the lines of a text source, for the bar; about a second a gigabyte."""
    if format not in ("csv", "jsonl", "flickr"):
        return None
    with listing.open("rb") as file:
        return sum(chunk.count(b"\n") for chunk in iter(lambda: file.read(1 << 20), b"")) or None
