"""What a pre-flight found: a table to read, a reason to refuse, and lines for the run's events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from typing import Final

import polars as pl

from workbench.errors import RunError
from workbench.finetune.config import RunConfig
from workbench.finetune.methods import method_of
from workbench.preferences.lint.base import SEVERITIES, Looked
from workbench.preferences.lint.report import LintReport

__all__ = ["Preflight"]

_SIGNS: Final = {"error": "✗", "warning": "!", "note": "·"}
_SHOWN_ROWS: Final = 3
_SHOWN_CHARACTERS: Final = 60
_MOST_IN_EVENT: Final = 100


@dataclass(frozen=True)
class Preflight:
    """What the rules found in a run that has not begun.

    Attributes:
        report: every finding, and the rules that could not look.
        rows: the rows that were looked at.
        subject: what was looked at, in words.
    """

    report: LintReport
    rows: pl.DataFrame = field(repr=False)
    subject: str

    @classmethod
    def of(cls, looked: Sequence[Looked], rows: pl.DataFrame, config: RunConfig) -> Preflight:
        """Make a report of what rules came upon, the worst first."""
        subject = f"{method_of(config.method).title} on {config.model}"
        report = LintReport.of(
            [one for part in looked for one in part.findings],
            [one for part in looked for one in part.unchecked],
            tuple(name for part in looked for name in part.checked),
            pair_count=rows.height,
            subject=subject,
        )
        return cls(report, rows, subject)

    @property
    def findings(self) -> pl.DataFrame:
        """One row a finding: `rule`, `severity`, `message`, `remedy`, `column`, `rows` (ids), `value`."""
        return self.report.findings

    @property
    def has_errors(self) -> bool:
        """Whether a run must not start so."""
        return self.report.has_errors

    def rows_of(self, rule: str) -> list[str]:
        """Return the pair ids of one rule's findings, each once."""
        return self.report.rows_of(rule)

    def where(self) -> pl.DataFrame:
        """Return one row a place: `row` (from 0), `pair_id`, `column`, `rule`, `severity`, `message`."""
        numbers = self.rows.select("pair_id").with_row_index("row")
        told = self.report.by_pair().join(numbers, on="pair_id", how="left", maintain_order="left")
        return told.select("row", "pair_id", "column", "rule", "severity", "message")

    def refuse(self) -> None:
        """Refuse to start where there are errors.

        Raises:
            RunError: with the first error, how many more there are, and what to do.
        """
        errors = self.findings.filter(pl.col("severity") == "error")
        if errors.is_empty():
            return
        first = errors.row(0, named=True)
        others = errors.height - 1
        more = (
            f" There {'is 1 more error' if others == 1 else f'are {others} more errors'}." if others else ""
        )
        raise RunError(
            f"The pre-flight of {self.subject} refuses ({first['rule']}): {first['message']}"
            f"{self._places(first)}{more}",
            first["remedy"],
        )

    def as_events(self) -> list[dict[str, object]]:
        """Return the findings as facts of events of the kind `finding`."""
        return [
            {
                name: row[name][:_MOST_IN_EVENT] if name == "rows" else row[name]
                for name in ("rule", "severity", "message", "remedy", "column", "rows")
            }
            | {"pairs": len(row["rows"])}
            for row in self.findings.iter_rows(named=True)
        ]

    def summary(self) -> str:
        """Return one line: of what, how many findings of each severity, how many rules looked."""
        counts = [
            f"{self.report.count(one):,} {one}{'' if self.report.count(one) == 1 else 's'}"
            for one in SEVERITIES
        ]
        left = self.report.unchecked.height
        return (
            f"Pre-flight of {self.subject}, {self.rows.height:,} pairs: {', '.join(counts)}; "
            f"{len(self.report.checked)} rules looked, {left} could not."
        )

    def __str__(self) -> str:
        lines = [self.summary()]
        for row in self.findings.iter_rows(named=True):
            lines += [
                f"{_SIGNS[row['severity']]} {row['severity']:<8}{row['rule']}",
                f"    {row['message']}{self._places(row)}",
                f"    → {row['remedy']}",
            ]
        lines += [
            f"  not checked: {', '.join(rules)}: {reason}"
            for reason, rules in self.report.unchecked.group_by("reason", maintain_order=True)
            .agg("rule")
            .iter_rows()
        ]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{name}</th>" for name in ("", "rule", "found", "where", "what to do"))
        body = "".join(self._html_row(row) for row in self.findings.iter_rows(named=True))
        left = "".join(
            f"<li>{escape(rule)}: {escape(reason)}</li>" for rule, reason in self.report.unchecked.iter_rows()
        )
        rest = f"<details><summary>Not checked</summary><ul>{left}</ul></details>" if left else ""
        return (
            f"<div><p>{escape(self.summary())}</p><table><thead><tr>{head}</tr></thead>"
            f"<tbody>{body}</tbody></table>{rest}</div>"
        )

    def _html_row(self, row: Mapping[str, object]) -> str:
        severity = str(row["severity"])
        cells = (
            f"{_SIGNS[severity]} {severity}",
            row["rule"],
            row["message"],
            self._places(row).strip(),
            row["remedy"],
        )
        return "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in cells) + "</tr>"

    def _places(self, row: Mapping[str, object]) -> str:
        """Return where a finding is, in words: numbers of rows, the column, and the text of the first."""
        rows, column = row["rows"], str(row["column"])
        if not isinstance(rows, list) or not rows:
            return f" [{column}]" if column else ""
        numbers = self.rows.with_row_index("row").filter(pl.col("pair_id").is_in(rows))
        shown = ", ".join(str(number) for number in numbers["row"].head(_SHOWN_ROWS))
        more = f" and {numbers.height - _SHOWN_ROWS:,} more" if numbers.height > _SHOWN_ROWS else ""
        return f" [row {shown}{more}{f', {column}' if column else ''}{self._text(numbers, column)}]"

    def _text(self, numbers: pl.DataFrame, column: str) -> str:
        first = column.partition(",")[0]
        if numbers.is_empty() or numbers.schema.get(first) != pl.String():
            return ""
        text = str(numbers[first][0])
        return f": {text[:_SHOWN_CHARACTERS]!r}{'…' if len(text) > _SHOWN_CHARACTERS else ''}"
