"""A pair: two captions, which of them is better as far as is known, where they differ, who made it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from workbench.errors import PairError, UnknownNameError
from workbench.records import ERROR_TYPES, ORIGINS, Span, caption_id, pair_id

__all__ = ["COMPLETENESS", "Pair", "variant_id"]

#: Of a correction: nothing is missing after it; something still is; it only took words out; nobody was asked.
COMPLETENESS: Final = ("full", "partial", "deletes_only", "unknown")


@dataclass(frozen=True, slots=True)
class Pair:
    """Two captions of one sample (or of two), the better one first as far as is known.

    Attributes:
        sample_id: the sample of the chosen caption.
        chosen_id: its caption id; "" where only the rejected caption is known.
        chosen_text: its text; "" where there is none.
        rejected_sample_id: the sample of the rejected caption; "" for the same sample.
        origin: one of `ORIGINS`.
        builder: what made it, such as `replace_object`; "" for people.
        error_type: what is wrong with the rejected caption; "" when not known.
        reason: the same in words.
        criterion: what the preference is about.
        strength: 1 slightly, 2 clearly, 3 by far; None when nobody said.
        margin: difference of a score between both, higher is clearer; None when there is none.
        chosen_spans: characters of the chosen text that the other one lacks or says otherwise.
        rejected_spans: the same of the rejected text.
        completeness: of a correction: one of `COMPLETENESS`.
        annotator: the person who made it; "" for a builder.
        is_ordered: whether chosen and rejected are more than the order they came in.
        is_leaky: whether words alone tell the rejected caption of this builder (see the card of builders).
        prompt: what the captions answer; "" for the export's default.
        source: the file or model it came from.
        detail: named facts as JSON text; "" for none.

    Raises:
        UnknownNameError: for an origin, error type or completeness that does not exist.
        PairError: for a pair without a rejected caption, or of a caption with itself.
    """

    sample_id: str
    chosen_id: str
    rejected_id: str
    chosen_text: str
    rejected_text: str
    origin: str
    rejected_sample_id: str = ""
    builder: str = ""
    error_type: str = ""
    reason: str = ""
    criterion: str = "faithfulness"
    strength: int | None = None
    margin: float | None = None
    chosen_spans: tuple[Span, ...] = ()
    rejected_spans: tuple[Span, ...] = ()
    completeness: str = "unknown"
    annotator: str = ""
    is_ordered: bool = True
    is_leaky: bool = False
    prompt: str = ""
    source: str = ""
    detail: str = ""

    def __post_init__(self) -> None:
        for kind, name, known in (
            ("origin", self.origin, ORIGINS),
            ("error type", self.error_type, ("", *ERROR_TYPES)),
            ("completeness", self.completeness, COMPLETENESS),
        ):
            if name not in known:
                raise UnknownNameError(kind, name, known)
        if not self.rejected_id or (not self.chosen_id and self.origin != "rejected_only"):
            raise PairError(
                f"A pair needs two captions: {self.chosen_id!r} and {self.rejected_id!r}.",
                "Give both ids; only the origin 'rejected_only' goes without a chosen caption.",
            )
        if self.chosen_id == self.rejected_id:
            raise PairError(
                f"The pair of caption {self.chosen_id} is of one caption with itself.",
                "Give two captions that differ.",
            )

    @property
    def pair_id(self) -> str:
        """The id of the two captions together, whichever is preferred."""
        return pair_id(self.chosen_id, self.rejected_id)


def variant_id(sample_id: str, text: str, origin: str) -> str:
    """Return the id of a text that is no caption of the workspace: it exists only within pairs."""
    return caption_id(sample_id, text, kind="caption", source=f"pair:{origin}")
