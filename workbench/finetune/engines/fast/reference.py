"""What the model said before tuning: worked out once a pair, kept on disk, found again by the next run."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.errors import RunError
from workbench.finetune.examples import Example
from workbench.finetune.models import Loaded

if TYPE_CHECKING:
    import torch

__all__ = ["FormerWeights", "ReferenceCache", "example_key"]

_KEY_BYTES = 12


def example_key(example: Example, loaded: Loaded) -> str:
    """Return what log-probabilities of a pair hang on: model, precision, tokens and pixels."""
    parts = (
        loaded.identity, loaded.precision, example.prompt_ids, example.chosen_ids, example.rejected_ids,
        example.pictures,
    )  # fmt: skip
    return hashlib.blake2b(repr(parts).encode(), digest_size=_KEY_BYTES).hexdigest()


class ReferenceCache:
    """Log-probabilities of both answers of pairs, token by token, by the untuned model.

    Args:
        folder: where they are kept; one file a model.
        loaded: the model.
    """

    def __init__(self, folder: Path, loaded: Loaded) -> None:
        name = hashlib.blake2b(f"{loaded.identity}/{loaded.precision}".encode(), digest_size=8).hexdigest()
        self._file = folder / f"reference-{name}.safetensors"
        self._loaded = loaded
        self._known = self._read()

    def missing(self, examples: Sequence[Example]) -> list[Example]:
        """Return the pairs that are not known yet, each once."""
        found = {example_key(one, self._loaded): one for one in examples}
        return [one for key, one in found.items() if key not in self._known]

    def add(self, examples: Sequence[Example], logps: torch.Tensor) -> None:
        """Take up pairs.

        Args:
            examples: (n).
            logps: (2n, longest) of chosen answers, then of rejected ones.
        """
        told = logps.detach().float().cpu()
        for number, one in enumerate(examples):
            chosen = told[number, : len(one.chosen_ids)].clone()
            rejected = told[len(examples) + number, : len(one.rejected_ids)].clone()
            self._known[example_key(one, self._loaded)] = (chosen, rejected)

    def forget(self, examples: Sequence[Example]) -> None:
        """Drop pairs, to be asked for again."""
        for one in examples:
            self._known.pop(example_key(one, self._loaded), None)

    def give(self, examples: Sequence[Example]) -> torch.Tensor:
        """Return (2n, longest), as they were taken up, on the model's device."""
        from torch.nn.utils.rnn import pad_sequence

        found = [self._known[example_key(one, self._loaded)] for one in examples]
        told = pad_sequence(
            [one for side in (0, 1) for one in (pair[side] for pair in found)], batch_first=True
        )
        return told.to(self._loaded.device)

    def save(self) -> None:
        """Write the file anew, with what another run has put into it meanwhile.

        Raises:
            OSError: when it cannot be written; the former file stays.
        """
        import torch
        from safetensors.torch import save_file

        self._known = self._read() | self._known
        pairs = list(self._known.values())
        content = {
            "logps": torch.cat([one for pair in pairs for one in pair]),
            "lengths": torch.tensor([[len(chosen), len(rejected)] for chosen, rejected in pairs]),
        }
        self._file.parent.mkdir(parents=True, exist_ok=True)
        part = self._file.with_suffix(f".{os.getpid()}.part")
        try:
            save_file(content, part, metadata={"keys": json.dumps(list(self._known))})
            part.replace(self._file)
        finally:
            part.unlink(missing_ok=True)

    def _read(self) -> dict[str, tuple[torch.Tensor, torch.Tensor]]:
        from safetensors import SafetensorError, safe_open

        # A cache: a file that is not there or cannot be read is worked out again.
        with suppress(OSError, SafetensorError, ValueError), safe_open(self._file, "pt") as opened:
            keys = json.loads(opened.metadata()["keys"])
            lengths = opened.get_tensor("lengths")
            parts = opened.get_tensor("logps").split(lengths.flatten().tolist())
            return dict(zip(keys, zip(parts[::2], parts[1::2], strict=True), strict=True))
        return {}


class FormerWeights:
    """What is being trained, as it was: the reference itself, for methods that move it or ask it new things.

    Args:
        trained: by name; copied.
    """

    def __init__(self, trained: Mapping[str, torch.Tensor]) -> None:
        self._trained = trained
        self.weights = {name: one.detach().clone() for name, one in trained.items()}

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Let the model be what it was."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    def follow(self, share: float) -> None:
        """Move towards the weights of now: 1 takes them over whole.

        Source:
            Gorbatovski et al. 2024, TR-DPO (2404.09656).
        """
        for name, one in self.weights.items():
            one.lerp_(self._trained[name].detach(), share)

    def read(self, checkpoint: Path) -> None:
        """Take up the weights that a checkpoint kept.

        Raises:
            RunError: when they cannot be read.
        """
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        try:
            kept = load_file(checkpoint / "reference.safetensors")
        except (OSError, SafetensorError) as error:
            raise RunError(
                f"The reference in {checkpoint} cannot be read: {error}", "Resume from another checkpoint."
            ) from error
        for name, one in self.weights.items():
            one.copy_(kept[name])

    def _swap(self) -> None:
        for name, one in self._trained.items():
            one.data, self.weights[name] = self.weights[name], one.data
