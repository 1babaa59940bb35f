"""Make clips whose sound and picture share exact moments: balls that bounce, with what is there to mislead.

Every impact is known to the instant and is heard as a decaying tone. Around it are movers that make no sound
(some turn as sharply as a bounce), sounds that nothing in the picture makes, and room noise. Positions are
formulas of time, so any frame times can be drawn, evenly spaced or not.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

__all__ = ["Ball", "ImpactClip", "SilentMover", "draw_impacts", "make_impacts", "sound_impacts"]

Floats = npt.NDArray[np.float64]
Greys = npt.NDArray[np.uint8]
Samples = npt.NDArray[np.float32]
Kind = Literal["impacts", "foreign_sound", "no_sound", "still", "smooth"]

WIDTH_PX, HEIGHT_PX = 320, 240
_LONGEST_FLIGHT_S, _SHORTEST_FLIGHT_S = 1.3, 0.4
_BEFORE_S = 1.5  # the balls bounce before the clip and after it ends: a late sound has no silent start
_HEARD_S = 0.15  # the stretch after an impact over which its loudness is set against the noise


@dataclass(frozen=True)
class Ball:
    """A ball that bounces on a floor: where, how high, when it lands, and how its landing sounds."""

    radius_px: float
    floor_px: float
    height_px: float
    x_px: float
    speed_px_s: float
    landings_s: tuple[float, ...]
    pitch_hz: float
    shade: int

    def place(self, at_s: float) -> tuple[float, float]:
        """Return the centre at a time: parabolas between landings, walls turn the sideways path smoothly."""
        after = int(np.searchsorted(self.landings_s, at_s, side="right"))
        start_s, end_s = self.landings_s[after - 1], self.landings_s[after]
        share = (at_s - start_s) / (end_s - start_s)
        top = self.height_px * ((end_s - start_s) / _LONGEST_FLIGHT_S) ** 2
        span = WIDTH_PX / 2 - self.radius_px
        x = WIDTH_PX / 2 + span * math.sin(self.x_px / span + self.speed_px_s * at_s / span)
        return x, self.floor_px - self.radius_px - top * 4 * share * (1 - share)


@dataclass(frozen=True)
class SilentMover:
    """Something that moves and makes no sound: `orbit` and `sway` are smooth, `zigzag` turns sharply."""

    path: Literal["orbit", "sway", "zigzag"]
    radius_px: float
    x_px: float
    y_px: float
    reach_px: float
    period_s: float
    phase: float
    shade: int

    def place(self, at_s: float) -> tuple[float, float]:
        """Return the centre at a time."""
        turn = at_s / self.period_s + self.phase
        if self.path == "orbit":
            angle = 2 * math.pi * turn
            return self.x_px + self.reach_px * math.cos(angle), self.y_px + self.reach_px * math.sin(angle)
        if self.path == "sway":
            return self.x_px + self.reach_px * math.sin(2 * math.pi * turn), self.y_px
        return self.x_px + self.reach_px * (4 * abs(turn % 1 - 0.5) - 1), self.y_px


@dataclass(frozen=True)
class ImpactClip:
    """The plan of a clip. `offset_s` > 0: its sound is late. `foreign_s` are sounds without a cause."""

    seed: int
    duration_s: float
    offset_s: float
    snr_db: float
    balls: tuple[Ball, ...]
    movers: tuple[SilentMover, ...]
    foreign_s: tuple[float, ...]
    heard_from: tuple[Ball, ...]

    @property
    def has_shared_events(self) -> bool:
        """Whether anything in the picture is also heard: without, no offset can be told."""
        return bool(self.balls) and self.heard_from == self.balls


def make_impacts(
    seed: int,
    *,
    offset_s: float = 0.0,
    snr_db: float = 5.0,
    kind: Kind = "impacts",
    is_crowded: bool = False,
    duration_s: float = 6.0,
) -> ImpactClip:
    """Plan a clip: one or two bouncing balls, up to two silent movers, up to four foreign sounds.

    Args:
        seed: same seed and arguments, same clip.
        offset_s: how late the sound of the impacts is.
        snr_db: power of the impacts over the 150 ms after each, against the power of the room noise.
        kind: `impacts`; or one without an event that is both seen and heard: `foreign_sound` (the landings
            of other balls are heard), `no_sound` (noise alone), `still` (sounds, nothing moves) and `smooth`
            (only smooth silent movers are seen, foreign sounds are heard).
        is_crowded: three silent movers that turn as sharply as a bounce, and five foreign sounds.
        duration_s: length.
    """
    rng = np.random.default_rng([seed, 7])
    balls = tuple(_make_ball(rng, duration_s) for _ in range(int(rng.integers(1, 3))))
    movers = tuple(_make_mover(rng, is_smooth=kind == "smooth") for _ in range(int(rng.integers(0, 3))))
    foreign = tuple(np.sort(rng.uniform(0.1, duration_s - 0.1, int(rng.integers(0, 5)))).tolist())
    others = tuple(_make_ball(rng, duration_s) for _ in balls)
    if is_crowded:
        movers = tuple(replace(_make_mover(rng, is_smooth=True), path="zigzag") for _ in range(3))
        foreign = tuple(np.sort(rng.uniform(0.1, duration_s - 0.1, 5)).tolist())
    if kind == "impacts":
        return ImpactClip(seed, duration_s, offset_s, snr_db, balls, movers, foreign, balls)
    if kind == "foreign_sound":
        return ImpactClip(seed, duration_s, offset_s, snr_db, balls, movers, foreign, others)
    if kind == "no_sound":
        return ImpactClip(seed, duration_s, offset_s, snr_db, balls, movers, (), ())
    if kind == "still":
        return ImpactClip(seed, duration_s, offset_s, snr_db, (), (), foreign, others)
    movers = movers or (_make_mover(rng, is_smooth=True),)
    return ImpactClip(seed, duration_s, offset_s, snr_db, (), movers, foreign, others)


def _make_ball(rng: np.random.Generator, duration_s: float) -> Ball:
    radius_px = float(rng.uniform(9, 24))
    restitution, flight_s = rng.uniform(0.75, 0.95), rng.uniform(0.7, _LONGEST_FLIGHT_S)
    landings = [-_BEFORE_S - rng.uniform(0, 1) * flight_s]
    while landings[-1] < duration_s + _BEFORE_S:
        landings.append(landings[-1] + flight_s)
        # A ball at rest makes no more events: it is thrown up again.
        flight_s = flight_s * restitution
        if flight_s < _SHORTEST_FLIGHT_S:
            flight_s = rng.uniform(0.7, _LONGEST_FLIGHT_S)
    return Ball(
        radius_px=radius_px,
        floor_px=float(rng.uniform(170, 232)),
        height_px=float(rng.uniform(90, 150)),
        x_px=float(rng.uniform(0, 400)),
        speed_px_s=float(rng.uniform(-60, 60)),
        landings_s=tuple(round(float(landing), 4) for landing in landings),
        pitch_hz=float(np.interp(radius_px, [9, 24], [900, 200]) * rng.uniform(0.9, 1.1)),
        shade=int(rng.choice([20, 60, 210, 245])),
    )


def _make_mover(rng: np.random.Generator, *, is_smooth: bool) -> SilentMover:
    paths: tuple[Literal["orbit", "sway", "zigzag"], ...] = ("orbit", "sway", "zigzag")
    return SilentMover(
        path=paths[int(rng.integers(0, 2 if is_smooth else 3))],
        radius_px=float(rng.uniform(8, 22)),
        x_px=float(rng.uniform(80, 240)),
        y_px=float(rng.uniform(60, 180)),
        reach_px=float(rng.uniform(20, 60)),
        period_s=float(rng.uniform(0.9, 2.5)),
        phase=float(rng.uniform(0, 1)),
        shade=int(rng.choice([20, 60, 210, 245])),
    )


def draw_impacts(clip: ImpactClip, times_s: Floats) -> Iterator[Greys]:
    """Yield the picture of each time, uint8 grey (240, 320), with sensor noise; a picture is an instant."""
    rng = np.random.default_rng([clip.seed, 11])
    ground = _draw_ground(rng)
    things: tuple[SilentMover | Ball, ...] = (*clip.movers, *clip.balls)
    grain = rng.standard_normal((HEIGHT_PX + 64, WIDTH_PX + 64), dtype=np.float32) * rng.uniform(2, 5)
    for time_s in times_s:
        picture = ground.copy()
        for thing in things:
            _paint(picture, thing, float(time_s))
        down, right = rng.integers(0, 64, 2)  # one sheet of grain moved about: fresh noise costs more
        picture += grain[down : down + HEIGHT_PX, right : right + WIDTH_PX]
        yield np.clip(picture, 0, 255).astype(np.uint8)


def _paint(picture: npt.NDArray[np.float32], thing: SilentMover | Ball, at_s: float) -> None:
    """Draw a disc with a spot, with soft edges, where the thing is at a time."""
    x, y = thing.place(at_s)
    reach = math.ceil(thing.radius_px) + 2
    top, left = max(0, round(y) - reach), max(0, round(x) - reach)
    patch = picture[top : max(0, round(y) + reach), left : max(0, round(x) + reach)]
    rows, columns = np.ogrid[: patch.shape[0], : patch.shape[1]]
    far = np.hypot(columns + left - x, rows + top - y)
    cover = np.clip(thing.radius_px + 0.5 - far, 0, 1)
    spot = np.clip(thing.radius_px * 0.45 + 0.5 - far, 0, 1) * (128 - thing.shade) * 0.5
    patch += cover * (thing.shade + spot - patch)


def _draw_ground(rng: np.random.Generator) -> npt.NDArray[np.float32]:
    coarse = rng.uniform(70, 180, (HEIGHT_PX // 16 + 2, WIDTH_PX // 16 + 2))
    y, x = np.arange(HEIGHT_PX) / 16, np.arange(WIDTH_PX) / 16
    top, left = y.astype(int), x.astype(int)
    down, right = (y - top)[:, None], (x - left)[None, :]
    upper = coarse[top][:, left] * (1 - right) + coarse[top][:, left + 1] * right
    lower = coarse[top + 1][:, left] * (1 - right) + coarse[top + 1][:, left + 1] * right
    return np.asarray(upper * (1 - down) + lower * down, dtype=np.float32)


def sound_impacts(clip: ImpactClip, rate_hz: int = 16_000) -> Samples:
    """Return the sound of a clip, float32 mono: impacts late by the offset, foreign sounds, room noise."""
    rng = np.random.default_rng([clip.seed, 13])
    size = round(clip.duration_s * rate_hz)
    impacts, heard = np.zeros(size), np.zeros(size, bool)
    for ball in clip.heard_from:
        flights_s = np.diff(ball.landings_s)
        for landing_s, flight_s in zip(ball.landings_s[1:], flights_s, strict=True):
            at_s = landing_s + clip.offset_s
            _add(impacts, _knock(rng, ball.pitch_hz, rate_hz) * flight_s, at_s, rate_hz)
            heard[max(0, round(at_s * rate_hz)) : max(0, round((at_s + _HEARD_S) * rate_hz))] = True
    power = float(np.mean(impacts[heard] ** 2)) if impacts.any() else 0.05
    for at_s in clip.foreign_s:
        _add(impacts, _knock(rng, rng.uniform(200, 1800), rate_hz) * rng.uniform(0.5, 1.2), at_s, rate_hz)
    noise = rng.standard_normal(size)
    noise = np.convolve(noise, np.ones(int(rng.integers(1, 6))), mode="same")  # white to brownish
    track = impacts + noise * math.sqrt(power / 10 ** (clip.snr_db / 10) / np.mean(noise**2))
    return np.asarray(0.5 * track / np.abs(track).max(), dtype=np.float32)


def _knock(rng: np.random.Generator, pitch_hz: float, rate_hz: int) -> Floats:
    t = np.arange(round(0.4 * rate_hz)) / rate_hz
    tone = np.sin(2 * np.pi * pitch_hz * t) * np.exp(-14 * t)
    burst = rng.standard_normal(t.size) * np.exp(-70 * t)
    return np.asarray(tone + 0.5 * burst)


def _add(track: Floats, sound: Floats, start_s: float, rate_hz: int) -> None:
    start = round(start_s * rate_hz)
    first, last = max(0, start), min(track.size, start + sound.size)
    if last > first:
        track[first:last] += sound[first - start : last - start]
