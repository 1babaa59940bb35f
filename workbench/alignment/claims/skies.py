"""Check what a caption says of the sky against the upper third of its picture."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from workbench.media.colours import COLOUR_NAMES

from .checks import CONTRADICTED, SUPPORTED, UNKNOWN, Check
from .looks import TILES, Look
from .statements import Claim, Reading

__all__ = ["check_skies"]

_NOUNS: Final = frozenset({"sky", "cloud", "sunset", "sunrise", "rain"})
#: Weather -> the words that say it, the first that fits.
_SAID: Final = (
    ("sunset", frozenset({"sunset", "sunrise"})),
    ("grey", frozenset({"rain", "rainy", "stormy", "overcast", "cloudy", "grey", "cloud"})),
    ("blue", frozenset({"blue", "clear"})),
    ("bright", frozenset({"bright", "sunny"})),
)
#: Weather -> its colours, the share of the upper third from which it is borne out, and below which it is not.
_SHOWN: Final = {
    "sunset": (("orange", "red", "pink", "purple", "yellow"), 0.3, 0.08),
    "grey": (("grey", "white"), 0.35, 0.16),
    "blue": (("blue",), 0.35, 0.12),
    "bright": (("blue", "white"), 0.4, 0.25),
}


def check_skies(reading: Reading, look: Look) -> Iterable[Check]:
    """Yield a check for each sky, cloud, sunset or rain that a caption describes.

    Blind indoors, under trees, and to the difference of grey clouds and rain.
    """
    for claim in reading.claims:
        if claim.type != "object" or not {"sky", "cloud", "sunset", "sunrise", "rain"} & set(
            claim.subject.split()
        ):
            continue
        near = [one for one in reading.claims if one.type == "attribute" and one.subject == claim.subject]
        words = {*claim.subject.split(), *(one.value for one in near)}
        weather = next((name for name, said in _SAID if words & said), "")
        if weather:
            start = min([claim.start, *(one.start for one in near)])
            yield _check(replace(claim, start=start, value=weather), weather, look)


def _check(claim: Claim, weather: str, look: Look) -> Check:
    colours, enough, little = _SHOWN[weather]
    upper = look.shares[: TILES // 3]
    share = float(sum(upper[:, :, COLOUR_NAMES.index(colour)].mean() for colour in colours))
    text = f"{claim.words!r}: {' and '.join(colours)} make up {share:.0%} of the upper third of the picture."
    if share >= enough:
        return Check(claim, text, SUPPORTED, min(0.9, 0.4 + share), "attribute")
    if share <= little:
        return Check(claim, text, CONTRADICTED, 0.8 - 0.3 * share / little, "attribute")
    return Check(claim, text, UNKNOWN, 0.0, "attribute")
