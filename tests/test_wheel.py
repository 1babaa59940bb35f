"""The wheel alone, in an empty environment outside the checkout: no torch, no PyAV, no Node."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
NO_NETWORK = "The package registry could not be reached, and this test needs it to fill an empty environment."


def run(
    *command: str | Path, cwd: Path, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(one) for one in command], cwd=cwd, env=env, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    built = run(
        sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT, cwd=folder
    )
    assert built.returncode == 0, built.stdout + built.stderr
    (file,) = folder.glob("caption_workbench-*-py3-none-any.whl")
    return file


@pytest.fixture(scope="module")
def bare(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the bin folder of an environment that holds the wheel and what it cannot do without."""
    folder = tmp_path_factory.mktemp("bare")
    venv.create(folder / "env", with_pip=True)
    home = folder / "env" / "bin"
    pip = (home / "python", "-m", "pip", "install", "-q", "--no-input", "--disable-pip-version-check")
    done = run(*pip, "-c", ROOT / "constraints.txt", wheel, cwd=folder)
    assert done.returncode == 0, f"{NO_NETWORK}\n{done.stderr[-2000:]}"
    return home


@pytest.fixture
def alone(bare: Path, tmp_path: Path) -> dict[str, str]:
    """Return surroundings in which only that environment can be found: no Node, no checkout."""
    kept = {name: os.environ[name] for name in ("LANG", "LC_ALL") if name in os.environ}
    return {**kept, "PATH": str(bare), "HOME": str(tmp_path)}


def test_the_wheel_holds_the_bundles_and_nothing_of_the_checkout(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    for widget in ("board", "gallery", "judge", "review", "runs"):
        assert f"widgets/static/{widget}.js" in names
    tops = {name.split("/")[0] for name in names}
    assert tops == {"workbench", "widgets", *(top for top in tops if top.endswith(".dist-info"))}
    assert wheel.stat().st_size < 12_000_000, "two captioners of 4.4 MB are most of it"
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_demo_runs_from_the_wheel_alone_and_says_what_is_missing(
    bare: Path, alone: dict[str, str], tmp_path: Path
) -> None:
    listed = run(
        bare / "python", "-m", "pip", "list", "--format=freeze", cwd=tmp_path, env=alone
    ).stdout.lower()
    assert "torch==" not in listed
    assert "\nav==" not in listed
    done = run(bare / "workbench", "demo", "world", "--images", "40", cwd=tmp_path, env=alone)
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "world" / "workspace.json").is_file()
    assert (tmp_path / "world" / "report.html").stat().st_size > 10_000
    assert "pip install 'caption-workbench[" in done.stdout + done.stderr


def test_the_widgets_load_their_views_from_the_wheel(
    bare: Path, alone: dict[str, str], tmp_path: Path
) -> None:
    code = """
import shutil, sys, widgets, workbench
assert shutil.which("node") is None
ws = workbench.create("ws")
for kind in (widgets.Gallery, widgets.Review):
    panel = kind(ws)
    print(kind.__name__, len(str(panel._esm)), "export" in str(panel._esm), len(str(panel._css)))
print(widgets.__file__)
"""
    done = run(bare / "python", "-c", code, cwd=tmp_path, env=alone)
    assert done.returncode == 0, done.stderr
    *panels, where = done.stdout.splitlines()
    assert str(bare.parent) in where
    for line, name in zip(panels, ("Gallery", "Review"), strict=True):
        shown, view_chars, exports, style_chars = line.split()
        assert shown == name
        assert exports == "True"
        assert int(view_chars) > 10_000
        assert int(style_chars) > 500


def test_the_doctor_says_how_to_get_the_rest(bare: Path, alone: dict[str, str], tmp_path: Path) -> None:
    done = run(bare / "workbench", "doctor", cwd=tmp_path, env=alone)
    assert done.returncode == 0, done.stderr
    for extra in ("torch", "audio-video", "fiftyone", "lab"):
        assert f"pip install 'caption-workbench[{extra}]'" in done.stdout
