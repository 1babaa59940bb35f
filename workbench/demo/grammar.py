"""Write captions of a scene: what is said (plan), how it is put (frame), in whose manner (profile).

Everything a caption says comes from the scene, so an uncorrupted caption is true by construction, and each
statement keeps its character span, so that a later corruption knows exactly what it made false.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from workbench.demo.catalog import KINDS, PLACES, POSES, SKIES, Kind
from workbench.demo.claims import Line, Sentence
from workbench.demo.scene import Scene, Thing, relation_between

__all__ = ["FRAMES", "NUMBERS", "PLANS", "PROFILES", "Profile", "write_caption"]

NUMBERS = {1: "one", 2: "two", 3: "three", 4: "four", 5: "five", 6: "six"}
RELATIONS = {
    "left of": ("to the left of", "on the left side of", "left of"),
    "right of": ("to the right of", "on the right side of", "right of"),
    "on": ("on", "on top of"),
}
FRAMES = ("declarative", "existential", "fragment", "seen", "look", "picture", "photo")


@dataclass(frozen=True)
class Profile:
    """An annotator's manner: preferred plans and frames, favourite synonyms, carelessness."""

    name: str
    plans: tuple[str, ...]
    frames: tuple[str, ...]
    synonym: int
    colour_share: float
    slip_share: float = 0.08


PROFILES: tuple[Profile, ...] = (
    Profile(
        "ana", ("relation", "single", "inventory", "support"), ("declarative", "existential"), 0, 0.95, 0.02
    ),
    Profile("ben", ("single", "count", "support"), ("fragment", "photo"), 1, 0.7, 0.15),
    Profile("chloe", ("long", "background", "relation"), ("picture", "declarative", "seen"), 0, 0.95, 0.04),
    Profile(
        "dev", ("count", "negative", "inventory", "relation"), ("existential", "look", "seen"), 1, 0.85, 0.08
    ),
    Profile(
        "emil",
        ("background", "single", "inventory", "support"),
        ("photo", "picture", "fragment"),
        0,
        0.9,
        0.12,
    ),
)


@dataclass(frozen=True)
class _Teller:
    """One act of writing: the profile, its dice, the frame chosen."""

    profile: Profile
    rng: random.Random
    frame: str

    def noun(self, kind: Kind) -> str:
        return kind.nouns[self.profile.synonym % len(kind.nouns)]

    def says_colour(self) -> bool:
        return self.rng.random() < self.profile.colour_share


def write_caption(scene: Scene, profile: Profile, seed: str) -> Sentence:
    """Write one caption of a scene in an annotator's manner.

    Args:
        scene: What is to be described.
        profile: Whose manner.
        seed: Seed of the choices: same scene, profile and seed give the same text.

    Returns:
        The text with its claims, each true of the scene.
    """
    rng = random.Random(f"caption/{scene.seed}/{profile.name}/{seed}")
    teller = _Teller(profile, rng, rng.choice(profile.frames))
    plans = [name for name in profile.plans if _APPLIES.get(name, _always)(scene)]
    plan = rng.choice(plans or ["single"])
    line = Line()
    PLANS[plan](line, scene, teller)
    is_careless = rng.random() < profile.slip_share
    ends = {"look": "!", "fragment": "" if rng.random() < 0.7 else "."}
    mark = "" if is_careless else ends.get(teller.frame, ".")
    return line.finish(plan, teller.frame, mark=mark, is_lower=is_careless and rng.random() < 0.6)


