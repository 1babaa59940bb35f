"""Name the classes of English words that decide how a caption is read.

The lists (in `lexicon`) hold what captions of photos use. Nouns need no list: what no list names and no
ending gives away is a noun. A rare verb read as a noun costs one claim, not the sentence.
"""

from __future__ import annotations

from typing import Final

from .lexicon import read_classes, read_table

__all__ = [
    "ADJECTIVES",
    "ADVERBS",
    "AUXILIARIES",
    "COLOURS",
    "COMPOUNDS",
    "CONJUNCTIONS",
    "CONTACT_VERBS",
    "DETERMINERS",
    "GROUP_NOUNS",
    "HOUSE_NOUNS",
    "IDIOMS",
    "ING_NOUNS",
    "IRREGULAR_VERBS",
    "MATERIALS",
    "MEDIA_NOUNS",
    "NOUN_LIKE_VERBS",
    "NUMBERS",
    "NUMBER_GROUPS",
    "PATTERNS",
    "PLACE_NOUNS",
    "PLURAL_LIKE",
    "PREDICATES",
    "PREPOSITIONS",
    "PRONOUNS",
    "RELATIVES",
    "SHADES",
    "SHOWING_VERBS",
    "SIZES",
    "SKY_NOUNS",
    "TIME_NOUNS",
    "VAGUE_NUMBERS",
    "VERBS",
    "WORN_NOUNS",
]

_FILE: Final = "words.txt"
_CLASSES: Final = read_classes(_FILE)


def _phrases(section: str) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(phrase.split()) for phrase in _CLASSES[section])


DETERMINERS: Final = _CLASSES["determiners"]
PRONOUNS: Final = _CLASSES["pronouns"]
RELATIVES: Final = _CLASSES["relatives"]
CONJUNCTIONS: Final = _CLASSES["conjunctions"]
AUXILIARIES: Final = _CLASSES["auxiliaries"]
PREPOSITIONS: Final = _CLASSES["prepositions"]
ADVERBS: Final = _CLASSES["adverbs"]
#: How something is, beside colour, size, material and pattern. Endings such as "-ful" are known by rule.
ADJECTIVES: Final = _CLASSES["adjectives"]
#: "light" and "dark" before a colour.
SHADES: Final = _CLASSES["shades"]

#: Participles and gerunds look alike; these end in -ing and are nouns.
ING_NOUNS: Final = _CLASSES["ing_nouns"]
#: Nouns for the picture itself.
MEDIA_NOUNS: Final = _CLASSES["media_nouns"]
#: Words for where a picture was taken; a preposition before them makes a claim of place.
PLACE_NOUNS: Final = _CLASSES["place_nouns"]
#: Places that are things as well: only "in", "inside", "at" and the like make a place of them.
HOUSE_NOUNS: Final = _CLASSES["house_nouns"]
WORN_NOUNS: Final = _CLASSES["worn_nouns"]
SKY_NOUNS: Final = _CLASSES["sky_nouns"]
TIME_NOUNS: Final = _CLASSES["time_nouns"]
#: Nouns without a plural -s that several do: "the couple walk".
PLURAL_LIKE: Final = _CLASSES["plural_like"]

VERBS: Final = _CLASSES["verbs"]
#: Verbs that say what a picture shows, and not what anyone does in it.
SHOWING_VERBS: Final = _CLASSES["showing_verbs"]
#: Verbs whose object stands in a relation to the subject that a scene graph would hold.
CONTACT_VERBS: Final = _CLASSES["contact_verbs"]
#: Verbs that are nouns more often; read as verbs only where nothing else fits.
NOUN_LIKE_VERBS: Final = _CLASSES["noun_like_verbs"]

#: Several words that are one thing although the first would be read as a verb or an adjective.
COMPOUNDS: Final = _phrases("compounds")
#: Set phrases that say nothing that could be checked, or whose words would mislead; passed over whole.
IDIOMS: Final = _phrases("idioms")

#: Word -> canonical value; of colours these are the eleven basic terms.
COLOURS: Final = read_table(_FILE, "colours")
SIZES: Final = read_table(_FILE, "sizes")
MATERIALS: Final = read_table(_FILE, "materials")
PATTERNS: Final = read_table(_FILE, "patterns")
#: Preposition, of one word or several -> the predicate it means.
PREDICATES: Final = read_table(_FILE, "predicates")
IRREGULAR_VERBS: Final = read_table(_FILE, "irregular_verbs")

_UNITS: Final = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen twenty"
)
#: Word -> number.
NUMBERS: Final = {word: number for number, word in enumerate(_UNITS.split(" "))} | {
    "thirty": 30, "forty": 40, "fifty": 50, "hundred": 100, "dozen": 12,
}  # fmt: skip
#: Words of number that name none: at least so many.
VAGUE_NUMBERS: Final = {
    "several": 3, "many": 3, "multiple": 2, "numerous": 3, "few": 2, "some": 1, "lots": 3,
}  # fmt: skip
#: "a pair of dogs" says a number exactly; "a couple of" says about two.
NUMBER_GROUPS: Final = {
    "pair": (2, True), "couple": (2, False), "trio": (3, True), "duo": (2, True), "dozen": (12, False),
    "quartet": (4, True),
}  # fmt: skip
#: "a group of dogs" is about dogs: at least so many of them (1: of one, or of what has no number).
GROUP_NOUNS: Final = {name: number for name, (number, _) in NUMBER_GROUPS.items()} | {
    "group": 2, "bunch": 2, "crowd": 3, "herd": 2, "flock": 2, "pack": 2, "row": 2, "line": 2, "lot": 2,
    "set": 2, "pile": 2, "stack": 2, "team": 2, "number": 2, "variety": 2, "collection": 2, "assortment": 2,
    "cluster": 2, "array": 2, "selection": 2, "family": 2, "series": 2, "piece": 1, "slice": 1, "part": 1,
    "type": 1, "kind": 1, "sort": 1, "bit": 1, "half": 1, "side": 1, "top": 1,
}  # fmt: skip
