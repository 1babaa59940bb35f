"""The second half of the demo: pairs from corrections and builders, judged, linted, split and written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import polars as pl

from workbench.demo.judges import JUDGES, replay_judges
from workbench.errors import ExportError, MissingExtraError, PairError
from workbench.export.pairs import export_pairs
from workbench.pairs import agreement, split_pairs, standing_pairs
from workbench.pairs.building import build_pairs
from workbench.pairs.linting import lint_pairs
from workbench.preferences.builders import BUILDERS
from workbench.report import PairsPart
from workbench.store import Store

__all__ = ["JUDGEMENTS", "PairsDone", "make_pairs"]

#: Answers of each judge.
JUDGEMENTS: Final = 60
#: File -> format. The folder for `datasets` needs another extra and is left to the user.
EXPORTS: Final = {"pairs.trl.jsonl": "trl", "pairs.reward.jsonl": "reward", "pairs.csv": "csv"}
_TIES: Final = ("content", "look", "group")


@dataclass(frozen=True)
class PairsDone:
    """What was made of the decisions, a line each; `part` is what the report says of it."""

    part: PairsPart
    lines: tuple[str, ...]
    left_out: tuple[str, ...]


def make_pairs(store: Store, truth: pl.DataFrame, folder: Path, *, seed: int, judgements: int) -> PairsDone:
    """Make pairs of what was corrected and verified, have them judged, and bring them to a trainer's files.

    Nothing that is there already is made again. What needs a package that is not installed is left out, and
    the result says so.

    Args:
        store: the workspace, reviewed.
        truth: what the judges know.
        folder: where the files go.
        seed: of builders, judges and the split.
        judgements: answers of each judge.
    """
    left_out: list[str] = []
    built = _build(store, seed, left_out)
    replay_judges(store, truth, judgements=judgements, seed=seed)
    split = _split(store, seed, left_out).replace("\n", " ")
    agreed = _agreement(store, seed, left_out)
    found = lint_pairs(store)
    pairs = standing_pairs(store)
    judged = store.journal.judgements_frame().height
    exports = tuple(_export(store, pairs, folder, left_out))
    edits = pairs.filter(pl.col("origin") == "edit")
    lines = (
        f"Edits: {edits.height:,} pairs of corrections ({_counted(edits['completeness'])}).",
        *([f"Build: {built}"] if built else []),
        f"Judge: {judged:,} blind answers by {len(JUDGES)} scripted judges. {agreed}".rstrip(),
        f"Lint: {found.summary()}",
        f"Split: {split}",
        *(f"Export: {line}" for line in exports),
    )
    part = PairsPart(
        pairs,
        found.findings,
        judgements=judged,
        lines=(agreed, split) if agreed else (split,),
        exports=exports,
        left_out=tuple(left_out),
    )
    return PairsDone(part, lines, tuple(left_out))


def _build(store: Store, seed: int, left_out: list[str]) -> str:
    try:
        return str(build_pairs(store, _quiet_builders(), per_caption=1, seed=seed)).splitlines()[0]
    except PairError as error:
        left_out.append(f"No pairs were built: {error}")
        return ""


def _quiet_builders() -> list[str]:
    """Return the builders of one small error that length and wording do not give away; see their cards."""
    return [name for name, card in BUILDERS.items() if not card.known_leak and not card.is_foreign]


def _split(store: Store, seed: int, left_out: list[str]) -> str:
    try:
        return str(split_pairs(store, seed=seed, ties=_TIES))
    except MissingExtraError as error:
        left_out.append(f"Pictures that look alike were not tied in the split: {error}")
    try:
        return str(split_pairs(store, seed=seed, ties=[tie for tie in _TIES if tie != "look"]))
    except PairError as error:  # locked where the package was there; it stays as it is
        return error.message


def _agreement(store: Store, seed: int, left_out: list[str]) -> str:
    """Say in a sentence how far the judges agree and how good each is by what the others say."""
    try:
        found = agreement(store, seed=seed)
    except MissingExtraError as error:
        left_out.append(f"Agreement was not worked out: {error}")
        return ""
    alpha = found.measures.filter((pl.col("what") == "answer") & pl.col("name").str.contains("(?i)alpha"))
    told = [
        f"{row['name']} {row['value']:.2f} ({row['low']:.2f}–{row['high']:.2f})"
        for row in alpha.drop_nulls(["value", "low"]).head(1).iter_rows(named=True)
    ]
    people = ", ".join(
        f"{row['annotator']} {row['accuracy']:.2f}"
        for row in found.annotators.drop_nulls("accuracy").iter_rows(named=True)
    )
    told += [f"right by EM: {people}"] if people else []
    told += [f"flip rate {found.epsilon:.2f}"] if found.epsilon is not None else []
    return f"They agree by {'; '.join(told)}." if told else ""


def _export(store: Store, pairs: pl.DataFrame, folder: Path, left_out: list[str]) -> Iterator[str]:
    for name, format in EXPORTS.items():
        try:
            yield str(export_pairs(store, pairs, folder / name, format=format)).splitlines()[0]
        except ExportError as error:
            left_out.append(f"{name} was not written: {error}")


def _counted(values: pl.Series) -> str:
    counts = values.value_counts(sort=True).iter_rows()
    return ", ".join(f"{count:,} {str(name).replace('_', ' ')}" for name, count in counts) or "none"
