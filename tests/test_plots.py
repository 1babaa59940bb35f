"""Figures are drawn without loading anything from another host."""

from __future__ import annotations

import sys

import pytest

from workbench.errors import MissingExtraError
from workbench.plots import require_holoviews


def test_bokeh_is_chosen_without_an_extension_that_loads_from_a_cdn() -> None:
    pytest.importorskip("holoviews", reason="the extra [plots] is not installed")
    hv = require_holoviews("A figure")
    assert hv.Store.current_backend == "bokeh"
    assert not getattr(hv.extension, "_loaded", False)


def test_a_missing_package_names_the_install_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "holoviews", None)
    with pytest.raises(MissingExtraError, match=r"A figure needs a package.*caption-workbench\[plots\]"):
        require_holoviews("A figure")
