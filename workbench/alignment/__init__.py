"""Scores of how well media and captions agree: arrays in, arrays out, no store."""
