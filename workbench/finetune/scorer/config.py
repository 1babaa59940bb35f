"""How an encoder is tuned on pairs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from workbench.errors import RunError, UnknownNameError

__all__ = ["LOSSES", "TOWERS", "ScorerConfig"]

#: `anchored` compares with what the encoder said before, so that it stays near; `plain` does not.
LOSSES: Final = ("anchored", "plain")
#: Which tower learns: that of texts alone (pictures are encoded once), or both.
TOWERS: Final = ("text", "both")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorerConfig:
    """How an encoder is tuned.

    Attributes:
        encoder: `clip:` and a hub id or a folder, as `workbench.encoders.load` takes it.
        name: of the folder below the workspace's runs; numbered when left out.
        loss: one of `LOSSES`.
        beta: how strongly `anchored` holds on to what was: larger is nearer.
        towers: one of `TOWERS`.
        learning_rate: at its highest; it rises over the first tenth of the steps and falls to 0.
        epochs, batch_pairs: rounds over the pairs, pairs a step.
        label_smoothing: the share of orders held to be wrong.
        offset_scale: what a pair must be won by, times its strength (1 to 3).
        weigh_by: "" counts every pair alike; `weight` by how far its order can be believed.
        statuses: which pairs; with `tie` those that nobody could order, as an even chance.
        frames: of a video.
        device: `auto`, `cpu`, `cuda`, `mps`.
        seed: of the order.

    Raises:
        UnknownNameError: for a loss, towers or a way to weigh that does not exist.
        RunError: for a number out of its range.
    """

    encoder: str
    name: str = ""
    loss: str = "anchored"
    beta: float = 1.0
    towers: str = "text"
    learning_rate: float = 1e-5
    epochs: int = 3
    batch_pairs: int = 64
    label_smoothing: float = 0.0
    offset_scale: float = 0.0
    weigh_by: str = ""
    statuses: tuple[str, ...] = ("accepted",)
    frames: int = 4
    device: str = "auto"
    seed: int = 0

    def __post_init__(self) -> None:
        for kind, name, known in (
            ("loss of an encoder", self.loss, LOSSES),
            ("choice of towers", self.towers, TOWERS),
            ("way to weigh", self.weigh_by, ("", "weight")),
        ):
            if name not in known:
                raise UnknownNameError(kind, name, known)
        if self.loss == "plain" and self.beta != 1:
            raise RunError("beta would have no effect: the plain loss does not know it.", "Leave it out.")
        for what, value, is_right in (
            ("beta", self.beta, self.beta > 0),
            ("learning_rate", self.learning_rate, self.learning_rate > 0),
            ("epochs", self.epochs, self.epochs >= 1),
            ("batch_pairs", self.batch_pairs, self.batch_pairs >= 1),
            ("frames", self.frames, self.frames >= 1),
            ("offset_scale", self.offset_scale, self.offset_scale >= 0),
            ("label_smoothing", self.label_smoothing, 0 <= self.label_smoothing < 0.5),
        ):
            if not is_right:
                raise RunError(f"A {what} of {value} cannot be.", "See workbench.finetune.ScorerConfig.")
