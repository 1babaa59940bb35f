"""Align English text with speech by PocketSphinx, whose acoustic model comes inside its package.

The text is laid word by word on the sound. Where that cannot be done, that is itself the finding: the words
are not those that are said. American English only; other accents align a little less exactly.
"""

from __future__ import annotations

import importlib
import importlib.util
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from workbench.alignment.forced import WordTime
from workbench.errors import MissingExtraError

__all__ = ["SPHINX_RATE_HZ", "SphinxAligner", "can_align", "locate_words", "spell_sounds", "split_words"]

Samples = npt.NDArray[np.float32]

SPHINX_RATE_HZ: Final = 16_000
_FRAME_S = 0.01
_LEAST_S = 0.1
_PATIENT = {"beam": 1e-150, "wbeam": 1e-120, "pbeam": 1e-150}
_NUMBERS = (  # noqa: SIM905
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
).split()
_TENS = "_ _ twenty thirty forty fifty sixty seventy eighty ninety".split()  # noqa: SIM905
# Letters to sounds for words that no dictionary has; rough, since only the length must be about right.
_SOUNDS: Final[dict[str, str]] = {
    "tch": "CH", "sch": "SH", "igh": "AY", "ch": "CH", "sh": "SH", "th": "TH", "ph": "F", "wh": "W",
    "ck": "K", "ng": "NG", "qu": "K W", "ee": "IY", "ea": "IY", "oo": "UW", "ou": "AW", "ow": "OW",
    "ai": "EY", "ay": "EY", "oa": "OW", "oi": "OY", "oy": "OY", "au": "AO", "aw": "AO", "ar": "AA R",
    "er": "ER", "ir": "ER", "ur": "ER", "or": "AO R", "a": "AE", "b": "B", "c": "K", "d": "D", "e": "EH",
    "f": "F", "g": "G", "h": "HH", "i": "IH", "j": "JH", "k": "K", "l": "L", "m": "M", "n": "N", "o": "AA",
    "p": "P", "q": "K", "r": "R", "s": "S", "t": "T", "u": "AH", "v": "V", "w": "W", "x": "K S", "y": "IY",
    "z": "Z",
}  # fmt: skip


def can_align() -> bool:
    """Tell whether the package with the acoustic model is installed."""
    return importlib.util.find_spec("pocketsphinx") is not None


def split_words(text: str) -> list[str]:
    """Return the words of a text as they are said: lower case, small numbers in words, no marks.

    What stands in square brackets is taken to be a note and not said.

    Example:
        >>> split_words("[music] It's 25 hot-air balloons!")
        ["it's", 'twenty', 'five', 'hot', 'air', 'balloons']
    """
    return [word for word, _, _ in locate_words(text)]


def locate_words(text: str) -> list[tuple[str, int, int]]:
    """Return each word as it is said with the characters [start, end) that stand for it.

    Example:
        >>> locate_words("On 25.")
        [('on', 0, 2), ('twenty', 3, 5), ('five', 3, 5)]
    """
    said = re.sub(r"\[[^\]]*\]|♪", lambda note: " " * len(note[0]), text.replace("’", "'"))
    return [
        (spoken, found.start(), found.end())
        for found in re.finditer(r"[^\W\d_]+(?:'[^\W\d_]+)*|\d+", said)
        for spoken in (_say_number(found[0]) if found[0].isdecimal() else [found[0].lower()])
    ]


def spell_sounds(word: str) -> str:
    """Return the sounds of a word from its letters, in ARPAbet; "" where none of them is a Latin letter.

    Example:
        >>> spell_sounds("shoot")
        'SH UW T'
    """
    sounds, place = [], 0
    plain = re.sub(r"(.)\1", r"\1", word.lower()) if len(word) > 3 else word.lower()
    letters = word.lower() if any(pair in word.lower() for pair in ("ee", "oo")) else plain
    while place < len(letters):
        for length in (3, 2, 1):
            piece = letters[place : place + length]
            if piece in _SOUNDS and not (piece == "e" and place == len(letters) - 1 and place > 1):
                sounds.append(_SOUNDS[piece])
                break
        place += length
    return " ".join(sounds)


