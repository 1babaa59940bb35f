"""Every rule of the pre-flight by name, and the function that runs them before any model is loaded."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import polars as pl

from workbench.encoders.devices import require_torch
from workbench.errors import RunError
from workbench.finetune.config import RunConfig
from workbench.finetune.models import locate_model
from workbench.finetune.opening import open_processor, read_files
from workbench.finetune.preflight import borrowed, machine, media, settings, shape, tokens
from workbench.finetune.preflight.memory import count_weights, size_of_model
from workbench.finetune.preflight.plan import Plan
from workbench.finetune.preflight.report import Preflight
from workbench.payloads import JUDGEMENT_COLUMNS
from workbench.preferences.lint.base import Rule, look_with
from workbench.preferences.lint.target import Target

__all__ = ["RULES", "preflight"]

#: Rule by name, in the order in which they look.
RULES: Final[dict[str, Rule[Plan]]] = {
    rule.name: rule
    for family in (
        shape.FIRST,
        shape.RULES,
        machine.RULES,
        settings.RULES,
        media.RULES,
        tokens.RULES,
        borrowed.RULES,
    )
    for rule in family
}


def preflight(
    rows: pl.DataFrame,
    config: RunConfig,
    *,
    judgements: pl.DataFrame | None = None,
    target: Target | None = None,
) -> Preflight:
    """Look at the rows of a run and its settings, with the model's tokenizer and without its weights.

    It cannot see what only weights tell: memory, gradients, a learning rate that is too high for this very
    model. `preflight_model` looks at those before the first step.

    Args:
        rows: `ROW_SCHEMA`.
        config: what is asked for.
        judgements: who preferred what on which side, of the workspace; for one-sidedness.
        target: the model's tokenizer and processor; opened by the config's model when left out.

    Returns:
        A report that prints itself; its errors are reasons not to start.

    Raises:
        MissingExtraError: without transformers.
    """
    plan = Plan(rows, config, target)
    first = look_with(shape.FIRST, plan)
    if first.findings:
        return Preflight.of([first], rows, config)
    heard = pl.DataFrame(schema=JUDGEMENT_COLUMNS) if judgements is None else judgements
    plan = Plan(rows, config, target, judgements=heard) if target else _open_plan(rows, config, heard)
    return Preflight.of([first, look_with(list(RULES.values())[len(shape.FIRST) :], plan)], rows, config)


def _open_plan(rows: pl.DataFrame, config: RunConfig, judgements: pl.DataFrame) -> Plan:
    """Open what says how a model counts and how large it is, and nothing of its weights."""
    require_torch("A fine-tune")
    from transformers import AutoConfig

    try:
        files = read_files(locate_model(config.model))
        tokenizer, processor = open_processor(files)
    except RunError as error:
        return Plan(rows, config, fault=str(error), judgements=judgements)
    own = AutoConfig.from_pretrained(files.source, trust_remote_code=False)
    weights = count_weights(Path(files.source))
    limit = config.max_tokens or getattr(own.get_text_config(), "max_position_embeddings", None)
    return Plan(
        rows,
        config,
        Target(files.source, tokenizer, processor, limit),
        size=size_of_model(own, weights) if weights else None,
        judgements=judgements,
    )
