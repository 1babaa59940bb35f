"""What a check of a claim says: the claim, the evidence in a sentence, the verdict and how sure it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from .statements import Claim

__all__ = ["CONTRADICTED", "SUPPORTED", "UNKNOWN", "Check", "support", "worst"]

SUPPORTED: Final = "supported"
CONTRADICTED: Final = "contradicted"
UNKNOWN: Final = "unknown"


@dataclass(frozen=True, slots=True)
class Check:
    """The outcome for one claim.

    Attributes:
        claim: what was checked.
        evidence: one sentence that a person understands.
        verdict: supported, contradicted or unknown.
        confidence: 0 to 1, of the verdict; 0 where it is unknown.
        error_type: what the caption would be wrong in, if it is.
    """

    claim: Claim
    evidence: str
    verdict: str
    confidence: float
    error_type: str

    @property
    def support(self) -> float:
        """How well the claim is borne out: 0 surely false, .5 unknown, 1 surely true."""
        signed = {SUPPORTED: 0.5, CONTRADICTED: -0.5}.get(self.verdict, 0.0)
        return 0.5 + signed * self.confidence


def support(checks: Sequence[Check]) -> float | None:
    """Return how well the checked claims are borne out together: as well as the worst of them.

    Returns:
        0 to 1, higher is better; None where nothing could be checked.
    """
    decided = [check.support for check in checks if check.verdict != UNKNOWN]
    return min(decided) if decided else None


def worst(checks: Sequence[Check]) -> Check | None:
    """Return the decided check with the least support, the first of equals; None where there is none."""
    decided = [check for check in checks if check.verdict != UNKNOWN]
    return min(decided, key=lambda check: check.support) if decided else None
