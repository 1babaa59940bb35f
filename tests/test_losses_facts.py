"""What is known of pairs becomes tensors: weights, offsets, masks of tokens, beliefs, results by group."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
import pytest

from workbench.errors import RunError
from workbench.finetune.config import RunConfig
from workbench.finetune.losses.batch import facts_of
from workbench.finetune.losses.beliefs import Beliefs, beliefs_of
from workbench.finetune.losses.groups import by_group, worst_group
from workbench.finetune.losses.spans import differing_tokens
from workbench.finetune.rows import ROW_SCHEMA


@dataclass(frozen=True)
class Tokens:
    chosen_ids: tuple[int, ...] = (1, 2, 3)
    rejected_ids: tuple[int, ...] = (1, 4, 5, 3)
    chosen_places: tuple[tuple[int, int], ...] = ()
    rejected_places: tuple[tuple[int, int], ...] = ()


def row(pair: str = "p1", **given: object) -> dict[str, object]:
    plain = {
        "pair_id": pair, "chosen": "a red ball", "rejected": "a blue ball", "chosen_spans": [],
        "rejected_spans": [], "status": "accepted", "origin": "edit", "builder": "", "for_chosen": ["ana"],
        "for_rejected": [], "group": "", "strength": None, "weight": None,
    }  # fmt: skip
    return dict.fromkeys(ROW_SCHEMA) | plain | given


def frame(*rows: dict[str, object]) -> pl.DataFrame:
    return pl.DataFrame(list(rows), schema=ROW_SCHEMA)


def test_pairs_count_alike_unless_they_are_weighed() -> None:
    rows = [row(weight=0.5), row(weight=None), row(weight=0.9)]
    plain = facts_of(rows, [Tokens()] * 3, RunConfig())
    weighed = facts_of(rows, [Tokens()] * 3, RunConfig(weigh_by="weight"))
    assert plain.weight.tolist() == [1, 1, 1]
    assert weighed.weight.tolist() == pytest.approx([0.5, 1, 0.9])
    assert plain.offset.tolist() == [0, 0, 0]
    assert plain.confidence.tolist() == [1, 1, 1]
    assert plain.differs is None
    assert plain.tied is None


def test_strength_is_an_offset_for_the_methods_that_know_it() -> None:
    rows = [row(strength=1), row(strength=3), row(strength=None), row(strength=2, status="tie")]
    facts = facts_of(rows, [Tokens()] * 4, RunConfig(method="odpo", offset_scale=0.5))
    assert facts.offset.tolist() == [0.5, 1.5, 0, 0]
    assert facts_of(rows, [Tokens()] * 4, RunConfig()).offset.tolist() == [0, 0, 0, 0]
    assert facts.confidence.tolist() == [1, 1, 1, 0.5]
    assert facts.tied.tolist() == [False, False, False, True]


def test_masks_are_laid_out_chosen_first_and_as_long_as_the_longest() -> None:
    facts = facts_of([row()], [Tokens()], RunConfig(method="sparse_dpo"))
    assert facts.differs.tolist() == [[False, True, False, False], [False, True, True, False]]


def test_a_token_differs_where_it_shares_a_character_with_a_span() -> None:
    placed = Tokens((1, 2, 3, 9), (1, 4, 5, 3, 9), ((0, 1), (2, 5), (6, 10), (0, 0)),
                    ((0, 1), (2, 4), (4, 6), (7, 11), (0, 0)))  # fmt: skip
    spans = row(chosen_spans=[[2, 5]], rejected_spans=[[2, 6]])
    assert differing_tokens(spans, placed) == ([False, True, False, False], [False, True, True, False, False])
    assert differing_tokens(row(), placed) == differing_tokens(spans, placed)


def test_a_side_with_nothing_of_its_own_has_no_token_and_equal_answers_have_all() -> None:
    longer = Tokens((1, 3), (1, 2, 3))
    assert differing_tokens(row(), longer) == ([False, False], [False, True, False])
    assert differing_tokens(row(), Tokens((1, 3), (1, 3))) == ([True, True], [True, True])


# -- beliefs ------------------------------------------------------------------------------------------------


def test_only_a_method_that_learns_beliefs_has_some() -> None:
    assert beliefs_of(frame(row()), RunConfig()) is None
    assert beliefs_of(frame(row()), RunConfig(method="re_po")) is not None


def test_before_any_margin_everybody_is_believed_alike() -> None:
    beliefs = Beliefs(frame(row("a"), row("b", for_chosen=["bob"])), 0.8)
    assert beliefs.confidence([row("a"), row("b")]) == pytest.approx([0.8, 0.8], abs=0.02)


def test_margins_tell_a_careful_person_from_a_careless_one() -> None:
    """Margins know the truth roughly; a person who is against them too often is believed less."""
    random = np.random.default_rng(100)
    accuracy = {"ana": 0.97, "bob": 0.9, "cem": 0.6}
    rows, margins, is_right = [], {}, []
    for number in range(600):
        who = list(accuracy)[number % 3]
        right = random.random() < accuracy[who]
        pair = f"p{number}"
        rows.append(row(pair, for_chosen=[who]))
        margins[pair] = random.normal(2.5 if right else -2.5, 5**0.5)  # as sure as it says
        is_right.append(right)
    beliefs = Beliefs(frame(*rows))
    beliefs.learn(margins)
    assert beliefs.reliability == pytest.approx(accuracy, abs=0.06)
    confidence = np.array(beliefs.confidence(rows))
    assert confidence[is_right].mean() > 0.9
    assert confidence[~np.array(is_right)].mean() < 0.45


def test_two_people_against_each_other_leave_a_pair_between() -> None:
    quarrel = row("a", for_chosen=["ana"], for_rejected=["bob"])
    assert Beliefs(frame(quarrel)).confidence([quarrel]) == pytest.approx([0.5])


def test_a_pair_that_nobody_ordered_is_the_word_of_what_made_it() -> None:
    made = row("a", for_chosen=[], origin="built", builder="replace_object")
    assert list(Beliefs(frame(made)).reliability) == ["built replace_object"]


def test_beliefs_come_back_from_a_checkpoint() -> None:
    rows = frame(row("a"), row("b"), row("c", for_chosen=["bob"]))
    one, other = Beliefs(rows), Beliefs(rows)
    one.learn({"a": 2.0, "c": -3.0})
    other.restore(one.as_json())
    asked = list(rows.iter_rows(named=True))
    assert other.confidence(asked) == one.confidence(asked)
    assert one.confidence([row("held out")]) == [1.0]
    assert one.confidence(asked)[2] < 0.5 < one.confidence(asked)[0]


def test_beliefs_are_what_a_batch_is_sure_of() -> None:
    rows = [row("a"), row("b")]
    beliefs = Beliefs(frame(*rows))
    beliefs.learn({"a": 3.0, "b": -3.0})
    facts = facts_of(rows, [Tokens()] * 2, RunConfig(method="re_po"), beliefs=beliefs)
    assert facts.confidence.tolist() == pytest.approx(beliefs.confidence(rows))


@pytest.mark.parametrize("start", [0.5, 1.0])
def test_a_start_that_nothing_could_move_is_refused(start: float) -> None:
    with pytest.raises(RunError, match=r"not between \.5 and 1"):
        Beliefs(frame(row()), start)


# -- groups -------------------------------------------------------------------------------------------------


def test_groups_stand_apart_worst_first_ties_a_half() -> None:
    rows = frame(*(row(str(n), group=group) for n, group in enumerate(["near", "near", "far", "far", ""])))
    found = by_group(rows, {"0": 1.0, "1": 2.0, "2": -1.0, "3": 0.0, "4": -9.0})
    assert [(one.group, one.pairs, one.accuracy, one.margin) for one in found] == [
        ("far", 2, 0.25, -0.5),
        ("near", 2, 1.0, 1.5),
    ]
    assert found[0].low < 0.25 < found[0].high
    assert worst_group(found) == found[0]
    assert found[0].as_facts()["group"] == "far"


def test_one_group_alone_is_not_the_worst_of_any() -> None:
    found = by_group(frame(row("a", group="near"), row("b")), {"a": 1.0, "b": 1.0})
    assert [one.group for one in found] == ["near"]
    assert worst_group(found) is None
    assert by_group(frame(row("b")), {"b": 1.0}) == []
