"""Tell verbs from nouns that look alike: by ending, by agreement and by what stands around them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from .nouns import is_plural
from .tokens import MODIFIERS, Token, goes_on_with_noun, opener_of, opens_noun, opens_noun_or_particle
from .words import DETERMINERS, IRREGULAR_VERBS, NOUN_LIKE_VERBS, PLURAL_LIKE, PREPOSITIONS, VERBS

__all__ = ["is_unlisted_verb", "verb_base", "verb_lemma", "verb_role"]


@cache
def verb_lemma(word: str) -> tuple[str, str]:
    """Return the base form of a verb and the form it is in, or two empty strings.

    Forms: "base", "s", "ing", "ed".

    Example:
        >>> verb_lemma("running"), verb_lemma("lies"), verb_lemma("table")
        (('run', 'ing'), ('lie', 's'), ('', ''))
    """
    if word in VERBS:
        return word, "base"
    if word in IRREGULAR_VERBS:
        form = "ing" if word.endswith("ing") else "s" if word in ("lies", "goes", "does") else "ed"
        return IRREGULAR_VERBS[word], form
    for ending, form in (("ing", "ing"), ("ed", "ed"), ("es", "s"), ("s", "s"), ("d", "ed")):
        if word.endswith(ending) and (base := verb_base(word[: -len(ending)])):
            return base, form
    return "", ""


def verb_base(stem: str) -> str:
    """Return the listed verb a stem comes from: "runn" run, "rid" ride, "carri" carry."""
    doubled = stem[:-1] if len(stem) > 2 and stem[-1:] == stem[-2:-1] else ""
    tries = (stem, stem + "e", doubled, stem[:-1] + "y" if stem.endswith("i") else "")
    return next((one for one in tries if one in VERBS), "")


def verb_role(lower: str, form: str, before: Sequence[Token], following: Token | None) -> str:
    """Tell V, MOD (before its noun) or N for a word that has a verb's form."""
    previous = next((one for one in reversed(before) if one.tag not in ("ADV", "SKIP")), None)
    last = before[-1].tag if before else ""
    if form in ("ing", "ed"):
        if last in ("DET", "POS", "NUM") or last in MODIFIERS:
            if goes_on_with_noun(following):
                return "MOD"
            return "V" if last == "NUM" or form == "ed" else "N"
        if (
            last in ("", "PREP", "PUNCT", "CONJ")
            and goes_on_with_noun(following)
            and (form == "ed" or is_plural(following.lower if following else "") or last in ("", "PREP"))
            and not (last in ("PUNCT", "CONJ") and form == "ing")
        ):
            return "MOD" if last != "PUNCT" or form == "ed" else "V"
        return "V"
    if previous is not None and previous.tag == "TO":
        return "V"
    if previous is None and lower == "look":
        return "V"
    if previous is None:
        return "V" if form == "base" and opens_noun(following) and lower not in NOUN_LIKE_VERBS else "N"
    if last in ("DET", "NUM", "POS", "PREP") or last in MODIFIERS:
        return "N"
    if previous.tag in ("PRON", "REL"):
        return "V"
    if previous.tag == "AUX":
        return (
            "V"
            if previous.lower in ("can", "will", "may", "could", "would", "do", "does", "must", "should")
            else "N"
        )
    if previous.tag == "N":
        return _finite_role(lower, form, previous, before, following)
    if previous.tag in ("CONJ", "PUNCT"):
        has_verb = any(one.tag == "V" for one in before)
        return (
            "V"
            if has_verb
            and (form == "s" or opens_noun(following) or opens_noun_or_particle(following))
            and lower not in NOUN_LIKE_VERBS
            else "N"
        )
    return "N" if previous.tag == "V" else "V"


def _finite_role(lower: str, form: str, noun: Token, before: Sequence[Token], following: Token | None) -> str:
    """Tell whether a verb form after a noun agrees with it: "dog runs", "dogs run", "a man and a dog run"."""
    is_many = is_plural(noun.lower) or noun.lower in PLURAL_LIKE
    if form == "base":
        if is_many:
            return "V"
        opener = opener_of(before)
        is_beside = opener is not None and opener.lower in ("and", "of", "with", "in", "on")
        has_many = any((one.tag == "N" and is_plural(one.lower)) or one.lower == "and" for one in before)
        is_likely = lower not in NOUN_LIKE_VERBS and opens_noun_or_particle(following)
        return "V" if is_beside and has_many and is_likely else "N"
    if is_plural(noun.lower) and not any(one.tag == "N" and not is_plural(one.lower) for one in before[:-1]):
        return "N"
    return "N" if following is not None and following.lower in ("is", "are", "was", "were") else "V"


def is_unlisted_verb(lower: str, before: Sequence[Token], following: Token | None) -> bool:
    """Tell a verb that no list holds by its place: "a man films a ...": "a man films" is no plural."""
    if (
        not lower.endswith("s")
        or lower.endswith("ss")
        or not before
        or before[-1].tag != "N"
        or following is None
    ):
        return False
    is_one = not is_plural(before[-1].lower) and any(
        one.lower in ("a", "an", "one", "another") for one in before[-4:]
    )
    return is_one and (
        following.lower in DETERMINERS or following.tag == "PREP" or following.lower in PREPOSITIONS
    )
