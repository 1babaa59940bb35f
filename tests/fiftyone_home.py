"""FiftyOne for tests: its own database server, and no settings of the user's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from mongo_server import MongoServer

from workbench.fiftyone_bridge.opening import load_fiftyone

__all__ = ["own_fiftyone"]


@contextmanager
def own_fiftyone(home: Path) -> Iterator[Any]:
    """Start a mongod and load FiftyOne on it; one a process, for its connection is one a process."""
    with MongoServer() as mongo, pytest.MonkeyPatch.context() as patched:
        patched.setenv("FIFTYONE_DATABASE_URI", mongo.uri)
        patched.setenv("FIFTYONE_DATABASE_VALIDATION", "0")
        patched.setenv("FIFTYONE_SHOW_PROGRESS_BARS", "0")
        patched.setenv("FIFTYONE_CONFIG_PATH", str(home / "config.json"))
        patched.setenv("FIFTYONE_APP_CONFIG_PATH", str(home / "app_config.json"))
        with pytest.MonkeyPatch.context() as at_import:  # its other folders are fixed when it is imported
            at_import.setenv("HOME", str(home))
            fiftyone = load_fiftyone()
        patched.setenv("FIFTYONE_DATABASE_NAME", fiftyone.config.database_name)
        yield fiftyone
