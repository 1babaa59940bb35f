"""Builders: each changes one thing, says exactly where, and keeps out what could be true or unreadable."""

from __future__ import annotations

import pytest

from workbench.alignment.claims.parse import read_caption
from workbench.errors import UnknownNameError
from workbench.preferences.builders import BUILDERS, CaptionSet, Original, Variant, build
from workbench.preferences.builders.rewriting import Change, rewrite


def original(text: str, sample: str = "s", caption: str = "c", **times: float) -> Original:
    return Original(sample, caption, text, read_caption(text), times.get("start_s"), times.get("end_s"))


def variants(
    builder: str, text: str, *others: str, same: tuple[str, ...] = (), choice: str = "random"
) -> list[Variant]:
    """Return what a builder makes of a text among other samples' captions and others of its own sample."""
    one = original(text, "here", "first")
    kept = [original(words, "here", f"same{n}") for n, words in enumerate(same)]
    rest = [original(words, f"other{n}", f"other{n}") for n, words in enumerate(others)]
    return list(BUILDERS[builder].plan(one, CaptionSet([one, *kept, *rest]), choice))


def texts(found: list[Variant]) -> set[str]:
    return {one.text for one in found}


#: Many samples that hold none of the things that are put in another's place.
MANY = ["A red truck stands near a bench in the park."] * 600
DOG = "A red dog sits on a bench"


def test_another_thing_takes_the_place_and_the_article_comes_along() -> None:
    found = variants("replace_object", DOG, "An owl", "An owl sits on a bench", "A red owl", *MANY)
    assert "A red owl sits on a bench" in texts(found)
    owl = next(one for one in found if "owl" in one.text)
    assert [owl.text[a:b] for a, b in owl.rejected_spans] == ["owl"]
    assert [DOG[a:b] for a, b in owl.chosen_spans] == ["dog"]
    assert owl.reason == 'says "owl" instead of "dog"'


def test_a_thing_that_means_the_same_or_is_said_by_another_caption_is_no_rival() -> None:
    known = ("A red puppy sits on a bench", "A red animal sits on a bench", "A red cat sits on a bench")
    assert texts(variants("replace_object", DOG, *known, *MANY)) == {"A red cat sits on a bench"}
    with_cat = ("A cat and a dog on a bench",)
    assert not variants("replace_object", DOG, *known, *MANY, same=with_cat)


def test_what_is_likely_to_be_there_unsaid_is_no_rival() -> None:
    """Wherever the set names a bench it names a cat: that none is said here proves little."""
    always = ["A red cat sits on a bench"] * 30
    assert not variants("replace_object", DOG, *always)


def test_a_thing_is_not_made_to_do_what_no_such_thing_does() -> None:
    others = ["A red truck", "A truck near a bench"] * 30
    assert not variants("replace_object", DOG, *others)


def test_colours_that_people_mix_up_are_no_rivals() -> None:
    others = ["A grey car", "A silver car", "A white car", "A blue car"]
    assert texts(variants("replace_attribute", "A white car", *others)) == {"A blue car"}


def test_a_colour_said_by_another_caption_of_the_sample_is_no_rival() -> None:
    others = ["A blue car", "A yellow car"]
    found = variants("replace_attribute", "A red car", *others, same=("A blue car",))
    assert texts(found) == {"A yellow car"}


def test_relations_turn_to_their_opposite_in_the_same_manner_of_speaking() -> None:
    found = variants("replace_relation", "A dog to the left of a car", "A cat to the right of a house")
    assert texts(found) == {"A dog to the right of a car"}
    assert [found[0].text[a:b] for a, b in found[0].rejected_spans] == ["right"]


def test_actions_are_exchanged_where_one_cannot_do_both() -> None:
    others = ["A dog sits on grass", "A dog sleeps on grass", "A dog runs on grass", "A dog lies on grass"]
    assert texts(variants("replace_action", "A dog lies on grass", *others)) == {
        "A dog sits on grass",
        "A dog runs on grass",
    }


def test_counts_move_by_one_and_never_below_two() -> None:
    others = ["One dog runs", "Three dogs run", "Four dogs run"]
    assert texts(variants("replace_count", "Two dogs run", *others)) == {"Three dogs run"}
    assert not variants("replace_count", "Several dogs run", *others)


def test_attributes_are_exchanged_where_either_thing_may_have_them() -> None:
    others = ["a blue car", "a red house"]
    assert texts(variants("swap_attributes", "A red car near a blue house", *others)) == {
        "A blue car near a red house"
    }
    assert not variants("swap_attributes", "A red car near a blue house", "a blue car")


