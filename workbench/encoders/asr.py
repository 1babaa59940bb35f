"""Write down what is said, by a checkpoint of the Whisper class; its text is held against the transcript."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from workbench.encoders.checkpoints import open_checkpoint
from workbench.encoders.devices import choose_device, require_torch
from workbench.errors import EncoderError, MissingExtraError

__all__ = ["NORMALISATION", "SpeechReader", "WordErrors", "count_errors", "locate_change", "normalise"]

Samples = npt.NDArray[np.float32]

#: What is done to both texts before they are compared; goes into every result.
NORMALISATION: Final = "NFKC, lower case, no marks but the apostrophe inside words, digits as they are"
_WORD = r"[^\W_]+(?:['’][^\W_]+)*"
_WINDOW_S = 30.0
_MOST_TOKENS = 200


class SpeechReader:
    """Write down speech with a checkpoint that `AutoModelForSpeechSeq2Seq` can open.

    Sound longer than 30 s is read in windows of 30 s; a word on a seam may be lost or come twice.

    Args:
        source: a hub id (`openai/whisper-small`) or a local folder.
        device: `auto`, `cpu`, `cuda` or `mps`.

    Raises:
        MissingExtraError: torch or transformers is not installed.
        EncoderError: it cannot be loaded, or is not of this class.
    """

    def __init__(self, source: str, device: str = "auto") -> None:
        require_torch("Reading speech with a checkpoint")
        kind = "f16" if choose_device(device).startswith("cuda") else "f32"
        checkpoint = open_checkpoint(source, device, kind, model_class="AutoModelForSpeechSeq2Seq")
        from transformers import AutoProcessor

        try:
            self._processor: Any = AutoProcessor.from_pretrained(source, trust_remote_code=False)
        except (OSError, ValueError, KeyError) as error:
            raise EncoderError(
                f"The processor of {source!r} cannot be loaded: {str(error).splitlines()[0]}",
                "The folder needs preprocessor_config.json and the tokenizer's files.",
            ) from error
        self._model: Any = checkpoint.model
        self._device, self._dtype = checkpoint.device, checkpoint.dtype
        self.rate_hz = int(self._processor.feature_extractor.sampling_rate)
        self.key = f"asr:{checkpoint.identity}:{checkpoint.precision}"

    def read(self, samples: Samples, language: str = "") -> str:
        """Return what is said, as the model writes it.

        Args:
            samples: float32 mono at `rate_hz`.
            language: two letters, for checkpoints of many languages; "" lets them guess.
        """
        import torch

        step = round(_WINDOW_S * self.rate_hz)
        said = []
        for first in range(0, len(samples), step):
            inputs = self._processor.feature_extractor(
                samples[first : first + step], sampling_rate=self.rate_hz, return_tensors="pt"
            )
            features = inputs["input_features"].to(device=self._device, dtype=self._dtype)
            options = {"language": language} if language and self._knows_languages() else {}
            with torch.inference_mode():
                tokens = self._model.generate(features, max_length=self._most_tokens(), **options)
            said += self._processor.tokenizer.batch_decode(tokens, skip_special_tokens=True)
        return " ".join(text.strip() for text in said).strip()

    def _knows_languages(self) -> bool:
        return bool(getattr(self._model.generation_config, "is_multilingual", False))

    def _most_tokens(self) -> int:
        return min(_MOST_TOKENS, int(getattr(self._model.config, "max_target_positions", _MOST_TOKENS)))


@dataclass(frozen=True)
class WordErrors:
    """How far a transcript is from what was heard.

    Attributes:
        wer: words put in, left out or changed, for each word of the transcript; 0 is best, may pass 1.
        cer: likewise for characters.
        changed: `(said in the transcript, heard)` for each run of words that differ; "" where none stand.
        first_changed: number of the first word of the transcript that differs; None where none does.
        normalisation: what was done to both texts before.
    """

    wer: float
    cer: float
    changed: tuple[tuple[str, str], ...]
    first_changed: int | None = None
    normalisation: str = NORMALISATION


def count_errors(transcript: str, heard: str) -> WordErrors:
    """Count word and character errors of what was heard against a transcript.

    Raises:
        MissingExtraError: jiwer is not installed.

    Source:
        WER = (S + D + I) / N over the cheapest alignment (Levenshtein 1966), by `jiwer`.
    """
    try:
        import jiwer
    except ImportError as error:
        raise MissingExtraError("Counting word errors", "speech") from error
    told, other = normalise(transcript), normalise(heard)
    if not told:
        return WordErrors(float("nan"), float("nan"), ())
    words, letters = jiwer.process_words(told, other), jiwer.process_characters(told, other)
    mine, theirs = told.split(), other.split()
    chunks = [chunk for chunk in words.alignments[0] if chunk.type != "equal"]
    changed = tuple(
        (
            " ".join(mine[chunk.ref_start_idx : chunk.ref_end_idx]),
            " ".join(theirs[chunk.hyp_start_idx : chunk.hyp_end_idx]),
        )
        for chunk in chunks
    )
    standing = (chunk.ref_start_idx for chunk in chunks if chunk.ref_end_idx > chunk.ref_start_idx)
    return WordErrors(float(words.wer), float(letters.cer), changed, next(standing, None))


def locate_change(text: str, errors: WordErrors) -> tuple[int, int] | None:
    """Return the characters [start, end) of the first word that differs, or None where none stands.

    Example:
        >>> locate_change("Ten hens.", WordErrors(0.5, 0.25, (("hens", "pens"),), 1))
        (4, 8)
    """
    places = list(re.finditer(_WORD, text.lower()))
    if errors.first_changed is None or len(places) != len(normalise(text).split()):
        return None
    found = places[errors.first_changed]
    return found.start(), found.end()


def normalise(text: str) -> str:
    """Bring a text into the form in which words are compared; see `NORMALISATION`.

    Example:
        >>> normalise("It’s 5 o'clock, “Anna” - really!")
        "it's 5 o'clock anna really"
    """
    plain = unicodedata.normalize("NFKC", text).lower().replace("’", "'")
    return " ".join(re.findall(_WORD, plain))
