"""The page on the pre-flight names every rule with its severity, and nothing that is not there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from workbench.finetune.limits import TRL_NAMES
from workbench.finetune.preflight import MODEL_RULES, RULES

PAGE = (Path(__file__).parents[1] / "docs" / "preflight.md").read_text(encoding="utf-8")


def table(heading: str) -> list[list[str]]:
    lines = PAGE.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0].splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| `")]


@pytest.mark.parametrize(
    ("heading", "rules"), [("Before weights are read", RULES), ("Before the first step", MODEL_RULES)]
)
def test_every_rule_stands_in_its_table(heading: str, rules: dict[str, object]) -> None:
    told = [[f"`{rule.name}`", rule.severity, rule.looks_for] for rule in rules.values()]
    assert table(heading) == told


def test_what_is_said_of_trl_names_rules_that_are_there() -> None:
    section = PAGE.split("## What TRL does without a word", 1)[1].split("\n## ", 1)[0]
    lines = [line.split("|")[2] for line in section.splitlines() if line.startswith("| ")][2:]
    named = {name for line in lines for name in re.findall(r"`([a-z_]+)`", line)}
    assert named - {"epsilon", "label_smoothing"} <= {*RULES, *MODEL_RULES}
    assert len(named) > 20


def test_every_name_of_trl_has_what_does_the_same_here() -> None:
    assert all(TRL_NAMES.values())
    assert list(TRL_NAMES) == sorted(TRL_NAMES)
