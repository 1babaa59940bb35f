"""The embedded captioner: its small world, the script that trained it, and the proof that pairs mend it."""
