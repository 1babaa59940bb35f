"""Recommend a method for pairs of which some are flipped: only what a measured gain supports.

The gains are those of `python -m benchmarks.noise`, kept beside this file as `noise.json`: accuracy on clean
held-out pairs against plain DPO on the same pairs, with 95 % intervals over seeds. They were measured on one
small captioner of drawn scenes; what they say of other models and pairs is a guess.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

__all__ = ["Recommendation", "read_gains", "recommend_method"]

_FILE: Final = Path(__file__).with_name("noise.json")
#: Measured name -> method. The known flip rate is left out: outside of a benchmark nobody knows it.
_OFFERED: Final = {"rdpo_estimated": "rdpo", "re_po": "re_po"}
_LEVELS: Final = (20, 40)

#: Name of a gain, such as `accuracy_gain_re_po_20` -> mean, low, high.
Gains = Mapping[str, tuple[float, float, float]]


@dataclass(frozen=True, slots=True)
class Recommendation:
    """A method, and what speaks for it.

    Attributes:
        method: a name of `workbench.finetune.METHODS`.
        why: one or two sentences, with the figures.
    """

    method: str
    why: str

    def __str__(self) -> str:
        return f"{self.method}: {self.why}"


def recommend_method(flip_rate: float | None, gains: Gains | None = None) -> Recommendation:
    """Return the method whose measured gain over DPO is beyond doubt at about this rate of flips, else DPO.

    Args:
        flip_rate: how often a preference is recorded the wrong way round, 0..0.5; see `ws.agreement()`. None
            where nobody was asked twice.
        gains: what was measured; that of `noise.json` when left out.

    Example:
        >>> gains = {"accuracy_gain_re_po_20": (0.03, 0.01, 0.05)}
        >>> recommend_method(0.2, gains).method, recommend_method(0.02, gains).method
        ('re_po', 'dpo')
    """
    if flip_rate is None:
        return Recommendation("dpo", "How many pairs are flipped is not known: let some be judged twice.")
    if flip_rate < _LEVELS[0] / 200:
        return Recommendation("dpo", f"Hardly any pair is flipped ({flip_rate:.0%}).")
    level = min(_LEVELS, key=lambda one: abs(one - 100 * flip_rate))
    known = gains if gains is not None else read_gains()
    found = {
        method: known[name]
        for measured, method in _OFFERED.items()
        if (name := f"accuracy_gain_{measured}_{level}") in known
    }
    told = "; ".join(
        f"{method} {mean:+.3f} ({low:+.3f} to {high:+.3f})" for method, (mean, low, high) in found.items()
    )
    proven = {method: gain for method, gain in found.items() if gain[1] > 0}
    if proven:
        best = max(proven, key=lambda method: proven[method][0])
        return Recommendation(best, f"With {level} % flipped it ordered clean pairs better than DPO: {told}.")
    if not found:
        return Recommendation("dpo", f"Nothing was measured with {level} % of the pairs flipped.")
    return Recommendation("dpo", f"With {level} % flipped nothing was better than DPO beyond doubt: {told}.")


def read_gains(file: Path = _FILE) -> dict[str, tuple[float, float, float]]:
    """Return the measured gains by name; none where nothing was measured.

    Args:
        file: results of `benchmarks.noise`.
    """
    if not file.is_file():
        return {}
    results = json.loads(file.read_text(encoding="utf-8"))["results"]
    return {
        name: (one["value"], one["low"], one["high"])
        for name, one in results.items()
        if name.startswith("accuracy_gain_") and one["low"] is not None
    }
