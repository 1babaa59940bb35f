"""Read the lists of words that lie beside this file as plain text."""

from __future__ import annotations

from importlib import resources

__all__ = ["read_classes", "read_lines", "read_table"]


def read_classes(file: str) -> dict[str, frozenset[str]]:
    """Return section -> its words, parted by spaces (or by commas, where a comma stands anywhere in it)."""
    found = {}
    for name, lines in _sections(file).items():
        whole = " ".join(lines)
        words = whole.split(",") if "," in whole else whole.split()
        found[name] = frozenset(word.strip() for word in words)
    return found


def read_table(file: str, section: str) -> dict[str, str]:
    """Return word -> value of a section written as "value: word, word"."""
    parts = (line.partition(":") for line in read_lines(file, section))
    return {word.strip(): value for value, _, words in parts for word in words.split(",")}


def read_lines(file: str, section: str) -> list[str]:
    """Return the lines of a section; a line that begins with a space goes on with the one before."""
    return _sections(file)[section]


def _sections(file: str) -> dict[str, list[str]]:
    text = resources.files(__package__).joinpath(file).read_text(encoding="utf-8")
    sections: dict[str, list[str]] = {}
    lines: list[str] = []
    for line in text.splitlines():
        if line.startswith("["):
            lines = sections.setdefault(line.strip("[]"), [])
        elif line.startswith("  "):
            lines[-1] += " " + line.strip()
        elif line.strip() and not line.startswith("#"):
            lines.append(line)
    return sections
