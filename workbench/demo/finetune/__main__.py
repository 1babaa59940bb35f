"""Run the proof: `python -m workbench.demo.finetune --seed 101 --json result.json`.

Seeds below 100 are for choosing a recipe; report others. Whether preferences beat imitation of the same
chosen captions (`sft`) is printed and not claimed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from workbench.demo.finetune.proving import BASES, Proof, proof
from workbench.demo.finetune.truth import MEASURES
from workbench.errors import WorkbenchError
from workbench.metrics import write_results

__all__ = ["format_proof", "main"]

_COLUMNS = tuple(
    (decoding, when) for decoding in ("greedy", "sampled") for when in ("before", "after", "sft")
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the proof, print its table, write its figures; return 0."""
    parser = argparse.ArgumentParser(
        prog="python -m workbench.demo.finetune", description=(__doc__ or "").partition("\n")[0]
    )
    parser.add_argument("--seed", type=int, default=101, help="of scenes, pairs and training")
    parser.add_argument("--base", choices=tuple(BASES), default="first", help="which captioner")
    parser.add_argument("--json", help="where the figures go, - for standard output")
    asked = parser.parse_args(arguments)
    done = proof(asked.seed, asked.base, tell=lambda line: print(line, file=sys.stderr, flush=True))
    write_results("demo-finetune", dict(done.metrics), path=asked.json)
    print(format_proof(done), file=sys.stderr if asked.json == "-" else sys.stdout)
    return 0


def format_proof(done: Proof) -> str:
    """Return the figures as a table: a line a measure, greedy and sampled, before, after and by imitation."""
    head = "".join(f"{f'{decoding} {when}':>16}" for decoding, when in _COLUMNS)
    lines = [f"base {done.base}, seed {done.seed}", f"{'':<22}{head}"]
    for part in ("", "unusual_"):
        for name in MEASURES:
            values = [done.metrics[f"{part}{name}_{decoding}_{when}"].value for decoding, when in _COLUMNS]
            shown = "".join(f"{value:>16.1f}" if name == "words" else f"{value:>16.1%}" for value in values)
            lines.append(f"{(part + name).replace('_', ' '):<22}{shown}")
    falls = [
        f"{name} {decoding} {done.fall(name, decoding):.0%} (sft {done.fall(name, decoding, 'sft'):.0%})"
        for decoding in ("greedy", "sampled")
        for name in ("chair_i", "chair_s")
    ]
    lines.append(f"fell by: {', '.join(falls)}")
    return "\n".join(lines)


if __name__ == "__main__":
    try:
        sys.exit(main())
    except WorkbenchError as error:
        sys.exit(str(error))
