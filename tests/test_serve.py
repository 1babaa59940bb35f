"""The server: no entry without a link, nothing outside the workspace is read, decisions are one's own."""

from __future__ import annotations

import asyncio
import json
import stat
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

import workbench
from tests.panels.conftest import make_workspace
from tests.served_workspace import Page, Served, Visitor, serve
from workbench.workspace import Workspace

PATHS = (
    "/", "/review", "/gallery", "/judge", "/player", "/team", "/channel", "/static/serve.js",
    "/static/review.js", "/media/s0000000000000000", "/nothing", "/enter/", "/enter/wrong",
    "/enter/../review", "/favicon.ico",
)  # fmt: skip


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    ws = make_workspace(tmp_path_factory.mktemp("served"))
    outside = ws.path.parent / "outside.png"
    outside.write_bytes((ws.path.parent / "media" / "p0.png").read_bytes())
    (ws.path.parent / "media" / "link.png").symlink_to(outside)
    for number, path in enumerate(("../outside.png", "link.png", "gone.png")):
        bad = ws.samples.head(1).with_columns(sample_id=pl.lit(f"sbad{number}"), path=pl.lit(path))
        ws.store.append("samples", bad)
    return ws


@pytest.fixture(scope="module")
def served(space: Workspace) -> Iterator[Served]:
    with serve(space.path, "ana", "ben") as started:
        yield started


@pytest.fixture
def ana(served: Served) -> Visitor:
    visitor = Visitor(served)
    visitor.enter("ana")
    return visitor


def sample_of(space: Workspace, name: str) -> str:
    found = dict(space.samples.select("path", "sample_id").iter_rows())
    return str(found[name])


# -- who may enter


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE", "ODD"])
def test_without_a_link_every_path_is_refused(served: Served, path: str, method: str) -> None:
    reply = Visitor(served).get(path, method=method)
    assert reply.status == 403
    assert b"secret" not in reply.body


@pytest.mark.parametrize("cookie", ["", "x" * 43, "ana"])
def test_a_made_up_cookie_opens_nothing(served: Served, ana: Visitor, cookie: str) -> None:
    name = ana.cookie.partition("=")[0]
    assert Visitor(served, f"{name}={cookie}").get("/review").status == 403
    token = served.links["ana"].rpartition("/")[2]
    assert Visitor(served, f"{name}={token}").get("/review").status == 403, "a link's end is no cookie"


def test_a_link_gives_a_cookie_that_no_script_and_no_other_site_can_use(served: Served) -> None:
    visitor = Visitor(served)
    reply = visitor.enter("ana")
    told = reply.headers["set-cookie"].lower()
    assert reply.status == 200, "no redirect: a strict cookie is not sent along one that another site began"
    assert "httponly" in told
    assert "samesite=strict" in told
    assert visitor.get("/review").status == 200


def test_another_host_name_is_refused_even_with_the_cookie(served: Served, ana: Visitor) -> None:
    for host in ("evil.example", f"evil.example:{served.port}", "127.0.0.1:1"):
        assert ana.get("/review", headers={"Host": host}).status == 403
        assert Visitor(served).get("/enter/wrong", headers={"Host": host}).status == 403
    assert ana.get("/review", headers={"Host": f"localhost:{served.port}"}).status == 200


def test_a_page_of_another_origin_cannot_open_the_channel(served: Served, ana: Visitor) -> None:
    for origin in ("https://evil.example", "null", f"https://127.0.0.1:{served.port}"):
        with pytest.raises(Exception, match="403"):
            asyncio.run(Page(ana, "review", annotator="ana").open(origin=origin))


def test_a_page_of_one_annotator_is_not_served_under_the_cookie_of_another(ana: Visitor) -> None:
    with pytest.raises(ConnectionError, match="4403"):
        asyncio.run(Page(ana, "review", annotator="ben").open())


