"""Formats with a chosen and a rejected side: TRL, HH, RLAIF-V, LLaMA-Factory and ms-swift."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import takewhile
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
from workbench.pairs.files.messages import Turn, count_marks, prompt_of, read_turns

__all__ = ["FORMATS"]

_HH_TURN: Final = re.compile(r"\n\n(Human|Assistant):")
_ENDED_PROMPT: Final = re.compile(r"\s*$")


def _has_sides(record: Record) -> bool:
    return record.get("chosen") is not None and record.get("rejected") is not None


def _both(record: Record, kind: type | tuple[type, ...]) -> bool:
    return isinstance(record.get("chosen"), kind) and isinstance(record.get("rejected"), kind)


def _pair(
    row: str,
    record: Record,
    chosen: Turn | str,
    rejected: Turn | str,
    prompt: Sequence[Turn] | str,
    problem: str = "",
) -> FilePair:
    if isinstance(prompt, str):
        told, marks = count_marks(prompt)
        roles: tuple[str, ...] = ()
    else:
        told, roles, marks = prompt_of(prompt)
    return FilePair(
        row=row,
        chosen=chosen if isinstance(chosen, str) else chosen.text,
        rejected=rejected if isinstance(rejected, str) else rejected.text,
        prompt=told,
        roles=roles,
        image_marks=marks,
        media=media_names(record),
        problem=problem,
        **read_facts(record),  # type: ignore[arg-type]
    )


# -- TRL ----------------------------------------------------------------------------------------------------


def _read_trl(row: str, record: Record) -> Iterator[FilePair | BadPair]:
    missing = [side for side in ("chosen", "rejected") if not isinstance(record.get(side), str)]
    if missing:
        yield _no_text(row, record, missing)
        return
    prompt = find_text(record, "prompt", "question", "query", "input")
    yield _pair(row, record, find_text(record, "chosen"), find_text(record, "rejected"), prompt)


def _read_conversational(row: str, record: Record) -> Iterator[FilePair | BadPair]:
    sides = [read_turns(record.get(side)) for side in ("chosen", "rejected")]
    chosen, rejected = sides
    if chosen is None or rejected is None:
        yield _no_text(
            row, record, [n for n, s in zip(("chosen", "rejected"), sides, strict=True) if s is None]
        )
        return
    given = record.get("prompt")
    prompt = read_turns(given) if not isinstance(given, str) else [Turn("user", *count_marks(given))]
    if prompt is None and given is not None:
        yield BadPair(row, "its prompt is no list of messages.", repr(given)[:80])
    elif prompt is None:
        yield _implicit(row, record, chosen, rejected)
    else:
        yield _answered(row, record, prompt, chosen, rejected)


def _answered(
    row: str, record: Record, prompt: list[Turn], chosen: list[Turn], rejected: list[Turn]
) -> FilePair | BadPair:
    """Return the pair of two answers to a prompt; of several messages an answer is all of them."""
    problem = "answer in several messages, read as one." if len(chosen) > 1 or len(rejected) > 1 else ""
    if any(turn.role != "assistant" for turn in (chosen[0], rejected[0])):
        problem = "have an answer that is not the assistant's."
    one, other = ("\n".join(turn.text for turn in side) for side in (chosen, rejected))
    return _pair(row, record, one, other, prompt, problem)


def _implicit(row: str, record: Record, chosen: list[Turn], rejected: list[Turn]) -> FilePair | BadPair:
    """Take what both conversations begin with for the prompt."""
    same = (one == other for one, other in zip(chosen, rejected, strict=False))
    shared = sum(1 for _ in takewhile(bool, same))
    shared = min(shared, len(chosen) - 1, len(rejected) - 1)
    if shared == 0:
        return BadPair(row, "its two conversations begin with nothing in common, so that there is no prompt.")
    return _answered(row, record, chosen[:shared], chosen[shared:], rejected[shared:])


def _no_text(row: str, record: Record, missing: Sequence[str]) -> BadPair:
    seen = {name: type(record.get(name)).__name__ for name in missing}
    return BadPair(row, f"its {' and its '.join(missing)} side is not there.", str(seen))


# -- HH -----------------------------------------------------------------------------------------------------


def _is_hh(record: Record) -> bool:
    return _both(record, str) and all(
        _HH_TURN.match(find_text(record, side)) for side in ("chosen", "rejected")
    )


def _read_hh(row: str, record: Record) -> Iterator[FilePair | BadPair]:
    sides = [_hh_turns(find_text(record, side)) for side in ("chosen", "rejected")]
    if not all(sides):
        yield BadPair(row, 'it does not begin with "Human:".', find_text(record, "chosen")[:80])
        return
    yield _implicit(row, record, *sides)


def _hh_turns(text: str) -> list[Turn]:
    pieces = _HH_TURN.split(text)
    if pieces[0].strip() or len(pieces) < 3:
        return []
    roles = {"Human": "user", "Assistant": "assistant"}
    return [Turn(roles[who], said.strip()) for who, said in zip(pieces[1::2], pieces[2::2], strict=True)]


# -- RLAIF-V ------------------------------------------------------------------------------------------------


def _read_rlaif_v(row: str, record: Record) -> Iterator[FilePair | BadPair]:
    if not _both(record, str):
        yield _no_text(row, record, [one for one in ("chosen", "rejected") if not find_text(record, one)])
        return
    question = find_text(record, "question")
    made = _pair(row, record, find_text(record, "chosen"), find_text(record, "rejected"), "")
    text, marks = count_marks(question)
    yield FilePair(
        row=row, chosen=made.chosen, rejected=made.rejected, prompt=text, media=made.media,
        image_marks=marks or len(made.media), margin=made.margin, split=made.split, lang=made.lang,
    )  # fmt: skip


# -- LLaMA-Factory ------------------------------------------------------------------------------------------


def _read_llama_factory(row: str, record: Record) -> Iterator[FilePair | BadPair]:
    turns = read_turns(record.get("conversations"))
    if "conversations" in record and turns is None:
        yield BadPair(row, "its conversations are no list of messages.", repr(record["conversations"])[:80])
        return
    if turns is None:
        parts = [find_text(record, "instruction"), find_text(record, "input")]
        turns = [Turn("user", *count_marks("\n".join(part for part in parts if part)))]
    if system := find_text(record, "system"):
        turns = [Turn("system", system), *turns]
    sides = [_one_side(record.get(side)) for side in ("chosen", "rejected")]
    chosen, rejected = sides
    if chosen is None or rejected is None:
        yield _no_text(
            row, record, [n for n, s in zip(("chosen", "rejected"), sides, strict=True) if s is None]
        )
        return
    yield _answered(row, record, turns, [chosen], [rejected])


def _one_side(value: object) -> Turn | None:
    if isinstance(value, str):
        return Turn("assistant", value)
    turns = read_turns(value)
    return turns[0] if turns and len(turns) == 1 else None


# -- ms-swift -----------------------------------------------------------------------------------------------


def _is_swift(record: Record) -> bool:
    return "messages" in record and any(one in record for one in ("rejected_response", "rejected_messages"))


def _read_swift(row: str, record: Record) -> Iterator[FilePair | BadPair]:
    turns = read_turns(record.get("messages"))
    if not turns or turns[-1].role != "assistant":
        yield BadPair(row, "its messages do not end with the assistant, who says the chosen answer.")
        return
    prompt, chosen = turns[:-1], turns[-1]
    other = record.get("rejected_response")
    if isinstance(other, str):
        yield _answered(row, record, prompt, [chosen], [Turn("assistant", other)])
        return
    others = read_turns(record.get("rejected_messages"))
    if not others:
        yield _no_text(row, {"rejected": other}, ["rejected"])
        return
    same_prompt = [turn.text for turn in others[:-1]] == [turn.text for turn in prompt]
    made = _answered(row, record, prompt, [chosen], [others[-1]])
    yield (
        made
        if same_prompt
        else BadPair(row, "its rejected messages answer another prompt than its messages.")
    )


# -- the workbench itself -----------------------------------------------------------------------------------


def _is_own(record: Record) -> bool:
    return all(name in record for name in ("pair_id", "chosen_text", "rejected_text", "status"))


def _read_own(row: str, record: Record) -> Iterator[FilePair | BadPair]:
    """Read a pair as the workbench wrote it, with all that it knew of it."""
    said = {name: find_text(record, name) for name in ("chosen_text", "rejected_text", "origin", "status")}
    if not said["rejected_text"]:
        yield _no_text(row, record, ["rejected_text"])
        return
    facts = read_facts(record)
    yield FilePair(
        row=row,
        chosen=said["chosen_text"],
        rejected=said["rejected_text"],
        prompt=find_text(record, "asked", "prompt"),
        media=media_names(record, ("images", "path")),
        origin=said["origin"] or "imported",
        answer=said["status"] if said["status"] in ("tie", "both_bad") else "prefer",
        status=said["status"],
        sample_id=find_text(record, "sample_id"),
        builder=find_text(record, "builder"),
        error_type=find_text(record, "error_type"),
        completeness=find_text(record, "completeness") or "unknown",
        is_leaky=str(record.get("is_leaky")).lower() == "true",
        **facts,  # type: ignore[arg-type]
    )


FORMATS: Final = (
    Format("workbench", "pairs as the workbench writes them whole", _is_own, rowwise(_read_own)),
    Format("ms_swift", "ms-swift rows: messages, rejected_response", _is_swift, rowwise(_read_swift)),
    Format(
        "rlaif_v",
        "RLAIF-V rows: question, chosen, rejected, image",
        lambda record: _has_sides(record) and "question" in record,
        rowwise(_read_rlaif_v),
    ),
    Format(
        "llama_factory",
        "LLaMA-Factory ranking rows: conversations or instruction, chosen, rejected",
        lambda record: _has_sides(record) and ("conversations" in record or "instruction" in record),
        rowwise(_read_llama_factory),
    ),
    Format("hh", 'HH rows: "Human:" and "Assistant:" inside chosen and rejected', _is_hh, rowwise(_read_hh)),
    Format(
        "trl_conversational",
        "TRL conversational rows: messages in prompt, chosen, rejected, or no prompt",
        lambda record: _has_sides(record) and not _both(record, str),
        rowwise(_read_conversational),
    ),
    Format(
        "trl",
        "TRL standard rows: prompt, chosen, rejected",
        lambda record: "chosen" in record and "rejected" in record,
        rowwise(_read_trl),
    ),
)
