"""Fill in what a config leaves to the pairs: the flip rate, and who said what of each pair."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping

import polars as pl

from workbench.errors import RunError
from workbench.finetune.config import RunConfig

__all__ = ["resolve_settings", "tell_voices"]


def resolve_settings(config: RunConfig, tell_flip_rate: Callable[[], float | None]) -> RunConfig:
    """Return the config with nothing left open.

    Args:
        config: as it was asked for.
        tell_flip_rate: how often a preference is recorded the wrong way round, from people who were asked
            twice; asked only where a method wants it. None where nobody was.

    Raises:
        RunError: when the method needs a flip rate and the pairs tell none.

    Example:
        >>> resolve_settings(RunConfig(method="rdpo"), lambda: 0.12).setting("epsilon")
        0.12
        >>> resolve_settings(RunConfig(method="rdpo", epsilon=0.3), lambda: 0.12).setting("epsilon")
        0.3
    """
    if "epsilon" not in config.settings or config.settings["epsilon"] is not None:
        return config
    found = tell_flip_rate()
    if found is None:
        raise RunError(
            "How often a preference is the wrong way round is not known: no pair was answered twice.",
            "Let a second person judge some pairs (ws.agreement() tells the rate), or give it: "
            "RunConfig(epsilon=0.1).",
        )
    return dataclasses.replace(config, epsilon=found)


def tell_voices(pairs: pl.DataFrame, heard: pl.DataFrame, groups: Mapping[str, str]) -> pl.DataFrame:
    """Return who said which caption of a pair is better, as the pair stands now.

    A voice that found neither better, or both bad, is no voice for an order and is left out.

    Args:
        pairs: as they stand: `pair_id`, `chosen_id`.
        heard: voices on the pairs as they were made: `pair_id`, `annotator`, `label` (`as_made`, `turned` or
            another), `chosen_id`, `rejected_id`.
        groups: of annotators, by name.

    Returns:
        `pair_id`, `annotator`, `for_chosen` (Boolean), `group` ("" for none): what `training_rows` takes.
    """
    now = pairs.select("pair_id", now="chosen_id")
    winner = pl.when(pl.col("label") == "as_made").then("chosen_id").otherwise("rejected_id")
    return (
        heard.filter(pl.col("label").is_in(["as_made", "turned"]))
        .join(now, on="pair_id", how="inner", maintain_order="left")
        .select(
            "pair_id",
            "annotator",
            for_chosen=winner == pl.col("now"),
            group=pl.col("annotator").replace_strict(dict(groups), default="", return_dtype=pl.String()),
        )
    )
