"""Store a judgement: which of two captions is better, by the caption's id and never by its side."""

from __future__ import annotations

from collections.abc import Sequence

from workbench.errors import DecisionError
from workbench.journal import Event
from workbench.pairs.standing import find_pair
from workbench.records import Judgement
from workbench.store import Store

__all__ = ["judge"]


def judge(
    store: Store,
    pair_id: str,
    answer: str,
    *,
    annotator: str,
    winner: str = "",
    left: str = "",
    strength: int | None = None,
    criterion: str = "faithfulness",
    reasons: Sequence[str] = (),
    note: str = "",
    occasion: int = 1,
    seconds: float | None = None,
    key: str | None = None,
) -> Event:
    """Store one judgement on one pair; when this returns, it is on disk.

    Args:
        store: the workspace.
        pair_id: the pair.
        answer: `prefer`, `tie`, `both_bad` or `skip`.
        annotator: who judged.
        winner: the id of the caption preferred, with `prefer`.
        left: the id of the caption that was shown on the left.
        strength: 1 slightly, 2 clearly, 3 by far, with `prefer`.
        criterion: what was asked.
        reasons: chips chosen.
        note: in the person's own words.
        occasion: 2 and more for hidden repeats.
        seconds: from the pair painted to the answer.
        key: stays the same when a request is sent again.

    Raises:
        DecisionError: when there is no such pair, or the winner or the left caption is not one of its two.
        JournalError: when it could not be written; nothing was acknowledged then.
    """
    row = find_pair(store, pair_id)
    if row.is_empty():
        raise DecisionError(f"There is no pair {pair_id!r} in this workspace.", "See ws.pairs for the ids.")
    two = {str(row["chosen_id"][0]), str(row["rejected_id"][0])}
    for word, named in (("winner", winner), ("left caption", left)):
        if named and named not in two:
            raise DecisionError(
                f"The {word} {named!r} is not a caption of the pair {pair_id}.",
                f"Its captions: {sorted(two)}.",
            )
    made = Judgement(
        pair_id, answer, annotator, winner=winner, left=left, strength=strength, criterion=criterion,
        reasons=tuple(reasons), note=note, occasion=occasion, seconds=seconds,
    )  # fmt: skip
    return store.journal.record(made, key=key)
