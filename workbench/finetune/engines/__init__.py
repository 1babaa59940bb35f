"""Two ways to the same losses: `fast`, ours, and `trl`, the reference."""
