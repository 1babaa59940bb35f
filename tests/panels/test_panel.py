"""The notebook shell: it answers, follows other views, and keeps off the thread of the cells."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

import widgets
from widgets.panel import Panel, free_comm
from workbench.workspace import Workspace


class Sent:
    """Records what a panel sends to its page."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, panel: Panel) -> None:
        self.messages: list[dict[str, object]] = []
        self.buffers: list[object] = []
        monkeypatch.setattr(panel, "send", self._take)

    def _take(self, content: dict[str, object], buffers: object = None) -> None:
        self.messages.append(content)
        self.buffers.append(buffers)


def test_an_answer_carries_the_number_of_its_question(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    panel = widgets.Gallery(ws)
    sent = Sent(monkeypatch, panel)
    panel._handle_custom_msg({"id": "q1", "op": "open"}, [])
    panel._handle_custom_msg({"no": "id"}, [])
    assert [message["re"] for message in sent.messages] == ["q1"]
    assert sent.messages[0]["ok"] is True


def test_a_decision_tells_the_other_views_of_the_same_workspace(
    ws: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    gallery, review = widgets.Gallery(ws), widgets.Review(ws)
    at_gallery, at_review = Sent(monkeypatch, gallery), Sent(monkeypatch, review)
    ids = ws.captions["caption_id"][:1].to_list()
    review._handle_custom_msg(
        {"id": "d", "op": "decide", "caption_ids": ids, "verdict": "ok", "key": "k"}, []
    )
    assert at_gallery.messages == [{"event": "changed"}]
    assert [message.get("re") for message in at_review.messages] == ["d"]


def test_no_rows_are_held_in_the_saved_state(ws: Workspace) -> None:
    for panel in (widgets.Gallery(ws), widgets.Review(ws)):
        state = {
            key: value for key, value in panel.get_state().items() if key not in ("_esm", "_css", "layout")
        }
        assert len(json.dumps(state, default=str)) < 2_000
        # Saved with the notebook only where JupyterLab is told to keep the state of widgets.
        assert len(panel._esm) + len(panel._css) < 110_000


def test_a_comm_is_freed_from_the_shell_that_published_last() -> None:
    comm = SimpleNamespace(_reply_subshell_for=lambda data, default: "main")
    assert free_comm(SimpleNamespace(comm=comm)) is True
    assert comm._reply_subshell_for({}, "its own") == "its own"
    assert free_comm(SimpleNamespace(comm=SimpleNamespace())) is False
    assert free_comm(SimpleNamespace(comm=None)) is False


def test_the_installed_kernel_still_routes_the_way_that_is_undone() -> None:
    comm = pytest.importorskip("ipykernel.comm.comm")
    classes = [kind for kind in vars(comm).values() if isinstance(kind, type)]
    assert any(hasattr(kind, "_reply_subshell_for") for kind in classes)


def test_the_bundles_are_there_and_name_no_other_host() -> None:
    static = Path(widgets.__file__).parent / "static"
    for name in ("gallery.js", "gallery.css", "judge.js", "judge.css", "review.js", "review.css"):
        text = (static / name).read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "http://" not in text
        assert "https://" not in text
        assert len(text) < 150_000


def test_an_unknown_view_lists_those_there_are() -> None:
    with pytest.raises(AttributeError, match="PairJudge, Player, Plots, Review"):
        widgets.Galery  # noqa: B018
