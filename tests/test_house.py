"""The house rules that a machine can hold: layers, names, sizes, and that what the papers say is so."""

from __future__ import annotations

import ast
import itertools
import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.version import Version

import workbench
from workbench.cli import COMMANDS
from workbench.workspace import Workspace

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
HEAVY = (
    "torch",
    "transformers",
    "av",
    "fiftyone",
    "panel",
    "holoviews",
    "ray",
    "trl",
    "openvino",
    "cv2",
    "sklearn",
    "scipy",
    "jiwer",
    "pocketsphinx",
    "espeakng_loader",
    "crowdkit",
    "datasets",
    "krippendorff",
    "networkx",
    "pandas",
    "statsmodels",
    "umap",
    "numba",
)
MAX_LINES = 400
GRAB_BAGS = {"utils", "util", "helpers", "helper", "common", "manager", "handler", "misc", "process"}

# Where catching everything is right: a shell's edge, which must answer whatever happens.
SHELL_EDGES = {
    "workbench/cli.py", "workbench/doctor.py", "workbench/finetune/worker.py", "widgets/job.py",
    "widgets/core.py", "widgets/panel.py"
}  # fmt: skip
# What would tie the project to one machine. Written in pieces, so that this file does not find itself.
MACHINE_PATHS = re.compile("|".join(["/wo" + "rk/", "/ro" + "ot/", r"\.\./sha" + "red", "/ho" + "me/[a-z]"]))
# Made by a command or given by the user; the README may name them all the same.
MADE_LATER = (
    "demo/",
    "photos",
    "captions.csv",
    "captions.jsonl",
    "token.txt",
    "my-set",
    "pairs.jsonl",
    "decisions.jsonl",
)


@cache
def tracked() -> tuple[Path, ...]:
    """Return every file that git would commit, so that build folders and caches are left out."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    files = (ROOT / line for line in listing.stdout.splitlines())
    return tuple(file for file in files if file.is_file())


def sources(*tops: str, suffix: str = ".py") -> list[Path]:
    return [f for f in tracked() if f.suffix == suffix and f.relative_to(ROOT).parts[0] in tops]


def name_of(file: Path) -> str:
    return file.relative_to(ROOT).as_posix()


def script(name: str) -> str:
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    assert found, f"{name} is not installed; run: make test"
    return found


# -- code ---------------------------------------------------------------------------------------------------


def test_every_layer_imports_only_from_those_beneath_it() -> None:
    done = subprocess.run([script("lint-imports"), "--no-cache"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_importing_everything_loads_nothing_heavy() -> None:
    """Every module, not only the front door: a heavy import belongs in the function that needs it."""
    modules = [
        ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for file in sources("workbench", "widgets")
        if file.stem != "__main__"
    ]
    code = f"""
import importlib, sys
for name in {modules!r}:
    importlib.import_module(name)
    heavy = sorted(set({HEAVY!r}) & set(sys.modules))
    if heavy:
        sys.exit(f"{{name}} loads {{heavy}}")
