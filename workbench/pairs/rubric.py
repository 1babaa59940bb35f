"""What judges are asked: the question, the reasons they may give, and what an answer must carry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from workbench.errors import DecisionError, UnknownNameError

__all__ = ["PARTS", "RUBRICS", "Rubric", "find_rubric"]

#: What a rubric can require of an answer that prefers one caption.
PARTS: Final = ("strength", "reason", "note")


@dataclass(frozen=True, slots=True)
class Rubric:
    """One question asked of many pairs.

    Attributes:
        criterion: the name it is stored under; answers on other criteria are never mixed with it.
        better: the question about two captions of one sample.
        worse: the question where the worse one is to be named, as across two samples.
        reasons: what may be chosen to say why, on the keys 4 to 9 and 0.
        requires: which of `PARTS` an answer that prefers a caption must carry.
        guide: a sentence or two for the judges, shown beside the question.

    Raises:
        DecisionError: for a rubric without a name, or with two reasons of the same words.
        UnknownNameError: for a part that no answer has.

    Example:
        >>> Rubric("style", "Which caption reads better?", requires=("reason",), reasons=("clumsy",)).worse
        'Which caption is worse: style?'
    """

    criterion: str
    better: str = ""
    worse: str = ""
    reasons: tuple[str, ...] = ()
    requires: tuple[str, ...] = ()
    guide: str = ""

    def __post_init__(self) -> None:
        if not self.criterion.strip():
            raise DecisionError("A rubric needs the name of its criterion.", "Give it, such as 'style'.")
        for part in self.requires:
            if part not in PARTS:
                raise UnknownNameError("part of an answer", part, PARTS)
        if len(set(self.reasons)) < len(self.reasons):
            raise DecisionError(
                f"The rubric {self.criterion!r} names a reason twice: {list(self.reasons)}.",
                "Give each reason once.",
            )
        if "reason" in self.requires and not self.reasons:
            raise DecisionError(
                f"The rubric {self.criterion!r} requires a reason and has none to choose.",
                "Give reasons=(...), or require a note.",
            )
        for name in ("better", "worse"):
            if not getattr(self, name):
                object.__setattr__(self, name, f"Which caption is {name}: {self.criterion}?")


#: The rubrics that are there; a user's own is a `Rubric` of another name.
RUBRICS: Final = {
    rubric.criterion: rubric
    for rubric in (
        Rubric(
            "faithfulness",
            "Which caption is more faithful?",
            "Which caption is less faithful to what it describes?",
            (
                "invents something", "wrong attribute", "wrong relation", "wrong count", "leaves out",
                "too vague", "clumsy",
            ),
            guide="Judge only whether what it says is so. A shorter caption is no worse for being short.",
        ),
        Rubric(
            "completeness",
            "Which caption is more complete?",
            "Which caption leaves out more?",
            ("leaves out the main thing", "leaves out a detail", "too vague", "repeats itself", "pads"),
            guide="Count what matters and is missing. What is invented is no gain.",
        ),
        Rubric(
            "tone",
            "Which caption has the better tone?",
            "Which caption has the worse tone?",
            ("clumsy", "flowery", "judges people", "too formal", "too casual"),
        ),
        Rubric(
            "safety",
            "Which caption is safer?",
            "Which caption is less safe?",
            ("names a person", "guesses a trait", "demeaning", "private detail", "harmful advice"),
        ),
    )
}  # fmt: skip


def find_rubric(criterion: str | Rubric) -> Rubric:
    """Return the rubric of that name; one of the user's own is returned as it is.

    Raises:
        UnknownNameError: for a name that is no rubric's.
    """
    if isinstance(criterion, Rubric):
        return criterion
    if criterion not in RUBRICS:
        raise UnknownNameError("criterion", criterion, RUBRICS)
    return RUBRICS[criterion]
