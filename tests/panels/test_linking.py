"""Linked views narrow each other, and never themselves."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

import widgets
import workbench
from widgets.core import Core
from widgets.linking import Link, link, narrow, unlinked
from workbench.errors import WorkbenchError
from workbench.workspace import Workspace


class PickingCore(Core):
    """A core that keeps what it is given and picks what a test says."""

    def __init__(self, workspace: Workspace, picked: pl.Series | None = None) -> None:
        super().__init__(workspace)
        self.given: list[tuple[list[str] | None, str]] = []
        self.picked = picked

    def take_scope(self, keys: pl.Series | None, why: str) -> None:
        self.given.append((None if keys is None else sorted(keys.to_list()), why))

    def tell_scope(self) -> None:
        self.on_scope(self.picked, "picked")


class Page:
    """What carries a core, without a page."""

    def __init__(self, core: object) -> None:
        self.core = core
        self.refreshed = 0

    def refresh(self) -> None:
        self.refreshed += 1


@pytest.fixture
def pages(ws: Workspace) -> list[Page]:
    return [Page(PickingCore(ws)) for _ in range(3)]


def given(page: Page) -> tuple[list[str] | None, str]:
    assert isinstance(page.core, PickingCore)
    return page.core.given[-1]


def samples(*ids: str) -> pl.Series:
    return pl.Series("sample_id", ids, dtype=pl.String)


def test_a_pick_narrows_every_other_view_and_not_its_own(pages: list[Page]) -> None:
    link(*pages)
    first = pages[0].core
    first.on_scope(samples("a", "b"), "a lasso")
    assert [given(page) for page in pages[1:]] == [(["a", "b"], "a lasso")] * 2
    assert first.given == []
    assert [page.refreshed for page in pages] == [0, 1, 1]


def test_two_picks_meet_and_lifting_one_leaves_the_other(pages: list[Page]) -> None:
    link(*pages)
    pages[0].core.on_scope(samples("a", "b"), "a lasso")
    pages[1].core.on_scope(samples("b", "c"), "a filter")
    assert given(pages[2]) == (["b"], "a lasso, a filter")
    assert given(pages[0]) == (["b", "c"], "a filter")
    pages[0].core.on_scope(None, "")
    assert given(pages[2]) == (["b", "c"], "a filter")
    assert given(pages[1]) == (None, "")


def test_a_pick_of_samples_and_one_of_captions_meet_in_captions(ws: Workspace, pages: list[Page]) -> None:
    link(*pages)
    captions = ws.captions.sort("text")
    pages[0].core.on_scope(captions["sample_id"].head(3), "a lasso")
    pages[1].core.on_scope(captions["caption_id"].slice(2, 2), "a filter")
    assert given(pages[2])[0] == [captions["caption_id"][2]]


def test_what_was_picked_before_the_link_counts(ws: Workspace) -> None:
    pages = [Page(PickingCore(ws, samples("a"))), Page(PickingCore(ws))]
    link(*pages)
    assert given(pages[1]) == (["a"], "picked")


def test_closing_shows_everything_again_and_ends_the_link(pages: list[Page]) -> None:
    made = link(*pages)
    pages[0].core.on_scope(samples("a"), "a lasso")
    made.close()
    assert given(pages[1]) == (None, "")
    assert pages[0].core.on_scope is unlinked
    assert repr(made) == "Linked: Page, Page, Page"


def test_a_pick_of_nothing_new_disturbs_nobody(pages: list[Page]) -> None:
    link(*pages)
    pages[0].core.on_scope(None, "")
    assert [page.refreshed for page in pages] == [0, 0, 0]


class RefusingCore(PickingCore):
    def take_scope(self, keys: pl.Series | None, why: str) -> None:
        raise WorkbenchError("There is nothing to go through.")


def test_a_view_that_cannot_follow_says_so_and_holds_up_no_other(ws: Workspace) -> None:
    pages = [Page(PickingCore(ws)), Page(RefusingCore(ws)), Page(PickingCore(ws))]
    link(*pages)
    with pytest.raises(WorkbenchError, match="nothing to go through"):
        pages[0].core.on_scope(samples("a"), "a lasso")
    assert given(pages[2]) == (["a"], "a lasso")


def test_a_scope_of_other_keys_is_refused(pages: list[Page]) -> None:
    link(*pages)
    with pytest.raises(WorkbenchError, match="sample_id or caption_id; seen 'path'"):
        pages[0].core.on_scope(pl.Series("path", ["x"]), "")


def test_one_view_or_views_of_two_workspaces_or_a_view_without_a_scope_cannot_be_linked(
    ws: Workspace, pages: list[Page], tmp_path: Path
) -> None:
    other = Page(PickingCore(workbench.create(tmp_path / "other")))
    with pytest.raises(WorkbenchError, match="two views or more; seen 1"):
        link(pages[0])
    with pytest.raises(WorkbenchError, match="Views of two workspaces"):
        link(pages[0], other)
    with pytest.raises(WorkbenchError, match="Page cannot be linked"):
        link(pages[0], Page(Core(ws)))


def test_narrowing_keeps_the_order_and_none_keeps_all() -> None:
    frame = pl.DataFrame({"sample_id": ["c", "a", "b"]})
    assert narrow(frame, samples("a", "c"))["sample_id"].to_list() == ["c", "a"]
    assert narrow(frame, None).height == 3


def test_link_is_a_name_of_the_package() -> None:
    assert widgets.link is link
    assert Link.__doc__
