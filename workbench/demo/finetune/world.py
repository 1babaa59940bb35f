"""Put small scenes into a workspace: what the captioner said of them, what a person corrected, built pairs.

What is there afterwards is what a person would have made by hand: captions with a verdict and a correction,
pairs of known errors, boxes of what is really there, and a part held out that no run trains on.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from workbench.demo.finetune.corrections import ScenePair, build_pairs, correct_captions
from workbench.demo.finetune.drawing import draw_scene
from workbench.demo.finetune.lessons import extent_of
from workbench.demo.finetune.scenes import Scene, make_scene
from workbench.demo.finetune.speaking import open_captioner, say, stack_pixels
from workbench.errors import WorkbenchError
from workbench.finetune.models import locate_model
from workbench.ingest import ingest
from workbench.ingest.regions import ingest_regions
from workbench.pairs import split_pairs
from workbench.pairs.base import add_pairs
from workbench.preferences.pair import Pair, variant_id
from workbench.review import decide
from workbench.store import Store

__all__ = ["PERSON", "Amounts", "EmbeddedWorld", "embedded_world"]

#: Who corrects; simulated, and careful.
PERSON: Final = "careful person"
_SAYS: Final = "embedded captioner"
_BUILDER: Final = "small_scenes"
#: More than half of what the captioner says by its own odds is at fault somewhere.
_ASKED_PER_FLAGGED: Final = 2.5


@dataclass(frozen=True, slots=True)
class Amounts:
    """How many pairs: corrected ones and built ones, to train on and held out, each of scenes of its own.

    Of each, `unusual_share` are of scenes with a thing where no scene of the captioner's training had it.
    """

    flagged: int = 300
    built: int = 700
    held_out_flagged: int = 90
    held_out_built: int = 210
    unusual_share: float = 0.0

    @property
    def held_out(self) -> int:
        """Return how many are held out."""
        return self.held_out_flagged + self.held_out_built

    @property
    def whole(self) -> int:
        """Return how many pairs there are in all."""
        return self.flagged + self.built + self.held_out


@dataclass(frozen=True)
class EmbeddedWorld:
    """What was put into a workspace.

    Attributes:
        media: folder of the pictures.
        scenes: name of a picture -> what is there.
        pairs: pairs that stand, trained and held out.
        flagged: captions of the captioner that were corrected.
    """

    media: Path
    scenes: dict[str, Scene]
    pairs: int
    flagged: int

    def __str__(self) -> str:
        return f"{len(self.scenes):,} small scenes, {self.flagged:,} captions corrected, {self.pairs:,} pairs"


@dataclass(frozen=True, slots=True)
class _Told:
    """A pair with the picture it is of and the part it belongs to."""

    pair: ScenePair
    scene: Scene
    name: str
    split: str


def embedded_world(
    store: Store, seed: int = 0, *, model: str = "embedded", amounts: Amounts | None = None
) -> EmbeddedWorld:
    """Fill a new workspace with small scenes, flagged captions, their corrections and built pairs.

    Args:
        store: a workspace without samples.
        seed: of scenes, of what the captioner says, and of the built pairs.
        model: `embedded` or `embedded:second`: whose captions are flagged.
        amounts: how many pairs of each sort.

    Raises:
        WorkbenchError: when the workspace holds samples, or the captioner is too seldom wrong.
    """
    if store.read("samples").height:
        raise WorkbenchError(
            f"The workspace {store.path} holds samples already.", "Give a new workspace for the small scenes."
        )
    wanted = amounts or Amounts()
    told = [*_flag(seed, model, wanted), *_build(seed, wanted)]
    folder = store.path / "small_scenes"
    (folder / "media").mkdir(parents=True, exist_ok=True)
    scenes = {one.name: one.scene for one in told}
    for name, scene in scenes.items():
        draw_scene(scene).save(folder / "media" / name, compress_level=1)
    _ingest(store, folder, told)
    _ingest_boxes(store, folder, scenes)
    _correct(store, [one for one in told if one.pair.origin == "edit"])
    add_pairs(store, _pairs_of(store, [one for one in told if one.pair.origin == "built"]))
    split_pairs(store, held_out_share=wanted.held_out / wanted.whole, seed=seed, ties=("content",))
    return EmbeddedWorld(folder / "media", scenes, wanted.whole, wanted.flagged + wanted.held_out_flagged)


def _flag(seed: int, model: str, wanted: Amounts) -> Iterator[_Told]:
    captioner: tuple[Any, Any] = open_captioner(Path(locate_model(model)))
    for split, count in (("train", wanted.flagged), ("val", wanted.held_out_flagged)):
        asked = int(count * _ASKED_PER_FLAGGED) + 8
        scenes = _make_scenes(f"flagged/{split}/{seed}", asked, wanted.unusual_share)
        drawn = stack_pixels([draw_scene(scene) for scene in scenes])
        said = say(*captioner, drawn, is_sampled=True, seed=seed)
        pairs = correct_captions(said, scenes, count)
        if len(pairs) < count:
            raise WorkbenchError(
                f"{model} erred in {len(pairs)} of {len(scenes)} captions, and {count} were asked for.",
                "Ask for fewer flagged captions.",
            )
        for pair in pairs:
            yield _Told(pair, scenes[pair.scene], f"{split}_flagged_{pair.scene:04d}.png", split)


def _make_scenes(name: str, count: int, unusual_share: float) -> list[Scene]:
    """Return scenes of which a share is unusual, spread evenly."""
    return [
        make_scene(
            f"{name}/{n}", "unusual" if int((n + 1) * unusual_share) > int(n * unusual_share) else "usual"
        )
        for n in range(count)
    ]


def _build(seed: int, wanted: Amounts) -> Iterator[_Told]:
    for split, count in (("train", wanted.built), ("val", wanted.held_out_built)):
        scenes = _make_scenes(f"built/{split}/{seed}", count, wanted.unusual_share)
        for pair in build_pairs(scenes, count, f"{split}/{seed}"):
            yield _Told(pair, scenes[pair.scene], f"{split}_built_{pair.scene:04d}.png", split)


def _ingest(store: Store, folder: Path, told: Sequence[_Told]) -> None:
    """Take in pictures and captions: what the captioner said, and the true captions of built pairs."""
    rows = [
        {"path": f"media/{one.name}", "split": one.split, "lang": "en",
         "text": one.pair.rejected if one.pair.origin == "edit" else one.pair.chosen,
         "source": _SAYS if one.pair.origin == "edit" else PERSON}
        for one in told
    ]  # fmt: skip
    path = folder / "captions.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    ingest(store, path, progress=False)


def _ingest_boxes(store: Store, folder: Path, scenes: dict[str, Scene]) -> None:
    rows = []
    for name, scene in scenes.items():
        for number, thing in enumerate(scene.things):
            half_width, height = extent_of(thing)
            left, top = max(0.0, thing.x - half_width), max(0.0, thing.y - height)
            right, bottom = min(1.0, thing.x + half_width), min(1.0, thing.y)
            rows.append(
                {"path": f"media/{name}", "region_id": str(number), "label": thing.noun, "x": left, "y": top,
                 "width": right - left, "height": bottom - top, "attributes": [thing.colour]}
            )  # fmt: skip
    path = folder / "boxes.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
    ingest_regions(store, path)


def _correct(store: Store, told: Sequence[_Told]) -> None:
    ids = _caption_ids(store)
    for one in told:
        decide(
            store,
            ids[one.name, one.pair.rejected][1],
            "misaligned",
            annotator=PERSON,
            error_types=(one.pair.error_type,),
            edited_text=one.pair.chosen,
            is_complete=True,
        )


def _pairs_of(store: Store, told: Sequence[_Told]) -> Iterator[Pair]:
    ids = _caption_ids(store)
    for one in told:
        sample, chosen = ids[one.name, one.pair.chosen]
        yield Pair(
            sample_id=sample,
            chosen_id=chosen,
            rejected_id=variant_id(sample, one.pair.rejected, "built"),
            chosen_text=one.pair.chosen,
            rejected_text=one.pair.rejected,
            origin="built",
            builder=_BUILDER,
            error_type=one.pair.error_type,
        )


def _caption_ids(store: Store) -> dict[tuple[str, str], tuple[str, str]]:
    """Return (name of the picture, text) -> (sample id, caption id)."""
    samples = store.read("samples").select("sample_id", "path")
    rows = (
        store.read("captions").join(samples, on="sample_id").select("path", "text", "sample_id", "caption_id")
    )
    return {(Path(path).name, text): (sample, caption) for path, text, sample, caption in rows.iter_rows()}
