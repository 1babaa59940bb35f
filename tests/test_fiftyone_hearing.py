"""What a changed sample of FiftyOne says, as verdicts; on documents alone, without a server."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from made_fiftyone import fill_for_fiftyone

from workbench.fiftyone_bridge.documents import documents
from workbench.fiftyone_bridge.taking import Hearing
from workbench.records import Span, Verdict
from workbench.store import Store

LATER = timedelta(seconds=5)


@pytest.fixture
def seen(store: Store) -> dict[str, Any]:
    """A sample as FiftyOne holds it: two captions that ana has not decided on, changed just now."""
    fill_for_fiftyone(store, 3, vectors=False)
    return held(store, 1)


def held(store: Store, place: int) -> dict[str, Any]:
    document = list(documents(store, "ana"))[place]
    now = datetime.now(UTC).replace(tzinfo=None) + LATER
    return document.fields | {"tags": list(document.tags), "last_modified_at": now}


def hear(store: Store, sample: dict[str, Any]) -> Hearing:
    hearing = Hearing(store, "kites", "ana")
    hearing.hear(sample)
    return hearing


def captions(sample: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = sample["captions"]["classifications"]
    return found


def only(hearing: Hearing) -> Verdict:
    ((verdict, _),) = hearing.heard
    return verdict


def test_a_sample_as_it_was_sent_says_nothing(store: Store, seen: dict[str, Any]) -> None:
    hearing = hear(store, seen)
    assert (hearing.heard, hearing.refused) == ([], [])


@pytest.mark.parametrize(
    ("tag", "verdict", "types"),
    [("ok", "ok", ()), ("fine", "ok", ()), ("skip", "skip", ()), ("misaligned", "misaligned", ()),
     ("relation", "misaligned", ("relation",))],
)  # fmt: skip
def test_a_tag_on_a_caption_decides_on_it_alone(
    store: Store, seen: dict[str, Any], tag: str, verdict: str, types: tuple[str, ...]
) -> None:
    captions(seen)[1]["tags"] = ["mine", tag]
    made = only(hear(store, seen))
    assert (made.caption_id, made.verdict, made.error_types) == (
        captions(seen)[1]["caption_id"],
        verdict,
        types,
    )
    assert made.caption_hash


def test_a_sample_tagged_fine_says_so_of_each_of_its_captions(store: Store, seen: dict[str, Any]) -> None:
    seen["tags"] = ["fine"]
    assert [verdict.verdict for verdict, _ in hear(store, seen).heard] == ["ok", "ok"]


def test_a_sample_tagged_misaligned_is_heard_only_where_one_caption_can_be_meant(
    store: Store, seen: dict[str, Any]
) -> None:
    seen["tags"] = ["misaligned"]
    hearing = hear(store, seen)
    assert hearing.heard == []
    assert "which of its 2 captions is meant" in hearing.refused[0]
    del captions(seen)[1]
    assert only(hear(store, seen)).verdict == "misaligned"


def test_new_words_are_a_correction_and_the_old_words_take_it_back(
    store: Store, seen: dict[str, Any]
) -> None:
    caption = captions(seen)[0]
    caption["label"] = " a blue kite "
    made = only(hear(store, seen))
    assert (made.verdict, made.edited_text) == ("misaligned", "a blue kite")
    store.journal.record(made)
    again = held(store, 1)
    assert captions(again)[0]["label"] == "a blue kite"
    captions(again)[0]["tags"].append("ok")
    assert hear(store, again).heard == [], "fine as corrected: that stands already"
    captions(again)[0].update(label=caption["text"], tags=[], verdict=None)
    assert only(hear(store, again)).edited_text == ""


def test_words_taken_out_say_nothing(store: Store, seen: dict[str, Any]) -> None:
    captions(seen)[0]["label"] = "  "
    hearing = hear(store, seen)
    assert hearing.heard == []
    assert "its words were taken out" in hearing.refused[0]


def test_a_tag_taken_off_is_no_decision_any_more(store: Store, seen: dict[str, Any]) -> None:
    store.journal.record(
        Verdict(captions(seen)[0]["caption_id"], "misaligned", "ana", error_types=("count",))
    )
    again = held(store, 1)
    assert captions(again)[0]["tags"] == ["misaligned", "count"]
    captions(again)[0]["tags"] = ["misaligned"]
    assert only(hear(store, again)).error_types == ()
    captions(again)[0]["tags"] = []
    assert only(hear(store, again)).verdict == "skip"


def test_what_fiftyone_does_not_show_is_kept(store: Store, seen: dict[str, Any]) -> None:
    identity = captions(seen)[0]["caption_id"]
    store.journal.record(Verdict(identity, "misaligned", "ana", spans=(Span(2, 5),), offset_s=0.04))
    again = held(store, 1)
    captions(again)[0]["note"] = "the sky is green"
    made = only(hear(store, again))
    assert (made.spans, made.offset_s, made.note) == ((Span(2, 5),), 0.04, "the sky is green")


def test_a_later_decision_in_the_workspace_stands(store: Store, seen: dict[str, Any]) -> None:
    captions(seen)[0]["tags"] = ["ok"]
    seen["last_modified_at"] -= 2 * LATER
    store.journal.record(Verdict(captions(seen)[0]["caption_id"], "skip", "ana"))
    hearing = hear(store, seen)
    assert (hearing.heard, hearing.older, hearing.repeats) == ([], 1, 0)


def test_the_same_words_of_the_same_moment_have_the_same_key(store: Store, seen: dict[str, Any]) -> None:
    captions(seen)[0]["tags"] = ["ok"]
    ((_, first),) = hear(store, seen).heard
    assert hear(store, seen).heard[0][1] == first
    seen["last_modified_at"] += LATER
    assert hear(store, seen).heard[0][1] != first


def test_an_unknown_error_type_is_left_out_and_a_bad_severity_is_told(
    store: Store, seen: dict[str, Any]
) -> None:
    captions(seen)[0].update(verdict="misaligned", error_types=["nonsense", "count"], severity=2)
    assert only(hear(store, seen)).error_types == ("count",)
    captions(seen)[0]["severity"] = 9
    assert "severity 9 is not 1, 2 or 3" in hear(store, seen).refused[0]


def test_a_label_of_the_users_own_is_no_caption(store: Store, seen: dict[str, Any]) -> None:
    captions(seen).append({"label": "mine", "tags": ["misaligned"], "caption_id": None})
    assert hear(store, seen).heard == []
