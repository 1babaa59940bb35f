"""The rules of lint that hold for a run, with the columns that they are about."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from workbench.finetune.preflight.plan import Plan
from workbench.preferences.lint import RULES as LINT_RULES
from workbench.preferences.lint.base import Found, Rule, Unchecked

__all__ = ["RULES"]

_BOTH: Final = "chosen, rejected"
_LEFT_OUT: Final = "Raise max_tokens; a run leaves these pairs out whole, where trainers cut or drop them."
_SMALLER: Final = "Leave max_tokens out, or take smaller pictures (picture_px)."


@dataclass(frozen=True, slots=True)
class _Borrowed:
    """One rule of lint, as it holds for a run.

    Attributes:
        column: of a run's rows that it is about.
        severity, remedy: what they are here; "" as lint has it.
        sees_files: whether it looks at files, and not at the pictures that they become.
    """

    column: str
    severity: str = ""
    sees_files: bool = False
    remedy: str = ""


_BORROWED: Final = {
    "empty_text": _Borrowed(_BOTH),
    "identical": _Borrowed(_BOTH),
    "identical_after_normalising": _Borrowed(_BOTH),
    "contradictory": _Borrowed(_BOTH),
    "duplicate_pair": _Borrowed(_BOTH),
    "template_remains": _Borrowed(_BOTH),
    "chosen_refuses": _Borrowed("chosen"),
    "chosen_loops": _Borrowed("chosen"),
    "chosen_cut_off": _Borrowed("chosen"),
    "prompt_inside_answer": _Borrowed("prompt"),
    "wrong_spans": _Borrowed("chosen_spans, rejected_spans"),
    "same_media_in_both_splits": _Borrowed("paths", sees_files=True),
    "similar_media_in_both_splits": _Borrowed("paths", sees_files=True),
    "same_texts_in_both_splits": _Borrowed(_BOTH),
    "length_bias": _Borrowed(_BOTH),
    "length_drift": _Borrowed(_BOTH),
    "chosen_says_less": _Borrowed("chosen"),
    "one_annotator": _Borrowed("annotator"),
    "position_bias": _Borrowed("annotator", sees_files=True),
    "one_text_dominates": _Borrowed("chosen"),
    "template_fails": _Borrowed("prompt"),
    "template_drops_words": _Borrowed(_BOTH),
    "answer_cut_away": _Borrowed("prompt", "warning", remedy=_LEFT_OUT),
    "equal_after_truncation": _Borrowed(_BOTH, "warning", remedy=_LEFT_OUT),
    "equal_in_tokens": _Borrowed(_BOTH),
    "prompt_not_a_prefix": _Borrowed("prompt"),
    "end_mark": _Borrowed(_BOTH),
    "unknown_words": _Borrowed(_BOTH),
    "special_token_in_text": _Borrowed(_BOTH),
    "no_place_for_pictures": _Borrowed("media"),
    "picture_refused": _Borrowed("paths"),
    "picture_tokens_cut": _Borrowed("paths", remedy=_SMALLER),
}


def _borrow(name: str, borrowed: _Borrowed) -> Rule[Plan]:
    rule = LINT_RULES[name]

    def look(plan: Plan) -> Sequence[Found] | Unchecked:
        told = rule.check(plan.divided if borrowed.sees_files else plan.pairs)
        if isinstance(told, Unchecked):
            return told
        return [replace(one, column=one.column or borrowed.column) for one in told]

    check: Callable[[Plan], Sequence[Found] | Unchecked] = look
    return Rule(
        rule.name,
        borrowed.severity or rule.severity,
        rule.looks_for,
        borrowed.remedy or rule.remedy,
        check,
    )


RULES: Final = tuple(_borrow(name, borrowed) for name, borrowed in _BORROWED.items())
