"""Review: one pair at a time, the most suspicious first, one key a decision."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import polars as pl

from widgets.core import Answer, Core, Message, json_buffer
from widgets.panel import STATIC, Panel
from widgets.review.proposals import find_proposal
from workbench.encoders.tokens import TokenRuler, load_ruler
from workbench.errors import UnknownNameError, WorkbenchError
from workbench.preferences.differences import find_differences, merge_texts
from workbench.records import ERROR_TYPES, Verdict
from workbench.review import Item, ReviewQueue, fresh_scores

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
        error_type: str | None = None,
        encoder: str = "bridge",
        only: Sequence[str] | None = None,
    ) -> None:
        super().__init__(workspace, annotator=annotator, scorer=scorer, seed=seed)
        self._picked: _Picked | None = None
        if only is not None:
            self._picked = _Picked(tuple(only), "picked", self._last_event())
        self.encoder = encoder
        self._ruler: TokenRuler | None = None
        self.order, self.random_share, self.error_type = order, random_share, error_type
        self._make_queue()

    def commands(self) -> dict[str, Callable[[Message], Answer]]:
        """Return the shared commands and those of the queue."""
        return super().commands() | {
            "open": self.open,
            "reorder": self.reorder,
            "item": self.item,
            "strip": self.strip,
            "unreviewed": self.unreviewed,
            "find": self.find,
            "draft": self.draft,
            "whole": self.whole,
        }

    def open(self, _message: Message) -> Answer:
        """Return all that a page needs to start: it goes on at the first pair nobody has decided."""
        with self.lock:
            self._make_queue()
            return self._opened()

    def reorder(self, message: Message) -> Answer:
        """Order the queue anew; what is decided stays decided, and the random stratum is the same draw."""
        before = self.order, self.error_type
        error_type = message.get("error_type")
        with self.lock:
            self.order, self.error_type = str(message.get("order", "worst")), str(error_type or "") or None
            try:
                self._make_queue()
            except WorkbenchError:
                self.order, self.error_type = before
                raise
            return self._opened()

    def take_captions(self, caption_ids: Sequence[str], why: str) -> None:
        """Go through these captions and no other, whether they have been decided or not."""
        picked = _Picked(tuple(caption_ids), why, self._last_event())
        with self.lock:
            self._picked, before = picked, self._picked
            try:
                self._make_queue()
            except WorkbenchError:
                self._picked = before
                raise

    def whole(self, _message: Message) -> Answer:
        """Go back to the queue of all captions."""
        with self.lock:
            self._picked = None
            self._make_queue()
            return self._opened()

    def _opened(self) -> Answer:
        picked = self._picked
        return Answer(
            {
                "picked": None if picked is None else {"count": len(self.queue), "why": picked.why},
                "length": len(self.queue),
                "samples": self.workspace.samples.height,
                "scored": self.workspace.scores.height,
                "place": self._next_unreviewed(0),
                "order": self.order,
                "error_type": self.error_type,
                "error_types": list(ERROR_TYPES),
                "scored_types": self._scored_types,
                "lack": self._lack,
                "status": self.standing(),
            }
        )

    def item(self, message: Message) -> Answer:
        """Return the pair at a place, with all that is known of its sample."""
        found = self._at(message)
        whole = self.sample({"sample_id": found.sample_id})
        text = self.workspace.captions.filter(pl.col("caption_id") == found.caption_id)["text"]
        told = {
            "place": message["place"],
            "caption_id": found.caption_id,
            "stratum": found.stratum,
            "witness": found.witness,
            "evidence": found.evidence,
            "proposal": find_proposal(self.store, found.sample_id, str(text[0]) if len(text) else ""),
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

    def draft(self, message: Message) -> Answer:
        """Say how a correction on its way differs from its caption, word by word, and how long it is."""
        caption_id, text = str(message.get("caption_id")), str(message.get("text") or "").strip()
        found = self.workspace.captions.filter(pl.col("caption_id") == caption_id)["text"]
        if found.is_empty():
            raise WorkbenchError(f"There is no caption {caption_id!r} any more.", "Run the cell again.")
        original = str(found[0])
        made = find_differences(text, original)
        return Answer(
            {
                "runs": [list(run) for run in merge_texts(text, original)],
                "is_same": text == original.strip(),
                "is_deletion": made.is_deletion,
                "has_words": bool(made.chosen or made.rejected),
                "length": self._measure(text),
            }
        )

    def _measure(self, text: str) -> dict[str, object]:
        """Count as the encoder does; without its tokenizer say why there is no number."""
        try:
            self._ruler = self._ruler or load_ruler(self.encoder)
        except WorkbenchError as error:
            return {"reason": f"{error.message} {error.remedy}".strip()}
        return dataclasses.asdict(self._ruler.measure(text))

    def stratum_of(self, caption_id: str) -> str:
        """Say from which stream of the queue the caption came."""
        place = self._places.get(caption_id)
        return "picked" if place is None else self.queue.items(place, 1)[0].stratum

    def _make_queue(self) -> None:
        scores = fresh_scores(self.store)
        self._scored_types = _count_types(scores)
        self._lack = _lack(scores, self.error_type) if self.error_type else None
        # Without a score of the type there is nothing to order by; the page says so instead of the queue.
        self.queue = ReviewQueue(
            self.store, self.order, random_share=self.random_share, seed=self.seed, annotator=self.annotator,
            error_type=None if self._lack else self.error_type,
            only=self._picked.caption_ids if self._picked else None,
        )  # fmt: skip
        items = self.queue.items(0, len(self.queue))
        self._places = {item.caption_id: place for place, item in enumerate(items)}

    def _next_unreviewed(self, start: int) -> int | None:
        if self._picked is None:
            decided = {verdict.caption_id for verdict in self.store.journal.verdicts()}
        else:  # what was decided before it was picked is to be looked at again
            decided = self._decided_since(self._picked.since)
        places = [place for key, place in self._places.items() if key not in decided]
        return min((place for place in places if place >= start), default=min(places, default=None))

    def _tables_stamp(self) -> str:
        return super()._tables_stamp() + ("" if self._picked is None else f" {hash(self._picked)}")

    def _decided_since(self, seq: int) -> set[str]:
        decided: set[str] = set()
        for event in self.store.journal.events(since=seq):
            if isinstance(event.decision, Verdict):
                key = {event.decision.caption_id}
                decided = decided - key if event.kind == "undo" else decided | key
        return decided

    def _last_event(self) -> int:
        events = self.store.journal.events()
        return events[-1].seq if events else 0

    def _at(self, message: Message) -> Item:
        found = self.queue.items(_place(message), 1)
        if not found:
            raise WorkbenchError(
                f"There is no pair at place {message.get('place')}.", f"The queue has {len(self.queue)}."
            )
        return found[0]


@dataclass(frozen=True, slots=True)
class _Picked:
    """Captions to go through, why, and the number of the last event before they were picked."""

    caption_ids: tuple[str, ...]
    why: str
    since: int


class Review(Panel):
    """Go through the pairs of a workspace one by one.

    Args:
        workspace: what `workbench.open(path)` returned.
        order: `worst` first with a random share, or `random` for a plain random sample.
        random_share: the share of looks spent on pairs drawn at random; the estimate of what is left
            needs it.
        seed: fixes the random order.
        annotator: who decides; stored with every verdict. The workspace's own when left out.
        error_type: order by what speaks of this type of error alone, such as `attribute`; the header offers
            every type that has scores.
        encoder: whose tokens are counted while a caption is corrected; `clip:<folder>` for a checkpoint.
        only: go through these captions and no other, such as what a run says wrong still (`monitor.left`),
            whether they have been decided or not.

    Raises:
        UnknownNameError: for an order or an error type that does not exist.

    Example:
        `widgets.Review(ws, error_type="attribute")` begins where a colour or a size is most likely wrong.
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
        error_type: str | None = None,
        encoder: str = "bridge",
        only: Sequence[str] | None = None,
    ) -> None:
        core = ReviewCore(
            workspace, order=order, random_share=random_share, seed=seed, annotator=annotator,
            error_type=error_type, encoder=encoder, only=only,
        )  # fmt: skip
        super().__init__(core)


