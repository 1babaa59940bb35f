"""The guard before FiftyOne's server: who is let in, and which files go out."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from workbench.fiftyone_bridge.server import Guard

PORT = 5199


async def fiftyone_app(scope: Any, receive: Any, send: Any) -> None:
    """Stand for FiftyOne's: it answers everything."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"x-from", b"fiftyone")]})
    await send({"type": "http.response.body", "body": b"served"})


def ask(
    guard: Guard, path: str = "/", *, method: str = "GET", query: str = "", **headers: str
) -> tuple[int, dict[str, str]]:
    """Send one request; return the status and the headers of the answer."""
    sent: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        sent.append(dict(message))

    async def receive() -> Any:
        return {"type": "http.request"}

    named = {"host": f"127.0.0.1:{PORT}"} | headers
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode()) for name, value in named.items()],
    }
    asyncio.run(guard(scope, receive, send))
    return sent[0]["status"], {name.decode(): value.decode() for name, value in sent[0]["headers"]}


@pytest.fixture
def media(tmp_path: Path) -> Path:
    folder = tmp_path / "media"
    folder.mkdir()
    (folder / "one.jpg").write_bytes(b"picture")
    (tmp_path / "secret.txt").write_text("key")
    (folder / "way-out").symlink_to(tmp_path / "secret.txt")
    return folder


@pytest.fixture
def guard(media: Path) -> Guard:
    return Guard(fiftyone_app, PORT, [media])


def test_its_own_pages_are_let_through_and_load_nothing_from_elsewhere(guard: Guard) -> None:
    status, headers = ask(guard)
    assert (status, headers["x-from"]) == (200, "fiftyone")
    assert headers["content-security-policy"].startswith("default-src 'self'")
    assert "googleapis" not in headers["content-security-policy"]
    assert ask(guard, method="POST", origin=f"http://127.0.0.1:{PORT}")[0] == 200
    assert ask(guard, method="POST", host=f"localhost:{PORT}")[0] == 200, (
        "Python's own requests name no origin"
    )


@pytest.mark.parametrize("host", ["evil.example", f"evil.example:{PORT}", "127.0.0.1:80", ""])
def test_a_request_under_another_name_is_refused(guard: Guard, host: str) -> None:
    assert ask(guard, host=host)[0] == 403


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:8888"])
def test_another_page_may_not_run_an_operator(guard: Guard, origin: str) -> None:
    refused = ask(guard, "/operators/execute", method="POST", origin=origin)
    assert refused[0] == 403
    assert ask(guard, "/", method="GET", origin=origin)[0] == 200, "reading is for the browser to refuse"


def test_only_files_of_the_workspace_are_served(guard: Guard, media: Path) -> None:
    def status(path: str) -> int:
        return ask(guard, "/media", query=f"filepath={quote(path)}")[0]

    assert status(str(media / "one.jpg")) == 200
    for outside in ("/etc/passwd", str(media / ".." / "secret.txt"), str(media / "way-out"), "", "a\0b"):
        assert status(outside) == 404
    twice = f"filepath={quote(str(media / 'one.jpg'))}&filepath=/etc/passwd"
    assert ask(guard, "/media", query=twice)[0] == 404
    assert ask(guard, "/media")[0] == 404


def test_a_proxy_is_let_in_by_its_name(media: Path) -> None:
    guard = Guard(fiftyone_app, PORT, [media], hosts=["hub.example"])
    assert ask(guard, host="hub.example", origin="https://hub.example", method="POST")[0] == 200
    assert ask(guard, host="other.example")[0] == 403
    assert ask(Guard(fiftyone_app, PORT, [media], hosts=["*"]), host="any.example")[0] == 200
