"""The colours of the map's points: a number a sample, and what the numbers mean."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from widgets.plots.picks import Tally
from workbench.errors import UnknownNameError

__all__ = ["BY_ERROR", "BY_SCORE", "colour_names", "colour_samples"]

Codes = npt.NDArray[np.uint8]
BY_SCORE: Final = "lowest score"
BY_ERROR: Final = "suspected error"
#: Hues that can be told apart; what is beyond them shares the last.
_HUES: Final = 8
_NONE: Final = 255


def colour_names(tally: Tally) -> list[str]:
    """Return what the points can be coloured by."""
    names = [BY_SCORE] if tally.scores is not None else []
    return [*names, *([BY_ERROR] if tally.columns.errors else []), *tally.columns.cuts]


def colour_samples(tally: Tally, name: str) -> tuple[Codes, dict[str, object]]:
    """Return the colour of every sample (samples,), 255 for none, and the legend.

    The legend has `kind` `scale` (0 is the lowest, 254 the highest) or `names`, with the `names` by number.

    Raises:
        UnknownNameError: when the points cannot be coloured so.
    """
    if name not in (known := colour_names(tally)):
        if not known:
            return np.full(len(tally.columns.sample_ids), _NONE, np.uint8), {"kind": "names", "names": []}
        raise UnknownNameError("colour", name, known)
    if name == BY_SCORE:
        return _by_score(tally)
    if name == BY_ERROR:
        return _by_error(tally)
    column = tally.columns.cuts[name]
    codes = column.codes[tally.columns.first_of_samples()]
    return _by_size(codes, column.values)


def _by_score(tally: Tally) -> tuple[Codes, dict[str, object]]:
    """Colour by the rank of a sample's lowest score: ranks spread the colours whatever the scores' shape."""
    assert tally.scores is not None
    lowest = tally.columns.lowest_of_samples(tally.scores.values)
    is_known = np.isfinite(lowest)
    codes = np.full(len(lowest), _NONE, np.uint8)
    order = np.argsort(lowest[is_known], kind="stable")
    ranks = np.empty(len(order), np.int64)
    ranks[order] = np.arange(len(order))
    codes[is_known] = ranks * 254 // max(1, len(order) - 1)
    return codes, {"kind": "scale", "low": f"lowest {tally.scores.name}", "high": "highest"}


def _by_error(tally: Tally) -> tuple[Codes, dict[str, object]]:
    """Colour by the rarest error that a sample is suspected of: the common ones are seen anyway."""
    names = list(tally.columns.errors)
    codes = np.full(len(tally.columns.sample_ids), _NONE, np.uint8)
    for number, name in enumerate(names):
        codes[tally.columns.rows[tally.columns.errors[name]]] = min(number, _HUES - 1)
    return codes, {"kind": "names", "names": _named([name.replace("_", " ") for name in names])}


def _by_size(codes: npt.NDArray[np.unsignedinteger], values: list[str]) -> tuple[Codes, dict[str, object]]:
    order = np.argsort(-np.bincount(codes, minlength=len(values)), kind="stable")
    place = np.empty(len(values), np.int64)
    place[order] = np.minimum(np.arange(len(values)), _HUES - 1)
    return place[codes].astype(np.uint8), {"kind": "names", "names": _named([values[at] for at in order])}


def _named(names: list[str]) -> list[str]:
    return names if len(names) <= _HUES else [*names[: _HUES - 1], f"{len(names) - _HUES + 1} others"]