def noun_phrase(line: Line, thing: Thing, teller: _Teller, *, is_bare: bool = False) -> None:
    """Say a thing with its number, size and colour: "two small brown dogs", "a man in a red jacket"."""
    kind = KINDS[thing.kind]
    if thing.count > 1:
        line.claim(NUMBERS[thing.count], "count", thing.kind, str(thing.count))
    elif not is_bare:
        line.article()
    if thing.size != "medium" and teller.rng.random() < 0.6:
        words = {"small": ("small", "little"), "large": ("large", "big")}[thing.size]
        line.claim(words[teller.profile.synonym % 2], "attribute", thing.kind, "size", thing.size)
    says_colour = teller.says_colour()
    if says_colour and kind.carrier is None:
        line.claim(thing.colour, "attribute", thing.kind, "colour", thing.colour)
    number = "plural" if thing.count > 1 else "singular"
    line.claim(kind.plural if thing.count > 1 else teller.noun(kind), "object", thing.kind, number)
    if says_colour and kind.carrier is not None:
        line.say(kind.carrier[0])
        if thing.count == 1:
            line.article()
        line.claim(thing.colour, "attribute", thing.kind, "colour", thing.colour)
        line.say(kind.carrier[1] + ("s" if thing.count > 1 else ""))


def _introduce(line: Line, thing: Thing, teller: _Teller) -> None:
    """Bring the main thing in, in the teller's frame, with what it does."""
    is_many = thing.count > 1
    be = "are" if is_many else "is"
    heads = {
        "existential": f"there {be}",
        "look": "look at",
        "picture": "in this picture",
        "photo": "a photo of",
    }
    line.say(heads.get(teller.frame, ""))
    noun_phrase(line, thing, teller, is_bare=teller.frame == "fragment")
    has_pose = bool(KINDS[thing.kind].poses)
    pose = POSES[thing.pose]
    if teller.frame == "declarative":
        if has_pose:
            line.claim(pose.plural if is_many else pose.singular, "action", thing.kind, thing.pose)
        else:
            line.say(_idle_verb(thing, is_many=is_many))
    elif teller.frame == "picture":
        line.say(be)
        if has_pose:
            line.claim(pose.participle, "action", thing.kind, thing.pose)
    else:
        line.say("can be seen" if teller.frame == "seen" else "")
        if has_pose and teller.rng.random() < 0.85:
            line.claim(pose.participle, "action", thing.kind, thing.pose)


def _idle_verb(thing: Thing, *, is_many: bool) -> str:
    verbs = {"water": ("floats", "float"), "sky": ("hangs", "hang"), "wall": ("hangs", "hang")}
    return verbs.get(thing.band, ("is", "are"))[int(is_many)]


def _where(line: Line, scene: Scene, thing: Thing, teller: _Teller) -> None:
    preposition, noun = teller.rng.choice(PLACES[scene.place].phrases)
    if thing.band == "water" and scene.place == "beach":
        preposition = "near"
    elif thing.band == "sky":
        preposition = "above"
    elif thing.band == "wall":
        preposition = "on the wall of"
    line.say(preposition)
    line.claim(noun, "place", scene.place)


def _single(line: Line, scene: Scene, teller: _Teller) -> None:
    thing = _focus(scene, teller)
    _introduce(line, thing, teller)
    _where(line, scene, thing, teller)


def _relation(line: Line, scene: Scene, teller: _Teller) -> None:
    pairs = _related(scene)
    first, second, relation = pairs[0] if teller.rng.random() < 0.5 else teller.rng.choice(pairs)
    _introduce(line, first, teller)
    line.claim(teller.rng.choice(RELATIONS[relation]), "relation", relation, first.kind, second.kind)
    noun_phrase(line, second, teller)
    if teller.rng.random() < 0.5:
        _where(line, scene, second, teller)


def _support(line: Line, scene: Scene, teller: _Teller) -> None:
    first = next(thing for thing in scene.things if thing.support)
    second = scene.thing(first.support or "")
    assert second is not None, "a thing never stands on what is not in the scene"
    _introduce(line, first, teller)
    line.claim(teller.rng.choice(RELATIONS["on"]), "relation", "on", first.kind, second.kind)
    noun_phrase(line, second, teller)


def _number(line: Line, scene: Scene, teller: _Teller) -> None:
    thing = next(thing for thing in scene.things if thing.count > 1)
    _introduce(line, thing, teller)
    _where(line, scene, thing, teller)


