"""Forced alignment: when is each word said, given what is said.

`align_ctc` works on the emissions of any model trained with CTC (letters, phones or pieces of words, any
language). It gives every word a place even where the text is wrong; the confidence is what tells.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from workbench.errors import EncoderError

__all__ = ["STAR", "TokenSpan", "WordTime", "align_ctc", "join_words"]

Floats = npt.NDArray[np.float64]

#: A token that stands for whatever is said there: words that the transcript leaves out.
STAR: Final = -1


@dataclass(frozen=True)
class TokenSpan:
    """Where a token is said: frames [first, last), and the mean log probability there (0 is certain)."""

    token: int
    first: int
    last: int
    score: float


@dataclass(frozen=True)
class WordTime:
    """When a word is said, in seconds, and how sure that is: the higher, the surer; 0 is the best."""

    word: str
    start_s: float
    end_s: float
    score: float


def align_ctc(
    emission: npt.NDArray[np.floating], tokens: Sequence[int], *, blank: int = 0, star_cost: float = 0.7
) -> tuple[TokenSpan, ...]:
    """Find the likeliest way through the frames that says the tokens in their order.

    Args:
        emission: (T, C) log probabilities of C classes in T frames.
        tokens: classes in the order they are said; `STAR` stands for anything, however long.
        blank: the class of "nothing new".
        star_cost: how much less likely than a frame's best class the star is; a token that is there wins.

    Returns:
        One span a token, in order, frames strictly increasing.

    Raises:
        EncoderError: the matrix is not one, a class is unknown, or there are fewer frames than tokens need.

    Source:
        Graves et al. 2006, "Connectionist temporal classification": the trellis with a blank between any two
        tokens, here with the maximum in place of the sum (Viterbi 1967).

    Example:
        >>> sure = np.log(np.array([[.9, .05, .05], [.05, .9, .05], [.9, .05, .05], [.05, .05, .9]]))
        >>> [(span.token, span.first, span.last) for span in align_ctc(sure, [1, 2])]
        [(1, 1, 2), (2, 3, 4)]
    """
    scores, states = _trellis_scores(emission, tokens, blank, star_cost)
    steps = _steps(states, blank)
    path = _walk(scores, steps)
    spans = []
    for place, token in enumerate(tokens):
        frames = np.flatnonzero(path == 2 * place + 1)
        mean = float(scores[frames, 2 * place + 1].mean())
        spans.append(TokenSpan(token, int(frames[0]), int(frames[-1]) + 1, mean))
    return tuple(spans)


def join_words(
    spans: Sequence[TokenSpan], words: Sequence[str], lengths: Sequence[int], frame_s: float
) -> tuple[WordTime, ...]:
    """Put the spans of tokens together to words.

    Args:
        spans: as from `align_ctc`.
        words: the words, in order.
        lengths: how many of the spans each word takes.
        frame_s: seconds a frame.

    Returns:
        One a word; its score is the mean over its frames.

    Example:
        >>> spans = [TokenSpan(3, 0, 2, -0.1), TokenSpan(4, 2, 4, -0.3)]
        >>> join_words(spans, ["no"], [2], 0.02)
        (WordTime(word='no', start_s=0.0, end_s=0.08, score=-0.2),)
    """
    found, place = [], 0
    for word, length in zip(words, lengths, strict=True):
        own = spans[place : place + length]
        place += length
        frames = [span.last - span.first for span in own]
        score = float(np.average([span.score for span in own], weights=frames))
        found.append(WordTime(word, own[0].first * frame_s, own[-1].last * frame_s, round(score, 6)))
    return tuple(found)


def _trellis_scores(
    emission: npt.NDArray[np.floating], tokens: Sequence[int], blank: int, star_cost: float
) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Return the log probability of each state in each frame, and the class of each state."""
    if emission.ndim != 2 or not emission.size or not len(tokens):
        raise EncoderError(
            f"There is nothing to align: emissions of shape {emission.shape}, {len(tokens)} tokens."
        )
    classes = emission.shape[1]
    unknown = sorted(
        {token for token in tokens if not (token == STAR or 0 <= token < classes)}
        | {blank} - {*range(classes)}
    )
    if unknown or blank in tokens:
        raise EncoderError(
            f"Class {(unknown or [blank])[0]} cannot be a token: {blank} of {classes} is the blank."
        )
    states = np.full(2 * len(tokens) + 1, blank, np.int64)
    states[1::2] = tokens
    scores = emission.astype(np.float64)[:, np.maximum(states, 0)]
    is_star = states == STAR
    if is_star.any():
        scores[:, is_star] = (emission.max(axis=1) - star_cost)[:, None]
    if np.isnan(scores).any():
        raise EncoderError("The emissions hold values that are not numbers.")
    # Two equal tokens need a blank between them, and so a frame more.
    least = len(tokens) + sum(a == b != STAR for a, b in itertools.pairwise(tokens))
    if len(emission) < least:
        raise EncoderError(
            f"{len(tokens)} tokens need {least} frames and the sound has {len(emission)}.",
            "The text is longer than what can be said in this time.",
        )
    return scores, states


def _steps(states: npt.NDArray[np.int64], blank: int) -> npt.NDArray[np.bool_]:
    """Return which states may be reached by leaving out the blank before them."""
    may = np.zeros(len(states), np.bool_)
    may[3::2] = states[3::2] != states[1:-2:2]
    return may


def _walk(scores: Floats, may_skip: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Return the state of each frame on the best path."""
    frames, count = scores.shape
    came_from = np.zeros((frames, count), np.int8)
    total = np.full(count, -np.inf)
    total[:2] = scores[0, :2]
    for frame in range(1, frames):
        options = np.full((3, count), -np.inf)
        options[0] = total
        options[1, 1:] = total[:-1]
        options[2, 2:] = np.where(may_skip[2:], total[:-2], -np.inf)
        came_from[frame] = options.argmax(axis=0)
        total = options.max(axis=0) + scores[frame]
    path = np.empty(frames, np.int64)
    path[-1] = count - 1 if total[-1] >= total[-2] else count - 2
    for frame in range(frames - 1, 0, -1):
        path[frame - 1] = path[frame] - came_from[frame, path[frame]]
    return path
