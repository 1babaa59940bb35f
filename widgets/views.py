"""Views kept by name: what was shown, and in which order, in one small file of the workspace's folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Final

import filelock

from widgets.rows import SORTS, Scope
from workbench.errors import UnknownNameError, WorkbenchError
from workbench.store import write_atomically

if TYPE_CHECKING:
    from workbench.store import Store

__all__ = ["SavedViews", "scope_of_told", "scope_told"]

_FILE: Final = "views.json"
_LOCK_WAIT_S: Final = 5.0
_LONGEST_NAME: Final = 80


class SavedViews:
    """Scopes by name. They are no decisions: the file can be deleted, copied, or kept beside the code."""

    def __init__(self, store: Store) -> None:
        self._file = store.path / _FILE
        self._lock = filelock.FileLock(store.path / "views.lock", timeout=_LOCK_WAIT_S)

    def read(self) -> dict[str, Scope]:
        """Return every view by name, in the order of their names.

        Raises:
            WorkbenchError: when the file cannot be read.
        """
        try:
            kept = json.loads(self._file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except (OSError, ValueError) as error:
            raise WorkbenchError(
                f"The saved views in {self._file} cannot be read: {error}.", "Mend the file, or delete it."
            ) from error
        views = kept.get("views") if isinstance(kept, dict) else None
        if not isinstance(views, dict):
            raise WorkbenchError(f'{self._file} has no "views".', "Mend the file, or delete it.")
        return {name: scope_of_told(views[name]) for name in sorted(views) if isinstance(views[name], dict)}

    def find(self, name: str) -> Scope:
        """Return the view of a name.

        Raises:
            UnknownNameError: when there is none.
        """
        views = self.read()
        if name not in views:
            raise UnknownNameError("view", name, views)
        return views[name]

    def save(self, name: str, scope: Scope) -> None:
        """Keep a view, in place of one of the same name."""
        wanted = name.strip()
        if not 0 < len(wanted) <= _LONGEST_NAME:
            raise WorkbenchError(
                f"A view cannot be called {name!r}.", f"Give it a name of 1 to {_LONGEST_NAME} characters."
            )
        with self._lock:
            self._write(self.read() | {wanted: scope})

    def drop(self, name: str) -> Scope:
        """Forget a view and return it, so that it can be kept again."""
        with self._lock:
            dropped = self.find(name)
            self._write({other: scope for other, scope in self.read().items() if other != name})
        return dropped

    def told(self) -> list[dict[str, object]]:
        """Return the views for a page: name, and what they show in short."""
        return [{"name": name, "told": _told_short(scope)} for name, scope in self.read().items()]

    def _write(self, views: Mapping[str, Scope]) -> None:
        told = {"views": {name: scope_told(scope) for name, scope in views.items()}}
        write_atomically(self._file, (json.dumps(told, indent=2, ensure_ascii=False) + "\n").encode())


def scope_told(scope: Scope) -> dict[str, object]:
    """Return a scope as JSON holds it."""
    return asdict(scope) | {"errors": list(scope.errors), "media": list(scope.media)}


def scope_of_told(told: Mapping[str, object]) -> Scope:
    """Return the scope that was told; what is missing or of another type is as in a new one."""
    new = Scope()
    kept: dict[str, object] = {}
    for field in fields(Scope):
        value, usual = told.get(field.name), getattr(new, field.name)
        if isinstance(usual, tuple):
            kept[field.name] = tuple(map(str, value)) if isinstance(value, list | tuple) else usual
        elif usual is None:
            kept[field.name] = float(value) if isinstance(value, int | float) else None
        else:
            kept[field.name] = value if type(value) is type(usual) else usual
    return Scope(**kept)  # type: ignore[arg-type]  # each value has been checked against its field's own


def _told_short(scope: Scope) -> str:
    bounds = (("score ≥ ", scope.low), ("score ≤ ", scope.high))
    parts = [
        scope.text,
        *(f"{sign}{bound:.3g}" for sign, bound in bounds if bound is not None),
        " or ".join(name.replace("_", " ") for name in scope.errors),
        " or ".join(scope.media),
        SORTS.get(scope.sort, scope.sort) + (f" {scope.seed}" if scope.sort == "random" else ""),
        "" if scope.tile == "caption" else f"by {scope.tile}",
    ]
    return " · ".join(part for part in parts if part)
