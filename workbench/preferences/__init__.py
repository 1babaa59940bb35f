"""Maths of preferences: building negatives, telling texts apart, agreement, ranking, lint. Knows no store."""
