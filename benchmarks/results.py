"""Write what a benchmark found: the same numbers as JSON and as a table."""

from __future__ import annotations

import json
import math
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

__all__ = ["Metric", "write_results"]

_PACKAGES = ("caption-workbench", "numpy", "polars", "torch", "transformers", "pillow")


@dataclass(frozen=True)
class Metric:
    """One number, with its interval where there is one (95 %), how many things it rests on, and its unit."""

    value: float | None
    low: float | None = None
    high: float | None = None
    n: int | None = None
    unit: str = ""


def write_results(
    benchmark: str,
    results: Mapping[str, Metric],
    *,
    json_path: Path | None,
    device: str,
    about: Mapping[str, object],
) -> None:
    """Print the results as a table and write them as JSON.

    Args:
        benchmark: its name.
        results: metric name -> what was measured.
        json_path: where the JSON goes; None writes none.
        device: what it ran on, `cpu` or `cuda`.
        about: the settings of this run, kept with it.
    """
    print(f"{benchmark} on {device} ({_processor()})")
    for name, metric in results.items():
        print(f"  {name:<28} {_shown(metric)}")
    if json_path is None:
        return
    whole = {
        "benchmark": benchmark,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "device": device,
        "processor": _processor(),
        "versions": {"python": platform.python_version(), **_versions()},
        "settings": dict(about),
        "results": {name: _finite(metric) for name, metric in results.items()},
    }
    json_path.parent.mkdir(parents=True, exist_ok=True)
    json_path.write_text(json.dumps(whole, indent=2) + "\n", encoding="utf-8")
    print(f"  written to {json_path}")


def _finite(metric: Metric) -> dict[str, object]:
    """Return a metric as JSON takes it: what is undefined is null."""
    fields = asdict(metric)
    return {name: None if isinstance(v, float) and not math.isfinite(v) else v for name, v in fields.items()}


def _shown(metric: Metric) -> str:
    if metric.value is None or math.isnan(metric.value):
        return "undefined"
    interval = "" if metric.low is None or metric.high is None else f"  [{metric.low:.3f}, {metric.high:.3f}]"
    count = "" if metric.n is None else f"  n={metric.n:,}"
    return f"{metric.value:.3f} {metric.unit}".rstrip() + interval + count


def _versions() -> dict[str, str]:
    found = {}
    for package in _PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