def test_the_secret_is_its_owners_and_links_outlive_a_restart(space: Workspace, served: Served) -> None:
    assert stat.S_IMODE((space.path / "links.json").stat().st_mode) == 0o600
    with serve(space.path, "ben") as again:
        assert again.links["ben"].rpartition("/")[2] == served.links["ben"].rpartition("/")[2]


def test_new_links_end_the_old_ones(tmp_path: Path) -> None:
    ws = workbench.create(tmp_path / "ws")
    with serve(ws.path, "ana") as first:
        old = first.links["ana"].rpartition("/")[2]
    with serve(ws.path, "ana", options=("--new-links",)) as second:
        assert Visitor(second).get(f"/enter/{old}").status == 403
        assert Visitor(second).enter("ana").status == 200


# -- what is served


@pytest.mark.parametrize("place", ["review", "gallery", "judge", "player", "team"])
def test_every_view_is_a_page_and_asks_this_server_alone(ana: Visitor, place: str) -> None:
    reply = ana.get(f"/{place}")
    page = reply.body.decode()
    assert reply.status == 200
    assert f'data-place="{place}"' in page
    assert "http" not in page
    assert "default-src 'none'" in reply.headers["content-security-policy"]
    for suffix in ("js", "css"):
        assert ana.get(f"/static/{place}.{suffix}").status == 200, place


@pytest.mark.parametrize("name", ["..%2f..%2fpyproject.toml", "../panel.py", "..", "%2e%2e", "none.js"])
def test_nothing_but_bundles_is_static(ana: Visitor, name: str) -> None:
    assert ana.get(f"/static/{name}").status == 404


def test_a_file_of_the_workspace_comes_in_stretches(ana: Visitor, space: Workspace) -> None:
    content = (space.path.parent / "media" / "p0.png").read_bytes()
    address = f"/media/{sample_of(space, 'p0.png')}"
    whole = ana.get(address)
    assert (whole.status, whole.body, whole.headers["content-type"]) == (200, content, "image/png")
    part = ana.get(address, headers={"Range": "bytes=4-9"})
    assert (part.status, part.body) == (206, content[4:10])
    assert "sandbox" in whole.headers["content-security-policy"], "a drawing with a script in it runs nothing"


@pytest.mark.parametrize(
    "name",
    [
        "sbad0",
        "sbad1",
        "sbad2",
        "s0123456789abcdef",
        "..%2foutside.png",
        "%2fetc%2fpasswd",
        "p0.png",
    ],
)
def test_media_outside_the_workspace_are_not_there(ana: Visitor, name: str) -> None:
    assert ana.get(f"/media/{name}").status == 404


def test_the_server_listens_to_this_machine_alone(served: Served) -> None:
    listening = [
        line.split()[1]
        for table in ("/proc/net/tcp", "/proc/net/tcp6")
        for line in Path(table).read_text().splitlines()[1:]
        if line.split()[1].endswith(f":{served.port:04X}") and line.split()[3] == "0A"
    ]
    assert listening == [f"0100007F:{served.port:04X}"]


# -- what is decided


def decide(page: Page, space: Workspace, number: int, verdict: str, key: str) -> dict[str, object]:
    caption = space.captions.sort("text")["caption_id"][number]

    async def act() -> dict[str, object]:
        opened = await page.open()
        answer, _ = await opened.ask(
            "decide", caption_ids=[caption], verdict=verdict, error_types=[], key=key
        )
        return answer

    return asyncio.run(act())


def test_a_decision_is_stored_under_the_name_of_the_link_and_a_repeat_once(
    ana: Visitor, space: Workspace
) -> None:
    for _ in range(2):
        answer = decide(Page(ana, "review", annotator="ana"), space, 0, "ok", "k1")
        assert answer["ok"], answer
    acts = space.history(annotator="ana")
    assert acts.select("annotator", "said").rows() == [("ana", "ok")]


