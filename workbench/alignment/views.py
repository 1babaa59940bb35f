"""Compare several cameras of one event: how far their clocks are apart, and whether their captions agree.

Sign: an offset from camera A to B is > 0 where the same instant comes later in B's clock than in A's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import numpy.typing as npt

from workbench.alignment.boundaries import overlap_share

__all__ = ["Agreement", "Offset", "agree", "align_clocks", "closures", "motion_offset", "sound_offset"]

Floats = npt.NDArray[np.float64]
Span = tuple[float, float]

_RIVAL_S = 0.15  # a second peak nearer than this is the flank of the first
_SMOOTH_S = 0.12  # of motion envelopes


@dataclass(frozen=True)
class Offset:
    """How much later one camera's clock shows the same instant.

    Attributes:
        offset_s: > 0 where the second camera shows it later.
        prominence: height of the best peak over the best one elsewhere; 1 = no evidence, 1.5 is clear.
        by: "sound" or "motion".
    """

    offset_s: float
    prominence: float
    by: str


def sound_offset(
    one: npt.NDArray[np.float32], other: npt.NDArray[np.float32], rate_hz: int, *, most_s: float = 10.0
) -> Offset | None:
    """Find the offset by generalised cross-correlation with phase transform; None for silence.

    All frequencies count alike, so a hum that one microphone hears louder does not decide. Sound needs about
    3 ms a metre, which is not taken off.

    Args:
        one: mono samples of the first camera.
        other: of the second.
        rate_hz: of both.
        most_s: largest offset looked for.

    Source:
        Knapp and Carter 1976, "The generalized correlation method for estimation of time delay".

    Example:
        >>> noise = np.random.default_rng(0).standard_normal(8000).astype(np.float32)
        >>> later = np.concatenate([np.zeros(400, np.float32), noise])
        >>> round(sound_offset(noise, later, 8000).offset_s, 4)
        0.05
    """
    if min(len(one), len(other)) < 2 or not one.any() or not other.any():
        return None
    size = 1 << (len(one) + len(other) - 1).bit_length()
    cross = np.fft.rfft(other, size) * np.conj(np.fft.rfft(one, size))
    flat = cross / np.maximum(np.abs(cross), 1e-12 * float(np.abs(cross).max()))
    return _peak(np.fft.irfft(flat, size), 1 / rate_hz, most_s, "sound")


def motion_offset(
    one: npt.ArrayLike, other: npt.ArrayLike, step_s: float, *, most_s: float = 10.0
) -> Offset | None:
    """Find the offset of two motion envelopes by normalised cross-correlation; None where nothing moves.

    What moves fills more of one picture than of another, but begins and ends at the same instants: so it is
    the changes of the envelopes that are compared, on the scale of its own spread.

    Args:
        one: float (T,), motion energy of the first camera, evenly spaced.
        other: float (U,), of the second.
        step_s: seconds between two samples of both.
        most_s: largest offset looked for.
    """
    from scipy.ndimage import gaussian_filter1d

    first, second = (
        gaussian_filter1d(np.sqrt(np.asarray(curve, np.float64)), _SMOOTH_S / step_s, order=1)
        for curve in (one, other)
    )
    if min(len(first), len(second)) < 4 or first.std() < 1e-9 or second.std() < 1e-9:
        return None
    size = 1 << (len(first) + len(second) - 1).bit_length()
    product = np.fft.rfft(second - second.mean(), size) * np.conj(np.fft.rfft(first - first.mean(), size))
    return _peak(np.fft.irfft(product, size), step_s, most_s, "motion")


def closures(offsets_s: Mapping[tuple[int, int], float], cameras: int) -> dict[tuple[int, int, int], float]:
    """Return o_AB + o_BC - o_AC for every three cameras; 0 where the three offsets agree.

    An error of one offset shows here without any truth; one that all three share does not.

    Args:
        offsets_s: offset of each measured pair (i, j), i < j.
        cameras: how many there are.

    Example:
        >>> closures({(0, 1): 0.5, (1, 2): 0.25, (0, 2): 0.75}, 3)
        {(0, 1, 2): 0.0}
    """
    return {
        (a, b, c): offsets_s[a, b] + offsets_s[b, c] - offsets_s[a, c]
        for a, b, c in combinations(range(cameras), 3)
        if {(a, b), (b, c), (a, c)} <= offsets_s.keys()
    }


def align_clocks(offsets: Mapping[tuple[int, int], Offset], cameras: int) -> Floats:
    """Return by how much each camera's clock is later than the first one's: weighted least squares.

    Args:
        offsets: offset of each measured pair (i, j), i < j; the clearer one counts more.
        cameras: how many there are.

    Returns:
        float64 (cameras,); NaN for a camera that no chain of pairs ties to the first.

    Example:
        >>> measured = {(0, 1): Offset(0.5, 2.0, "sound"), (1, 2): Offset(0.25, 2.0, "sound")}
        >>> align_clocks(measured, 3).round(6).tolist()
        [0.0, 0.5, 0.75]
    """
    clocks = np.full(cameras, np.nan)
    tied = _reached(offsets, cameras)
    clocks[0] = 0.0
    if len(tied) < 2:
        return clocks
    column = {camera: index for index, camera in enumerate(tied[1:])}
    rows, values = [], []
    for (a, b), offset in offsets.items():
        if a not in tied:
            continue
        weight = max(offset.prominence - 1.0, 0.01)
        row = np.zeros(len(column))
        if b in column:
            row[column[b]] = weight
        if a in column:
            row[column[a]] = -weight
        rows.append(row)
        values.append(weight * offset.offset_s)
    clocks[tied[1:]] = np.linalg.lstsq(np.array(rows), np.array(values), rcond=None)[0]
    return clocks


@dataclass(frozen=True)
class Agreement:
    """How well the caption of one camera is borne out by those of another.

    Attributes:
        value: 0 to 1; the geometric mean of the two below.
        partner: index of the other camera's caption that suits best; -1 where there is none.
        overlap: tIoU of the intervals on a common clock; 1 where both speak of the whole.
        likeness: agreement of the texts, 0 to 1.
        starts_apart_s: how much later the partner starts, on the common clock; 0 for wholes.
        ends_apart_s: how much later it ends.
    """

    value: float
    partner: int
    overlap: float
    likeness: float
    starts_apart_s: float
    ends_apart_s: float


def agree(span: Span | None, others: Sequence[Span | None], likeness: npt.ArrayLike) -> Agreement:
    """Find the caption of another camera that suits best, in time and in words together.

    Args:
        span: the caption's interval on the common clock; None where it speaks of the whole.
        others: those of the other camera's captions.
        likeness: float (n,), how alike the texts are, 0 to 1.
    """
    texts = np.asarray(likeness, np.float64)
    overlaps = np.array([_overlap(span, other) for other in others])
    if not len(others):
        return Agreement(0.0, -1, 0.0, 0.0, 0.0, 0.0)
    # A partner is chosen by either: one with the same words elsewhere, or with other words at the same time.
    best = int((overlaps + texts).argmax())
    other = others[best]
    apart = (0.0, 0.0) if span is None or other is None else (other[0] - span[0], other[1] - span[1])
    value = float(np.sqrt(overlaps[best] * texts[best]))
    return Agreement(value, best, float(overlaps[best]), float(texts[best]), *apart)


def _overlap(one: Span | None, other: Span | None) -> float:
    if one is None or other is None:
        return float(one is None and other is None)
    return overlap_share(one, other)


def _reached(pairs: Mapping[tuple[int, int], Offset], cameras: int) -> list[int]:
    """Return the cameras tied to the first by a chain of pairs, the first first."""
    reached = {0}
    for _ in range(cameras):
        reached |= {b for a, b in pairs if a in reached} | {a for a, b in pairs if b in reached}
    return sorted(reached)


def _peak(correlation: Floats, step_s: float, most_s: float, by: str) -> Offset:
    """Read the offset off a circular correlation, between the samples by a parabola."""
    reach = min(round(most_s / step_s), len(correlation) // 2 - 1)
    lags = np.arange(-reach, reach + 1)
    values = correlation[lags]
    best = int(values.argmax())
    between = 0.0
    if 0 < best < len(values) - 1:
        left, middle, right = values[best - 1 : best + 2]
        bend = left - 2 * middle + right
        between = float(0.5 * (left - right) / bend) if bend < 0 else 0.0
    away = np.abs(lags - lags[best]) * step_s > _RIVAL_S
    rival = float(values[away].max(initial=0.0))
    prominence = float(values[best]) / rival if rival > 0 else 10.0
    return Offset(float((lags[best] + between) * step_s), min(prominence, 10.0), by)
