"""Check what a caption says of colour, light and format against the look of its picture.

Without boxes a colour can only be missed or found somewhere. What spreads over whole rows (sky, grass, snow)
is taken away first, so that a "green ball" on a lawn has to show green that stands out. It cannot see whose
colour it is; where the caption places two coloured things, it compares where the colours lie.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from workbench.media.colours import COLOUR_NAMES

from .checks import CONTRADICTED, SUPPORTED, UNKNOWN, Check
from .looks import Look
from .skies import check_skies
from .statements import Claim, Reading
from .words import SKY_NOUNS

__all__ = ["check_pixels", "standing_out"]

#: Share of its best tile below which a colour is missed; a twentieth of true colours lies below .2.
_MISSED: Final = 0.15
_GREY_CHROMA, _COLOUR_CHROMA = 3.0, 8.0
_SIDES: Final = {
    "left of": (0, 1),
    "right of": (0, -1),
    "above": (1, 1),
    "on": (1, 1),
    "below": (1, -1),
    "under": (1, -1),
}


def check_pixels(reading: Reading, look: Look, width: int | None, height: int | None) -> tuple[Check, ...]:
    """Check every claim of a caption that pixels can speak of.

    Args:
        reading: the caption's claims.
        look: of the picture.
        width: of the picture in pixels, upright; None where unknown.
        height: likewise.
    """
    checks: list[Check] = []
    for claim in reading.claims:
        if _is_colour(claim):
            checks.append(_check_colour(claim, look))
        elif claim.type == "scene":
            checks.append(_check_scene(claim, look, width, height))
    checks += check_skies(reading, look)
    checks += _check_sides(reading, look)
    return tuple(checks)


def standing_out(look: Look, colour: str) -> npt.NDArray[np.float32]:
    """Return how much of each tile bears a colour beyond what its row does, float32 (12, 12), 0 to 1."""
    share = look.shares[:, :, COLOUR_NAMES.index(colour)]
    return np.asarray(np.clip(share - np.median(share, axis=1, keepdims=True), 0, 1), np.float32)


def _is_colour(claim: Claim) -> bool:
    is_sky = claim.subject.rpartition(" ")[2] in SKY_NOUNS
    return claim.type == "attribute" and claim.kind == "colour" and not is_sky


def _check_colour(claim: Claim, look: Look) -> Check:
    best = float(standing_out(look, claim.value).max())
    spread = float((look.shares[:, :, COLOUR_NAMES.index(claim.value)] > 0.3).mean())
    text = f"{claim.words!r}: {claim.value} stands out in {best:.0%} of one part of the picture at most"
    if best < _MISSED:
        if spread > 0.25:
            return Check(claim, f"{text}, but lies all over it.", UNKNOWN, 0.0, "attribute")
        sure = 0.9 - 0.35 * best / _MISSED - 0.4 * min(1.0, spread / 0.25)
        return Check(claim, f"{text}.", CONTRADICTED, sure, "attribute")
    # What is everywhere in the picture says little of the one thing.
    sure = min(0.8, best) / (1 + 6 * spread)
    return Check(claim, f"{text}.", SUPPORTED, sure, "attribute")


def _check_sides(reading: Reading, look: Look) -> list[Check]:
    """Compare where two colours lie with where the caption places the things that bear them."""
    colours: dict[str, str] = {}
    for claim in reading.claims:
        if _is_colour(claim):
            colours.setdefault(claim.owner or claim.subject, claim.value)
    checks = []
    for claim in reading.claims:
        if claim.type != "relation" or claim.value not in _SIDES or claim.is_negated:
            continue
        one, other = colours.get(claim.subject), colours.get(claim.object)
        if one is None or other is None or one == other:
            continue
        lead = _lead(look, one, other, _SIDES[claim.value])
        if lead is None:
            continue
        lies = "lies so" if lead > 0 else "does not lie so"
        text = f"{claim.words!r}: the {claim.subject}'s {one} {lies} from the {claim.object}'s {other}."
        verdict, sure = SUPPORTED if lead > 0 else CONTRADICTED, min(0.6, 0.2 + 1.5 * abs(lead))
        checks.append(Check(claim, text, verdict, sure, "relation"))
        # The same picture comes about where the colours are exchanged.
        checks.append(Check(claim, text, verdict, 0.8 * sure, "attribute"))
    return checks


def _lead(look: Look, one: str, other: str, side: tuple[int, int]) -> float | None:
    """Return by how much the first colour lies where it should; None where one of them is not seen."""
    axis, sign = side
    middles = []
    for colour in (one, other):
        weights = standing_out(look, colour).astype(np.float64) ** 2
        if weights.max() < _MISSED:
            return None
        along = weights.sum(axis=axis)  # columns for left and right, rows for above and below
        middles.append(float((along * np.arange(len(along))).sum() / along.sum()) / len(along))
    lead = sign * (middles[1] - middles[0])
    return lead if abs(lead) > 0.04 else None


def _check_scene(claim: Claim, look: Look, width: int | None, height: int | None) -> Check:
    match claim.kind:
        case "medium":
            return _check_medium(claim, look)
        case "format":
            return _check_format(claim, width, height)
        case _:
            return _check_light(claim, look)


def _check_medium(claim: Claim, look: Look) -> Check:
    text = f"{claim.words!r}: the mean chroma of the picture is {look.chroma:.0f} (a grey one is near 0)."
    is_tinted = "sepia" in claim.words.lower() and look.tints < 0.2
    grey = look.chroma < _GREY_CHROMA or is_tinted
    if not grey and look.chroma < _COLOUR_CHROMA:
        return Check(claim, text, UNKNOWN, 0.0, "attribute")
    is_so = grey == (claim.value == "black and white")
    return Check(claim, text, SUPPORTED if is_so else CONTRADICTED, 0.9, "attribute")


def _check_light(claim: Claim, look: Look) -> Check:
    """Night and dark want a dark picture; day and bright only deny a very dark one."""
    text = f"{claim.words!r}: half of the picture is darker than {look.light:.0%} of white."
    low, high = (0.35, 0.55) if claim.value in ("night", "dark") else (0.15, 0.35)
    if low <= look.light <= high:
        return Check(claim, text, UNKNOWN, 0.0, "attribute")
    is_so = (look.light < low) == (claim.value in ("night", "dark"))
    far = min(1.0, abs(look.light - (low if look.light < low else high)) / 0.2)
    return Check(claim, text, SUPPORTED if is_so else CONTRADICTED, 0.4 + 0.4 * far, "attribute")


def _check_format(claim: Claim, width: int | None, height: int | None) -> Check:
    if not width or not height:
        return Check(claim, f"{claim.words!r}: the size is not known.", UNKNOWN, 0.0, "attribute")
    ratio = width / height
    holds = {
        "portrait": ratio < 0.95, "landscape": ratio > 1.05, "square": 0.95 <= ratio <= 1.05,
        "panorama": ratio > 1.7 or ratio < 0.55,
    }[claim.value]  # fmt: skip
    text = f"{claim.words!r}: the picture is {width} x {height}."
    sure = 0.5 if claim.value == "panorama" else 0.9
    return Check(claim, text, SUPPORTED if holds else CONTRADICTED, sure, "attribute")
