"""Agreement in a workspace: by caption and never by side, with the reason for what is undefined."""

from __future__ import annotations

import json
import sys
from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from tests.made_stores import fill
from workbench.cli import main
from workbench.errors import MissingExtraError, WorkspaceError
from workbench.pairs import add_pairs, edited_captions, judge, standing_pairs
from workbench.pairs.accord import Agreement
from workbench.pairs.agreement import agreement, pair_reliability
from workbench.pairs.groups import annotator_groups, group_annotators
from workbench.pairs.ranking import list_cycles, rank_captions, rank_sources
from workbench.preferences.pair import Pair, variant_id
from workbench.records import Interval, Judgement, Verdict
from workbench.store import Store

COUNT = 12


@pytest.fixture
def pairs(store: Store) -> list[Pair]:
    """A workspace with a built pair of each of twelve captions."""
    fill(store, COUNT)
    made = built(store)
    add_pairs(store, made)
    return made


def built(store: Store) -> list[Pair]:
    return [
        Pair(
            row["sample_id"], row["caption_id"], variant_id(row["sample_id"], "wrong", "built"), row["text"],
            "wrong", "built", builder="replace_count",
        )
        for row in store.read("captions").iter_rows(named=True)
    ]  # fmt: skip


def say(store: Store, pair: Pair, annotator: str, answer: str = "chosen", **more: int) -> None:
    winner = {"chosen": pair.chosen_id, "rejected": pair.rejected_id}.get(answer, "")
    judge(store, pair.pair_id, "prefer" if winner else answer, annotator=annotator, winner=winner, **more)


def measure(store: Store, what: str, name: str) -> dict[str, object]:
    found = agreement(store).measures.filter(pl.col("what") == what, pl.col("name") == name)
    return found.row(0, named=True)


def test_nothing_judged_is_said_and_is_no_number(store: Store, pairs: list[Pair]) -> None:
    found = pair_reliability(store)
    assert found.height == COUNT
    assert found["voices"].to_list() == [0] * COUNT
    assert found["weight"].is_null().all()
    assert set(found["reason"]) == {"nobody judged it"}
    assert measure(store, "answer", "Krippendorff alpha")["reason"] == "nothing was answered by two people"
    assert "Undefined, because nothing was answered by two people: agreement on answer" in str(
        agreement(store)
    )


def test_people_who_say_the_same_agree_fully_and_are_believed(store: Store, pairs: list[Pair]) -> None:
    for place, pair in enumerate(pairs):
        for annotator in ("ana", "ben"):
            say(store, pair, annotator, "chosen" if place % 3 else "rejected")
    found = pair_reliability(store)
    assert found["agreement"].to_list() == [1.0] * COUNT
    assert found["weight"].min() > 0.9
    assert found["reason"].to_list() == [""] * COUNT
    assert measure(store, "answer", "Krippendorff alpha")["value"] == 1.0


def test_planted_disagreement_is_found(store: Store, pairs: list[Pair]) -> None:
    """A known fault of others: answers compared by their keys, so that everybody agreed."""
    for place, pair in enumerate(pairs):
        say(store, pair, "ana")
        say(store, pair, "ben", "chosen" if place % 2 else "rejected")
    row = measure(store, "answer", "share of equal answers")
    assert (row["value"], row["units"], row["voices"]) == (0.5, COUNT, 2 * COUNT)
    assert measure(store, "answer", "Krippendorff alpha")["value"] < 0.3
    assert sorted(pair_reliability(store)["agreement"].to_list()) == [0.0] * 6 + [1.0] * 6


def test_the_weight_is_of_the_order_in_which_the_pair_stands(store: Store, pairs: list[Pair]) -> None:
    for annotator in ("ana", "ben", "cem"):
        say(store, pairs[0], annotator, "rejected")
        for pair in pairs[1:]:
            say(store, pair, annotator)
    weight = dict(pair_reliability(store).select("pair_id", "weight").iter_rows())
    assert weight[pairs[0].pair_id] > 0.9