def _inventory(line: Line, scene: Scene, teller: _Teller) -> None:
    heads = {"existential": "the picture shows", "look": "find", "seen": "one sees",
             "picture": "this picture shows",
             "photo": "a photo of", "declarative": "here we have"}  # fmt: skip
    line.say(heads.get(teller.frame, ""))
    for number, thing in enumerate(scene.things):
        if number:
            line.say("and" if number == len(scene.things) - 1 else ",")
        noun_phrase(line, thing, teller, is_bare=teller.frame == "fragment" and not number)
    last = scene.things[-1]
    if last.band == "ground":
        _where(line, scene, last, teller)


def _background(line: Line, scene: Scene, teller: _Teller) -> None:
    line.say(teller.rng.choice(("a view of", "a scene with", "a picture of")))
    line.claim(teller.rng.choice(PLACES[scene.place].phrases)[1], "place", scene.place)
    if scene.sky:
        line.say("under")
        line.claim(teller.rng.choice(SKIES[scene.sky]), "attribute", "sky", "sky", scene.sky)
    line.say(", with")
    noun_phrase(line, _focus(scene, teller), teller)


def _negative(line: Line, scene: Scene, teller: _Teller) -> None:
    thing = _focus(scene, teller)
    _introduce(line, thing, teller)
    _where(line, scene, thing, teller)
    missing = [
        kind for kind in KINDS.values() if scene.place in kind.bands and scene.thing(kind.name) is None
    ]
    absent = teller.rng.choice(missing)
    line.say(", but no")
    line.claim(absent.plural, "absent", absent.name)
    line.say("are there" if teller.profile.synonym else "are in sight")


def _long(line: Line, scene: Scene, teller: _Teller) -> None:
    thing = scene.things[0]
    _introduce(line, thing, teller)
    _where(line, scene, thing, teller)
    for other in scene.things[1:]:
        relation = relation_between(other, thing)
        if relation is None:
            line.say(". There " + ("are" if other.count > 1 else "is") + " also")
            noun_phrase(line, other, teller)
            continue
        line.say(".")
        words = RELATIONS[relation][0]
        line.claim(words[:1].upper() + words[1:], "relation", relation, other.kind, thing.kind)
        line.say("the " + (KINDS[thing.kind].plural if thing.count > 1 else teller.noun(KINDS[thing.kind])))
        line.say("are" if other.count > 1 else "is")
        noun_phrase(line, other, teller)
    if scene.sky:
        line.say(teller.rng.choice((". Behind everything one sees", ". Above it all we see")))
        line.claim(teller.rng.choice(SKIES[scene.sky]), "attribute", "sky", "sky", scene.sky)


def _focus(scene: Scene, teller: _Teller) -> Thing:
    weights = [1 / (rank + 1) ** 1.5 for rank in range(len(scene.things))]
    return teller.rng.choices(scene.things, weights)[0]


def _related(scene: Scene) -> list[tuple[Thing, Thing, str]]:
    found = []
    for first in scene.things:
        for second in scene.things:
            relation = relation_between(first, second) if first is not second else None
            if relation:
                found.append((first, second, relation))
    return found


def _always(scene: Scene) -> bool:
    return bool(scene.things)


PLANS: dict[str, Callable[[Line, Scene, _Teller], None]] = {
    "single": _single, "relation": _relation, "support": _support, "count": _number,
    "inventory": _inventory, "background": _background, "negative": _negative, "long": _long,
}  # fmt: skip
_APPLIES: dict[str, Callable[[Scene], bool]] = {
    "relation": lambda scene: bool(_related(scene)),
    "support": lambda scene: any(thing.support for thing in scene.things),
    "count": lambda scene: any(thing.count > 1 for thing in scene.things),
    "inventory": lambda scene: len(scene.things) > 1,
    "long": lambda scene: len(scene.things) > 1,
}
