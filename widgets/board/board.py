"""PairBoard: every preference pair in one table, with what was said of it and what lint finds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import polars as pl

from widgets.arranged import ArrangedCore, number_of
from widgets.board.changes import Changes
from widgets.board.checks import Checked, check_pairs
from widgets.board.rows import FACETS, SORTS, PairScope, arrange_pairs, board_rows, measures_of
from widgets.board.told import checks_told, others_told, row_told, scope_told, split_told
from widgets.core import Answer, Message, json_buffer
from widgets.job import Job
from widgets.panel import STATIC, Panel
from workbench.errors import PairError
from workbench.pairs import pair_reliability

if TYPE_CHECKING:
    from workbench.pairs.splitting import SplitSummary
    from workbench.workspace import Workspace

__all__ = ["BoardCore", "PairBoard"]

_PAGE_ROWS: Final = 60
#: Up to this many pairs are checked when the board opens; more when somebody asks.
_CHECKED_AT_ONCE: Final = 20_000


class BoardCore(ArrangedCore):
    """What the board shows and selects; it decides nothing about a pair."""

    key = "pair_id"

    def __init__(
        self,
        workspace: Workspace,
        scope: PairScope | None = None,
        *,
        annotator: str | None = None,
        target: str | Path | None = None,
        lint: bool = True,
    ) -> None:
        super().__init__(workspace, annotator=annotator)
        self.scope = scope or PairScope()
        self.changes = Changes(workspace.store)
        self.checks: Job[Checked] = Job(
            "lint", lambda: check_pairs(workspace, target, self.changes.revision())
        )
        self.splitting: Job[SplitSummary] = Job("split", workspace.split_pairs)
        self._made_of: tuple[int, Checked | None] = (0, None)
        with self.lock:
            self._arrange(self.scope)
        if lint and 0 < self.rows.height <= _CHECKED_AT_ONCE:
            self.checks.start()

    def commands(self) -> dict[str, Callable[[Message], Answer]]:
        """Return the shared commands and those of the board."""
        return super().commands() | {
            "open": self.open,
            "view": self.view,
            "page": self.page,
            "select": self.select,
            "pair": self.pair,
            "check": self.check,
            "split": self.split,
        }

    # -- what is shown

    def open(self, _message: Message) -> Answer:
        """Return all that a page needs to start, also after a reload or a restart."""
        with self.lock:
            self._arrange(self.scope)
            told = self._view_told()
        return Answer(told | {"sorts": dict(SORTS), "page_rows": _PAGE_ROWS})

    def view(self, message: Message) -> Answer:
        """Arrange the table anew: filter, brush, bars, sort."""
        scope = _scope_of(message, self.scope)
        with self.lock:
            self._arrange(scope)
            return Answer(self._view_told())

    def page(self, message: Message) -> Answer:
        """Return a stretch of the table's rows; refused when it was arranged anew meanwhile."""
        with self.lock:
            rows = self._page_of(message, _PAGE_ROWS)
            if rows is None:
                return self._outdated()
            selected = self.selected.copy()
        told = [
            row_told(row, is_short=True) | {"is_selected": row["pair_id"] in selected}
            for row in rows.to_dicts()
        ]
        return Answer({"version": self.version}, [json_buffer(told)])

    def status(self, _message: Message | None = None) -> Answer:
        """Say whether the pairs have changed since they were arranged, and how the checks stand."""
        return Answer({"status": self.standing()})

    def standing(self, *, is_quick: bool = False) -> dict[str, object]:
        """Return what the bars show; `is_quick` leaves out whether other cells have changed the pairs."""
        revision = self._made_of[0] if is_quick else self.changes.revision()
        return {
            "is_changed": revision != self._made_of[0],
            "checks": checks_told(self.checks, revision),
            "split": split_told(self.store, self.rows, self.splitting),
            "judgements": len(self.store.journal.judgements()),
            "annotator": self.annotator,
        }

    def pair(self, message: Message) -> Answer:
        """Return one pair with every judgement on it and everything that lint says of it."""
        pair_id = str(message["pair_id"])
        with self.lock:
            found = self.rows.filter(pl.col("pair_id") == pair_id)
        if found.is_empty():
            raise PairError(f"There is no pair {pair_id!r} any more.", "Press R to arrange the board anew.")
        whole = found.row(0, named=True)
        row = row_told(whole)
        judged = self.workspace.judgements.filter(pl.col("pair_id") == pair_id)
        findings = self._findings_on(pair_id)
        others = others_told(self.workspace.samples, whole)
        return Answer(
            {},
            [
                json_buffer(
                    {"pair": row, "judgements": judged.to_dicts(), "findings": findings, "others": others}
                )
            ],
        )

    def _findings_on(self, pair_id: str) -> list[dict[str, object]]:
        checked = self.checks.result
        if checked is None:
            return []
        named = checked.report.findings.filter(pl.col("rows").list.contains(pair_id))
        return named.select("rule", "severity", "message", "remedy").to_dicts()

    # -- what is done

    def check(self, _message: Message) -> Answer:
        """Start to lint the pairs; the page asks `status` until it has ended."""
        is_started = self.checks.start()
        return Answer({"is_started": is_started, "status": self.standing(is_quick=True)})

    def split(self, message: Message) -> Answer:
        """Start to split the pairs by their media; the page asks `status` until it has ended."""
        share, seed = message.get("held_out_share"), message.get("seed")
        if not isinstance(share, int | float) or not isinstance(seed, int):
            raise PairError(
                f"A split needs a share and a whole number as seed; seen {share!r}, {seed!r}.",
                "Give a share between 0 and 1, such as 0.2, and a seed such as 0.",
            )
        is_reset = bool(message.get("reset"))

        def work() -> SplitSummary:
            made = self.workspace.split_pairs(float(share), seed, reset=is_reset)
            self.on_change()
            return made

        is_started = self.splitting.start(work)
        return Answer({"is_started": is_started, "status": self.standing(is_quick=True)})

    # -- inside

    def _arrange(self, scope: PairScope) -> None:
        checked, revision = self.checks.result, self.changes.revision()
        if self._made_of != (revision, checked):
            trust = pair_reliability(self.store)
            self.rows = board_rows(self.workspace, checked.named if checked else None, trust)
            self._made_of = (revision, checked)
            self._measures = measures_of(self.rows)
        if scope.measure not in self._measures:
            scope = replace(scope, measure=next(iter(self._measures), ""), low=None, high=None)
        findings = checked.named_findings if checked else {}
        if scope.finding not in findings:  # mended meanwhile, or not checked yet
            scope = replace(scope, finding="")
        self._arrangement, self._facets = arrange_pairs(self.rows, scope, findings)
        self.scope = scope
        self.version += 1

    def _view_told(self) -> dict[str, object]:
        return {
            "version": self.version,
            "count": len(self._arrangement.order),
            "total": self.rows.height,
            "selected": len(self.selected),
            "code": self._arrangement.code,
            "facets": self._facets,
            "measures": self._measures,
            "scope": scope_told(self.scope),
            "status": self.standing(is_quick=True),
            "captions": self.workspace.captions.height,
            "rejects": self.workspace.rejects.height,
        }


