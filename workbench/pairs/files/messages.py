"""Turns of a conversation, in the two spellings that training files use."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

__all__ = ["MARKS", "Turn", "count_marks", "prompt_of", "read_turns"]

_ROLES: Final = {
    "human": "user", "gpt": "assistant", "bot": "assistant", "chatgpt": "assistant", "model": "assistant",
    "observation": "tool", "function": "tool",
}  # fmt: skip

#: Places for media in a prompt that is one text.
MARKS: Final = re.compile(r"<(?:image|video|audio)>|<\|(?:image|video|audio)[a-z_]*\|>")


@dataclass(frozen=True, slots=True)
class Turn:
    """What one side says at a time.

    Attributes:
        role: `system`, `user`, `assistant` or `tool`; any other word as it is written.
        text: what is said, without its marks for media.
        marks: places for media.
    """

    role: str
    text: str
    marks: int = 0


def read_turns(value: object) -> list[Turn] | None:
    """Return the turns of a list of messages, or of one message; None when it is neither."""
    listed = [value] if isinstance(value, Mapping) else value
    if not isinstance(listed, Sequence) or isinstance(listed, str | bytes) or not listed:
        return None
    turns = [_read_turn(one) for one in listed]
    return None if any(turn is None for turn in turns) else [turn for turn in turns if turn]


def _read_turn(message: object) -> Turn | None:
    if not isinstance(message, Mapping):
        return None
    role = message.get("role", message.get("from"))
    content = message.get("content", message.get("value"))
    if not isinstance(role, str):
        return None
    told = _read_content(content)
    return None if told is None else Turn(_ROLES.get(role.lower(), role.lower()), *told)


def _read_content(content: object) -> tuple[str, int] | None:
    """Return the text and the places for media of a message: one text, or a list of parts."""
    if isinstance(content, str):
        return count_marks(content)
    if not isinstance(content, Sequence):
        return None
    texts, marks = [], 0
    for part in content:
        if isinstance(part, str):
            texts.append(part)
        elif isinstance(part, Mapping) and isinstance(part.get("text"), str):
            texts.append(str(part["text"]))
        elif isinstance(part, Mapping):
            marks += 1
    return "\n".join(texts), marks


def count_marks(text: str) -> tuple[str, int]:
    """Return a text without its places for media, and how many there were.

    Example:
        >>> count_marks("<image>What is this?")
        ('What is this?', 1)
    """
    found = len(MARKS.findall(text))
    return (MARKS.sub("", text).strip() if found else text), found


def prompt_of(turns: Sequence[Turn]) -> tuple[str, tuple[str, ...], int]:
    """Return the prompt that turns make: its text, its roles, its places for media."""
    text = "\n".join(turn.text for turn in turns)
    return text, tuple(turn.role for turn in turns), sum(turn.marks for turn in turns)
