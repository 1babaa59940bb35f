"""The page on pairs names what there is: every origin, status, builder and format, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from workbench.cli import build_parser
from workbench.export.pairs import PAIR_FORMATS
from workbench.pairs import STATUSES
from workbench.preferences.builders import BUILDERS, CHOICES
from workbench.preferences.lint.base import SEVERITIES
from workbench.preferences.pair import COMPLETENESS
from workbench.records import ORIGINS
from workbench.workspace import Workspace

PAGE = (Path(__file__).parents[1] / "docs" / "pairs.md").read_text(encoding="utf-8")


def rows_of(heading: str) -> set[str]:
    """Return the names in the first column of the table under a heading."""
    table = PAGE.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    cells = [line.split("|")[1] for line in table.splitlines() if line.startswith("| `")]
    return set(re.findall(r"`([^`]+)`", " ".join(cells)))


@pytest.mark.parametrize(
    ("heading", "known"),
    [("Where pairs come from", ORIGINS), ("Builders", BUILDERS), ("Writing", PAIR_FORMATS)],
)
def test_a_table_has_a_row_for_each_and_for_nothing_else(heading: str, known: object) -> None:
    assert rows_of(heading) == set(known)


@pytest.mark.parametrize("name", [*STATUSES, *COMPLETENESS, *CHOICES, *SEVERITIES])
def test_every_word_of_a_pair_is_explained(name: str) -> None:
    assert f"`{name}`" in PAGE


def test_every_method_and_command_it_names_is_there() -> None:
    methods = set(re.findall(r"ws\.(\w+)", PAGE))
    assert methods <= {*dir(Workspace), "store"}
    assert {"build_pairs", "adopt_edits", "lint_pairs", "export_pairs"} <= methods
    commands = set(re.findall(r"`workbench ([a-z][a-z-]+)", PAGE))
    known = build_parser().format_help()
    assert commands
    assert all(f"    {command}" in known for command in commands)
