"""How far a team agrees: counted on what was said, with the reason wherever there is no number."""

from __future__ import annotations

import itertools

import numpy as np
import polars as pl
import pytest

from workbench.preferences.agreement import COEFFICIENTS, cohen_kappa, count_answers
from workbench.records import Verdict
from workbench.review.agreement import describe_team


def said(**answers: str) -> list[Verdict]:
    """One letter a caption, by person: o fine, x misaligned, s skipped, - nothing."""
    words = {"o": "ok", "x": "misaligned", "s": "skip"}
    return [
        Verdict(f"c{place}", words[letter], name, error_types=("object",) if letter == "x" else ())
        for name, letters in answers.items()
        for place, letter in enumerate(letters)
        if letter != "-"
    ]


def test_agreement_is_on_what_was_said_and_not_on_the_captions_decided() -> None:
    opposite = describe_team(said(ana="oxoxox", ben="xoxoxo"))
    assert opposite.agreement.value is not None
    assert opposite.agreement.value < -0.5
    assert opposite.couples.row(0, named=True)["equal"] == 0


def test_the_live_alpha_and_kappa_are_those_of_the_packages() -> None:
    random = np.random.default_rng(3)
    truth = random.random(60) < 0.3
    letters = {
        name: "".join(
            "-" if random.random() < 0.3 else "ox"[int(bad ^ (random.random() < 0.15))] for bad in truth
        )
        for name in ("ana", "ben", "cem")
    }
    verdicts = said(**letters)
    team = describe_team(verdicts)
    counts = count_answers(
        [v.caption_id for v in verdicts], [v.verdict for v in verdicts], ("ok", "misaligned")
    )
    assert team.agreement.value == pytest.approx(COEFFICIENTS["Krippendorff alpha"](counts))
    for row in team.couples.iter_rows(named=True):
        both = [
            pair for pair in zip(letters[row["one"]], letters[row["other"]], strict=True) if "-" not in pair
        ]
        expected = cohen_kappa(*map(list, zip(*both, strict=True)))
        assert row["kappa"] == pytest.approx(expected.value)
        assert row["low"] <= row["kappa"] <= row["high"]
        assert row["equal"] == pytest.approx(np.mean([one == other for one, other in both]))


def test_the_interval_of_alpha_holds_the_planted_agreement() -> None:
    """Two voices that err by the same share, independently: alpha is known beforehand."""
    random = np.random.default_rng(5)
    truth = random.random(800) < 0.5
    voices = [
        "".join("ox"[int(bad ^ flip)] for bad, flip in zip(truth, random.random(800) < 0.1, strict=True))
        for _ in "ab"
    ]
    one = describe_team(said(ana=voices[0], ben=voices[1])).agreement
    planted = 1 - 2 * 0.1 * 0.9 / 0.5
    assert one.low is not None
    assert one.high is not None
    assert one.value is not None
    assert one.low < planted < one.high
    assert one.high - one.low < 0.12


def test_who_is_the_odd_one_out_shows_in_the_alpha_of_the_others() -> None:
    team = describe_team(said(ana="oxoxoxox", ben="oxoxoxox", cem="ooxxooxx"))
    alone = {row["annotator"]: row["alpha_without"] for row in team.people.iter_rows(named=True)}
    assert alone["cem"] == pytest.approx(1.0)
    assert alone["ana"] < 0.5


@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ({"ana": "ooxx"}, "two people"),
        ({"ana": "oo--", "ben": "--xx"}, "two people"),
        ({"ana": "oooo", "ben": "oooo"}, "same answer"),
    ],
)
def test_where_there_is_no_alpha_the_reason_is_said(answers: dict[str, str], reason: str) -> None:
    team = describe_team(said(**answers))
    assert team.agreement.value is None
    assert reason in team.agreement.reason
    assert reason in str(team)
    assert not team.people["alpha_without"].is_nan().any()


def test_a_skip_is_counted_and_not_compared() -> None:
    team = describe_team(said(ana="oos", ben="oxx", eva="--s"))
    assert team.agreement.units == 2
    skipped = team.people.select("annotator", "skipped").rows()
    assert dict(skipped) == {"ana": 1, "ben": 0, "eva": 1}
    eva = team.people.row(by_predicate=pl.col("annotator") == "eva", named=True)
    assert (eva["decided"], eva["shared"]) == (1, 0)
    assert "two people" in eva["reason"]


def test_nobody_yet_is_an_answer() -> None:
    team = describe_team([])
    assert team.people.is_empty()
    assert team.couples.is_empty()
    assert team.reviewed == 0
    assert "Nobody yet" in str(team)


def test_couples_are_listed_once_and_only_where_they_share_a_caption() -> None:
    team = describe_team(said(ana="ox--", ben="ox--", cem="--ox"))
    assert team.couples.select("one", "other").rows() == [("ana", "ben")]
    many = describe_team(said(**dict.fromkeys("abcdefghij", "ox")))
    assert many.couples.height == len(list(itertools.combinations(range(10), 2)))
