"""The pairs section: are built captions false, in the place that is said, and told by no word?

Builders see texts alone; scenes and clips say afterwards what is true, by words read apart from the reader
that builders use (`workbench.demo.hearing`). Two worlds are built independently, so that a reader of words
can also be tried on pairs of a world it never saw.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Final

from workbench.alignment.claims.parse import read_caption
from workbench.demo.acts import Performance, happens, make_clip, make_recording
from workbench.demo.benchmark.scenes import CAPTIONS_A_SCENE
from workbench.demo.claims import Claim, holds
from workbench.demo.grammar import PROFILES, write_caption
from workbench.demo.hearing import hear, hear_acts
from workbench.demo.narration import narrate, narrate_act
from workbench.demo.scene import Scene, make_scene
from workbench.metrics import Metric
from workbench.preferences.blind import measure_blindness, measure_transfer
from workbench.preferences.builders import BUILDERS, CHOICES, Builder, CaptionSet, Original, Variant, build
from workbench.preferences.builders.captions import words_of

__all__ = ["CLIPS", "SCENES", "Truths", "is_exact", "is_worse", "measure", "tell_world"]

SCENES: Final = 1_000
CLIPS: Final = 500
QUICK_SCENES, QUICK_CLIPS = 80, 20
#: Within the million of a world's number, beyond what the demo and the captions section draw.
_FIRST_SEED: Final = 700_000
_SECOND_WORLD: Final = 100_000
_TIMED: Final = ("swap_order", "shift_interval")
_CHOSEN: Final = ("replace_object", "replace_attribute", "add_object")  # those whose choice of words matters
Built = list[tuple[Original, Variant]]


@dataclass(frozen=True)
class Truths:
    """A world told in true captions, with what is so in it.

    Attributes:
        scenes: the captions of drawn scenes.
        clips: the captions of clips and recordings, whole and by interval.
        truth: what each sample shows.
    """

    scenes: CaptionSet
    clips: CaptionSet
    truth: dict[str, Scene | Performance]


def measure(seed: int, quick: bool) -> dict[str, Metric]:
    """Return the section's numbers by name, and print them by builder."""
    scenes, clips = (QUICK_SCENES, QUICK_CLIPS) if quick else (SCENES, CLIPS)
    first = seed * 1_000_000 + _FIRST_SEED
    world = tell_world(first, scenes=scenes, clips=clips)
    other = tell_world(first + _SECOND_WORLD, scenes=scenes // 3, clips=clips // 3)
    metrics: dict[str, Metric] = {}
    lines = [f"{'':20} pairs  false  span  blind (paired, new world)  words"]
    for card in BUILDERS.values():
        built, again = _built(card, world, seed=seed), _built(card, other, seed=seed)
        found = _measure_builder(card, built, again, world)
        metrics |= {f"{name}_{card.name}": metric for name, metric in found.items()}
        lines.append(_line(card, found))
        if card.name in _CHOSEN and not quick:
            for choice in CHOICES:
                arm = _built(card, world, seed=seed, choice=choice)
                metrics[f"truly_false_{card.name}_{choice}"] = _share_worse(card, arm, world)
    print("\n".join(lines), file=sys.stderr)
    return metrics


def tell_world(first_seed: int, *, scenes: int, clips: int) -> Truths:
    """Tell scenes and clips in true captions, each by several people, as the captions section does.

    Args:
        first_seed: of the first scene; the others follow.
        scenes: how many pictures.
        clips: how many clips; as many recordings.
    """
    of_scenes: list[Original] = []
    of_clips: list[Original] = []
    truth: dict[str, Scene | Performance] = {}
    for number in range(first_seed, first_seed + scenes):
        scene, rng = make_scene(number), random.Random(f"pairs/{number}")
        truth[f"scene {number}"] = scene
        count = rng.choices(list(CAPTIONS_A_SCENE), list(CAPTIONS_A_SCENE.values()))[0]
        told = {write_caption(scene, one, "0").text: one.name for one in rng.sample(PROFILES, count)}
        of_scenes += [_original(f"scene {number}", text, name) for text, name in told.items()]
    for number in range(first_seed, first_seed + clips):
        for performance in (make_clip(number), make_recording(number)):
            sample = f"{'clip' if performance.place else 'recording'} {performance.seed}"
            truth[sample] = performance
            of_clips += _tell_acts(sample, performance)
    return Truths(CaptionSet(of_scenes), CaptionSet(of_clips), truth)


def _tell_acts(sample: str, performance: Performance) -> list[Original]:
    profile = PROFILES[performance.seed % len(PROFILES)]
    told = [_original(sample, narrate(performance, profile, "0").text, profile.name)]
    for number, act in enumerate(performance.acts if performance.place else ()):
        text = narrate_act(performance, number, profile, "0").text
        told.append(_original(sample, text, str(number), act.start_s, act.end_s))
    return told


def _original(
    sample: str, text: str, name: str, start_s: float | None = None, end_s: float | None = None
) -> Original:
    order = sample.partition(" ")[0]
    return Original(sample, f"{sample}/{name}", text, read_caption(text), start_s, end_s, order)


def _built(card: Builder, world: Truths, *, seed: int, choice: str = "adversarial") -> Built:
    told = world.clips if card.name in _TIMED else world.scenes
    return build(card, told.captions, told, choice=choice, seed=seed)


# -- truth --------------------------------------------------------------------------------------------------


def is_worse(card: Builder, original: Original, variant: Variant, truth: Scene | Performance) -> bool:
    """Tell whether a variant is wrong of what is there, or, by its card, says less or the same twice."""
    if isinstance(truth, Performance):
        return _is_false_in_time(original, variant, truth)
    heard = hear(variant.text)
    if card.is_false:
        return not all(holds(truth, claim) for claim in heard)
    before, after = _counted(hear(original.text)), _counted(heard)
    is_true = all(holds(truth, claim) for claim in heard)
    if card.name == "drop":
        return is_true and not after - before and len(variant.text) < len(original.text)
    return is_true and bool(after - before) and set(after) == set(before)


def _counted(claims: Sequence[Claim]) -> Counter[tuple[str, tuple[str, ...]]]:
    return Counter((claim.type, claim.args) for claim in claims)


def _is_false_in_time(original: Original, variant: Variant, truth: Performance) -> bool:
    kinds = hear_acts(variant.text)
    if original.start_s is None or original.end_s is None:
        return len(kinds) > 1 and not happens(truth, Claim("order", (kinds[0], kinds[1]), 0, 0))
    times = (str(original.start_s), str(original.end_s))
    return any(not happens(truth, Claim("time", (kind, *times), 0, 0)) for kind in kinds)


def is_exact(card: Builder, original: Original, variant: Variant, truth: Scene | Performance) -> bool:
    """Tell whether the spans hold all that differs and nothing else, and what is false lies in them.

    Outside of the spans both texts have the same words; a span that is replaced by another shares neither its
    first nor its last word with it; and each false claim is said in a span, or of a thing named there.
    """
    if _outside(original.text, variant.chosen_spans) != _outside(variant.text, variant.rejected_spans):
        return False
    ours = [original.text[a:b] for a, b in variant.chosen_spans]
    theirs = [variant.text[a:b] for a, b in variant.rejected_spans]
    if variant.sample_id:  # whole captions: where words differ is all that can be said
        return True
    if len(ours) == len(theirs) and any(_share_an_end(a, b) for a, b in zip(ours, theirs, strict=True)):
        return False
    if isinstance(truth, Performance) or not card.is_false:
        return True
    heard = hear(variant.text)
    named = {name for claim in heard for name in claim.args if _is_in(claim, variant.rejected_spans)}
    false = [claim for claim in heard if not holds(truth, claim)]
    return all(_is_in(claim, variant.rejected_spans) or named & set(claim.args) for claim in false)


def _is_in(claim: Claim, spans: Sequence[tuple[int, int]]) -> bool:
    return any(claim.start < end and start < claim.end for start, end in spans)


def _outside(text: str, spans: Sequence[tuple[int, int]]) -> list[str]:
    kept = list(text)
    for start, end in spans:
        kept[start:end] = " " * (end - start)
    return words_of("".join(kept))


def _share_an_end(one: str, other: str) -> bool:
    ours, theirs = one.split(), other.split()
    return bool(ours and theirs) and (ours[0] == theirs[0] or ours[-1] == theirs[-1])


# -- numbers ------------------------------------------------------------------------------------------------


def _measure_builder(card: Builder, built: Built, again: Built, world: Truths) -> dict[str, Metric]:
    n = len(built)
    found = {"pairs": Metric(n, n, "pairs"), "truly_false": _share_worse(card, built, world)}
    exact = [is_exact(card, one, variant, world.truth[one.sample_id]) for one, variant in built]
    found["span_exact"] = _share(exact, "of pairs")
    sides = _sides(built)
    blind = measure_blindness(*sides)
    unit = "chance; .5 is blind"
    if not blind.reason:
        found["blind_auroc"] = Metric(blind.auroc, n, unit, blind.low, blind.high)
        found["blind_within_pairs"] = Metric(blind.paired, n, "share; .5 is blind")
        if again:
            found["blind_auroc_new_world"] = Metric(measure_transfer(*sides[:2], *_sides(again)[:2]), n, unit)
    is_leaky = bool(card.known_leak) if blind.reason else blind.is_leaky
    found["is_leaky"] = Metric(float(is_leaky), n, "1: marked as leaky")
    if n:
        words = [len(variant.text.split()) - len(one.text.split()) for one, variant in built]
        found["length_difference"] = Metric(float(median(words)), n, "words, median")
    return found


def _sides(built: Built) -> tuple[list[str], list[str], list[str]]:
    chosen = [one.text for one, _ in built]
    return chosen, [variant.text for _, variant in built], [one.sample_id for one, _ in built]


def _share_worse(card: Builder, built: Built, world: Truths) -> Metric:
    worse = [is_worse(card, one, variant, world.truth[one.sample_id]) for one, variant in built]
    return _share(worse, "of pairs" if card.is_false else "of pairs; true, and says less or the same twice")


def _share(right: Sequence[bool], unit: str) -> Metric:
    from scipy.stats import binomtest

    if not right:
        return Metric(float("nan"), 0, unit)
    bounds = binomtest(sum(right), len(right)).proportion_ci(method="exact")
    return Metric(sum(right) / len(right), len(right), unit, float(bounds.low), float(bounds.high))


def _line(card: Builder, found: dict[str, Metric]) -> str:
    def value(name: str) -> str:
        return f"{found[name].value:.3f}" if name in found else "  -  "

    words = f"{found['length_difference'].value:+.0f}" if "length_difference" in found else ""
    blind = f"{value('blind_auroc')} ({value('blind_within_pairs')}, {value('blind_auroc_new_world')})"
    leak = f"  leaky: {card.known_leak or 'its words tell'}" if found["is_leaky"].value else ""
    return (
        f"{card.name:20} {found['pairs'].n:>5}  {value('truly_false')}  {value('span_exact')}  {blind:>22}"
        f"  {words}{leak}"
    )
