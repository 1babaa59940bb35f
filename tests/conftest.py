"""What most tests start from: an empty store, and one with a few samples and captions in it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fiftyone_home import own_fiftyone
from made_stores import fill

from workbench.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.create(tmp_path / "ws")


@pytest.fixture
def filled_store(store: Store) -> Store:
    """Forty samples with one caption each, scored so that the first are the most suspicious."""
    fill(store, 40)
    return store


@pytest.fixture(scope="session")
def fiftyone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """FiftyOne on a database server of its own; its connection is one a process, so it is one for all."""
    with own_fiftyone(tmp_path_factory.mktemp("fiftyone-home")) as started:
        yield started
