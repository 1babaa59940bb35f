"""Messages and their answers: what a page asks and what it is told, whatever carries them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Answer", "Message", "json_buffer", "texts_of"]

Message = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one command: a small message, and buffers for all that is large."""

    content: dict[str, object] = field(default_factory=dict)
    buffers: list[bytes] = field(default_factory=list)


def json_buffer(content: object) -> bytes:
    """Return content as JSON text for a binary buffer, which the message's own JSON does not copy again."""
    text = json.dumps(content, default=str, ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace")


def texts_of(value: object) -> list[str]:
    """Return a list of a message as texts; anything else is no list, and empty."""
    return [str(part) for part in value] if isinstance(value, list | tuple) else []
