"""Bring boxes, attributes and relations of pictures into a workspace: what claims are checked against."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import polars as pl

from workbench.records import utc_now
from workbench.schema import TABLES
from workbench.store import Store

from .base import BadRow
from .region_formats import frame_rows, read_regions
from .region_rows import RegionRow

__all__ = ["RegionSummary", "ingest_regions"]

_SLACK = 0.01  # of the picture: annotators' boxes reach past its edge by a pixel or two
_READER = "regions"


@dataclass(frozen=True, slots=True)
class RegionSummary:
    """What an ingest of regions did. Every row read is added, updated, unchanged or rejected.

    `relations_rejected` counts relations to regions that the source does not hold; their region is kept.
    """

    rows_read: int
    regions_added: int
    updated: int
    unchanged: int
    rejected: int
    relations_rejected: int
    seconds: float

    def __str__(self) -> str:
        text = (
            f"Read {self.rows_read:,} regions in {self.seconds:.1f} s: {self.regions_added:,} added, "
            f"{self.updated:,} updated, {self.unchanged:,} unchanged, {self.rejected:,} rejected."
        )
        if self.rejected or self.relations_rejected:
            text += " Why rows were rejected is in the rejects table."
        return text


def ingest_regions(
    store: Store, source: Path | str | pl.DataFrame, *, name: str | None = None
) -> RegionSummary:
    """Bring regions into a workspace; the same source read twice adds nothing.

    A region names its picture by the path of its sample, by its file name where that is unique, or by
    `sample_id`. A bad row never stops the run: it goes to the rejects table with its reason.

    Args:
        store: the workspace; its samples must be there already.
        source: a polars frame, or a file: JSON lines, CSV, Parquet, COCO instances or a scene graph.
        name: who or what made the annotation, for rows that do not say; the file's name by default.

    Raises:
        IngestError: the source as a whole cannot be read.
        WorkspaceLockedError: another process is writing.
    """
    began_s = time.perf_counter()
    if isinstance(source, pl.DataFrame):
        listing, rows = name or "frame", frame_rows(source)
    else:
        path = Path(source).expanduser().resolve()
        listing, rows = str(path), read_regions(path)
    default = name or (listing if isinstance(source, pl.DataFrame) else Path(listing).stem)
    with store.writing("ingest regions"):
        intake = _Intake(store, listing, default)
        read = intake.take(rows)
        added, updated = intake.write()
    unchanged = len(intake.found) - added - updated
    bad_rows = read - len(intake.found)
    bad_ties = len(intake.rejects) - bad_rows
    return RegionSummary(read, added, updated, unchanged, bad_rows, bad_ties, time.perf_counter() - began_s)


class _Intake:
    """Sorts rows into regions to keep and rejects; resolves paths to samples and keys to region ids."""

    def __init__(self, store: Store, listing: str, name: str) -> None:
        self.found: dict[str, dict[str, object]] = {}
        self.rejects: list[dict[str, object]] = []
        self._store, self._listing, self._name = store, listing, name
        self._now = utc_now()
        samples = store.read("samples").select("sample_id", "path", "width", "height")
        self._sizes = {key: (width, height) for key, _, width, height in samples.iter_rows()}
        self._by_path: dict[str, list[str]] = {}
        self._by_name: dict[str, list[str]] = {}
        for key, path in samples.select("sample_id", "path").iter_rows():
            self._by_path[key] = self._by_path[path] = [key]
            self._by_name.setdefault(path.rpartition("/")[2], []).append(key)

    def take(self, rows: Iterable[RegionRow | BadRow]) -> int:
        """Take every row; return how many there were."""
        kept: list[tuple[RegionRow, str, str]] = []
        ids: dict[tuple[str, str], str] = {}
        count = 0
        for row in rows:
            count += 1
            placed = row if isinstance(row, BadRow) else self._place(row)
            if isinstance(placed, BadRow):
                self._reject(placed)
                continue
            region = self._region(placed[0], placed[1])
            if region is None:
                continue
            if placed[0].key is not None:
                ids[placed[1], placed[0].key] = region
            kept.append((placed[0], placed[1], region))
        for one, sample, region in kept:
            self._tie(one, sample, region, ids)
        return count

    def write(self) -> tuple[int, int]:
        """Swap in the regions and rejects; return how many regions are new and how many changed."""
        present = self._store.read("regions")
        fresh = pl.DataFrame(list(self.found.values()), schema=dict(TABLES["regions"]))
        same = present.join(fresh.select("region_id"), on="region_id", how="semi")
        columns = [name for name in present.columns if name != "added_at"]
        kept = same.join(fresh.select(columns), on=columns, how="semi", nulls_equal=True)
        new = fresh.join(kept.select("region_id"), on="region_id", how="anti")
        if new.height:
            others = present.join(new.select("region_id"), on="region_id", how="anti")
            self._store.replace("regions", pl.concat([others, new]))
        rejects = self._store.read("rejects")
        others = rejects.filter(pl.col("source") != self._listing)
        if self.rejects or others.height != rejects.height:
            self._store.replace(
                "rejects", pl.concat([others, pl.DataFrame(self.rejects, schema=others.schema)])
            )
        updated = same.height - kept.height
        return new.height - updated, updated

    def _place(self, row: RegionRow) -> tuple[RegionRow, str] | BadRow:
        """Find the sample a row speaks of."""
        name = row.path.replace("\\", "/").removeprefix("./")
        keys = self._by_path.get(name) or self._by_name.get(name.rpartition("/")[2], [])
        if not keys:
            return BadRow(row.number, row.path, "no sample of the workspace has this path.", row.label)
        if len(keys) > 1:
            return BadRow(row.number, row.path, f"{len(keys)} samples have a file of this name.", row.label)
        return row, keys[0]

    def _region(self, row: RegionRow, sample: str) -> str | None:
        """Keep a row as a region of its sample; return its id, or None where it was rejected."""
        box = self._fractions(row, sample)
        if isinstance(box, BadRow):
            self._reject(box)
            return None
        source = row.source or self._name
        what = row.key if row.key is not None else repr((row.label, box, row.start_s, row.end_s))
        key = "r" + blake2b("\0".join((sample, source, what)).encode(), digest_size=8).hexdigest()
        if key in self.found:
            self._reject(BadRow(row.number, row.path, "the same region was given before.", what))
            return None
        x, y, width, height = box or (None, None, None, None)
        self.found[key] = {
            "region_id": key, "sample_id": sample, "label": row.label, "x": x, "y": y, "width": width,
            "height": height, "start_s": row.start_s, "end_s": row.end_s, "attributes": list(row.attributes),
            "relations": "[]", "source": source,
            "confidence": 1.0 if row.confidence is None else row.confidence, "added_at": self._now,
        }  # fmt: skip
        return key

    def _fractions(self, row: RegionRow, sample: str) -> tuple[float, float, float, float] | BadRow | None:
        """Return the box in fractions of the picture, cut at its edges."""
        if row.box is None:
            return None
        x, y, width, height = row.box
        if row.is_pixels:
            across, down = row.size or self._sizes[sample]
            if not across or not down:
                reason = "the box is in pixels and the size of the picture is not known."
                return BadRow(row.number, row.path, reason, str(row.box))
            x, y, width, height = x / across, y / down, width / across, height / down
        right, bottom = x + width, y + height
        if min(x, y) < -_SLACK or max(right, bottom) > 1 + _SLACK:
            return BadRow(row.number, row.path, "the box reaches out of the picture.", str(row.box))
        x, y, right, bottom = max(x, 0.0), max(y, 0.0), min(right, 1.0), min(bottom, 1.0)
        return round(x, 6), round(y, 6), round(right - x, 6), round(bottom - y, 6)

    def _tie(self, row: RegionRow, sample: str, region: str, ids: dict[tuple[str, str], str]) -> None:
        ties = []
        for predicate, target in row.relations:
            if (other := ids.get((sample, target))) is None:
                reason = f"the relation {predicate!r} names a region that is not there; the region is kept."
                self._reject(BadRow(row.number, row.path, reason, target))
            else:
                ties.append([predicate, other])
        self.found[region]["relations"] = json.dumps(ties, ensure_ascii=False)

    def _reject(self, bad: BadRow) -> None:
        self.rejects.append(
            {"source": self._listing, "row": bad.number, "path": bad.path, "reason": bad.reason,
             "value": bad.value[:200], "reader": _READER, "rejected_at": self._now}
        )  # fmt: skip
