"""Change a caption without making it false (X1): what is flagged here is a false alarm.

The kinds of change: another word for the same thing, the wider word, figures for numerals, the same facts
in another order, another frame of sentence ("a dog runs", "there is a dog running", "a dog can be seen
running"), and careless spelling.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from workbench.demo.benchmark.telling import Telling
from workbench.demo.catalog import KINDS, PLACES, SKIES
from workbench.demo.claims import Claim, Sentence, holds
from workbench.demo.corruptions import Corrupted, Edit, apply_edits
from workbench.demo.grammar import FRAMES, RELATIONS, write_caption

__all__ = ["BENIGN_EDITS", "edit_harmlessly"]

WIDER = ("animal", "person", "vehicle", "building")
SIZE_WORDS = {"small": ("small", "little"), "large": ("large", "big")}


def edit_harmlessly(telling: Telling, kind: str, seed: str) -> Corrupted | None:
    """Return the caption with one harmless change, still true of its scene; None where there is no handle.

    Args:
        telling: a true caption and its scene.
        kind: a key of `BENIGN_EDITS`.
        seed: seed of the choice.
    """
    rng = random.Random(f"benign/{telling.scene.seed}/{kind}/{seed}")
    sentence = BENIGN_EDITS[kind](telling, rng)
    if sentence is None or sentence.text.lower().rstrip(".! ") == "":
        return None
    if sentence.text == telling.sentence.text or not all(holds(telling.scene, c) for c in sentence.claims):
        return None
    return Corrupted(sentence, f"X1 {kind}", "", 0, 0, len(sentence.text))


def _reworded(telling: Telling, edits: list[Edit], rng: random.Random) -> Sentence | None:
    return apply_edits(telling.sentence, [rng.choice(edits)])[0] if edits else None


def _synonym(telling: Telling, rng: random.Random) -> Sentence | None:
    edits = []
    for claim in telling.sentence.claims:
        said = telling.sentence.text[claim.start : claim.end]
        edits += [Edit(claim, words, claim.args) for words in _others(telling, claim, said.lower())]
    return _reworded(telling, edits, rng)


def _others(telling: Telling, claim: Claim, said: str) -> list[str]:
    """Return the other words that say the same claim."""
    if claim.type == "object" and claim.args[1] == "singular" and claim.args[0] in KINDS:
        known = KINDS[claim.args[0]].nouns
    elif claim.type == "relation":
        known = RELATIONS[claim.args[0]]
    elif claim.type == "attribute" and claim.args[1] in ("size", "sky"):
        known = SIZE_WORDS.get(claim.args[2], SKIES.get(claim.args[2], ()))
    elif claim.type == "place":
        known = _same_preposition(telling.scene.place, said)
    elif said == "grey":
        known = ("grey", "gray")
    else:
        known = ()
    return [words for words in known if words != said]


def _same_preposition(place: str, said: str) -> tuple[str, ...]:
    """Return the names of a place that take the preposition of the one said."""
    by_name = {name: preposition for preposition, name in PLACES[place].phrases}
    return tuple(name for name, preposition in by_name.items() if preposition == by_name.get(said))


def _hypernym(telling: Telling, rng: random.Random) -> Sentence | None:
    edits = [
        Edit(claim, KINDS[claim.args[0]].group, claim.args)
        for claim in telling.sentence.claims
        if claim.type == "object" and claim.args[1] == "singular" and KINDS[claim.args[0]].group in WIDER
    ]
    return _reworded(telling, edits, rng)


def _figures(telling: Telling, rng: random.Random) -> Sentence | None:
    edits = [
        Edit(claim, claim.args[1], claim.args) for claim in telling.sentence.claims if claim.type == "count"
    ]
    return _reworded(telling, edits, rng)


def _reordered(telling: Telling, rng: random.Random) -> Sentence | None:
    """Tell the same scene from the other end: "a car right of a dog" for "a dog left of a car"."""
    if len({claim.args[0] for claim in telling.sentence.claims if claim.type == "object"}) < 2:
        return None
    turned = replace(telling.scene, things=telling.scene.things[::-1])
    told = write_caption(turned, telling.profile, str(rng.randrange(4)))
    return told if sum(claim.type == "object" for claim in told.claims) > 1 else None


def _reframed(telling: Telling, rng: random.Random) -> Sentence | None:
    frames = [frame for frame in FRAMES if frame != telling.sentence.frame]
    profile = replace(telling.profile, frames=(rng.choice(frames),), plans=(telling.sentence.plan,))
    return write_caption(telling.scene, profile, "0")


def _careless(telling: Telling, rng: random.Random) -> Sentence | None:
    """Lose the capital and the full stop: what a claim says, and where, stays."""
    sentence = telling.sentence
    text = sentence.text.rstrip(".!")
    return replace(sentence, text=text[:1].lower() + text[1:])


#: Kind of harmless change -> what makes it.
BENIGN_EDITS: Final[dict[str, Callable[[Telling, random.Random], Sentence | None]]] = {
    "synonym": _synonym,
    "hypernym": _hypernym,
    "figures": _figures,
    "order": _reordered,
    "frame": _reframed,
    "careless": _careless,
}
