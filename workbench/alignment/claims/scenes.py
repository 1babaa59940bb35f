"""Find what a caption says of the picture as a whole: black and white, night, close-up, portrait format."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from .statements import Claim

__all__ = ["find_scene_claims"]

_PICTURE: Final = r"(?:photo(?:graph)?s?|pictures?|images?|shots?|film|print|snapshot|portrait|video|clip)"
_SAID: Final = (
    ("medium", "black and white", rf"black[- ](?:and|&)[- ]white (?:\w+ )?{_PICTURE}"),
    ("medium", "black and white", rf"{_PICTURE} (?:\w+ )?in black[- ](?:and|&)[- ]white"),
    ("medium", "black and white", r"(?:monochrome|gr[ae]yscale|sepia)"),
    ("medium", "colour", rf"(?:full[- ])?colou?r {_PICTURE}"),
    ("time", "night", r"(?:(?:at|by|during the) (?:night|nighttime|night time)|after dark)"),
    ("time", "night", r"night (?:sky|scene|time|street)"),
    ("time", "day", r"(?:in|during) (?:the )?(?:day(?:time|light)?|broad daylight)"),
    ("time", "day", r"(?:on )?a (?:bright |very )?sunny (?:summer )?(?:day|afternoon|morning)"),
    ("light", "dark", r"dark(?:ened)? (?:room|street|scene|alley|place|background|night)"),
    ("light", "dark", r"(?:in the dark|dimly lit|low light)"),
    ("light", "bright", r"(?:brightly lit|bright (?:room|day|scene)|in bright (?:sun)?light)"),
    ("format", "portrait", rf"(?:portrait|vertical|upright)[- ](?:format|orientation|{_PICTURE})"),
    ("format", "landscape", rf"(?:landscape[- ](?:format|orientation)|horizontal[- ](?:format|{_PICTURE}))"),
    ("format", "square", rf"square[- ](?:format|crop|{_PICTURE})"),
    ("format", "panorama", rf"panoram(?:a|ic (?:view|{_PICTURE}))"),
)
_PATTERNS: Final = tuple(
    (kind, value, re.compile(rf"\b{words}\b", re.IGNORECASE)) for kind, value, words in _SAID
)


def find_scene_claims(text: str) -> Iterator[Claim]:
    """Yield a claim for each statement about the picture as a whole.

    Example:
        >>> text = "A black and white photo of a street at night"
        >>> [(one.kind, one.value) for one in find_scene_claims(text)]
        [('medium', 'black and white'), ('time', 'night')]
    """
    for kind, value, pattern in _PATTERNS:
        for found in pattern.finditer(text):
            yield Claim("scene", found[0], "", value, found.start(), found.end(), kind=kind)