def test_one_voice_has_a_weight_and_no_agreement(store: Store, pairs: list[Pair]) -> None:
    say(store, pairs[0], "ana")
    row = pair_reliability(store).filter(pl.col("pair_id") == pairs[0].pair_id).row(0, named=True)
    assert (row["voices"], row["agreement"]) == (1, None)
    assert 0.5 < row["weight"] < 1
    assert row["reason"] == "one voice; agreement needs two"


def test_skips_and_hidden_repeats_are_no_voices(store: Store, pairs: list[Pair]) -> None:
    say(store, pairs[0], "ana", "skip")
    say(store, pairs[0], "ana", occasion=2)
    assert pair_reliability(store)["voices"].sum() == 0


# -- a workspace that four people judged ---------------------------------------------------------------------

ACCURACIES = {"ana": 0.98, "ben": 0.9, "cem": 0.8, "dua": 0.6}
JUDGED = 60


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Store:
    """Sixty built pairs, all of them right, judged by four people of known accuracy, some of them twice."""
    store = Store.create(tmp_path_factory.mktemp("agreement") / "ws")
    fill(store, JUDGED)
    made = built(store)
    add_pairs(store, made)
    random = np.random.default_rng(100)
    for pair in made:
        for annotator, accuracy in ACCURACIES.items():
            for occasion in (1, 2) if random.random() < 0.15 else (1,):
                winner = pair.chosen_id if random.random() < accuracy else pair.rejected_id
                said = Judgement(
                    pair.pair_id, "prefer", annotator, winner=winner, occasion=occasion, seconds=2.0,
                    strength=2, left=pair.chosen_id,
                )  # fmt: skip
                store.journal.record(said)
    group_annotators(store, {"ana": "experts", "ben": "experts", "cem": "crowd", "dua": "crowd"})
    return store


@pytest.fixture(scope="module")
def found(judged: Store) -> Agreement:
    return agreement(judged)


def test_every_persons_accuracy_is_told_by_three_models(found: Agreement) -> None:
    assert found.annotators["annotator"].to_list() == list(ACCURACIES)
    for row in found.annotators.iter_rows(named=True):
        truth = ACCURACIES[row["annotator"]]
        assert row["low"] - 0.02 <= truth <= row["high"] + 0.02
        assert row["mace"] == pytest.approx(truth, abs=0.12)
        assert row["dawid_skene"] == pytest.approx(truth, abs=0.12)
        assert (row["voices"], row["shared"], row["seconds"], row["reason"]) == (JUDGED, JUDGED, 2.0, "")
        assert row["right_on_known"] == pytest.approx(truth, abs=0.12)


def test_the_flip_rate_is_told_from_three_sources(found: Agreement) -> None:
    assert found.flips["source"].to_list() == ["hidden repeats", "two people", "known answers"]
    wrong = 1 - sum(ACCURACIES.values()) / 4
    for source in ("two people", "known answers"):
        row = found.flips.filter(source=source).row(0, named=True)
        assert row["low"] - 0.03 <= wrong <= row["high"] + 0.03
    assert found.epsilon == found.flips["value"][2]


def test_a_group_that_is_overruled_is_named(found: Agreement) -> None:
    assert found.groups["group"].to_list() == ["crowd", "experts"]
    worst = found.worst_group
    assert worst is not None
    assert worst["group"] == "crowd"
    assert worst["against"] > found.groups["against"][1]
    assert "Worst group: crowd" in str(found)
    assert found.group_voices.filter(group="crowd")["voices"].unique().to_list() == [2]


def test_the_makers_of_captions_are_ranked(found: Agreement) -> None:
    assert found.sources["name"].to_list() == ["captions", "replace_count"]
    assert found.sources["low"][0] > 0 > found.sources["high"][1]


def test_every_two_people_have_a_kappa(found: Agreement) -> None:
    assert found.couples.height == 6
    best = found.couples.sort("agree").row(-1, named=True)
    assert (best["one"], best["other"], best["pairs"]) == ("ana", "ben", JUDGED)


