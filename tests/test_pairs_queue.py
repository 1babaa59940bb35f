"""The judge's queue: who is asked what, in which order, on which side, and what comes again unannounced."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest

from tests.made_stores import fill
from workbench.errors import DecisionError, PairError, UnknownNameError
from workbench.pairs import (
    JudgeItem,
    JudgeQueue,
    Rubric,
    add_pairs,
    agree_with_self,
    judge,
    upheld_proposals,
)
from workbench.pairs.routing import call_pairs, merge_evenly
from workbench.pairs.standing import standing_pairs
from workbench.preferences.pair import Pair, variant_id
from workbench.store import Store


def pair_of(store: Store, number: int, origin: str = "built", **fields: object) -> Pair:
    row = store.read("captions").row(number, named=True)
    wrong = f"something else, {origin}"
    made = Pair(
        row["sample_id"],
        row["caption_id"],
        variant_id(row["sample_id"], wrong, origin),
        row["text"],
        wrong,
        origin,
    )
    return replace(made, **fields)


@pytest.fixture
def pairs(tmp_path: Path) -> Store:
    """Forty built pairs, which seem clear; thirty open ones; four with margins."""
    store = Store.create(tmp_path / "ws")
    fill(store, 74)
    margins = (0.4, 0.01, 0.3, 0.02)
    add_pairs(
        store,
        [pair_of(store, n) for n in range(40)]
        + [pair_of(store, n, "imported", is_ordered=False) for n in range(40, 70)]
        + [pair_of(store, 70 + n, "candidate", margin=margin) for n, margin in enumerate(margins)],
    )
    return store


def queue_of(store: Store, **options: object) -> JudgeQueue:
    return JudgeQueue(store, **({"annotator": "ana", "repeat_share": 0.0, "audit_share": 0.0} | options))


def judge_all(queue: JudgeQueue, count: int = 1000, picked: str = "left") -> list[JudgeItem]:
    """Answer what comes, always the same side."""
    done: list[JudgeItem] = []
    while len(done) < count and (item := queue.next()):
        queue.judge(item, "prefer", getattr(item, picked).caption_id, strength=1)
        done.append(item)
    return done


def test_people_are_asked_what_is_uncertain_and_clear_proposals_stay_proposals(pairs: Store) -> None:
    queue = queue_of(pairs)
    calls = [item.call for item in queue.items(0, len(queue))]
    assert sorted(calls) == ["open"] * 30 + ["uncertain"] * 2
    judge_all(queue)
    standing = standing_pairs(pairs)
    built = standing.filter(pl.col("origin") == "built")
    assert built["status"].unique().to_list() == ["proposed"], "nothing is accepted by itself"
    small = standing.filter(pl.col("margin").abs() < 0.2)
    assert small["status"].unique().to_list() == ["accepted"]


def test_a_share_of_the_clear_proposals_is_asked_about_all_the_same(pairs: Store) -> None:
    queue = queue_of(pairs, audit_share=0.5)
    clear = [item for item in queue.items(0, len(queue)) if item.call == "clear"]
    assert 10 <= len(clear) <= 32
    assert len(queue_of(pairs, route="all")) == 74


def test_a_disputed_pair_goes_to_the_next_person_first(pairs: Store) -> None:
    pair = pair_of(pairs, 3)
    judge(pairs, pair.pair_id, "prefer", annotator="ben", winner=pair.chosen_id)
    judge(pairs, pair.pair_id, "prefer", annotator="cas", winner=pair.rejected_id)
    first = queue_of(pairs).next()
    assert first is not None
    assert (first.pair_id, first.call) == (pair.pair_id, "disputed")
    assert queue_of(pairs, annotator="ben").place_of(pair.pair_id) == 0, "their own answer, to look back at"
    ahead = queue_of(pairs, annotator="ben").next()
    assert ahead is not None
    assert ahead.pair_id != pair.pair_id


def test_a_pair_is_asked_of_as_many_people_as_wanted(pairs: Store) -> None:
    judge_all(queue_of(pairs, voices=2))
    assert len(queue_of(pairs, annotator="ben")) == 0
    calls = {item.call for item in queue_of(pairs, annotator="ben", voices=2).items(0, 99)}
    assert calls == {"few_voices"}


def test_nobody_judges_their_own_correction(pairs: Store) -> None:
    from workbench.review import decide

    caption = pairs.read("captions")["caption_id"][0]
    decide(pairs, caption, "misaligned", annotator="ana", edited_text="something better")
    own = standing_pairs(pairs).filter(pl.col("origin") == "edit")["pair_id"][0]
    assert queue_of(pairs, route="all").place_of(own) is None
    assert queue_of(pairs, route="all", annotator="ben").place_of(own) is not None


def test_sides_are_fair_and_do_not_tell_who_was_proposed(pairs: Store) -> None:
    lefts = []
    for annotator in ("ana", "ben", "cas", "dan", "eva"):
        queue = queue_of(pairs, route="all", annotator=annotator)
        proposed = dict(standing_pairs(pairs).select("pair_id", "chosen_id").iter_rows())
        lefts += [item.left.caption_id == proposed[item.pair_id] for item in queue.items(0, len(queue))]
    assert abs(sum(lefts) / len(lefts) - 0.5) < 0.1  # 370 coins: ten per cent are four deviations


def test_the_sides_are_the_same_after_the_order_was_turned(pairs: Store) -> None:
    before = {item.pair_id: item.left for item in queue_of(pairs, route="all").items(0, 99)}
    for pair in (pair_of(pairs, n) for n in range(40)):
        judge(pairs, pair.pair_id, "prefer", annotator="ben", winner=pair.rejected_id)
    after = {item.pair_id: item.left for item in queue_of(pairs, route="all").items(0, 99)}
    assert after == before


def test_hidden_repeats_come_late_once_and_never_after_a_skip(pairs: Store) -> None:
    queue = queue_of(pairs, repeat_share=0.2, route="all")
    order = queue.items(0, len(queue))
    first = {item.pair_id: place for place, item in enumerate(order) if item.occasion == 1}
    again = {item.pair_id: place for place, item in enumerate(order) if item.occasion == 2}
    assert len(again) == 14
    assert all(place - first[key] > 8 for key, place in again.items())
    for item in queue.peek(len(queue)):
        queue.judge(item, "skip")
    assert queue.next() is None, "what was skipped the first time does not come again"


def test_agreement_with_oneself_counts_repeats_alone_and_says_why_it_is_undefined(pairs: Store) -> None:
    queue = queue_of(pairs, repeat_share=0.2)
    judge_all(queue, 5)
    none = agree_with_self(queue.own_judgements(), "ana", "faithfulness")
    assert (none.value, none.reason) == (None, "no pair has come twice yet")
    done = judge_all(queue, picked="right")
    twice = [item for item in done if item.occasion == 2]
    firsts = {item.pair_id: item for item in queue.items(0, 99) if item.occasion == 1}
    made = {(one.pair_id, one.occasion): one.winner for one in queue.own_judgements()}
    same = sum(made[item.pair_id, 1] == made[item.pair_id, 2] for item in twice)
    share = agree_with_self(queue.own_judgements(), "ana", "faithfulness")
    assert (share.same, share.count) == (same, len(twice))
    assert (share.low or 0) <= (share.value or 0) <= (share.high or 0)
    assert share.value == same / len(twice)
    assert set(firsts) >= {item.pair_id for item in twice}


def test_a_session_that_was_cut_off_goes_on_and_shows_the_same(pairs: Store) -> None:
    whole = [
        (item.pair_id, item.occasion, item.left) for item in queue_of(pairs, repeat_share=0.2).items(0, 99)
    ]
    judge_all(queue_of(pairs, repeat_share=0.2), 17)
    again = queue_of(Store.open(pairs.path), repeat_share=0.2)
    assert [(item.pair_id, item.occasion, item.left) for item in again.items(0, 99)] == whole
    assert again.next_place() == 17


def test_a_quiz_comes_first_and_its_answers_are_known(pairs: Store) -> None:
    queue = queue_of(pairs, quiz=5)
    quiz = queue.items(0, 5)
    assert all(item.is_quiz and queue.known[item.pair_id] for item in quiz)
    assert not queue.items(5, 1)[0].is_quiz
    pairs.replace("pairs", pairs.read("pairs").filter(pl.col("origin") != "built"))
    with pytest.raises(PairError, match="no pair with a known answer"):
        queue_of(pairs, quiz=5)


def test_the_worse_one_of_two_samples_is_named_and_the_other_wins(pairs: Store) -> None:
    rows = pairs.read("captions").head(2).to_dicts()
    good, bad = rows
    across = Pair(
        good["sample_id"], good["caption_id"], bad["caption_id"], good["text"], bad["text"], "across",
        rejected_sample_id=bad["sample_id"],
    )  # fmt: skip
    add_pairs(pairs, [across])
    queue = queue_of(pairs, route="all")
    place = queue.place_of(across.pair_id)
    assert place is not None
    item = queue.items(place, 1)[0]
    assert (item.is_across, item.ask) == (True, "worse")
    queue.judge(item, "prefer", bad["caption_id"], strength=3)
    made = queue.own_judgements()[-1]
    assert (made.winner, made.left) == (good["caption_id"], item.left.caption_id)


def test_a_rubric_of_the_users_may_require_a_reason(pairs: Store) -> None:
    rubric = Rubric(
        "style", "Which reads better?", reasons=("clumsy", "long"), requires=("reason", "strength")
    )
    queue = queue_of(pairs, rubric=rubric, route="all")
    item = queue.next()
    assert item is not None
    with pytest.raises(DecisionError, match="requires a reason and a strength"):
        queue.judge(item, "prefer", item.left.caption_id)
    queue.judge(item, "prefer", item.left.caption_id, reasons=["clumsy"], strength=1)
    assert [one.criterion for one in queue.own_judgements()] == ["style"]
    assert queue_of(pairs).own_judgements() == []


def test_what_was_not_shown_cannot_be_picked(pairs: Store) -> None:
    queue = queue_of(pairs)
    item = queue.next()
    assert item is not None
    with pytest.raises(DecisionError, match="was not shown"):
        queue.judge(item, "prefer", "c0")


def test_unknown_names_and_shares_are_refused_in_words(pairs: Store) -> None:
    with pytest.raises(UnknownNameError, match="hardest"):
        queue_of(pairs, route="hardest")
    with pytest.raises(UnknownNameError, match="completeness"):
        queue_of(pairs, rubric="beauty")
    with pytest.raises(UnknownNameError, match="better"):
        queue_of(pairs, ask="best")
    with pytest.raises(PairError, match="no share"):
        queue_of(pairs, repeat_share=2)
    with pytest.raises(DecisionError, match="names a reason twice"):
        Rubric("style", reasons=("a", "a"))
    with pytest.raises(DecisionError, match="has none to choose"):
        Rubric("style", requires=("reason",))
    with pytest.raises(UnknownNameError, match="strength"):
        Rubric("style", requires=("certainty",))


def test_margins_of_different_scores_are_not_compared(pairs: Store) -> None:
    add_pairs(
        pairs, [pair_of(pairs, n, "on_policy", margin=m) for n, m in enumerate((10.0, 20.0, 30.0))]
    )  # of another scale than the four candidates
    called = call_pairs(standing_pairs(pairs))
    found = dict(
        called.filter(pl.col("margin").is_not_null())
        .group_by("origin", "call")
        .len()
        .select(pl.format("{} {}", "origin", "call"), "len")
        .iter_rows()
    )
    assert found == {
        "candidate clear": 2,
        "candidate uncertain": 2,
        "on_policy clear": 2,
        "on_policy uncertain": 1,
    }
    strict = call_pairs(standing_pairs(pairs), clear_margin=15.0)
    assert strict.filter(pl.col("call") == "clear", pl.col("margin").is_not_null())["margin"].to_list() == [
        20.0,
        30.0,
    ]


def test_lists_are_spread_over_each_other() -> None:
    assert merge_evenly([], ["x"]) == ["x"]
    assert merge_evenly(list("abcdef"), ["x"]) == list("abcxdef")


def test_what_people_uphold_of_the_proposals_is_counted_by_their_making(pairs: Store) -> None:
    assert upheld_proposals(pairs).is_empty()
    for number, answer in enumerate(("chosen", "chosen", "rejected", "tie", "skip")):
        pair = pair_of(pairs, number)
        winner = {"chosen": pair.chosen_id, "rejected": pair.rejected_id}.get(answer, "")
        judge(pairs, pair.pair_id, "prefer" if winner else answer, annotator="ana", winner=winner)
    judge(
        pairs,
        pair_of(pairs, 0).pair_id,
        "prefer",
        annotator="ana",
        winner=pair_of(pairs, 0).rejected_id,
        occasion=2,
    )
    [row] = upheld_proposals(pairs).to_dicts()
    assert (row["origin"], row["answers"], row["upheld"], row["share"]) == ("built", 4, 2, 0.5)
    assert row["low"] == pytest.approx(0.0676, abs=1e-4)
    assert row["high"] == pytest.approx(0.9324, abs=1e-4)
    assert upheld_proposals(pairs, criterion="tone").is_empty()


def test_a_pair_that_an_unreliable_person_turned_alone_goes_to_another(pairs: Store) -> None:
    for number in range(25):
        pair = pair_of(pairs, number)
        for annotator in ("ana", "ben"):
            judge(pairs, pair.pair_id, "prefer", annotator=annotator, winner=pair.chosen_id)
        if number < 20:
            judge(pairs, pair.pair_id, "prefer", annotator="cas", winner=pair.rejected_id)
    alone = {name: pair_of(pairs, 30 + number) for number, name in enumerate(("ana", "cas"))}
    for name, pair in alone.items():
        winner = pair.chosen_id if name == "ana" else pair.rejected_id
        judge(pairs, pair.pair_id, "prefer", annotator=name, winner=winner)
    queue = queue_of(pairs, annotator="dan")
    doubtful = [item.pair_id for item in queue.items(0, len(queue)) if item.call == "doubtful"]
    assert doubtful == [alone["cas"].pair_id]
    assert queue_of(pairs, annotator="dan", doubtful_below=0).place_of(alone["cas"].pair_id) is None
    assert queue_of(pairs, annotator="cas").next_place() == 21, "cas is not asked again"


def test_a_pair_is_asked_about_under_its_own_criterion_or_a_rubric_of_the_users(tmp_path: Path) -> None:
    store = Store.create(tmp_path / "ws")
    fill(store, 2)
    left_out = pair_of(store, 1, criterion="completeness")
    add_pairs(store, [pair_of(store, 0), left_out])
    assert {item.pair_id for item in queue_of(store, route="all").items(0, 9)} == {pair_of(store, 0).pair_id}
    asked = queue_of(store, route="all", rubric="completeness").items(0, 9)
    assert [item.pair_id for item in asked] == [left_out.pair_id]
    assert len(queue_of(store, route="all", rubric=Rubric("style"))) == 2
    add_pairs(store, [pair_of(store, 1, "candidate", is_ordered=False)])
    assert len(queue_of(store, route="all", rubric="tone")) == 1
