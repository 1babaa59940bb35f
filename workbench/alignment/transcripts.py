"""Lay a transcript's clock on that of the speech: is it late, does it run slow, and which mistake was made.

Two steps. The pattern of speech and pause is compared with the pattern of the captions at many clock rates
and shifts, which finds the right neighbourhood however far off the transcript is. Then the beginning of
each caption is tied to the beginning of the speech nearest to it (or to where an aligner heard its words)
and a robust line is laid through the pairs, which gives the shift to a few milliseconds and the rate with
its error.

It cannot see a wrong text that has the right rhythm, and knows nothing where nobody pauses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

__all__ = ["RATE_MISTAKES", "Clock", "Pattern", "fit_clock", "fit_line", "match_patterns", "name_rate"]

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

#: Clock rate of a transcript -> the mistake that makes it. A rate of 1.04 is 4 % slow: later and later.
RATE_MISTAKES: Final[dict[str, float]] = {
    "25 fps taken for 24": 25 / 24,
    "24 fps taken for 25": 24 / 25,
    "25 fps taken for 23.976": 25 * 1.001 / 24,
    "23.976 fps taken for 25": 24 / 25.025,
    "30 fps taken for 29.97, or 24 for 23.976 (NTSC)": 1.001,
    "29.97 fps taken for 30, or 23.976 for 24 (NTSC)": 1 / 1.001,
    "30 fps taken for 25": 30 / 25,
    "25 fps taken for 30": 25 / 30,
    "29.97 fps taken for 25": 30 / 25.025,
    "25 fps taken for 29.97": 25.025 / 30,
}

_HOP_S = 0.02
_REACH_S = 8.0
_FREE_RATES = 0.06  # any rate within 6 % is tried, beside the named ones
_APART_S = 0.5
# A transcript of another talk leads by 0.12 at most, the right one by 0.08 to 0.5; the tie decides between.
_CLEAR_LEAD, _LEAST_LEAD = 0.13, 0.06
_TIED_SHARE, _TIED_SPREAD_S, _LEAST_TIED = 0.75, 0.045, 6


@dataclass(frozen=True)
class Pattern:
    """How the pattern of captions lies best on the pattern of speech.

    Attributes:
        shift_s: the transcript is late by this much at time 0; negative is early.
        rate: seconds of the transcript for each second of the sound.
        correlation: of the two patterns there, -1..1.
        lead: how much less the next best shift reaches; small means that it could as well be another.
        reason: why this is no evidence; "" where it is.
    """

    shift_s: float
    rate: float
    correlation: float
    lead: float
    reason: str = ""


@dataclass(frozen=True)
class Clock:
    """What is wrong with the clock of a transcript.

    Attributes:
        shift_s: how late it is, in the middle of what was matched; negative is early. NaN without evidence.
        rate: seconds of the transcript for each second of the sound; 1.0 unless a drift is beyond doubt.
        rate_error: standard error of the rate.
        start_s: how late it would be at time 0 of the sound.
        matched: captions that lie on the line within 0.15 s.
        spread_s: how far those lie from it, median.
        mistake: the named frame-rate mistake that the rate is; "" where it is none, or 1.
        correlation: of the two patterns, -1..1; evidence that transcript and sound belong together.
        reason: why nothing can be said; "" where it can.
    """

    shift_s: float
    rate: float
    rate_error: float
    start_s: float
    matched: int
    spread_s: float
    mistake: str
    correlation: float
    reason: str = ""

    def to_sound(self, times_s: Floats) -> Floats:
        """Return when in the sound the transcript's times are; unchanged without evidence."""
        return times_s if self.reason else (times_s - self.start_s) / self.rate

    def __str__(self) -> str:
        if self.reason:
            return f"no evidence: {self.reason}"
        parts = []
        if self.rate != 1:
            word = "slow" if self.rate > 1 else "fast"
            named = f": {self.mistake}" if self.mistake else ""
            parts.append(f"runs {abs(self.rate - 1):.2%} {word}{named}".replace("%", " %"))
        late_s = self.start_s if self.rate != 1 else self.shift_s
        if abs(late_s) >= 0.04 or not parts:
            side = "late" if late_s > 0 else "early"
            at = " at its beginning" if parts else ""
            parts.append(
                f"transcript {side} by {abs(late_s) * 1000:.0f} ms{at}" if abs(late_s) >= 0.04 else "in time"
            )
        return ", ".join(parts)


