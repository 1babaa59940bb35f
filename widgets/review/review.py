"""Review: one pair at a time, the most suspicious first, one key a decision."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from widgets.core import Answer, Core, Message, json_buffer
from widgets.panel import STATIC, Panel
from workbench.errors import WorkbenchError
from workbench.records import ERROR_TYPES
from workbench.review import Item, ReviewQueue

if TYPE_CHECKING:
    from workbench.workspace import Workspace

__all__ = ["Review", "ReviewCore"]

_STRIP_ITEMS: Final = 12


class ReviewCore(Core):
    """The queue of a review, by place: 0 is the first pair to look at."""

    def __init__(
        self,
        workspace: Workspace,
        *,
        order: str = "worst",
        random_share: float = 0.15,
        seed: int = 0,
        annotator: str | None = None,
        scorer: str = "similarity",
    ) -> None:
        super().__init__(workspace, annotator=annotator, scorer=scorer, seed=seed)
        self.order, self.random_share = order, random_share
        self._make_queue()

    def commands(self) -> dict[str, Callable[[Message], Answer]]:
        """Return the shared commands and those of the queue."""
        return super().commands() | {
            "open": self.open,
            "item": self.item,
            "strip": self.strip,
            "unreviewed": self.unreviewed,
            "find": self.find,
        }

    def open(self, _message: Message) -> Answer:
        """Return all that a page needs to start: it goes on at the first pair nobody has decided."""
        with self.lock:
            self._make_queue()
        return Answer(
            {
                "length": len(self.queue),
                "samples": self.workspace.samples.height,
                "scored": self.workspace.scores.height,
                "place": self._next_unreviewed(0),
                "order": self.order,
                "error_types": list(ERROR_TYPES),
                "status": self.standing(),
            }
        )

    def item(self, message: Message) -> Answer:
        """Return the pair at a place, with all that is known of its sample."""
        found = self._at(message)
        whole = self.sample({"sample_id": found.sample_id})
        told = {
            "place": message["place"],
            "caption_id": found.caption_id,
            "stratum": found.stratum,
            "witness": found.witness,
            "evidence": found.evidence,
        }
        return Answer({"item": told}, whole.buffers)

    def strip(self, message: Message) -> Answer:
        """Return the pairs from a place on, in short, for the strip of those that come next."""
        items = self.queue.items(_place(message), _STRIP_ITEMS)
        media = dict(self.workspace.samples.select("sample_id", "media").iter_rows())
        texts = dict(self.workspace.captions.select("caption_id", "text").iter_rows())
        verdicts = self.verdicts_on([item.caption_id for item in items])
        told = [
            {
                "place": _place(message) + number,
                "sample_id": item.sample_id,
                "caption_id": item.caption_id,
                "media": media.get(item.sample_id),
                "text": texts.get(item.caption_id),
                "verdict": verdicts[item.caption_id],
            }
            for number, item in enumerate(items)
        ]
        return Answer({}, [json_buffer(told)])

    def unreviewed(self, message: Message) -> Answer:
        """Return the place of the next pair nobody has decided, from a place on and then from the start."""
        return Answer({"place": self._next_unreviewed(_place(message))})

    def find(self, message: Message) -> Answer:
        """Return the place of a caption in the queue."""
        return Answer({"place": self._places.get(str(message.get("caption_id")))})

    def stratum_of(self, caption_id: str) -> str:
        """Say from which stream of the queue the caption came."""
        place = self._places.get(caption_id)
        return "picked" if place is None else self.queue.items(place, 1)[0].stratum

    def _make_queue(self) -> None:
        self.queue = ReviewQueue(
            self.store, self.order, random_share=self.random_share, seed=self.seed, annotator=self.annotator
        )
        items = self.queue.items(0, len(self.queue))
        self._places = {item.caption_id: place for place, item in enumerate(items)}

    def _next_unreviewed(self, start: int) -> int | None:
        decided = {verdict.caption_id for verdict in self.store.journal.verdicts()}
        places = [place for key, place in self._places.items() if key not in decided]
        return min((place for place in places if place >= start), default=min(places, default=None))

    def _at(self, message: Message) -> Item:
        found = self.queue.items(_place(message), 1)
        if not found:
            raise WorkbenchError(
                f"There is no pair at place {message.get('place')}.", f"The queue has {len(self.queue)}."
            )
        return found[0]


class Review(Panel):
    """Go through the pairs of a workspace one by one.

    Args:
        workspace: what `workbench.open(path)` returned.
        order: `worst` first with a random share, or `random` for a plain random sample.
        random_share: the share of looks spent on pairs drawn at random; the estimate of what is left
            needs it.
        seed: fixes the random order.
        annotator: who decides; stored with every verdict. The workspace's own when left out.
    """

    _esm = STATIC / "review.js"
    _css = STATIC / "review.css"

    def __init__(
        self,
        workspace: Workspace,
        *,
        order: str = "worst",
        random_share: float = 0.15,
        seed: int = 0,
        annotator: str | None = None,
    ) -> None:
        core = ReviewCore(workspace, order=order, random_share=random_share, seed=seed, annotator=annotator)
        super().__init__(core)


def _place(message: Message) -> int:
    place = message.get("place")
    return place if isinstance(place, int) and place >= 0 else 0