def test_weights_rank_right_orders_above_turned_ones(judged: Store) -> None:
    both = standing_pairs(judged).join(pair_reliability(judged), on="pair_id")
    assert both["weight"].is_between(0, 1).all()
    # Each pair was made in the right order, so one that voices turned stands wrongly.
    # Where two voices stand against two, it is the reliable ones that the weight goes with.
    settled = both.filter(pl.col("status") == "accepted", pl.col("voices_rejected") == 0)
    assert settled["weight"].min() > 0.99
    doubted = both.filter(pl.col("is_turned") | (pl.col("status") == "disputed"))
    assert doubted.height
    assert doubted["weight"].max() < settled["weight"].min()


def test_every_judgement_has_a_belief(found: Agreement) -> None:
    """All pairs were made in the right order, so `turned` is wrong; the beliefs do not know that."""
    assert found.voices.height == found.judgements == 4 * JUDGED
    told = found.voices.group_by("label").agg(pl.col("belief").mean())
    beliefs = dict(told.iter_rows())
    assert beliefs["as_made"] > 0.95
    assert beliefs["turned"] < 0.1


def test_it_prints_tables_and_escapes_names(found: Agreement) -> None:
    text = str(found)
    assert text.startswith(f"{4 * JUDGED} judgements by 4 people on {JUDGED} of {JUDGED} pairs")
    for title in ("Agreement", "Annotators", "Flip rate", "Groups", "What made the captions"):
        assert f"\n{title}" in text
    assert "nan" not in text.lower().split()
    odd = replace(found, annotators=found.annotators.with_columns(annotator=pl.lit("<b>")))
    assert "<td>&lt;b&gt;</td>" in odd._repr_html_()


def test_the_figure_is_drawn_even_of_nothing(found: Agreement, store: Store) -> None:
    import holoviews

    for one in (found, agreement(store)):
        holoviews.renderer("bokeh").get_plot(one.figure())


