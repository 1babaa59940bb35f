"""Lint for preference pairs: what is wrong with them, which they are, and what to do about it."""

from __future__ import annotations

from workbench.preferences.lint.base import Finding, LintSettings, Rule
from workbench.preferences.lint.catalog import RULES, lint
from workbench.preferences.lint.pairset import PairSet
from workbench.preferences.lint.report import LintReport

__all__ = ["RULES", "Finding", "LintReport", "LintSettings", "PairSet", "Rule", "lint"]