@dataclass(frozen=True)
class _Piece:
    word: str
    first: int
    last: int
    score: float


class SphinxAligner:
    """Lay text on sound. Make one and use it many times; the model takes a moment to load.

    Raises:
        MissingExtraError: the package is not installed.
    """

    key = "pocketsphinx-en-us"

    def __init__(self) -> None:
        if not can_align():
            raise MissingExtraError("Aligning a transcript with speech", "speech")
        package = importlib.import_module("pocketsphinx")
        self._decoder: Any = package.Decoder(lm=None, loglevel="FATAL")
        self._make_patient: Any = lambda: package.Decoder(lm=None, loglevel="FATAL", **_PATIENT)
        self._patient: Any = None

    def align(
        self, samples: Samples, words: Sequence[str], *, is_patient: bool = False
    ) -> tuple[WordTime, ...] | None:
        """Return when each word is said, or None where the words cannot be laid on this sound.

        Args:
            samples: float32 mono at `SPHINX_RATE_HZ`.
            words: as from `split_words`.
            is_patient: follow unlikely paths further; slow, and hardly ever without a result.

        Returns:
            One a word, with the mean log likelihood a frame against the best sound in that frame (0 is best).
        """
        if not len(words) or len(samples) < _LEAST_S * SPHINX_RATE_HZ or not words:
            return None
        decoder = self._patience() if is_patient else self._decoder
        if not all(_knows(decoder, word) for word in words):
            return None
        # Digital silence has no spectrum; a trace of noise gives it one, the same at every call.
        trace = np.random.default_rng(0).standard_normal(len(samples), dtype=np.float32) * np.float32(1e-4)
        sound = (np.clip(samples + trace, -1, 1) * 32767).astype("<i2").tobytes()
        pieces = _decode(decoder, sound, " ".join(words))
        spoken = [piece for piece in pieces if piece.word[0] not in "<[+"]
        if len(spoken) != len(words):
            return None
        return tuple(
            WordTime(word, piece.first * _FRAME_S, piece.last * _FRAME_S, piece.score)
            for word, piece in zip(words, spoken, strict=True)
        )

    def _patience(self) -> Any:
        if self._patient is None:
            self._patient = self._make_patient()
        return self._patient


def _decode(decoder: Any, sound: bytes, text: str) -> list[_Piece]:
    try:
        decoder.set_align_text(text)
        decoder.start_utt()
        decoder.process_raw(sound, full_utt=True)
        decoder.end_utt()
    except RuntimeError:
        return []  # it says so where no path through the text is left
    if decoder.hyp() is None:
        return []
    return [
        _Piece(
            one.word,
            one.start_frame,
            one.end_frame + 1,
            float(np.log(max(one.ascore, 1e-300))) / max(1, one.end_frame + 1 - one.start_frame),
        )
        for one in decoder.seg()
    ]


def _knows(decoder: Any, word: str) -> bool:
    """Look a word up, and teach it from its parts or letters where it is not there."""
    if decoder.lookup_word(word) is not None:
        return True
    sounds = _from_parts(decoder, word) or spell_sounds(word)
    if sounds:
        decoder.add_word(word, sounds)
    return bool(sounds)


def _from_parts(decoder: Any, word: str) -> str:
    """Return the sounds of a compound of two known words; "" where it is none."""
    for cut in range(3, len(word) - 2):
        first, second = (decoder.lookup_word(part) for part in (word[:cut], word[cut:]))
        if first and second:
            return f"{first} {second}"
    return ""


def _say_number(digits: str) -> list[str]:
    value = int(digits)
    if value < 20:
        return [_NUMBERS[value]]
    if value < 100:
        return [_TENS[value // 10], *([_NUMBERS[value % 10]] if value % 10 else [])]
    if value < 1000:
        rest = _say_number(str(value % 100)) if value % 100 else []
        return [_NUMBERS[value // 100], "hundred", *rest]
    if len(digits) == 4:  # a year, said as two numbers
        return [*_say_number(digits[:2]), *(_say_number(digits[2:]) if value % 100 else ["hundred"])]
    return [_NUMBERS[int(digit)] for digit in digits]
