"""Count the tokens of a caption as a text tower counts them, without loading the tower."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from workbench.encoders.fake import FakeEncoder
from workbench.encoders.text import SentenceEncoder, model_folder
from workbench.errors import EncoderError, MissingExtraError, UnknownNameError

__all__ = ["TokenCount", "TokenRuler", "load_ruler"]

_FILE: Final = "tokenizer.json"
_REMEDY: Final = "Give the folder of a CLIP, SigLIP or CLAP checkpoint."
#: Positions of the text tower where a configuration leaves them out.
_USUAL: Final = {"clip": 77, "siglip": 64, "siglip2": 64, "clap": 514}
_WORD: Final = re.compile(r"\S+")


@dataclass(frozen=True, slots=True)
class TokenCount:
    """How long a caption is for a text tower.

    Attributes:
        tokens: of the caption, with those that mark its start and end.
        limit: how many the tower reads at once; a longer caption is read in windows.
        over: the first character beyond the limit; None where the caption fits.
    """

    tokens: int
    limit: int
    over: int | None = None


class TokenRuler(Protocol):
    """Measure captions."""

    def measure(self, text: str) -> TokenCount:
        """Return how many tokens a caption has, and where it passes the limit."""
        ...


class FileRuler:
    """Measure with a `tokenizer.json`, as `transformers` would; reads neither weights nor torch.

    Args:
        file: the tokenizer's file.
        limit: tokens the tower reads at once, with its special tokens.

    Raises:
        MissingExtraError: when `tokenizers` is not installed.
        EncoderError: when the file cannot be read.
    """

    def __init__(self, file: Path, limit: int) -> None:
        try:
            from tokenizers import Tokenizer  # type: ignore[import-untyped, unused-ignore]
        except ImportError as error:
            raise MissingExtraError("Counting tokens", "torch") from error
        if not file.is_file():
            raise EncoderError(f"There is no {file}.", "Give a folder with the tokenizer of the model.")
        self._tokenizer = Tokenizer.from_file(str(file))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self._specials = self._tokenizer.num_special_tokens_to_add(False)
        self._limit = limit

    def measure(self, text: str) -> TokenCount:
        """Return how many tokens a caption has, special tokens included."""
        offsets = self._tokenizer.encode(text, add_special_tokens=False).offsets
        return _count(offsets, self._limit, self._specials)


class WordRuler:
    """Measure by words, as the encoder that is shipped for tests reads them."""

    def __init__(self, limit: int) -> None:
        self._limit = limit

    def measure(self, text: str) -> TokenCount:
        """Return how many words a caption has."""
        return _count([word.span() for word in _WORD.finditer(text)], self._limit, 0)


def load_ruler(encoder: str = "bridge") -> TokenRuler:
    """Return what counts tokens as an encoder does.

    Args:
        encoder: a name as `workbench.encoders.load` takes it; of a checkpoint only a local folder, for a hub
            is not asked to show a number while someone types.

    Raises:
        UnknownNameError: for an encoder that has no tokenizer on this machine.
        MissingExtraError: when the library of tokenizers is not installed.
        EncoderError: when the tokenizer's file cannot be read.

    Example:
        >>> load_ruler("fake").measure("a red ball")
        TokenCount(tokens=3, limit=32, over=None)
    """
    kind, _, source = encoder.partition(":")
    if encoder == "fake":
        return WordRuler(FakeEncoder.token_limit)
    if encoder == "bridge":
        return FileRuler(model_folder() / _FILE, SentenceEncoder.token_limit)
    if kind in ("clip", "clap") and Path(source).is_dir():
        return FileRuler(Path(source) / _FILE, _limit_of(Path(source)))
    raise UnknownNameError("encoder with a tokenizer here", encoder, ("bridge", "clip:<folder>", "fake"))


def _count(offsets: Sequence[tuple[int, int]], limit: int, specials: int) -> TokenCount:
    room = max(1, limit - specials)
    over = offsets[room][0] if len(offsets) > room else None
    return TokenCount(len(offsets) + specials, limit, over)


def _limit_of(folder: Path) -> int:
    """Return the positions of the text tower that a checkpoint's configuration names."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        kind = str(config["model_type"])
        # A configuration is saved without what is usual for its kind of model.
        positions = config.get("text_config", {}).get("max_position_embeddings", _USUAL.get(kind))
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise EncoderError(f"{folder / 'config.json'} cannot be read: {error}.", _REMEDY) from error
    if not isinstance(positions, int):
        raise EncoderError(f"{folder / 'config.json'} names no limit of its text tower.", _REMEDY)
    # RoBERTa's positions begin at 2, so a CLAP tower reads two tokens fewer than it has positions.
    return positions - (2 if kind == "clap" else 0)
