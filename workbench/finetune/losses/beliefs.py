"""How far the order of each pair can be believed, learned while the model trains: RE-PO.

The model's margin is what is known of a pair beforehand; each person who ordered it is a voice; expectation
and maximisation turn both into an accuracy a person and a chance a pair. What it cannot see: a model that has
learned a flipped pair by heart takes its own memory for evidence. So beliefs help in short runs, or not at
all.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl

from workbench.errors import RunError
from workbench.finetune.config import RunConfig
from workbench.finetune.methods import method_of
from workbench.preferences.annotators import Votes, one_coin

__all__ = ["Beliefs", "beliefs_of"]

_ROUNDS = 25


class Beliefs:
    """What is believed of annotators and pairs; margins come in as training goes.

    A pair that nobody ordered has one voice: what made it (its origin and builder).

    Args:
        rows: `ROW_SCHEMA`, the pairs of training.
        start: how reliable an annotator is held to be before any margin, above .5 and below 1.

    Raises:
        RunError: for a start out of its range.

    Source:
        RE-PO (2509.24159); the two steps are written from its abstract, not checked against its algorithm.
    """

    def __init__(self, rows: pl.DataFrame, start: float = 0.9) -> None:
        if not 0.5 < start < 1:
            raise RunError(f"A start_reliability of {start} is not between .5 and 1.", "Give .9 or so.")
        self._start = start
        self._position = {pair: number for number, pair in enumerate(rows["pair_id"])}
        voices = [
            (pair, who, side)
            for pair, row in enumerate(rows.iter_rows(named=True))
            for who, side in _voices(row)
        ]
        self._names = sorted({who for _, who, _ in voices})
        number = {name: place for place, name in enumerate(self._names)}
        pairs, people, sides = (np.array([one[k] for one in voices]) for k in range(3))
        people = np.array([number[str(who)] for who in people], np.int64)
        self._votes = Votes(
            pairs.astype(np.int64), people, sides.astype(np.int64), rows.height, max(1, len(self._names)), 2
        )
        self._margins = np.zeros(rows.height)
        self._infer()

    def confidence(self, rows: Sequence[Mapping[str, object]]) -> list[float]:
        """Return the chance, 0..1, that each pair is recorded the right way round; 1 for one not trained on.

        A held-out pair is looked at as it is recorded: to weigh it by what the model thinks would flatter it.
        """
        places = [self._position.get(str(row["pair_id"])) for row in rows]
        return [1.0 if place is None else float(self._truth[place]) for place in places]

    @property
    def reliability(self) -> dict[str, float]:
        """The accuracy of each annotator as it is believed now, 0..1."""
        return dict(zip(self._names, map(float, self._accuracy), strict=True))

    def learn(self, margins: Mapping[str, float]) -> None:
        """Take the margins of pairs that a step has seen, by pair id, and believe anew.

        Args:
            margins: reward of chosen less rejected: the log-odds, by the model, that the order is right.
        """
        for pair, margin in margins.items():
            self._margins[self._position[pair]] = margin
        self._infer()

    def as_json(self) -> str:
        """Return what a checkpoint must keep: the margins seen so far."""
        return json.dumps({pair: float(self._margins[place]) for pair, place in self._position.items()})

    def restore(self, text: str) -> None:
        """Take up the margins of a checkpoint."""
        self.learn(json.loads(text))

    def _infer(self) -> None:
        chance = 1 / (1 + np.exp(-np.clip(self._margins, -50, 50)))
        prior = np.column_stack([1 - chance, chance])
        found = one_coin(self._votes, prior=prior, start=self._start, rounds=_ROUNDS)
        self._truth, self._accuracy = found.truth[:, 1], found.accuracy


def beliefs_of(rows: pl.DataFrame, config: RunConfig) -> Beliefs | None:
    """Return the beliefs that a method learns; None for a method that learns none.

    Args:
        rows: the pairs of training.
        config: names the method.
    """
    if "voices" not in method_of(config.method).needs:
        return None
    return Beliefs(rows, config.setting("start_reliability"))


def _voices(row: Mapping[str, object]) -> list[tuple[str, int]]:
    chosen, rejected = row["for_chosen"], row["for_rejected"]
    said = [(str(who), 1) for who in chosen] if isinstance(chosen, list) else []
    said += [(str(who), 0) for who in rejected] if isinstance(rejected, list) else []
    return said or [(f"{row['origin']} {row['builder'] or ''}".strip(), 1)]
