"""Measurements of the workbench on real input: `python -m benchmarks.NAME --json PATH`."""
