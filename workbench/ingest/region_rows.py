"""One named thing of a picture as its source gives it, and how its fields are understood."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .base import ALIASES, BadRow

__all__ = ["RegionRow", "read_record"]

_LABELS = ("label", "category", "name", "class", "class_name")
_WIDTHS, _HEIGHTS = ("width", "w"), ("height", "h")
_CONFIDENCES = ("confidence", "score")


@dataclass(frozen=True, slots=True)
class RegionRow:
    """One region as read: `box` is x, y, width, height; in pixels where `is_pixels`, else in fractions.

    `key` is the source's own id, by which relations of the same picture name it. `size` is the picture's
    width and height in pixels where the source tells it.
    """

    number: int
    path: str
    label: str
    box: tuple[float, float, float, float] | None = None
    is_pixels: bool = False
    key: str | None = None
    start_s: float | None = None
    end_s: float | None = None
    attributes: tuple[str, ...] = ()
    relations: tuple[tuple[str, str], ...] = ()
    source: str | None = None
    confidence: float | None = None
    size: tuple[float, float] | None = None


def read_record(
    number: int, record: Mapping[str, object], *, is_pixels: bool | None = None
) -> RegionRow | BadRow:
    """Understand one record, or say why not.

    Args:
        number: of the row in its source, from 1.
        record: field -> value.
        is_pixels: whether the box is in pixels; None takes a number above 1 as the sign of it.
    """
    fields = {str(name).strip().lower(): value for name, value in record.items() if value is not None}
    path = _text(fields, ("sample_id", *ALIASES["path"]))
    label = _text(fields, _LABELS)
    if path is None:
        return BadRow(number, None, "the row names no file.", str(dict(record))[:200])
    if label is None:
        return BadRow(number, path, "the row has no label.", str(dict(record))[:200])
    try:
        box = _box(fields)
        times = _number(fields, ALIASES["start_s"]), _number(fields, ALIASES["end_s"])
        confidence = _number(fields, _CONFIDENCES)
        attributes = _attributes(fields.get("attributes"))
        relations = _relations(fields.get("relations"))
    except ValueError as error:
        return BadRow(number, path, f"{error}", str(dict(record))[:200])
    if confidence is not None and not 0 <= confidence <= 1:
        return BadRow(number, path, "the confidence is not between 0 and 1.", str(confidence))
    if times[0] is not None and times[1] is not None and times[0] >= times[1]:
        return BadRow(number, path, "the interval ends before it starts.", str(times))
    in_pixels = is_pixels if is_pixels is not None else box is not None and max(box) > 1
    return RegionRow(
        number,
        path,
        label,
        box,
        in_pixels,
        _text(fields, ("region_id", "object_id", "id")),
        *times,
        attributes,
        relations,
        _text(fields, ("source",)),
        confidence,
    )


def _text(fields: Mapping[str, object], names: Sequence[str]) -> str | None:
    for name in names:
        value = fields.get(name)
        if isinstance(value, (str, int)) and not isinstance(value, bool) and str(value).strip():
            return str(value).strip()
    return None


def _number(fields: Mapping[str, object], names: Sequence[str]) -> float | None:
    value = next((fields[name] for name in names if name in fields), None)
    if value is None or value == "":
        return None
    try:
        found = float(value) if isinstance(value, (int, float, str)) else math.nan
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise ValueError(f"the {names[0]} is not a number.")
    return found


def _box(fields: Mapping[str, object]) -> tuple[float, float, float, float] | None:
    given = fields.get("bbox", fields.get("box"))
    if isinstance(given, (list, tuple)):
        if len(given) != 4:
            raise ValueError("the box has not four numbers: x, y, width, height.")
        fields = dict(zip(("x", "y", "width", "height"), given, strict=True))
    parts = [_number(fields, names) for names in (("x",), ("y",), _WIDTHS, _HEIGHTS)]
    if all(part is None for part in parts):
        return None
    x, y, width, height = parts
    if x is None or y is None or width is None or height is None:
        raise ValueError("the box lacks one of x, y, width, height.")
    if width <= 0 or height <= 0:
        raise ValueError("the box is empty: its width and height must be above 0.")
    return x, y, width, height


def _attributes(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    if isinstance(value, (list, tuple)) and all(isinstance(one, str) for one in value):
        return tuple(one.strip() for one in value if one.strip())
    raise ValueError("the attributes are not a list of words.")


def _relations(value: object) -> tuple[tuple[str, str], ...]:
    if value is None or value == "":
        return ()
    if not isinstance(value, (list, tuple)):
        raise ValueError("the relations are not a list of [predicate, region_id].")
    found = []
    for one in value:
        if isinstance(one, dict):
            one = [one.get("predicate", one.get("name")), one.get("object", one.get("region_id"))]
        is_pair = isinstance(one, (list, tuple)) and len(one) == 2
        if not is_pair or not isinstance(one[0], str) or one[1] is None:
            raise ValueError("a relation is not [predicate, region_id].")
        found.append((one[0].strip(), str(one[1])))
    return tuple(found)
