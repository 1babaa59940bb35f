"""Read an English caption into claims: what it says there is, how it is, how many, where, and doing what.

A rule-based reader: words are tagged by lists, endings and neighbours (`tokens`), gathered into noun phrases
(`chunks`), and a single pass ties each phrase to its verb or preposition (`reader`). It reads captions, not
prose: it follows "who is" and "and", and gives up on questions, irony and sentences that describe no picture.
Where grammar leaves open what a phrase belongs to ("a man with a dog on a sofa") it names the likelier
subject and keeps the other in `rivals`, so that a check need not call false what can be read as true.
"""

from __future__ import annotations

from functools import lru_cache

from .chunks import gather
from .language import identify_language
from .reader import Reader
from .scenes import find_scene_claims
from .statements import CLAIM_TYPES, Claim, Phrase, Reading
from .tagging import tag

__all__ = [
    "CLAIM_TYPES",
    "TEXT_LIMIT",
    "Claim",
    "Phrase",
    "Reading",
    "forget_readings",
    "parse_claims",
    "read_caption",
]

TEXT_LIMIT = 20_000
"""Characters read; what comes after is a document and no caption."""
_KEPT = 16_384


def parse_claims(text: str, lang: str | None = None) -> tuple[Claim, ...]:
    """Return the claims of a caption in the order of the text; none where it cannot be read.

    Args:
        text: the caption.
        lang: its language as an ISO 639-1 code; None guesses it.

    Example:
        >>> for claim in parse_claims("Two brown dogs sit to the left of a red car."):
        ...     print(claim.type, claim.subject, claim.value, claim.object, (claim.start, claim.end))
        count dog 2  (0, 3)
        attribute dog brown  (4, 9)
        object dog plural  (10, 14)
        action dog sit  (15, 18)
        relation dog left of car (19, 33)
        attribute car red  (36, 39)
        object car singular  (40, 43)
    """
    return read_caption(text, lang).claims


def read_caption(text: str, lang: str | None = None) -> Reading:
    """Return the claims and phrases of a caption, or the reason why it cannot be read.

    Args:
        text: the caption.
        lang: its language as an ISO 639-1 code ("en-GB" counts as English); None guesses it, and reads what
            no other language claims as English.

    Example:
        >>> read_caption("Ein Hund auf der Wiese").reason
        "the caption seems to be in 'de'; claims are read in English only"
    """
    if not text.strip():
        return Reading((), (), "the caption is empty")
    return _read(text[:TEXT_LIMIT], lang)


def forget_readings() -> None:
    """Forget the captions read so far, which are kept for the next scorer; a benchmark starts from none."""
    _read.cache_clear()


@lru_cache(maxsize=_KEPT)
def _read(text: str, lang: str | None) -> Reading:
    """Read a text that is not empty; several scorers of one run read the same captions."""
    code = (lang or "").lower().replace("_", "-").split("-")[0]
    if not code:
        guess = identify_language(text)
        if guess.code not in ("", "en") and guess.confidence >= 0.5:
            return Reading(
                (), (), f"the caption seems to be in {guess.code!r}; claims are read in English only"
            )
    elif code not in ("en", "eng", "english"):
        return Reading((), (), f"the caption is in {lang!r}; claims are read in English only")
    reader = Reader(text)
    reader.read(gather(tag(text)))
    claims = sorted(
        [*reader.notes.claims, *find_scene_claims(text)], key=lambda claim: (claim.start, claim.end)
    )
    reason = "" if claims else "no statement that could be checked was found in the caption"
    return Reading(tuple(claims), tuple(reader.notes.phrases), reason)
