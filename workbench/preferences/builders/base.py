"""What a builder is given and what it makes: a verified caption in, texts that are wrong in one thing out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from workbench.alignment.claims.parse import Reading
from workbench.records import Span

if TYPE_CHECKING:
    from workbench.preferences.builders.captions import CaptionSet

__all__ = ["CHOICES", "Builder", "Original", "Plan", "Variant"]

#: What takes a word's place: any, the commonest of the set, or what goes with what the caption says (POPE).
CHOICES: Final = ("random", "popular", "adversarial")


@dataclass(frozen=True, slots=True)
class Original:
    """A caption that is known to be good.

    Attributes:
        start_s: where its interval begins; None for a caption of the whole.
        order: how it is put among others: captions of one medium and language are exchanged with each other.
    """

    sample_id: str
    caption_id: str
    text: str
    reading: Reading
    start_s: float | None = None
    end_s: float | None = None
    order: str = ""


@dataclass(frozen=True, slots=True)
class Variant:
    """A text made of an original that is worse in one thing.

    Attributes:
        text: the whole text.
        chosen_spans: characters of the original that the variant lacks or says otherwise.
        rejected_spans: characters of the variant that the original lacks or says otherwise.
        was: the words that were replaced; "" where words were added.
        now: what stands in their place; "" where words were left out.
        weight: how much the choice of words is wanted, above 0; no unit.
        chance: the estimated chance that it is true all the same, 0 to 1.
        sample_id: the sample that a foreign text was taken from; "" for a text of the builder's own.

    Example:
        >>> Variant("a cat", (Span(2, 5),), (Span(2, 5),), was="dog", now="cat").reason
        'says "cat" instead of "dog"'
    """

    text: str
    chosen_spans: tuple[Span, ...]
    rejected_spans: tuple[Span, ...]
    was: str = ""
    now: str = ""
    weight: float = 1.0
    chance: float = 0.0
    sample_id: str = ""

    @property
    def reason(self) -> str:
        """What is wrong with it, in words."""
        if self.sample_id:
            return "says what belongs elsewhere"
        if not self.now:
            return f'leaves out "{self.was}"'
        return f'says "{self.now}" instead of "{self.was}"' if self.was else f'adds "{self.now}"'


Plan = Callable[[Original, "CaptionSet", str], Iterator[Variant]]


@dataclass(frozen=True, slots=True)
class Builder:
    """The card of a builder.

    Attributes:
        name: stable; stands in every pair it made.
        makes: what it makes of a caption, in a sentence.
        error_type: what is wrong with the rejected caption.
        plan: yields the variants of an original within a set, for a choice of `CHOICES`.
        criterion: what the preference is about.
        is_false: whether the rejected caption says something false; else it says less, or the same twice.
        keeps_length: whether both captions can be equally long.
        is_foreign: whether it takes whole captions from elsewhere.
        known_leak: what gives the rejected caption away whatever is chosen; "" where nothing does by design.
    """

    name: str
    makes: str
    error_type: str
    plan: Plan
    criterion: str = "faithfulness"
    is_false: bool = True
    keeps_length: bool = True
    is_foreign: bool = False
    known_leak: str = ""
