"""Every lint rule by name, and the function that runs them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from workbench.errors import UnknownNameError
from workbench.preferences.lint import (
    annotators,
    balance,
    difficulty,
    picture_tokens,
    repeats,
    shape,
    splits,
    style,
    texts,
    tokens,
)
from workbench.preferences.lint.base import Rule, look_with
from workbench.preferences.lint.pairset import PairSet
from workbench.preferences.lint.report import LintReport
from workbench.preferences.lint.splits import held_out

__all__ = ["RULES", "lint"]

_FAMILIES: Final = (
    shape,
    texts,
    repeats,
    splits,
    style,
    difficulty,
    annotators,
    balance,
    tokens,
    picture_tokens,
)

#: Rule by name, in the order in which they look.
RULES: Final[dict[str, Rule[PairSet]]] = {rule.name: rule for family in _FAMILIES for rule in family.RULES}


def lint(pairs: PairSet, *, rules: Iterable[str] | None = None, subject: str = "the workspace") -> LintReport:
    """Look at a set of pairs with every rule, or with those named.

    A rule that cannot look (no tokenizer, too few pairs, a package that is not installed) is listed with the
    reason; it is never silently passed.

    Args:
        pairs: what to look at.
        rules: names of `RULES`; all of them when left out.
        subject: what the pairs are of, in words.

    Raises:
        UnknownNameError: for a rule that does not exist.
    """
    looked = look_with(_named(rules), pairs)
    return LintReport.of(
        looked.findings,
        looked.unchecked,
        looked.checked,
        pair_count=pairs.rows.height,
        held_out=held_out(pairs).height,
        subject=subject,
    )


def _named(names: Iterable[str] | None) -> list[Rule[PairSet]]:
    if names is None:
        return list(RULES.values())
    wanted = list(names)
    for name in wanted:
        if name not in RULES:
            raise UnknownNameError("lint rule", name, RULES)
    return [RULES[name] for name in wanted]
