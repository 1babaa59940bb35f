"""An encoder tuned on pairs: it learns their order, stays near what it was, and ranks the queue anew."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.small_checkpoints import write_clip, write_siglip
from workbench.errors import EncoderError, RunError, UnknownNameError
from workbench.finetune.scorer import EncoderTuning, ScorerConfig
from workbench.review.fresh import fresh_scores
from workbench.workspace import Workspace, create

torch = pytest.importorskip("torch", reason="the extra [torch] is not installed")
pytest.importorskip("transformers", reason="the extra [torch] is not installed")

COLOURS = {"red": (210, 40, 40), "blue": (40, 70, 210)}
THINGS = {"dog": (230, 220, 60), "cat": (30, 30, 30), "table": (60, 170, 70)}
QUICK = {"learning_rate": 3e-3, "epochs": 20, "batch_pairs": 32, "device": "cpu"}


@pytest.fixture(scope="module")
def ws(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Walls of two colours with a thing in front, captions with the other colour, and their corrections."""
    folder = tmp_path_factory.mktemp("scorer")
    media = folder / "media"
    media.mkdir()
    random, lines = np.random.default_rng(0), []
    for number, (colour, thing) in enumerate([*product(COLOURS, THINGS)] * 12):
        pixels = np.full((32, 32, 3), COLOURS[colour], float)
        pixels[12:26, 8:24] = THINGS[thing]
        noisy = np.clip(pixels + random.normal(0, 12, pixels.shape), 0, 255).astype(np.uint8)
        Image.fromarray(noisy).save(media / f"{number:02}.png")
        text = other_colour(f"a {thing} on the {colour} square")
        lines.append(json.dumps({"path": f"{number:02}.png", "text": text}))
    (media / "captions.jsonl").write_text("\n".join(lines))
    ws = create(folder / "ws", annotator="ana")
    ws.ingest(media / "captions.jsonl", progress=False)
    for row in ws.captions.iter_rows(named=True):
        right = other_colour(row["text"])
        ws.decide(row["caption_id"], "misaligned", error_types=["attribute"], edited_text=right)
    ws.split_pairs(held_out_share=0.25, seed=0)
    return ws


def other_colour(text: str) -> str:
    return text.replace("red", "BLUE").replace("blue", "red").replace("BLUE", "blue")


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"clip:{write_clip(tmp_path_factory.mktemp('clip') / 'tiny')}"


@pytest.fixture(scope="module")
def tuning(ws: Workspace, clip: str) -> EncoderTuning:
    return ws.tune_encoder(ScorerConfig(encoder=clip, name="colours", towers="both", **QUICK))


def test_it_learns_an_order_that_holds_for_pictures_it_has_not_seen(tuning: EncoderTuning) -> None:
    assert tuning.held_out is not None
    assert tuning.held_out.before < 0.75
    assert tuning.held_out.after > 0.9
    assert tuning.held_out.low > 0.6
    assert tuning.losses[-1] < tuning.losses[0]
    told = str(tuning)
    assert "Held-out pairs in the right order" in told
    assert f"ws.score('similarity', encoder='clip:{tuning.folder}')" in told


def test_what_is_kept_is_a_checkpoint_like_any_other(tuning: EncoderTuning) -> None:
    files = {file.name for file in tuning.folder.iterdir()}
    assert {"config.json", "model.safetensors", "preprocessor_config.json", "tokenizer.json"} <= files
    card = json.loads((tuning.folder.parent / "encoder.json").read_text())
    assert card["held_out"]["after"] == tuning.held_out.after
    assert not [file for file in tuning.folder.rglob("*") if file.suffix in (".bin", ".pt", ".pkl")]


def test_its_scores_rank_the_queue_anew(ws: Workspace, clip: str, tuning: EncoderTuning) -> None:
    ws.score("similarity", encoder=clip, progress=False, device="cpu")
    before = fresh_scores(ws.store).filter(scorer="similarity").sort("caption_id")
    ws.score("similarity", encoder=tuning.encoder, progress=False, device="cpu")
    after = fresh_scores(ws.store).filter(scorer="similarity").sort("caption_id")
    assert after["encoder_key"].str.contains(f"clip:{tuning.folder.name}@").all()
    assert after.height == before.height == ws.captions.height
    assert (before["value"] != after["value"]).all()
    assert before.sort("value")["caption_id"].to_list() != after.sort("value")["caption_id"].to_list()


