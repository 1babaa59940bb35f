"""Be the process in which eSpeak NG speaks: an order as JSON comes in, samples go out.

Run by path from `voices`, and never imported by the workbench: the engine is GPL-3, and it carries state from
one line to the next, so that only a fresh process makes the same lines the same samples. It needs nothing but
the standard library and the package that carries the engine.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import struct
import sys

__all__ = ["serve"]

_SYNCHRONOUS, _UTF8, _RATE, _PITCH = 2, 1, 1, 3  # of speak_lib.h


def serve() -> None:
    """Read an order from standard input and write the samples of each line, with its size before it."""
    package = importlib.import_module("espeakng_loader")
    order = json.load(sys.stdin)
    engine = ctypes.CDLL(package.get_library_path())
    engine.espeak_ng_SetRandSeed.argtypes = [ctypes.c_long]
    if engine.espeak_Initialize(_SYNCHRONOUS, 0, package.get_data_path().encode(), 0) < 0:
        raise SystemExit("its voices cannot be read")
    spoken: list[bytes] = []

    def keep(samples: int | None, count: int, _: int | None) -> int:
        if samples and count:
            spoken.append(ctypes.string_at(samples, 2 * count))
        return 0

    hear = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p)(keep)
    engine.espeak_SetSynthCallback(hear)
    engine.espeak_ng_SetRandSeed(order["seed"])
    for line in order["lines"]:
        spoken.clear()
        if engine.espeak_SetVoiceByName(line["voice"].encode()):
            raise SystemExit(f"there is no voice {line['voice']!r}")
        engine.espeak_SetParameter(_RATE, line["words_per_minute"], 0)
        engine.espeak_SetParameter(_PITCH, line["pitch"], 0)
        text = line["text"].encode() + b"\0"
        engine.espeak_Synth(text, ctypes.c_size_t(len(text)), 0, 1, 0, _UTF8, None, None)
        engine.espeak_Synchronize()
        whole = b"".join(spoken)
        sys.stdout.buffer.write(struct.pack("<i", len(whole)) + whole)


if __name__ == "__main__":
    serve()
