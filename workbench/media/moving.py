"""Find what moves in a clip: each moving thing with its path, its motion energy over time and its colours.

Classical and weights-free: what differs from a sliding median of the picture is foreground, its connected
pieces are followed from frame to frame. Right for a camera that stands still. Where most of the picture
moves at once (a pan, a hand-held camera) it says so and finds nothing; two things that touch may be one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from workbench.errors import MissingExtraError

from .colours import colour_shares

__all__ = ["Moving", "MovingThing", "find_moving"]

Floats = npt.NDArray[np.float64]
Frames = npt.NDArray[np.uint8]

_CONTRAST = 26  # levels of 255 a pixel must differ by: above what compression does to a still picture
_CHANGE = 14  # levels between two frames that count as motion
_WINDOW_S = 3.0  # of the sliding median: what rests longer than half of it becomes background
_STEP_S = 0.24  # between two medians
_LEAST_SHARE = 0.0012  # of the picture; smaller pieces are noise
_MOST_SHARE = 0.6  # of the picture in the foreground: then it is the camera that moves
_LOST_S = 0.45  # how long a thing may be out of sight and still be the same
_GONE_S = 0.1  # the same where it was leaving the picture
_SHORTEST_S = 0.3  # a thing seen for less is noise
_LEAP = 0.25  # of the picture's width: how far off a lost thing may be found again
_ALIKE = 0.55  # overlap of the colours of a thing lost and found
_STILL = 0.02  # share of its box that changes while a thing rests: what compression leaves
_STILL_PART = 0.3  # the same as a part of what its motion usually changes


@dataclass(frozen=True)
class MovingThing:
    """One thing that moves; n is the number of frames it is seen in.

    Attributes:
        frames: int64 (n,), which frames of the clip.
        times_s: float64 (n,), their times.
        boxes: float64 (n, 4), left, top, width, height as fractions of the picture.
        energy: float64 (n,), share of its box that changed since the frame before, 0 at rest to 1.
        colours: float64 (11,), share of its pixels of each name in `COLOUR_NAMES`.
    """

    frames: npt.NDArray[np.int64]
    times_s: Floats
    boxes: Floats
    energy: Floats
    colours: Floats

    @property
    def is_moving(self) -> npt.NDArray[np.bool_]:
        """Say at which of its frames it moves and does not only stand there, bool (n,)."""
        return self.energy > max(_STILL, _STILL_PART * float(np.median(self.energy)))

    @property
    def centres(self) -> Floats:
        """Return the middle of each box, (n, 2): across and down, fractions of the picture."""
        return np.asarray(self.boxes[:, :2] + self.boxes[:, 2:] / 2, np.float64)

    def span_s(self, step_s: float) -> tuple[float, float]:
        """Return from when to when it moves: half a frame step around its first and last moving frame."""
        moving = np.flatnonzero(self.is_moving)
        first, last = (moving[0], moving[-1]) if len(moving) else (0, len(self.times_s) - 1)
        return float(self.times_s[first] - step_s / 2), float(self.times_s[last] + step_s / 2)


@dataclass(frozen=True)
class Moving:
    """All that moves in a clip.

    Attributes:
        things: in order of first sight.
        energy: float64 (T,), share of the picture that changed since the frame before.
        is_camera: whether it is mostly the camera that moves; then `things` is empty.
    """

    things: tuple[MovingThing, ...]
    energy: Floats
    is_camera: bool


def find_moving(frames: Frames, times_s: npt.ArrayLike) -> Moving:
    """Find and follow the things that move.

    Args:
        frames: uint8 (T, height, width, 3), small pictures (about 100 pixels high), evenly spread in time.
        times_s: float (T,), the time of each.

    Raises:
        MissingExtraError: OpenCV is not installed.
    """
    times = np.asarray(times_s, np.float64)
    energy = np.zeros(len(frames))
    if len(frames) < 4:
        return Moving((), energy, False)
    changed = _changes(frames)
    energy[:] = changed.mean((1, 2))
    masks = _foreground(frames, times)
    shares = masks.mean((1, 2))
    if np.median(shares) > _MOST_SHARE / 2 or (shares > _MOST_SHARE).mean() > 0.3:
        return Moving((), energy, True)
    tracks = _follow([_pieces(mask, frame) for mask, frame in zip(masks, frames, strict=True)], times)
    things = [_to_thing(track, masks, changed, times) for track in _join(tracks, times)]
    kept = [thing for thing in things if thing is not None]
    return Moving(tuple(sorted(kept, key=lambda thing: thing.times_s[0])), energy, False)


@dataclass
class _Piece:
    """One connected piece of foreground in one frame: its box in pixels, its middle, its colours."""

    box: tuple[int, int, int, int]
    centre: Floats
    area: int
    colours: Floats
    label: int
    labels: npt.NDArray[np.int32]


def _changes(frames: Frames) -> npt.NDArray[np.bool_]:
    changed = np.zeros(frames.shape[:3], np.bool_)
    for index in range(1, len(frames)):
        step = np.abs(frames[index].astype(np.int16) - frames[index - 1]).max(-1)
        changed[index] = step > _CHANGE
    return changed


def _foreground(frames: Frames, times: Floats) -> npt.NDArray[np.bool_]:
    """Mark what differs from the median of the frames around; a thing is background once it rests."""
    cv2 = _opencv()
    masks = np.zeros(frames.shape[:3], np.bool_)
    round_brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (3, 3))
    wide_brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (5, 5))
    at_s, still = -np.inf, frames[0]
    for index, time_s in enumerate(times):
        if time_s - at_s >= _STEP_S:
            at_s = time_s
            near = np.flatnonzero(np.abs(times - time_s - _STEP_S / 2) <= _WINDOW_S / 2)
            still = np.median(frames[near[:: max(1, len(near) // 16)]], axis=0).astype(np.uint8)
        raw = (np.abs(frames[index].astype(np.int16) - still).max(-1) > _CONTRAST).astype(np.uint8)
        opened = cv2.morphologyEx(raw, cv2.MORPH_OPEN, round_brush)
        masks[index] = cv2.morphologyEx(opened, cv2.MORPH_CLOSE, wide_brush) > 0
    return masks


def _pieces(mask: npt.NDArray[np.bool_], frame: Frames) -> list[_Piece]:
    count, labels, boxes, centres = _opencv().connectedComponentsWithStats(mask.astype(np.uint8), None, 4)
    least = _LEAST_SHARE * mask.size
    return [
        _Piece(
            (int(boxes[label][0]), int(boxes[label][1]), int(boxes[label][2]), int(boxes[label][3])),
            np.asarray(centres[label], np.float64),
            int(boxes[label][4]),
            colour_shares(frame[labels == label]),
            label,
            labels,
        )
        for label in range(1, count)
        if boxes[label][4] >= least
    ]


@dataclass
class _Track:
    """A thing being followed: its pieces so far, by frame."""

    pieces: list[tuple[int, _Piece]]

    @property
    def patience_s(self) -> float:
        """How long it may be out of sight: hardly, once it was at the edge and on its way out."""
        last = self.pieces[-1][1]
        height, width = last.labels.shape
        left, top, wide, high = last.box
        before = self.pieces[max(0, len(self.pieces) - 4)][1]
        across, down = last.centre - before.centre
        is_leaving = (
            (left <= 1 and across < 0)
            or (left + wide >= width - 1 and across > 0)
            or (top <= 1 and down < 0)
            or (top + high >= height - 1 and down > 0)
        )
        return _GONE_S if is_leaving else _LOST_S

    def expect(self, time_s: float, times: Floats) -> Floats:
        """Say where its middle should be: straight on from its last two sights."""
        last, piece = self.pieces[-1]
        if len(self.pieces) < 2:
            return piece.centre
        before, earlier = self.pieces[-2]
        speed = (piece.centre - earlier.centre) / max(times[last] - times[before], 1e-6)
        ahead_s = min(time_s - times[last], 0.3)
        return np.asarray(piece.centre + speed * ahead_s, np.float64)


def _follow(seen: list[list[_Piece]], times: Floats) -> list[_Track]:
    """Chain the pieces of consecutive frames, nearest and most alike first."""
    tracks: list[_Track] = []
    for index, pieces in enumerate(seen):
        alive = [track for track in tracks if times[index] - times[track.pieces[-1][0]] <= track.patience_s]
        pairs = sorted(
            (distance, number, place)
            for number, track in enumerate(alive)
            for place, piece in enumerate(pieces)
            if (distance := _distance(track, piece, float(times[index]), times)) < 1.0
        )
        taken: set[int] = set()
        used: set[int] = set()
        for _, number, place in pairs:
            if number not in taken and place not in used:
                taken.add(number)
                used.add(place)
                alive[number].pieces.append((index, pieces[place]))
        tracks += [_Track([(index, piece)]) for place, piece in enumerate(pieces) if place not in used]
    return tracks


def _distance(track: _Track, piece: _Piece, time_s: float, times: Floats) -> float:
    """Return how unlike a piece is to what a track expects: under 1 it may be the same thing."""
    last = track.pieces[-1][1]
    reach = 0.5 * (max(last.box[2:]) + max(piece.box[2:])) + 0.05 * piece.labels.shape[1]
    ahead = float(np.linalg.norm(piece.centre - track.expect(time_s, times)))
    # What bounces or turns is not where it was headed, but near where it was.
    apart = min(ahead, float(np.linalg.norm(piece.centre - last.centre))) / reach
    unlike = 1 - float(np.minimum(last.colours, piece.colours).sum())
    size = abs(float(np.log(piece.area / last.area)))
    return float(0.6 * apart + 0.6 * unlike + 0.1 * size)


def _join(tracks: list[_Track], times: Floats) -> list[_Track]:
    """Join a track to one that takes up where it was lost: near in place and time, of like colours."""
    joined: list[_Track] = []
    for track in sorted(tracks, key=lambda track: track.pieces[0][0]):
        index, piece = track.pieces[0]
        for earlier in joined:
            last_index, last = earlier.pieces[-1]
            gap_s = times[index] - times[last_index]
            apart = float(np.linalg.norm(piece.centre - last.centre)) / piece.labels.shape[1]
            alike = float(np.minimum(last.colours, piece.colours).sum())
            if 0 < gap_s <= earlier.patience_s and apart < _LEAP and alike > _ALIKE:
                earlier.pieces += track.pieces
                break
        else:
            joined.append(track)
    return joined


def _to_thing(
    track: _Track,
    masks: npt.NDArray[np.bool_],
    changed: npt.NDArray[np.bool_],
    times: Floats,
) -> MovingThing | None:
    numbers = np.array([index for index, _ in track.pieces], np.int64)
    if times[numbers[-1]] - times[numbers[0]] < _SHORTEST_S or len(numbers) < 4:
        return None
    height, width = masks.shape[1:]
    boxes = np.array([piece.box for _, piece in track.pieces], np.float64)
    energy = np.array(
        [
            changed[index, box[1] : box[1] + box[3], box[0] : box[0] + box[2]].mean()
            for index, box in ((index, piece.box) for index, piece in track.pieces)
        ]
    )
    weights = np.array([piece.area for _, piece in track.pieces], np.float64)
    colours = np.average([piece.colours for _, piece in track.pieces], axis=0, weights=weights)
    if energy.max() < 0.02:
        return None  # a ghost: a place that differs from the median and never changes
    return MovingThing(
        numbers, times[numbers], boxes / (width, height, width, height), energy, np.asarray(colours)
    )


def _opencv() -> Any:
    try:
        import cv2
    except ImportError:
        raise MissingExtraError("Following what moves", "audio-video") from None
    return cv2
