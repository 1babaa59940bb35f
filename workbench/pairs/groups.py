"""Groups of annotators: who shares a background, so that a minority is not outvoted unseen.

People who disagree may both be right for their own. A group is a fact about a person and no decision, so it
is kept beside the tables, in `annotators.json`, and not in the journal.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import polars as pl

from workbench.errors import WorkspaceError
from workbench.pairs.voices import SIDES, hear_voices
from workbench.preferences.agreement import Coefficient, bound, count_answers, krippendorff_alpha
from workbench.store import Store, write_atomically

__all__ = ["annotator_groups", "compare_groups", "group_annotators", "group_voices"]

_FILE = "annotators.json"


def group_annotators(store: Store, groups: Mapping[str, str]) -> dict[str, str]:
    """Say which group each annotator belongs to; others stay as they are, and "" takes one out of any group.

    Args:
        store: the workspace.
        groups: group by annotator, such as `{"ana": "radiologists"}`.

    Returns:
        The group of every annotator that has one.

    Raises:
        WorkspaceLockedError: when another process is writing.
    """
    with store.writing("group annotators"):
        merged = {name: group for name, group in (annotator_groups(store) | dict(groups)).items() if group}
        text = json.dumps(merged, ensure_ascii=False, indent=2, sort_keys=True)
        write_atomically(store.path / _FILE, text.encode())
    return merged


def annotator_groups(store: Store) -> dict[str, str]:
    """Return the group of every annotator that has one.

    Raises:
        WorkspaceError: when the file that keeps them cannot be read.
    """
    file = store.path / _FILE
    if not file.exists():
        return {}
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise WorkspaceError(f"{file} cannot be read: {error}.", "Mend it or remove it.") from error
    if not isinstance(found, dict):
        raise WorkspaceError(f"{file} is not a JSON object of groups by annotator.", "Mend it or remove it.")
    return {str(name): str(group) for name, group in found.items()}


def group_voices(store: Store, standing: pl.DataFrame, *, criterion: str | None = None) -> pl.DataFrame:
    """Return what each group says of each pair.

    Args:
        store: the workspace.
        standing: the pairs as `standing_pairs` returns them.
        criterion: the answers on this criterion alone; on the pair's own when left out.

    Returns:
        `pair_id`, `group`, `voices`, `share` (0..1, of the group's voices for the caption that stands as
        chosen) and `is_against` (whether more of the group prefer the other caption).
    """
    groups = annotator_groups(store)
    heard = hear_voices(store, criterion=criterion).filter(pl.col("annotator").is_in(list(groups)))
    told = heard.join(standing.select("pair_id", "is_turned"), on="pair_id", how="inner")
    is_for = pl.col("label") == pl.when("is_turned").then(pl.lit("turned")).otherwise(pl.lit("as_made"))
    is_prefer = pl.col("label").is_in(["as_made", "turned"])
    counted = told.with_columns(
        group=pl.col("annotator").replace_strict(groups, default="", return_dtype=pl.String)
    )
    return (
        counted.group_by("pair_id", "group", maintain_order=True)
        .agg(
            voices=pl.len().cast(pl.Int64),
            share=is_for.mean(),
            is_against=(is_prefer & ~is_for).sum() > is_for.sum(),
        )
        .sort("pair_id", "group")
    )


def compare_groups(
    store: Store, said: pl.DataFrame, *, criterion: str | None = None, seed: int = 0
) -> pl.DataFrame:
    """Return a row a group, the one that is overruled most first.

    Args:
        store: the workspace.
        said: what each group says of each pair, as `group_voices` returns it.
        criterion: the answers on this criterion alone; on the pair's own when left out.
        seed: of the intervals.

    Returns:
        `group`, `annotators`, `pairs`, `voices`, `share` (mean over its pairs of its voices for what stands),
        `against` (pairs that stand against most of it), and Krippendorff's alpha within the group: `alpha`,
        `low`, `high`, `reason` (why there is none).
    """
    groups = annotator_groups(store)
    voices = hear_voices(store, criterion=criterion)
    rows = []
    for (group,), mine in said.group_by("group", maintain_order=True):
        members = [name for name, one in groups.items() if one == group]
        heard = voices.filter(pl.col("annotator").is_in(members))
        alpha = _alpha(heard, seed)
        rows.append(
            {
                "group": group,
                "annotators": heard["annotator"].n_unique(),
                "pairs": mine.height,
                "voices": heard.height,
                "share": mine["share"].mean(),
                "against": int(mine["is_against"].sum()),
                "alpha": alpha.value,
                "low": alpha.low,
                "high": alpha.high,
                "reason": alpha.reason,
            }
        )
    return pl.DataFrame(rows, schema=_COLUMNS).sort("share", "group")


_COLUMNS: dict[str, pl.DataType] = {
    "group": pl.String(),
    "annotators": pl.Int64(),
    "pairs": pl.Int64(),
    "voices": pl.Int64(),
    "share": pl.Float64(),
    "against": pl.Int64(),
    "alpha": pl.Float64(),
    "low": pl.Float64(),
    "high": pl.Float64(),
    "reason": pl.String(),
}


def _alpha(voices: pl.DataFrame, seed: int) -> Coefficient:
    counts = count_answers(voices["pair_id"].to_list(), voices["side"].to_list(), SIDES)
    return bound("Krippendorff alpha", krippendorff_alpha, counts, seed=seed)