def match_patterns(
    mask: Mask, hop_s: float, starts_s: Floats, ends_s: Floats, *, reach_s: float = _REACH_S
) -> Pattern:
    """Find at which rate and shift the captions lie best on the speech.

    Args:
        mask: bool (n,), speech in each frame.
        hop_s: seconds a frame.
        starts_s: float64 (k,), beginnings of the captions.
        ends_s: float64 (k,), their ends.
        reach_s: shifts to either side that are tried, at time 0.

    Returns:
        The best rate and shift; a reason where they rest on nothing.
    """
    fine = mask[:: max(1, round(_HOP_S / hop_s))].astype(np.float64)
    if not len(starts_s) or fine.size < 10 or fine.std() < 0.05:
        why = "the transcript has no intervals" if not len(starts_s) else "speech without a pause, or none"
        return Pattern(0.0, 1.0, 0.0, 0.0, why)
    rates = [1.0, *_rates_to_try(len(fine) * _HOP_S)]
    found = [_best_shift(fine, starts_s / rate, ends_s / rate, reach_s) for rate in rates]
    # A clock that runs right is by far the likeliest, so another rate must fit clearly better.
    peaks = [peak - 0.01 * (rate != 1) for rate, (_, peak, _) in zip(rates, found, strict=True)]
    best = int(np.argmax(peaks))
    shift_s, peak, lead = found[best]
    return Pattern(shift_s * rates[best], rates[best], peak, lead)


def fit_clock(
    captions_s: Floats, heard_s: Floats, pattern: Pattern, *, is_tied: bool = False, reach_s: float = 0.4
) -> Clock:
    """Lay a robust line through the beginnings of captions over those of speech.

    Args:
        captions_s: float64 (k,), beginnings of the captions in the transcript's clock.
        heard_s: float64, beginnings of stretches of speech; with `is_tied` (k,), where each caption was heard
            (NaN where it was not).
        pattern: where to look.
        is_tied: each caption has its own `heard_s`, so nothing is searched.
        reach_s: how far from the pattern's line a beginning may lie.

    Returns:
        The clock; with fewer than two pairs, no evidence.
    """
    if pattern.reason and not is_tied:
        return _unknown(pattern.reason, pattern.correlation)
    x, y = _pairs(captions_s, heard_s, pattern, reach_s) if not is_tied else (heard_s, captions_s)
    known = np.isfinite(x)
    x, y = x[known], y[known]
    if len(x) < 2:
        return _unknown("fewer than two captions can be tied to speech", pattern.correlation)
    start_s, rate, error = fit_line(x, y)
    if not is_tied and (doubt := _doubt(np.abs(y - start_s - rate * x), len(captions_s), pattern)):
        return _unknown(doubt, pattern.correlation)
    # The error of a slope through few pairs is itself uncertain, hence the wider margin for few.
    margin = (3 + 20 / len(x)) * error
    mistake = name_rate(rate, margin)
    if mistake:
        rate = RATE_MISTAKES[mistake]
    elif abs(rate - 1) < max(margin, 5e-4) or len(x) < _LEAST_TIED:
        rate = 1.0
    residuals = y - rate * x
    start_s = _centre(residuals)
    off = np.abs(residuals - start_s)
    near = off < 0.15
    middle_s = float(np.median(x[near])) if near.any() else float(np.median(x))
    spread_s = float(np.median(off[near])) if near.any() else float(np.median(off))
    shift_s = start_s + (rate - 1) * middle_s
    return Clock(
        shift_s, rate, error, start_s, int(near.sum()), spread_s, mistake, round(pattern.correlation, 3)
    )


def fit_line(x: Floats, y: Floats) -> tuple[float, float, float]:
    """Return offset, slope and the slope's standard error of the line y = offset + slope x, against outliers.

    Source:
        Tukey's biweight by iterated weights, begun at the median pairwise slope (Theil 1950, Sen 1968).
    """
    if len(x) < 3 or np.ptp(x) < 1e-6:
        return float(np.median(y - x)), 1.0, np.inf
    first, second = np.triu_indices(len(x), 1)
    gaps = x[second] - x[first]
    far = np.abs(gaps) > 0.2 * np.ptp(x)
    slope = float(np.median((y[second] - y[first])[far] / gaps[far]))
    offset = float(np.median(y - slope * x))
    weights = np.ones(len(x))
    for _ in range(20):
        off = y - offset - slope * x
        scale = max(1.4826 * float(np.median(np.abs(off))), 1e-4)
        weights = np.clip(1 - (off / (4.685 * scale)) ** 2, 0, None) ** 2
        mean_x, mean_y = np.average(x, weights=weights), np.average(y, weights=weights)
        spread = float((weights * (x - mean_x) ** 2).sum())
        if spread < 1e-9:
            return offset, 1.0, np.inf
        slope = float((weights * (x - mean_x) * (y - mean_y)).sum() / spread)
        offset = float(mean_y - slope * mean_x)
    off = y - offset - slope * x
    variance = float((weights * off**2).sum() / max(weights.sum() - 2, 0.5))
    return offset, slope, float(np.sqrt(max(variance, 1e-6) / spread))


