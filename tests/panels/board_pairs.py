"""Pairs for the tests of the board: a correction, built ones, judgements that differ, and faults to find."""

from __future__ import annotations

from workbench.pairs import add_pairs, judge
from workbench.preferences.differences import find_differences
from workbench.preferences.pair import Pair, variant_id
from workbench.workspace import Workspace

__all__ = ["fill", "make_pair"]


def make_pair(
    sample: str, chosen: str, rejected: str, *, origin: str = "built", builder: str = "replace_attribute",
    margin: float | None = None, source: str = "", is_ordered: bool = True, other_sample: str = "",
) -> Pair:  # fmt: skip
    """Make a pair of two texts on one sample, with the words that differ."""
    found = find_differences(chosen, rejected)
    return Pair(
        sample_id=sample,
        chosen_id=variant_id(sample, chosen, origin),
        rejected_id=variant_id(other_sample or sample, rejected, f"{origin}-rejected"),
        chosen_text=chosen,
        rejected_text=rejected,
        rejected_sample_id=other_sample,
        origin=origin,
        builder=builder,
        error_type="attribute" if builder == "replace_attribute" else "",
        margin=margin,
        chosen_spans=found.chosen,
        rejected_spans=found.rejected,
        is_ordered=is_ordered,
        source=source,
    )


def fill(ws: Workspace) -> list[str]:
    """Give a workspace eight pairs and judgements on three of them; return the ids of the added ones.

    The first is judged alike by three, the second turned round by two of three, the third disputed; the last
    but one is of one text with itself but for a blank, the last has no media.
    """
    ids = ws.samples.sort("path")["sample_id"].to_list()
    texts = dict(ws.captions.select("sample_id", "text").iter_rows())
    pairs = [
        make_pair(ids[n], texts[ids[n]], texts[ids[n]].replace("square", "circle"), margin=0.1 * (n + 1))
        for n in (0, 2, 3)
    ]
    pairs += [
        make_pair(ids[4], "a cat on a mat", "a cat", origin="candidate", builder="", is_ordered=False),
        make_pair(ids[5], texts[ids[5]], "a dog on a sofa", origin="across", builder="", other_sample=ids[1]),
        make_pair(ids[5], "two grey squares", "two  grey squares", margin=-0.4),
        make_pair(
            "", "the film is good", "the film is bad", origin="imported", builder="", source="dpo.json"
        ),
    ]
    add_pairs(ws.store, pairs)
    ws.decide(ids_of(ws, ids[1]), "misaligned", error_types=["object"], edited_text="an orange square")
    votes = {0: "ccc", 1: "crr", 2: "cr"}
    for number, said in votes.items():
        pair = pairs[number]
        for who, vote in zip(("ana", "ben", "cem"), said, strict=False):
            winner = pair.chosen_id if vote == "c" else pair.rejected_id
            judge(
                ws.store,
                pair.pair_id,
                "prefer",
                annotator=who,
                winner=winner,
                left=pair.chosen_id,
                strength=2,
            )
    return [pair.pair_id for pair in pairs]


def ids_of(ws: Workspace, sample: str) -> str:
    return str(ws.captions.filter(sample_id=sample)["caption_id"][0])
