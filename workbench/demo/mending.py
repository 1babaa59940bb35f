"""The third part of the demo: the captioner that comes with the workbench, mended by corrections.

It is a world of its own, with scenes that the captioner knows; the pictures of the demo world are not of its
kind. What was found is kept beside the workspace, so that a second run of the demo takes no time.
"""

from __future__ import annotations

import io
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from workbench.demo.finetune.truth import check_caption
from workbench.errors import MissingExtraError, RunError, UnknownNameError
from workbench.metrics import Metric
from workbench.report import BeforeAfter, FinetunePart

if TYPE_CHECKING:
    from workbench.demo.finetune.proving import Example, Proof, Size

__all__ = ["SIZES", "Mended", "mend_captioner", "size_named"]

#: `short` for the report of the demo, `whole` for the figures.
SIZES: Final = ("short", "whole")
#: Test scenes of seeds from here on were never used to choose a recipe.
_FIRST_SEED: Final = 100
_SHOWN: Final = 8
_FILE: Final = "finetune.json"
_HEADS: Final = ("before", "after", "by imitation")
_TITLES: Final = {
    "chair_i": "things named that are not there (CHAIR i)",
    "chair_s": "captions that name such a thing (CHAIR s)",
    "recall": "things there that are named",
    "miscoloured": "things in a wrong colour",
    "malformed": "captions out of grammar",
    "repetition": "captions that name a thing twice",
    "words": "words a caption",
}
_DECODED: Final = {"greedy": "the likeliest words", "sampled": "drawn words"}


@dataclass(frozen=True)
class Mended:
    """What the fine-tune of the demo found: for its report, and a line each for the terminal."""

    part: FinetunePart
    lines: tuple[str, ...]
    left_out: tuple[str, ...] = ()


def mend_captioner(folder: Path, size: str, *, seed: int) -> Mended:
    """Tune the embedded captioner on corrections of what it said, and measure it on scenes nobody has seen.

    Args:
        folder: where the result is kept, or was.
        size: of `SIZES`.
        seed: of the demo.

    Raises:
        UnknownNameError: for a size that does not exist.
    """
    if size not in SIZES:
        raise UnknownNameError("size of the fine-tune", size, SIZES)
    asked = {"size": size, "seed": seed}
    kept = _read(folder, asked)
    if kept is not None:
        return kept
    from workbench.demo.finetune import proof
    from workbench.encoders.devices import require_torch

    try:
        require_torch("The fine-tune of the demo")
        done = proof(_FIRST_SEED + seed, size=size_named(size))
    except (MissingExtraError, RunError) as error:
        said = f"No fine-tune was made: {error}"
        return Mended(FinetunePart(left_out=(said,)), (), (said,))
    return _keep(folder, asked, _tell(done))


def size_named(name: str) -> Size:
    """Return how much is done: a third of the pairs and of the scenes for the demo, or everything."""
    from workbench.demo.finetune import Amounts, Size

    if name == "whole":
        return Size()
    few = Amounts(flagged=120, built=280, held_out_flagged=36, held_out_built=84)
    return Size(amounts=few, usual=140, unusual=60)


def _tell(done: Proof) -> Mended:
    scenes = done.metrics["chair_s_greedy_before"].n
    held_out = done.metrics["held_out_pair_accuracy"]
    lines = (
        f"Fine-tune: on {scenes:,} test scenes {_fall(done, 'chair_i')}; {_fall(done, 'chair_s')}.",
        f"Held-out pairs ordered rightly: {held_out.value:.1%}{_bounds(held_out)} of {held_out.n:,}. That "
        "alone would prove nothing: recall, length and repetition stand beside it.",
        "By imitation: the same chosen captions without the rejected ones (SFT), as many steps. Which of the "
        "two is ahead is shown and not claimed.",
    )
    part = FinetunePart(
        title=(
            "The embedded captioner before and after a short fine-tune on corrections of its own captions "
            f"(base {done.base}, seed {done.seed})"
        ),
        heads=_HEADS,
        rows=_rows(done),
        items=[_item(example) for example in done.examples[:_SHOWN]],
        lines=lines,
    )
    took = done.metrics["wall_s"].value
    return Mended(part, (*lines[:1], f"Fine-tune: {lines[1]} {took:.0f} s."))


def _rows(done: Proof) -> list[tuple[str, ...]]:
    wanted = [
        (f"{title}, {words}", f"{name}_{decoding}")
        for decoding, words in _DECODED.items()
        for name, title in _TITLES.items()
    ]
    wanted += [
        (f"of unusual combinations: {_TITLES['chair_i']}, {words}", f"unusual_chair_i_{decoding}")
        for decoding, words in _DECODED.items()
    ]
    return [
        (title, *(_cell(done.metrics[f"{name}_{when}"]) for when in ("before", "after", "sft")))
        for title, name in wanted
    ]


def _fall(done: Proof, name: str) -> str:
    sides = [
        f"from {done.metrics[f'{name}_{decoding}_before'].value:.1%} to "
        f"{done.metrics[f'{name}_{decoding}_after'].value:.1%} ({words})"
        for decoding, words in _DECODED.items()
    ]
    return f"{name.replace('_', ' ').replace('chair', 'CHAIR')} went {', '.join(sides)}"


def _cell(metric: Metric) -> str:
    return f"{metric.value:.1f}" if metric.unit == "words" else f"{metric.value:.1%}{_bounds(metric)}"


def _bounds(metric: Metric) -> str:
    if metric.low is None or metric.high is None:
        return ""
    return f" ({metric.low:.1%} to {metric.high:.1%})"


def _item(example: Example) -> BeforeAfter:
    content = io.BytesIO()
    example.picture.save(content, "PNG")
    gone = check_caption(example.before, example.scene).imagined
    still = check_caption(example.after, example.scene).imagined
    told = [", ".join(sorted(nouns)) or "nothing" for nouns in (gone, still)]
    note = f"named and not there: {told[0]} before, {told[1]} after"
    return BeforeAfter(example.before, example.after, content.getvalue(), note)


def _keep(folder: Path, asked: dict[str, object], mended: Mended) -> Mended:
    """Write the result down; the file that tells of it comes last, when all is there."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for number, item in enumerate(mended.part.items):
        (folder / f"{number:02d}.png").write_bytes(item.picture)
    part = mended.part
    told = {
        "asked": asked, "title": part.title, "rows": [list(row) for row in part.rows],
        "lines": list(part.lines), "told": list(mended.lines),
        "items": [[item.before, item.after, item.note] for item in part.items],
    }  # fmt: skip
    (folder / _FILE).write_text(json.dumps(told, indent=1), encoding="utf-8")
    return mended


def _read(folder: Path, asked: dict[str, object]) -> Mended | None:
    file = folder / _FILE
    told = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    if told.get("asked") != asked:
        return None
    items = [
        BeforeAfter(before, after, (folder / f"{number:02d}.png").read_bytes(), note)
        for number, (before, after, note) in enumerate(told["items"])
    ]
    part = FinetunePart(
        title=told["title"], heads=_HEADS, rows=[tuple(row) for row in told["rows"]], items=items,
        lines=tuple(told["lines"]),
    )  # fmt: skip
    return Mended(part, tuple(told["told"]))
