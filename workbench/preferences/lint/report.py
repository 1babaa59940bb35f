"""What lint found, as a table to read and as frames to work on."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

import polars as pl

from workbench.preferences.lint.base import SEVERITIES, Finding
from workbench.preferences.lint.power import power_table

__all__ = ["FINDING_COLUMNS", "LintReport"]

#: The columns of `LintReport.findings`.
FINDING_COLUMNS: Final[dict[str, pl.DataType]] = {
    "rule": pl.String(),
    "severity": pl.String(),
    "message": pl.String(),
    "remedy": pl.String(),
    "column": pl.String(),
    "rows": pl.List(pl.String()),
    "value": pl.Float64(),
}
_SIGNS: Final = {"error": "✗", "warning": "!", "note": "·"}
_WIDTH: Final = 110
_SHOWN_ROWS: Final = 5


@dataclass(frozen=True)
class LintReport:
    """What every rule found in a set of pairs.

    Attributes:
        findings: the columns of `FINDING_COLUMNS`; errors first, in the order of the rules.
        unchecked: `rule`, `reason`: the rules that could not look, and what they need.
        checked: the names of the rules that looked.
        pair_count: how many pairs were looked at.
        held_out: how many pairs with an order are held out.
        subject: what was looked at, in words.
    """

    findings: pl.DataFrame
    unchecked: pl.DataFrame
    checked: tuple[str, ...]
    pair_count: int
    held_out: int = 0
    subject: str = "the workspace"

    @classmethod
    def of(
        cls,
        findings: Sequence[Finding],
        unchecked: Sequence[tuple[str, str]],
        checked: tuple[str, ...],
        *,
        pair_count: int,
        held_out: int = 0,
        subject: str = "the workspace",
    ) -> LintReport:
        """Make a report of findings, the worst first."""
        ranked = sorted(findings, key=lambda one: SEVERITIES.index(one.severity))
        rows = [
            {name: getattr(one, name) for name in FINDING_COLUMNS} | {"rows": list(one.rows)}
            for one in ranked
        ]
        return cls(
            pl.DataFrame(rows, schema=FINDING_COLUMNS),
            pl.DataFrame(list(unchecked), schema={"rule": pl.String(), "reason": pl.String()}, orient="row"),
            checked,
            pair_count,
            held_out,
            subject,
        )

    def count(self, severity: str) -> int:
        """Return how many findings have a severity."""
        return self.findings.filter(pl.col("severity") == severity).height

    @property
    def has_errors(self) -> bool:
        """Whether something was found that must not be trained on."""
        return bool(self.count("error"))

    def rows_of(self, rule: str) -> list[str]:
        """Return the pair ids of one rule's findings, each once."""
        mine = self.findings.filter(pl.col("rule") == rule)
        return mine.explode("rows")["rows"].drop_nulls().unique(maintain_order=True).to_list()

    def by_pair(self) -> pl.DataFrame:
        """Return one row a pair and finding: `pair_id`, `column`, `rule`, `severity`, `message`."""
        told = self.findings.explode("rows").drop_nulls("rows")
        return told.select(pl.col("rows").alias("pair_id"), "column", "rule", "severity", "message")

    def summary(self) -> str:
        """Return one line: how many findings of each severity, and how many rules looked."""
        counts = [f"{self.count(one):,} {one}{'' if self.count(one) == 1 else 's'}" for one in SEVERITIES]
        return (
            f"{self.pair_count:,} pairs of {self.subject}: {', '.join(counts)}; "
            f"{len(self.checked)} rules looked, {self.unchecked.height} could not."
        )

    def __str__(self) -> str:
        lines = [self.summary()]
        for row in self.findings.iter_rows(named=True):
            head = f"{_SIGNS[row['severity']]} {row['severity']:<8}{row['rule']}"
            lines += ["", head, *_wrapped(row["message"]), *_wrapped(f"→ {row['remedy']}")]
            if row["rows"]:
                lines += _wrapped(f"pairs: {_some(row['rows'])}")
        lines += ["", *_wrapped(self._power(), "")]
        if self.unchecked.height:
            lines += ["", "Not checked:"]
            for reason, rules in (
                self.unchecked.group_by("reason", maintain_order=True).agg("rule").iter_rows()
            ):
                lines += _wrapped(f"{', '.join(rules)}: {reason}", "  ")
        return "\n".join(lines)

    def _power(self) -> str:
        """Return how many held-out pairs tell which accuracy from chance, beside how many there are."""
        needed = power_table().select("accuracy", "pairs_needed").iter_rows()
        told = ", ".join(f"{count:,} for {accuracy:.0%}".replace("%", " %") for accuracy, count in needed)
        return f"Held out: {self.held_out:,}. To tell an accuracy from chance (80 % power) takes {told}."

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{name}</th>" for name in ("", "rule", "found", "pairs", "what to do"))
        body = "".join(_html_row(row) for row in self.findings.iter_rows(named=True))
        left = "".join(
            f"<li>{escape(rule)}: {escape(reason)}</li>" for rule, reason in self.unchecked.iter_rows()
        )
        rest = f"<details><summary>Not checked</summary><ul>{left}</ul></details>" if left else ""
        return (
            f"<div><p>{escape(self.summary())}</p><table><thead><tr>{head}</tr></thead>"
            f"<tbody>{body}</tbody></table><p>{escape(self._power())}</p>{rest}</div>"
        )


def _html_row(row: dict[str, object]) -> str:
    severity, rows = str(row["severity"]), row["rows"]
    count = f"{len(rows):,}" if isinstance(rows, list) and rows else ""
    cells = (f"{_SIGNS[severity]} {severity}", row["rule"], row["message"], count, row["remedy"])
    return "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in cells) + "</tr>"


def _wrapped(text: str, indent: str = "    ") -> list[str]:
    return textwrap.wrap(
        text, _WIDTH, initial_indent=indent, subsequent_indent=indent + "  ", break_long_words=False,
        break_on_hyphens=False,
    )  # fmt: skip


def _some(rows: list[str]) -> str:
    more = f" and {len(rows) - _SHOWN_ROWS:,} more" if len(rows) > _SHOWN_ROWS else ""
    return ", ".join(rows[:_SHOWN_ROWS]) + more
