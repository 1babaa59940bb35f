"""Lint: silent on a clean set, and every fault that is planted is found in the rows it was planted in."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace

import polars as pl
import pytest

from tests.made_pairs import change, clean_set, judgement
from workbench.errors import UnknownNameError
from workbench.payloads import JUDGEMENT_COLUMNS
from workbench.preferences.lint import RULES, LintSettings, PairSet, Rule, lint
from workbench.preferences.lint.base import Unchecked
from workbench.preferences.lint.power import least_accuracy, pairs_needed, power_table

CLEAN = clean_set()
PEOPLE = ("ana", "ben", "cem")


@pytest.mark.parametrize("seed", [100, 101, 102])
def test_a_clean_set_has_no_error_and_no_warning(seed: int) -> None:
    report = lint(clean_set(seed=seed))
    assert report.count("error") == 0, report
    assert report.count("warning") == 0, report
    assert not report.has_errors


def test_a_clean_set_is_looked_at_by_nearly_every_rule_that_needs_no_model() -> None:
    unchecked = set(lint(CLEAN).unchecked["rule"])
    needs_more = {name for name in RULES if RULES[name].check(CLEAN).__class__ is Unchecked}
    assert unchecked == needs_more
    assert not {"style_leak", "length_bias", "position_bias", "similar_media_in_both_splits"} & unchecked


# -- planted faults: rule -> (the set with the fault, the rows it is in) ------------------------------------

Planted = tuple[PairSet, set[str]]
TRAIN, HELD_OUT = 1, 2  # rows of the clean set in either split


def rows(*numbers: int) -> set[str]:
    return {f"p{number}" for number in numbers}


def texts(number: int, chosen: str, rejected: str) -> PairSet:
    return change(CLEAN, number, chosen_text=chosen, rejected_text=rejected)


def like(number: int, other: int, **values: object) -> PairSet:
    """The clean set with one row made like another in sample and texts."""
    model = CLEAN.rows.row(other, named=True)
    same = {name: model[name] for name in ("sample_id", "media", "chosen_text", "rejected_text")}
    return change(CLEAN, number, **same | values)


def media(number: int, **values: object) -> PairSet:
    told = [row | values if at == number else row for at, row in enumerate(CLEAN.media.iter_rows(named=True))]
    return replace(CLEAN, media=pl.DataFrame(told, schema=CLEAN.media.schema))


def judged(*made: dict[str, object]) -> PairSet:
    return replace(CLEAN, judgements=pl.DataFrame(list(made), schema=JUDGEMENT_COLUMNS))


def answers(make: Callable[[dict[str, object], int], dict[str, object]], count: int = 120) -> PairSet:
    return judged(*(make(row, n) for n, row in enumerate(CLEAN.rows.head(count).iter_rows(named=True))))


def swap(row: dict[str, object]) -> dict[str, object]:
    return {"chosen_text": row["rejected_text"], "rejected_text": row["chosen_text"]}


def shorter(row: dict[str, object]) -> str:
    return " ".join(str(row["rejected_text"]).split()[:-2])


ROW_3 = CLEAN.rows.row(3, named=True)


def circle() -> PairSet:
    a, b, c = "A red cat sits here.", "A blue dog stands here.", "A green bird waits here."
    pairs = change(CLEAN, 1, sample_id="s9", media=["s9"], chosen_text=a, rejected_text=b)
    pairs = change(pairs, 3, sample_id="s9", media=["s9"], chosen_text=b, rejected_text=c)
    return change(pairs, 4, sample_id="s9", media=["s9"], chosen_text=c, rejected_text=a)


def as_text_only() -> PairSet:
    pairs = change(CLEAN, range(500), media=None, sample_id=None, prompt=lambda row: f"Q {row['pair_id']}")
    return change(pairs, [TRAIN, HELD_OUT], prompt="Q of both")


EVERY = list(range(500))
EDITS = [n for n in EVERY if n % 4 == 3]
PLANTED: dict[str, Callable[[], Planted]] = {
    # shape
    "unreadable_row": lambda: (replace(CLEAN, unread=(("7", "no chosen."),)), {"7"}),
    "odd_row": lambda: (change(CLEAN, 5, problem="were read with a guess."), rows(5)),
    "prefers_media": lambda: (change(CLEAN, 5, side="media"), rows(5)),
    "media_missing": lambda: (media(5, reason="there is no such file"), rows(5)),
    "no_prompt": lambda: (replace(change(CLEAN, 5, prompt=" "), is_file=True), rows(5)),
    "prompt_inside_answer": lambda: (
        texts(5, "Describe the picture. A cat.", "Describe the picture. A dog."),
        rows(5),
    ),
    "turns_out_of_order": lambda: (
        change(change(change(CLEAN, 5, roles="user,assistant"), 6, roles="user,user"), 7, roles="user"),
        rows(5, 6),
    ),
    "picture_places": lambda: (
        replace(change(change(CLEAN, EVERY, image_marks=1), 5, image_marks=2), is_file=True),
        rows(5),
    ),
    # texts
    "empty_text": lambda: (change(change(CLEAN, 5, chosen_text=" "), 6, rejected_text=None), rows(5, 6)),
    "one_sided": lambda: (change(CLEAN, 5, chosen_text="", origin="rejected_only"), rows(5)),
    "identical": lambda: (texts(5, "A cat sits.", "A cat sits."), rows(5)),
    "identical_after_normalising": lambda: (texts(5, "A cat  sits.", "a CAT sits"), rows(5)),
    "damaged_text": lambda: (texts(5, "A cafÃ© at night.", "A bar at night."), rows(5)),
    "template_remains": lambda: (
        change(texts(5, "A photo of a {object}.", "A photo of a dog."), 6, rejected_text="A dog.<|im_end|>"),
        rows(5, 6),
    ),
    "chosen_refuses": lambda: (texts(5, "I'm sorry, but I cannot see pictures.", "A dog."), rows(5)),
    "chosen_loops": lambda: (texts(5, "A white white white cat sits.", "A white dog sits."), rows(5)),
    "language_differs": lambda: (
        texts(
            5, "A dog is running on the grass with a ball.", "Ein Hund läuft mit einem Ball über die Wiese."
        ),
        rows(5),
    ),
    "chosen_cut_off": lambda: (
        texts(5, "A red cat sits beside the", "A dog sits beside the chair."),
        rows(5),
    ),
    "space_at_the_edge": lambda: (texts(5, " A cat sits here.", "A dog sits here."), rows(5)),
    # repeats
    "duplicate_pair": lambda: (like(4, 1), rows(4)),
    "near_duplicate_pair": lambda: (
        like(4, 1, chosen_text=lambda _row: str(CLEAN.rows["chosen_text"][1]).replace(" the ", " thee ")),
        rows(4),
    ),
    "contradictory": lambda: (
        like(4, 1, chosen_text=CLEAN.rows["rejected_text"][1], rejected_text=CLEAN.rows["chosen_text"][1]),
        rows(1, 4),
    ),
    "circular": lambda: (circle(), rows(1, 3, 4)),
    "same_texts_elsewhere": lambda: (
        change(
            CLEAN, 4, chosen_text=CLEAN.rows["chosen_text"][1], rejected_text=CLEAN.rows["rejected_text"][1]
        ),
        rows(1, 4),
    ),
    "one_sample_dominates": lambda: (
        change(CLEAN, range(30), sample_id="s0", media=["s0"]),
        rows(*range(30)),
    ),
    "one_text_dominates": lambda: (change(CLEAN, range(30), chosen_text="A cat."), rows(*range(30))),
    # splits
    "same_media_in_both_splits": lambda: (
        change(CLEAN, HELD_OUT, sample_id="s1", media=["s1"]),
        rows(TRAIN, HELD_OUT),
    ),
    "similar_media_in_both_splits": lambda: (
        media(HELD_OUT, look=CLEAN.media["look"][TRAIN]),
        rows(TRAIN, HELD_OUT),
    ),
    "same_group_in_both_splits": lambda: (media(HELD_OUT, group="event1"), rows(TRAIN, HELD_OUT)),
    "same_speaker_in_both_splits": lambda: (media(HELD_OUT, speaker="speaker1"), rows(TRAIN, HELD_OUT)),
    "same_texts_in_both_splits": lambda: (
        change(
            CLEAN,
            HELD_OUT,
            chosen_text=CLEAN.rows["chosen_text"][1],
            rejected_text=CLEAN.rows["rejected_text"][1],
        ),
        rows(TRAIN, HELD_OUT),
    ),
    "same_prompt_in_both_splits": lambda: (as_text_only(), rows(TRAIN, HELD_OUT)),
    "nothing_held_out": lambda: (change(CLEAN, EVERY, split="train"), set()),
    "held_out_too_small": lambda: (change(CLEAN, range(100), split="train"), set()),
    "split_missing": lambda: (change(CLEAN, 5, split=None), rows(5)),
    "splits_differ": lambda: (
        change(CLEAN, EVERY, lang=lambda row: "de" if row["split"] == "train" else "en"),
        set(),
    ),
    # style
    "length_bias": lambda: (
        change(CLEAN, EVERY, chosen_text=lambda row: f"{row['chosen_text']} It is day."),
        rows(*EVERY),
    ),
    "length_drift": lambda: (
        change(
            CLEAN, range(200), rejected_text=lambda row: f"{row['rejected_text']} " + "So it is here. " * 4
        ),
        set(),
    ),
    "annotator_prefers_length": lambda: (
        answers(
            lambda row, n: judgement(
                row,
                "ana",
                winner="chosen" if len(row["chosen_text"]) >= len(row["rejected_text"]) else "rejected",
            )
        ),
        set(),
    ),
    "style_leak": lambda: (
        change(CLEAN, range(0, 500, 2), rejected_text=lambda row: row["rejected_text"].replace("the", "no")),
        set(),
    ),
    "leaky_builder": lambda: (change(CLEAN, 6, is_leaky=True, builder="negate"), rows(6)),
    "deletes_only": lambda: (
        change(CLEAN, EDITS[:60], completeness="deletes_only"),
        rows(*EDITS[:60]),
    ),
    "completeness_unknown": lambda: (change(CLEAN, EDITS[0], completeness="unknown"), rows(EDITS[0])),
    "chosen_says_less": lambda: (change(CLEAN, range(250), chosen_text=shorter), rows(*range(250))),
    # difficulty
    "too_hard": lambda: (change(CLEAN, 5, margin=0.001), rows(5)),
    "too_easy": lambda: (change(CLEAN, 5, margin=9.0), rows(5)),
    "against_margin": lambda: (change(CLEAN, 5, margin=-0.3), rows(5)),
    "unrelated_sides": lambda: (texts(5, "A red cat sits.", "Quarterly figures, which grow."), rows(5)),
    "chosen_not_good": lambda: (change(CLEAN, [4, 5], chosen_fit=0.05), rows(4)),
    "rejected_fits_better": lambda: (change(CLEAN, 5, chosen_fit=0.5, rejected_fit=0.9), rows(5)),
    "chosen_found_misaligned": lambda: (change(CLEAN, 5, chosen_verdict="misaligned"), rows(5)),
    "rejected_found_ok": lambda: (change(CLEAN, 5, rejected_verdict="ok"), rows(5)),
    "wrong_spans": lambda: (
        change(change(CLEAN, 5, rejected_spans=[[3, 900]]), 6, chosen_spans=[[4, 4]]),
        rows(5, 6),
    ),
    "strength_missing": lambda: (change(CLEAN, 5, strength=None), rows(5)),
    # annotators
    "position_bias": lambda: (
        answers(
            lambda row, n: judgement(
                row, PEOPLE[n % 3], left=row["chosen_id" if n % 3 or n % 2 else "rejected_id"]
            )
        ),
        rows(*(n for n in range(120) if n % 3)),
    ),
    "one_annotator": lambda: (answers(lambda row, n: judgement(row, "ana" if n % 3 else "ben")), set()),
    "answers_too_quick": lambda: (
        answers(lambda row, n: judgement(row, PEOPLE[n % 3], seconds=0.4 if n % 6 == 0 else 5.0)),
        rows(*range(0, 120, 6)),
    ),
    "repeats_disagree": lambda: (
        replace(
            CLEAN,
            judgements=pl.concat(
                [
                    CLEAN.judgements.filter(pl.col("occasion") == 1),
                    answers(
                        lambda row, n: judgement(row, PEOPLE[n % 3], winner="rejected", occasion=2), 60
                    ).judgements,
                ]
            ),
        ),
        rows(*range(60)),
    ),
    "one_answer_only": lambda: (
        answers(lambda row, n: judgement(row, "ana", answer="tie", winner="chosen") | {"winner": None}, 40),
        rows(*range(40)),
    ),
    "many_ties": lambda: (
        answers(
            lambda row, n: (
                judgement(row, PEOPLE[n % 3]) | ({"answer": "tie", "winner": None} if n % 2 else {})
            )
        ),
        rows(*range(1, 120, 2)),
    ),
    "many_both_bad": lambda: (
        answers(
            lambda row, n: (
                judgement(row, PEOPLE[n % 3]) | ({"answer": "both_bad", "winner": None} if n % 4 == 0 else {})
            )
        ),
        rows(*range(0, 120, 4)),
    ),
    "many_disputes": lambda: (change(CLEAN, range(60), status="disputed"), rows(*range(60))),
    # balance
    "unreviewed": lambda: (change(CLEAN, range(300), status="proposed"), rows(*range(300))),
    "no_order": lambda: (change(change(CLEAN, 5, status="open"), 6, is_ordered=False), rows(5, 6)),
    "off_policy": lambda: (change(CLEAN, EVERY, origin="candidate"), rows(*EVERY)),
    "one_builder_dominates": lambda: (
        change(CLEAN, range(2, 500, 4), builder="negate"),
        rows(*range(2, 500, 4)),
    ),
    "small_slices": lambda: (change(CLEAN, [5, 6], lang="de"), rows(5, 6)),
    "several_languages": lambda: (change(CLEAN, range(250), lang="de"), set()),
    "several_criteria": lambda: (change(CLEAN, range(250), criterion="tone"), set()),
}
OF_TOKENS = {name for name in RULES if list(RULES).index(name) >= list(RULES).index("template_fails")}


def test_every_rule_has_a_planted_fault_and_there_are_many() -> None:
    assert set(PLANTED) == set(RULES) - OF_TOKENS
    assert len(PLANTED) >= 30


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_fault_is_found_in_its_rows(name: str) -> None:
    before = lint(CLEAN, rules=[name])
    if name != "several_languages":
        assert before.findings.is_empty(), before
    pairs, planted = PLANTED[name]()
    report = lint(pairs, rules=[name])
    assert report.findings.height, f"{name} found nothing: {report}"
    assert set(report.findings["severity"]) == {RULES[name].severity}
    if planted:
        found = set(report.rows_of(name))
        assert planted <= found
        assert len(found - planted) <= 0.35 * len(planted) + 2, sorted(found - planted)[:9]


def test_only_the_faults_that_were_planted_are_errors() -> None:
    errors = [name for name, rule in RULES.items() if rule.severity == "error"]
    for name in set(errors) & set(PLANTED):
        found = set(lint(PLANTED[name]()[0], rules=errors).findings["rule"])
        # An empty text no longer holds its spans; one sample in both splits is one event in both.
        follows = {"wrong_spans", "same_group_in_both_splits"} - {name}
        assert name in found
        assert found <= {name} | follows, name


# -- rules that need a closer look --------------------------------------------------------------------------


def test_texts_that_only_look_like_faults_are_left_alone() -> None:
    pairs = texts(5, "As an AI assistant, I would be happy to plan your week.", "No idea, sorry.")
    pairs = change(pairs, 6, chosen_text="f(x) = {name};\nprint(a, a, a)\n", rejected_text="print(1);\n")
    pairs = change(
        pairs, 7, chosen_text="Buy:\n1. green tea\n2. white bread and butter", rejected_text="Tea."
    )
    pairs = change(pairs, 8, chosen_text="a red cat sits on the mat")
    told = lint(pairs, rules=["chosen_refuses", "template_remains", "chosen_loops", "chosen_cut_off"])
    assert told.findings.is_empty(), told


def test_leaks_across_splits_are_followed_through_a_third_picture() -> None:
    """A is like B and B like C: a pair of A in train and one of C held out is a leak through B."""
    ramp, bits = bytes(range(256)), bytes(7)
    looks = [bits + bytes([byte]) + ramp for byte in (0b0, 0b1111111)]
    far = bytes([0b11111000]) + bytes(6) + bytes([0b1111111]) + ramp
    pairs = media(TRAIN, look=looks[0])
    told = [
        row | ({"look": looks[1]} if at == 6 else {"look": far} if at == HELD_OUT else {})
        for at, row in enumerate(pairs.media.iter_rows(named=True))
    ]
    pairs = replace(pairs, media=pl.DataFrame(told, schema=pairs.media.schema))
    found = set(lint(pairs, rules=["similar_media_in_both_splits"]).rows_of("similar_media_in_both_splits"))
    assert found == rows(TRAIN, 6, HELD_OUT)


def test_the_blind_reader_never_learns_from_the_sample_it_judges() -> None:
    """Words that only one sample has cannot give its pairs away, however often the sample is there."""
    pairs = change(
        CLEAN,
        EVERY,
        sample_id=lambda row: f"s{int(row['pair_id'][1:]) // 10}",
        prompt=lambda row: f"Describe the picture {row['pair_id']}.",
        chosen_text=lambda row: f"word{int(row['pair_id'][1:]) // 10} here",
        rejected_text=lambda row: f"rowd{int(row['pair_id'][1:]) // 10} here",
    )
    assert lint(pairs, rules=["style_leak"]).findings.is_empty()


def test_a_style_leak_names_the_words_that_tell() -> None:
    told = lint(PLANTED["style_leak"]()[0], rules=["style_leak"]).findings["message"][0]
    assert "for rejected 'no" in told
    assert "'the'" in told.split("; for rejected")[0].split("For chosen speak")[1]


def test_the_power_table_is_that_of_the_two_sided_test() -> None:
    assert power_table()["pairs_needed"].to_list() == [783, 194, 85, 47, 20]
    assert power_table()["half_width"][3] == pytest.approx(0.131, abs=0.001)
    assert [least_accuracy(count) for count in (783, 194, 85, 20, 2)] == [0.55, 0.6, 0.65, 0.796, None]
    with pytest.raises(ValueError, match=r"need 0\.5 < accuracy < 1"):
        pairs_needed(0.5)


def test_an_accuracy_that_is_easier_to_see_needs_fewer_held_out_pairs() -> None:
    pairs = change(CLEAN, range(400), split="train")  # 40 are left
    assert lint(pairs, rules=["held_out_too_small"]).findings["value"].to_list() == [40.0]
    easier = replace(pairs, settings=LintSettings(accuracy_wanted=0.75))
    assert lint(easier, rules=["held_out_too_small"]).findings.is_empty()


def test_a_rule_that_could_not_look_says_what_it_needs() -> None:
    report = lint(PairSet(CLEAN.rows.head(3).select("pair_id", "chosen_text", "rejected_text")))
    told = dict(report.unchecked.iter_rows())
    assert told["style_leak"] == "needs 40 ordered pairs of 5 samples or more; there are 3"
    assert told["same_media_in_both_splits"] == "no pair has a split"
    assert told["over_token_budget"] == "the model to be tuned was not named (target)"
    assert "over_token_budget" not in report.checked


def test_a_report_reads_as_text_and_as_a_page_with_errors_first() -> None:
    pairs = change(texts(5, "A <b>cat</b>", "A <b>cat</b>"), 6, chosen_text=" A cat sits here.")
    report = lint(pairs)
    assert report.findings["severity"][0] == "error"
    text = str(report)
    assert "500 pairs of the workspace: 1 error" in text
    assert "✗ error   identical" in text
    assert "pairs: p5" in text
    assert "<b>" not in report._repr_html_()
    assert report.by_pair().filter(pl.col("pair_id") == "p5")["rule"].to_list() == ["identical"]


def test_severities_are_known_and_rules_are_named_once() -> None:
    with pytest.raises(UnknownNameError, match="no severity 'fatal'"):
        Rule("one", "fatal", "", "", lambda pairs: [])
    with pytest.raises(UnknownNameError, match="no lint rule 'identicle'"):
        lint(CLEAN, rules=["identicle"])
    for rule in RULES.values():
        assert rule.remedy.endswith((".", "?"))
        assert rule.looks_for


@pytest.mark.parametrize(
    ("package", "rules"),
    [("rapidfuzz", ["near_duplicate_pair", "unrelated_sides"]), ("networkx", ["circular"])],
)
def test_without_a_package_the_rules_that_need_it_name_the_install_line(
    package: str, rules: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    same_sample = change(CLEAN, range(4), sample_id="s0", media=["s0"])
    report = lint(same_sample, rules=rules)
    assert report.unchecked["rule"].to_list() == rules
    assert all("pip install 'caption-workbench[pairs]'" in one for one in report.unchecked["reason"])
