"""Order by the captions of a sample: verified ones first, never the text itself, nothing from too few."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import polars as pl
import pytest
from made_stores import fill

from workbench.encoders.fake import FakeEncoder
from workbench.errors import UnknownNameError
from workbench.pairs.candidates import name_scores
from workbench.pairs.consensus import agree_with_captions
from workbench.records import caption_hash, caption_id
from workbench.scoring.texts import score_texts
from workbench.store import Store
from workbench.workspace import Workspace


@pytest.fixture
def ws(tmp_path: Path) -> Workspace:
    """Return a workspace of one sample with captions of a red and a blue thing."""
    store = Store.create(tmp_path / "ws")
    fill(store, 1)
    sample = store.read("samples")["sample_id"][0]
    texts = ["one red square", "the red box", "a blue ball"]
    rows = {
        "caption_id": [caption_id(sample, text) for text in texts],
        "sample_id": sample,
        "kind": "caption",
        "text": texts,
        "caption_hash": [caption_hash(text) for text in texts],
    }
    store.replace("captions", pl.DataFrame(rows))
    return Workspace(store, "ana")


def scores(ws: Workspace, *texts: str) -> list[float | None]:
    asked = pl.DataFrame({"sample_id": [ws.samples["sample_id"][0]] * len(texts), "text": texts})
    return agree_with_captions(ws.store, asked, encoder=FakeEncoder())["score"].to_list()


def test_the_text_that_is_nearer_to_the_captions_has_the_higher_score(ws: Workspace) -> None:
    red, blue = scores(ws, "some red thing", "some blue thing")
    assert red is not None
    assert blue is not None
    assert 1 > red > blue > -1


def test_verified_captions_are_gone_by_alone(ws: Workspace) -> None:
    ws.decide(ws.captions["caption_id"][2], "ok")
    red, blue = scores(ws, "some red thing", "some blue thing")
    assert red is not None
    assert blue is not None
    assert blue > 0.9 > red


def test_nothing_is_its_own_witness_and_one_unverified_caption_is_none(ws: Workspace) -> None:
    red, blue = scores(ws, "One red square.", "a blue  ball")
    assert (red, blue) == (None, None)  # one caption is left that nobody looked at
    ws.decide(ws.captions["caption_id"][1], "ok")
    assert None not in scores(ws, "One red square.", "a blue  ball")


def test_captions_found_wrong_bear_no_witness(ws: Workspace) -> None:
    for caption in ws.captions["caption_id"][:2]:
        ws.decide(caption, "misaligned")
    assert scores(ws, "some red thing") == [None]


def test_scores_are_named(ws: Workspace) -> None:
    similarity = partial(score_texts, ws.store)
    assert name_scores(ws.store, ["similarity"], similarity=similarity) == [similarity]
    assert len(name_scores(ws.store, ["consensus", "similarity"], similarity=similarity)) == 2
    with pytest.raises(UnknownNameError, match="no score of candidates 'taste'"):
        name_scores(ws.store, ["taste"], similarity=similarity)
