"""Draw a scene as a picture: background, things from back to front, rain, a camera's noise."""

from __future__ import annotations

import io
import random
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from PIL import Image

from workbench.demo import creatures, furnishings, vehicles
from workbench.demo.pen import SUPERSAMPLING, Pen
from workbench.demo.places import draw_place, draw_rain
from workbench.demo.scene import Look, Scene, Spot, Thing

__all__ = ["draw_scene", "draw_thing", "encode_photo"]

Draw = Callable[[Pen, Look], None]

_DRAWINGS: dict[str, Draw] = {
    name: getattr(module, name) for module in (creatures, furnishings, vehicles) for name in module.__all__
}


def draw_thing(pen: Pen, kind: str, look: Look) -> None:
    """Draw one thing of a kind with the pen standing at its foot."""
    _DRAWINGS[kind](pen, look)


def draw_scene(scene: Scene) -> Image.Image:
    """Draw a scene at its final size, 640 x 480, before the camera's noise.

    Returns:
        An RGB image; the same scene gives the same pixels.
    """
    image = draw_place(scene)
    pen = Pen.on(image)
    for thing, spot in sorted(_instances(scene), key=lambda pair: _depth(scene, *pair)):
        look = Look(thing.rgb, thing.pose, spot.variant, is_lit=scene.place == "night")
        draw_thing(pen.at(spot.x, spot.y, spot.scale, is_flipped=spot.is_flipped), thing.kind, look)
    if scene.sky == "rainy":
        draw_rain(image, scene.seed)
    return image.reduce(SUPERSAMPLING)


def encode_photo(image: Image.Image, seed: int) -> bytes:
    """Return the picture as JPEG bytes with a camera's noise, brightness and quality.

    Without it two drawings of one scene would be equal byte by byte, which no two photos are.
    """
    rng = random.Random(f"camera/{seed}")
    brightness, level = rng.uniform(0.93, 1.06), rng.uniform(2.0, 5.0)
    noise = np.roll(_grain(), (rng.randrange(480), rng.randrange(640)), (0, 1))
    pixels = np.asarray(image, dtype=np.float32) * np.float32(brightness) + noise * np.float32(level)
    noisy = Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))
    stream = io.BytesIO()
    noisy.save(stream, "JPEG", quality=rng.randint(78, 90))
    return stream.getvalue()


_GRAIN: list[npt.NDArray[np.float32]] = []


def _grain() -> npt.NDArray[np.float32]:
    if not _GRAIN:
        _GRAIN.append(np.random.default_rng(7).standard_normal((480, 640, 1), dtype=np.float32))
    return _GRAIN[0]


def _instances(scene: Scene) -> list[tuple[Thing, Spot]]:
    return [(thing, spot) for thing in scene.things for spot in thing.spots]


def _depth(scene: Scene, thing: Thing, spot: Spot) -> tuple[int, float, int]:
    """Order from far to near, what stands on something right after it; what flies is never hidden."""
    layer = {"wall": 0, "water": 1, "ground": 2, "sky": 3}[thing.band]
    under = scene.thing(thing.support) if thing.support else None
    return layer, under.spots[0].y if under else spot.y, int(under is not None)
