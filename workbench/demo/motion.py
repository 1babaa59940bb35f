"""Draw the frames of a clip and write it with its sound: H.264 and AAC, playable in any browser."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
from PIL import Image

from workbench.demo.acts import Act, Performance
from workbench.demo.catalog import KINDS, PLACES
from workbench.demo.drawing import draw_thing
from workbench.demo.pen import SUPERSAMPLING, Pen
from workbench.demo.places import draw_place
from workbench.demo.scene import WIDTH_PX, Look, Scene
from workbench.demo.sound import RATE_HZ, Samples

__all__ = ["CLIP_HEIGHT_PX", "CLIP_WIDTH_PX", "FRAME_RATE_HZ", "ball_height", "draw_frames", "write_clip"]

CLIP_WIDTH_PX, CLIP_HEIGHT_PX = 320, 240
FRAME_RATE_HZ = 25
SHRINK = CLIP_WIDTH_PX / WIDTH_PX
PHASES = 6
_TWO = 2 * SUPERSAMPLING  # backgrounds are drawn for 640 px and shown at 320


def draw_frames(performance: Performance) -> Iterator[Image.Image]:
    """Yield the clip's frames; frame n shows the instant n / `FRAME_RATE_HZ`."""
    rng = random.Random(f"frames/{performance.seed}")
    place = PLACES[performance.place]
    sky = "clear" if place.skies else None
    ground = draw_place(Scene(performance.place, sky, (), performance.seed)).reduce(_TWO)
    movers = [_Mover(act, performance.place, rng) for act in performance.acts]
    for number in range(round(performance.duration_s * FRAME_RATE_HZ)):
        frame = ground.copy()
        for mover in movers:
            mover.paste(frame, number / FRAME_RATE_HZ)
        yield frame


def write_clip(
    path: Path,
    performance: Performance,
    samples: Samples,
    *,
    seen_by: Callable[[Image.Image], Image.Image] | None = None,
) -> None:
    """Write the clip as MP4 (yuv420p, one sound track, index at the front so that it plays at once).

    Args:
        path: where to.
        performance: what happens.
        samples: its sound at `RATE_HZ`.
        seen_by: makes of each frame what another camera sees, in the same size.
    """
    import av

    with av.open(str(path), "w", format="mp4", options={"movflags": "faststart"}) as container:
        video = container.add_stream(
            "libx264",
            rate=FRAME_RATE_HZ,
            options={"preset": "veryfast", "crf": "25", "g": "12", "threads": "1"},
        )
        video.width, video.height, video.pix_fmt = CLIP_WIDTH_PX, CLIP_HEIGHT_PX, "yuv420p"
        audio = container.add_stream("aac", rate=RATE_HZ, layout="mono")
        for number, image in enumerate(draw_frames(performance)):
            shown = seen_by(image) if seen_by else image
            frame = av.VideoFrame.from_ndarray(np.asarray(shown), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, FRAME_RATE_HZ)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        for start in range(0, samples.size, 1024):
            part = av.AudioFrame.from_ndarray(
                np.ascontiguousarray(samples[None, start : start + 1024]), format="fltp", layout="mono"
            )
            part.sample_rate, part.pts, part.time_base = RATE_HZ, start, Fraction(1, RATE_HZ)
            container.mux(audio.encode(part))
        container.mux(audio.encode(None))


def ball_height(act: Act, at_s: float) -> float:
    """Return the height of a bouncing ball above the ground, 0 at each of its instants and 1 at its highest.

    Between two instants it flies a parabola; before the first it falls, after the last it rolls.
    """
    instants = act.instants_s
    if at_s <= instants[0]:
        fall_s = instants[0] - act.start_s
        return 1.0 - ((at_s - act.start_s) / fall_s) ** 2 if at_s > act.start_s else 1.0
    for number, (start, end) in enumerate(itertools.pairwise(instants)):
        if at_s <= end:
            share = (at_s - start) / (end - start)
            return float(4 * share * (1 - share) * 0.75 ** (number + 1))
    return 0.0


class _Mover:
    """One act made visible: its sprites (one a phase) and where they are at a time."""

    def __init__(self, act: Act, place: str, rng: random.Random) -> None:
        self.act = act
        kind = KINDS[act.kind]
        band = "sky" if act.action == "fly" else kind.bands.get(place, "ground")
        low, high = PLACES[place].strips.get(band, (345, 455))
        self.ground_px = rng.uniform(low + (high - low) * 0.4, high) * SHRINK
        self.scale = {"ball": 1.9, "dog": 1.5, "bird": 1.2, "balloon": 1.2, "kite": 1.3}.get(act.kind, 1.35)
        self.is_leftward = rng.random() < 0.5
        pose = {"fly": "flying", "run": "running", "walk": "walking"}.get(act.action, "standing")
        variant = rng.randrange(1000)
        looks = [Look(act.rgb, pose, variant, (number + 0.5) / PHASES) for number in range(PHASES)]
        self.sprites = [
            _draw_sprite(act.kind, look, self.scale, is_flipped=self.is_leftward) for look in looks
        ]

    def paste(self, frame: Image.Image, at_s: float) -> None:
        """Paste the sprite on a frame where the act has it; outside its interval there is nothing."""
        act = self.act
        stays = act.action in ("bounce", "rise")
        if at_s < act.start_s or (at_s >= act.end_s and not stays):
            return
        share = min(1.0, (at_s - act.start_s) / (act.end_s - act.start_s))
        sprite = self.sprites[int(share * 3 * PHASES) % PHASES]
        half = KINDS[act.kind].half_width * self.scale * SHRINK
        x = -half + (CLIP_WIDTH_PX + 2 * half) * share
        y = self.ground_px
        if act.action == "bounce":
            x = CLIP_WIDTH_PX * (0.25 + 0.5 * share)
            y -= 120 * ball_height(act, at_s)
        elif act.action == "rise":
            sprite, x = self.sprites[0], CLIP_WIDTH_PX * 0.5
            y = CLIP_HEIGHT_PX * (0.95 - 0.68 * share)
        elif act.action == "fly":
            y += 6 * math.sin(6 * share)
        x = CLIP_WIDTH_PX - x if self.is_leftward else x
        frame.paste(sprite, (round(x - sprite.width / 2), round(y - sprite.height * _FOOT)), sprite)


_FOOT = 0.7  # where the foot is in a sprite, from its top


def _draw_sprite(kind: str, look: Look, scale: float, *, is_flipped: bool) -> Image.Image:
    """Draw a thing on a transparent ground, its foot at 70 % of the height."""
    width = round(2.4 * KINDS[kind].half_width * scale * SHRINK)
    height = round(max(1.5 * KINDS[kind].height, 40) * scale * SHRINK)
    image = Image.new("RGBA", (width * SUPERSAMPLING, height * SUPERSAMPLING))
    pen = Pen.on(image).at(width / 2, height * _FOOT, scale * SHRINK, is_flipped=is_flipped)
    draw_thing(pen, kind, look)
    return image.reduce(SUPERSAMPLING)
