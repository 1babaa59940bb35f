"""What lint says of the pairs on the board, and which pairs each rule names."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import polars as pl

from workbench.records import utc_now

if TYPE_CHECKING:
    from workbench.preferences.lint import LintReport
    from workbench.workspace import Workspace

__all__ = ["Checked", "check_pairs", "name_pairs"]

_FEW: Final = 5  # pairs that a rule may name in the smallest set and still speak of each


@dataclass(frozen=True, slots=True, eq=False)  # one round is another, whatever it found
class Checked:
    """One round of lint.

    Attributes:
        report: what was found.
        named: what `name_pairs` returns.
        revision: of the pairs that were checked, see `widgets.board.changes`.
        at_utc: when it ended.
        seconds: how long it took.
    """

    report: LintReport
    named: pl.DataFrame = field(repr=False)
    revision: int
    at_utc: datetime
    seconds: float

    @property
    def named_findings(self) -> dict[str, list[str]]:
        """The pairs of each finding, by a name that a later round gives to the like: `rule#1`, `rule#2`."""
        found = self.report.findings.with_columns(number=pl.int_range(1, pl.len() + 1).over("rule"))
        told = found.select(pl.format("{}#{}", "rule", "number"), "rows")
        return dict(told.iter_rows())

    def told(self, revision: int) -> dict[str, object]:
        """Return it for the page; pair ids stay here, a finding is sent with their count."""
        found = self.report.findings
        counted = found.with_columns(
            count=pl.col("rows").list.len(), name=pl.Series(list(self.named_findings), dtype=pl.String)
        ).drop("rows")
        clean = [rule for rule in self.report.checked if rule not in set(found["rule"])]
        return {
            "is_old": self.revision != revision,
            "pairs": self.report.pair_count,
            "at": self.at_utc.isoformat(),
            "seconds": self.seconds,
            "findings": counted.with_columns(pl.col("value").fill_nan(None)).to_dicts(),
            "clean": clean,
            "unchecked": self.report.unchecked.to_dicts(),
        }


def check_pairs(workspace: Workspace, target: str | Path | None, revision: int) -> Checked:
    """Lint the pairs of a workspace.

    Args:
        workspace: whose pairs.
        target: the model to be tuned, for the rules about its tokens; None leaves them out.
        revision: of the pairs as they are now.
    """
    began = time.monotonic()
    report = workspace.lint_pairs(target=target)
    return Checked(report, name_pairs(report), revision, utc_now(), time.monotonic() - began)


def name_pairs(report: LintReport) -> pl.DataFrame:
    """Return the rules that name each pair.

    Returns:
        `pair_id`; `lint`: names of rules, those of few pairs first, the gravest of them first;
        `own_findings`: how many of them name at most half of all pairs and so say something of this one.
    """
    found = report.findings.with_row_index("rank").select("rank", "rule", pair_id="rows")
    named = found.explode("pair_id").drop_nulls("pair_id").unique(["rule", "pair_id"], keep="first")
    named = named.with_columns(of_rule=pl.len().over("rule"))
    is_own = pl.col("of_rule") <= max(report.pair_count / 2, _FEW)
    return named.group_by("pair_id").agg(
        lint=pl.col("rule").sort_by(~is_own, "rank", "of_rule"), own_findings=is_own.sum().cast(pl.Int64)
    )
