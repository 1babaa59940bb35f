"""What a lint rule is, what it finds, and the numbers that decide when it speaks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from workbench.errors import UnknownNameError

if TYPE_CHECKING:
    import polars as pl

__all__ = [
    "SEVERITIES",
    "Finding",
    "Found",
    "LintSettings",
    "Looked",
    "Rule",
    "Unchecked",
    "count_of",
    "found_in",
    "look_with",
]

#: What a rule looks at: a `PairSet`, or whatever else pairs are about to be used for.
Subject = TypeVar("Subject")

#: `error` must not be trained on; `warning` will show in what is learnt; `note` is good to know.
SEVERITIES: Final = ("error", "warning", "note")


@dataclass(frozen=True, slots=True)
class Found:
    """What a rule's check came upon: said in a sentence, with the pairs it is about.

    Attributes:
        message: what is wrong and how much of it there is.
        rows: pair ids; empty when it is about the set as a whole.
        value: the number that decided, in the unit that the message names; None when there is none.
        column: what of the rows it is about, such as `chosen`; "" for no column, or for several.
    """

    message: str
    rows: tuple[str, ...] = ()
    value: float | None = None
    column: str = ""


@dataclass(frozen=True, slots=True)
class Unchecked:
    """Why a rule could not look: what it needs and did not get."""

    reason: str


@dataclass(frozen=True, slots=True)
class Rule(Generic[Subject]):
    """One thing that can be wrong with preference pairs, or with what is to be done with them.

    Attributes:
        name: stable, snake_case.
        severity: one of `SEVERITIES`.
        looks_for: what it finds, in a phrase.
        remedy: what to do about it.
        check: looks at the subject and returns what it found, or why it could not look.

    Raises:
        UnknownNameError: for a severity that does not exist.
    """

    name: str
    severity: str
    looks_for: str
    remedy: str
    check: Callable[[Subject], Sequence[Found] | Unchecked] = field(repr=False)

    def __post_init__(self) -> None:
        if self.severity not in SEVERITIES:
            raise UnknownNameError("severity", self.severity, SEVERITIES)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule found: ready to be shown.

    Attributes:
        rule: the rule's name.
        severity: one of `SEVERITIES`.
        message: what is wrong and how much of it there is.
        remedy: what to do about it.
        rows: pair ids; empty when it is about the set as a whole.
        value: the number that decided; None when there is none.
        column: what of the rows it is about; "" for no column, or for several.
    """

    rule: str
    severity: str
    message: str
    remedy: str
    rows: tuple[str, ...] = ()
    value: float | None = None
    column: str = ""


@dataclass(frozen=True, slots=True)
class Looked:
    """What several rules came upon.

    Attributes:
        findings: in the order of the rules.
        unchecked: (rule, reason) of those that could not look.
        checked: the names of those that did.
    """

    findings: tuple[Finding, ...]
    unchecked: tuple[tuple[str, str], ...]
    checked: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class LintSettings:
    """When the rules speak. Shares are 0..1.

    Attributes:
        longer_share: chosen longer (or shorter) than rejected in more of the pairs than this.
        length_ratio: mean words of chosen over rejected outside (1 / this, this).
        leak_auroc: a reader of words alone tells chosen from rejected better than this.
        annotator_share: one annotator made more of the judgements than this.
        repeat_disagreement: an annotator answers a hidden repeat otherwise more often than this.
        quick_s: an answer in less time than this was not read.
        quick_share: an annotator gave more quick answers than this.
        tie_share, both_bad_share, disputed_share: more of the judged pairs than this.
        unreviewed_share: more proposals that nobody looked at than this.
        off_policy_share: more pairs whose texts the model to be tuned did not write than this.
        delete_only_share: more corrections that only take words out than this.
        builder_share: one builder made more of the pairs than this.
        sample_share: one sample (or text) is in more of the pairs than this.
        slice_share: a language, medium or group with fewer of the pairs than this is small.
        alike: texts are near-duplicates from this likeness on (1 is equal; by edit distance).
        unrelated: chosen and rejected with less likeness than this have little in common.
        repeated_run: words said this often in a row are a loop.
        low_fit: an unverified chosen caption whose alignment percentile is below this is not good in itself.
        close_margin: a margin nearer to 0 than this, in units of the median margin, is too hard.
        wide_margin: one further than this from 0, in the same units, is too easy.
        accuracy_wanted: the held-out accuracy that must be told from chance.
        power: with this chance.
        confidence: of every interval.
        seed: of the draws for intervals and folds.
    """

    longer_share: float = 0.7
    length_ratio: float = 1.2
    leak_auroc: float = 0.6
    annotator_share: float = 0.5
    repeat_disagreement: float = 0.2
    quick_s: float = 1.0
    quick_share: float = 0.1
    tie_share: float = 0.3
    both_bad_share: float = 0.1
    disputed_share: float = 0.1
    unreviewed_share: float = 0.5
    off_policy_share: float = 0.9
    delete_only_share: float = 0.3
    builder_share: float = 0.5
    sample_share: float = 0.05
    slice_share: float = 0.05
    alike: float = 0.95
    unrelated: float = 0.3
    repeated_run: int = 3
    low_fit: float = 0.1
    close_margin: float = 0.1
    wide_margin: float = 5.0
    accuracy_wanted: float = 0.6
    power: float = 0.8
    confidence: float = 0.95
    seed: int = 0


def look_with(rules: Iterable[Rule[Subject]], subject: Subject) -> Looked:
    """Let every rule look at a subject; one that cannot is listed with its reason, never silently passed."""
    findings: list[Finding] = []
    unchecked: list[tuple[str, str]] = []
    checked: list[str] = []
    for rule in rules:
        told = rule.check(subject)
        if isinstance(told, Unchecked):
            unchecked.append((rule.name, told.reason))
            continue
        checked.append(rule.name)
        findings += [
            Finding(rule.name, rule.severity, one.message, rule.remedy, one.rows, one.value, one.column)
            for one in told
        ]
    return Looked(tuple(findings), tuple(unchecked), tuple(checked))


def count_of(count: int, whole: int, noun: str = "pair") -> str:
    """Return a count with its share, as messages say it.

    Example:
        >>> count_of(3, 60), count_of(1, 1, "judgement")
        ('3 of 60 pairs (5 %)', '1 of 1 judgement (100 %)')
    """
    share = count / whole if whole else 0.0
    told = "under 1 %" if 0 < share < 0.005 else f"{share:.0%}".replace("%", " %")
    return f"{count:,} of {whole:,} {noun}{'' if whole == 1 else 's'} ({told})"


def found_in(
    rows: pl.DataFrame, whole: int, what: str, noun: str = "pair", *, column: str = ""
) -> list[Found]:
    """Return one finding about rows of pairs, with their share as the value; none when there are no rows."""
    if rows.is_empty():
        return []
    ids = tuple(rows["pair_id"].unique(maintain_order=True))
    return [Found(f"{count_of(rows.height, whole, noun)} {what}", ids, rows.height / whole, column)]
