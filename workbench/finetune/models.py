"""Open the model to be tuned: embedded, a folder or a hub id; of text, or of pictures and text."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from workbench.errors import UnknownNameError
from workbench.finetune.config import EMBEDDED

__all__ = ["EMBEDDED_FOLDERS", "Loaded", "locate_model"]

_HERE: Final = Path(__file__).parent / "embedded"
#: Name -> folder of the models that come with the workbench.
EMBEDDED_FOLDERS: Final = {EMBEDDED: _HERE / "first", f"{EMBEDDED}:second": _HERE / "second"}


@dataclass(frozen=True)
class Loaded:
    """A model ready to be tuned or to speak.

    Attributes:
        model: on its device; adapters, where there are any, are in it.
        tokenizer: of transformers.
        processor: of transformers, which takes pictures too; None for a model of text.
        architecture: the class name of the bare model, such as `LlavaForConditionalGeneration`.
        identity: name and a hash of the weights before any tuning: the key of cached log-probabilities.
        source: the folder or hub id.
        device, precision: where and how it runs.
    """

    model: Any = field(repr=False)
    tokenizer: Any = field(repr=False)
    processor: Any = field(repr=False)
    architecture: str
    identity: str
    source: str
    device: str
    precision: str

    @property
    def takes_pictures(self) -> bool:
        """Whether it is a model of pictures and text."""
        return self.processor is not None


def locate_model(name: str) -> str:
    """Return the folder of an embedded model; any other name as it is.

    Raises:
        UnknownNameError: for an embedded model that does not exist.
    """
    if name.partition(":")[0] != EMBEDDED:
        return name
    if name not in EMBEDDED_FOLDERS:
        raise UnknownNameError("embedded model", name, EMBEDDED_FOLDERS)
    return str(EMBEDDED_FOLDERS[name])