"""
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_import_workbench_costs_next_to_nothing() -> None:
    code = "import workbench, sys; print(sorted({'polars', 'numpy', 'sqlalchemy', 'PIL'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


@pytest.mark.parametrize("file", sources("workbench", "widgets", "benchmarks"), ids=name_of)
def test_public_modules_list_their_names_in_order(file: Path) -> None:
    if file.stem.startswith("__main") or (file.stem.startswith("_") and file.stem != "__init__"):
        return
    tree = ast.parse(file.read_text())
    if file.stem == "__init__" and len(tree.body) <= 1:
        return  # a folder with a docstring alone
    listed = next(
        (
            [one.value for one in node.value.elts if isinstance(one, ast.Constant)]
            for node in tree.body
            if isinstance(node, ast.Assign | ast.AnnAssign)
            and ast.unparse(node.targets[0] if isinstance(node, ast.Assign) else node.target) == "__all__"
            and isinstance(node.value, ast.List | ast.Tuple)
        ),
        None,
    )
    assert listed is not None, f"{name_of(file)} has no __all__"
    assert listed == sorted(listed, key=constants_then_classes_then_functions)
    assert len(listed) == len(set(listed))


def constants_then_classes_then_functions(name: str) -> tuple[int, str]:
    return (0 if name.isupper() else 1 if name[0].isupper() else 2, name)


def test_the_front_door_has_at_most_twenty_names_and_all_of_them_open() -> None:
    assert len(workbench.__all__) <= 20
    for name in workbench.__all__:
        assert getattr(workbench, name) is not None


@pytest.mark.parametrize("suffix", [".py", ".js", ".css"])
def test_no_file_outgrows_the_cap(suffix: str) -> None:
    files = sources("workbench", "widgets", "benchmarks", "scripts", suffix=suffix)
    lines = {name_of(f): len(f.read_text().splitlines()) for f in files if "static" not in f.parts}
    assert {name: count for name, count in lines.items() if count > MAX_LINES} == {}


def test_no_file_is_a_grab_bag() -> None:
    names = {name_of(file) for file in tracked() if set(re.split(r"[._-]", file.stem)) & GRAB_BAGS}
    assert names == set()


def test_no_folder_shadows_the_widgets_package() -> None:
    assert not (ROOT / "tests" / "widgets").exists()


def test_everything_is_caught_only_at_a_shells_edge() -> None:
    broad = {
        name_of(file)
        for file in sources("workbench", "widgets")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.ExceptHandler)
        and (node.type is None or ast.unparse(node.type) in ("Exception", "BaseException"))
    }
    assert broad - SHELL_EDGES == set()


def test_weights_are_never_unpickled() -> None:
    for file in sources("workbench", "widgets", "benchmarks", "scripts"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import | ast.ImportFrom):
                imported = (
                    [node.module or ""] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
                )
                assert not {"pickle", "cloudpickle", "dill", "joblib"} & set(imported), name_of(file)
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "torch.load":
                options = {word.arg: ast.unparse(word.value) for word in node.keywords}
                assert options.get("weights_only") == "True", name_of(file)


def test_views_name_no_outside_address() -> None:
    address = re.compile(r"""(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}[^\s"'`)]*""")
    views = [f for suffix in (".js", ".css", ".html") for f in sources("widgets", "workbench", suffix=suffix)]
    assert views
    for file in views:
        text = re.sub(r"(?m)^\s*(?://|\*|/\*).*$", "", file.read_text())
        found = [one for one in address.findall(text) if "www.w3.org" not in one]
        assert found == [], f"{name_of(file)} names {found}"


def test_nothing_is_tied_to_one_machine() -> None:
    for file in tracked():
        try:
            text = file.read_text()
        except UnicodeDecodeError:
            continue
        assert MACHINE_PATHS.search(text) is None, f"{name_of(file)}: {MACHINE_PATHS.search(text)}"


# -- packages -----------------------------------------------------------------------------------------------


def requirements() -> dict[str, Requirement]:
    listed = [*PROJECT["dependencies"], *(one for extra in extras().values() for one in extra)]
    return {Requirement(one).name: Requirement(one) for one in listed}


def extras() -> dict[str, list[str]]:
    found: dict[str, list[str]] = PROJECT["optional-dependencies"]
    return found


def pins() -> dict[str, str]:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pairs = (line.split("==") for line in lines if not line.startswith("#"))
    return {normal(name): version for name, version in pairs}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_conda_gets_the_same_packages_and_ranges_as_pip() -> None:
    listed = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    by_pip = next(one["pip"] for one in listed if isinstance(one, dict))
    by_conda = [one for one in listed if isinstance(one, str) and one != "pip"]
    conda = {(r := Requirement(one)).name: r for one in [*by_conda, *by_pip]}
    python = conda.pop("python")
    assert str(python.specifier) == PROJECT["requires-python"]
    assert {name: str(r) for name, r in conda.items()} == {name: str(r) for name, r in requirements().items()}


def test_every_pin_lies_in_its_range_and_every_package_is_pinned() -> None:
    pinned = pins()
    for requirement in requirements().values():
        version = pinned.get(normal(requirement.name))
        assert version, f"{requirement.name} is not pinned; run: python scripts/pin.py"
        assert requirement.specifier.contains(version), f"{requirement} is pinned to {version}"


def test_set_up_asks_for_extras_that_exist_and_the_torch_that_is_pinned() -> None:
    sys.path.insert(0, str(ROOT / "scripts"))
    try:
        prepare = import_module("prepare")
    finally:
        sys.path.remove(str(ROOT / "scripts"))
    levels = list(prepare.LEVELS.values())
    assert all(set(level) <= set(extras()) for level in levels)
    assert all(set(small) <= set(large) for small, large in itertools.pairwise(levels))
    assert f"torch=={pins()['torch']}" == prepare.TORCH


