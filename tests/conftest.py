"""What most tests start from: an empty store, and one with a few samples and captions in it."""

from __future__ import annotations

from pathlib import Path

import pytest
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
