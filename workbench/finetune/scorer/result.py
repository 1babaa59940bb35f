"""What tuning an encoder did, told on pairs that it has not learned from."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

__all__ = ["Accuracy", "EncoderTuning"]


@dataclass(frozen=True, slots=True)
class Accuracy:
    """The share of pairs whose chosen caption fits its pictures better.

    Attributes:
        pairs: how many.
        before, after: 0..1, ties a half; .5 is chance.
        low, high: the 95 % interval of `after`.
        margin: mean of chosen less rejected after tuning, in units of the encoder's logits.
    """

    pairs: int
    before: float
    after: float
    low: float
    high: float
    margin: float


@dataclass(frozen=True, slots=True)
class EncoderTuning:
    """A tuned encoder.

    Attributes:
        encoder: what `ws.score("similarity", encoder=...)` takes.
        folder: the checkpoint.
        held_out, train: how well pairs are ordered; None where there are none.
        losses: one a step.
        left_out: why pairs were not learned from, and how many.
        seconds: for everything.
    """

    encoder: str
    folder: Path
    held_out: Accuracy | None
    train: Accuracy
    losses: tuple[float, ...]
    left_out: Mapping[str, int]
    seconds: float

    def __str__(self) -> str:
        lines = [
            f"Tuned on {self.train.pairs:,} pairs in {len(self.losses)} steps, {self.seconds:.1f} s.",
            _told("Held-out pairs in the right order", self.held_out)
            if self.held_out
            else "No pairs are held out, so what it gained is not known: ws.split_pairs() holds some out.",
            _told("The pairs it learned from", self.train),
        ]
        lines += [f"Left out: {count:,} pairs, {reason}." for reason, count in self.left_out.items()]
        lines.append(f"Rank the queue by it: ws.score('similarity', encoder={self.encoder!r})")
        return "\n".join(lines)

    def as_json(self) -> str:
        """Return it as JSON text, for the card beside the checkpoint."""
        told = asdict(self) | {"folder": self.folder.name, "left_out": dict(self.left_out)}
        return json.dumps(told, indent=1)


def _told(what: str, found: Accuracy) -> str:
    return (
        f"{what}: {found.before:.3f} before, {found.after:.3f} after "
        f"({found.low:.3f} to {found.high:.3f}, {found.pairs:,} pairs)."
    )
