"""Draft the caption rows of a world, all true, and then make an exact share of them false."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from workbench.demo.acts import Performance, happens
from workbench.demo.claims import Claim, Sentence, holds
from workbench.demo.corruptions import CORRUPTIONS, Corrupted, corrupt, rephrase
from workbench.demo.grammar import PROFILES, Profile, write_caption
from workbench.demo.narration import corrupt_narration, narrate, narrate_act, narrate_sync, swap_order
from workbench.demo.scene import Scene

__all__ = ["Draft", "draft_clip", "draft_recording", "draft_scene", "is_true", "plant_errors"]

PAIR_SHARE = 0.5
TOPICAL_SHARE = 0.2
INTERVAL_SHARE = 0.25
REPHRASED_SHARE = 0.06
TYPES = ("object", "attribute", "relation", "count", "action", "order")


@dataclass(frozen=True)
class Draft:
    """One caption row with its truth: what the media show, what was first written, what was made of it."""

    name: str
    truth: Scene | Performance
    sentence: Sentence
    source: str
    split: str
    true_text: str
    kind: str = "caption"
    start_s: float | None = None
    end_s: float | None = None
    is_wrong: bool = False
    error_type: str = ""
    corruption: str = ""
    severity: int = 0
    span: tuple[int, int] | None = None
    true_interval: tuple[float, float] | None = None

    @property
    def text(self) -> str:
        """The caption as it will be ingested."""
        return self.sentence.text

    @property
    def medium(self) -> str:
        """What a wrong pair may be exchanged with: "image", "video" or "audio"."""
        if isinstance(self.truth, Scene):
            return "image"
        return "video" if self.truth.place else "audio"


def is_true(truth: Scene | Performance, claim: Claim) -> bool:
    """Tell whether a claim is true of what the media show."""
    return holds(truth, claim) if isinstance(truth, Scene) else happens(truth, claim)


def draft_scene(name: str, scene: Scene, split: str) -> list[Draft]:
    """Write one to three captions of a picture, each by another annotator."""
    rng = random.Random(f"drafts/{scene.seed}")
    profiles = rng.sample(PROFILES, rng.choices((1, 2, 3), (45, 35, 20))[0])
    drafts = [
        _draft(name, scene, write_caption(scene, profile, "0"), profile.name, split) for profile in profiles
    ]
    return _without_repeats(drafts)


def draft_clip(name: str, clip: Performance, split: str) -> list[Draft]:
    """Write captions of a clip: of the whole, of each act, and of sound and picture together."""
    rng = random.Random(f"drafts/{clip.seed}/clip")
    profiles: list[Profile] = rng.sample(PROFILES, 3)
    whole = [
        _draft(name, clip, narrate(clip, profile, "0"), profile.name, split)
        for profile in profiles[: rng.choice((1, 2))]
    ]
    parts = [
        replace(
            _draft(name, clip, narrate_act(clip, number, profiles[2], "0"), profiles[2].name, split),
            start_s=act.start_s,
            end_s=act.end_s,
        )
        for number, act in enumerate(clip.acts)
    ]
    together = narrate_sync(clip, "0")
    if together is not None:
        draft = replace(_draft(name, clip, together, "emil", split), kind="description")
        if clip.sound_delay_s:
            sync = next(claim for claim in together.claims if claim.type == "sync")
            draft = replace(
                draft,
                is_wrong=True,
                error_type="av_sync",
                corruption="V1",
                severity=2,
                span=(sync.start, sync.end),
            )
        parts.append(draft)
    return _without_repeats([*whole, *parts])


def draft_recording(name: str, recording: Performance, split: str) -> list[Draft]:
    """Write one or two captions of a recording."""
    rng = random.Random(f"drafts/{recording.seed}/recording")
    profiles = rng.sample(PROFILES, rng.choice((1, 2)))
    drafts = [
        _draft(name, recording, narrate(recording, profile, "0"), profile.name, split) for profile in profiles
    ]
    return _without_repeats(drafts)


def plant_errors(drafts: Sequence[Draft], wrong_share: float, seed: int) -> list[Draft]:
    """Make an exact share of the drafts wrong, half of it by exchange; rephrase a few harmlessly.

    Args:
        drafts: True drafts, and those whose sound is late.
        wrong_share: Share of wrong rows in the end, those already wrong included.
        seed: Seed of the world.
    """
    rng = random.Random(f"plant/{seed}")
    planted = list(drafts)
    for place, draft in enumerate(planted):
        if draft.start_s is not None and rng.random() < INTERVAL_SHARE:
            planted[place] = _shift_interval(draft, rng)
    free = [
        place
        for place, draft in enumerate(planted)
        if not draft.is_wrong and draft.sentence.plan not in ("interval", "sync")
    ]
    rng.shuffle(free)
    wanted = min(len(free), round(wrong_share * len(planted)) - sum(draft.is_wrong for draft in planted))
    pairs = round(max(0, wanted) * PAIR_SHARE)
    for number in range(max(0, wanted)):
        spoiled = None if number < pairs else _spoil(planted, free, TYPES[number % len(TYPES)], rng)
        place = spoiled[0] if spoiled else free[0]
        planted[place] = spoiled[1] if spoiled else _exchange(planted[place], drafts, rng)
        free.remove(place)
    for place in free:
        if rng.random() < REPHRASED_SHARE:
            planted[place] = _rephrase(planted[place], rng)
    return planted


def _draft(name: str, truth: Scene | Performance, sentence: Sentence, source: str, split: str) -> Draft:
    return Draft(name, truth, sentence, source, split, sentence.text)


def _without_repeats(drafts: list[Draft]) -> list[Draft]:
    kept: dict[str, Draft] = {}
    for draft in drafts:
        kept.setdefault(draft.text.lower().rstrip("."), draft)
    return list(kept.values())


def _spoil(
    drafts: list[Draft], free: list[int], error_type: str, rng: random.Random
) -> tuple[int, Draft] | None:
    """Plant an error of the type in the first free caption that offers a handle for it."""
    for place in free:
        found = _corrupted(drafts[place], error_type, str(rng.random()))
        if found is not None and found.sentence.text != drafts[place].text:
            return place, _with(drafts[place], found)
    return None


def _corrupted(draft: Draft, error_type: str, seed: str) -> Corrupted | None:
    if isinstance(draft.truth, Scene):
        return corrupt(draft.truth, draft.sentence, error_type, seed) if error_type in CORRUPTIONS else None
    if error_type == "order":
        profile = next(profile for profile in PROFILES if profile.name == draft.source)
        return swap_order(draft.truth, profile, "0")
    return corrupt_narration(draft.truth, draft.sentence, error_type, seed)


def _with(draft: Draft, found: Corrupted) -> Draft:
    return replace(
        draft,
        sentence=found.sentence,
        is_wrong=found.error_type != "",
        error_type=found.error_type,
        corruption=found.corruption,
        severity=found.severity,
        span=(found.start, found.end),
    )


def _rephrase(draft: Draft, rng: random.Random) -> Draft:
    if not isinstance(draft.truth, Scene):
        return draft
    found = rephrase(draft.truth, draft.sentence, str(rng.random()))
    return _with(draft, found) if found else draft


def _exchange(draft: Draft, drafts: Sequence[Draft], rng: random.Random) -> Draft:
    """Give the media another's caption: P1 shares nothing that is named, P2 shares a thing or the place."""
    donors = [
        other
        for other in drafts
        if other.medium == draft.medium and other.sentence.plan not in ("interval", "sync")
    ]
    is_topical = rng.random() < TOPICAL_SHARE
    fallback: Sentence | None = None
    for _ in range(200):
        sentence = rng.choice(donors).sentence
        named = [claim for claim in sentence.claims if claim.type in ("object", "place")]
        shared = sum(is_true(draft.truth, claim) for claim in named)
        if shared == len(named):
            continue
        fallback = fallback or sentence
        if bool(shared) == is_topical:
            return _paired(draft, sentence, "P2" if shared else "P1")
    return _paired(draft, fallback, "P2") if fallback else draft


