"""Plant one error of a known id in a caption so that nothing but the picture gives it away.

Every wrong word is drawn as the world itself draws it: a colour the thing may have, a kind that lives there,
a number that occurs. Where a swap of words would read oddly, the caption is told again of a scene with one
fact changed. What is planted is false by `holds`, and the span is that of the false claims.

Left out on purpose: "on" turned to "under". No clean caption says "under", so a reader of words alone would
find it.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final

from workbench.demo.benchmark.telling import Telling, claims_of, edit, first_of, natural_weights, retell
from workbench.demo.catalog import KINDS, PLACES, POSES, SKIES, Kind
from workbench.demo.claims import Claim
from workbench.demo.corruptions import Corrupted, Edit
from workbench.demo.grammar import RELATIONS
from workbench.demo.imagining import imagine_added, imagine_changed, imagine_count, imagine_swapped
from workbench.demo.scene import Scene, Thing

__all__ = ["INJECTIONS", "inject"]


def inject(telling: Telling, corruption: str, seed: str) -> Corrupted | None:
    """Return the caption with one error of the id, or None where it offers no handle for it.

    Args:
        telling: a true caption and its scene.
        corruption: a key of `INJECTIONS`.
        seed: seed of the choice.
    """
    rng = random.Random(f"inject/{telling.scene.seed}/{corruption}/{seed}")
    found = INJECTIONS[corruption](telling, rng)
    return found if found is not None and found.sentence.text != telling.sentence.text else None


def _replaced(telling: Telling, rng: random.Random, *, is_near: bool) -> Corrupted | None:
    """O1: another thing in its place, one that lives here (co-occurring) or one that does not (random)."""
    word = "co-occurring" if is_near else "random"
    for claim in claims_of(telling, "object", rng):
        thing = telling.scene.thing(claim.args[0])
        words = telling.sentence.text[claim.start : claim.end]
        if thing is None or telling.sentence.text.lower().count(words.lower()) > 1:
            continue
        kinds = [kind for kind in KINDS.values() if _can_stand_for(telling, thing, kind, is_near=is_near)]
        if kinds:
            kind = rng.choices(kinds, natural_weights(kinds, 2, 0.8))[0]
            new = kind.plural if claim.args[1] == "plural" else kind.nouns[0]
            return edit(telling, [Edit(claim, new, (kind.name, claim.args[1]))], f"O1 {word}", "object")
    return None


def _can_stand_for(telling: Telling, thing: Thing, kind: Kind, *, is_near: bool) -> bool:
    """Tell whether the sentence still reads well with another kind in place of the thing."""
    said = [claim for claim in telling.sentence.claims if claim.args[0] == thing.kind]
    colours = {claim.args[2] for claim in said if claim.type == "attribute" and claim.args[1] == "colour"}
    poses = {claim.args[1] for claim in said if claim.type == "action"}
    is_sized = any(claim.type == "attribute" and claim.args[1] == "size" for claim in said)
    holds_something = any(other.support == thing.kind for other in telling.scene.things)
    return (
        telling.scene.thing(kind.name) is None
        and (kind.carrier == KINDS[thing.kind].carrier if colours else True)
        and (kind.bands.get(telling.scene.place) == thing.band if is_near
             else telling.scene.place not in kind.bands and thing.band in kind.bands.values())
        and poses <= set(kind.poses) and bool(kind.poses) == bool(KINDS[thing.kind].poses)
        and colours <= set(kind.colours)
        and thing.count <= kind.most
        and (kind.is_sized or not is_sized)
        and (thing.support is None or thing.support in kind.supports)
        and not holds_something
    )  # fmt: skip


def _added(telling: Telling, rng: random.Random, *, is_near: bool) -> Corrupted | None:
    """O2: one thing more than there is, told as if it were there."""
    word = "co-occurring" if is_near else "random"
    edited = imagine_added(telling.scene, rng, is_near=is_near)
    if edited is None:
        return None
    kind = edited.things[-1].kind
    return retell(
        telling,
        edited,
        f"O2 {word}",
        "object",
        about=lambda claim: kind in claim.args and claim.type != "absent",
    )


def _recoloured(telling: Telling, rng: random.Random) -> Corrupted | None:
    """A1: another colour or size."""
    claims = [claim for claim in claims_of(telling, "attribute", rng) if claim.args[1] != "sky"]
    return first_of(_attribute_edit(telling, claim, rng) for claim in claims)


def _attribute_edit(telling: Telling, claim: Claim, rng: random.Random) -> Corrupted | None:
    kind, name, value = claim.args
    if name == "size":
        words = telling.sentence.text[claim.start : claim.end].lower()
        new = {"small": "large", "little": "big", "large": "small", "big": "little"}[words]
        size = "large" if value == "small" else "small"
        return edit(telling, [Edit(claim, new, (kind, name, size))], "A1", "attribute")
    colours = [colour for colour in KINDS[kind].colours if colour not in _unseen(telling.scene)]
    weights = [
        0 if colour == value else weight
        for colour, weight in zip(colours, natural_weights(colours, 1, 0.5), strict=True)
    ]
    if not any(weights):
        return None
    colour = rng.choices(colours, weights)[0]
    return edit(telling, [Edit(claim, colour, (kind, name, colour))], "A1", "attribute")


def _other_sky(telling: Telling, rng: random.Random) -> Corrupted | None:
    """W1: another weather that the place may have."""
    for claim in claims_of(telling, "attribute", rng):
        skies = [sky for sky in PLACES[telling.scene.place].skies if sky != claim.args[2]]
        if claim.args[1] == "sky" and skies:
            sky = rng.choice(skies)
            said = Edit(claim, rng.choice(SKIES[sky]), ("sky", "sky", sky))
            return edit(telling, [said], "W1", "attribute")
    return None


def _unseen(scene: Scene) -> tuple[str, ...]:
    return {"snow": ("white",), "night": ("black",)}.get(scene.place, ())


def _rebound(telling: Telling, rng: random.Random) -> Corrupted | None:
    """A2: two things exchange their colours, each a colour the other may have."""
    colours = [claim for claim in claims_of(telling, "attribute", rng) if claim.args[1] == "colour"]
    pairs = (
        (one, other)
        for one in colours
        for other in colours
        if one.start < other.start and one.args[0] != other.args[0]
        and one.args[2] in KINDS[other.args[0]].colours and other.args[2] in KINDS[one.args[0]].colours
    )  # fmt: skip
    return first_of(
        edit(
            telling,
            [
                Edit(one, other.args[2], (one.args[0], "colour", other.args[2])),
                Edit(other, one.args[2], (other.args[0], "colour", one.args[2])),
            ],
            "A2",
            "attribute",
        )
        for one, other in pairs
    )


def _flipped(telling: Telling, rng: random.Random) -> Corrupted | None:
    """R1: left becomes right."""
    for claim in claims_of(telling, "relation", rng):
        if claim.args[0] != "on":
            other = "right of" if claim.args[0] == "left of" else "left of"
            said = telling.sentence.text[claim.start : claim.end].lower()
            new = RELATIONS[other][RELATIONS[claim.args[0]].index(said)]
            return edit(telling, [Edit(claim, new, (other, *claim.args[1:]))], "R1", "relation")
    return None


def _exchanged(telling: Telling, rng: random.Random) -> Corrupted | None:
    """R2: the two things of a relation change places in the sentence."""
    for claim in claims_of(telling, "relation", rng):
        relation, first, second = claim.args
        edited = imagine_swapped(telling.scene, first, second) if relation != "on" else None
        found = _told_as(telling, edited, (relation, second, first)) if edited else None
        if found:
            return found
    return None


def _told_as(telling: Telling, edited: Scene, wanted: tuple[str, ...]) -> Corrupted | None:
    return retell(telling, edited, "R2", "relation", about=lambda claim: claim.args == wanted)


def _miscounted(telling: Telling, rng: random.Random) -> Corrupted | None:
    """C1: another number of the same thing."""
    edited = imagine_count(telling.scene, rng)
    if edited is None:
        return None
    return retell(telling, edited, "C1", "count", about=lambda claim: claim.type == "count")


def _denied(telling: Telling, rng: random.Random) -> Corrupted | None:
    """N1: what is there is said not to be, and is not spoken of otherwise."""
    for claim in claims_of(telling, "absent", rng):
        spoken = {other.args[0] for other in telling.sentence.claims if other.type == "object"}
        hidden = [thing.kind for thing in telling.scene.things if thing.kind not in spoken]
        if hidden:
            kind = rng.choice(hidden)
            return edit(telling, [Edit(claim, KINDS[kind].plural, (kind,))], "N1", "object")
    return None


def _reposed(telling: Telling, rng: random.Random) -> Corrupted | None:
    """T4: the thing does something else that it could do there."""
    for claim in claims_of(telling, "action", rng):
        thing, pose = telling.scene.thing(claim.args[0]), POSES[claim.args[1]]
        if thing is None:
            continue
        resting = ("sleeping", "sitting", "lying")
        poses = [
            name
            for name in KINDS[thing.kind].poses
            if name != claim.args[1] and (name in resting or not thing.support)
            and (name == "flying") == (claim.args[1] == "flying")
        ]  # fmt: skip
        words = telling.sentence.text[claim.start : claim.end]
        form = next(name for name in ("singular", "plural", "participle") if getattr(pose, name) == words)
        if poses:
            new = rng.choice(poses)
            said = Edit(claim, str(getattr(POSES[new], form)), (claim.args[0], new))
            return edit(telling, [said], "T4", "action")
    return None


def _near_twin(telling: Telling, rng: random.Random) -> Corrupted | None:
    """P3: the caption of a scene that differs in exactly one fact."""
    edited = imagine_changed(telling.scene, rng)
    return retell(telling, edited, "P3", "wrong_pair", about=lambda claim: True) if edited else None


Injection = Callable[[Telling, random.Random], Corrupted | None]

#: id -> what plants it. P1 and P2, another scene's caption, need the other scenes: see `pairing`.
INJECTIONS: Final[dict[str, Injection]] = {
    "P3": _near_twin,
    "O1 random": lambda telling, rng: _replaced(telling, rng, is_near=False),
    "O1 co-occurring": lambda telling, rng: _replaced(telling, rng, is_near=True),
    "O2 random": lambda telling, rng: _added(telling, rng, is_near=False),
    "O2 co-occurring": lambda telling, rng: _added(telling, rng, is_near=True),
    "N1": _denied,
    "A1": _recoloured,
    "A2": _rebound,
    "W1": _other_sky,
    "R1": _flipped,
    "R2": _exchanged,
    "C1": _miscounted,
    "T4": _reposed,
}
