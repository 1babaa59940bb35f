"""Views kept by name: in the workspace's folder, whole or not at all, and had back when dropped."""

from __future__ import annotations

from dataclasses import fields

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import widgets
from widgets.gallery.gallery import GalleryCore
from widgets.rows import SORTS, TILES, Scope
from widgets.views import SavedViews, scope_of_told, scope_told
from workbench.errors import UnknownNameError, WorkbenchError
from workbench.workspace import Workspace

SCOPES = st.builds(
    Scope,
    text=st.text(max_size=20),
    low=st.none() | st.floats(-1, 1),
    errors=st.sampled_from([(), ("object", "count")]),
    media=st.sampled_from([(), ("video",)]),
    sort=st.sampled_from(list(SORTS)),
    seed=st.integers(0, 99),
    tile=st.sampled_from(TILES),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=8)
@given(SCOPES)
def test_a_view_comes_back_as_it_was_kept(ws: Workspace, scope: Scope) -> None:
    SavedViews(ws.store).save("mine", scope)
    assert SavedViews(ws.store).find("mine") == scope


def test_what_an_older_or_newer_workbench_wrote_is_read_as_far_as_it_is_known() -> None:
    assert scope_of_told({"text": "dog", "colour": "red", "seed": "7", "errors": None}) == Scope(text="dog")
    assert set(scope_told(Scope())) == {field.name for field in fields(Scope)}


def test_a_view_is_opened_by_its_name_and_an_unknown_one_lists_the_known(ws: Workspace) -> None:
    core = GalleryCore(ws)
    core.answer({"op": "view", "text": "square", "sort": "highest", "tile": "sample"})
    kept = core.answer({"op": "save_view", "name": " squares "}).content["views"]
    assert kept == [{"name": "squares", "told": "square · Highest score first · by sample"}]
    core.answer({"op": "view", "text": ""})
    answer = core.answer({"op": "view", "view": "squares"}).content
    assert answer["scope"]["text"] == "square"
    assert answer["scope"]["tile"] == "sample"
    assert answer["count"] == 4
    assert widgets.Gallery(ws, view="squares").shown.height == 4
    with pytest.raises(UnknownNameError, match="squares"):
        widgets.Gallery(ws, view="circles")


def test_a_dropped_view_can_be_had_back(ws: Workspace) -> None:
    core = GalleryCore(ws)
    core.answer({"op": "view", "text": "square"})
    core.answer({"op": "save_view", "name": "squares"})
    core.answer({"op": "view", "text": "cat"})
    core.answer({"op": "save_view", "name": "cats"})
    answer = core.answer({"op": "drop_view", "name": "squares"}).content
    assert [view["name"] for view in answer["views"]] == ["cats"]
    core.answer({"op": "save_view", "name": "squares", "kept": answer["dropped"]})
    assert SavedViews(ws.store).find("squares").text == "square"


def test_a_file_that_cannot_be_read_is_said_so_and_left_alone(ws: Workspace) -> None:
    file = ws.path / "views.json"
    file.write_text("{oops")
    with pytest.raises(WorkbenchError, match="cannot be read"):
        SavedViews(ws.store).save("mine", Scope())
    assert file.read_text() == "{oops"


@pytest.mark.parametrize("name", ["", "  ", "x" * 81])
def test_a_view_needs_a_name(ws: Workspace, name: str) -> None:
    with pytest.raises(WorkbenchError, match="cannot be called"):
        SavedViews(ws.store).save(name, Scope())