def test_the_anchor_holds_it_nearer_to_what_it_was(ws: Workspace, clip: str) -> None:
    """Of two tunings alike but for beta, the one that holds on harder moves its margins less."""
    config = ScorerConfig(encoder=clip, **QUICK | {"epochs": 6})
    loose, tight = (ws.tune_encoder(replace(config, beta=beta)) for beta in (0.3, 30.0))
    assert tight.train.margin < loose.train.margin
    assert tight.losses[0] == pytest.approx(loose.losses[0], abs=1e-4)
    assert loose.losses[0] == pytest.approx(np.log(2), abs=1e-4)


def test_the_tower_of_pictures_stays_as_it_was_unless_both_learn(ws: Workspace, clip: str) -> None:
    from safetensors.torch import load_file

    tuned = ws.tune_encoder(ScorerConfig(encoder=clip, loss="plain", **QUICK | {"epochs": 2}))
    was, now = (
        load_file(Path(folder) / "model.safetensors") for folder in (clip.partition(":")[2], tuned.folder)
    )
    changed = {name.partition(".")[0] for name, weight in was.items() if not torch.equal(weight, now[name])}
    assert changed == {"text_model", "text_projection"}


def test_siglip_is_tuned_too(ws: Workspace, tmp_path: Path) -> None:
    encoder = f"clip:{write_siglip(tmp_path / 'siglip')}"
    tuned = ws.tune_encoder(ScorerConfig(encoder=encoder, **QUICK | {"epochs": 2}))
    assert np.isfinite(tuned.losses).all()
    assert tuned.losses[-1] < tuned.losses[0]


def test_pairs_that_cannot_be_learned_from_are_counted(ws: Workspace, clip: str) -> None:
    long = "a red square on the table of the dog on the table of the cat"
    ws.decide(ws.captions["caption_id"][0], "misaligned", error_types=["attribute"], edited_text=long)
    tuned = ws.tune_encoder(ScorerConfig(encoder=clip, **QUICK | {"epochs": 1}))
    assert dict(tuned.left_out) == {"longer than the 12 tokens that the encoder reads": 1}
    assert "Left out: 1 pairs, longer than the 12 tokens" in str(tuned)


def test_what_cannot_be_tuned_is_refused_and_leaves_nothing_behind(ws: Workspace, clip: str) -> None:
    before = sorted((ws.path / "runs").iterdir())
    with pytest.raises(RunError, match="already a run 'colours'"):
        ws.tune_encoder(ScorerConfig(encoder=clip, name="colours"))
    with pytest.raises(RunError, match=r"'\.\./out' cannot be a folder"):
        ws.tune_encoder(ScorerConfig(encoder=clip, name="../out"))
    with pytest.raises(RunError, match="No pair is left to tune on"):
        ws.tune_encoder(ScorerConfig(encoder=clip, statuses=("disputed",)))
    with pytest.raises(UnknownNameError, match="encoder that can be tuned 'bridge'"):
        ws.tune_encoder(ScorerConfig(encoder="bridge"))
    with pytest.raises(EncoderError, match="cannot be loaded"):
        ws.tune_encoder(ScorerConfig(encoder="clip:./nowhere"))
    assert sorted((ws.path / "runs").iterdir()) == before


@pytest.mark.parametrize(
    ("given", "error", "told"),
    [
        ({"loss": "both"}, UnknownNameError, "Known: anchored, plain"),
        ({"towers": "vision"}, UnknownNameError, "Known: both, text"),
        ({"loss": "plain", "beta": 0.1}, RunError, "beta would have no effect"),
        ({"label_smoothing": 0.5}, RunError, "label_smoothing of 0.5 cannot be"),
        ({"learning_rate": 0.0}, RunError, "learning_rate of 0.0 cannot be"),
    ],
)
def test_a_config_that_cannot_be_is_refused(given: dict[str, object], error: type, told: str) -> None:
    with pytest.raises(error, match=told):
        ScorerConfig(encoder="clip:x", **given)
