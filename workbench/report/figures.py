"""Draw the figures of a report as inline SVG: a histogram with its axis in words, a waveform."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

import numpy as np
import numpy.typing as npt

__all__ = ["histogram", "lowest", "waveform"]

WIDTH, HEIGHT, FOOT = 460, 150, 34


def histogram(values: Sequence[float], name: str, *, marks: Sequence[float] = (), bins: int = 28) -> str:
    """Return a histogram of a score; `marks` are the values of captions found misaligned, drawn as ticks.

    Args:
        values: Finite numbers, at least one.
        name: The score's name, for the label.
        marks: Values to mark on the axis.
        bins: How many bars.
    """
    low, high = min(values), max(values)
    high = high if high > low else low + 1e-6
    counts, _ = np.histogram(values, bins=bins, range=(low, high))
    top, wide = HEIGHT - FOOT, WIDTH / bins
    bars = []
    for number, count in enumerate(counts):
        tall = top * count / max(counts)
        bars.append(
            f'<rect class="bar" x="{number * wide:.1f}" y="{top - tall:.1f}" '
            f'width="{wide - 1.5:.1f}" height="{tall:.1f}"/>'
        )
    ticks = [
        f'<line class="mark" x1="{x:.1f}" x2="{x:.1f}" y1="{top + 1}" y2="{top + 8}"/>'
        for x in sorted(WIDTH * (value - low) / (high - low) for value in marks)
    ]
    middle = float(np.median(values))
    summary = f"{len(values):,} captions, {name} from {low:.3f} to {high:.3f}, half below {middle:.3f}"
    found = ", ticks: found misaligned" if ticks else ""
    return (
        f'<svg class="histogram" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{escape(summary)}">'
        f"{''.join(bars)}{''.join(ticks)}"
        f'<line class="axis" x1="0" x2="{WIDTH}" y1="{top + 0.5}" y2="{top + 0.5}"/>'
        f'<text x="0" y="{HEIGHT - 12}">{_signed(low)} fits worst</text>'
        f'<text x="{WIDTH / 2}" y="{HEIGHT - 12}" text-anchor="middle">{escape(name)}{found}</text>'
        f'<text x="{WIDTH}" y="{HEIGHT - 12}" text-anchor="end">fits best {_signed(high)}</text></svg>'
    )


def _signed(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def waveform(peaks: npt.NDArray[np.int8], *, width: int = 320, height: int = 120) -> str:
    """Return a waveform from peaks (bins, 2) in -127..127, each bin a rounded bar."""
    step = width / max(1, len(peaks))
    middle = height / 2
    bars = []
    for number, (low, high) in enumerate(peaks.astype(int)):
        half = max(1.0, max(abs(low), abs(high)) / 127 * (middle - 6))
        bars.append(
            f'<rect x="{number * step:.1f}" y="{middle - half:.1f}" width="{step * 0.62:.2f}" '
            f'height="{2 * half:.1f}" rx="1"/>'
        )
    view = f'viewBox="0 0 {width} {height}" role="img" aria-label="waveform"'
    return f'<svg class="wave" {view}>{"".join(bars)}</svg>'


def lowest(percentile: float | None) -> str:
    """Return a percentile in words: "lowest 2 %"; the best half is "upper half"."""
    if percentile is None or math.isnan(percentile):
        return ""
    return f"lowest {max(1, math.ceil(percentile * 100))} %" if percentile < 0.5 else "upper half"
