"""What is known to be in the media of a run, for telling what a model imagines and what it misses.

From the user's regions where there are any; else from captions that people verified, which tell less: what
no caption of a picture speaks of may still be in it, so the rates are too high, before and after alike.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from workbench.alignment.claims.checks import CONTRADICTED, SUPPORTED, Check
from workbench.alignment.claims.nouns import canonical, is_a
from workbench.alignment.claims.parse import read_caption
from workbench.alignment.claims.regions import Region, Vocabulary, region_of
from workbench.alignment.claims.structured import check_against_regions

__all__ = ["Truth", "Verdict", "truth_of_captions", "truth_of_regions"]

_Timed = tuple[Region, float | None, float | None]
_LANGUAGE: Final = "en"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is wrong and right in one text. Things and pairs are counted once a text.

    Attributes:
        imagined, found: canonical names of things that it names and that are not there, or are.
        missed: names of things that are there and that it does not name; out of `there`.
        attributes, relations: (wrong, decided) statements of that kind.
        words: the stretches of text that are wrong, as they stand in it.
    """

    imagined: frozenset[str]
    found: frozenset[str]
    missed: frozenset[str]
    there: int
    attributes: tuple[int, int]
    relations: tuple[int, int]
    words: tuple[str, ...]

    @property
    def is_right(self) -> bool:
        """Whether nothing in the text is known to be wrong, and something to be right."""
        return bool(self.found) and not self.words


@dataclass(frozen=True)
class Truth:
    """What is in each sample.

    Attributes:
        source: `regions`, or `captions` where it was read from verified captions.
        things: sample id -> what is there, with the stretch of time where it is so.
        vocabulary: what the whole annotation speaks of; silence on anything else means nothing.
    """

    source: str
    things: Mapping[str, Sequence[_Timed]]
    vocabulary: Vocabulary

    def knows(self, sample_id: object) -> bool:
        """Say whether anything is known of a sample."""
        return bool(self.things.get(str(sample_id)))

    def regions(self, row: Mapping[str, object]) -> list[Region]:
        """Return what is there in the sample of a row, within its interval."""
        start_s, end_s = row.get("start_s"), row.get("end_s")
        interval = (start_s, end_s) if isinstance(start_s, float) and isinstance(end_s, float) else None
        known = self.things.get(str(row["sample_id"]), ())
        return [one for one, begin, end in known if _meets(begin, end, interval)]

    def names(self, row: Mapping[str, object]) -> frozenset[str]:
        """Return the canonical names of what is there."""
        return frozenset(canonical(region.label) for region in self.regions(row))

    def check(self, text: str, row: Mapping[str, object]) -> Verdict:
        """Check a text about the sample of a row.

        Only English texts are read. A statement about what the annotation never speaks of is not counted.

        Source:
            CHAIR: Rohrbach et al. 2018, "Object hallucination in image captioning".
        """
        reading = read_caption(text, _LANGUAGE)
        regions, there = self.regions(row), self.names(row)
        checks = check_against_regions(reading, regions, self.vocabulary)
        found = _subjects(checks, SUPPORTED)
        said = {canonical(claim.subject) for claim in reading.claims if claim.type == "object"}
        said |= {canonical(claim.value) for claim in reading.claims if claim.type == "place"}
        wrong = tuple(check.claim.words for check in checks if check.verdict == CONTRADICTED)
        return Verdict(
            imagined=_subjects(checks, CONTRADICTED) - found,
            found=found,
            missed=frozenset(name for name in there if not any(_speaks_of(one, name) for one in said)),
            there=len(there),
            attributes=_count(checks, "attribute"),
            relations=_count(checks, "relation"),
            words=wrong,
        )

    def counts(self) -> Counter[str]:
        """Return in how many samples each thing is."""
        return Counter(
            name
            for known in self.things.values()
            for name in {canonical(region.label) for region, _, _ in known}
        )


def truth_of_regions(regions: pl.DataFrame) -> Truth | None:
    """Return what the regions of a workspace say; None where there are none.

    Where several sources annotated, the one that knows most samples is taken: what one leaves out another
    may mean to, and silence must mean one thing.

    Args:
        regions: the table `regions`.
    """
    if regions.is_empty():
        return None
    sources = regions.group_by("source").agg(pl.col("sample_id").n_unique().alias("samples"))
    source = sources.sort("samples", "source", descending=[True, False])["source"][0]
    things: dict[str, list[_Timed]] = {}
    for row in regions.filter(pl.col("source").eq_missing(source)).iter_rows(named=True):
        timed = (region_of(row), row["start_s"], row["end_s"])
        things.setdefault(row["sample_id"], []).append(timed)
    return Truth("regions", things, Vocabulary.of(one for known in things.values() for one, _, _ in known))


def truth_of_captions(captions: Iterable[tuple[str, str]]) -> Truth | None:
    """Return what verified captions say is there; None where they say nothing that can be read.

    Args:
        captions: (sample id, text), several of one sample where there are several.
    """
    things: dict[str, list[_Timed]] = {}
    for sample_id, text in captions:
        claims = read_caption(text, _LANGUAGE).claims
        for claim in claims:
            if claim.type != "object" or claim.certainty < 1:
                continue
            said = tuple(
                one.value for one in claims if one.type == "attribute" and one.subject == claim.subject
            )
            region = Region(f"{sample_id}/{claim.start}", claim.subject, attributes=said)
            things.setdefault(sample_id, []).append((region, None, None))
    if not things:
        return None
    return Truth("captions", things, Vocabulary.of(one for known in things.values() for one, _, _ in known))


def _speaks_of(said: str, name: str) -> bool:
    return is_a(said, name) or is_a(name, said)


def _subjects(checks: Sequence[Check], verdict: str) -> frozenset[str]:
    return frozenset(
        canonical(check.claim.subject)
        for check in checks
        if check.claim.type == "object" and check.verdict == verdict
    )


def _count(checks: Sequence[Check], kind: str) -> tuple[int, int]:
    """Return how many statements of a kind are wrong, and how many could be decided."""
    verdicts = [check.verdict for check in checks if check.claim.type == kind]
    wrong = verdicts.count(CONTRADICTED)
    return wrong, wrong + verdicts.count(SUPPORTED)


def _meets(start_s: float | None, end_s: float | None, interval: tuple[float, float] | None) -> bool:
    if start_s is None or end_s is None or interval is None:
        return True
    return start_s < interval[1] and interval[0] < end_s
