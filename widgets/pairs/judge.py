"""PairJudge: two captions, blind, one answer; the page never learns which one was proposed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Final

import polars as pl

from widgets.core import Answer, Core, Message, json_buffer
from widgets.panel import STATIC, Panel
from workbench.errors import DecisionError, UnknownNameError, WorkbenchError
from workbench.pairs import JudgeItem, JudgeQueue, Rubric, agree_with_known, agree_with_self
from workbench.preferences.collage import read_collage
from workbench.preferences.differences import find_differences
from workbench.records import Judgement

if TYPE_CHECKING:
    from workbench.workspace import Workspace

__all__ = ["LAYOUTS", "MARKS", "JudgeCore", "PairJudge"]

#: When the words that differ are marked. Marked before, they are all that is read.
MARKS: Final = ("after", "before", "never")
LAYOUTS: Final = ("beside", "stacked")
_STRENGTHS: Final = {1: "slightly", 2: "clearly", 3: "by far"}


class JudgeCore(Core):
    """The queue of one judge, by place: 0 is the first pair they judged or will judge."""

    def __init__(
        self,
        workspace: Workspace,
        *,
        rubric: str | Rubric = "faithfulness",
        route: str = "uncertain",
        voices: int = 1,
        repeat_share: float = 0.1,
        audit_share: float = 0.1,
        quiz: int = 0,
        ask: str | None = None,
        marks: str = "after",
        layout: str = "beside",
        is_quick: bool = False,
        seed: int = 0,
        annotator: str | None = None,
    ) -> None:
        super().__init__(workspace, annotator=annotator, seed=seed)
        for kind, name, known in (("time to mark differences", marks, MARKS), ("layout", layout, LAYOUTS)):
            if name not in known:
                raise UnknownNameError(kind, name, known)
        self.rubric, self.route, self.voices, self.ask = rubric, route, voices, ask
        self.repeat_share, self.audit_share, self.quiz = repeat_share, audit_share, quiz
        self.marks, self.layout, self.is_quick = marks, layout, is_quick
        self._make_queue()

    def commands(self) -> dict[str, Callable[[Message], Answer]]:
        """Return the shared commands that read, and those of this desk."""
        shared = super().commands()
        return {name: shared[name] for name in ("status", "undo", "redo", "pictures", "media", "chunk")} | {
            "open": self.open,
            "reroute": self.reroute,
            "item": self.item,
            "judge": self.judge,
            "unjudged": self.unjudged,
            "find": self.find,
        }

    def open(self, _message: Message) -> Answer:
        """Return all that a page needs to start: it goes on at the first pair not judged yet."""
        with self.lock:
            self._make_queue()
            return self._opened()

    def reroute(self, message: Message) -> Answer:
        """Ask about other pairs: those that need a person, or all."""
        before = self.route
        with self.lock:
            self.route = str(message.get("route"))
            try:
                self._make_queue()
            except WorkbenchError:
                self.route = before
                raise
            return self._opened()

    def _opened(self) -> Answer:
        calls = self.queue.pairs["call"].value_counts()
        return Answer(
            {
                "length": len(self.queue),
                "pairs": self.queue.pairs.height,
                "calls": dict(calls.iter_rows()),
                "place": self.queue.next_place(),
                "route": self.route,
                "rubric": asdict(self.queue.rubric),
                "marks": self.marks,
                "layout": self.layout,
                "is_quick": self.is_quick,
                "quiz": len(self.queue.quiz_ids),
                "status": self.standing(),
            }
        )

    def item(self, message: Message) -> Answer:
        """Return the pair at a place as this judge sees it, and what they have answered on it."""
        found = self._at(message.get("place"))
        left, right = found.left, found.right
        differences = find_differences(left.text, right.text)
        times = self._intervals(found)
        collage = read_collage(found.detail)
        shown = {left.sample_id, right.sample_id}.union(collage.samples if collage else ())
        samples = self.workspace.samples.filter(pl.col("sample_id").is_in(shown))
        content = {
            "place": message["place"],
            "pair_id": found.pair_id,
            "occasion": found.occasion,
            "ask": found.ask,
            "is_quiz": found.is_quiz,
            "is_due": self.queue.is_due(found),
            "left": asdict(left) | times[left.caption_id] | {"spans": list(differences.chosen)},
            "right": asdict(right) | times[right.caption_id] | {"spans": list(differences.rejected)},
            "prompt": found.prompt,
            "collage": {"samples": collage.samples, "asked": collage.asked, "columns": collage.columns}
            if collage
            else None,
            "samples": {row["sample_id"]: row for row in samples.iter_rows(named=True)},
            "answer": self._own_answer(found),
        }
        return Answer({}, [json_buffer(content)])

    def judge(self, message: Message) -> Answer:
        """Store one answer, after a look whether the page shows what this queue would show."""
        pair_id, occasion = str(message.get("pair_id")), _whole(message.get("occasion"), 1)
        with self.lock:
            place = self.queue.place_of(pair_id, occasion)
            if place is None:
                raise DecisionError(
                    f"The pair {pair_id} is no longer in this queue.",
                    "Run the cell again; nothing was stored.",
                )
            found = self._at(place)
            self._check_shown(found, message)
            strength, seconds = message.get("strength"), message.get("seconds")
            reasons = message.get("reasons")
            self.queue.judge(
                found,
                str(message.get("answer")),
                str(message.get("picked") or ""),
                strength=strength if isinstance(strength, int) else None,
                reasons=[str(reason) for reason in reasons] if isinstance(reasons, list) else (),
                note=str(message.get("note") or ""),
                seconds=float(seconds) if isinstance(seconds, int | float) else None,
                key=str(message["key"]),
            )
        self.on_change()
        truth = self._truth_of(found) if found.is_quiz else None
        return Answer({"answer": self._own_answer(found), "truth": truth, "status": self.standing()})

    def unjudged(self, message: Message) -> Answer:
        """Return the place of the next pair to judge, from a place on and then from the start."""
        return Answer({"place": self.queue.next_place(_whole(message.get("place"), 0))})

    def find(self, message: Message) -> Answer:
        """Return the place of a pair in the queue."""
        occasion = _whole(message.get("occasion"), 1)
        return Answer({"place": self.queue.place_of(str(message.get("pair_id")), occasion)})

    # -- what is saved

    def standing(self, *, is_quick: bool = False) -> dict[str, object]:
        """Return what the bars show: this judge's answers, the last one, how far they agree."""
        own = self.queue.own_judgements()
        criterion = self.queue.rubric.criterion
        quizzed = {pair_id: self.queue.known[pair_id] for pair_id in self.queue.quiz_ids}
        return {
            "decisions": len(own),
            "last": self._told_last(own[-1]) if own else None,
            "self": asdict(agree_with_self(own, self.annotator, criterion)),
            "quiz": asdict(agree_with_known(own, self.annotator, criterion, quizzed)) if quizzed else None,
            "annotator": self.annotator,
            "tables": self._tables_stamp(),
        }

    def _tables_stamp(self) -> str:
        pairs = self.store.read("pairs")
        return f"{pairs.height} {pairs['added_at'].max()!s}"

    def _told_last(self, made: Judgement) -> dict[str, object]:
        return {
            "pair_id": made.pair_id,
            "occasion": made.occasion,
            "verdict": self._said(made),
            "error_types": [],
            "name": self._sample_name(made.pair_id),
            "at": made.at_utc.isoformat() if made.at_utc else None,
        }

    def _said(self, made: Judgement) -> str:
        """Say an answer in terms of the sides as they were shown."""
        if made.answer != "prefer":
            return {"tie": "tie", "both_bad": "both bad", "skip": "skipped"}[made.answer]
        side = "A" if made.winner == made.left else "B"
        how = f", {_STRENGTHS[made.strength]}" if made.strength else ""
        return f"{side} is better{how}"

    def _sample_name(self, pair_id: str) -> str:
        place = self.queue.place_of(pair_id)
        if place is None:
            return pair_id
        sample_id = self._at(place).left.sample_id
        paths = self.workspace.samples.filter(pl.col("sample_id") == sample_id)["path"]
        return str(paths[0]).rsplit("/", 1)[-1] if len(paths) else sample_id

    def _turn(self, message: Message, kind: str) -> Answer:
        with self.lock:
            journal = self.store.journal
            turn = journal.undo if kind == "undo" else journal.redo
            event = turn(self.annotator, key=str(message["key"]), desk="judge")
        if event is None or not isinstance(event.decision, Judgement):
            return Answer({"turned": None, "status": self.standing()})
        self.on_change()
        made = event.decision
        place = None
        if made.criterion == self.queue.rubric.criterion:
            place = self.queue.place_of(made.pair_id, made.occasion)
        turned = self._told_last(made) | {"place": place}
        answer = self._own_answer(self._at(place)) if place is not None else None
        return Answer({"turned": turned, "answer": answer, "status": self.standing()})

    # -- what is shown

    def _own_answer(self, item: JudgeItem) -> dict[str, object] | None:
        """Return what this judge has answered on an item, with what they picked on the page."""
        for made in self.queue.own_judgements():
            if (made.pair_id, made.occasion) == (item.pair_id, item.occasion):
                return {
                    "answer": made.answer,
                    "picked": item.winner_of(made.winner) if made.winner else None,
                    "strength": made.strength,
                    "reasons": list(made.reasons),
                    "note": made.note,
                }
        return None

    def _truth_of(self, item: JudgeItem) -> dict[str, object]:
        """Return what is known of a quiz item; only ever sent after the answer."""
        winner = self.queue.known[item.pair_id]
        row = self.queue.pairs.filter(pl.col("pair_id") == item.pair_id).row(0, named=True)
        made = next(one for one in reversed(self.queue.own_judgements()) if one.pair_id == item.pair_id)
        return {
            "is_as_known": made.winner == winner,
            "side": "A" if winner == item.left.caption_id else "B",
            "error_type": row["error_type"],
            "reason": row["reason"],
        }

    def _intervals(self, item: JudgeItem) -> dict[str, dict[str, float | None]]:
        """Return when each caption speaks, told so that nobody sees which of the two had it written down.

        A caption made for a pair has no interval of its own: on one sample it is of the other one's; across
        two samples both are shown or neither.
        """
        ids = [item.left.caption_id, item.right.caption_id]
        rows = self.workspace.captions.filter(
            pl.col("caption_id").is_in(ids), pl.col("end_s") > pl.col("start_s")
        )
        known = {
            key: (start, end) for key, start, end in rows.select("caption_id", "start_s", "end_s").iter_rows()
        }
        if known and not item.is_across:
            whole = min(start for start, _ in known.values()), max(end for _, end in known.values())
            known = dict.fromkeys(ids, whole)
        elif len(known) < 2:
            known = {}
        return {
            key: dict(zip(("start_s", "end_s"), known.get(key, (None, None)), strict=True)) for key in ids
        }

    def _check_shown(self, item: JudgeItem, message: Message) -> None:
        shown = (message.get("left"), message.get("right"), message.get("ask"))
        if shown != (item.left.caption_id, item.right.caption_id, item.ask):
            raise DecisionError(
                f"The page showed the pair {item.pair_id} with other sides than this queue does now.",
                "Nothing was stored; run the cell again and answer anew.",
            )

    def _make_queue(self) -> None:
        self.queue = JudgeQueue(
            self.store, annotator=self.annotator, rubric=self.rubric, route=self.route, voices=self.voices,
            audit_share=self.audit_share, repeat_share=self.repeat_share, quiz=self.quiz, ask=self.ask,
            seed=self.seed,
        )  # fmt: skip

    def _at(self, place: object) -> JudgeItem:
        found = self.queue.items(place, 1) if isinstance(place, int) and place >= 0 else []
        if not found:
            raise WorkbenchError(f"There is no pair at place {place}.", f"The queue has {len(self.queue)}.")
        return found[0]


