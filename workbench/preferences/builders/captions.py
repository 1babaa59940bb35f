"""A set of captions as builders see it: which words go together, what each sample is said to hold.

No picture is looked at. What no caption and no region mentions may still be there, so every invented thing
has an estimated chance to be true, from how often the set's captions leave out what their neighbours tell.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise, permutations
from typing import Final

from workbench.alignment.claims.nouns import canonical, related
from workbench.alignment.claims.parse import Claim, Reading
from workbench.alignment.claims.words import SKY_NOUNS, WORN_NOUNS
from workbench.preferences.blind import fold_of
from workbench.preferences.builders.base import Original
from workbench.preferences.builders.rewriting import article_for
from workbench.records import Span

__all__ = ["CaptionSet", "Said", "form_of", "with_particle", "words_of"]

_WORD: Final = re.compile(r"\w+(?:['’-]\w+)*")
_RECALL: Final = 0.5  # of a set in which no sample has two captions: half of what there is, is told
_FEWEST_PAIRS: Final = 30  # of captions of one sample, before the share they have in common is believed
_UNFIT: Final = WORN_NOUNS | SKY_NOUNS  # what is worn or overhead does not stand in a thing's place
_INDEPENDENCE: Final = 0.7  # 1 if people left things out independently, 0 if all left out the same
_MOST_LIKELY: Final = 0.95


@dataclass(slots=True)
class Said:
    """What the captions and regions of one sample say together.

    Attributes:
        nouns: canonical names of what is there.
        traits: (canonical name, "colour" | "size" | "action" | ...) -> values.
        captions: how many captions speak of it.
        has_regions: whether regions list what is in it.
    """

    nouns: set[str] = field(default_factory=set)
    traits: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    captions: int = 0
    has_regions: bool = False


class CaptionSet:
    """The words of a set of captions, counted.

    Args:
        captions: every caption that is not known to be wrong, the originals among them.
        regions: sample -> (label, attributes) of what is known to be in it.

    Example:
        >>> from workbench.alignment.claims.parse import read_caption
        >>> texts = ("A red car near a dog", "A blue car")
        >>> made = CaptionSet([Original(f"s{n}", f"c{n}", t, read_caption(t)) for n, t in enumerate(texts)])
        >>> made.nouns("singular"), made.counts("car", "colour")["blue"], sorted(made.said("s0").nouns)
        (Counter({'car': 2, 'dog': 1}), 1, ['car', 'dog'])
    """

    def __init__(
        self,
        captions: Sequence[Original],
        regions: Mapping[str, Sequence[tuple[str, Sequence[str]]]] | None = None,
    ) -> None:
        self.captions = captions
        self._words: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._traits: defaultdict[tuple[str, str], Counter[str]] = defaultdict(Counter)
        self._nouns_in: dict[str, frozenset[str]] = {}
        self._words_in: dict[str, frozenset[str]] = {}
        self._pools: defaultdict[tuple[str, bool, int], list[Original]] = defaultdict(list)
        self._bigrams: Counter[tuple[str, str]] = Counter()
        self._said: defaultdict[str, Said] = defaultdict(Said)
        self._by_sample: defaultdict[str, list[Original]] = defaultdict(list)
        for one in captions:
            self._take(one)
        self._labels = self._take_regions(regions or {})
        self._with = Counter(noun for said in self._said.values() for noun in said.nouns)
        self._together = Counter(
            pair for said in self._said.values() for pair in permutations(sorted(said.nouns), 2)
        )
        self._recall = self._measure_recall()

    def _take(self, one: Original) -> None:
        self._by_sample[one.sample_id].append(one)
        said = self._said[one.sample_id]
        said.captions += 1
        words = words_of(one.text)
        self._words_in[one.caption_id] = frozenset(words)
        self._nouns_in[one.caption_id] = frozenset(_named(one.reading))
        self._pools[_pool_of(one)].append(one)
        self._bigrams.update(pairwise(["^", *words, "$"]))
        for claim in one.reading.claims:
            if claim.is_negated:
                continue
            name = canonical(claim.subject) if claim.subject else ""
            if claim.type == "object":
                if name.rpartition(" ")[2] not in _UNFIT:
                    self._words[claim.value][claim.words.lower()] += 1
                said.nouns.add(name)
            elif claim.type == "place":
                said.nouns.add(canonical(claim.value))
            elif claim.type == "attribute":
                self._words[f"attribute {claim.kind}"][claim.words.lower()] += 1
                self._trait(said, name, claim.kind, claim.value)
                if claim.owner:
                    self._trait(said, canonical(claim.owner), f"{name} {claim.kind}", claim.value)
            elif claim.type == "action":
                words_ = with_particle(one.text, claim).lower()
                self._words[f"action {form_of(claim)}"][words_] += 1
                self._trait(said, name, "action", claim.value)
            elif claim.type == "count":
                self._trait(said, name, "count", claim.value)
            elif claim.type == "relation" and claim.kind == "part":
                self._trait(said, name, "part", canonical(claim.object))

    def _trait(self, said: Said, name: str, kind: str, value: str) -> None:
        self._traits[name, kind][value] += 1
        said.traits[name, kind].add(value)

    def _take_regions(self, regions: Mapping[str, Sequence[tuple[str, Sequence[str]]]]) -> frozenset[str]:
        labels = set()
        for sample, seen in regions.items():
            said = self._said[sample]
            said.has_regions = bool(seen)
            for label, attributes in seen:
                said.nouns.add(canonical(label))
                labels.add(canonical(label))
                for value in attributes:
                    said.traits[canonical(label), "region"].add(value.lower())
        return frozenset(labels)

    # -- words ----------------------------------------------------------------------------------------------

    def nouns(self, number: str) -> Counter[str]:
        """Return the nouns used in one number ("singular" or "plural"), as written, with their counts."""
        return self._words[number]

    def words(self, kind: str) -> Counter[str]:
        """Return the words of a kind ("attribute colour", "action ing"), as written, with their counts."""
        return self._words[kind]

    def counts(self, noun: str, kind: str) -> Counter[str]:
        """Return how often things of that name are said to have each value of a trait."""
        return self._traits[canonical(noun), kind]

    def alike(self, one: Original) -> list[Original]:
        """Return the captions of one kind and fold: those that may be exchanged with each other."""
        return self._pools[_pool_of(one)]

    def of_sample(self, sample_id: str) -> list[Original]:
        """Return the captions of a sample."""
        return self._by_sample[sample_id]

    def nouns_in(self, one: Original) -> frozenset[str]:
        """Return the canonical names of what a caption of the set names."""
        found = self._nouns_in.get(one.caption_id)
        return frozenset(_named(one.reading)) if found is None else found

    def words_in(self, one: Original) -> frozenset[str]:
        """Return the words of a caption of the set."""
        found = self._words_in.get(one.caption_id)
        return frozenset(words_of(one.text)) if found is None else found

    def said(self, sample_id: str) -> Said:
        """Return what is said of a sample."""
        return self._said[sample_id]

    def fits(self, before: str, words: str, after: str) -> bool:
        """Tell whether words stand next to what is before and after them somewhere in the set.

        Cheap, and so asked first: of thousands of words few stand beside given neighbours. An article before
        them is taken as the one they need.
        """
        left, inside, right = words_of(before)[-1:], words_of(words), words_of(after)[:1]
        if left and left[0] in ("a", "an"):
            left = [article_for(words)]
        edges = [*(left or ["^"]), *inside, *(right or ["$"])]
        return all(pair in self._bigrams for pair in pairwise(edges))

    def is_fluent(self, text: str, spans: Iterable[Span], least: int = 1) -> bool:
        """Tell whether every two neighbouring words in and around the spans stand side by side in the set."""
        found = [(match[0].lower(), match.start(), match.end()) for match in _WORD.finditer(text)]
        edges = [("^", -1, -1), *found, ("$", len(text) + 1, len(text) + 1)]
        for one, other in pairwise(edges):
            is_near = any((start <= one[1] < end) or (start <= other[1] < end) for start, end in spans)
            if is_near and self._bigrams[one[0], other[0]] < least:
                return False
        return True

    # -- truth by chance ------------------------------------------------------------------------------------

    def may_mean(self, noun: str, sample_id: str) -> bool:
        """Tell whether a noun may name something the sample is said to hold: the same, wider or narrower."""
        return any(related(noun, said) for said in self._said[sample_id].nouns)

    def affinity(self, noun: str, said: Iterable[str]) -> float:
        """Return how often samples said to hold one of the others are said to hold the noun too, 0 to 1."""
        name = canonical(noun)
        known = [one for one in said if self._with[one]]
        return max((self._together[name, one] / self._with[one] for one in known), default=0.0)

    def chance_there(self, noun: str, sample_id: str) -> float:
        """Estimate the chance that a thing which nobody mentions is in the sample all the same.

        Prevalence among samples that share a word with this one, corrected for what captions leave out; then
        Bayes over the silence of this sample's captions. Regions that know such things and list none here
        count as strong evidence.

        Returns:
            0 to 1; an estimate that leans to the high side, as it takes the likeliest of the shared words.
        """
        said = self._said[sample_id]
        samples = max(1, len(self._said))
        share = max(self._with[canonical(noun)] / samples, self.affinity(noun, said.nouns))
        told = 1 - self._silence(max(1.0, len(self.captions) / samples))
        prior = min(_MOST_LIKELY, share / told)
        silence = self._silence(said.captions)
        there = prior * silence / (prior * silence + 1 - prior)
        return there * (0.02 if said.has_regions and canonical(noun) in self._labels else 1.0)

    def _silence(self, captions: float) -> float:
        """Return the chance that so many captions leave out a thing that is there.

        What one person leaves out the others leave out too, so that five captions tell less than five
        independent ones would.
        """
        return math.pow(1 - self._recall, math.pow(captions, _INDEPENDENCE))

    def chance_trait(self, noun: str, kind: str, value: str) -> float:
        """Estimate how often a thing of that name has the value, among those of which the trait is told."""
        found = self.counts(noun, kind)
        return (found[value] + 0.5) / (found.total() + 1.0)

    def _measure_recall(self) -> float:
        """Return which share of what one caption names another caption of the same sample names too."""
        shared = total = pairs = 0
        for told in self._by_sample.values():
            named = [_named(one.reading) for one in told]
            for one, other in permutations(named, 2):
                shared, total, pairs = shared + len(one & other), total + len(one), pairs + 1
        return min(0.9, max(0.1, shared / total)) if pairs >= _FEWEST_PAIRS and total else _RECALL


def _pool_of(one: Original) -> tuple[str, bool, int]:
    return one.order, one.start_s is None, fold_of(one.sample_id)


def words_of(text: str) -> list[str]:
    """Return the words of a text in lower case, without marks."""
    return [match[0].lower() for match in _WORD.finditer(text)]


def form_of(claim: Claim) -> str:
    """Return the form a verb stands in: "ing", "s", "ed" or "base"."""
    word = claim.words.lower().split(" ")[0]
    return next((form for form in ("ing", "ed", "s") if word.endswith(form)), "base")


def with_particle(text: str, claim: Claim) -> str:
    """Return the verb with the "down" or "up" that belongs to it."""
    after = re.match(r"\s+(down|up)\b(?!\s+(?:the|a|an)\b)", text[claim.end :])
    return claim.words + (after[0] if after else "")


def _named(reading: Reading) -> set[str]:
    return {canonical(claim.subject) for claim in reading.claims if claim.type == "object"}
