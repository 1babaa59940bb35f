"""Bring media and captions into a workspace: one verb, a reader a format, a reason for every bad row."""

from __future__ import annotations

from .verb import READERS, IngestSummary, ingest

__all__ = ["READERS", "IngestSummary", "ingest"]
