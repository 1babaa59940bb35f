"""Formats that do not say chosen and rejected: labelled answers, rankings, two media by criterion."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations, zip_longest
from pathlib import PurePosixPath
from typing import Final

from workbench.pairs.files.base import (
    BadPair,
    FilePair,
    Format,
    Record,
    find_text,
    media_names,
    read_facts,
    rowwise,
)
from workbench.pairs.files.messages import Turn, prompt_of, read_turns

__all__ = ["FORMATS", "MEDIA_ENDINGS"]

MEDIA_ENDINGS: Final = {
    ".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".mp4", ".webm", ".mov", ".mkv", ".avi", ".wav", ".mp3",
    ".flac", ".ogg",
}  # fmt: skip
_TRUE, _FALSE = {"true", "1", "yes", "desirable"}, {"false", "0", "no", "undesirable"}
_RANKINGS: Final = (("generations", "ranking"), ("completions", "ranks"))
_TIES: Final = {"same", "tie", "equal", "draw"}


# -- KTO: one answer a row ----------------------------------------------------------------------------------


def _is_kto(record: Record) -> bool:
    has_answer = "completion" in record or ("messages" in record and "rejected_response" not in record)
    return has_answer and ("label" in record or "kto_tag" in record)


def _read_kto(rows: Iterable[tuple[str, Record]]) -> Iterator[FilePair | BadPair]:
    """Pair the good answers of a prompt with its bad ones, in their order; bad ones may stay one-sided."""
    items: dict[tuple[str, tuple[str, ...]], tuple[list[_Labelled], list[_Labelled]]] = {}
    for row, record in rows:
        read = _labelled(row, record)
        if isinstance(read, BadPair):
            yield read
            continue
        good, bad = items.setdefault((read.prompt, read.media), ([], []))
        (good if read.is_good else bad).append(read)
    for good, bad in items.values():
        for better, worse in zip_longest(good, bad):
            if worse is None:
                yield BadPair(
                    better.row, "it is a good answer without a bad one to its prompt.", better.text[:80]
                )
            else:
                yield _paired(better, worse)


class _Labelled:
    """One labelled answer."""

    def __init__(self, row: str, record: Record, text: str, prompt: list[Turn] | str, is_good: bool) -> None:
        told = (prompt, (), 0) if isinstance(prompt, str) else prompt_of(prompt)
        self.row, self.text, self.is_good = row, text, is_good
        self.prompt, self.roles, self.marks = told
        self.media = media_names(record)
        self.facts = read_facts(record)


def _labelled(row: str, record: Record) -> _Labelled | BadPair:
    label = str(record.get("label", record.get("kto_tag"))).strip().lower()
    if label not in _TRUE | _FALSE:
        return BadPair(row, "its label is neither true nor false.", label[:80])
    if (turns := read_turns(record.get("messages"))) and len(turns) > 1:
        return _Labelled(row, record, turns[-1].text, turns[:-1], label in _TRUE)
    answer = record.get("completion")
    said = read_turns(answer)
    text = answer if isinstance(answer, str) else said[-1].text if said else None
    if text is None:
        return BadPair(row, "its completion is no text.", repr(answer)[:80])
    prompt = read_turns(record.get("prompt")) or find_text(record, "prompt")
    return _Labelled(row, record, text, prompt, label in _TRUE)


def _paired(better: _Labelled | None, worse: _Labelled) -> FilePair:
    return FilePair(
        row=f"{better.row}+{worse.row}" if better else worse.row,
        chosen=better.text if better else "",
        rejected=worse.text,
        prompt=worse.prompt,
        roles=worse.roles,
        image_marks=worse.marks,
        media=worse.media,
        origin="imported" if better else "rejected_only",
        **worse.facts,  # type: ignore[arg-type]
    )


# -- rankings -----------------------------------------------------------------------------------------------


def _is_ranking(record: Record) -> bool:
    return any(all(isinstance(record.get(one), list) for one in names) for names in _RANKINGS)


def _read_ranking(row: str, record: Record) -> Iterator[FilePair | BadPair]:
    """Compare every two of what was ranked; rank 1 is best, equal ranks are a tie."""
    names = next((two for two in _RANKINGS if two[0] in record), _RANKINGS[0])
    made, ranks = (record.get(name) for name in names)
    if not isinstance(made, list) or not isinstance(ranks, list) or len(made) != len(ranks) or len(made) < 2:
        yield BadPair(row, "its ranking does not give every generation a rank.", str(ranks)[:80])
        return
    if not all(isinstance(one, int | float) and not isinstance(one, bool) for one in ranks):
        yield BadPair(row, "its ranks are no numbers.", str(ranks)[:80])
        return
    side = "media" if all(_is_medium(str(one)) for one in made) else "text"
    for one, other in combinations(range(len(made)), 2):
        better, worse = (one, other) if ranks[one] <= ranks[other] else (other, one)
        chosen, rejected = str(made[better]), str(made[worse])
        yield FilePair(
            row=f"{row}.{one + 1}-{other + 1}",
            chosen=chosen,
            rejected=rejected,
            prompt=find_text(record, "prompt"),
            media=(chosen, rejected) if side == "media" else media_names(record),
            side=side,
            answer="tie" if ranks[one] == ranks[other] else "prefer",
            criterion=find_text(record, "criterion"),
            split=find_text(record, "split") or None,
            margin=float(ranks[worse] - ranks[better]),
        )


def _is_medium(path: str) -> bool:
    return PurePosixPath(path).suffix.lower() in MEDIA_ENDINGS


# -- two media, several criteria ----------------------------------------------------------------------------


def _is_two_media(record: Record) -> bool:
    return "path_A" in record and "path_B" in record


def _read_two_media(row: str, record: Record) -> Iterator[FilePair | BadPair]:
    """Read a column of A, B or same as one comparison on that criterion, with A on the left."""
    answers = {
        name: value.strip()
        for name, value in record.items()
        if isinstance(value, str) and (value.strip() in ("A", "B") or value.strip().lower() in _TIES)
    }
    left, right = _tidy(find_text(record, "path_A")), _tidy(find_text(record, "path_B"))
    if not answers or not left or not right:
        yield BadPair(
            row, "it has no answer A, B or same, or lacks one of its two paths.", str(dict(record))[:80]
        )
        return
    for criterion, answer in answers.items():
        is_left = answer != "B"
        yield FilePair(
            row=f"{row}.{criterion}",
            chosen=left if is_left else right,
            rejected=right if is_left else left,
            prompt=find_text(record, "prompt"),
            media=(left, right),
            side="media",
            answer="prefer" if answer in ("A", "B") else "tie",
            left="chosen" if is_left else "rejected",
            criterion=criterion,
        )


def _tidy(path: str) -> str:
    return str(PurePosixPath(path)) if path else ""


FORMATS: Final = (
    Format("kto", "KTO rows: prompt, completion, label; paired by prompt", _is_kto, _read_kto),
    Format(
        "ranking",
        "rankings: prompt, generations and ranking, or completions and ranks",
        _is_ranking,
        rowwise(_read_ranking),
    ),
    Format(
        "two_media",
        "two media and answers A, B or same by criterion, as VideoAlign has them",
        _is_two_media,
        rowwise(_read_two_media),
    ),
)