class PairBoard(Panel):
    """Show the preference pairs of a workspace as a table, with what lint says of them.

    Args:
        workspace: what `workbench.open(path)` returned.
        filter: a filter text to start with, such as `origin:edit lint:identical`.
        sort: a name of `widgets.board.rows.SORTS`, such as `findings`, `newest` or `close`.
        annotator: who looks. The workspace's own when left out.
        seed: of the shuffled order.
        target: the model to be tuned (a hub id or a folder), for the lint rules about its tokens.
        lint: check the pairs when the board is made, beside the cell, where they are not too many for that;
            else when asked to.

    Example:
        `board = widgets.PairBoard(ws)` in one cell, `board.selected` in a later one.
    """

    _esm = STATIC / "board.js"
    _css = STATIC / "board.css"

    def __init__(
        self,
        workspace: Workspace,
        *,
        filter: str = "",
        sort: str = "findings",
        annotator: str | None = None,
        seed: int = 0,
        target: str | Path | None = None,
        lint: bool = True,
    ) -> None:
        scope = PairScope(text=filter, sort=sort, seed=seed)
        self.core: BoardCore = BoardCore(workspace, scope, annotator=annotator, target=target, lint=lint)
        super().__init__(self.core)

    @property
    def rows(self) -> pl.DataFrame:
        """Every pair with all that the board knows of it; the frame that the shown expression filters."""
        return self.core.rows

    @property
    def findings(self) -> dict[str, list[str]]:
        """The pair ids of each finding of the last check, by its name such as `identical#1`."""
        checked = self.core.checks.result
        return checked.named_findings if checked else {}

    @property
    def selected(self) -> pl.DataFrame:
        """The selected pairs with all their columns."""
        return self.core.selected_rows()

    @property
    def shown(self) -> pl.DataFrame:
        """The pairs in the table, filtered and in its order."""
        return self.core.shown_rows()


def _scope_of(message: Message, now: PairScope) -> PairScope:
    seed = message.get("seed", now.seed)
    picks = message.get("picks")
    chosen = picks if isinstance(picks, Mapping) else {}
    return replace(
        now,
        text=str(message.get("text", "")),
        measure=str(message.get("measure") or now.measure),
        low=number_of(message, "low"),
        high=number_of(message, "high"),
        picks={name: tuple(map(str, chosen.get(name) or ())) for name in FACETS},
        finding=str(message.get("finding") or ""),
        sort=str(message.get("sort", now.sort)),
        seed=seed if isinstance(seed, int) else 0,
    )