def name_rate(rate: float, margin: float) -> str:
    """Return the frame-rate mistake that a rate is; "" where it is none of them, or may be no drift at all.

    Args:
        rate: seconds of the transcript for each second of the sound.
        margin: how far off the rate may be.

    Example:
        >>> name_rate(1.0416, 0.0003)
        '25 fps taken for 24'
        >>> name_rate(1.0008, 0.001)
        ''
    """
    near = min(RATE_MISTAKES, key=lambda name: abs(RATE_MISTAKES[name] - rate))
    away = abs(RATE_MISTAKES[near] - rate)
    return near if away <= max(margin, 2e-4) and abs(rate - 1) > max(margin, away) else ""


def _rates_to_try(duration_s: float) -> list[float]:
    step = min(0.01, 0.3 / max(duration_s, 1.0))
    free = 1 + np.arange(-_FREE_RATES, _FREE_RATES + step / 2, step)
    return [*RATE_MISTAKES.values(), *free.tolist()]


def _best_shift(
    speech: Floats, starts_s: Floats, ends_s: Floats, reach_s: float
) -> tuple[float, float, float]:
    """Return the shift (captions late by), the correlation there, and its lead over shifts further off."""
    reach = round(reach_s / _HOP_S)
    captions = _drawn(starts_s, ends_s, len(speech), reach)
    size = 1 << (len(captions) + len(speech)).bit_length()
    seen = speech - speech.mean()
    product = np.fft.irfft(
        np.fft.rfft(captions - captions.mean(), size) * np.conj(np.fft.rfft(seen, size)), size
    )
    norm = float(np.linalg.norm(seen) * np.linalg.norm(captions - captions.mean())) or 1.0
    curve = product[: 2 * reach + 1] / norm
    peak = int(np.argmax(curve))
    apart = round(_APART_S / _HOP_S)
    others = np.concatenate([curve[: max(0, peak - apart)], curve[peak + apart + 1 :]])
    lead = float(curve[peak] - (others.max() if others.size else 0))
    return (peak + _between(curve, peak) - reach) * _HOP_S, float(curve[peak]), lead


def _drawn(starts_s: Floats, ends_s: Floats, count: int, reach: int) -> Floats:
    """Draw the captions as 1 in 0 on frames, with `reach` frames of room on both sides."""
    drawn = np.zeros(count + 2 * reach + 1)
    for start_s, end_s in zip(starts_s, ends_s, strict=True):
        first, last = (int(np.clip(round(t / _HOP_S) + reach, 0, len(drawn))) for t in (start_s, end_s))
        drawn[first:last] = 1.0
    return drawn


def _between(curve: Floats, peak: int) -> float:
    """Return where between frames a parabola through the peak and its neighbours has its top."""
    if not 0 < peak < len(curve) - 1:
        return 0.0
    left, top, right = curve[peak - 1 : peak + 2]
    bend = left - 2 * top + right
    return float(0.5 * (left - right) / bend) if bend < 0 else 0.0


def _doubt(off_s: Floats, captions: int, pattern: Pattern) -> str:
    """Return why the fit may be chance; "" where it is clear."""
    if pattern.lead >= _CLEAR_LEAD:
        return ""
    spread_s = float(np.median(off_s))
    is_tied = len(off_s) >= max(_LEAST_TIED, _TIED_SHARE * captions) and spread_s <= _TIED_SPREAD_S
    if is_tied and pattern.lead >= _LEAST_LEAD:
        return ""
    return "no shift lays the captions on the speech clearly better than others do"


def _pairs(captions_s: Floats, heard_s: Floats, pattern: Pattern, reach_s: float) -> tuple[Floats, Floats]:
    """Tie each caption's beginning to the nearest beginning of speech, once loosely and once tightly."""
    if not len(heard_s):
        return np.zeros(0), np.zeros(0)
    shift_s, rate, x, y = pattern.shift_s, pattern.rate, np.zeros(0), np.zeros(0)
    for reach in (reach_s, reach_s / 2):
        expected = (captions_s - shift_s) / rate
        nearest = heard_s[np.abs(heard_s[None, :] - expected[:, None]).argmin(axis=1)]
        near = np.abs(nearest - expected) <= reach
        x, y = nearest[near], captions_s[near]
        if len(x) >= 3:
            shift_s, rate, _ = fit_line(x, y)
    return x, y


def _centre(values: Floats) -> float:
    """Return the middle of the densest half: a median that outliers on one side do not pull."""
    ordered = np.sort(values)
    half = len(ordered) // 2 + 1
    widths = ordered[half - 1 :] - ordered[: len(ordered) - half + 1]
    first = int(np.argmin(widths))
    return float(np.median(ordered[first : first + half]))


def _unknown(reason: str, correlation: float) -> Clock:
    return Clock(float("nan"), 1.0, float("inf"), float("nan"), 0, float("nan"), "", correlation, reason)
