"""The losses, as their papers write them, on log-probabilities of tokens."""
