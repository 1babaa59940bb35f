"""Plant errors in the transcripts of talks: shift, drift, boundaries, wrong text, words, speakers (S1 to S5).

Every function returns a new transcript; what was planted is in the arguments or comes back with it.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace

from workbench.demo.catalog import COLOURS, KINDS
from workbench.demo.speech import Spoken

__all__ = ["change_rate", "change_words", "move_boundaries", "shift", "swap_speaker", "swap_texts"]

Transcript = tuple[Spoken, ...]

_LEAST_LENGTH_S = 0.3


def shift(transcript: Sequence[Spoken], late_s: float) -> Transcript:
    """Make the whole transcript late (S1)."""
    return tuple(replace(one, start_s=one.start_s + late_s, end_s=one.end_s + late_s) for one in transcript)


def change_rate(transcript: Sequence[Spoken], rate: float) -> Transcript:
    """Let the transcript's clock run at another rate (S2)."""
    return tuple(replace(one, start_s=one.start_s * rate, end_s=one.end_s * rate) for one in transcript)


def move_boundaries(
    transcript: Sequence[Spoken], rng: random.Random, *, share: float = 0.4, least_s: float = 0.25,
    most_s: float = 1.0,
) -> tuple[Transcript, tuple[str, ...]]:  # fmt: skip
    """Move segments, or their beginning or end alone, by `least_s` to `most_s` to either side.

    Returns:
        The transcript, and what was done to each segment: "both", "start", "end", or "".
    """
    moved, done = [], []
    for one in transcript:
        kind = rng.choice(("both", "start", "end")) if rng.random() < share else ""
        by_s = rng.choice((-1, 1)) * rng.uniform(least_s, most_s)
        start_s = one.start_s + (by_s if kind in ("both", "start") else 0)
        end_s = one.end_s + (by_s if kind in ("both", "end") else 0)
        if start_s < 0 or end_s - start_s < _LEAST_LENGTH_S:
            kind, start_s, end_s = "", one.start_s, one.end_s
        moved.append(replace(one, start_s=start_s, end_s=end_s))
        done.append(kind)
    return tuple(moved), tuple(done)


def swap_texts(transcript: Sequence[Spoken], rng: random.Random) -> tuple[Transcript, tuple[bool, ...]]:
    """Exchange the texts of two segments of about the same length (S3).

    Lengths are matched so that characters a second do not give it away.
    """
    first = rng.randrange(len(transcript))
    length = len(transcript[first].text)
    others = [n for n, one in enumerate(transcript) if one.text != transcript[first].text]
    second = min(others, key=lambda n: (abs(len(transcript[n].text) - length), n))
    texts = [one.text for one in transcript]
    texts[first], texts[second] = texts[second], texts[first]
    changed = tuple(n in (first, second) for n in range(len(texts)))
    return tuple(replace(one, text=text) for one, text in zip(transcript, texts, strict=True)), changed


def change_words(
    transcript: Sequence[Spoken], rng: random.Random, *, share: float = 0.4
) -> tuple[Transcript, tuple[str, ...]]:
    """Put another colour or thing for one that is said, in a share of the segments (S4).

    Returns:
        The transcript, and the word that was put into each segment; "" where none was.
    """
    nouns = [noun for kind in KINDS.values() for noun in kind.nouns if " " not in noun and "-" not in noun]
    changed, words = [], []
    for one in transcript:
        tokens = one.text.split(" ")
        places = [n for n, token in enumerate(tokens) if _kin(token, nouns)]
        word = ""
        if places and rng.random() < share:
            place = rng.choice(places)
            bare = tokens[place].rstrip(".,")
            word = rng.choice([w for w in _kin(tokens[place], nouns) if w != bare.lower()])
            tokens[place] = tokens[place].replace(bare, word)
        changed.append(replace(one, text=" ".join(tokens)))
        words.append(word)
    return tuple(changed), tuple(words)


def swap_speaker(transcript: Sequence[Spoken], rng: random.Random) -> tuple[Transcript, tuple[bool, ...]]:
    """Give one of two overlapping segments the speaker of the other (S5): nobody says two things at once.

    Returns:
        The transcript, and which segments now share speaker and time; none where nobody overlaps.
    """
    pairs = [
        (n, n + 1)
        for n in range(len(transcript) - 1)
        if transcript[n + 1].start_s < transcript[n].end_s
        and transcript[n].speaker != transcript[n + 1].speaker
    ]
    if not pairs:
        return tuple(transcript), (False,) * len(transcript)
    first, second = rng.choice(pairs)
    spoiled = list(transcript)
    spoiled[second] = replace(spoiled[second], speaker=spoiled[first].speaker)
    return tuple(spoiled), tuple(n in (first, second) for n in range(len(spoiled)))


def _kin(token: str, nouns: list[str]) -> list[str]:
    """Return words of the kind of this one: colours for a colour, things for a thing, else none."""
    word = token.rstrip(".,").lower()
    colours = [name for name in COLOURS if " " not in name]
    return colours if word in colours else nouns if word in nouns else []
