"""The queue of one judge: pairs that need a person, sides shuffled, some of them again without a word.

Everything follows from the pairs, the journal, the annotator and the seed. So a session that was cut off goes
on where it was, and shows on its left what it showed there before.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import polars as pl

from workbench.errors import DecisionError, PairError, UnknownNameError
from workbench.journal import Event
from workbench.pairs.consistency import known_winners
from workbench.pairs.judging import judge
from workbench.pairs.reliability import pair_reliability
from workbench.pairs.repeats import weave_repeats
from workbench.pairs.routing import NEEDS, call_pairs, merge_evenly
from workbench.pairs.rubric import Rubric, find_rubric
from workbench.pairs.sides import draw, show_sides
from workbench.pairs.standing import standing_pairs
from workbench.records import CRITERIA, Judgement
from workbench.store import Store

__all__ = ["ROUTES", "JudgeItem", "JudgeQueue", "Side", "show_pair"]

#: `uncertain`: what needs a person, and a share of what seems clear; `all`: everything not judged yet.
ROUTES: Final = ("uncertain", "all")


@dataclass(frozen=True, slots=True)
class Side:
    """One caption of a pair as it is shown."""

    caption_id: str
    sample_id: str
    text: str


@dataclass(frozen=True, slots=True)
class JudgeItem:
    """One pair to judge, with what is shown on which side. It does not say which one was proposed.

    Attributes:
        pair_id: the pair.
        occasion: 1; 2 for a hidden repeat.
        left: the caption on the left, or on top.
        right: the other one.
        ask: `better` or `worse`: which of the two the judge is to name.
        call: why it is asked about, one of `workbench.pairs.routing.CALLS`; `quiz` for a known truth.
        prompt: what the captions answer; "" where they describe the sample as a whole.
        detail: named facts of the pair as JSON text, such as the pictures of a collage.
    """

    pair_id: str
    occasion: int
    left: Side
    right: Side
    ask: str
    call: str
    prompt: str = ""
    detail: str = ""

    @property
    def is_quiz(self) -> bool:
        """Whether the answer is known, and told after answering."""
        return self.call == "quiz"

    @property
    def is_across(self) -> bool:
        """Whether the two captions are of two samples."""
        return self.left.sample_id != self.right.sample_id

    def winner_of(self, picked: str) -> str:
        """Return the caption that is better when `picked` is the one that was named.

        Raises:
            DecisionError: when it is neither of the two that were shown.
        """
        shown = {self.left.caption_id: self.right.caption_id, self.right.caption_id: self.left.caption_id}
        if picked not in shown:
            raise DecisionError(
                f"The caption {picked!r} was not shown with the pair {self.pair_id}.",
                f"It showed {sorted(shown)}.",
            )
        return picked if self.ask == "better" else shown[picked]


class JudgeQueue:
    """Hand out the pairs of a workspace to one judge.

    The queue begins with what this annotator has judged already, in the order of judging, so that they can go
    back; then come the quiz, the pairs people disagree on, and all others, the least certain first.

    Args:
        store: the workspace.
        annotator: who judges; hidden repeats and sides are theirs.
        rubric: what is asked: a name of `workbench.pairs.RUBRICS`, or a `Rubric`.
        route: `uncertain`, or `all` for every pair not judged yet.
        voices: how many people should answer a pair that is asked about.
        audit_share: the share of the clear proposals to ask about all the same, drawn at random, 0..1.
        repeat_share: hidden repeats as a share of the first looks, 0..1.
        quiz: how many pairs with a known answer come first.
        ask: `better` or `worse`; by default `worse` for two samples and `better` for one.
        clear_margin: see `workbench.pairs.routing.call_pairs`.
        doubtful_below: accepted pairs of less weight (`workbench.pairs.pair_reliability`) go to another
            person, as those where the less reliable people won; 0 for none.
        seed: of everything drawn.

    Raises:
        UnknownNameError: for a route, a criterion or a question that does not exist.
        PairError: for a quiz where no answer is known, or a share outside 0..1.
    """

    def __init__(
        self,
        store: Store,
        *,
        annotator: str,
        rubric: str | Rubric = "faithfulness",
        route: str = "uncertain",
        voices: int = 1,
        audit_share: float = 0.1,
        repeat_share: float = 0.1,
        quiz: int = 0,
        ask: str | None = None,
        clear_margin: float | None = None,
        doubtful_below: float = 0.5,
        seed: int = 0,
    ) -> None:
        if route not in ROUTES:
            raise UnknownNameError("route", route, ROUTES)
        if ask not in (None, "better", "worse"):
            raise UnknownNameError("question", str(ask), ("better", "worse"))
        for name, share in (("audit_share", audit_share), ("repeat_share", repeat_share)):
            if not 0 <= share <= 1:
                raise PairError(f"{name}={share} is no share.", "Give a number from 0 to 1.")
        self.store, self.annotator, self.rubric = store, annotator, find_rubric(rubric)
        self.route, self.seed, self._ask = route, seed, ask
        self._audit_share, self._repeat_share = audit_share, repeat_share
        standing = standing_pairs(store, criterion=self.rubric.criterion)
        shown = standing.filter(
            (pl.col("chosen_id") != "")
            & (pl.col("chosen_text") != pl.col("rejected_text"))
            & self._is_of_question()
        )
        self.pairs = call_pairs(
            self._weighed(shown) if doubtful_below else shown,
            voices=voices,
            clear_margin=clear_margin,
            doubtful_below=doubtful_below,
        )
        self._rows = {str(row["pair_id"]): row for row in self.pairs.iter_rows(named=True)}
        self.known = known_winners(self.pairs)
        self.quiz_ids = self._draw_quiz(quiz)
        self._order = self._make_order()
        self._places = {entry: place for place, entry in enumerate(self._order)}

    def _is_of_question(self) -> pl.Expr:
        """Leave out what a builder made for another criterion: an omission is no lie.

        Other pairs may be asked about under any criterion, and all of them under a rubric of the user's own.
        """
        asked = self.rubric.criterion
        is_about_it = (pl.col("criterion") == asked) | pl.lit(asked not in CRITERIA)
        return is_about_it | (pl.col("origin") != "built")

    def __len__(self) -> int:
        return len(self._order)

    def items(self, first: int, count: int) -> list[JudgeItem]:
        """Return a stretch of the whole queue, judged ones included."""
        return [
            self._item(*self._order[place]) for place in range(max(first, 0), min(first + count, len(self)))
        ]

    def peek(self, count: int = 1) -> list[JudgeItem]:
        """Return the next pairs to judge, without taking them out."""
        waiting = (item for _, item in zip(range(count), self._waiting(), strict=False))
        return [self.items(place, 1)[0] for place in waiting]

    def next(self) -> JudgeItem | None:
        """Return the next pair to judge; None when all are judged."""
        return next(iter(self.peek(1)), None)

    def next_place(self, start: int = 0) -> int | None:
        """Return the place of the next pair to judge, from a place on and then from the start."""
        places = [*self._waiting()]
        return next((place for place in places if place >= start), places[0] if places else None)

    def place_of(self, pair_id: str, occasion: int = 1) -> int | None:
        """Return where a pair lies in the queue; None when it is not in it."""
        return self._places.get((pair_id, occasion))

    def is_due(self, item: JudgeItem) -> bool:
        """Say whether an item can be asked about: a repeat only when its first time was answered."""
        return item.occasion == 1 or _is_due(item.pair_id, item.occasion, self._answers())

    def judge(
        self,
        item: JudgeItem,
        answer: str,
        picked: str = "",
        *,
        strength: int | None = None,
        reasons: Sequence[str] = (),
        note: str = "",
        seconds: float | None = None,
        key: str | None = None,
    ) -> Event:
        """Store the judge's answer; on disk when this returns.

        Args:
            item: the pair as it was shown.
            answer: `prefer`, `tie`, `both_bad` or `skip`.
            picked: with `prefer`, the id of the caption that was named: the better one, or the worse one
                where the item asks for that.
            strength: 1 slightly, 2 clearly, 3 by far, with `prefer`.
            reasons: chips chosen.
            note: in the person's own words.
            seconds: from the pair painted to the answer.
            key: stays the same when a request is sent again.

        Raises:
            DecisionError: when the caption was not shown, or the answer lacks what the rubric requires.
        """
        if answer == "prefer":
            self._check_required(strength, reasons, note)
        return judge(
            self.store,
            item.pair_id,
            answer,
            annotator=self.annotator,
            winner=item.winner_of(picked) if answer == "prefer" else "",
            left=item.left.caption_id,
            strength=strength,
            criterion=self.rubric.criterion,
            reasons=reasons,
            note=note,
            occasion=item.occasion,
            seconds=seconds,
            key=key,
        )

    def own_judgements(self) -> list[Judgement]:
        """Return what stands of this judge on this criterion, in the order of judging."""
        made = self.store.journal.judgements()
        return [one for one in made if self._is_own(one)]

    def _is_own(self, made: Judgement) -> bool:
        return made.annotator == self.annotator and made.criterion == self.rubric.criterion

    def _check_required(self, strength: int | None, reasons: Sequence[str], note: str) -> None:
        given = {"strength": strength is not None, "reason": bool(reasons), "note": bool(note.strip())}
        lacking = [part for part in self.rubric.requires if not given[part]]
        if lacking:
            raise DecisionError(
                f"The rubric {self.rubric.criterion!r} requires a {' and a '.join(lacking)}.",
                "Give it, or answer with a tie, both bad or skip.",
            )

    def _weighed(self, pairs: pl.DataFrame) -> pl.DataFrame:
        weights = pair_reliability(self.store, criterion=self.rubric.criterion).select("pair_id", "weight")
        return pairs.join(weights, on="pair_id", how="left", maintain_order="left")

    # -- the order

    def _make_order(self) -> list[tuple[str, int]]:
        done = [(one.pair_id, one.occasion) for one in self.own_judgements() if one.pair_id in self._rows]
        seen = {pair_id for pair_id, _ in done}
        quiz = [pair_id for pair_id in self.quiz_ids if pair_id not in seen]
        firsts = quiz + [pair_id for pair_id in self._routed() if pair_id not in seen.union(quiz)]
        return weave_repeats(
            done,
            firsts,
            share=self._repeat_share,
            annotator=self.annotator,
            seed=self.seed,
            spared=self.quiz_ids,
        )

    def _routed(self) -> list[str]:
        """Return the pairs to ask about: the disputed, then the least certain, the audit spread over them."""
        own_edit = (pl.col("origin") == "edit") & (pl.col("annotator") == self.annotator)
        pairs = self.pairs.filter(~own_edit).with_columns(
            luck=pl.col("pair_id").map_elements(lambda key: draw("order", self.seed, key), pl.Float64)
        )
        in_turn = pairs.sort(pl.col("call") != "disputed", "certainty", "luck", nulls_last=False)
        needed = in_turn.filter(pl.col("call").is_in(NEEDS))["pair_id"].to_list()
        rest = in_turn.filter(~pl.col("call").is_in(NEEDS)).sort("luck")
        if self.route == "uncertain":
            rest = rest.filter((pl.col("call") == "clear") & (pl.col("luck") < self._audit_share))
        return merge_evenly(needed, rest["pair_id"].to_list())

    def _draw_quiz(self, count: int) -> list[str]:
        if count and not self.known:
            raise PairError(
                "There is no pair with a known answer for a quiz.", "Make some first: ws.build_pairs()."
            )
        return sorted(self.known, key=lambda key: draw("quiz", self.seed, key))[:count]

    def _waiting(self) -> Iterator[int]:
        """Yield the places not judged yet; a repeat waits only once its first time was answered."""
        answers = self._answers()
        for place, (pair_id, occasion) in enumerate(self._order):
            if (pair_id, occasion) not in answers and _is_due(pair_id, occasion, answers):
                yield place

    def _answers(self) -> dict[tuple[str, int], str]:
        return {(one.pair_id, one.occasion): one.answer for one in self.own_judgements()}

    def _item(self, pair_id: str, occasion: int) -> JudgeItem:
        row = self._rows[pair_id]
        is_quiz = pair_id in self.quiz_ids and occasion == 1
        return show_pair(
            row | {"call": "quiz"} if is_quiz else row,
            annotator=self.annotator,
            occasion=occasion,
            ask=self._ask,
            seed=self.seed,
        )


def show_pair(
    row: Mapping[str, object], *, annotator: str, occasion: int = 1, ask: str | None = None, seed: int = 0
) -> JudgeItem:
    """Return a pair as this annotator is shown it on this occasion.

    Args:
        row: a pair as it stands, with its `call`; which of the two is chosen in it makes no difference.
        annotator: who looks.
        occasion: 2 for a hidden repeat.
        ask: `better` or `worse`; by default `worse` where the captions are of two samples.
        seed: of the sides.
    """
    sample = str(row["sample_id"])
    other_sample = str(row["rejected_sample_id"] or sample)
    sides = {
        side.caption_id: side
        for side in (
            Side(str(row["chosen_id"]), sample, str(row["chosen_text"])),
            Side(str(row["rejected_id"]), other_sample, str(row["rejected_text"])),
        )
    }
    one, other = sides
    pair_id = str(row["pair_id"])
    left, right = show_sides(one, other, annotator=annotator, pair_id=pair_id, occasion=occasion, seed=seed)
    is_across = sample != other_sample
    ask = ask or ("worse" if is_across else "better")
    prompt, detail = (str(row.get(name) or "") for name in ("prompt", "detail"))
    return JudgeItem(pair_id, occasion, sides[left], sides[right], ask, str(row["call"]), prompt, detail)


def _is_due(pair_id: str, occasion: int, answers: Mapping[tuple[str, int], str]) -> bool:
    return occasion == 1 or answers.get((pair_id, 1), "skip") != "skip"
