"""Builders of wrong captions: what each makes, by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from workbench.errors import UnknownNameError
from workbench.preferences.blind import fold_of
from workbench.preferences.builders.adding import add_attribute, add_object, duplicate
from workbench.preferences.builders.balancing import choose_balanced, choose_freely, choose_once
from workbench.preferences.builders.base import CHOICES, Builder, Original, Variant
from workbench.preferences.builders.captions import CaptionSet
from workbench.preferences.builders.dropping import drop, negate
from workbench.preferences.builders.foreign import (
    foreign_nearest,
    foreign_random,
    foreign_shares_noun,
    shift_interval,
)
from workbench.preferences.builders.replacing import (
    replace_action,
    replace_attribute,
    replace_count,
    replace_object,
    replace_relation,
)
from workbench.preferences.builders.swapping import swap_arguments, swap_attributes, swap_order

__all__ = ["BUILDERS", "CHOICES", "Builder", "CaptionSet", "Original", "Variant", "build"]

_LONGER: Final = "the rejected caption is longer"
_CARDS: Final = (
    Builder("replace_object", "another thing in a thing's place", "object", replace_object),
    Builder("replace_attribute", "another colour, size, material or pattern", "attribute", replace_attribute),
    Builder("replace_relation", "the opposite of where it is", "relation", replace_relation),
    Builder("replace_action", "another posture or movement", "action", replace_action),
    Builder("replace_count", "one more or one less", "count", replace_count),
    Builder("swap_attributes", "two attributes exchanged", "attribute", swap_attributes),
    Builder("swap_arguments", "the two things of a relation exchanged", "relation", swap_arguments),
    Builder("swap_order", "two events told the wrong way round", "order", swap_order),
    Builder("shift_interval", "what is told of another stretch of time", "interval", shift_interval,
            is_foreign=True),
    Builder("foreign_random", "the caption of any other sample", "wrong_pair", foreign_random,
            is_foreign=True),
    Builder("foreign_shares_noun", "a caption that names one of the same things", "wrong_pair",
            foreign_shares_noun, is_foreign=True),
    Builder("foreign_nearest", "the caption with the most words in common", "wrong_pair", foreign_nearest,
            is_foreign=True),
    Builder("add_object", "a thing more than there is", "object", add_object, keeps_length=False,
            known_leak=_LONGER),
    Builder("add_attribute", "an attribute that is another one in truth", "attribute", add_attribute,
            keeps_length=False, known_leak=_LONGER),
    Builder("drop", "a thing, place or attribute left out", "omission", drop, criterion="completeness",
            is_false=False, keeps_length=False, known_leak="the rejected caption is shorter"),
    Builder("duplicate", "the last thing said twice", "other", duplicate, criterion="tone", is_false=False,
            keeps_length=False, known_leak=_LONGER),
    Builder("negate", "what is there denied, or what is not there said", "object", negate,
            known_leak="the word 'no' stands in the rejected captions alone"),
)  # fmt: skip

#: Name -> card of every builder.
BUILDERS: Final[dict[str, Builder]] = {one.name: one for one in _CARDS}


def build(
    builder: Builder, originals: Sequence[Original], captions: CaptionSet, *, choice: str, seed: int
) -> list[tuple[Original, Variant]]:
    """Make one wrong caption of each original that offers a handle, so that words alone tell no side.

    Builders with a leak of their own (a longer caption, the word "no") take what they get: weighing words
    would leave nothing.

    Args:
        builder: a card of `BUILDERS`.
        originals: captions known to be good.
        captions: the set they are from.
        choice: one of `CHOICES`.
        seed: of the choice.

    Raises:
        UnknownNameError: for a choice that does not exist.
    """
    if choice not in CHOICES:
        raise UnknownNameError("choice", choice, CHOICES)
    offers = [list(builder.plan(one, captions, choice)) for one in originals]
    if builder.is_foreign:
        chosen = choose_once(offers)
    elif builder.known_leak:
        chosen = choose_freely(offers, seed=seed)
    else:
        folds = [fold_of(one.sample_id) for one in originals]
        chosen = choose_balanced([one.text for one in originals], offers, folds, seed=seed)
    return [(one, variant) for one, variant in zip(originals, chosen, strict=True) if variant is not None]
