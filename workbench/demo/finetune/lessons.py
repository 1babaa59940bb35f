"""Turn scenes into what the captioner learns from: pixels, a label a patch, captions as tokens."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from workbench.demo.catalog import KINDS
from workbench.demo.finetune.captioner import PATCH_PX, PROMPTS
from workbench.demo.finetune.captions import STYLES, describe, describe_noisily
from workbench.demo.finetune.drawing import SIDE_PX, draw_scene
from workbench.demo.finetune.scenes import COLOURS, NOUNS, PLACES, Scene, Thing, make_scene

if TYPE_CHECKING:
    import torch

__all__ = ["Captions", "Labels", "Pictures", "caption_rows", "draw_pictures", "extent_of", "scale_pixels"]

_NOTHING: Final = "nothing"
_BRIGHTNESS: Final = 0.1


@dataclass(frozen=True, slots=True)
class Labels:
    """What is where: nouns and colours (pictures, patches), 0 for nothing; places (pictures)."""

    noun: torch.Tensor
    colour: torch.Tensor
    place: torch.Tensor


@dataclass(frozen=True, slots=True)
class Pictures:
    """Drawn scenes: uint8 (n, 96, 96, 3), and for each patch the noun and the colour that covers it."""

    scenes: tuple[Scene, ...]
    drawn: npt.NDArray[np.uint8]
    covered: npt.NDArray[np.int64]
    nouns: tuple[str, ...] = (_NOTHING, *NOUNS)
    colours: tuple[str, ...] = (_NOTHING, *COLOURS)
    places: tuple[str, ...] = PLACES

    def __len__(self) -> int:
        return len(self.scenes)

    def pixels(self, rows: Sequence[int]) -> torch.Tensor:
        """Return float (rows, 3, 96, 96), -1 to 1."""
        return scale_pixels(self.drawn[np.asarray(rows)])

    def batch(self, rows: Sequence[int], draw: torch.Generator) -> tuple[torch.Tensor, Labels]:
        """Return pixels, half of them mirrored and all a little brighter or darker, and their labels."""
        import torch

        pixels, covered = self.pixels(rows), torch.from_numpy(self.covered[np.asarray(rows)])
        is_mirrored = torch.rand(len(rows), generator=draw) < 0.5
        pixels = torch.where(is_mirrored[:, None, None, None], pixels.flip(3), pixels)
        covered = torch.where(is_mirrored[:, None, None, None], covered.flip(3), covered)
        light = 1 + _BRIGHTNESS * (2 * torch.rand(len(rows), 1, 1, 1, generator=draw) - 1)
        places = torch.tensor([PLACES.index(self.scenes[row].place) for row in rows])
        noun, colour = covered.flatten(2).unbind(1)
        return ((pixels + 1) * light - 1).clamp(-1, 1), Labels(noun, colour, places)


@dataclass(frozen=True, slots=True)
class Captions:
    """One prompt and several captions of each picture in a row of tokens, none of which sees another caption.

    Attributes:
        ids: (rows, tokens) token numbers.
        places: (rows, tokens) each token's place, counted as if its caption followed the prompt alone.
        mask: (rows, 1, tokens, tokens) True where a token (the third axis) sees another (the fourth).
        row, before, after: (told,) in which row, after which token, which token number is to be told.
        image_id: token number of a patch of the picture.
    """

    ids: torch.Tensor
    places: torch.Tensor
    mask: torch.Tensor
    row: torch.Tensor
    before: torch.Tensor
    after: torch.Tensor
    image_id: int


def scale_pixels(drawn: npt.NDArray[np.uint8]) -> torch.Tensor:
    """Return float (n, 3, 96, 96), -1 to 1, as the processor makes of uint8 (n, 96, 96, 3)."""
    import torch

    return torch.from_numpy(drawn).permute(0, 3, 1, 2).float() / 127.5 - 1


def draw_pictures(name: str, count: int, kind: str) -> Pictures:
    """Draw `count` scenes of a kind; `name` sets them apart from all others."""
    scenes = tuple(make_scene(f"{name}/{number}", kind) for number in range(count))
    drawn = np.stack([np.asarray(draw_scene(scene)) for scene in scenes])
    return Pictures(scenes, drawn, np.stack([_cover(scene) for scene in scenes]))


def caption_rows(
    scenes: Sequence[Scene], processor: Any, rng: random.Random, *, count: int = 4, is_noisy: bool = False
) -> Captions:
    """Write captions of each scene, after one of the prompts, and number their words.

    Several captions share the tokens of one picture, which are most of the work.

    Args:
        scenes: one a row.
        processor: of `make_processor`.
        rng: draws prompts, styles and the order of things.
        count: captions a scene.
        is_noisy: whether captions are written as careless annotators do.
    """
    import torch

    words = processor.tokenizer
    rows = [
        _number_row(
            _ask(processor, rng.choice(PROMPTS)),
            [[*words(_write(scene, rng, is_noisy)).input_ids, words.eos_token_id] for _ in range(count)],
        )
        for scene in scenes
    ]
    longest = max(len(row.ids) for row in rows)
    shape = (len(rows), longest)
    ids = torch.full(shape, words.pad_token_id)
    places, owners = torch.zeros(shape, dtype=torch.long), torch.full(shape, -1)
    for number, row in enumerate(rows):
        size = len(row.ids)
        ids[number, :size], places[number, :size] = torch.tensor(row.ids), torch.tensor(row.places)
        owners[number, :size] = torch.tensor(row.owners)
    told = [(number, *pair) for number, row in enumerate(rows) for pair in row.told]
    row_of, before, after = torch.tensor(told).unbind(1)
    image_id = words.convert_tokens_to_ids(processor.image_token)
    return Captions(ids, places, _mask(owners), row_of, before, ids[row_of, after], image_id)


def _write(scene: Scene, rng: random.Random, is_noisy: bool) -> str:
    style = rng.choice(tuple(STYLES))
    return describe_noisily(scene, style, rng) if is_noisy else describe(scene, style)


@dataclass(frozen=True, slots=True)
class _Row:
    """Tokens of one row: numbers, places, whose they are (0 the prompt's), and what is told after what."""

    ids: list[int]
    places: list[int]
    owners: list[int]
    told: list[tuple[int, int]]


def _number_row(asked: list[int], captions: Sequence[list[int]]) -> _Row:
    start = len(asked)
    row = _Row([*asked], list(range(start)), [0] * start, [])
    for owner, caption in enumerate(captions, start=1):
        first = len(row.ids)
        ends = range(first, first + len(caption))
        row.told.extend((start - 1 if at == first else at - 1, at) for at in ends)
        row.ids.extend(caption)
        row.places.extend(range(start, start + len(caption)))
        row.owners.extend([owner] * len(caption))
    return row


def _mask(owners: torch.Tensor) -> torch.Tensor:
    """Let each token see what stands before it in its own caption and in the prompt, and itself."""
    import torch

    size = owners.shape[1]
    is_before = torch.ones(size, size, dtype=torch.bool).tril()
    is_own = (owners[:, :, None] == owners[:, None, :]) | (owners[:, None, :] == 0)
    return ((is_before & is_own) | torch.eye(size, dtype=torch.bool))[:, None]


def _ask(processor: Any, prompt: str) -> list[int]:
    parts = [{"type": "image"}, {"type": "text", "text": prompt}]
    words = processor.tokenizer
    asked = words.apply_chat_template(
        [{"role": "user", "content": parts}], add_generation_prompt=True, tokenize=False
    )
    patches = processor.image_token * (SIDE_PX // PATCH_PX) ** 2
    numbers: list[int] = words(asked.replace(processor.image_token, patches)).input_ids
    return numbers


def _cover(scene: Scene) -> npt.NDArray[np.int64]:
    """Return (2, patches high, patches wide): number of the noun and of the colour, 0 for nothing."""
    side = SIDE_PX // PATCH_PX
    middle = (np.arange(side) + 0.5) / side
    covered = np.zeros((2, side, side), dtype=np.int64)
    for thing in sorted(scene.things, key=lambda thing: thing.y):
        half_width, height = extent_of(thing)
        is_wide = np.abs(middle - thing.x) < half_width
        is_high = (middle < thing.y) & (middle > thing.y - height)
        where = is_high[:, None] & is_wide[None, :]
        covered[0][where] = 1 + NOUNS.index(thing.noun)
        covered[1][where] = 1 + COLOURS.index(thing.colour)
    return covered


def extent_of(thing: Thing) -> tuple[float, float]:
    """Return half the width and the whole height of a thing as drawn, in shares of the picture; about."""
    kind = KINDS[thing.noun]
    scale = thing.size / max(2 * kind.half_width, kind.height)
    return max(kind.half_width * scale, 0.07), max(kind.height * scale, 0.12)
