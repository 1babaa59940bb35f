"""The notebook shell of a `Core`: an anywidget that carries its messages, and nothing else.

No rows are held in traits, so a saved notebook stays small whatever the size of the workspace; the page asks
for what it shows, page by page.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import anywidget

from widgets.core import Core
from widgets.shells import offer, register, tell_others

__all__ = ["STATIC", "Panel", "free_comm"]

STATIC: Final = Path(__file__).parent / "static"
#: Beside a cell that computes in plain Python, an answer waits this long at each of its hundreds of steps
#: that leave the interpreter's lock: Python's own 5 ms make seconds of them.
_TURN_S: Final = 0.0005


class Panel(anywidget.AnyWidget):
    """Show the view of a core in a notebook; a subclass names its bundle as `_esm` and `_css`.

    Args:
        core: answers the messages of the page.
    """

    def __init__(self, core: Core) -> None:
        self.core = core
        super().__init__()
        self.on_msg(self._receive)
        core.on_change = lambda: tell_others(self)
        core.tell = self.send
        register(self)
        free_comm(self)
        sys.setswitchinterval(min(sys.getswitchinterval(), _TURN_S))

    def _receive(self, _widget: object, content: object, _buffers: object) -> None:
        if not isinstance(content, Mapping) or "id" not in content:
            return
        answer = self.core.answer(content)
        self.send({"re": content["id"]} | answer.content, buffers=answer.buffers)

    def offer(self, caption_ids: Sequence[str], why: str) -> bool:
        """Hand captions to the views of the same workspace that take some; return whether there was one."""
        return offer(self, caption_ids, why)

    def refresh(self) -> None:
        """Have the page ask again for what it shows; for when a cell has changed the workspace."""
        self.send({"event": "changed"})

    def follow(self, changed: Core) -> None:
        """Show what was changed through another core of the same workspace."""
        self.refresh()


def free_comm(panel: Panel) -> bool:
    """Let a widget's messages be handled while a cell runs; return whether anything had to be done.

    From version 7 on ipykernel sends the messages of widgets to a thread of their own, but ties a widget to
    the main thread as soon as a cell has published on it, which creating it does; then it freezes while any
    cell runs. Taking the page's own choice of thread undoes that. Kernels without this routing need nothing.
    """
    comm = panel.comm
    if comm is None or not hasattr(comm, "_reply_subshell_for"):
        return False
    comm._reply_subshell_for = lambda _data, default: default
    return True