def _count_types(scores: pl.DataFrame) -> list[dict[str, object]]:
    """Count the captions with a score of each error type, in the order of the error types."""
    defined = scores.filter(pl.col("value").is_finite())
    counts = dict(defined.group_by("error_type").agg(pl.col("caption_id").n_unique()).iter_rows())
    return [{"error_type": name, "count": counts[name]} for name in ERROR_TYPES if name in counts]


def _lack(scores: pl.DataFrame, error_type: str) -> dict[str, str] | None:
    """Say why an error type orders nothing (`reason`), or the `code` that mends it; None where it orders."""
    if error_type not in ERROR_TYPES:
        raise UnknownNameError("error type", error_type, ERROR_TYPES)
    of_type = scores.filter(pl.col("error_type") == error_type)
    if of_type["value"].is_finite().any():
        return None
    reasons = of_type["reason"].drop_nulls().value_counts(sort=True)
    if reasons.height:
        return {"reason": str(reasons["reason"][0]).rstrip(". ")}
    return {"code": f'ws.score("{_scorer_of(error_type)}")'}


def _scorer_of(error_type: str) -> str:
    """Return the cheapest scorer that speaks of an error type, or `all` where none is known."""
    from workbench.scoring import SCORERS

    costs = ("cheap", "media", "model")
    able = [name for name, scorer in SCORERS.items() if error_type in scorer.error_types]
    return min(able, key=lambda name: costs.index(SCORERS[name].cost), default="all")


def _place(message: Message) -> int:
    place = message.get("place")
    return place if isinstance(place, int) and place >= 0 else 0
