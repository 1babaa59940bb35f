"""FiftyOne both ways: the workspace shown in its App, and what is done there brought home as verdicts.

The workspace is the source of truth and opens without any of this; a dataset is a lens on it that can be
made again. This package is the only one that imports fiftyone.
"""

from __future__ import annotations

from typing import Any

from workbench.fiftyone_bridge.app import AppServer, open_app, serve_app
from workbench.fiftyone_bridge.opening import find_dataset, load_fiftyone
from workbench.fiftyone_bridge.sending import Sent, send
from workbench.fiftyone_bridge.taking import Taken, take
from workbench.store import Store

__all__ = ["Sent", "Taken", "dataset_name", "from_fiftyone", "open_fiftyone", "serve_fiftyone", "to_fiftyone"]


def dataset_name(store: Store) -> str:
    """Return the name of a workspace's dataset where nobody gave one: that of its folder."""
    return store.path.name


def to_fiftyone(store: Store, name: str | None = None, *, annotator: str) -> Sent:
    """Write what is new or changed in a workspace to a FiftyOne dataset.

    Args:
        store: the workspace.
        name: the name of the dataset; that of the workspace's folder when left out.
        annotator: whose verdicts the captions show.

    Returns:
        How much was written, and the `dataset`.

    Raises:
        MissingExtraError: fiftyone is not installed.
        FiftyOneError: its database cannot be reached, or the dataset of that name is of something else.
    """
    return send(store, load_fiftyone(), name or dataset_name(store), annotator=annotator)


def from_fiftyone(store: Store, dataset: Any = None, *, annotator: str) -> Taken:
    """Record the tags, labels and edits made in a dataset since it was last written, as verdicts.

    Args:
        store: the workspace.
        dataset: a FiftyOne dataset, or its name; the workspace's own when left out.
        annotator: who made them.

    Raises:
        MissingExtraError: fiftyone is not installed.
        FiftyOneError: there is no such dataset, or it was not made from this workspace.
        JournalError: nothing was recorded.
    """
    fiftyone = load_fiftyone()
    chosen = find_dataset(fiftyone, dataset_name(store) if dataset is None else dataset)
    return take(store, fiftyone, chosen, annotator=annotator)


def open_fiftyone(
    store: Store, name: str | None = None, *, annotator: str, port: int | None = None, height: int = 800
) -> Any:
    """Bring the dataset up to date and open FiftyOne's App on it: in the cell, or in a tab of the browser.

    Args:
        store: the workspace.
        name: the name of the dataset; that of the workspace's folder when left out.
        annotator: who decides there.
        port: where it is served, on this machine only; a free one when left out.
        height: of the cell's frame, in pixels.

    Returns:
        FiftyOne's session.

    Raises:
        MissingExtraError: fiftyone is not installed.
        FiftyOneError: its database cannot be reached, or its server does not come up.
    """
    fiftyone = load_fiftyone()
    sent = send(store, fiftyone, name or dataset_name(store), annotator=annotator)
    return open_app(store, fiftyone, sent.dataset, port=port, height=height)


def serve_fiftyone(
    store: Store, name: str | None = None, *, annotator: str, port: int | None = None
) -> tuple[AppServer, Sent]:
    """Bring the dataset up to date and serve FiftyOne's App on it, without a session or a browser.

    Returns:
        The server, and how much was written.

    Raises:
        MissingExtraError: fiftyone is not installed.
        FiftyOneError: its database cannot be reached, or its server does not come up.
    """
    fiftyone = load_fiftyone()
    sent = send(store, fiftyone, name or dataset_name(store), annotator=annotator)
    return serve_app(store, fiftyone, port=port), sent
