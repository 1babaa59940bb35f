"""The page of methods names every method, each setting and what it is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from workbench.finetune.methods import METHODS

PAGE = (Path(__file__).parents[1] / "docs" / "methods.md").read_text()
ROWS = {row[1]: row[0] for row in re.findall(r"^(\| `(\w+)` \|.*)$", PAGE, re.M)}
SHARED = {"beta", "sft_weight"}


def test_the_table_has_the_methods_there_are() -> None:
    assert set(ROWS) == set(METHODS)


@pytest.mark.parametrize("name", sorted(METHODS))
def test_a_row_has_the_settings_of_its_method(name: str) -> None:
    own = {setting for setting in METHODS[name].settings if setting not in SHARED}
    told = set(re.findall(r"`(\w+)`", ROWS[name])) - {name} - SHARED
    assert told >= own, f"{name} does not tell {sorted(own - told)}"
    for setting, value in METHODS[name].settings.items():
        if setting in own and value is not None:
            assert (f"{value:g}".removeprefix("0") or "0") in ROWS[name]


@pytest.mark.parametrize("name", sorted(METHODS))
def test_a_row_says_whether_trl_has_it(name: str) -> None:
    last = ROWS[name].rstrip(" |").rpartition("|")[2].strip()
    assert last.startswith("no") == (METHODS[name].trl == ""), last
