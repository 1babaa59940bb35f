"""Every rule of the pre-flight by name, and the function that runs them before any model is loaded."""

from __future__ import annotations

from typing import Final

import polars as pl

from workbench.encoders.devices import require_torch
from workbench.errors import RunError
from workbench.finetune.config import RunConfig
from workbench.finetune.models import locate_model
from workbench.finetune.opening import open_processor, read_files
from workbench.finetune.preflight import borrowed, media, settings, shape, tokens
from workbench.finetune.preflight.plan import Plan
from workbench.finetune.preflight.report import Preflight
from workbench.payloads import JUDGEMENT_COLUMNS
from workbench.preferences.lint.base import Rule, look_with
from workbench.preferences.lint.target import Target

__all__ = ["RULES", "preflight"]

#: Rule by name, in the order in which they look.
RULES: Final[dict[str, Rule[Plan]]] = {
    rule.name: rule
    for family in (shape.FIRST, shape.RULES, settings.RULES, media.RULES, tokens.RULES, borrowed.RULES)
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
    known, fault = (target, "") if target else _open_target(config)
    heard = pl.DataFrame(schema=JUDGEMENT_COLUMNS) if judgements is None else judgements
    plan = Plan(rows, config, known, fault, heard)
    return Preflight.of([first, look_with(list(RULES.values())[len(shape.FIRST) :], plan)], rows, config)


def _open_target(config: RunConfig) -> tuple[Target | None, str]:
    """Open what says how a model counts, and nothing of its weights."""
    require_torch("A fine-tune")
    try:
        files = read_files(locate_model(config.model))
        tokenizer, processor = open_processor(files)
        return Target(files.source, tokenizer, processor, config.max_tokens or _own_limit(files.source)), ""
    except RunError as error:
        return None, str(error)


def _own_limit(source: str) -> int | None:
    from transformers import AutoConfig

    text = AutoConfig.from_pretrained(source, trust_remote_code=False).get_text_config()
    limit = getattr(text, "max_position_embeddings", None)
    return limit if isinstance(limit, int) else None
