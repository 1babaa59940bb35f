"""A model's texts as candidates and as blind negatives: kept, resumed, and counted where they are no use."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pytest
from made_clips import RED, write_squares
from PIL import Image
from small_checkpoints import write_loud_llava

from workbench.encoders.base import Pixels
from workbench.encoders.captioning import PROMPT, Captioner, Said, Sampling
from workbench.encoders.fake import FakeEncoder
from workbench.errors import MediaError, PairError, UnknownNameError
from workbench.ingest import ingest
from workbench.pairs import add_candidates, standing_pairs
from workbench.pairs.generating import Asking, generate_candidates, read_pictures
from workbench.pairs.masked import Hiding, add_masked
from workbench.store import Store
from workbench.workspace import Workspace

COLOURS = {"red": (210, 40, 40), "blue": (40, 70, 210)}


class Parrot:
    """Name the colour of a picture where it sees it, and green where it does not."""

    key = "caption:parrot"

    def __init__(self) -> None:
        self.asked = 0
        self.looks = True

    def describe(
        self,
        pictures: Sequence[Pixels],
        count: int = 1,
        *,
        prompt: str = PROMPT,
        begin: str = "",
        hide: str = "",
        sampling: Sampling | None = None,
    ) -> list[Said]:
        self.asked += 1
        warm = bool(np.asarray(pictures[0])[..., 0].mean() > np.asarray(pictures[0])[..., 2].mean())
        seen = "red" if warm else "blue"
        word = "green" if hide or not self.looks else seen
        start = begin or "a"
        texts = [f"{start} {word} square", f"{start} {word} thing {len(pictures)}", f"{start} unended"]
        return [Said(text, "unended" not in text) for text in texts[:count]]


@pytest.fixture
def store(tmp_path: Path) -> Store:
    media = tmp_path / "media"
    media.mkdir()
    lines = []
    for colour, value in COLOURS.items():
        Image.new("RGB", (48, 40), value).save(media / f"{colour}.png")
        lines.append(json.dumps({"path": f"{colour}.png", "text": f"a {colour} square"}))
    (tmp_path / "captions.jsonl").write_text("\n".join(lines))
    made = Store.create(tmp_path / "ws")
    ingest(made, media, captions=tmp_path / "captions.jsonl", progress=False)
    return made


def test_what_a_model_says_is_kept_and_becomes_pairs_of_its_own_policy(store: Store) -> None:
    parrot = Parrot()
    said = generate_candidates(store, Asking(parrot, count=4), progress=False)
    assert said.rows["text"].to_list() == ["a red square", "a red thing 1", "a blue square", "a blue thing 1"]
    assert (said.samples, said.unfinished) == (2, 2)
    before = parrot.asked
    again = generate_candidates(store, Asking(parrot, count=4), progress=False)
    assert again.rows.equals(said.rows)
    assert parrot.asked == before
    generate_candidates(store, Asking(parrot, count=4, prompt="Say more."), progress=False)
    assert parrot.asked > before
    summary = add_candidates(store, Asking(parrot, count=4, prompt="Say more."))
    assert summary.added == 2
    assert summary.notes[0].startswith("4 texts on 2 samples")
    pair = standing_pairs(store).row(0, named=True)
    assert (pair["origin"], pair["source"], pair["prompt"], pair["status"]) == (
        "on_policy", "caption:parrot", "Say more.", "open",
    )  # fmt: skip


def test_a_run_that_was_stopped_goes_on_where_it_was(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workbench.pairs.generating._BATCH", 1)

    class Tired(Parrot):
        def describe(self, *args: object, **options: object) -> list[Said]:
            if self.asked == 2:
                raise KeyboardInterrupt
            return super().describe(*args, **options)

    with pytest.raises(KeyboardInterrupt):
        generate_candidates(store, Asking(Tired()), progress=False)
    fresh = Parrot()
    assert generate_candidates(store, Asking(fresh), progress=False).rows["sample_id"].n_unique() == 2
    assert fresh.asked == 2


def test_a_file_that_cannot_be_shown_says_why(store: Store) -> None:
    (store.roots["media"] / "red.png").unlink()
    said = generate_candidates(store, Asking(Parrot(), count=2), progress=False)
    assert said.rows["sample_id"].n_unique() == 1
    assert len(said.unread) == 1
    assert "1 samples could not be shown: " in str(said)
    chosen = store.read("samples").filter(pl.col("path") == "blue.png")["sample_id"].to_list()
    assert generate_candidates(store, Asking(Parrot(), samples=chosen), progress=False).samples == 1
    with pytest.raises(PairError, match="Of 0 texts"):
        Asking(Parrot(), count=0)


def test_what_is_said_blind_is_rejected_against_a_verified_caption(store: Store) -> None:
    with pytest.raises(PairError, match="No caption of a picture or a video is verified"):
        add_masked(store, Parrot(), encoder=FakeEncoder(), progress=False)
    ws = Workspace(store, "ana")
    for caption in ws.captions["caption_id"]:
        ws.decide(caption, "ok")
    summary = add_masked(store, Parrot(), encoder=FakeEncoder(), progress=False)
    assert (summary.captions, summary.added, summary.unmoved) == (2, 2, 0)
    pair = ws.pairs.row(0, named=True)
    assert pair["chosen_text"] in ("a red square", "a blue square")
    assert pair["rejected_text"].startswith("a green ")
    assert (pair["origin"], pair["builder"], pair["status"]) == ("masked", "hidden_attention", "proposed")
    assert json.loads(pair["detail"])["begin"] == "a"
    again = add_masked(store, Parrot(), encoder=FakeEncoder(), progress=False)
    assert (again.added, again.known) == (0, 2)
    assert "2 had one" in str(again)


def test_a_model_that_never_looked_gives_no_pair(store: Store) -> None:
    ws = Workspace(store, "ana")
    ws.decide(ws.captions["caption_id"][0], "ok")
    parrot = Parrot()
    parrot.looks = False
    summary = add_masked(store, parrot, encoder=FakeEncoder(), progress=False)
    assert (summary.added, summary.unmoved) == (0, 1)
    near = add_masked(
        store, Parrot(), hiding=Hiding("grey", most_alike=-1.0), encoder=FakeEncoder(), progress=False
    )
    assert (near.added, near.too_alike) == (0, 1)


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="no way to hide a picture ''"):
        Hiding("")
    with pytest.raises(PairError, match=r"share of 1 kept"):
        Hiding(kept_share=1)


def test_a_checkpoint_goes_on_blind_from_where_a_caption_begins(store: Store, tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="the extra [torch] is not installed")
    model = Captioner(str(write_loud_llava(tmp_path / "llava")), "cpu", "f32")
    ws = Workspace(store, "ana")
    for caption in ws.captions["caption_id"]:
        ws.decide(caption, "ok")
    hiding = Hiding(tries=6, prompt="Is there a dog", sampling=Sampling(max_tokens=24))
    summary = add_masked(store, model, hiding=hiding, encoder=FakeEncoder(), progress=False)
    assert summary.added + summary.unmoved + summary.too_alike == 2
    assert summary.added > 0
    for pair in ws.pairs.iter_rows(named=True):
        assert pair["rejected_text"].startswith("a ")
        assert pair["source"] == model.key
    said = generate_candidates(
        store, Asking(model, count=6, sampling=Sampling(max_tokens=24)), progress=False
    )
    assert said.rows.height + said.unfinished <= 12
    assert set(said.rows["source"]) <= {model.key}


def test_a_video_is_shown_by_its_frames_and_a_sound_not_at_all(tmp_path: Path) -> None:
    pytest.importorskip("av", reason="the extra [audio-video] is not installed")
    media = tmp_path / "media"
    media.mkdir()
    write_squares(media / "clip.mp4", [(RED, 0.0, 1.0)], 1.0)
    (tmp_path / "captions.jsonl").write_text(json.dumps({"path": "clip.mp4", "text": "a red square"}))
    store = Store.create(tmp_path / "ws")
    ingest(store, media, captions=tmp_path / "captions.jsonl", progress=False)
    said = generate_candidates(store, Asking(Parrot(), count=3, frames=3), progress=False)
    assert said.rows["text"].to_list() == ["a red square", "a red thing 3"]
    sound = store.read("samples").with_columns(media=pl.lit("audio"))
    with pytest.raises(MediaError, match="a sound cannot be shown"):
        read_pictures(store, sound.row(0, named=True))