def test_the_shell_tells_the_same(judged: Store, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["agreement", str(judged.path), "--json", "-"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [row["annotator"] for row in told["annotators"]] == list(ACCURACIES)
    assert main(["group", str(judged.path)]) == 0
    assert "cem: crowd" in capsys.readouterr().out
    assert main(["group", str(judged.path), "cem"]) == 2
    assert "'cem' names no group" in capsys.readouterr().err


# -- what else two people can agree on -----------------------------------------------------------------------


def test_groups_are_kept_and_taken_out(store: Store) -> None:
    assert annotator_groups(store) == {}
    group_annotators(store, {"ana": "a", "ben": "b"})
    assert group_annotators(store, {"ben": ""}) == {"ana": "a"} == annotator_groups(Store.open(store.path))
    (store.path / "annotators.json").write_text("[]")
    with pytest.raises(WorkspaceError, match="is not a JSON object"):
        annotator_groups(store)


def test_a_correction_is_the_editors_even_where_a_builder_took_it_up(store: Store) -> None:
    fill(store, 2)
    caption, other = store.read("captions").iter_rows(named=True)
    text = "caption number seven"
    store.journal.record(Verdict(caption["caption_id"], "misaligned", "ana", edited_text=text))
    edit = edited_captions(store).row(0, named=True)
    wrong = variant_id(caption["sample_id"], "wrong", "built")
    made = Pair(
        caption["sample_id"], edit["caption_id"], wrong, text, "wrong", "built",
        builder="replace_count", source="builder",
    )  # fmt: skip
    two = Pair(
        other["sample_id"], "c1", "c2", "one", "two", "candidate", is_ordered=False, source="m1 and m2"
    )
    add_pairs(store, [made, two])
    for pair in (made, two):
        say(store, pair, "ana")
    assert set(rank_sources(store)["name"]) == {"edit", "replace_count", "m1", "m2"}


def test_rounds_are_listed_by_who_goes_round(store: Store) -> None:
    """ana prefers 0 to 1, 1 to 2 and 2 to 0: no order is right about all three."""
    fill(store, 1)
    sample = store.read("samples")["sample_id"][0]
    ids = [variant_id(sample, f"text {n}", "candidate") for n in range(3)]
    made = [
        Pair(sample, ids[a], ids[b], f"text {a}", f"text {b}", "candidate", is_ordered=False)
        for a, b in ((0, 1), (1, 2), (0, 2))
    ]
    add_pairs(store, made)
    for pair, answer in zip(made, ("chosen", "chosen", "rejected"), strict=True):
        say(store, pair, "ana", answer)
    cycles = list_cycles(store)
    assert cycles["who"].to_list() == ["everybody", "ana"]
    start = ids.index(min(ids))
    assert cycles["captions"][1].to_list() == [ids[(start + n) % 3] for n in range(3)]
    ranked = rank_captions(store)
    assert set(ranked["caption_id"]) == set(ids)
    assert ranked["strength"].abs().max() == pytest.approx(0, abs=1e-6)
    say(store, made[2], "ana")
    assert list_cycles(store).is_empty()
    assert rank_captions(store)["caption_id"].to_list() == ids


def test_people_who_reviewed_the_same_captions_are_compared(filled_store: Store) -> None:
    captions = filled_store.read("captions").head(12)
    for place, (caption, text) in enumerate(captions.select("caption_id", "text").iter_rows()):
        for shift, annotator in enumerate(("ana", "ben")):
            is_bad = place % 3 != 0
            said = Verdict(
                caption, "misaligned" if is_bad else "ok", annotator,
                error_types=("count",) if is_bad else (),
                severity=1 + place % 3 if is_bad else None,
                edited_text=f"{text} and {place if shift else place % 4} more" if is_bad else "",
                interval=Interval(place, place + 1 + 0.2 * shift) if is_bad else None,
            )  # fmt: skip
            filled_store.journal.record(said)
    found = agreement(filled_store, encoder="fake")
    told = {(row["what"], row["name"]): row for row in found.measures.iter_rows(named=True)}
    assert told["verdict", "Krippendorff alpha"]["value"] == 1.0
    assert told["severity", "Krippendorff alpha, ordinal"]["value"] == 1.0
    assert told["error types", "alpha, set"]["reason"].startswith("everybody gave the same answer")
    changed = told["correction", "alpha, changed words"]["value"]
    words = told["correction", "alpha, words of the text"]["value"]
    assert 0 < changed < words < 1.0
    assert told["correction", "alpha, meaning of the text"]["value"] is not None
    assert 0.7 < told["interval", "alpha, overlap in time"]["value"] < 1.0
    shares = dict(found.tolerances.select("tolerance_s", "share").iter_rows())
    assert (shares[0.1], shares[0.25], found.tolerances["couples"][0]) == (0.0, 1.0, 8)
    assert "Both ends of a stretch of time" in str(found)


def test_a_lone_judge_has_no_accuracy_and_the_reason(store: Store, pairs: list[Pair]) -> None:
    for pair in pairs:
        say(store, pair, "ana")
    row = agreement(store).annotators.row(0, named=True)
    assert row["accuracy"] is None
    assert row["reason"] == "0 pairs that others judged too; an accuracy needs 10"


def test_answers_on_another_criterion_are_counted_when_it_is_asked_for(
    store: Store, pairs: list[Pair]
) -> None:
    for annotator in ("ana", "ben"):
        said = Judgement(pairs[0].pair_id, "tie", annotator, criterion="tone")
        store.journal.record(said)
    assert pair_reliability(store)["voices"].sum() == 0
    assert pair_reliability(store, criterion="tone")["voices"].sum() == 2
    assert agreement(store, criterion="tone").judgements == 2


def test_weights_need_no_extra_package(
    store: Store, pairs: list[Pair], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Boards, lint and exports stand on them, and must work where the extra `pairs` is not installed."""
    for package in ("krippendorff", "statsmodels", "crowdkit.aggregation", "networkx", "rapidfuzz.distance"):
        monkeypatch.setitem(sys.modules, package, None)
    say(store, pairs[0], "ana")
    assert pair_reliability(store)["weight"].count() == 1
    with pytest.raises(MissingExtraError, match=r"caption-workbench\[pairs\]"):
        agreement(store)