def test_one_annotators_undo_leaves_the_others_decisions(
    served: Served, ana: Visitor, space: Workspace
) -> None:
    ben = Visitor(served)
    ben.enter("ben")
    decide(Page(ben, "gallery", annotator="ben"), space, 1, "misaligned", "k2")
    decide(Page(ana, "gallery", annotator="ana"), space, 2, "ok", "k3")

    async def take_back() -> dict[str, object]:
        page = await Page(ana, "review", annotator="ana", tab="t9").open()
        return (await page.ask("undo", key="u1"))[0]

    assert asyncio.run(take_back())["ok"]
    assert space.verdicts.filter(annotator="ben").height == 1


def test_a_page_that_comes_back_finds_its_selection(ana: Visitor, space: Workspace) -> None:
    async def walk() -> tuple[object, object, object]:
        page = await Page(ana, "gallery", annotator="ana", tab="kept").open()
        await page.ask("open")
        chosen, _ = await page.ask("select", how="all")
        page.socket.close()
        again = await Page(ana, "gallery", annotator="ana", tab="kept").open()
        told, _ = await again.ask("select", how="range", start=0, stop=0)
        return chosen["selected"], told["selected"], again.events[0]

    chosen, after, hello = asyncio.run(walk())
    assert chosen == after
    assert int(str(chosen)) > 0
    assert hello == {"event": "hello", "is_kept": True}


def test_a_player_is_told_where_to_read_a_file_of_any_size(ana: Visitor, space: Workspace) -> None:
    async def look() -> dict[str, object]:
        page = await Page(ana, "gallery", annotator="ana").open()
        return (await page.ask("media", sample_id=sample_of(space, "p0.png")))[0]

    assert asyncio.run(look())["url"] == f"media/{sample_of(space, 'p0.png')}"


def test_pages_hear_of_what_others_decide(served: Served, ana: Visitor, space: Workspace) -> None:
    async def hear() -> list[dict[str, object]]:
        page = await Page(ana, "gallery", annotator="ana", tab="hears").open()
        space.decide(space.captions["caption_id"][3], "ok", annotator="cem")
        while len(page.events) < 2:
            await asyncio.wait_for(page._read(), 20)
        return page.events

    assert {"event": "status"} in asyncio.run(hear())


def test_a_second_opinion_is_not_told_what_others_said(space: Workspace) -> None:
    caption = space.captions["caption_id"][4]
    space.decide(caption, "misaligned", annotator="zoe", error_types=["count"])

    async def look(visitor: Visitor) -> str:
        page = await Page(visitor, "team", annotator="ana").open()
        _, [acts] = await page.ask("acts")
        return json.dumps([act["annotator"] for act in json.loads(acts)])

    for options, is_told in (((), True), (("--second-opinion",), False)):
        with serve(space.path, "ana", options=options) as other:
            visitor = Visitor(other)
            visitor.enter("ana")
            assert ("zoe" in asyncio.run(look(visitor))) is is_told
            assert ("second opinion" in visitor.get("/review").body.decode()) is not is_told


def test_only_adjudicators_can_settle(space: Workspace, ana: Visitor) -> None:
    assert ana.get("/settle").status == 404
    with pytest.raises(ConnectionError, match="4404"):
        asyncio.run(Page(ana, "settle", annotator="ana").open())
    with serve(space.path, "ana", options=("--adjudicator", "ana")) as other:
        visitor = Visitor(other)
        visitor.enter("ana")
        assert 'href="settle"' in visitor.get("/settle").body.decode()

        async def look() -> dict[str, object]:
            page = await Page(visitor, "settle", annotator="ana").open()
            return (await page.ask("open"))[0]

        assert asyncio.run(look())["is_adjudicating"] is True


def test_stopping_it_is_no_failure(tmp_path: Path) -> None:
    ws = workbench.create(tmp_path / "ws")
    with serve(ws.path, "ana") as started:
        assert started.stop() == 0
