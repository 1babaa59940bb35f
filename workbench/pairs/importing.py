"""Take in pairs that another tool has made: tied to the samples they name, any other row kept with why."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

import polars as pl

from workbench.errors import PairError, PathOutsideError
from workbench.pairs.base import frame_of_pairs
from workbench.pairs.file_linting import settle
from workbench.pairs.files import BadPair, FilePair, read_pairs
from workbench.preferences.differences import find_differences
from workbench.preferences.pair import COMPLETENESS, Pair, variant_id
from workbench.records import ERROR_TYPES, utc_now
from workbench.store import Store

__all__ = ["PairImportSummary", "import_pairs"]

_EMBEDDED: Final = "embedded:"
_LEADING_NUMBER: Final = re.compile(r"\d+")
_HELD_OUT: Final = ("test", "validation", "valid", "val", "dev", "eval", "held_out")


@dataclass(frozen=True, slots=True)
class PairImportSummary:
    """What an import of pairs did. Every pair read is counted once.

    Attributes:
        format: how the file was read.
        read: pairs and bad rows in the file; several answers on one item are one.
        added: pairs that are new.
        unchanged: pairs of two captions that were a pair already.
        rejected: rows that are in the table of rejects, with the reason.
    """

    format: str
    read: int
    added: int
    unchanged: int
    rejected: int

    def __str__(self) -> str:
        rest = " Why is in the rejects table." if self.rejected else ""
        return (
            f"Read {self.read:,} pairs as {self.format}: {self.added:,} added, {self.unchanged:,} unchanged, "
            f"{self.rejected:,} rejected.{rest}"
        )


def import_pairs(
    store: Store,
    source: Path | str,
    format: str | None = None,
    *,
    media_root: Path | str | None = None,
) -> PairImportSummary:
    """Bring preference pairs of another tool into a workspace.

    A pair is of a sample, so that its media must have been ingested before; a text that is a caption of the
    sample is that caption, any other exists only within pairs. The order is a proposal until people judge it;
    ties and quarrels come without an order. Reading the same file again adds nothing.

    Args:
        store: the workspace.
        source: a file or folder that `workbench.pairs.files.read_pairs` reads.
        format: a name of `FORMATS`; told from the rows when left out.
        media_root: where relative paths of media start; the folder of the file when left out.

    Raises:
        PairError: when the file cannot be read as pairs.
        UnknownNameError: for a format that does not exist.
        WorkspaceLockedError: when another process is writing.
    """
    path = Path(source).expanduser().resolve()
    known, found = read_pairs(path, format)
    items: dict[tuple[str, str], list[FilePair]] = {}
    bad: list[BadPair] = []
    for pair in found:
        if isinstance(pair, BadPair):
            bad.append(pair)
        else:
            items.setdefault((pair.item or pair.row, pair.criterion), []).append(pair)
    root = Path(media_root).expanduser() if media_root else path if path.is_dir() else path.parent
    finder = _SampleFinder(store, root.resolve())
    made: list[tuple[Pair, str | None]] = []
    for answers in items.values():
        read = _tie(finder, answers, path.name)
        if isinstance(read, BadPair):
            bad.append(read)
        else:
            made.append((read, _split(answers[0].split)))
    added, distinct = _write(store, made, bad, str(path), f"pairs:{known.name}")
    return PairImportSummary(known.name, len(made) + len(bad), added, distinct - added, len(bad))


def _write(
    store: Store, made: list[tuple[Pair, str | None]], bad: list[BadPair], source: str, reader: str
) -> tuple[int, int]:
    frame = frame_of_pairs(pair for pair, _ in made)
    splits = pl.DataFrame(
        [(pair.pair_id, split) for pair, split in made],
        schema={"pair_id": pl.String, "split": pl.String},
        orient="row",
    ).unique("pair_id", keep="first")
    frame = frame.drop("split").join(splits, on="pair_id", how="left", maintain_order="left")
    with store.writing("import pairs"):
        added = store.append("pairs", frame.with_columns(added_at=pl.lit(utc_now()))) if made else 0
        others = store.read("rejects").filter(pl.col("source") != source)
        rows = [_reject(one, source, reader) for one in bad]
        store.replace("rejects", pl.concat([others, pl.DataFrame(rows, schema=others.schema)]))
    return added, len(made)


def _reject(bad: BadPair, source: str, reader: str) -> dict[str, object]:
    number = _LEADING_NUMBER.search(bad.row)
    return {
        "source": source,
        "row": int(number.group()) if number else None,
        "path": None,
        "reason": bad.reason,
        "value": bad.value,
        "reader": reader,
        "rejected_at": utc_now(),
    }


def _split(told: str | None) -> str | None:
    if told is None:
        return None
    return "held_out" if told.lower() in _HELD_OUT else "train" if told.lower() == "train" else None


def _tie(finder: _SampleFinder, answers: list[FilePair], source: str) -> Pair | BadPair:
    """Return the pair of one item, tied to its sample, or why it is none."""
    pair, status = settle(answers)
    if pair.side == "media":
        return BadPair(
            pair.row, "it prefers one picture or video to another; a pair is of two captions.", pair.chosen
        )
    if not pair.rejected.strip() or not (pair.chosen.strip() or pair.origin == "rejected_only"):
        return BadPair(pair.row, "one of its sides is empty.", pair.prompt[:80])
    samples = [finder.find(path) for path in dict.fromkeys(pair.media)]
    if finder.has(pair.sample_id):
        samples = [pair.sample_id]
    if not samples:
        return BadPair(pair.row, "it names no media, and a pair is of a sample.", pair.prompt[:80])
    if len(samples) > 1:
        return BadPair(pair.row, f"it is of {len(samples)} media; import pairs of one.", pair.media[0][:80])
    if not samples[0]:
        reason = "its media is no sample of this workspace; ingest it first, or give media_root."
        return BadPair(pair.row, reason, pair.media[0][:80])
    try:
        return _pair(finder, samples[0], pair, answers, status, source)
    except PairError as error:
        return BadPair(pair.row, str(error), pair.chosen[:80])


def _pair(
    finder: _SampleFinder, sample_id: str, pair: FilePair, answers: list[FilePair], status: str, source: str
) -> Pair:
    chosen, rejected = pair.chosen.strip(), pair.rejected.strip()
    told = find_differences(chosen, rejected)
    is_paired = pair.origin != "rejected_only"
    facts: dict[str, object] = {"row": pair.row}
    if pair.origin not in ("imported", "rejected_only"):
        facts["origin"] = pair.origin
    if status not in ("accepted", "proposed"):
        facts["answer"] = status
    if len(answers) > 1:
        facts["answers"] = len(answers)
    return Pair(
        sample_id=sample_id,
        chosen_id=finder.caption(sample_id, chosen) if is_paired else "",
        rejected_id=finder.caption(sample_id, rejected),
        chosen_text=chosen,
        rejected_text=rejected,
        origin="imported" if is_paired else pair.origin,
        builder=pair.builder,
        error_type=pair.error_type if pair.error_type in ERROR_TYPES else "",
        completeness=pair.completeness if pair.completeness in COMPLETENESS else "unknown",
        is_leaky=pair.is_leaky,
        reason=pair.reason,
        criterion=pair.criterion or "faithfulness",
        strength=pair.strength,
        margin=pair.margin,
        chosen_spans=told.chosen if is_paired else (),
        rejected_spans=told.rejected if is_paired else (),
        annotator=pair.annotator if len(answers) == 1 else "",
        is_ordered=status in ("accepted", "proposed"),
        prompt=pair.prompt,
        source=source,
        detail=json.dumps(facts, ensure_ascii=False),
    )


class _SampleFinder:
    """Finds the sample that a path in a file means, and the caption that a text on it is."""

    def __init__(self, store: Store, root: Path) -> None:
        self._root = root
        samples = store.read("samples").select("sample_id", "root", "path", "content_hash").rows()
        self._ids = {key for key, *_rest in samples}
        self._by_path: dict[str, str] = {path: key for key, _root, path, _hash in samples}
        self._by_hash: dict[str, str] = {content: key for key, _root, _path, content in samples}
        self._by_file = dict(_files(store, samples))
        self._by_name: dict[str, list[str]] = {}
        for key, _root, path, _hash in samples:
            self._by_name.setdefault(PurePosixPath(path).name, []).append(key)
        captions = store.read("captions").select("sample_id", "text", "caption_id").rows()
        self._captions: dict[tuple[str, str], str] = {
            (sample, text.strip()): key for sample, text, key in reversed(captions)
        }

    def has(self, sample_id: str) -> bool:
        """Say whether there is such a sample."""
        return sample_id in self._ids

    def find(self, path: str) -> str:
        """Return the id of the sample; "" when there is none, or a bare name is there more than once."""
        if path.startswith(_EMBEDDED):
            return self._by_hash.get(path.removeprefix(_EMBEDDED), "")
        if found := self._by_file.get(self._root / path):
            return found
        if found := self._by_path.get(str(PurePosixPath(path))):
            return found
        named = self._by_name.get(PurePosixPath(path.replace("\\", "/")).name, [])
        return named[0] if len(named) == 1 else ""

    def caption(self, sample_id: str, text: str) -> str:
        """Return the id of a text on a sample: its caption's where it is one."""
        return self._captions.get((sample_id, text)) or variant_id(sample_id, text, "imported")


def _files(store: Store, samples: list[tuple[str, str, str, str]]) -> Iterable[tuple[Path, str]]:
    for key, root, path, _hash in samples:
        if root not in store.roots:
            continue
        try:
            yield store.media_path(root, path), key
        except PathOutsideError:
            continue