class PairJudge(Panel):
    """Judge pairs of captions blind, by keys alone.

    Sides are shuffled by annotator and pair, and an answer is stored by the caption's id, never by its side.
    Pairs that need a person come up; clear proposals stay proposed, but for a share drawn at random to check
    them.

    Args:
        workspace: what `workbench.open(path)` returned.
        rubric: what is asked: a name of `workbench.pairs.RUBRICS`, or a `Rubric` of your own.
        route: `uncertain` for what needs a person, or `all`.
        voices: how many people should answer a pair that is asked about.
        repeat_share: hidden repeats as a share of the first looks; they measure self-agreement.
        audit_share: the share of the clear proposals that is asked about all the same.
        quiz: how many pairs with a known answer come first; their answers are told after answering.
        ask: `better` or `worse`; by default `worse` where the captions are of two samples.
        marks: when differing words are marked: `after` the answer, `before` it, or `never`.
        layout: captions `beside` each other or `stacked`.
        is_quick: save as soon as a side is chosen, without Enter; O changes it in the view.
        seed: of the sides, the order, the repeats and the quiz.
        annotator: who judges; the workspace's own when left out.

    Raises:
        UnknownNameError: for a name that does not exist.
        PairError: for a quiz where no answer is known.

    Example:
        `widgets.PairJudge(ws, rubric="completeness", voices=2)` asks two people about each uncertain pair.
    """

    _esm = STATIC / "judge.js"
    _css = STATIC / "judge.css"

    def __init__(
        self,
        workspace: Workspace,
        *,
        rubric: str | Rubric = "faithfulness",
        route: str = "uncertain",
        voices: int = 1,
        repeat_share: float = 0.1,
        audit_share: float = 0.1,
        quiz: int = 0,
        ask: str | None = None,
        marks: str = "after",
        layout: str = "beside",
        is_quick: bool = False,
        seed: int = 0,
        annotator: str | None = None,
    ) -> None:
        core = JudgeCore(
            workspace, rubric=rubric, route=route, voices=voices, repeat_share=repeat_share,
            audit_share=audit_share, quiz=quiz, ask=ask, marks=marks, layout=layout,
            is_quick=is_quick, seed=seed, annotator=annotator,
        )  # fmt: skip
        super().__init__(core)


def _whole(value: object, default: int) -> int:
    return value if isinstance(value, int) and value >= 0 else default
