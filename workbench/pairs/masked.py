"""Rejected captions that a model makes up when it cannot see: its habits of language, put in words.

The model begins a verified caption as it stands and goes on without the picture. What it says then is fluent,
near in meaning, and what the model itself would have said: a negative of the very kind it must unlearn.
"""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from typing import Final

import numpy as np
import polars as pl
from tqdm import tqdm  # type: ignore[import-untyped]

from workbench.alignment.similarity import unit_rows
from workbench.encoders.base import Pixels, TextEncoder
from workbench.encoders.captioning import HIDDEN, PROMPT, Captioner, Sampling
from workbench.errors import PairError, UnknownNameError, WorkbenchError
from workbench.pairs.base import add_pairs
from workbench.pairs.generating import Describer, read_pictures
from workbench.pairs.leaks import mark_leaky, tell_blindness
from workbench.pairs.verified import verified_captions
from workbench.preferences.blind import Blindness
from workbench.preferences.differences import find_differences
from workbench.preferences.pair import Pair, variant_id
from workbench.store import Store

__all__ = ["Hiding", "MaskedSummary", "add_masked"]

_BATCH: Final = 8  # captions between two writes: what a kill may cost


@dataclass(frozen=True, slots=True)
class Hiding:
    """How a picture is hidden and what may come of it.

    Attributes:
        hide: `attention` (no word attends to the picture's tokens) or `grey` (a grey picture is shown).
        kept_share: of the words of the verified caption, its beginning, that the model goes on from; 0 lets
            it say everything.
        tries: texts drawn for each caption.
        most_alike: a text nearer in meaning than this to the verified caption (cosine) may be as true.
        prompt: what is asked.
        sampling: how words are drawn; `hidden_share` of it hides a part of the picture alone.
        frames: pictures of a video.
    """

    hide: str = "attention"
    kept_share: float = 0.4
    tries: int = 4
    most_alike: float = 0.95
    prompt: str = PROMPT
    sampling: Sampling = field(default_factory=Sampling)
    frames: int = 1

    def __post_init__(self) -> None:
        ways = [name for name in HIDDEN if name]
        if self.hide not in ways:
            raise UnknownNameError("way to hide a picture", self.hide, ways)
        if not 0 <= self.kept_share < 1 or self.tries < 1:
            raise PairError(
                f"With a share of {self.kept_share} kept and {self.tries} tries nothing can be said.",
                "Keep a share of 0 or more and below 1, and try once or more.",
            )


@dataclass(frozen=True)
class MaskedSummary:
    """What became of the verified captions.

    Attributes:
        captions: verified captions of pictures and videos.
        added: pairs that are new.
        known: captions that had such a pair of this model before.
        unmoved: captions where the model said nothing blind that it does not also say when it sees.
        too_alike: where all it said was too near to the caption to be counted as wrong.
        unread: sample -> why it could not be shown.
        blindness: how well words alone tell the rejected side, over all pairs of this model and way to hide.
        seconds: wall time.
    """

    captions: int
    added: int
    known: int
    unmoved: int
    too_alike: int
    unread: dict[str, str]
    blindness: Blindness
    seconds: float

    def __str__(self) -> str:
        text = (
            f"{self.added:,} pairs of {self.captions:,} verified captions in {self.seconds:.1f} s; "
            f"{self.known:,} had one, {self.unmoved:,} where the model says the same blind and seeing, "
            f"{self.too_alike:,} too near to the caption, {len(self.unread):,} samples could not be shown."
        )
        return f"{text}\n{tell_blindness(self.blindness)}"


def add_masked(
    store: Store,
    model: str | Describer,
    *,
    hiding: Hiding | None = None,
    encoder: TextEncoder | None = None,
    device: str = "auto",
    progress: bool = True,
) -> MaskedSummary:
    """Propose a pair for each verified caption: it against what a model says when it cannot see.

    Nothing here knows that the rejected text is false: a model may guess right. Hence `proposed`, never
    accepted; and a text that the model also draws when it sees is left out, because then blindness was not
    what made it. The chosen side is in people's words and the rejected one in the model's: how well that
    alone tells them apart is measured at the end, and marked in the pairs.

    Args:
        store: the workspace.
        model: a hub id or a folder of an image-text-to-text checkpoint, or a model that is open.
        hiding: how the picture is hidden.
        encoder: whose vectors tell likeness in meaning; the sentence tower by default.
        device: where the model runs.
        progress: show a bar on stderr.

    Raises:
        PairError: when no caption of a picture or a video is verified.
        EncoderError: when the model cannot be loaded, or its picture cannot be hidden so.

    Source:
        Amirloo et al. 2024, "Understanding alignment in multimodal LLMs: a comprehensive study"
        (bias-driven hallucination sampling). Here the caption is one sentence that is gone on from once.
    """
    began_s = time.perf_counter()
    rules = hiding or Hiding()
    rows = _verified(store)
    describer = Captioner(model, device) if isinstance(model, str) else model
    builder = f"hidden_{rules.hide}"
    present = store.read("pairs").filter(_is_own(builder, describer.key))
    todo = rows.join(present, left_on="caption_id", right_on="chosen_id", how="anti", maintain_order="left")
    maker = _Maker(describer, rules, encoder)
    unread: dict[str, str] = {}
    made: list[Pair] = []
    added = 0
    shown = tqdm(todo.to_dicts(), desc="hiding", unit="caption", disable=not progress or todo.is_empty())
    for number, row in enumerate(shown, start=1):
        try:
            pictures = read_pictures(store, row, rules.frames)
        except (WorkbenchError, OSError) as error:
            unread[str(row["sample_id"])] = str(getattr(error, "message", error))
            continue
        if pair := maker.make(pictures, row):
            made.append(pair)
        if number % _BATCH == 0:
            added, made = added + add_pairs(store, made), []
    added += add_pairs(store, made)
    return MaskedSummary(
        captions=rows.height,
        added=added,
        known=rows.height - todo.height,
        unmoved=maker.unmoved,
        too_alike=maker.too_alike,
        unread=unread,
        blindness=mark_leaky(store, _is_own(builder, describer.key)),
        seconds=time.perf_counter() - began_s,
    )