def _paired(draft: Draft, sentence: Sentence, corruption: str) -> Draft:
    return replace(
        draft,
        sentence=sentence,
        is_wrong=True,
        error_type="wrong_pair",
        corruption=corruption,
        severity=1 if corruption == "P1" else 2,
        span=(0, len(sentence.text)),
    )


def _shift_interval(draft: Draft, rng: random.Random) -> Draft:
    """Move a caption's interval to where its act is not (T1): the overlap falls under a half."""
    assert isinstance(draft.truth, Performance), "only what lasts has an interval"
    assert draft.start_s is not None
    assert draft.end_s is not None
    length_s = draft.end_s - draft.start_s
    latest_s = draft.truth.duration_s - length_s
    is_later = draft.start_s + 0.6 * length_s <= latest_s
    by_s = rng.uniform(0.6, 1.0) * length_s * (1 if is_later else -1)
    start_s = round(min(max(0.0, draft.start_s + by_s), latest_s), 2)
    end_s = round(start_s + length_s, 2)
    claims = tuple(
        replace(claim, args=(claim.args[0], str(start_s), str(end_s))) if claim.type == "time" else claim
        for claim in draft.sentence.claims
    )
    return replace(
        draft,
        sentence=replace(draft.sentence, claims=claims),
        start_s=start_s,
        end_s=end_s,
        is_wrong=True,
        error_type="interval",
        corruption="T1",
        severity=2,
        true_interval=(draft.start_s, draft.end_s),
    )
