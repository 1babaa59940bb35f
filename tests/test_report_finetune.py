"""The section on a fine-tune: numbers and items before and after, and the line that mends an empty one."""

from __future__ import annotations

import re

from workbench.report import BeforeAfter, FinetunePart
from workbench.report.finetune import render_finetune

HOSTILE = "<script>alert(1)</script>"
PNG = b"\x89PNG and more"


def plain(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def test_no_run_names_the_lines_that_make_one() -> None:
    body = render_finetune(None)
    assert "ws.finetune()" in body
    assert "ws.evaluate(run)" in body


def test_what_was_left_out_says_why() -> None:
    assert "PyTorch is missing" in render_finetune(FinetunePart(left_out=["PyTorch is missing"]))


def test_numbers_and_items_are_shown_with_what_went_and_what_came() -> None:
    body = render_finetune(
        FinetunePart(
            title="Run rpo-1",
            heads=("before", "after"),
            rows=[("named and not there", "11.1 %", "5.2 %")],
            items=[BeforeAfter("a dog and a boat", "a dog and a cat", PNG, "mended")],
            warnings=["shorter texts"],
            lines=["500 test scenes"],
        )
    )
    assert "11.1 % 5.2 %" in plain(body)
    assert "<del>boat</del>" in body
    assert "<ins>cat</ins>" in body
    assert "data:image/png;base64," in body
    for text in ("Run rpo-1", "Careful: shorter texts", "500 test scenes", "mended"):
        assert text in plain(body)


def test_texts_are_no_markup() -> None:
    body = render_finetune(
        FinetunePart(
            title=HOSTILE, heads=(HOSTILE,), rows=[(HOSTILE, HOSTILE)], lines=[HOSTILE], warnings=[HOSTILE],
            items=[BeforeAfter(HOSTILE, "a dog", b"", HOSTILE)],
        )
    )  # fmt: skip
    assert "<script" not in body
