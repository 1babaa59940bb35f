"""Questions: turn a caption into yes/no questions, and the answers of a model that sees into scores.

One question asks after the whole caption; one more is asked for each claim. A claim about a thing that is
not there is not held against the caption twice: its question counts only if its parent's answer is yes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from workbench.alignment.claims.parse import Claim, Reading

__all__ = ["ASKED", "Question", "plan_questions", "whole_question", "worst_by_type"]

#: The claims that a question is made of.
ASKED: Final = ("object", "attribute", "relation", "count", "action")


@dataclass(frozen=True, slots=True)
class Question:
    """One yes/no question on one claim.

    Attributes:
        text: the question.
        claim: what it asks after.
        parents: places, in the list of questions, of the things that must be there for it to make sense.
    """

    text: str
    claim: Claim
    parents: tuple[int, ...]


def whole_question(caption: str) -> str:
    """Return the question after a whole caption.

    Source:
        The template of VQAScore: Lin et al. 2024, "Evaluating text-to-visual generation with image-to-text
        generation".
    """
    return f'Does this figure show "{caption}"? Please answer yes or no.'


def plan_questions(reading: Reading) -> list[Question]:
    """Return the questions after the claims of a caption, things first.

    Source:
        Atomic questions with their dependencies: Cho et al. 2024, "Davidsonian scene graph".

    Example:
        >>> from workbench.alignment.claims.parse import read_caption
        >>> for question in plan_questions(read_caption("two dogs on a red sofa")):
        ...     print(question.text, question.parents)
        Are there dogs in the image? ()
        Is there a sofa in the image? ()
        Are there exactly two dogs in the image? (0,)
        Are the dogs on the sofa? (0, 1)
        Is the sofa red? (1,)
    """
    claims = [claim for claim in reading.claims if claim.type in ASKED and not claim.is_negated]
    things = [claim for claim in claims if claim.type == "object"]
    names = {claim.subject: claim for claim in things}
    place = {claim.subject: row for row, claim in enumerate(things)}
    asked = [Question(_ask(claim, names), claim, ()) for claim in things]
    for claim in claims:
        if claim.type == "object" or (claim.type == "count" and claim.is_vague):
            continue
        parents = tuple(place[name] for name in (claim.subject, claim.object) if name in place)
        asked.append(Question(_ask(claim, names), claim, parents))
    return asked


def _ask(claim: Claim, things: dict[str, Claim]) -> str:
    thing = things.get(claim.subject)
    name, is_several = (thing.words, thing.value == "plural") if thing else (claim.subject, False)
    be = "Are" if is_several else "Is"
    if claim.type == "object":
        article = "" if is_several else ("an " if name[0].lower() in "aeiou" else "a ")
        return f"{be} there {article}{name} in the image?"
    if claim.type == "count":
        many = "Is" if claim.value == "1" else "Are"
        return f"{many} there exactly {claim.words.lower()} {name} in the image?"
    if claim.type == "relation":
        other = things[claim.object].words if claim.object in things else claim.object
        return f"{be} the {name} {claim.words} the {other}?"
    if claim.type == "attribute":
        return f"{be} the {name} {claim.words}?"
    verb = claim.words if claim.words.endswith("ing") else f"doing this: {claim.words}"
    return f"{be} the {name} {verb}?"


def worst_by_type(questions: Sequence[Question], answers: Sequence[float]) -> dict[str, int]:
    """Return, by error type, the place of the question whose answer speaks most against the caption.

    Args:
        questions: of one caption.
        answers: the probability of yes to each, 0 to 1.

    Returns:
        Error type -> place. A question whose thing is not there (probability below ½) is left out.
    """
    worst: dict[str, int] = {}
    for row, question in enumerate(questions):
        if any(answers[parent] < 0.5 for parent in question.parents):
            continue
        kind = question.claim.type
        if kind not in worst or answers[row] < answers[worst[kind]]:
            worst[kind] = row
    return worst
