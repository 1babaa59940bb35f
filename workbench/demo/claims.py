"""Say what a caption claims, where in its text, and whether the scene bears it out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from workbench.demo.catalog import KINDS
from workbench.demo.scene import Scene, relation_between

__all__ = ["CLAIM_TYPES", "Claim", "Line", "Sentence", "holds"]

CLAIM_TYPES = (
    "object", "attribute", "count", "action", "relation", "place", "absent", "order", "time", "sync",
)  # fmt: skip


@dataclass(frozen=True)
class Claim:
    """One checkable statement: its type, its arguments and the characters [start, end) that say it.

    Arguments by type: object (kind, "singular" | "plural"); attribute (kind, "colour" | "size", value);
    count (kind, number); action (kind, pose); relation (relation, kind, kind); place (place); absent (kind).
    """

    type: str
    args: tuple[str, ...]
    start: int
    end: int


@dataclass(frozen=True)
class Sentence:
    """A finished caption text with the claims it makes."""

    text: str
    claims: tuple[Claim, ...]
    plan: str
    frame: str


class Line:
    """Build a text piece by piece and remember which characters make which claim."""

    def __init__(self) -> None:
        self.text = ""
        self.claims: list[Claim] = []
        self._needs_article = False

    def say(self, words: str) -> None:
        """Add words, with a space before them unless they begin with a mark."""
        if not words:
            return
        if self._needs_article:
            self._needs_article = False
            self.say("an" if words[0] in "aeiou" else "a")
        if self.text and words[0] not in ",.;!":
            self.text += " "
        self.text += words

    def article(self) -> None:
        """Put "a" or "an" before whatever comes next."""
        self._needs_article = True

    def claim(self, words: str, type_: str, *args: str) -> None:
        """Add words that make a claim."""
        self.say(words)
        self.claims.append(Claim(type_, args, len(self.text) - len(words), len(self.text)))

    def finish(self, plan: str, frame: str, *, mark: str = ".", is_lower: bool = False) -> Sentence:
        """Return the sentence with its first letter large and its closing mark."""
        text = self.text if is_lower else self.text[:1].upper() + self.text[1:]
        return Sentence(text + mark, tuple(self.claims), plan, frame)


def holds(scene: Scene, claim: Claim) -> bool:
    """Tell whether a claim is true of a scene."""
    args = claim.args
    checks: dict[str, Callable[[], bool]] = {
        "object": lambda: _has(scene, args[0]),
        "attribute": lambda: _attribute(scene, args[0], args[1]) == args[2],
        "count": lambda: _count(scene, args[0]) == int(args[1]),
        "action": lambda: _pose(scene, args[0]) == args[1],
        "relation": lambda: _relation(scene, args[1], args[2]) == args[0],
        "place": lambda: scene.place == args[0],
        "absent": lambda: not _has(scene, args[0]),
    }
    return checks[claim.type]()


def moved(claim: Claim, by: int) -> Claim:
    """Return the claim with its span moved by so many characters."""
    return replace(claim, start=claim.start + by, end=claim.end + by)


def _has(scene: Scene, kind: str) -> bool:
    return any(kind in (thing.kind, KINDS[thing.kind].group) for thing in scene.things)


def _attribute(scene: Scene, kind: str, name: str) -> str | None:
    if kind == "sky":
        return scene.sky
    thing = scene.thing(kind)
    return None if thing is None else {"colour": thing.colour, "size": thing.size}[name]


def _count(scene: Scene, kind: str) -> int:
    thing = scene.thing(kind)
    return thing.count if thing else 0


def _pose(scene: Scene, kind: str) -> str | None:
    thing = scene.thing(kind)
    return thing.pose if thing else None


def _relation(scene: Scene, first: str, second: str) -> str | None:
    one, other = scene.thing(first), scene.thing(second)
    return relation_between(one, other) if one and other else None
