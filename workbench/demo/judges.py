"""Replay judges who are shown pairs blind and answer as well as each of them can."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import polars as pl

from workbench.pairs import JudgeItem, JudgeQueue, all_pairs
from workbench.store import Store

__all__ = ["JUDGES", "Judge", "replay_judges"]


@dataclass(frozen=True, slots=True)
class Judge:
    """One scripted judge.

    Attributes:
        name: the annotator.
        accuracy: the chance of a right answer.
        tie_share: of the answers that are not right, those that are ties.
        leans_left: whether the wrong ones go to the left, whatever stands there.
    """

    name: str
    accuracy: float
    tie_share: float = 0.4
    leans_left: bool = False


#: Two careful people, and one who tires and then takes the left.
JUDGES: Final = (
    Judge("scripted judge A", 0.97),
    Judge("scripted judge B", 0.92),
    Judge("scripted judge C", 0.78, tie_share=0.2, leans_left=True),
)
_STRENGTHS: Final = (1, 2, 2, 3)


def replay_judges(store: Store, truth: pl.DataFrame, *, judgements: int, seed: int = 0) -> int:
    """Have each of the judges answer so many pairs, in the order their own queue hands them out.

    The sides are shuffled, and some pairs come a second time without a word, as for people. A replay that was
    cut off goes on and answers nothing twice.

    Args:
        store: the workspace, with pairs.
        truth: columns `caption_id`, `is_wrong`.
        judgements: how many answers each judge shall have given in all.
        seed: of the answers.

    Returns:
        How many answers were given now.
    """
    better = _better_captions(all_pairs(store), truth)
    made = 0
    for judge in JUDGES:
        queue = JudgeQueue(store, annotator=judge.name, route="all", seed=seed)
        wanted = judgements - len(queue.own_judgements())
        while wanted > 0 and (item := queue.next()) is not None:
            _answer(queue, item, judge, better.get(item.pair_id, ""), seed)
            wanted -= 1
            made += 1
    return made


def _better_captions(pairs: pl.DataFrame, truth: pl.DataFrame) -> Mapping[str, str]:
    """Return the truly better caption of each pair; "" where what is chosen is wrong itself."""
    wrong = set(truth.filter("is_wrong")["caption_id"])
    return {
        pair: "" if chosen in wrong else chosen
        for pair, chosen in pairs.filter("is_ordered").select("pair_id", "chosen_id").iter_rows()
    }


def _answer(queue: JudgeQueue, item: JudgeItem, judge: Judge, better: str, seed: int) -> None:
    rng = random.Random(f"judge/{seed}/{judge.name}/{item.pair_id}/{item.occasion}")
    key = f"demo-judge-{judge.name}-{item.pair_id}-{item.occasion}"
    if rng.random() < judge.accuracy:
        answer, picked = ("prefer", better) if better else ("both_bad", "")
    elif rng.random() < judge.tie_share:
        answer, picked = "tie", ""
    else:
        answer, picked = (
            "prefer",
            item.left.caption_id if judge.leans_left or not better else _other(item, better),
        )
    if answer == "prefer" and item.ask == "worse":
        picked = _other(item, picked)
    queue.judge(item, answer, picked, strength=rng.choice(_STRENGTHS) if picked else None, key=key)


def _other(item: JudgeItem, caption_id: str) -> str:
    left, right = item.left.caption_id, item.right.caption_id
    return right if caption_id == left else left
