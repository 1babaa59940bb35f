"""Make talks whose every spoken interval is known: sentences of the demo world, spoken, put in a room.

Each sentence is spoken alone and trimmed to where it sounds, so that its interval in the talk is what it was
mixed to, exact to a sample. Room echo and noise come after, so they move no truth.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from workbench.demo.acts import make_clip
from workbench.demo.grammar import PROFILES, write_caption
from workbench.demo.narration import narrate_act
from workbench.demo.scene import make_scene
from workbench.demo.voices import ENGINE_RATE_HZ, VOICES, Utterance, speak
from workbench.media.audio import resample

__all__ = ["RATE_HZ", "Spoken", "Talk", "TalkPlan", "make_talk"]

RATE_HZ = 16_000

Samples = npt.NDArray[np.float32]

_AUDIBLE_DB = -40.0  # under the loudest part of a sentence; the engine pads each with digital silence
_EDGE_S = 0.005
_SPEAKERS = ("Ana", "Ben")
_JOINS = ("", "", "", "now", "then", "here", "after that")


@dataclass(frozen=True)
class TalkPlan:
    """How a talk is made.

    Attributes:
        segments: sentences.
        speakers: 1 or 2, who take turns.
        snr_db: speech over room noise; None for no noise.
        echo_s: time in which the room's echo falls by 60 dB; 0 for none.
        pauses_s: shortest and longest pause between two sentences.
        overlaps: how many times the second speaker begins before the first has ended.
    """

    segments: int = 12
    speakers: int = 2
    snr_db: float | None = 15.0
    echo_s: float = 0.25
    pauses_s: tuple[float, float] = (0.12, 1.2)
    overlaps: int = 0


@dataclass(frozen=True)
class Spoken:
    """A sentence of a talk: what is said, by whom, and from when to when, in seconds."""

    text: str
    start_s: float
    end_s: float
    speaker: str


@dataclass(frozen=True)
class Talk:
    """A talk: its sound (float32 mono at `RATE_HZ`, -1..1) and its sentences in order of their start."""

    samples: Samples
    segments: tuple[Spoken, ...]
    plan: TalkPlan

    @property
    def duration_s(self) -> float:
        """Length of the sound."""
        return len(self.samples) / RATE_HZ


def make_talk(seed: int, plan: TalkPlan | None = None) -> Talk:
    """Return a talk; same seed and plan, same talk.

    Raises:
        MissingExtraError: the synthesiser's package is not installed.
    """
    plan = plan or TalkPlan()
    rng = random.Random(f"talk/{seed}")
    lines = _write_lines(plan, rng)
    sounds = [
        _trim(resample(sound, ENGINE_RATE_HZ, RATE_HZ)) for sound in speak([line for _, line in lines], seed)
    ]
    segments = _place(plan, rng, [(speaker, line.text) for speaker, line in lines], sounds)
    track = np.zeros(
        round((max(one.end_s for one in segments) + rng.uniform(0.4, 1.5)) * RATE_HZ), np.float32
    )
    for segment, sound in zip(segments, sounds, strict=True):
        start = round(segment.start_s * RATE_HZ)
        track[start : start + len(sound)] += sound * np.float32(rng.uniform(0.35, 0.6))
    noise = np.random.default_rng(seed)
    return Talk(_put_in_room(track, plan, noise), tuple(sorted(segments, key=lambda one: one.start_s)), plan)


def _write_lines(plan: TalkPlan, rng: random.Random) -> list[tuple[str, Utterance]]:
    voices = rng.sample(VOICES, plan.speakers)
    manners = [
        Utterance("", voice, words_per_minute=rng.randint(130, 185), pitch=rng.randint(30, 70))
        for voice in voices
    ]
    lines, speaker = [], 0
    for _ in range(plan.segments):
        lines.append((_SPEAKERS[speaker], replace(manners[speaker], text=_sentence(rng))))
        speaker = (speaker + (rng.random() < 0.4)) % plan.speakers
    for number in range(plan.overlaps):  # two voices must be there to overlap
        place = 1 + number * (plan.segments - 1) // max(1, plan.overlaps)
        before = lines[place - 1][0]
        other = (_SPEAKERS.index(before) + 1) % plan.speakers
        lines[place] = (_SPEAKERS[other], replace(manners[other], text=lines[place][1].text))
    return lines


def _sentence(rng: random.Random) -> str:
    profile = rng.choice(PROFILES)
    if rng.random() < 0.5:
        text = narrate_act(
            make_clip(rng.randrange(10_000)), rng.randrange(2), profile, str(rng.random())
        ).text
        text = text[0].lower() + text[1:]
        text = f"{rng.choice(_JOINS)} {text}".strip()
    else:
        text = write_caption(make_scene(rng.randrange(10_000)), profile, str(rng.random())).text
    return text[0].upper() + text[1:].rstrip(".!") + "."


def _trim(sound: Samples) -> Samples:
    """Cut the silence off both ends of a sentence."""
    step = round(_EDGE_S * RATE_HZ)
    blocks = np.abs(sound[: len(sound) // step * step]).reshape(-1, step).max(axis=1)
    loud = np.flatnonzero(blocks > blocks.max() * 10 ** (_AUDIBLE_DB / 20))
    return sound[loud[0] * step : (loud[-1] + 1) * step]


def _place(
    plan: TalkPlan, rng: random.Random, lines: list[tuple[str, str]], sounds: list[Samples]
) -> list[Spoken]:
    """Set each sentence after the one before, with a pause, or into its end where they overlap."""
    early = {1 + n * (plan.segments - 1) // max(1, plan.overlaps) for n in range(plan.overlaps)}
    clock_s = round(rng.uniform(0.3, 1.8), 3)
    segments: list[Spoken] = []
    for number, ((speaker, text), sound) in enumerate(zip(lines, sounds, strict=True)):
        if number in early and segments:
            clock_s = max(segments[-1].start_s + 0.3, segments[-1].end_s - rng.uniform(0.4, 0.9))
        start = round(clock_s * RATE_HZ)
        segments.append(Spoken(text, start / RATE_HZ, (start + len(sound)) / RATE_HZ, speaker))
        # Most pauses between sentences are short and a few are long.
        least_s, most_s = plan.pauses_s
        clock_s = max(one.end_s for one in segments) + least_s + (most_s - least_s) * rng.random() ** 2
    return segments


def _put_in_room(track: Samples, plan: TalkPlan, rng: np.random.Generator) -> Samples:
    heard = track
    if plan.echo_s:
        t = np.arange(round(plan.echo_s * RATE_HZ)) / RATE_HZ
        tail = rng.standard_normal(len(t)) * np.exp(-6.9 * t / plan.echo_s) * (t > 0.008)
        tail *= 0.5 / max(1e-9, float(np.sqrt((tail**2).sum())))  # the echo carries a fifth of the energy
        tail[0] = 1.0
        heard = _convolve(track, tail.astype(np.float32))
    if plan.snr_db is not None:
        loud = float(np.sqrt((track[np.abs(track) > 1e-4] ** 2).mean()))
        hiss = rng.standard_normal(len(track)).astype(np.float32)
        hum = np.sin(2 * np.pi * 100 * np.arange(len(track)) / RATE_HZ).astype(np.float32)
        room = 0.6 * hiss + 0.5 * np.convolve(hiss, np.ones(16, np.float32) / 4, mode="same") + 0.4 * hum
        room *= loud * 10 ** (-plan.snr_db / 20) / float(np.sqrt((room**2).mean()))
        heard = heard + room
    return np.clip(heard, -1, 1).astype(np.float32)


def _convolve(track: Samples, filter_: Samples) -> Samples:
    size = 1 << (len(track) + len(filter_)).bit_length()
    whole = np.fft.irfft(np.fft.rfft(track, size) * np.fft.rfft(filter_, size), size)
    return whole[: len(track)].astype(np.float32)
