"""Probe what a model holds to be in a picture: one thing that is there against one that is not.

Which absent thing is asked about decides how hard a probe is: any one (`random`), one of the most frequent
(`popular`), or the one that most often stands beside what is there (`adversarial`). Each probe names one
thing that is there and one that is not, so that a model which says yes to everything is right half the time.

A model that answers questions is asked "Is there a dog in the image?". A captioner has never been asked
anything: of it the probe takes a true caption, puts the absent thing in the place of the one that is there,
and looks which of the two it holds likelier. That is an easier question than POPE's and no POPE figure.

Source: Li et al. 2023, "Evaluating object hallucination in large vision-language models" (POPE).
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import permutations
from typing import Final

import polars as pl

from workbench.alignment.claims.nouns import canonical, is_a
from workbench.alignment.claims.parse import read_caption
from workbench.finetune.evaluation.reading import Row
from workbench.finetune.evaluation.truth import Truth
from workbench.finetune.models import Loaded
from workbench.preferences.builders.rewriting import Change, article_for, rewrite

__all__ = ["KINDS", "PROBE_SCHEMA", "WAYS", "answer_rows", "can_answer", "make_probes"]

KINDS: Final = ("random", "popular", "adversarial")
#: `question`: yes or no; `sentence`: the likelier of two captions that differ in one thing.
WAYS: Final = ("question", "sentence")
PROBE_SCHEMA: Final[dict[str, pl.DataType]] = {
    "row": pl.Int64(),
    "sample_id": pl.String(),
    "kind": pl.String(),
    "way": pl.String(),
    "present": pl.String(),
    "absent": pl.String(),
    "true_text": pl.String(),
    "false_text": pl.String(),
}
_YES, _NO = "Yes", "No"
_POPULAR: Final = 10


def make_probes(rows: Sequence[Row], truth: Truth, *, ways: Sequence[str], seed: int) -> pl.DataFrame:
    """Return a probe of each kind for each row, where one can be made.

    Args:
        rows: what is shown, with `chosen`, a caption that is right of it.
        truth: what is there.
        ways: of `WAYS`.
        seed: of the draw.

    Returns:
        `PROBE_SCHEMA`. Of a question `true_text` asks for what is there, `false_text` for what is not.
    """
    frequent = truth.counts()
    beside = _beside(truth)
    made: list[dict[str, object]] = []
    for number, row in enumerate(rows):
        rng = random.Random(f"{seed}/{row['sample_id']}/{number}")
        there = truth.names(row)
        absent = _absent(there, frequent, beside, rng)
        subject = _subject(str(row.get("chosen") or ""), there, rng)
        for way in ways:
            if not absent or (subject is None and way == "sentence") or not there:
                continue
            made += [_probe(number, row, way, kind, absent[kind], there, subject, rng) for kind in KINDS]
    return pl.DataFrame(made, schema=PROBE_SCHEMA)


def can_answer(loaded: Loaded) -> bool:
    """Say whether the model has the words yes and no at all; whether it was taught to use them is unknown."""
    unknown = loaded.tokenizer.unk_token_id
    read = [loaded.tokenizer(word, add_special_tokens=False)["input_ids"] for word in (_YES, _NO)]
    return all(ids and unknown not in ids for ids in read)


def answer_rows(probes: pl.DataFrame, rows: Sequence[Row]) -> list[dict[str, object]]:
    """Return rows whose two answers weigh a probe: two rows a question, one a pair of captions.

    A question's row asks after one thing and its answers are yes (`chosen`) and no (`rejected`).
    """
    asked: list[dict[str, object]] = []
    for probe in probes.iter_rows(named=True):
        shown = dict(rows[probe["row"]])
        if probe["way"] == "sentence":
            asked.append(shown | {"chosen": probe["true_text"], "rejected": probe["false_text"]})
            continue
        asked += [
            shown | {"prompt": probe[text], "chosen": _YES, "rejected": _NO}
            for text in ("true_text", "false_text")
        ]
    return asked


def _probe(
    number: int, row: Row, way: str, kind: str, absent: str, there: frozenset[str],
    subject: tuple[int, int, str] | None, rng: random.Random,
) -> dict[str, object]:  # fmt: skip
    if way == "question":
        present = rng.choice(sorted(there))
        texts = tuple(f"Is there {article_for(name)} {name} in the image?" for name in (present, absent))
    else:
        assert subject is not None, "a sentence is only made where a thing is named"
        start, end, present = subject
        text = str(row["chosen"])
        texts = (text, rewrite(text, [Change(start, end, absent)]).text)
    return {
        "row": number, "sample_id": row["sample_id"], "kind": kind, "way": way, "present": present,
        "absent": absent, "true_text": texts[0], "false_text": texts[1],
    }  # fmt: skip


def _absent(
    there: frozenset[str], frequent: Counter[str], beside: Mapping[str, Counter[str]], rng: random.Random
) -> dict[str, str]:
    """Return an absent thing of each kind; none where nothing is absent."""
    gone = [name for name in frequent if not any(is_a(name, one) or is_a(one, name) for one in there)]
    if not gone:
        return {}
    popular = sorted(gone, key=lambda name: (-frequent[name], name))[:_POPULAR]
    near: Counter[str] = Counter()
    for one in sorted(there):
        near.update({name: count for name, count in beside.get(one, {}).items() if name in gone})
    return {
        "random": rng.choice(sorted(gone)),
        "popular": rng.choice(popular[: max(1, len(gone) // 3)]),
        "adversarial": min(near, key=lambda name: (-near[name], name)) if near else popular[0],
    }


def _subject(text: str, there: frozenset[str], rng: random.Random) -> tuple[int, int, str] | None:
    """Return the place and name of one thing that a caption names once and that is there."""
    claims = [claim for claim in read_caption(text, "en").claims if claim.type == "object"]
    told = Counter(canonical(claim.subject) for claim in claims)
    fit = [
        claim for claim in claims
        if canonical(claim.subject) in there and told[canonical(claim.subject)] == 1
        and claim.value == "singular"
    ]  # fmt: skip
    if not fit:
        return None
    claim = rng.choice(fit)
    return claim.start, claim.end, canonical(claim.subject)


def _beside(truth: Truth) -> dict[str, Counter[str]]:
    """Return how often each thing stands in one picture with each other thing."""
    beside: dict[str, Counter[str]] = {}
    for known in truth.things.values():
        for one, other in permutations({canonical(region.label) for region, _, _ in known}, 2):
            beside.setdefault(one, Counter())[other] += 1
    return beside
