"""Word by word: what differs, and two texts laid over each other."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from workbench.preferences.differences import find_differences, merge_texts

TEXTS = st.lists(st.sampled_from(["a", "red", "blue", "Dog", "dog", ",", "ball", "🏞", "."]), max_size=12).map(
    " ".join
)


def test_words_taken_out_stand_where_they_stood() -> None:
    runs = merge_texts("A dog on the shore.", "A red dog on the shore.")
    assert [tuple(run) for run in runs] == [
        ("same", "A "), ("gone", "red"), ("same", " dog on the shore."),
    ]  # fmt: skip
    assert find_differences("A dog on the shore.", "A red dog on the shore.").is_deletion


def test_words_added_at_the_end_stand_before_the_full_stop() -> None:
    runs = merge_texts("A dog, asleep.", "A dog.")
    assert [tuple(run) for run in runs] == [("same", "A dog"), ("new", ", asleep"), ("same", ".")]


def test_letter_case_alone_is_no_difference() -> None:
    assert [tuple(run) for run in merge_texts("A dog", "a dog")] == [("same", "A dog")]
    assert find_differences("A dog", "a dog").chosen == ()


@given(TEXTS, TEXTS)
def test_the_runs_hold_every_word_of_both_texts_in_order(chosen: str, rejected: str) -> None:
    runs = merge_texts(chosen, rejected)
    kept = "".join(run.text if run.kind != "gone" else " " for run in runs)
    left_out = "".join(run.text if run.kind != "new" else " " for run in runs)
    assert kept.split() == chosen.split()
    assert left_out.casefold().split() == rejected.casefold().split()
    assert all(one.kind != other.kind for one, other in pairwise(runs))
