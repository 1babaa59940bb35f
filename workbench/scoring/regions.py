"""The scorer `regions`: what a caption claims against the boxes, attributes and relations of its sample."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import polars as pl

from workbench.alignment.claims.checks import Check
from workbench.alignment.claims.parse import read_caption
from workbench.alignment.claims.regions import Region, Vocabulary, region_of
from workbench.alignment.claims.structured import check_against_regions
from workbench.scoring.base import WEIGHTS_FREE, Run, undefined
from workbench.scoring.checked import score_rows

__all__ = ["REGION_TYPES", "score_regions"]

REGION_TYPES: Final = ("object", "attribute", "relation", "count", "action")
_VERSION = "regions-1"
_Timed = tuple[Region, float | None, float | None]


def score_regions(run: Run) -> pl.DataFrame:
    """Score every caption's claims against what was annotated of its sample."""
    table = run.store.read("regions")
    if table.is_empty():
        reason = "no regions in this workspace: bring them with ws.ingest_regions(...)"
        return undefined(run.rows, [reason] * run.rows.height).with_columns(
            error_type=pl.lit("object"), encoder_key=pl.lit(WEIGHTS_FREE), scorer_version=pl.lit(_VERSION)
        )
    by_sample, vocabularies = _gather(table)
    checks: list[Sequence[Check]] = []
    reasons: list[str] = []
    columns = ("sample_id", "kind", "text", "lang", "start_s", "end_s")
    for sample, kind, text, lang, start_s, end_s in run.rows.select(columns).iter_rows():
        found, reason = _check(by_sample.get(sample, {}), vocabularies, (kind, text, lang), (start_s, end_s))
        checks.append(found)
        reasons.append(reason)
    return score_rows(run.rows, checks, reasons, error_types=REGION_TYPES, version=_VERSION)


def _check(
    sources: dict[str, list[_Timed]],
    vocabularies: dict[str, Vocabulary],
    said: tuple[str, str, str | None],
    interval: tuple[float | None, float | None],
) -> tuple[Sequence[Check], str]:
    """Check a caption against each annotation of its sample; the one that tells most is kept."""
    kind, text, lang = said
    if kind == "transcript":
        return (), "a transcript says what is heard, not what is annotated"
    if not sources:
        return (), "no regions of this sample: bring them with ws.ingest_regions(...)"
    reading = read_caption(text, lang)
    if reading.reason:
        return (), reading.reason
    outcomes = []
    for source, timed in sources.items():
        regions = [one for one, start_s, end_s in timed if _meets(start_s, end_s, interval)]
        outcomes.append(check_against_regions(reading, regions, vocabularies[source]))
    best = max(outcomes, key=lambda checks: sum(check.confidence > 0 for check in checks))
    return best, "" if best else "no region within the interval of the caption"


def _meets(start_s: float | None, end_s: float | None, interval: tuple[float | None, float | None]) -> bool:
    if start_s is None or end_s is None or interval[0] is None or interval[1] is None:
        return True
    return start_s < interval[1] and interval[0] < end_s


def _gather(table: pl.DataFrame) -> tuple[dict[str, dict[str, list[_Timed]]], dict[str, Vocabulary]]:
    """Return sample -> source -> regions, and the vocabulary of each source."""
    by_sample: dict[str, dict[str, list[_Timed]]] = {}
    by_source: dict[str, list[Region]] = {}
    for row in table.iter_rows(named=True):
        source = row["source"] or ""
        region = region_of(row)
        by_source.setdefault(source, []).append(region)
        of_sample = by_sample.setdefault(row["sample_id"], {})
        of_sample.setdefault(source, []).append((region, row["start_s"], row["end_s"]))
    return by_sample, {source: Vocabulary.of(regions) for source, regions in by_source.items()}
