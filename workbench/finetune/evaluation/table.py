"""The numbers of an evaluation as they are read: one line a measure, before, after and the change."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from workbench.finetune.evaluation.measures import MEASURES
from workbench.metrics import Metric

__all__ = ["GROUPS", "Line", "format_lines", "make_lines", "show"]

#: Heading -> what its lines are about.
GROUPS: Final = {
    "flagged": "Flagged items",
    "greedy": "Other samples, the likeliest words",
    "sampled": "Other samples, words drawn at temperature 1",
    "pairs": "Held-out pairs",
    "probes": "Probes of what is there",
}
_DECODED: Final = {name: (measure.title, measure.better) for name, measure in MEASURES.items()} | {
    "kept": ("right before, and still right", 1),
    "mended": ("wrong before, and right after", 1),
    "unchanged": ("word for word the same", 0),
    "distinct_texts": ("texts that no other equals", 0),
    "distinct_2": ("variety of neighbouring words", 0),
}
_FLAGGED: Final = {
    "flagged_mended": ("wrong before, and right after", 1),
    "flagged_mended_unseen": ("the same, of items the run did not train on", 1),
    "flagged_broken": ("right before, and wrong after", -1),
    "flagged_cut_short": ("nothing wrong after, but says less", -1),
    "flagged_changed": ("says something else", 0),
}
_PAIRS: Final = {
    "pair_accuracy": ("chosen answer is likelier", 1),
    "reward_accuracy": ("chosen answer gained more", 1),
    "reward_margin": ("by how much more, in rewards", 1),
    "perplexity_chosen": ("perplexity of chosen answers", -1),
    "calibration_error": ("calibration error of the rewards", -1),
    "brier": ("Brier score of the rewards", -1),
}
_KINDS: Final = {"random": "any", "popular": "a frequent", "adversarial": "a likely"}
_PROBES: Final = {
    **{
        f"pope_{kind}_question": (f"told from {word} absent thing, asked", 1) for kind, word in _KINDS.items()
    },
    "pope_yes_share": ("says yes", 0),
    **{
        f"pope_{kind}_sentence": (f"told from {word} absent thing, in captions", 1)
        for kind, word in _KINDS.items()
    },
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table.

    Attributes:
        group: one of `GROUPS`.
        name: of the metric, without its `when`.
        title: in words.
        better: -1 where lower is better, 1 where higher is, 0 where neither.
        before, after, change: None where there is no such number; a number that only exists after a run
            stands in `after`.
    """

    group: str
    name: str
    title: str
    better: int
    before: Metric | None
    after: Metric | None
    change: Metric | None

    @property
    def verdict(self) -> str:
        """`better`, `worse`, or "" where the interval of the change holds 0 or nobody can say."""
        change = self.change
        if not self.better or change is None or change.low is None or change.high is None:
            return ""
        if change.low <= 0 <= change.high:
            return ""
        return "better" if (change.value > 0) == (self.better > 0) else "worse"


def make_lines(metrics: Mapping[str, Metric]) -> list[Line]:
    """Return the lines that the metrics fill, in the order of the groups."""
    wanted = [
        ("flagged", _FLAGGED, ""),
        ("greedy", _DECODED, "_greedy"),
        ("sampled", _DECODED, "_sampled"),
        ("pairs", _PAIRS, ""),
        ("probes", _PROBES, ""),
    ]
    lines = []
    for group, names, ending in wanted:
        for name, (title, better) in names.items():
            whole = name + ending
            single = metrics.get(whole)
            sides = [metrics.get(f"{whole}_{when}") for when in ("before", "after", "change")]
            if any(one is not None and one.n and math.isfinite(one.value) for one in (single, *sides)):
                lines.append(Line(group, whole, title, better, sides[0], sides[1] or single, sides[2]))
    return lines


def format_lines(lines: Sequence[Line]) -> str:
    """Return the lines as a table in plain text."""
    width = max((len(line.title) for line in lines), default=0)
    said: list[str] = []
    for group, heading in GROUPS.items():
        own = [line for line in lines if line.group == group]
        if not own:
            continue
        said += [heading]
        for line in own:
            sides = f"{show(line.before):>8}  {show(line.after):>8}"
            mark = f"  {line.verdict}" if line.verdict else ""
            said.append(f"  {line.title:<{width}}  {sides}  {show_change(line)}{mark}".rstrip())
    return "\n".join(said)


def show(metric: Metric | None) -> str:
    """Return a number as it is read: a share in per cent."""
    if metric is None:
        return ""
    if not math.isfinite(metric.value):
        return "–"
    return f"{100 * metric.value:.1f} %" if _is_share(metric) else f"{metric.value:.2f}"


def show_change(line: Line) -> str:
    """Return the change with its interval, or the interval of a number that stands alone."""
    metric = line.change or (line.after if line.before is None else None)
    if metric is None or metric.low is None or metric.high is None or not math.isfinite(metric.value):
        return ""
    scale, sign = (100, "+") if _is_share(metric) else (1, "+")
    digits = 1 if _is_share(metric) else 2
    if line.change is None:
        return f"({scale * metric.low:.{digits}f} to {scale * metric.high:.{digits}f})"
    value, low, high = (scale * one for one in (metric.value, metric.low, metric.high))
    return f"{value:{sign}.{digits}f} ({low:{sign}.{digits}f} to {high:{sign}.{digits}f})"


def _is_share(metric: Metric) -> bool:
    return metric.unit.startswith("share")