def test_one_version_everywhere() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text()
    newest = re.search(r"^## \[(\d[^\]]*)\]", changelog, re.MULTILINE)
    assert newest is not None
    assert newest[1] == PROJECT["version"] == workbench.__version__
    assert Version(newest[1]).release


# -- papers -------------------------------------------------------------------------------------------------

PAPERS = [file for file in tracked() if file.suffix == ".md"]


def code_blocks(file: Path, *languages: str) -> Iterator[str]:
    for language, body in re.findall(r"^```(\w*)\n(.*?)^```", file.read_text(), re.MULTILINE | re.DOTALL):
        if language in languages:
            yield body


def commands_in(file: Path) -> Iterator[list[str]]:
    """Return each command of a paper's shell blocks, split into words, without its comment."""
    for block in code_blocks(file, "sh", "bash", "console"):
        for line in block.replace("\\\n", " ").splitlines():
            words = line.partition("#")[0].removeprefix("$ ").split()
            if words:
                yield words


@pytest.mark.parametrize("paper", PAPERS, ids=name_of)
def test_every_command_in_the_papers_exists(paper: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    verbs = {command.name for command in COMMANDS}
    for words in commands_in(paper):
        line = " ".join(words)
        if words[0] == "make":
            assert {word for word in words[1:] if "=" not in word and word.isalpha()} <= targets, line
        for piece in re.findall(r"\bworkbench ([a-z][a-z-]*)\b", line):
            assert piece in verbs, line
        for module in re.findall(r"python -m ((?:benchmarks|workbench)[\w.]*)", line):
            assert (ROOT / module.replace(".", "/")).is_dir() or (
                ROOT / f"{module.replace('.', '/')}.py"
            ).is_file(), line


def test_make_help_names_every_target() -> None:
    shown = subprocess.run(
        ["make", "-s", "help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    makefile = (ROOT / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE)) - {"help"}
    assert targets == set(re.findall(r"^make ([a-z]+) ", shown, re.MULTILINE))


@pytest.mark.parametrize("paper", PAPERS, ids=name_of)
def test_every_path_in_the_papers_exists(paper: Path) -> None:
    text = re.sub(r"^```.*?^```", "", paper.read_text(), flags=re.MULTILINE | re.DOTALL)
    linked = [one for one in re.findall(r"\]\(([^)#\s]+)", text) if "://" not in one]
    quoted = re.findall(r"`((?:[\w.-]+/)+[\w.-]*|[\w-]+\.(?:py|md|toml|txt|yml|ipynb))`", text)
    for path in linked:
        assert (paper.parent / path).exists(), f"{name_of(paper)} links to {path}"
    for path in quoted:
        if not path.startswith(MADE_LATER):
            near = (paper.parent / path, ROOT / path, ROOT / "workbench" / path)
            assert any(place.exists() for place in near), f"{name_of(paper)} names {path}"


def test_the_python_in_the_readme_uses_names_that_exist() -> None:
    blocks = list(code_blocks(ROOT / "README.md", "python"))
    assert blocks
    for block in blocks:
        tree = ast.parse(block)
        for node in ast.walk(tree):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                owner = {"ws": Workspace, "workbench": workbench}.get(node.value.id)
                if node.value.id == "widgets":
                    owner = import_module("widgets")
                assert owner is None or hasattr(owner, node.attr), ast.unparse(node)


def test_the_map_of_docs_names_every_paper() -> None:
    index = (ROOT / "docs" / "index.md").read_text()
    for file in tracked():
        if file.parent == ROOT / "docs" and file.suffix == ".md" and file.stem != "index":
            assert f"({file.name})" in index, f"docs/index.md does not name {file.name}"


@pytest.mark.parametrize("file", [f for f in tracked() if f.suffix == ".ipynb"], ids=name_of)
def test_notebooks_store_no_outputs(file: Path) -> None:
    cells = json.loads(file.read_text())["cells"]
    assert 0 < len(cells) < 40
    for cell in cells:
        assert not cell.get("outputs"), f"{name_of(file)} stores an output"
        assert cell.get("execution_count") is None, f"{name_of(file)} stores a run"
