"""Take the work out: one writer a format, and every export reads back equal."""

from __future__ import annotations

from workbench.export.verdicts import FORMATS, ExportSummary, export, read_back

__all__ = ["FORMATS", "ExportSummary", "export", "read_back"]
