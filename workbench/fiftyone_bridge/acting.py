"""What the operators of the plugin do: decide in the workspace's journal, then show it in the dataset.

They run in FiftyOne's server. A decision is on disk, in the workspace, before its answer is given; what the
dataset shows of it can be made again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from workbench.errors import FiftyOneError, PairError
from workbench.fiftyone_bridge.opening import INFO, load_fiftyone, workspace_of
from workbench.fiftyone_bridge.sending import send
from workbench.fiftyone_bridge.taking import take
from workbench.pairs.base import add_pairs
from workbench.pairs.judging import judge
from workbench.preferences.pair import Pair
from workbench.review import decide
from workbench.store import Store

__all__ = ["Acting", "Choice", "choices"]


@dataclass(frozen=True, slots=True)
class Choice:
    """A caption that can be acted on."""

    caption_id: str
    sample_id: str
    text: str


def choices(dataset: Any, samples: Sequence[str], labels: Sequence[str]) -> list[Choice]:
    """Return the captions that a selection in the App means: labels picked, else all of the samples picked.

    Args:
        dataset: made by `ws.to_fiftyone()`.
        samples: FiftyOne ids of samples.
        labels: FiftyOne ids of labels.
    """
    from bson import ObjectId

    query: dict[str, Any] = {"_id": {"$in": [ObjectId(one) for one in samples]}}
    path = "captions.classifications"
    if labels:
        query = {f"{path}._id": {"$in": [ObjectId(one) for one in labels]}}
    wanted = {"sample_id": 1, f"{path}._id": 1, f"{path}.caption_id": 1, f"{path}.text": 1}
    found = []
    for sample in dataset._sample_collection.find(query, wanted):
        for element in (sample.get("captions") or {}).get("classifications", []):
            if "caption_id" in element and (not labels or str(element["_id"]) in labels):
                found.append(Choice(element["caption_id"], sample["sample_id"], element["text"]))
    return found


class Acting:
    """Decide for the person who opened the App, in the workspace that a dataset was made from.

    Args:
        dataset: a FiftyOne dataset.

    Raises:
        FiftyOneError: the dataset was not made by `ws.to_fiftyone()`.
        WorkspaceNotFoundError: its workspace is there no more.
    """

    def __init__(self, dataset: Any) -> None:
        path = workspace_of(dataset)
        if path is None:
            raise FiftyOneError(
                f"The dataset {dataset.name!r} was not made from a workspace.", "Use one of ws.to_fiftyone()."
            )
        self._dataset = dataset
        self.store = Store.open(path)
        self.annotator = str(dataset.info[INFO]["annotator"])

    def flag_misaligned(
        self, chosen: Sequence[Choice], error_types: Sequence[str], note: str = "", edited_text: str = ""
    ) -> int:
        """Decide that captions do not fit; return how many. A correction is of one caption alone."""
        for one in chosen:
            decide(
                self.store, one.caption_id, "misaligned", annotator=self.annotator, error_types=error_types,
                note=note, edited_text=edited_text if len(chosen) == 1 else "",
            )  # fmt: skip
        return self._show(chosen)

    def mark_fine(self, chosen: Sequence[Choice]) -> int:
        """Decide that captions fit; return how many."""
        for one in chosen:
            decide(self.store, one.caption_id, "ok", annotator=self.annotator)
        return self._show(chosen)

    def send_to_pairs(self, better: Choice, worse: Choice, strength: int | None = None) -> str:
        """Make a pair of two captions of one sample, with the person's judgement; return its id.

        Raises:
            PairError: it is one caption, or they are of two samples.
        """
        if better.caption_id == worse.caption_id or better.sample_id != worse.sample_id:
            raise PairError("A pair is of two captions of one sample.", "Choose two captions that differ.")
        pair = Pair(
            sample_id=better.sample_id,
            chosen_text=better.text,
            rejected_text=worse.text,
            origin="candidate",
            chosen_id=better.caption_id,
            rejected_id=worse.caption_id,
            source="fiftyone",
        )
        add_pairs(self.store, [pair])
        judge(
            self.store, pair.pair_id, "prefer", annotator=self.annotator, winner=better.caption_id,
            strength=strength,
        )  # fmt: skip
        return pair.pair_id

    def _show(self, chosen: Sequence[Choice]) -> int:
        fiftyone = load_fiftyone()
        take(self.store, fiftyone, self._dataset, annotator=self.annotator)
        only = sorted({one.sample_id for one in chosen})
        send(self.store, fiftyone, self._dataset.name, annotator=self.annotator, only=only)
        return len(chosen)
