"""Build the benchmark's world: drawn scenes, captions of five annotators, one in five wrong in a known way.

The scenes' seeds lie apart from those of the demo world of the same number, so what was tuned on the demo is
never measured here.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from workbench.demo.annotation import Box, annotate, detect
from workbench.demo.benchmark.benign import BENIGN_EDITS, edit_harmlessly
from workbench.demo.benchmark.injections import INJECTIONS, inject
from workbench.demo.benchmark.telling import Telling
from workbench.demo.claims import holds
from workbench.demo.corruptions import Corrupted
from workbench.demo.drafts import Draft
from workbench.demo.grammar import PROFILES, Profile, write_caption
from workbench.demo.scene import Scene, make_scene
from workbench.demo.world import draw_photos, write_drafts

__all__ = ["BENIGN_SHARE", "MIX", "WRONG_SHARE", "BenchmarkWorld", "build_scenes", "plan_drafts"]

WRONG_SHARE: Final = 0.2
BENIGN_SHARE: Final = 0.06
#: What share of the wrong captions each id has: 200 or more of each error type in a world of 2,800 scenes.
MIX: Final[dict[str, float]] = {
    "P1": 0.08, "P2": 0.08, "P3": 0.04,
    "O1 random": 0.05, "O1 co-occurring": 0.05, "O2 random": 0.05, "O2 co-occurring": 0.05, "N1": 0.04,
    "A1": 0.105, "A2": 0.1, "W1": 0.045, "R1": 0.06, "R2": 0.05, "C1": 0.1, "T4": 0.1,
}  # fmt: skip
#: How many of the five annotators captioned a scene, and how often.
CAPTIONS_A_SCENE: Final[dict[int, int]] = {1: 2, 2: 2, 3: 4, 4: 5, 5: 7}
FIRST_SEED: Final = 500_000  # within the million of the world's number; the demo world takes the first ones


@dataclass(frozen=True)
class BenchmarkWorld:
    """What was built: where, its scenes by file name, its captions with their truth."""

    folder: Path
    scenes: dict[str, Scene]
    drafts: tuple[Draft, ...]

    def regions_file(self, source: str) -> Path:
        """Return the file of boxes by a careful person ("exact") or a fallible detector ("noisy")."""
        return self.folder / f"regions_{source}.jsonl"


def build_scenes(folder: Path, *, scenes: int, seed: int, progress: bool = False) -> BenchmarkWorld:
    """Draw the scenes and write captions, truth and boxes under a folder; same seed, same files.

    Args:
        folder: made if need be.
        scenes: how many pictures.
        seed: number of the world.
        progress: show a bar on stderr.
    """
    (folder / "media").mkdir(parents=True, exist_ok=True)
    made = [make_scene(seed * 1_000_000 + FIRST_SEED + number) for number in range(scenes)]
    named = {f"{scene.place}_{number:05d}.jpg": scene for number, scene in enumerate(made)}
    drafts = plan_drafts(named, seed)
    draw_photos(folder / "media", named, progress=progress)
    write_drafts(folder, drafts)
    world = BenchmarkWorld(folder, named, tuple(drafts))
    _write_boxes(world, "exact", annotate)
    _write_boxes(world, "noisy", lambda scene: detect(scene, seed))
    return world


def plan_drafts(scenes: Mapping[str, Scene], seed: int) -> list[Draft]:
    """Return every caption with its truth: the stated share wrong in the stated mix, some edited harmlessly.

    Args:
        scenes: by file name.
        seed: of the choice of what is spoiled.
    """
    drafts = [draft for name, scene in scenes.items() for draft in _write_captions(name, scene)]
    rng = random.Random(f"benchmark/{seed}")
    taken = {(draft.name, _plain(draft.text)) for draft in drafts}
    free = rng.sample(range(len(drafts)), len(drafts))
    whole = list(drafts)
    wanted = {name: round(share * WRONG_SHARE * len(drafts)) for name, share in MIX.items()}
    wanted |= {f"X1 {name}": round(BENIGN_SHARE * len(drafts) / len(BENIGN_EDITS)) for name in BENIGN_EDITS}
    # The rarest handle first: relations and numbers are said by few captions.
    for corruption in sorted(wanted, key=_commonness):
        for place, found in _spoilable(drafts, free, corruption, whole, rng):
            if wanted[corruption] == 0:
                break
            told, before = (
                (drafts[place].name, _plain(text)) for text in (found.sentence.text, drafts[place].text)
            )
            if told in taken and told != before:
                continue
            taken.add(told)
            drafts[place] = _with(drafts[place], found)
            free.remove(place)
            wanted[corruption] -= 1
    return drafts


def _write_captions(name: str, scene: Scene) -> list[Draft]:
    rng = random.Random(f"benchmark captions/{scene.seed}")
    count = rng.choices(list(CAPTIONS_A_SCENE), list(CAPTIONS_A_SCENE.values()))[0]
    kept: dict[str, Draft] = {}
    for profile in rng.sample(PROFILES, count):
        sentence = write_caption(scene, profile, "0")
        kept.setdefault(
            _plain(sentence.text), Draft(name, scene, sentence, profile.name, "train", sentence.text)
        )
    return list(kept.values())


def _plain(text: str) -> str:
    return text.lower().rstrip(".! ")


_COMMONNESS = (
    "N1",
    "R2",
    "A2",
    "X1 figures",
    "R1",
    "T4",
    "X1 order",
    "X1 hypernym",
    "X1 synonym",
    "C1",
    "A1",
)


def _commonness(corruption: str) -> int:
    return _COMMONNESS.index(corruption) if corruption in _COMMONNESS else len(_COMMONNESS)


def _spoilable(
    drafts: Sequence[Draft], free: list[int], corruption: str, whole: Sequence[Draft], rng: random.Random
) -> Iterator[tuple[int, Corrupted]]:
    """Yield the free captions that offer a handle for the id, each with what becomes of it."""
    for place in list(free):
        draft, dice = drafts[place], str(rng.random())
        scene = draft.truth
        assert isinstance(scene, Scene), "the benchmark's captions are of scenes"
        telling = Telling(scene, draft.sentence, _profile(draft.source))
        if corruption in ("P1", "P2"):
            found = _exchange(scene, whole, corruption, rng)
        elif corruption in INJECTIONS:
            found = inject(telling, corruption, dice)
        else:
            found = edit_harmlessly(telling, corruption.removeprefix("X1 "), dice)
        if found is not None:
            yield place, found


def _exchange(scene: Scene, whole: Sequence[Draft], corruption: str, rng: random.Random) -> Corrupted | None:
    """Take another scene's caption: P1 names nothing that is here, P2 some things that are."""
    for _ in range(200):
        sentence = rng.choice(whole).sentence
        named = [claim for claim in sentence.claims if claim.type in ("object", "place")]
        shared = sum(holds(scene, claim) for claim in named)
        if shared < len(named) and bool(shared) == (corruption == "P2"):
            severity = 1 if corruption == "P1" else 2
            return Corrupted(sentence, corruption, "wrong_pair", severity, 0, len(sentence.text))
    return None


def _profile(name: str) -> Profile:
    return next(profile for profile in PROFILES if profile.name == name)


def _with(draft: Draft, found: Corrupted) -> Draft:
    return replace(
        draft,
        sentence=found.sentence,
        is_wrong=found.error_type != "",
        error_type=found.error_type,
        corruption=found.corruption,
        severity=found.severity,
        span=(found.start, found.end),
    )


def _write_boxes(world: BenchmarkWorld, source: str, look: Callable[[Scene], list[Box]]) -> None:
    rows = [
        json.dumps(box.row(f"media/{name}", source))
        for name, scene in world.scenes.items()
        for box in look(scene)
    ]
    world.regions_file(source).write_text("\n".join(rows) + "\n", encoding="utf-8")
