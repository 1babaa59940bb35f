"""Pairs for trainers: one writer a format, each read back before it takes its place."""

from __future__ import annotations

from workbench.export.pairs.base import ExportSettings
from workbench.export.pairs.verb import PAIR_FORMATS, PairExportSummary, export_pairs, read_back_pairs

__all__ = ["PAIR_FORMATS", "ExportSettings", "PairExportSummary", "export_pairs", "read_back_pairs"]
