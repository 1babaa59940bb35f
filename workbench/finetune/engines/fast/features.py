"""What the vision tower makes of each picture, worked out once: a frozen tower says the same every time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from workbench.errors import RunError
from workbench.finetune.models import Loaded

if TYPE_CHECKING:
    import torch

__all__ = ["SPOILED", "PictureFeatures", "projector_of", "spoil"]

#: After the key of a picture, its spoiled copy.
SPOILED: Final = "/spoiled"
_MOST_BYTES: Final = 6 << 30
_SPOILED_SHARE: Final = 0.2  # of the sides that a spoiled picture keeps at most


class PictureFeatures:
    """Keep what the tower makes of pictures; the projector behind it may learn and is applied anew.

    Args:
        loaded: a model of LLaVA's kind.
        with_spoiled: whether a spoiled copy of each picture is wanted too: a small random cut-out, enlarged.

    Source:
        Wang et al. 2024, mDPO (2406.11839), which spoils a picture by a cut of at most a fifth of it.
    """

    def __init__(self, loaded: Loaded, *, with_spoiled: bool = False) -> None:
        self._loaded = loaded
        self._with_spoiled = with_spoiled
        self._kept: dict[str, torch.Tensor] = {}
        self._size_bytes = 0

    def see(self, keys: Sequence[str], pixels: Sequence[torch.Tensor]) -> None:
        """Take up pictures as `make_examples` hands them over.

        Raises:
            RunError: when there are more than fit.
        """
        import torch

        new = {key: one for key, one in zip(keys, pixels, strict=True) if key not in self._kept}
        if self._with_spoiled:
            new |= {key + SPOILED: spoil(one, key) for key, one in new.items()}
        if not new:
            return
        features = self._look(torch.stack(list(new.values())))
        for key, one in zip(new, features, strict=True):
            self._kept[key] = one.clone()
            self._size_bytes += one.numel() * one.element_size()
        if self._size_bytes > _MOST_BYTES:
            raise RunError(
                f"What the vision tower makes of {len(self._kept)} pictures takes more than "
                f"{_MOST_BYTES >> 30} GiB.",
                "Take fewer pairs, fewer frames, or engine='trl'.",
            )

    def give(self, keys: Sequence[str]) -> torch.Tensor:
        """Return (pictures, patches, width) as the language model reads them; the projector may learn."""
        import torch

        told = torch.stack([self._kept[key] for key in keys]).to(self._loaded.device)
        found: torch.Tensor = projector_of(self._loaded)(told)
        return found

    def _look(self, pixels: torch.Tensor) -> torch.Tensor:
        """Return what the projector would be given."""
        import torch

        seen: list[torch.Tensor] = []
        model = self._loaded.bare
        tower_type = next(model.model.vision_tower.parameters()).dtype
        hook = projector_of(self._loaded).register_forward_pre_hook(lambda _, given: seen.append(given[0]))
        try:
            with torch.no_grad():
                model.get_image_features(pixels.to(self._loaded.device, tower_type))
        finally:
            hook.remove()
        return seen[0]


def projector_of(loaded: Loaded) -> Any:
    """Return the part between the tower and the language model."""
    return loaded.bare.model.multi_modal_projector


def spoil(pixels: torch.Tensor, key: str) -> torch.Tensor:
    """Return a small cut of a picture, enlarged to its size; the same for the same picture."""
    import torch

    draw = torch.Generator().manual_seed(int(key[:12], 16))
    high, wide = pixels.shape[-2:]
    sides = [max(1, int(side * _SPOILED_SHARE**0.5)) for side in (high, wide)]
    top, left = (
        int(torch.randint(0, whole - side + 1, (1,), generator=draw))
        for whole, side in zip((high, wide), sides, strict=True)
    )
    cut = pixels[..., top : top + sides[0], left : left + sides[1]]
    return torch.nn.functional.interpolate(cut[None], size=(high, wide), mode="bilinear")[0]
