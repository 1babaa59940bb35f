"""What a view shows of all pairs, and in which order: the scope, as conditions and as code.

`widgets.table` answers it for millions of pairs; the board for its own rows. Which rows are shown, and in
which order, is a plain array of row numbers, and a page is a slice of it.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from typing import Final

import numpy as np
import numpy.typing as npt
import polars as pl

from widgets.filter_text import Condition, compile_filter
from workbench.errors import UnknownNameError

__all__ = ["SORTS", "TILES", "Arrangement", "Scope", "any_of", "bins_of", "code_of", "parts_of"]

#: Name -> what the page says.
SORTS: Final[Mapping[str, str]] = {
    "lowest": "Lowest score first",
    "suspicious": "Most suspicious first",
    "highest": "Highest score first",
    "newest": "Newest first",
    "path": "By file name",
    "random": "Shuffled",
}
#: What a tile of the gallery stands for.
TILES: Final = ("caption", "sample", "group")
_BINS = 24


@dataclass(frozen=True, slots=True)
class Scope:
    """What a view shows of all pairs.

    Attributes:
        text: the filter as typed.
        low: lowest score shown, from the brush on the histogram; None for no bound.
        high: highest score shown.
        errors: suspected error types of which a pair must have one; empty for any.
        media: media kinds shown; empty for any.
        sort: a name of `SORTS`.
        seed: of the shuffled order, so that it can be shared.
        tile: a name of `TILES`; captions are filtered and ordered, and a tile is where its first one is.
    """

    text: str = ""
    low: float | None = None
    high: float | None = None
    errors: tuple[str, ...] = ()
    media: tuple[str, ...] = ()
    sort: str = "lowest"
    seed: int = 0
    tile: str = "caption"


@dataclass(frozen=True, slots=True)
class Arrangement:
    """The pairs that a scope shows, in its order.

    Attributes:
        order: row numbers of the frame.
        code: the scope as Polars code, "" for everything.
    """

    order: npt.NDArray[np.int64] = field(repr=False)
    code: str


def parts_of(scope: Scope, schema: pl.Schema) -> dict[str, list[Condition]]:
    """Return what narrows a view, part by part: `text`, `score`, `errors`, `media`.

    Raises:
        FilterError: when the filter text cannot be read.
        UnknownNameError: for a sort or a tile that does not exist.
    """
    if scope.sort not in SORTS:
        raise UnknownNameError("sort", scope.sort, SORTS)
    if scope.tile not in TILES:
        raise UnknownNameError("tile", scope.tile, TILES)
    typed = compile_filter(scope.text, schema)
    bounds = ((">=", scope.low, operator.ge), ("<=", scope.high, operator.le))
    brushed = [
        Condition(compare(pl.col("score"), bound), f'pl.col("score") {sign} {bound!r}', "compare")
        for sign, bound, compare in bounds
        if bound is not None
    ]
    return {
        "text": [typed] if typed else [],
        "score": brushed,
        "errors": [any_of(scope.errors, "error_types", is_list=True)] if scope.errors else [],
        "media": [any_of(scope.media, "media", is_list=False)] if scope.media else [],
    }


def code_of(conditions: Sequence[Condition]) -> str:
    """Return the conditions as Polars code on a frame of pairs, "" for none."""
    return f"frame.filter({reduce(operator.and_, conditions).code})" if conditions else ""


def any_of(values: Sequence[str], column: str, *, is_list: bool) -> Condition:
    """Return the condition that a column holds one of these values."""
    subject = pl.col(column)
    if not is_list:
        return Condition(subject.is_in(list(values)), f'pl.col("{column}").is_in({list(values)})')
    expression = subject.list.set_intersection(list(values)).list.len() > 0
    code = f'pl.col("{column}").list.set_intersection({list(values)}).list.len() > 0'
    return Condition(expression, code, "compare")


def bins_of(every: pl.Series, shown: pl.Series) -> dict[str, object] | None:
    """Count numbers for a histogram: all of them and those shown, in the same bins; None without any."""
    values = every.drop_nulls().drop_nans().to_numpy()
    if not len(values):
        return None
    low, high = float(values.min()), float(values.max())
    edges = np.linspace(low, high if high > low else low + 1e-6, _BINS + 1)
    counts = [np.histogram(part.drop_nulls().drop_nans().to_numpy(), edges)[0] for part in (every, shown)]
    return {"low": low, "high": high, "all": counts[0].tolist(), "shown": counts[1].tolist()}
