"""Tie noun phrases to verbs and prepositions in one pass from left to right."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from .chunks import Noun
from .notes import SPACE, Notes, is_worn
from .nouns import is_animate
from .statements import Phrase
from .tokens import MODIFIERS, Token
from .words import (
    CONTACT_VERBS,
    HOUSE_NOUNS,
    PLACE_NOUNS,
    SHOWING_VERBS,
    SKY_NOUNS,
    TIME_NOUNS,
)

__all__ = ["Reader"]

_PLACING: Final = SPACE | {"through", "up", "down", "past", "from", "toward", "to", "of"}
_CLAUSE_WORDS: Final = frozenset(["while", "as", "when", "because", "but", "if", "so", "than", "whilst"])
_BE: Final = frozenset(["is", "are", "was", "were", "be", "been", "being", "am", "'s", "'re"])
_KINDS: Final = {
    "COL": "colour",
    "SIZE": "size",
    "MAT": "material",
    "PAT": "pattern",
    "ADJ": "state",
    "MOD": "state",
}


class Reader:
    """Reads one caption; after `read`, its notes hold the claims and phrases in order."""

    def __init__(self, text: str) -> None:
        self.notes = Notes(text)
        self._subjects: tuple[Noun, ...] = ()
        self._before: tuple[Noun, ...] = ()  # subjects of the clause before, for pronouns
        self._last: Noun | None = None
        self._role = ""  # of the last noun: subject, object, part, place
        self._verb: Token | None = None  # of this clause
        self._open: Token | None = None  # a verb whose object may come next
        self._acts: list[int] = []  # places in `claims` of the open verb's actions
        self._preposition: Token | None = None
        self._held: Token | None = None  # the preposition of the last noun, for "and" to go on with
        self._front: tuple[Token, Noun] | None = None  # "behind the dog" before its subject came
        self._joins = ""
        self._is_negated = False

    def read(self, items: Sequence[Token | Noun]) -> None:
        """Read the words of a caption in order."""
        for index, item in enumerate(items):
            following = items[index + 1] if index + 1 < len(items) else None
            if isinstance(item, Noun):
                self._take_noun(item, following)
            else:
                self._take_word(item)
        self.notes.finish()

    # -- words ----------------------------------------------------------------------------------------------

    def _take_word(self, word: Token) -> None:
        if word.tag == "PREP":
            self._take_preposition(word)
        elif word.tag in ("V", "AUX"):
            self._take_verb(word)
        elif word.tag == "REL":
            self._subjects = (self._last,) if self._last else self._subjects
            self._verb = self._open = None
            self._role = "subject"
        elif word.tag == "NEG":
            self._is_negated = True
        elif word.tag == "CONJ" and word.lower in _CLAUSE_WORDS:
            self._end_clause(keeps_subject=True)
        elif word.tag == "CONJ" or word.lower == ",":
            self._joins = "and" if word.tag == "CONJ" else self._joins or ","
            self._open = None if word.tag == "CONJ" else self._open
        elif word.tag == "PUNCT" and word.lower in ".;:!?-—–(":
            self._end_clause(keeps_subject=word.lower in ":-—–(")
        elif word.tag in MODIFIERS:
            self._take_modifier(word)

    def _take_preposition(self, word: Token) -> None:
        is_looked_at = word.lower == "at" and self._verb is not None and self._verb.value == "look"
        if is_looked_at and not self._subjects:
            return
        self._preposition, self._open, self._joins = word, None, ""

    def _take_modifier(self, word: Token) -> None:
        """Take a modifier without a noun: "the dog is black", "a child in red"."""
        kind = _KINDS[word.tag]
        if (
            self._preposition
            and self._preposition.value in ("inside", "with")
            and kind == "colour"
            and self._last
        ):
            self._attribute(self._last, word, kind, certainty=0.5)
            self._preposition = None
        elif self._open is not None and self._open.lower in _BE:
            for noun in self._subjects:
                self._attribute(noun, word, kind)

    def _attribute(self, noun: Noun, word: Token, kind: str, *, certainty: float = 1.0) -> None:
        if noun.head and not noun.is_absent:
            self.notes.add(
                "attribute", word.start, word.end, noun.head, word.value, kind=kind, certainty=certainty
            )

    def _take_verb(self, word: Token) -> None:
        if word.tag == "AUX":
            if self._joins and self._role != "subject":
                self._role = "subject"
            self._open, self._joins, self._acts = word, "", []
            return
        is_shown = word.value in SHOWING_VERBS
        if (
            is_shown
            and self._open is not None
            and self._subjects
            and word.lower in ("seen", "shown", "depicted", "pictured")
        ):
            self._open = None
            return
        is_nobodys = all(noun.is_pronoun or noun.is_media for noun in self._subjects)
        if is_nobodys and (is_shown or (word.value == "look" and not self._subjects)):
            self._subjects, self._open, self._verb, self._joins = (), None, word, ""
            return
        subjects = self._actors(word)
        self._acts = []
        for noun in subjects:
            if noun.head and not noun.is_absent and not noun.is_media:
                self._acts.append(len(self.notes.claims))
                self.notes.add(
                    "action", word.start, word.end, noun.head, word.value, is_negated=self._is_negated
                )
        if subjects:
            self._subjects = subjects
        self.notes.phrases.append(Phrase("verb", word.start, word.end))
        self._verb = self._open = word
        self._joins, self._preposition = "", None

    def _actors(self, word: Token) -> tuple[Noun, ...]:
        """Return who does it: a participle right after a living thing is that one's, else the subject's."""
        is_participle = word.lower.endswith(("ing", "ed")) or self._open is None
        last = self._last
        is_aside = self._role in ("object", "part", "place") and not self._joins and self._open is None
        if last is not None and is_aside and is_participle and is_animate(last.head) and not last.is_pronoun:
            return (last,)
        if not self._subjects and last is not None:
            return (last,)
        return self._subjects

    def _end_clause(self, *, keeps_subject: bool) -> None:
        self._before = self._subjects or self._before
        if not keeps_subject:
            self._subjects = ()
        self._verb = self._open = self._preposition = self._held = self._front = None
        self._role, self._joins, self._is_negated = "", "", False

    # -- nouns ----------------------------------------------------------------------------------------------

    def _take_noun(self, noun: Noun, following: Token | Noun | None) -> None:
        joins, self._joins = self._joins, ""
        if noun.is_pronoun:
            noun = self._resolved(noun)
        else:
            self.notes.phrases.append(Phrase("noun", noun.start, noun.end))
        preposition, self._preposition = self._preposition, None
        is_verb_next = isinstance(following, Token) and following.tag in ("V", "AUX")
        owner = ""
        if preposition is not None:
            owner = self._attach(preposition, noun)
        elif joins and self._role in ("object", "part") and not is_verb_next:
            self._go_on(noun, joins)
        elif self._open is not None and not joins:
            owner = self._object(noun)
        else:
            self._begin(noun, joins)
        is_without = self._held is not None and self._held.value == "without" and self._role == "part"
        self.notes.describe(
            noun,
            owner,
            is_place=self._role == "place",
            is_absent=noun.is_absent or is_without,
            is_setting=self._is_setting(preposition, noun),
        )
        self._open = None
        self._last = noun if noun.head else self._last

    def _resolved(self, noun: Noun) -> Noun:
        """Let "it" and "they" stand for the last subject; "everything" stands for nothing."""
        is_subject = self._open is None and self._preposition is None
        if noun.lower in ("it", "he", "she", "they", "which") and is_subject:
            earlier = self._subjects or self._before
            if len(earlier) == 1:
                return replace(noun, head=earlier[0].head)
        return noun

    def _begin(self, noun: Noun, joins: str) -> None:
        """Take a noun as a subject, beside the one before where "and" joins them."""
        if noun.is_media:
            self._subjects, self._role = (noun,), "media"
            return
        is_beside = bool(joins) and self._role == "subject" and self._verb is None and self._open is None
        self._before, self._held = self._subjects or self._before, None
        self._subjects = (*self._subjects, noun) if is_beside else (noun,)
        if not is_beside:
            self._verb = None
        self._role = "subject"
        self._settle_front(noun, 0.5)

    def _settle_front(self, noun: Noun, certainty: float) -> None:
        """Tie the phrase that opened the clause to its subject: "behind the dog is a man"."""
        if self._front is None:
            return
        preposition, other = self._front
        self.notes.relate(noun, preposition, other, certainty=certainty)
        self._front = None

    def _object(self, noun: Noun) -> str:
        """Take a noun that follows its verb; return who wears it, if it is worn."""
        verb = self._open
        assert verb is not None, "a noun is an object only after a verb"
        if verb.tag == "AUX":
            return self._complement(verb, noun)
        worn_by = ""
        for place in self._acts:
            claim = self.notes.claims[place]
            kind = "relation" if verb.value in CONTACT_VERBS else "action"
            worn_by = claim.subject if verb.value == "wear" else worn_by
            self.notes.claims[place] = replace(claim, type=kind, object=noun.head, kind="verb")
        self._role = "object"
        return worn_by

    def _complement(self, verb: Token, noun: Noun) -> str:
        has_subject = any(one.head and not one.is_media for one in self._subjects)
        if verb.lower in _BE and (not has_subject or self._front is not None):
            if self._front is not None:
                self._settle_front(noun, 1.0)
            self._subjects, self._role, self._verb = (noun,), "subject", None
            return ""
        if not has_subject:  # "here we have a dog"
            self._subjects, self._role = (noun,), "subject"
            return ""
        if verb.lower in ("has", "have", "had", "having"):
            self._role = "object"
            return self._subjects[0].head
        self._role = "object"
        return ""

    def _go_on(self, noun: Noun, joins: str) -> None:
        """Give a noun after "and" the role of the one before; with a comma alone it begins anew."""
        if self._role == "object":
            return
        held = self._held
        is_part = held is not None and held.value in ("wear", "with", "inside")
        if held is None or joins == "," or (is_part and not is_worn(noun)):
            self._begin(noun, "and" if self._verb is None else "")
            return
        for subject in self._subjects[:1]:
            if held.value in SPACE:
                self.notes.relate(subject, held, noun, certainty=0.5)

    def _attach(self, preposition: Token, noun: Noun) -> str:
        """Tie a noun to what its preposition speaks of; return who wears or has it."""
        self.notes.phrases.append(Phrase("preposition", preposition.start, noun.end))
        value = preposition.value
        self._held = preposition
        media = bool(self._subjects) and all(one.is_media for one in self._subjects)
        if noun.is_media:
            return ""
        if value in ("of", "with") and (media or (not self._subjects and self._last is None)):
            if noun.head.rpartition(" ")[2] in PLACE_NOUNS - HOUSE_NOUNS:
                self._role = "place"
                return ""
            self._subjects, self._role = (noun,), "subject"
            return ""
        is_aside = self._role in ("place", "sky")
        if value == "with" and is_aside and self._verb is None and not self._real_subjects():
            self._begin(noun, "")
            return ""
        if self._is_place(preposition, noun):
            self._role = "sky" if noun.head in SKY_NOUNS else "place"
            return ""
        if value == "of":
            self._role = "part" if self._role != "subject" else "subject"
            return ""
        if not self._real_subjects():
            self._front = (preposition, noun)
            self._role = "part"
            return ""
        return self._tie(preposition, noun)

    def _tie(self, preposition: Token, noun: Noun) -> str:
        """Tie a noun to a subject of the clause; return who wears or has it."""
        value, last = preposition.value, self._last
        is_near = last is not None and bool(last.head) and self._role != "place" and self._is_after_verb(last)
        if value in ("with", "without") or (value == "inside" and is_worn(noun)):
            is_holder = is_near and (is_animate(last.head if last else "") or not is_worn(noun))
            holder = last if is_holder and last is not None else self._subjects[0]
            self._role = "part"
            if value != "without":
                name = "wear" if is_worn(noun) else "with"
                self.notes.relate(holder, preposition, noun, predicate=name, certainty=0.5)
            return holder.head
        if not self._is_agent(preposition):
            subjects = (
                self._subjects if self._verb is not None or len(self._subjects) == 1 else self._subjects[-1:]
            )
            is_open = is_near and last is not None and last not in subjects and not is_worn(last)
            rivals = (last.head,) if is_open and last is not None else ()
            for subject in subjects:
                self.notes.relate(subject, preposition, noun, rivals=rivals, is_negated=self._is_negated)
        self._role = "part"
        return ""

    def _is_after_verb(self, noun: Noun) -> bool:
        return self._verb is None or noun.start > self._verb.start

    def _is_setting(self, preposition: Token | None, noun: Noun) -> bool:
        last = noun.head.rpartition(" ")[2]
        if preposition is None or last not in HOUSE_NOUNS | PLACE_NOUNS:
            return False
        if preposition.value in ("left of", "right of", "on"):
            return False
        return not noun.modifiers or (noun.is_many and noun.number is None)

    def _is_agent(self, preposition: Token) -> bool:
        return preposition.lower == "by" and self._verb is not None and self._verb.lower.endswith("ed")

    def _real_subjects(self) -> bool:
        return any(one.head and not one.is_media for one in self._subjects)

    def _is_place(self, preposition: Token, noun: Noun) -> bool:
        last = noun.head.rpartition(" ")[2]
        if noun.head in TIME_NOUNS or (
            noun.head in SKY_NOUNS and preposition.value in ("under", "below", "above")
        ):
            return True
        if last in HOUSE_NOUNS and preposition.value not in ("inside", "outside", "at"):
            return False
        if preposition.value not in _PLACING or last not in PLACE_NOUNS:
            return False
        return not (preposition.value == "of" and self._role not in ("place", "media"))
