"""Review: one pair at a time, the most suspicious first, one key a decision."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

import polars as pl

from widgets.core import Answer, Core, Message, json_buffer
from widgets.marks import tell_verdict
from widgets.panel import STATIC, Panel
from widgets.review.proposals import find_proposal
from widgets.review.walk import Choice, Walk
from workbench.encoders.tokens import TokenRuler, load_ruler
from workbench.errors import WorkbenchError
from workbench.preferences.differences import find_differences, merge_texts
from workbench.records import ERROR_TYPES
from workbench.review import ReviewQueue, voices_on

if TYPE_CHECKING:
    from workbench.workspace import Workspace

__all__ = ["Review", "ReviewCore"]

#: Three times what the strip shows, so that the page asks at every so many steps alone.
_STRIP_ITEMS: Final = 36
_MOST_ITEMS: Final = 8


class ReviewCore(Core):
    """The captions of a review, by place: 0 is the first to look at; see `widgets.review.walk`."""

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
        second_opinion: bool = False,
        adjudicate: bool = False,
    ) -> None:
        super().__init__(
            workspace, annotator=annotator, scorer=scorer, seed=seed, second_opinion=second_opinion,
            adjudicate=adjudicate,
        )  # fmt: skip
        self.encoder = encoder
        self._ruler: TokenRuler | None = None
        self.walk = Walk(self.desk, order=order, random_share=random_share, seed=seed, error_type=error_type)
        if only is not None:
            self.walk.pick(tuple(only), "picked")

    @property
    def queue(self) -> ReviewQueue:
        """The captions in their order."""
        return self.walk.queue

    @property
    def error_type(self) -> str | None:
        """The type of error that orders the queue alone; None for all."""
        return self.walk.error_type

    def commands(self) -> dict[str, Callable[[Message], Answer]]:
        """Return the shared commands and those of the queue."""
        return super().commands() | {
            "open": self.open,
            "reorder": self.reorder,
            "items": self.items,
            "strip": self.strip,
            "unreviewed": self.unreviewed,
            "find": self.find,
            "draft": self.draft,
            "whole": self.whole,
        }

    def open(self, _message: Message) -> Answer:
        """Return all that a page needs to start: it goes on at the first pair nobody has decided."""
        with self.lock:
            self.walk.make_if_changed()
            return self._opened()

    def reorder(self, message: Message) -> Answer:
        """Order the queue anew; what is decided stays decided, and the random stratum is the same draw."""
        walk, error_type = self.walk, message.get("error_type")
        before = walk.order, walk.error_type
        with self.lock:
            walk.order, walk.error_type = str(message.get("order", "worst")), str(error_type or "") or None
            try:
                walk.make()
            except WorkbenchError:
                walk.order, walk.error_type = before
                raise
            return self._opened()

    def take_captions(self, caption_ids: Sequence[str], why: str) -> None:
        """Go through these captions and no other, whether they have been decided or not."""
        with self.lock:
            self.walk.pick(caption_ids, why)

    def take_scope(self, keys: pl.Series | None, why: str) -> None:
        """Go through what a linked view lets through; None for everything."""
        with self.lock:
            self.walk.take_scope(keys, why)

    def whole(self, _message: Message) -> Answer:
        """Go back to the queue of all captions."""
        with self.lock:
            self.walk.take_all()
            return self._opened()

    def standing(self, *, is_quick: bool = False) -> dict[str, object]:
        """Return what the bars show; of a choice of captions and a second opinion what is done in it."""
        told, desk = super().standing(is_quick=is_quick), self.desk
        if not (desk.is_adjudicating or desk.is_second_opinion):
            return told
        mine = [verdict for verdict in desk.verdicts() if verdict.annotator == self.annotator]
        last = self._told(mine[-1]) if mine else None
        own = {"decisions": len(mine), "reviewed": self.walk.count_decided(), "total": len(self.queue)}
        return told | own | {"last": last}

    def _opened(self) -> Answer:
        walk = self.walk
        return Answer(
            {
                "picked": _told_choice(walk.picked),
                "scope": _told_choice(walk.scope),
                "length": len(walk.queue),
                "samples": self.workspace.samples.height,
                "scored": self.workspace.scores.height,
                "place": walk.next_open(0),
                "order": walk.order,
                "error_type": walk.error_type,
                "error_types": list(ERROR_TYPES),
                "scored_types": walk.scored_types,
                "lack": walk.lack,
                "is_second_opinion": self.desk.is_second_opinion,
                "is_adjudicating": self.desk.is_adjudicating,
                "status": self.standing(),
            }
        )

    def items(self, message: Message) -> Answer:
        """Return the pairs from a place on, each with all that is known of its sample in a buffer."""
        place, count = _place(message), message.get("count")
        count = max(1, min(count, _MOST_ITEMS)) if isinstance(count, int) else 1
        found = self.walk.at(place, count)
        if count > 1:  # read ahead: a moment for what makes all later ones quick
            _ = self.columns().flagged
        texts = self.queue.texts(place, count)
        told = [
            {
                "place": place + number,
                "caption_id": item.caption_id,
                "stratum": item.stratum,
                "witness": item.witness,
                "evidence": item.evidence,
                "proposal": find_proposal(self.store, item.sample_id, text),
                "voices": self._voices_on(item.caption_id),
            }
            for number, (item, text) in enumerate(zip(found, texts, strict=True))
        ]
        samples = {item.sample_id: json_buffer(self._sample_told(item.sample_id)) for item in found}
        return Answer({"items": told}, [samples[item.sample_id] for item in found])

    def _voices_on(self, caption_id: str) -> list[dict[str, object]]:
        """Tell who said what, to those who settle it alone: everybody else is to say their own."""
        if not self.desk.is_adjudicating:
            return []
        return [tell_verdict(verdict) for verdict in voices_on(self.store).get(caption_id, [])]

    def strip(self, message: Message) -> Answer:
        """Return the pairs from a place on, in short, for the strip of those that come next."""
        place = _place(message)
        items, texts = self.queue.items(place, _STRIP_ITEMS), self.queue.texts(place, _STRIP_ITEMS)
        ids, samples = [item.caption_id for item in items], {item.sample_id for item in items}
        of_items = self.workspace.samples.lazy().filter(pl.col("sample_id").is_in(list(samples)))
        media = dict(of_items.select("sample_id", "media").collect().iter_rows())
        verdicts = self.verdicts_on(ids)
        told = [
            {
                "place": place + number,
                "sample_id": item.sample_id,
                "caption_id": item.caption_id,
                "media": media.get(item.sample_id),
                "text": text,
                "verdict": verdicts[item.caption_id],
            }
            for number, (item, text) in enumerate(zip(items, texts, strict=True))
        ]
        return Answer({}, [json_buffer(told)])

    def unreviewed(self, message: Message) -> Answer:
        """Return the place of the next pair nobody has decided, from a place on and then from the start."""
        return Answer({"place": self.walk.next_open(_place(message))})

    def find(self, message: Message) -> Answer:
        """Return the place of a caption in the queue."""
        return Answer({"place": self.queue.place_of(str(message.get("caption_id")))})

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
        return self.walk.stratum_of(caption_id)

    def _tables_stamp(self) -> str:
        return f"{super()._tables_stamp()} {self.walk.stamp}"


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
        second_opinion: hide what others have decided, so that every word is this annotator's own.
        adjudicate: go through what people decided differently on, shown who said what; the verdict given
            here stands for all.

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
        second_opinion: bool = False,
        adjudicate: bool = False,
    ) -> None:
        core = ReviewCore(
            workspace, order=order, random_share=random_share, seed=seed, annotator=annotator,
            error_type=error_type, encoder=encoder, only=only, second_opinion=second_opinion,
            adjudicate=adjudicate,
        )  # fmt: skip
        super().__init__(core)


def _told_choice(choice: Choice | None) -> dict[str, object] | None:
    return None if choice is None else {"count": len(choice.captions), "why": choice.why}


def _place(message: Message) -> int:
    place = message.get("place")
    return place if isinstance(place, int) and place >= 0 else 0
