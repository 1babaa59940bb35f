"""Errors say what failed, the value seen, and what to do next."""

from __future__ import annotations

import inspect

import pytest

from workbench import errors
from workbench.errors import UnknownNameError, WorkbenchError


def test_every_exception_is_a_workbench_error_and_stands_in_the_drawn_tree() -> None:
    classes = [c for _, c in inspect.getmembers(errors, inspect.isclass) if issubclass(c, Exception)]
    assert all(issubclass(c, WorkbenchError) for c in classes)
    assert errors.__doc__ is not None
    assert [c.__name__ for c in classes if c.__name__ not in errors.__doc__] == []
    assert sorted(errors.__all__) == sorted(c.__name__ for c in classes)


def test_an_unknown_name_lists_the_known_ones_and_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match=r"Did you mean 'bridge'\? Known: bridge, clip, fake\."):
        raise UnknownNameError("encoder", "brigde", ["fake", "clip", "bridge"])


def test_the_remedy_follows_the_message() -> None:
    assert str(WorkbenchError("It failed.", "Do this.")) == "It failed. Do this."
