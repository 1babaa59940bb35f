"""The folder of a run: what lies where, and nothing of how it is made."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

__all__ = ["RunFolder"]


@dataclass(frozen=True, slots=True)
class RunFolder:
    """The places in a run's folder.

    Attributes:
        path: the folder itself; its last part is the run's name.
    """

    path: Path

    @property
    def card(self) -> Path:
        """`run.json`: config, fingerprint of the data, environment, when it was made; written first, once."""
        return self.path / "run.json"

    @property
    def rows(self) -> Path:
        """`rows.parquet`: the pairs, train and held out; `ROW_SCHEMA`."""
        return self.path / "rows.parquet"

    @property
    def flagged(self) -> Path:
        """`flagged.parquet`: the items that were flagged; `FLAGGED_SCHEMA`."""
        return self.path / "flagged.parquet"

    @property
    def events(self) -> Path:
        """`events.jsonl`: what the run tells; see `workbench.finetune.events`."""
        return self.path / "events.jsonl"

    @property
    def margins(self) -> Path:
        """`margins.jsonl`: the margin of each pair when it was seen: `step`, `split`, `margins`."""
        return self.path / "margins.jsonl"

    @property
    def log(self) -> Path:
        """`log.txt`: what the process printed."""
        return self.path / "log.txt"

    @property
    def lock(self) -> Path:
        """`running.lock`: held by the process while it lives, freed by the system when it dies."""
        return self.path / "running.lock"

    @property
    def stop(self) -> Path:
        """`stop`: a file whose presence asks the run to save and end."""
        return self.path / "stop"

    @property
    def checkpoints(self) -> Path:
        """`checkpoints/step-000012/`: whole once it has this name."""
        return self.path / "checkpoints"

    @property
    def weights(self) -> Path:
        """`weights/`: the tuned weights: an adapter in PEFT's format, or a whole model."""
        return self.path / "weights"

    @property
    def evaluation(self) -> Path:
        """`evaluation/`: before and after, and the run card."""
        return self.path / "evaluation"

    def checkpoint(self, step: int) -> Path:
        """Return the folder of one checkpoint."""
        return self.checkpoints / f"step-{step:06d}"

    def last_checkpoint(self) -> Path | None:
        """Return the newest whole checkpoint; None when there is none."""
        found = sorted(self.checkpoints.glob("step-??????"))
        return found[-1] if found else None
