"""Which caption is shown on which side: by chance, and the same chance whenever it is asked again."""

from __future__ import annotations

import hashlib

__all__ = ["draw", "show_sides"]


def draw(*parts: object) -> float:
    """Return a number from 0 to below 1 that follows from the parts alone.

    A hash and no generator: what is drawn for one pair does not change when others come or go, and a session
    opened again after a crash shows everything as it was.

    Example:
        >>> draw("ana", "p1") == draw("ana", "p1")
        True
    """
    joined = "\0".join(map(str, parts)).encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(joined, digest_size=6).digest()) / 2**48


def show_sides(
    one: str, other: str, *, annotator: str, pair_id: str, occasion: int = 1, seed: int = 0
) -> tuple[str, str]:
    """Return the two captions of a pair as left and right, shuffled for this annotator and occasion.

    The order in which the two are given makes no difference: which of them was proposed as the better one
    must not be guessed from its side, nor from how the sides changed since.

    Args:
        one: the id of a caption of the pair.
        other: the id of the other one.
        annotator: who is shown the pair.
        pair_id: the pair.
        occasion: 1 the first time; a hidden repeat is shuffled anew.
        seed: another seed is another shuffling of everything.

    Returns:
        The ids of the caption on the left, or on top, and of the one on the right, or beneath.

    Example:
        >>> sides = show_sides("c1", "c2", annotator="ana", pair_id="p1")
        >>> sides == show_sides("c2", "c1", annotator="ana", pair_id="p1")
        True
    """
    first, second = sorted((one, other))
    is_kept = draw("sides", seed, annotator, pair_id, occasion) < 0.5
    return (first, second) if is_kept else (second, first)
