"""Tell what a changed scene would be told as, or put other words in a caption's claims.

What the injections share: a true caption with its teller, and two ways to make it false.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from workbench.demo.claims import Claim, Sentence, holds
from workbench.demo.corruptions import Corrupted, Edit, apply_edits
from workbench.demo.grammar import Profile, write_caption
from workbench.demo.scene import Scene

__all__ = ["Telling", "claims_of", "edit", "first_of", "natural_weights", "retell"]

Pick = TypeVar("Pick")
DICE = 6


@dataclass(frozen=True)
class Telling:
    """A true caption with whose it is, so that the same person can tell a changed scene."""

    scene: Scene
    sentence: Sentence
    profile: Profile


def retell(
    telling: Telling, edited: Scene, corruption: str, error_type: str, *, about: Callable[[Claim], bool]
) -> Corrupted | None:
    """Tell a changed scene in the same person's words; None unless exactly the wanted claims are false.

    Args:
        telling: whose caption it is, of which scene.
        edited: the scene with one fact changed.
        corruption: id to record.
        error_type: one of `ERROR_TYPES`.
        about: tells whether a false claim is one of the wanted ones.
    """
    for dice in range(DICE):
        told = write_caption(edited, telling.profile, str(dice))
        false = [claim for claim in told.claims if not holds(telling.scene, claim)]
        if false and all(about(claim) for claim in false):
            start, end = min(claim.start for claim in false), max(claim.end for claim in false)
            return Corrupted(told, corruption, error_type, 3, start, end)
    return None


def natural_weights(items: Sequence[Pick], offset: int, power: float) -> list[float]:
    """Return the weights of a long tail: the first often, the last seldom, as the world draws them."""
    return [1 / (rank + offset) ** power for rank in range(len(items))]


def edit(telling: Telling, edits: list[Edit], corruption: str, error_type: str) -> Corrupted | None:
    """Replace words; None where what is said then is still true."""
    if any(holds(telling.scene, replace(edit.claim, args=edit.args)) for edit in edits):
        return None
    changed, (start, end) = apply_edits(telling.sentence, edits)
    return Corrupted(changed, corruption, error_type, 2, start, end)


def first_of(found: Iterator[Corrupted | None]) -> Corrupted | None:
    """Return the first that was found."""
    return next((one for one in found if one is not None), None)


def claims_of(telling: Telling, type_: str, rng: random.Random) -> list[Claim]:
    """Return the claims of a type in a random order."""
    claims = [claim for claim in telling.sentence.claims if claim.type == type_]
    return rng.sample(claims, len(claims))
