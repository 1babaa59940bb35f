"""Caption Workbench: find, decide and mend the places where media and their captions disagree."""

from __future__ import annotations

__version__ = "0.1.0"
