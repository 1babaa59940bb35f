"""Claims against annotations: boxes, attributes, relations."""

from __future__ import annotations

import pytest

from workbench.alignment.claims.checks import Check, support, worst
from workbench.alignment.claims.figures import measure_chair
from workbench.alignment.claims.geometry import judge
from workbench.alignment.claims.parse import read_caption
from workbench.alignment.claims.regions import Box, Region, Vocabulary, read_attribute, read_predicate
from workbench.alignment.claims.structured import check_against_regions

DOG = Region("d", "dog", Box(0.1, 0.5, 0.2, 0.2), ("brown", "small", "running"))
CAR = Region("c", "car", Box(0.6, 0.4, 0.3, 0.3), ("red",))
MAN = Region("m", "man", Box(0.35, 0.3, 0.1, 0.4), ("blue", "standing"))
ELSEWHERE = [
    Region("1", "cat", None, ("white", "sleeping")), Region("2", "bus", None, ("blue",)),
    Region("3", "sofa", None, ("green",)), Region("4", "dog", None, ("black", "large", "sitting")),
]  # fmt: skip


def check(text: str, *regions: Region) -> list[Check]:
    here = list(regions) or [DOG, CAR, MAN]
    return list(check_against_regions(read_caption(text, "en"), here, Vocabulary.of([*here, *ELSEWHERE])))


def verdict(text: str, words: str, type_: str, *regions: Region) -> str:
    found = [
        one for one in check(text, *regions) if (one.claim.words.lower(), one.claim.type) == (words, type_)
    ]
    assert len(found) == 1, check(text, *regions)
    return found[0].verdict


@pytest.mark.parametrize(
    ("text", "words", "wanted"),
    [
        ("A dog runs", "dog", "supported"),
        ("A puppy runs", "puppy", "supported"),
        ("An animal runs", "animal", "supported"),
        ("A cat runs", "cat", "contradicted"),
        ("A couch in a room", "couch", "contradicted"),
        ("A zeppelin in the sky", "zeppelin", "unknown"),
    ],
)
def test_objects_by_synonym_and_wider_word_and_only_what_is_known_is_denied(
    text: str, words: str, wanted: str
) -> None:
    assert verdict(text, words, "object") == wanted


def test_absence_is_contradicted_by_a_box() -> None:
    assert verdict("A man stands, but no dogs are in sight", "dogs", "absence") == "contradicted"
    assert verdict("A man stands, but no cats are in sight", "cats", "absence") == "supported"


def test_a_colour_on_the_other_thing_is_a_binding_error_and_says_so() -> None:
    checks = [one for one in check("A red dog near a brown car") if one.claim.type == "attribute"]
    assert [one.verdict for one in checks] == ["contradicted", "contradicted"]
    assert "it is the car that is red" in checks[0].evidence
    assert checks[0].error_type == "attribute"


def test_what_is_worn_is_checked_on_its_wearer_where_it_has_no_box() -> None:
    assert verdict("A man in a blue jacket stands", "blue", "attribute") == "supported"
    assert verdict("A man in a red jacket stands", "red", "attribute") == "contradicted"


def test_a_worn_thing_with_its_own_box_speaks_for_itself() -> None:
    jacket = Region("j", "jacket", Box(0.35, 0.4, 0.1, 0.2), ("red",))
    assert verdict("A man in a red jacket stands", "red", "attribute", MAN, jacket) == "supported"


def test_an_attribute_that_was_not_noted_stays_unknown() -> None:
    bare = Region("b", "dog", Box(0.1, 0.5, 0.2, 0.2))
    assert verdict("A brown dog", "brown", "attribute", bare) == "unknown"


def test_numbers_are_exact_unless_the_words_are_vague() -> None:
    dogs = [Region(str(n), "dog", Box(0.1 * n, 0.5, 0.1, 0.1)) for n in range(3)]
    assert verdict("Three dogs", "three", "count", *dogs) == "supported"
    assert verdict("Two dogs", "two", "count", *dogs) == "contradicted"
    assert verdict("Four dogs", "four", "count", *dogs) == "contradicted"
    assert verdict("Several dogs", "several", "count", *dogs) == "supported"
    assert verdict("A black dog and two brown dogs", "two", "count", *dogs) == "supported"


@pytest.mark.parametrize(
    ("text", "words", "wanted"),
    [
        ("A dog to the left of a car", "to the left of", "supported"),
        ("A dog to the right of a car", "to the right of", "contradicted"),
        ("A car to the left of a dog", "to the left of", "contradicted"),
        ("A dog on top of a car", "on top of", "contradicted"),
        ("A dog behind a car", "behind", "unknown"),
    ],
)
def test_places_come_from_the_boxes(text: str, words: str, wanted: str) -> None:
    assert verdict(text, words, "relation") == wanted


def test_given_relations_go_before_boxes() -> None:
    dog = Region("d", "dog", DOG.box, (), (("behind", "c"), ("chases", "c")))
    assert verdict("A dog behind a car", "behind", "relation", dog, CAR) == "supported"
    assert verdict("A dog in front of a car", "in front of", "relation", dog, CAR) == "contradicted"
    assert verdict("A car behind a dog", "behind", "relation", dog, CAR) == "contradicted"


def test_a_relation_with_an_open_subject_is_false_only_if_false_of_all() -> None:
    cup = Region("u", "cup", Box(0.66, 0.35, 0.05, 0.05))
    text = "A man is holding a cup to the right of a dog"
    assert verdict(text, "to the right of", "relation", MAN, DOG, cup) == "supported"
    text = "A man is holding a cup to the left of a dog"
    assert verdict(text, "to the left of", "relation", MAN, DOG, cup) == "contradicted"


def test_actions_are_read_from_attributes() -> None:
    assert verdict("A dog runs", "runs", "action") == "supported"
    assert verdict("A dog is sitting", "sitting", "action") == "contradicted"
    assert verdict("A dog is barking", "barking", "action") == "unknown"


def test_without_regions_nothing_is_checked() -> None:
    assert check_against_regions(read_caption("A dog"), [], Vocabulary.of(ELSEWHERE)) == ()


def test_support_is_that_of_the_worst_claim_and_undefined_without_any() -> None:
    checks = check("A brown dog and a cat")
    assert support(checks) == pytest.approx(0.05)
    found = worst(checks)
    assert found is not None
    assert found.claim.words == "cat"
    assert support([]) is None
    assert worst([]) is None


def test_chair_counts_mentions_and_captions() -> None:
    found = measure_chair([check("A dog and a cat"), check("A dog"), check("A zeppelin")])
    assert (found.instances, found.sentences) == (pytest.approx(1 / 3), 0.5)
    assert (found.mentions, found.captions) == (3, 2)
    assert measure_chair([]).instances is None


def test_boxes_say_nothing_within_their_dead_zone() -> None:
    one = Box(0.4, 0.4, 0.2, 0.2)
    assert judge("left of", one, one) is None
    assert judge("near", one, Box(0.62, 0.4, 0.2, 0.2)) == 0.8
    assert judge("unheard of", one, one) is None


def test_attributes_and_predicates_are_read_as_written() -> None:
    assert ("colour", "grey") in read_attribute("dark gray")
    assert ("action", "sit") in read_attribute("sitting")
    assert read_predicate("next_to") == "near"
    assert read_predicate("sitting on top of") == "on"
    assert read_predicate("holding") == "hold"
