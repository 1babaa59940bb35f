"""Benchmarks: each `python -m benchmarks.NAME --json PATH` measures one promise and writes what it found."""
