"""FiftyOne for tests: its own database server, its own home, nothing of the user's read or written."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mongo_server import MongoServer

from workbench.fiftyone_bridge.opening import load_fiftyone

__all__ = ["own_fiftyone"]


@contextmanager
def own_fiftyone(home: Path) -> Iterator[Any]:
    """Start a mongod and load FiftyOne on it; one a process, for its connection is one a process."""
    with MongoServer() as mongo:
        own = {
            "HOME": str(home),
            "FIFTYONE_DATABASE_URI": mongo.uri,
            "FIFTYONE_DATABASE_VALIDATION": "0",
            "FIFTYONE_SHOW_PROGRESS_BARS": "0",
        }
        before = {name: os.environ.get(name) for name in own}
        os.environ.update(own)
        try:
            fiftyone = load_fiftyone()
        finally:
            os.environ.pop("HOME")
            os.environ.update({name: value for name, value in before.items() if name == "HOME" and value})
        yield fiftyone