def test_arguments_are_exchanged_with_what_belongs_to_them() -> None:
    text = "A man in a red jacket to the left of an old dog"
    found = variants("swap_arguments", text, "old dog to the left", "left of a man")
    found = found or variants("swap_arguments", text, "An old dog to the left of a man in a red jacket")
    assert texts(found) == {"An old dog to the left of a man in a red jacket"}
    assert not variants("swap_arguments", "A dog near a man", "A man near a dog")


def test_events_are_told_the_wrong_way_round() -> None:
    found = variants("swap_order", "A dog barks, then a bell rings.")
    assert texts(found) == {"A bell rings, then a dog barks."}
    assert not variants("swap_order", "A dog barks, then a dog barks.")


def test_another_stretch_of_the_same_recording_is_said_of_this_one() -> None:
    first = original("A dog runs past.", "v", "one", start_s=0.0, end_s=2.0)
    second = original("A ball bounces twice.", "v", "two", start_s=2.5, end_s=4.0)
    during = original("A kite flies.", "v", "three", start_s=0.5, end_s=1.5)
    captions = CaptionSet([first, second, during])
    assert texts(list(BUILDERS["shift_interval"].plan(first, captions, "random"))) == {second.text}


def test_what_is_added_is_not_there() -> None:
    found = variants("add_object", "A dog in the park.", "A car with a kite", "A dog and a puppy", *MANY)
    assert "A dog in the park with a kite." in texts(found)
    assert not any("puppy" in text for text in texts(found))


def test_an_attribute_is_added_only_against_another_one_that_is_told() -> None:
    others = ["a red car", "a blue car"]
    assert not variants("add_attribute", "a car", *others)
    assert texts(variants("add_attribute", "a car", *others, same=("a red car",))) == {"a blue car"}


def test_what_is_dropped_leaves_a_sentence() -> None:
    found = variants("drop", "A dog sits next to an orange cat in the park.")
    assert texts(found) == {
        "A dog sits next to an orange cat.",
        "A dog sits next to a cat in the park.",
    }
    dropped = next(one for one in found if one.text.endswith("cat."))
    assert (dropped.now, dropped.reason) == ("", 'leaves out "in the park"')


def test_what_is_there_is_denied_and_what_is_denied_is_said() -> None:
    assert texts(variants("negate", "There is a dog on grass")) == {"There is no dog on grass"}
    assert texts(variants("negate", "Two dogs run")) == {"No dogs run"}


def test_the_last_thing_is_said_twice() -> None:
    assert texts(variants("duplicate", "A dog near a blue tree.")) == {
        "A dog near a blue tree and a blue tree."
    }


def test_a_foreign_caption_must_be_wrong_here() -> None:
    rest = [original(f"A {word} car on a street", f"n{n}", f"n{n}") for n, word in enumerate(["red"] * 40)]
    here = original("A blue car on a street", "here", "here")
    same = original("A car on a street", "more", "more")
    captions = CaptionSet([here, same, *rest])
    assert texts(list(BUILDERS["foreign_random"].plan(here, captions, "random"))) == {"A red car on a street"}


@pytest.mark.parametrize(
    ("text", "change", "wanted", "was", "now"),
    [
        ("A dog near an orange car", Change(14, 20, "red"), "A dog near a red car", ["an orange"], ["a red"]),
        ("An orange cat", Change(3, 9, ""), "A cat", ["An orange"], ["A"]),
        ("Red cars on grass", Change(0, 3, ""), "Cars on grass", ["Red cars"], ["Cars"]),
        ("to the left of it", Change(0, 14, "to the right of"), "to the right of it", ["left"], ["right"]),
        ("a dog.", Change(5, 5, " and a cat"), "a dog and a cat.", [], ["and a cat"]),
        ("a big red car", Change(2, 5, ""), "a red car", ["big"], []),
    ],
)
def test_a_change_mends_the_text_and_says_where_it_is(
    text: str, change: Change, wanted: str, was: list[str], now: list[str]
) -> None:
    made = rewrite(text, [change])
    assert made.text == wanted
    assert [text[a:b] for a, b in made.chosen_spans] == was
    assert [made.text[a:b] for a, b in made.rejected_spans] == now


def test_an_unknown_choice_lists_the_known_ones() -> None:
    one = original("A dog")
    with pytest.raises(UnknownNameError, match="adversarial"):
        build(BUILDERS["replace_object"], [one], CaptionSet([one]), choice="hardest", seed=0)


def test_every_card_says_what_it_makes() -> None:
    for name, card in BUILDERS.items():
        assert (card.name, bool(card.makes), bool(card.plan.__doc__)) == (name, True, True)
        assert card.is_false or card.criterion != "faithfulness", name
