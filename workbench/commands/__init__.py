"""The commands of the shell, by what they are for."""
