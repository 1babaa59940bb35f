"""How thorough an evaluation is."""

from __future__ import annotations

from dataclasses import dataclass

from workbench.errors import RunError

__all__ = ["EvaluationSettings"]


@dataclass(frozen=True, slots=True)
class EvaluationSettings:
    """What is looked at.

    Attributes:
        flagged: items laid side by side at most, those with a correction first.
        pictures: samples captioned at most: held-out ones, then such that no pair of the training shows.
        held_out: held-out pairs weighed at most.
        probes: pictures probed at most.
        drawn: whether samples are also captioned with words drawn at temperature 1, where models err more.
        max_tokens: the longest text.
        rounds: of the bootstrap.
        seed: of everything drawn.

    Raises:
        RunError: for a number below 0.
    """

    flagged: int = 300
    pictures: int = 300
    held_out: int = 400
    probes: int = 150
    drawn: bool = True
    max_tokens: int = 64
    rounds: int = 400
    seed: int = 0

    def __post_init__(self) -> None:
        for name in ("flagged", "pictures", "held_out", "probes", "rounds"):
            if getattr(self, name) < 0:
                raise RunError(f"{name}={getattr(self, name)} is below 0.", f"Give {name} of 0 or more.")
        if self.max_tokens < 1:
            raise RunError(f"Texts of {self.max_tokens} tokens are none.", "Give max_tokens of 1 or more.")
