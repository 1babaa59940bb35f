"""Hidden repeats: some pairs come again, unannounced, far enough behind their first time."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Sequence
from typing import Final

from workbench.pairs.sides import draw

__all__ = ["GAP", "weave_repeats"]

#: Looks between a pair and its repeat, at the least: it should not be remembered.
GAP: Final = 8


def weave_repeats(
    done: Sequence[tuple[str, int]],
    firsts: Sequence[str],
    *,
    share: float,
    annotator: str,
    seed: int = 0,
    spared: Collection[str] = (),
) -> list[tuple[str, int]]:
    """Put a pair seen before after every so many first looks.

    Args:
        done: pair ids and occasions judged already, in the order of judging.
        firsts: pair ids to come, each for the first time.
        share: repeats as a share of the first looks, 0..1; 0 for none.
        annotator: whose repeats.
        seed: of which pairs come again.
        spared: pairs that never come again.

    Returns:
        `done`, then `firsts` on occasion 1 with repeats on occasion 2 between them; no pair comes a third
        time.

    Example:
        >>> woven = weave_repeats([], [f"p{n}" for n in range(20)], share=0.1, annotator="ana")
        >>> [place for place, (_, occasion) in enumerate(woven) if occasion == 2]
        [10, 21]
    """
    order = list(done)
    if not share:
        return order + [(pair_id, 1) for pair_id in firsts]
    settled = {pair_id for pair_id, occasion in done if occasion > 1}.union(spared)
    every = max(1, round(1 / share))
    last = max((place for place, (_, occasion) in enumerate(done) if occasion > 1), default=-1)
    since, passed = len(done) - 1 - last, 0
    far: list[tuple[float, str]] = []
    for pair_id in firsts:
        order.append((pair_id, 1))
        since += 1
        while passed < len(order) - GAP:
            seen, occasion = order[passed]
            if occasion == 1 and seen not in settled:
                heapq.heappush(far, (draw("repeat", seed, annotator, seen), seen))
            passed += 1
        if since >= every and far:
            order.append((heapq.heappop(far)[1], 2))
            since = 0
    return order
