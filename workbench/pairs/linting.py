"""Lint the pairs of a workspace: gather what the rules look at, and hand it to them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

import polars as pl

from workbench.errors import MissingExtraError, PathOutsideError, UnknownNameError
from workbench.pairs.split_lock import media_of_pairs
from workbench.pairs.splitting import read_looks
from workbench.pairs.standing import STATUSES, standing_pairs
from workbench.preferences.lint import LintReport, LintSettings, PairSet, lint
from workbench.preferences.lint.target import Target, load_target
from workbench.store import Store

__all__ = ["lint_pairs", "pair_set"]

_REASONS: Final = {"media_id": pl.String, "reason": pl.String}
_ALIGNMENT: Final = ("similarity", "wrong_pair")  # scorer and error type of the fit of a caption


def lint_pairs(
    store: Store,
    *,
    target: Target | str | Path | None = None,
    settings: LintSettings | None = None,
    rules: Iterable[str] | None = None,
    status: Sequence[str] | None = None,
) -> LintReport:
    """Look at the pairs as they stand with every lint rule.

    Args:
        store: the workspace.
        target: the model to be tuned, for what depends on its tokens: a folder, a hub id, or a `Target` with
            the length that training keeps.
        settings: when the rules speak; see `LintSettings`.
        rules: names of rules; all of them when left out.
        status: only pairs that stand so, such as those to be exported; all of them when left out.

    Returns:
        A report that prints itself; `.findings` is a frame with `rule`, `severity`, `message`, `remedy`,
        `column`, `rows` (pair ids) and `value`.

    Raises:
        UnknownNameError: for a rule or a status that does not exist.
        EncoderError: when the tokenizer of the target cannot be opened.
    """
    known = load_target(target) if isinstance(target, str | Path) else target
    return lint(pair_set(store, target=known, settings=settings, status=status), rules=rules)


def pair_set(
    store: Store,
    *,
    target: Target | None = None,
    settings: LintSettings | None = None,
    status: Sequence[str] | None = None,
) -> PairSet:
    """Gather pairs with the fit and the verdicts of their captions, the judgements, and the media."""
    pairs = standing_pairs(store)
    if status is not None:
        if unknown := [one for one in status if one not in STATUSES]:
            raise UnknownNameError("status of a pair", unknown[0], STATUSES)
        pairs = pairs.filter(pl.col("status").is_in(list(status)))
    media = media_of_pairs(pairs).group_by("pair_id", maintain_order=True).agg(media="medium")
    pairs = pairs.join(media, on="pair_id", how="left", maintain_order="left")
    captions = _known_of_captions(store)
    for side in ("chosen", "rejected"):
        named = captions.select(pl.all().name.prefix(f"{side}_")).rename({f"{side}_caption_id": f"{side}_id"})
        pairs = pairs.join(named, on=f"{side}_id", how="left", maintain_order="left")
    # A text that exists only within pairs is in the language of the caption it stands against.
    pairs = pairs.with_columns(lang=pl.coalesce("chosen_lang", "rejected_lang"))
    return PairSet(
        pairs,
        judgements=store.journal.judgements_frame(),
        media=_media(store, pairs),
        target=target,
        settings=settings or LintSettings(),
    )


def _known_of_captions(store: Store) -> pl.DataFrame:
    """Return `caption_id`, `lang`, `verdict`, and `fit`: its percentile of similarity, null when stale."""
    captions = store.read("captions").select("caption_id", "lang", now="caption_hash")
    scorer, error_type = _ALIGNMENT
    fits = (
        store.read("scores")
        .filter((pl.col("scorer") == scorer) & (pl.col("error_type") == error_type))
        .join(captions, on="caption_id")
        .filter(pl.col("caption_hash") == pl.col("now"))
        .sort("scored_at")
        .unique("caption_id", keep="last")
        .select("caption_id", fit="percentile")
    )
    verdicts = store.journal.frame().sort("at_utc").unique("caption_id", keep="last")
    return (
        captions.select("caption_id", "lang")
        .join(fits, on="caption_id", how="left")
        .join(verdicts.select("caption_id", "verdict"), on="caption_id", how="left")
    )


def _media(store: Store, pairs: pl.DataFrame) -> pl.DataFrame:
    """Return what is known of the media in pairs; how they look only where there are splits to compare."""
    used = pairs.select(sample_id=pl.col("media").explode()).unique()
    samples = store.read("samples").join(used, on="sample_id", how="semi", maintain_order="left")
    speakers = store.read("captions").drop_nulls("speaker").select("sample_id", "speaker").unique("sample_id")
    known = samples.join(speakers, on="sample_id", how="left", maintain_order="left").select(
        "content_hash", "group", "speaker", "width", "height", media_id="sample_id", path="path", kind="media"
    )
    gone = {row["sample_id"]: why for row in samples.iter_rows(named=True) if (why := _missing(store, row))}
    reasons = pl.DataFrame({"media_id": list(gone), "reason": list(gone.values())}, schema=_REASONS)
    known = known.join(reasons, on="media_id", how="left", maintain_order="left")
    if pairs["split"].n_unique() < 2:
        return known
    try:
        return known.join(read_looks(store, samples), on="content_hash", how="left", maintain_order="left")
    except MissingExtraError:
        return known


def _missing(store: Store, sample: dict[str, object]) -> str:
    """Return why the file of a sample cannot be used; "" for a folder that this machine does not know."""
    try:
        file = store.media_path(str(sample["root"]), str(sample["path"]))
    except UnknownNameError:
        return ""
    except PathOutsideError as error:
        return error.message
    return "" if file.is_file() else "there is no such file any more"
