"""The embedded captioner: its small world, the script that trained it, and the proof that pairs mend it.

`proof(seed)` measures before and after; `embedded_world(store)` fills a workspace with flagged scenes, their
corrections and built pairs, so that a run of the embedded model means something.
"""

from workbench.demo.finetune.proving import Example, Proof, Size, proof
from workbench.demo.finetune.world import Amounts, EmbeddedWorld, embedded_world

__all__ = ["Amounts", "EmbeddedWorld", "Example", "Proof", "Size", "embedded_world", "proof"]
