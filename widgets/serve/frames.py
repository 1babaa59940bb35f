"""Frames: one answer, its message and its buffers, as one binary message of a WebSocket.

Four bytes with the length of the head, most significant first; the head, JSON with `content` and the `sizes`
of the buffers; then the buffers, one after the other.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping, Sequence

__all__ = ["pack", "unpack"]


def pack(content: Mapping[str, object], buffers: Sequence[bytes] = ()) -> bytes:
    """Return a message and its buffers as one frame.

    Example:
        >>> unpack(pack({"re": "a1"}, [b"xy", b""]))
        ({'re': 'a1'}, [b'xy', b''])
    """
    told = {"content": content, "sizes": [len(part) for part in buffers]}
    head = json.dumps(told, default=str, ensure_ascii=False).encode("utf-8", "replace")
    return b"".join((struct.pack(">I", len(head)), head, *buffers))


def unpack(frame: bytes) -> tuple[dict[str, object], list[bytes]]:
    """Return the message of a frame and its buffers."""
    [length] = struct.unpack_from(">I", frame)
    head = json.loads(frame[4 : 4 + length])
    parts, place = [], 4 + length
    for size in head["sizes"]:
        parts.append(frame[place : place + size])
        place += size
    return head["content"], parts
