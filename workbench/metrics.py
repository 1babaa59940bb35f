"""One shape for every result: a JSON file and the same numbers as a table.

{"benchmark", "date", "device", "versions", "results": {metric: {"value", "low", "high", "n", "unit"}}}
"""

from __future__ import annotations

import json
import math
import platform
import sys
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

__all__ = ["Metric", "describe_device", "write_results"]

_PACKAGES = ("caption-workbench", "numpy", "polars", "pillow", "torch", "transformers", "trl", "peft", "av")


@dataclass(frozen=True, slots=True)
class Metric:
    """One measured number with its interval, where it has one, and how many things it rests on."""

    value: float
    n: int
    unit: str
    low: float | None = None
    high: float | None = None


def write_results(
    benchmark: str, metrics: dict[str, Metric], *, path: str | None, device: str = "cpu"
) -> None:
    """Print the metrics as a table and write them as JSON.

    Args:
        benchmark: its name.
        metrics: name -> what was measured; names are snake_case and do not change.
        path: where the JSON goes; `-` for standard output; None for the table alone.
        device: `cpu` or `cuda`.
    """
    document = {
        "benchmark": benchmark,
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "device": describe_device(device),
        "versions": {"python": platform.python_version()} | _versions(),
        "results": {
            name: {k: _finite(v) for k, v in asdict(metric).items()} for name, metric in metrics.items()
        },
    }
    text = json.dumps(document, indent=2)
    if path == "-":
        print(text)
    elif path:
        Path(path).write_text(text + "\n", encoding="utf-8")
    table = [f"{benchmark} on {document['device']}"]
    width = max(map(len, metrics), default=0)
    table += [f"  {name:<{width}}  {_shown(metric)}" for name, metric in metrics.items()]
    print("\n".join(table), file=sys.stderr if path == "-" else sys.stdout)


def describe_device(device: str) -> str:
    """Return the name of the processor or GPU, with the number of cores."""
    if device == "cuda":
        import torch

        return f"cuda: {torch.cuda.get_device_name()}"
    import os

    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return f"cpu: {next(names, platform.processor() or platform.machine())}, {os.cpu_count()} cores"


def _versions() -> dict[str, str]:
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def _finite(value: object) -> object:
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _shown(metric: Metric) -> str:
    interval = "" if metric.low is None else f"  [{metric.low:.4g}, {metric.high:.4g}]"
    return f"{metric.value:>10.4g}{interval}  {metric.unit}  (n = {metric.n:,})"
