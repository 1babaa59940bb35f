"""Exports of annotation tools: Argilla and Label Studio, one row an item, any number of answers on it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Final

from workbench.pairs.files.base import BadPair, FilePair, Format, Record, media_names, rowwise
from workbench.pairs.files.messages import count_marks, read_turns
from workbench.pairs.files.ranked import MEDIA_ENDINGS

__all__ = ["FORMATS"]

_NUMBERED: Final = re.compile(
    r"[\s_.-]*(?:option|answer)?[\s_.-]*(1|2|a|b|one|two|left|right|first|second)$", re.I
)
_FIRST: Final = {"1", "a", "one", "left", "first"}
_TIES: Final = {"tie", "same", "equal", "both", "both good", "draw"}
_BOTH_BAD: Final = {"both bad", "neither", "none", "bad"}
_PROMPTS: Final = ("prompt", "instruction", "question", "query", "input", "context")


# -- Argilla ------------------------------------------------------------------------------------------------


def _is_argilla(record: Record) -> bool:
    return isinstance(record.get("fields"), Mapping) and ("responses" in record or "suggestions" in record)


def _read_argilla(row: str, record: Record) -> Iterator[FilePair | BadPair]:
    """Read every submitted answer of a record; a suggestion counts only where nobody answered."""
    fields = record["fields"]
    texts = (
        {str(name): text for name, one in fields.items() if (text := _text(one))}
        if isinstance(fields, Mapping)
        else {}
    )
    answers = list(_argilla_answers(record))
    if not answers:
        yield BadPair(row, "nobody has answered it.", ", ".join(texts)[:80])
        return
    two = _two_sides(list(texts))
    for number, (annotator, value) in enumerate(answers, start=1):
        name = f"{row}.{number}" if len(answers) > 1 else row
        ranked = _ranks(value, texts)
        if ranked is None and two is None:
            yield BadPair(name, "which two of its fields are compared cannot be told.", ", ".join(texts)[:80])
            continue
        told = ranked if ranked is not None else _pick(value, two) if two else None
        if told is None:
            yield BadPair(name, "its answer names neither of its two texts.", repr(value)[:80])
            continue
        chosen, rejected, answer = told
        yield _made(row, name, texts, (chosen, rejected), answer, two, annotator, record)


def _argilla_answers(record: Record) -> Iterator[tuple[str, object]]:
    """Yield (annotator, value) of both spellings of an export: by question, and by user."""
    responses = record.get("responses")
    found = False
    if isinstance(responses, Mapping):
        for listed in responses.values():
            for one in listed if isinstance(listed, Sequence) else []:
                if isinstance(one, Mapping) and one.get("value") is not None:
                    found = True
                    yield str(one.get("user_id") or ""), one["value"]
    elif isinstance(responses, Sequence) and not isinstance(responses, str):
        for one in responses:
            if not isinstance(one, Mapping) or one.get("status") not in (None, "submitted"):
                continue
            for answer in (one.get("values") or {}).values():
                found = True
                yield (
                    str(one.get("user_id") or ""),
                    answer.get("value") if isinstance(answer, Mapping) else answer,
                )
    if not found:
        yield from _suggested(record.get("suggestions"))


def _suggested(suggestions: object) -> Iterator[tuple[str, object]]:
    listed = suggestions.values() if isinstance(suggestions, Mapping) else suggestions
    for one in listed if isinstance(listed, Sequence) or hasattr(listed, "__iter__") else []:
        if isinstance(one, Mapping) and one.get("value") is not None:
            yield str(one.get("agent") or "suggestion"), one["value"]


def _ranks(value: object, texts: Mapping[str, str]) -> tuple[str, str, str] | None:
    """Return the best and the next of a ranking; equal ranks are a tie."""
    if not isinstance(value, Sequence) or isinstance(value, str):
        return None
    ranks = {
        str(one["value"]): one["rank"]
        for one in value
        if isinstance(one, Mapping) and one.get("value") in texts and isinstance(one.get("rank"), int)
    }
    if len(ranks) < 2:
        return None
    best, worst = min(ranks, key=lambda name: ranks[name]), max(ranks, key=lambda name: ranks[name])
    if ranks[best] == ranks[worst]:
        first, second, *_ = ranks
        return first, second, "tie"
    return best, worst, "prefer"


# -- Label Studio -------------------------------------------------------------------------------------------


def _is_label_studio(record: Record) -> bool:
    return isinstance(record.get("data"), Mapping) and "annotations" in record


def _read_label_studio(row: str, record: Record) -> Iterator[FilePair | BadPair]:
    """Read every pairwise result; what stands first in `to_name` is what was on the left."""
    data = record["data"]
    texts = (
        {str(name): text for name, one in data.items() if (text := _text(one))}
        if isinstance(data, Mapping)
        else {}
    )
    given = record.get("annotations")
    made = [
        (annotation, result)
        for annotation in (given if isinstance(given, Sequence) else [])
        if isinstance(annotation, Mapping) and not annotation.get("was_cancelled")
        for result in annotation.get("result") or []
        if isinstance(result, Mapping) and result.get("type") == "pairwise"
    ]
    if not made:
        yield BadPair(row, "it has no pairwise result that was not cancelled.", ", ".join(texts)[:80])
        return
    for number, (annotation, result) in enumerate(made, start=1):
        name = f"{row}.{number}" if len(made) > 1 else row
        named = tuple(part.strip() for part in str(result.get("to_name", "")).split(","))
        two = (
            (named[0], named[1]) if len(named) == 2 and set(named) <= set(texts) else _two_sides(list(texts))
        )
        value = result.get("value")
        told = _pick(value.get("selected") if isinstance(value, Mapping) else None, two) if two else None
        if two is None or told is None:
            yield BadPair(name, "which of its two sides was selected cannot be told.", repr(value)[:80])
            continue
        yield _made(row, name, texts, told[:2], told[2], two, _who(annotation.get("completed_by")), record)


def _who(value: object) -> str:
    if isinstance(value, Mapping):
        return str(value.get("email") or value.get("id") or "")
    return "" if value is None else str(value)


# -- both ---------------------------------------------------------------------------------------------------


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    turns = read_turns(value)
    return "\n".join(turn.text for turn in turns) if turns else ""


def _two_sides(names: Sequence[str]) -> tuple[str, str] | None:
    """Return the two names that differ in a number or letter at the end, such as `text1` and `text2`."""
    by_stem: dict[str, list[str]] = {}
    for name in names:
        if found := _NUMBERED.search(name):
            by_stem.setdefault(name[: found.start()].lower(), []).append(name)
    twos = [group for group in by_stem.values() if len(group) == 2]
    return (twos[0][0], twos[0][1]) if len(twos) == 1 else None


def _pick(value: object, two: tuple[str, str]) -> tuple[str, str, str] | None:
    """Return (chosen, rejected, answer) by the name of a field, or by first and second, left and right."""
    first, second = two
    if not isinstance(value, str | int):
        return None
    said = str(value).strip()
    if said in two:
        return (first, second, "prefer") if said == first else (second, first, "prefer")
    plain = re.sub(r"[\s_-]+", " ", said.lower())
    if plain in _TIES:
        return first, second, "tie"
    if plain in _BOTH_BAD:
        return first, second, "both_bad"
    if found := _NUMBERED.search(plain):
        return (first, second, "prefer") if found[1].lower() in _FIRST else (second, first, "prefer")
    return None


def _made(
    item: str,
    row: str,
    texts: Mapping[str, str],
    sides: tuple[str, str],
    answer: str,
    two: tuple[str, str] | None,
    annotator: str,
    record: Record,
) -> FilePair:
    chosen, rejected = texts[sides[0]], texts[sides[1]]
    prompt = next((texts[name] for name in _PROMPTS if name in texts and name not in sides), "")
    told, marks = count_marks(prompt)
    inside = record.get("data", record.get("fields"))
    metadata = record.get("metadata")
    is_media = all(PurePosixPath(one).suffix.lower() in MEDIA_ENDINGS for one in (chosen, rejected))
    named = (
        {name: one for name, one in inside.items() if name not in sides}
        if isinstance(inside, Mapping)
        else {}
    )
    media = media_names(named) or (media_names(metadata) if isinstance(metadata, Mapping) else ())
    left = "" if two is None else "chosen" if sides[0] == two[0] else "rejected"
    return FilePair(
        row=row,
        item=item,
        chosen=chosen,
        rejected=rejected,
        prompt=told,
        image_marks=marks,
        media=(chosen, rejected) if is_media else media,
        side="media" if is_media else "text",
        answer=answer,
        left=left if answer == "prefer" else "",
        annotator=annotator,
    )


FORMATS: Final = (
    Format("argilla", "records of Argilla with a label or a ranking", _is_argilla, rowwise(_read_argilla)),
    Format(
        "label_studio",
        "Label Studio JSON with pairwise results",
        _is_label_studio,
        rowwise(_read_label_studio),
    ),
)
