"""Plant errors of known type: each edit makes one claim false of the scene and records the exact span.

Omission is not planted: a caption that leaves something out is incomplete and not false.
Ids begin with their family: P pairing, O object, A attribute, R relation, C count, N negation, T time and
action, V sound, X harmless.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from workbench.demo.catalog import COLOURS, KINDS, POSES, SKIES, Kind
from workbench.demo.claims import Claim, Sentence, holds, moved
from workbench.demo.grammar import NUMBERS, RELATIONS
from workbench.demo.scene import Scene, Thing

__all__ = ["CORRUPTIONS", "Corrupted", "Edit", "apply_edits", "corrupt", "rephrase"]


@dataclass(frozen=True)
class Edit:
    """One replacement: the claim that is replaced, the new words, what they claim."""

    claim: Claim
    words: str
    args: tuple[str, ...]


@dataclass(frozen=True)
class Corrupted:
    """A caption with a planted error: id, error type, severity 1-3, the span [start, end) that is false."""

    sentence: Sentence
    corruption: str
    error_type: str
    severity: int
    start: int
    end: int


def corrupt(scene: Scene, sentence: Sentence, error_type: str, seed: str) -> Corrupted | None:
    """Return the caption with one error of the type, or None where the caption offers no handle for it.

    Args:
        scene: What the caption describes.
        sentence: A true caption.
        error_type: A key of `CORRUPTIONS`.
        seed: Seed of the choice.
    """
    rng = random.Random(f"corrupt/{scene.seed}/{error_type}/{seed}")
    found = [
        (name, severity, edits)
        for name, severity, edits in CORRUPTIONS[error_type](scene, sentence, rng)
        if all(not holds(scene, replace(edit.claim, args=edit.args)) for edit in edits)
    ]
    if not found:
        return None
    name, severity, edits = rng.choice(found)
    changed, (start, end) = apply_edits(sentence, edits)
    return Corrupted(changed, name, error_type, severity, start, end)


def rephrase(scene: Scene, sentence: Sentence, seed: str) -> Corrupted | None:
    """Return the caption with one harmless change (X1: a synonym or the wider word); it stays true."""
    rng = random.Random(f"rephrase/{scene.seed}/{seed}")
    edits = [edit for claim in sentence.claims for edit in _harmless(scene, claim, sentence)]
    if not edits:
        return None
    changed, (start, end) = apply_edits(sentence, [rng.choice(edits)])
    return Corrupted(changed, "X1", "", 0, start, end)


def apply_edits(sentence: Sentence, edits: list[Edit]) -> tuple[Sentence, tuple[int, int]]:
    """Put new words in place of claims, mend "a" and "an", and return the span that changed."""
    text, claims = sentence.text, list(sentence.claims)
    bounds: list[tuple[int, int]] = []
    for edit in sorted(edits, key=lambda edit: -edit.claim.start):
        start, end = edit.claim.start, edit.claim.end
        words = edit.words[:1].upper() + edit.words[1:] if text[start].isupper() else edit.words
        head = _mend_article(text[:start], words)
        by = len(head) - start + len(words) - (end - start)
        start = len(head)
        text = head + words + text[end:]
        claims = [
            replace(claim, args=edit.args, start=start, end=start + len(words)) if claim == edit.claim
            else moved(claim, by) if claim.start >= end else claim
            for claim in claims
        ]  # fmt: skip
        bounds = [(low + by, high + by) for low, high in bounds] + [(start, start + len(words))]
    changed = replace(sentence, text=text, claims=tuple(claims))
    return changed, (min(low for low, _ in bounds), max(high for _, high in bounds))


def _mend_article(head: str, words: str) -> str:
    for article in ("a ", "an ", "A ", "An "):
        if head == article or head.endswith(" " + article):
            return head[: -len(article)] + article[0] + ("n " if words[0].lower() in "aeiou" else " ")
    return head


_Found = Iterator[tuple[str, int, list[Edit]]]


def _of(sentence: Sentence, type_: str) -> list[Claim]:
    return [claim for claim in sentence.claims if claim.type == type_]


def _objects(scene: Scene, sentence: Sentence, rng: random.Random) -> _Found:
    for claim in _of(sentence, "object"):
        thing = scene.thing(claim.args[0])
        if thing is None:
            continue
        said = {other.args[1] for other in _of(sentence, "action") if other.args[0] == thing.kind}
        colours = {
            other.args[2] for other in _of(sentence, "attribute") if other.args[:2] == (thing.kind, "colour")
        }
        for kind in _stand_ins(scene, thing, said, colours):
            words = kind.plural if claim.args[1] == "plural" else kind.nouns[0]
            is_near = kind.group == KINDS[thing.kind].group
            yield (
                ("O2" if is_near else "O1"),
                (3 if is_near else 1),
                [Edit(claim, words, (kind.name, claim.args[1]))],
            )
    for claim in _of(sentence, "absent"):
        for thing in scene.things:
            yield "N1", 3, [Edit(claim, KINDS[thing.kind].plural, (thing.kind,))]


def _stand_ins(scene: Scene, thing: Thing, poses: set[str], colours: set[str]) -> list[Kind]:
    own = KINDS[thing.kind]
    return [
        kind
        for kind in KINDS.values()
        if scene.thing(kind.name) is None
        and (kind.carrier is None) == (own.carrier is None)
        and kind.bands.get(scene.place) == thing.band
        and poses <= set(kind.poses)
        and colours <= set(kind.colours)
    ]


def _attributes(scene: Scene, sentence: Sentence, rng: random.Random) -> _Found:
    colours = [claim for claim in _of(sentence, "attribute") if claim.args[1] == "colour"]
    for claim in colours:
        for colour in sorted(set(KINDS[claim.args[0]].colours) or set(COLOURS)):
            yield "A1", 2, [Edit(claim, colour, (claim.args[0], "colour", colour))]
    for first in colours:
        for second in colours:
            if first.start < second.start and first.args[0] != second.args[0]:
                edits = [Edit(first, second.args[2], (first.args[0], "colour", second.args[2]))]
                yield (
                    "A2",
                    3,
                    [*edits, Edit(second, first.args[2], (second.args[0], "colour", first.args[2]))],
                )
    for claim in _of(sentence, "attribute"):
        if claim.args[1] == "size":
            other = {"small": "large", "large": "small"}[claim.args[2]]
            yield "A1", 2, [Edit(claim, other, (claim.args[0], "size", other))]
        if claim.args[1] == "sky":
            for sky, words in SKIES.items():
                yield "A1", 1, [Edit(claim, rng.choice(words), ("sky", "sky", sky))]


def _relations(scene: Scene, sentence: Sentence, rng: random.Random) -> _Found:
    for claim in _of(sentence, "relation"):
        words = sentence.text[claim.start : claim.end].lower()
        if claim.args[0] == "on":
            yield "R1", 2, [Edit(claim, rng.choice(("under", "in front of")), ("under", *claim.args[1:]))]
            continue
        other = "right of" if claim.args[0] == "left of" else "left of"
        opposite = RELATIONS[other][RELATIONS[claim.args[0]].index(words)]
        yield "R1", 3, [Edit(claim, opposite, (other, *claim.args[1:]))]


def _counts(scene: Scene, sentence: Sentence, rng: random.Random) -> _Found:
    for claim in _of(sentence, "count"):
        number = int(claim.args[1])
        for step in (-2, -1, 1, 2):
            if number + step >= 2:
                yield "C1", 2, [Edit(claim, NUMBERS[number + step], (claim.args[0], str(number + step)))]


def _actions(scene: Scene, sentence: Sentence, rng: random.Random) -> _Found:
    for claim in _of(sentence, "action"):
        thing, pose = scene.thing(claim.args[0]), POSES[claim.args[1]]
        words = sentence.text[claim.start : claim.end]
        form = next(name for name in ("singular", "plural", "participle") if getattr(pose, name) == words)
        for other in KINDS[claim.args[0]].poses if thing else ():
            if (other == "flying") == (claim.args[1] == "flying"):
                yield "T4", 2, [Edit(claim, getattr(POSES[other], form), (claim.args[0], other))]


def _harmless(scene: Scene, claim: Claim, sentence: Sentence) -> Iterator[Edit]:
    if claim.type != "object" or claim.args[1] != "singular":
        return
    kind = KINDS[claim.args[0]]
    words = sentence.text[claim.start : claim.end].lower()
    for noun in (*kind.nouns, kind.group):
        if noun.lower() != words and (noun in kind.nouns or noun in ("animal", "person", "vehicle")):
            yield Edit(claim, noun, claim.args)


CORRUPTIONS: dict[str, Callable[[Scene, Sentence, random.Random], _Found]] = {
    "object": _objects,
    "attribute": _attributes,
    "relation": _relations,
    "count": _counts,
    "action": _actions,
}
