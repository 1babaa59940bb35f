"""Measure every scorer on a world whose truth is known: `python -m workbench.demo.benchmark --seed 1001`.

Each section is a module with `measure(seed, quick) -> dict[str, Metric]`; the runner collects those that are
there. A corrupted caption is only ever compared with clean captions of the same form, length and file size:
a score that merely notices relation words, long captions or large files must come out at one half.
"""
