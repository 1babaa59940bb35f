"""Say how far sound may be from its picture: the bands of the broadcasting standards, or one's own.

Everywhere in this project an offset > 0 means that the sound is late. ITU-R BT.1359-1 counts the other way
(sound advanced = positive); `from_bt1359` turns its numbers round.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from workbench.alignment.av_sync import Sync
from workbench.errors import UnknownNameError, WorkbenchError

__all__ = ["BANDS", "Band", "choose_band", "describe_sync", "from_bt1359", "say_offset"]

_NO_OFFSET_S = 0.0005  # half of the last digit said


@dataclass(frozen=True)
class Band:
    """What a viewer or a standard lets pass: sound early by up to `early_s`, late by up to `late_s`.

    Example:
        >>> BANDS["bt1359_detect"].contains(0.120), BANDS["bt1359_detect"].contains(-0.120)
        (True, False)
    """

    name: str
    early_s: float
    late_s: float

    def __post_init__(self) -> None:
        if not (self.early_s > 0 and self.late_s > 0):
            raise WorkbenchError(
                f"the band {self.name!r} lets pass {self.early_s} s early and {self.late_s} s late.",
                "Give two lengths of time above 0; both count away from being in sync.",
            )

    def strain(self, offset_s: float) -> float:
        """Return how much of the band an offset uses: 0 in sync, 1 at its edge, more outside."""
        return offset_s / self.late_s if offset_s > 0 else -offset_s / self.early_s

    def contains(self, offset_s: float) -> bool:
        """Tell whether an offset is let pass; the edges are."""
        return self.strain(offset_s) <= 1


def from_bt1359(name: str, *, advanced_ms: float, delayed_ms: float) -> Band:
    """Return a band from numbers as BT.1359 prints them: sound advanced positive, delayed negative.

    Example:
        >>> from_bt1359("detect", advanced_ms=45, delayed_ms=-125)
        Band(name='detect', early_s=0.045, late_s=0.125)
    """
    return Band(name, early_s=advanced_ms / 1000, late_s=-delayed_ms / 1000)


#: Name -> band. Source: ITU-R BT.1359-1 (detectability, acceptability); ATSC IS-191.
BANDS: Final[dict[str, Band]] = {
    "atsc_is191": Band("atsc_is191", early_s=0.015, late_s=0.045),
    "bt1359_accept": from_bt1359("bt1359_accept", advanced_ms=90, delayed_ms=-185),
    "bt1359_detect": from_bt1359("bt1359_detect", advanced_ms=45, delayed_ms=-125),
}

_TITLES: Final = {
    "atsc_is191": "ATSC IS-191",
    "bt1359_accept": "what BT.1359-1 accepts",
    "bt1359_detect": "what viewers let pass by BT.1359-1",
}


def choose_band(band: str | Band) -> Band:
    """Return a band by its name, or the one given.

    Raises:
        UnknownNameError: lists the known names.
    """
    if isinstance(band, Band):
        return band
    if band not in BANDS:
        raise UnknownNameError("band of audio offsets", band, BANDS)
    return BANDS[band]


def say_offset(offset_s: float) -> str:
    """Say an offset in words.

    Example:
        >>> say_offset(0.12), say_offset(-0.0453), say_offset(0.0001)
        ('audio late by 120 ms', 'audio early by 45 ms', 'audio in sync')
    """
    if abs(offset_s) < _NO_OFFSET_S:
        return "audio in sync"
    return f"audio {'late' if offset_s > 0 else 'early'} by {abs(offset_s) * 1000:.0f} ms"


def describe_sync(found: Sync, band: str | Band, region: str) -> str:
    """Say in one line what was found in a clip that gave evidence, and whether a band lets it pass.

    Args:
        found: with an offset; without one, its `reason` is what there is to say.
        band: that it is held against.
        region: where in the picture the events agree best.

    Returns:
        One sentence, such as "Audio late by 120 ms (p = 0.003, events in the bottom left); ...".
    """
    chosen = choose_band(band)
    if found.offset_s is None or found.nearest_s is None:
        return f"No evidence of sync either way: {found.reason}."
    said = say_offset(found.offset_s)
    others = [say_offset(peak).removeprefix("audio ") for peak in found.peaks_s[1:]]
    repeats = f"; as the motion repeats, {' or '.join(others)} fits nearly as well" if others else ""
    passed = "within" if chosen.contains(found.nearest_s) else "outside"
    limits = f"{chosen.early_s * 1000:.0f} ms early to {chosen.late_s * 1000:.0f} ms late"
    drift = found.drift
    drifts = f"; it drifts by {drift.ppm:+.0f} ppm over {drift.windows} windows" if drift else ""
    return (
        f"{said[0].upper()}{said[1:]} (p = {found.p_value:.3f}, events in {region}){repeats}{drifts}; "
        f"{passed} {_TITLES.get(chosen.name, chosen.name)} ({limits})."
    )
