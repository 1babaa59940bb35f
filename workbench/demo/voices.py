"""Speak lines with eSpeak NG, in a process of its own, for benchmarks and tests.

The engine comes inside the package `espeakng-loader` (extra `dev`). It is GPL-3, so nothing that a user
of the workbench runs needs it: only the spoken world of the demo starts it. It carries state from one line to
the next; a fresh process makes the same lines the same samples.
"""

from __future__ import annotations

import json
import struct
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from workbench.errors import MediaError, MissingExtraError

__all__ = ["ENGINE_RATE_HZ", "VOICES", "Utterance", "can_speak", "speak"]

ENGINE_RATE_HZ = 22_050
#: Accents, larynxes and, with `klatt`, another way of making the sound (formant filters, Klatt 1980).
VOICES = (
    "en-us", "en-us+m1", "en-us+m3", "en-us+m5", "en-us+m7", "en-us+f2", "en-us+f4", "en-us+klatt2",
    "en-gb-x-rp", "en-gb-x-rp+m2", "en-gb-x-rp+m6", "en-gb-x-rp+f1", "en-gb-x-rp+f3", "en-gb-scotland+m4",
)  # fmt: skip

Samples = npt.NDArray[np.float32]

_TIMEOUT_S = 120


@dataclass(frozen=True)
class Utterance:
    """A line to be spoken: its text, the voice, words a minute, and the pitch from 0 to 99."""

    text: str
    voice: str = "en-us"
    words_per_minute: int = 160
    pitch: int = 50


def can_speak() -> bool:
    """Tell whether the synthesiser's package is installed."""
    from importlib.util import find_spec

    return find_spec("espeakng_loader") is not None


def speak(utterances: Sequence[Utterance], seed: int = 0) -> list[Samples]:
    """Return what each line sounds like, float32 mono in -1..1 at `ENGINE_RATE_HZ`.

    Args:
        utterances: the lines, in order; the sound of one depends slightly on those before it.
        seed: of the engine's own small irregularities.

    Raises:
        MissingExtraError: the package is not installed.
        MediaError: the engine stopped, or knows no such voice.
    """
    if not can_speak():
        raise MissingExtraError("Making the spoken world", "dev")
    order = json.dumps({"seed": seed, "lines": [asdict(line) for line in utterances]}).encode()
    command = [sys.executable, "-P", str(Path(__file__).with_name("espeak.py"))]
    done = subprocess.run(command, input=order, capture_output=True, timeout=_TIMEOUT_S, check=False)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise MediaError(f"The synthesiser stopped: {said[-1] if said else done.returncode}.")
    sounds, place = [], 0
    for _ in utterances:
        (size_bytes,) = struct.unpack_from("<i", done.stdout, place)
        raw = np.frombuffer(done.stdout, "<i2", size_bytes // 2, place + 4)
        sounds.append((raw / 32768).astype(np.float32))
        place += 4 + size_bytes
    return sounds
