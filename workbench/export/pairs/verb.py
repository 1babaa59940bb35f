"""Export pairs: written beside their place, read back, compared, and only then swapped in."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import polars as pl

from workbench.errors import ExportError, UnknownNameError
from workbench.export.pairs.base import ExportSettings, Facts, PairSet, PairWriter, Written
from workbench.export.pairs.conversational import TrlConversational
from workbench.export.pairs.kto import Kto, KtoConversational
from workbench.export.pairs.listwise import Listwise
from workbench.export.pairs.llama_factory import LlamaFactory
from workbench.export.pairs.ms_swift import MsSwift
from workbench.export.pairs.reward import Reward
from workbench.export.pairs.selecting import select_pairs
from workbench.export.pairs.spans import Spans
from workbench.export.pairs.table import Table
from workbench.export.pairs.trl import Trl
from workbench.export.pairs.whole import Whole
from workbench.store import Store

__all__ = ["PAIR_FORMATS", "PairExportSummary", "export_pairs", "read_back_pairs"]

PAIR_FORMATS: Final[dict[str, PairWriter]] = {
    "csv": Table(),
    "datasets": Whole(),
    "kto": Kto(),
    "kto_conversational": KtoConversational(),
    "listwise": Listwise(),
    "llama_factory": LlamaFactory(),
    "ms_swift": MsSwift(),
    "reward": Reward(),
    "spans": Spans(),
    "trl": Trl(),
    "trl_conversational": TrlConversational(),
}

#: Formats that say nothing of the media: a model trained on them learns what captions sound like.
_TEXT_ALONE: Final = ("kto", "listwise", "reward", "spans", "trl")

#: In the folder of an export, to know it again: a folder without it is never replaced.
_MARK: Final = ".caption-workbench-pairs"


@dataclass(frozen=True, slots=True)
class PairExportSummary:
    """What was written where.

    Attributes:
        path: the file or folder.
        format: its name.
        pairs: pairs that were asked for.
        rows: rows written, of which a format may make several of a pair or one of several pairs.
        splits: rows by split; "" for those in none.
        left_out: pairs that this format cannot hold, by the reason.
        others: pairs of other statuses or splits, which were not asked for.
        leaky: pairs of builders whose rejected captions words alone give away.
        is_blind: whether the rows lack the media that the pairs are about.
    """

    path: Path
    format: str
    pairs: int
    rows: int
    splits: Mapping[str, int] = field(default_factory=dict)
    left_out: Mapping[str, int] = field(default_factory=dict)
    others: int = 0
    leaky: int = 0
    is_blind: bool = False

    def __str__(self) -> str:
        shares = ", ".join(f"{name or 'in no split'} {count:,}" for name, count in self.splits.items())
        lines = [
            f"{self.rows:,} rows of {self.pairs:,} pairs written to {self.path} as {self.format} ({shares})."
        ]
        lines += [f"Left out: {count:,}, because {reason}." for reason, count in self.left_out.items()]
        if self.others:
            lines.append(f"{self.others:,} pairs of another status or split were not asked for.")
        if self.leaky:
            lines.append(f"{self.leaky:,} pairs are of builders that words alone give away: see the lint.")
        if self.splits.keys() >= {"train", "held_out"} and self.path.is_file():
            lines.append("Held-out rows are in the same file: give split='train' to train without them.")
        if self.is_blind:
            lines.append(
                "The rows are text alone: to train a model that sees, use trl_conversational, "
                "kto_conversational, llama_factory or ms_swift."
            )
        return "\n".join(lines)


def export_pairs(
    store: Store,
    pairs: pl.DataFrame,
    path: Path | str,
    *,
    format: str | None = None,
    status: Sequence[str] = ("accepted",),
    split: str | None = None,
    settings: ExportSettings | None = None,
    facts: Facts | None = None,
) -> PairExportSummary:
    """Write pairs for a trainer or a spreadsheet.

    Args:
        store: the workspace that the pairs are of, for their media.
        pairs: as `standing_pairs` returns them; `weight` and `agreement` may be joined to them.
        path: the file, or the folder for formats that are one.
        format: one of `PAIR_FORMATS`; `csv` for a file of that name, `datasets` for a path without an ending,
            and `trl` for any other, when left out.
        status: which pairs: `accepted` by people; a builder's are `proposed`.
        split: `train` or `held_out` alone; all of them when left out.
        settings: prompt, pictures, tokenizer, licence.
        facts: for the data card: heading -> what works it out.

    Returns:
        How many rows, in which splits, and what was left out and why.

    Raises:
        UnknownNameError: for a format, status or split that does not exist.
        ExportError: when there is nothing to write, the path is not fit for the format, or what was written
            does not read back equal; what was there before is then left as it was.
        MissingExtraError: when the format needs a package that is not installed.
    """
    target = Path(path).expanduser().absolute()
    name = format or _format_of(target)
    writer, ending = _writer(name, target)
    chosen = select_pairs(
        store,
        pairs,
        status=status,
        split=split,
        settings=settings or ExportSettings(),
        home=target,
        facts=facts or {},
    )
    if not chosen.pairs:
        raise ExportError(
            f"None of the {pairs.height:,} pairs is {' or '.join(status)}"
            + (f" and in {split}." if split else "."),
            "Judge some, or give status=('accepted', 'proposed') to take what builders proposed.",
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    trial = target.with_name(f".{target.name}.trial")
    _remove(trial)
    try:
        written = _write(writer, chosen, trial, ending)
        if not writer.read_back(trial, ending).equals(written.rows):
            raise ExportError(f"What was written to {target} does not read back equal.", "Export as csv.")
        _swap(trial, target)
    finally:
        _remove(trial)
    return _summary(target, name, chosen, written, pairs.height)


def _write(writer: PairWriter, chosen: PairSet, trial: Path, ending: str) -> Written:
    try:
        written = writer.write(chosen, trial, ending)
    except OSError as error:
        raise ExportError(
            f"{trial.parent} cannot be written: {error.strerror or error}.",
            "Free some space, or export elsewhere.",
        ) from error
    if written.rows.is_empty():
        why = "; ".join(f"{count:,} because {reason}" for reason, count in written.left_out.most_common())
        raise ExportError(
            f"None of the {len(chosen.pairs):,} pairs fits this format: {why}.", "Export as csv or datasets."
        )
    return written


def read_back_pairs(path: Path | str, format: str | None = None) -> pl.DataFrame:
    """Return an export of pairs as the rows that were written."""
    place = Path(path).expanduser().absolute()
    writer, ending = _writer(format or _format_of(place), place)
    return writer.read_back(place, ending)


def _format_of(target: Path) -> str:
    return {".csv": "csv", "": "datasets"}.get(target.suffix, "trl")


def _writer(name: str, target: Path) -> tuple[PairWriter, str]:
    if name not in PAIR_FORMATS:
        raise UnknownNameError("pair format", name, PAIR_FORMATS)
    writer = PAIR_FORMATS[name]
    if "" in writer.endings:  # a folder may have any name
        return writer, ""
    if target.suffix not in writer.endings:
        raise ExportError(
            f"A file of the format {name!r} cannot be called {target.name!r}.",
            f"End its name in {' or '.join(writer.endings)}.",
        )
    return writer, target.suffix


def _swap(trial: Path, target: Path) -> None:
    if not trial.is_dir():
        if target.is_dir():
            raise ExportError(f"{target} is a folder.", "Give the name of a file.")
        trial.replace(target)
        return
    (trial / _MARK).touch()
    if target.exists() and not (target / _MARK).exists():
        raise ExportError(
            f"{target} is there already and is no export of pairs.", "Give a folder that is not there yet."
        )
    old = target.with_name(f".{target.name}.old")
    _remove(old)
    if target.exists():
        target.rename(old)
    try:
        trial.rename(target)
    except OSError:
        old.rename(target)
        raise
    _remove(old)


def _remove(place: Path) -> None:
    if place.is_dir() and not place.is_symlink():
        shutil.rmtree(place)
    else:
        place.unlink(missing_ok=True)


def _summary(target: Path, name: str, chosen: PairSet, written: Written, known: int) -> PairExportSummary:
    counts = written.rows.group_by(pl.col("split").fill_null("")).len().sort("split", descending=True)
    return PairExportSummary(
        target,
        name,
        pairs=len(chosen.pairs),
        rows=written.rows.height,
        splits=dict(counts.iter_rows()),
        left_out=dict(written.left_out.most_common()),
        others=known - len(chosen.pairs),
        leaky=int(chosen.frame["is_leaky"].sum()),
        is_blind=name in _TEXT_ALONE and any(pair.shown.media for pair in chosen.pairs),
    )
