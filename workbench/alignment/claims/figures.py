"""Sum the checks of many captions up in the published figures of object hallucination."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from .checks import CONTRADICTED, UNKNOWN, Check

__all__ = ["Chair", "measure_chair"]


@dataclass(frozen=True, slots=True)
class Chair:
    """CHAIR: share of named objects that are not there, and of captions that name one. Lower is better.

    Attributes:
        instances: CHAIR_i, wrong mentions over checked mentions; None where none was checked.
        sentences: CHAIR_s, captions with a wrong mention over captions with a checked one; None likewise.
        mentions: how many mentions were checked.
        captions: how many captions had one.
    """

    instances: float | None
    sentences: float | None
    mentions: int
    captions: int


def measure_chair(checked: Iterable[Sequence[Check]]) -> Chair:
    """Return CHAIR_i and CHAIR_s over captions.

    Differs from the published figure in one thing: what the annotation could not have named is left out, and
    not counted as right.

    Args:
        checked: the checks of each caption.

    Source: Rohrbach et al. 2018, "Object hallucination in image captioning".
    """
    mentions = wrong = captions = bad = 0
    for checks in checked:
        objects = [c for c in checks if c.claim.type == "object" and c.verdict != UNKNOWN]
        false = sum(check.verdict == CONTRADICTED for check in objects)
        mentions += len(objects)
        wrong += false
        captions += bool(objects)
        bad += bool(false)
    return Chair(
        wrong / mentions if mentions else None, bad / captions if captions else None, mentions, captions
    )
