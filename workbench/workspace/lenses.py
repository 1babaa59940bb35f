"""The methods of a workspace that show it in FiftyOne and bring home what was done there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from workbench.store import Store

if TYPE_CHECKING:
    from workbench.fiftyone_bridge import Taken

__all__ = ["LensMethods"]


class LensMethods:
    """What a workspace does with FiftyOne; see `Workspace`."""

    store: Store
    annotator: str

    def to_fiftyone(self, name: str | None = None) -> Any:
        """Write what is new or changed to a FiftyOne dataset; see `workbench.fiftyone_bridge.to_fiftyone`."""
        from workbench.fiftyone_bridge import to_fiftyone

        sent = to_fiftyone(self.store, name, annotator=self.annotator)
        print(sent)
        return sent.dataset

    def from_fiftyone(self, dataset: Any = None) -> Taken:
        """Record what was tagged and edited in FiftyOne; see `workbench.fiftyone_bridge.from_fiftyone`."""
        from workbench.fiftyone_bridge import from_fiftyone

        return from_fiftyone(self.store, dataset, annotator=self.annotator)

    def open_fiftyone(self, name: str | None = None, *, port: int | None = None, height: int = 800) -> Any:
        """Open FiftyOne's App on this workspace; see `workbench.fiftyone_bridge.open_fiftyone`."""
        from workbench.fiftyone_bridge import open_fiftyone

        return open_fiftyone(self.store, name, annotator=self.annotator, port=port, height=height)
