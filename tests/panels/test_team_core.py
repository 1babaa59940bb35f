"""The team view: figures of everybody, made once, and who decided what."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest
import sqlalchemy as sa

import widgets
from widgets.team.team import TeamCore
from workbench.errors import JournalError
from workbench.workspace import Workspace


def told(core: TeamCore, op: str, **fields: object) -> tuple[Mapping[str, object], object]:
    answer = core.answer({"op": op, **fields})
    assert answer.content["ok"], answer.content
    return answer.content, json.loads(answer.buffers[0])


def decided(ws: Workspace) -> list[str]:
    ids = ws.captions.sort("text")["caption_id"].to_list()
    for place, caption in enumerate(ids[:4]):
        ws.decide(caption, "ok", annotator="ana")
        verdict = "ok" if place else "misaligned"
        ws.decide(caption, verdict, annotator="ben", error_types=[] if place else ["object"])
    return ids


def test_people_couples_and_agreement_are_told_as_they_are_counted(ws: Workspace) -> None:
    decided(ws)
    _, figures = told(TeamCore(ws), "open")
    expected = ws.team()
    assert [row["annotator"] for row in figures["people"]] == expected.people["annotator"].to_list()
    assert figures["couples"][0]["kappa"] == expected.couples["kappa"][0]
    assert figures["agreement"]["value"] == expected.agreement.value
    assert figures["reviewed"] == 4


def test_figures_follow_the_journal_and_are_made_once_for_all_who_look(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[int] = []
    from widgets.team import team

    describe = team.review.describe_team
    monkeypatch.setattr(team.review, "describe_team", lambda verdicts: made.append(1) or describe(verdicts))
    ids = decided(ws)
    cores = [TeamCore(ws, annotator=name) for name in ("ana", "ben")]
    for core in cores:
        told(core, "open")
    assert len(made) == 1
    ws.decide(ids[4], "ok", annotator="cem")
    _, figures = told(cores[0], "open")
    assert [row["annotator"] for row in figures["people"]] == ["ana", "ben", "cem"]


def test_acts_come_page_by_page_with_the_words_they_are_of(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("widgets.team.team._ACTS", 3)
    ids = decided(ws)
    core, seen, before = TeamCore(ws), [], None
    for _ in range(5):
        content, acts = told(core, "acts", before=before)
        seen += acts
        before = acts[-1]["seq"]
        if not content["has_more"]:
            break
    assert len(seen) == 8
    assert [act["seq"] for act in seen] == sorted((act["seq"] for act in seen), reverse=True)
    texts = dict(ws.captions.select("caption_id", "text").iter_rows())
    assert {act["text"] for act in seen} == {texts[one] for one in ids[:4]}
    _, own = told(core, "acts", annotator="ben")
    assert {act["annotator"] for act in own} == {"ben"}


def test_a_second_opinion_sees_its_own_acts_alone(ws: Workspace) -> None:
    decided(ws)
    core = TeamCore(ws, annotator="ana")
    core.desk.is_second_opinion = True
    _, acts = told(core, "acts", annotator="ben")
    assert {act["annotator"] for act in acts} == {"ana"}


def test_a_decision_that_the_database_was_away_for_may_be_sent_again(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A refusal for good drops the decision from the page; this one must not."""

    def away(*_given: object, **_named: object) -> None:
        raise JournalError("The journal failed.", "Later.") from sa.exc.OperationalError(
            "", None, Exception()
        )

    core = TeamCore(ws)
    monkeypatch.setattr(ws.store.journal, "undo", away)
    assert core.answer({"op": "undo", "key": "k"}).content["again"] is True
    monkeypatch.undo()
    assert "again" not in core.answer({"op": "undo"}).content
    assert "again" not in core.answer({"op": "nothing"}).content


def test_the_view_opens_in_a_notebook_too(ws: Workspace) -> None:
    assert widgets.Team(ws).core.answer({"op": "open"}).content["ok"]
