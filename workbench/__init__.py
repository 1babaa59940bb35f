"""Caption Workbench: find, decide and mend the places where media and their captions disagree.

>>> import workbench
>>> workbench.__version__.count(".")
2
"""

from __future__ import annotations

from importlib import import_module

from workbench.errors import WorkbenchError

__version__ = "0.1.0"
__all__ = ["Rule", "WorkbenchError", "Workspace", "create", "demo", "open"]

# Loaded when first asked for, so that `import workbench` costs nothing.
_HOMES = {"Rule": "review", "Workspace": "workspace", "create": "workspace", "open": "workspace"}


def __getattr__(name: str) -> object:
    if name == "demo":  # a package that can be called: workbench.demo(path)
        return import_module("workbench.demo")
    if name not in _HOMES:
        raise AttributeError(f"workbench has no {name!r}; it has {', '.join(__all__)}")
    return getattr(import_module(f"workbench.{_HOMES[name]}"), name)
