"""Encoders: media and captions to vectors, found by name and loaded when first needed."""

from __future__ import annotations

from importlib import import_module
from typing import Final, cast

from workbench.encoders.base import Encoder, TextEncoder, TextVectors
from workbench.errors import UnknownNameError

__all__ = ["ENCODERS", "Encoder", "TextEncoder", "TextVectors", "load"]

#: Name -> class, written `module:class` so that naming an encoder imports nothing heavy.
ENCODERS: Final[dict[str, str]] = {
    "bridge": "workbench.encoders.bridge:BridgeEncoder",
    "clap": "workbench.encoders.clap:ClapEncoder",
    "clip": "workbench.encoders.clip:ClipEncoder",
    "fake": "workbench.encoders.fake:FakeEncoder",
}
_FROM_CHECKPOINT = ("clap", "clip")


def load(name: str = "bridge", device: str = "auto") -> Encoder:
    """Load an encoder by name.

    Args:
        name: `bridge` (the default, no hub needed), `fake`, or `clip:` or `clap:` followed by a hub id or a
            local folder (`clip:openai/clip-vit-base-patch32`).
        device: `auto`, `cpu`, `cuda` or `mps`.

    Raises:
        UnknownNameError: for another name; lists the known ones.
        MissingExtraError: when a package it needs is not installed.
        EncoderError: when its weights cannot be used.

    Example:
        >>> load("fake").space
        'joint'
    """
    kind, _, source = name.partition(":")
    needs_source = kind in _FROM_CHECKPOINT
    if kind not in ENCODERS or needs_source != bool(source):
        known = [f"{each}:<id or folder>" if each in _FROM_CHECKPOINT else each for each in ENCODERS]
        raise UnknownNameError("encoder", name, known)
    module, _, class_name = ENCODERS[kind].partition(":")
    encoder = getattr(import_module(module), class_name)
    return cast("Encoder", encoder(source, device) if needs_source else encoder(device))
