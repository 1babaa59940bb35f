"""The methods of a workspace that start, list and compare fine-tunes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from workbench.store import Store

if TYPE_CHECKING:
    from workbench.finetune import RunConfig
    from workbench.finetune.comparing import Comparison
    from workbench.finetune.listing import Runs
    from workbench.finetune.preflight import Preflight
    from workbench.finetune.run import Run
    from workbench.finetune.scorer import EncoderTuning, ScorerConfig

__all__ = ["RunMethods"]


class RunMethods:
    """What a workspace does with fine-tunes; see `Workspace`."""

    store: Store

    @property
    def runs(self) -> Runs:
        """The fine-tunes of this workspace by name, the newest last; see `workbench.finetune.run.Run`."""
        from workbench.finetune.listing import list_runs

        return list_runs(self.store.path / "runs")

    def preflight(self, config: RunConfig | None = None) -> Preflight:
        """Look at what a fine-tune would be made of, without a model; see `workbench.finetune.preflight`."""
        from workbench.workspace.gathering import check, gather

        return check(self.store, gather(self.store, config))

    def finetune(self, config: RunConfig | None = None) -> Run:
        """Start a fine-tune in a process of its own; see `workbench.workspace.gathering.finetune`."""
        from workbench.workspace.gathering import finetune

        return finetune(self.store, config)

    def compare_runs(self, names: Sequence[str] = ()) -> Comparison:
        """Put fine-tunes side by side, all or those named; see `workbench.finetune.comparing`."""
        from workbench.finetune.comparing import compare_runs

        return compare_runs([self.runs[name] for name in names or self.runs])

    def tune_encoder(self, config: ScorerConfig) -> EncoderTuning:
        """Tune a CLIP-class encoder on the pairs, in seconds; see `workbench.finetune.scorer`."""
        from workbench.finetune.scorer import tune_encoder
        from workbench.pairs.outgoing import weighed_pairs

        return tune_encoder(self.store, weighed_pairs(self.store), config)
