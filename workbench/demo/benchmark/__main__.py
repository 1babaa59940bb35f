"""Run the benchmark: `python -m workbench.demo.benchmark --seed 1001 --json result.json --html result.html`.

Worlds with numbers below 100 are for tuning; report others.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from workbench.demo.benchmark.captions import QUICK_SCENES, SCENES, study_world
from workbench.demo.benchmark.headlines import headline_metrics, slug
from workbench.demo.benchmark.page import render
from workbench.demo.benchmark.sections import SECTIONS, measure_section
from workbench.demo.benchmark.study import Study
from workbench.demo.benchmark.table import format_study
from workbench.errors import WorkbenchError
from workbench.metrics import Metric, write_results

__all__ = ["main"]

CAPTIONS, REAL, PAIRS = "captions", "real", "pairs"
#: What runs where nothing is asked for; the builders of pairs are measured by themselves.
ORDER = (CAPTIONS, *(name for name in SECTIONS if name != PAIRS))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the sections asked for, print their numbers, write them; return 0 when every section could run."""
    options = _parse(arguments)
    began = time.perf_counter()
    metrics: dict[str, Metric] = {}
    studies: dict[str, Study] = {}
    notes: list[str] = []
    wanted = (
        [PAIRS]
        if options.pairs
        else [options.only]
        if options.only
        else [REAL]
        if options.real
        else list(ORDER)
    )
    for name in wanted:
        _tell(f"{name} ...")
        if name in (CAPTIONS, REAL):
            study, found = _study(name, options)
            studies[f"Captions of {'drawn scenes' if name == CAPTIONS else 'real photos'}"] = study
            metrics |= found
        else:
            found, note = measure_section(name, seed=options.seed, quick=options.quick, tell=_tell)
            metrics |= found
            notes += [note] if note else []
    for title, study in studies.items():
        print(f"\n{title}: {format_study(study)}\n")
    write_results("demo", metrics, path=options.json)
    for note in notes:
        print(note)
    if options.html:
        title = f"Caption Workbench benchmark, seed {options.seed}"
        Path(options.html).write_text(render(studies, metrics, title=title), encoding="utf-8")
    _tell(f"done in {time.perf_counter() - began:.0f} s")
    return 1 if notes else 0


def _study(name: str, options: argparse.Namespace) -> tuple[Study, dict[str, Metric]]:
    scorers = tuple(options.scorers.split(",")) if options.scorers else ()
    with tempfile.TemporaryDirectory() as kept:
        if name == CAPTIONS:
            scenes = options.scenes or (QUICK_SCENES if options.quick else SCENES)
            study = study_world(Path(kept), options.seed, scenes=scenes, only=scorers)
            return study, headline_metrics(study)
        from workbench.demo.benchmark.real import PHOTOS, QUICK_PHOTOS, study_photos

        study = study_photos(
            Path(kept),
            Path(options.real),
            seed=options.seed,
            captions=options.captions,
            count=options.scenes or (QUICK_PHOTOS if options.quick else PHOTOS),
            tell=_tell,
            only=scorers,
        )
        return study, {f"real_{slug(name)}": metric for name, metric in headline_metrics(study).items()}


def _parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m workbench.demo.benchmark", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--seed", type=int, default=1001, help="number of the world")
    parser.add_argument("--json", help="where the numbers go, - for standard output")
    parser.add_argument("--html", help="where the page goes")
    parser.add_argument("--quick", action="store_true", help="a reduced run that shows that it works")
    parser.add_argument("--only", choices=[*ORDER, PAIRS, REAL], help="one section")
    parser.add_argument("--pairs", action="store_true", help="the builders of preference pairs alone")
    parser.add_argument("--scenes", type=int, help="how many pictures, drawn or real")
    parser.add_argument("--scorers", help="names, with commas between; all that read captions if left out")
    parser.add_argument("--real", metavar="DIR", help="plant the errors in these photos and captions instead")
    parser.add_argument("--captions", help="captions file of the photos; else looked for in the folder")
    options = parser.parse_args(arguments)
    if options.only == REAL and not options.real:
        parser.error("--only real needs --real DIR")
    return options


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except WorkbenchError as error:
        sys.exit(f"{error}")
