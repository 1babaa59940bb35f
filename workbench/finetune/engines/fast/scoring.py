"""Score a batch of texts by a model, laid out as trees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from workbench.finetune.engines.fast.attention import plan_groves
from workbench.finetune.engines.fast.decoding import read_states
from workbench.finetune.engines.fast.features import PictureFeatures
from workbench.finetune.engines.fast.logps import score_tokens
from workbench.finetune.engines.fast.trie import Line, grow_forest
from workbench.finetune.models import Loaded

if TYPE_CHECKING:
    import torch

__all__ = ["LineScores", "Scorer"]

#: How much slower a number of attention is than one of a matrix product, roughly.
_ATTENTION_DRAG = 3.0


class LineScores:
    """What a model gives to the answers of texts.

    Attributes:
        logps: (lines, longest) of each token, nats, 0 where there is none.
        mask: (lines, longest) True where there is a scored token.
        collisions: (lines, longest) log of the sum of squared probabilities at each; None when not wanted.
        nodes: tokens that were computed.
    """

    def __init__(
        self,
        logps: torch.Tensor,
        mask: torch.Tensor,
        collisions: torch.Tensor | None,
        nodes: int,
    ) -> None:
        self.logps, self.mask, self.collisions, self.nodes = logps, mask, collisions, nodes


class Scorer:
    """Score texts by a model, with gradient where there is one to have.

    Args:
        loaded: the model; a Llama or Qwen2, alone or within a LLaVA.
        features: of its pictures; None for a model of text.

    Attributes:
        attention_cost: what a pair of nodes costs in attention, in costs of a node in everything else.
    """

    def __init__(self, loaded: Loaded, features: PictureFeatures | None = None) -> None:
        self._loaded, self._features = loaded, features
        self._decoder = loaded.bare.get_decoder()
        self.attention_cost = _attention_cost(self._decoder)
        config = loaded.bare.config
        token = getattr(config, "image_token_id", None)
        self._picture_token: int | None = (
            getattr(config, "image_token_index", None) if token is None else token
        )

    def score(self, lines: Sequence[Line], *, with_collisions: bool = False) -> LineScores:
        """Return what the model gives to the answer of each text.

        Args:
            lines: the texts.
            with_collisions: for methods that weigh by them.
        """
        import torch

        loaded, bare = self._loaded, self._loaded.bare
        forest = grow_forest(lines, self._picture_token if self._features else None, self.attention_cost)

        def tensor(values: Any) -> torch.Tensor:
            return torch.from_numpy(values).to(loaded.device)

        with self._autocast():
            embedded = bare.get_input_embeddings()(tensor(forest.ids))
            if self._features and forest.pictures:
                seen = self._features.give(forest.pictures)
                places = tensor(forest.picture_places[:, 0] * seen.shape[1] + forest.picture_places[:, 1])
                patches = seen.flatten(0, 1).index_select(0, places).to(embedded.dtype)
                embedded = embedded.index_copy(0, tensor(forest.picture_nodes), patches)
            dtype = torch.bfloat16 if loaded.precision == "bf16" else embedded.dtype
            states = read_states(
                self._decoder,
                embedded,
                tensor(forest.depths),
                plan_groves(forest.trees, loaded.device, dtype),
                tensor(forest.heads),
            )
            logps, collisions = score_tokens(
                states,
                bare.get_output_embeddings().weight,
                tensor(forest.head_of),
                tensor(forest.targets),
                with_collisions=with_collisions,
            )
        answers = tensor(forest.answers)
        mask = answers >= 0
        laid = torch.cat([logps, logps.new_zeros(1)])[answers]  # -1 means the last, which is 0
        wide = collisions[tensor(forest.head_of)] if with_collisions else None
        told = None if wide is None else torch.cat([wide, wide.new_zeros(1)])[answers]
        return LineScores(laid, mask, told, len(forest.ids))

    def _autocast(self) -> Any:
        import torch

        kind = self._loaded.device.partition(":")[0]
        return torch.autocast(kind, torch.bfloat16, enabled=self._loaded.precision == "bf16")


def _attention_cost(decoder: Any) -> float:
    """Return what a pair of nodes costs in attention, in costs of a node in everything else."""
    config = decoder.config
    weights = sum(one.numel() for one in decoder.layers[0].parameters() if one.ndim == 2)
    width = config.num_attention_heads * (
        getattr(config, "head_dim", None) or config.hidden_size // config.num_attention_heads
    )
    return float(2 * width * _ATTENTION_DRAG / max(1, weights))