def _is_own(builder: str, key: str) -> pl.Expr:
    """Return which pairs of the table one model said with the picture hidden in one way."""
    return (pl.col("origin") == "masked") & (pl.col("builder") == builder) & (pl.col("source") == key)


def _verified(store: Store) -> pl.DataFrame:
    """Return the verified captions of whole pictures and videos with the columns of their samples."""
    samples = store.read("samples").drop("added_at").filter(pl.col("media") != "audio")
    captions = verified_captions(store).filter((pl.col("kind") != "transcript") & pl.col("start_s").is_null())
    rows = captions.join(samples, on="sample_id", how="inner", maintain_order="left")
    if rows.is_empty():
        raise PairError(
            "No caption of a picture or a video is verified, so that none can stand as chosen.",
            "Review some captions first: ws.queue(), ws.decide().",
        )
    return rows


class _Maker:
    """Makes one pair at a time, and counts why it could not."""

    def __init__(self, describer: Describer, rules: Hiding, encoder: TextEncoder | None) -> None:
        self.unmoved = 0
        self.too_alike = 0
        self._describer, self._rules, self._encoder = describer, rules, encoder

    def make(self, pictures: Sequence[Pixels], row: dict[str, object]) -> Pair | None:
        """Return the pair of one verified caption, or None where the model says nothing that will do."""
        chosen, begin = str(row["text"]), _beginning(str(row["text"]), self._rules.kept_share)
        seen = {_plain(text) for text in self._say(pictures, begin, chosen, hide="")}
        blind = self._say(pictures, begin, chosen, hide=self._rules.hide)
        moved = [text for text in blind if _plain(text) not in seen | {_plain(chosen)}]
        if not moved:
            self.unmoved += 1
            return None
        alike = self._likeness(chosen, moved)
        told = [
            (near, text) for near, text in zip(alike, moved, strict=True) if near < self._rules.most_alike
        ]
        if not told:
            self.too_alike += 1
            return None
        near, rejected = max(told)
        return self._pair(row, rejected, begin, near)

    def _say(self, pictures: Sequence[Pixels], begin: str, chosen: str, *, hide: str) -> list[str]:
        """Return texts that the model ended; blind and seeing draw with the same seed."""
        own = int.from_bytes(blake2b(chosen.encode(), digest_size=4).digest(), "big")
        how = replace(self._rules.sampling, seed=self._rules.sampling.seed + own)
        said = self._describer.describe(
            pictures, self._rules.tries, prompt=self._rules.prompt, begin=begin, hide=hide, sampling=how
        )
        return list(dict.fromkeys(one.text for one in said if one.is_whole))

    def _likeness(self, chosen: str, texts: list[str]) -> list[float]:
        if self._encoder is None:
            from workbench.encoders.text import SentenceEncoder

            self._encoder = SentenceEncoder()
        vectors = unit_rows(self._encoder.encode_texts([chosen, *texts]).vectors)
        return [float(one) for one in np.clip(vectors[1:] @ vectors[0], -1, 1)]

    def _pair(self, row: dict[str, object], rejected: str, begin: str, near: float) -> Pair:
        chosen, sample = str(row["text"]), str(row["sample_id"])
        found = find_differences(chosen, rejected)
        facts = {
            "hide": self._rules.hide,
            "hidden_share": self._rules.sampling.hidden_share if self._rules.hide == "attention" else 1.0,
            "begin": begin,
            "alike": round(near, 4),
            "temperature": self._rules.sampling.temperature,
        }
        return Pair(
            sample_id=sample,
            chosen_id=str(row["caption_id"]),
            rejected_id=variant_id(sample, rejected, "masked"),
            chosen_text=chosen,
            rejected_text=rejected,
            origin="masked",
            builder=f"hidden_{self._rules.hide}",
            reason="said without seeing the picture",
            chosen_spans=found.chosen,
            rejected_spans=found.rejected,
            prompt=self._rules.prompt,
            source=self._describer.key,
            detail=json.dumps(facts, ensure_ascii=False),
        )


def _beginning(text: str, share: float) -> str:
    """Return the first words of a text.

    Example:
        >>> _beginning("a red dog runs on the grass", 0.4)
        'a red'
    """
    words = text.split()
    return " ".join(words[: int(share * len(words))])


def _plain(text: str) -> str:
    return " ".join(text.casefold().split()).strip(" .")
