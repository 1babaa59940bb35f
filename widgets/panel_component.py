"""The Panel shell of a `Core`: the same view as in a notebook, on a page that `panel serve` gives.

A view asks for a model with `get`, `set`, `on`, `off` and `send`, as anywidget has it; Panel's own adapter
for anywidget knows no `send`. So the bundle is loaded as a plain component, with the model it expects put
around Panel's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from widgets.core import Core
from widgets.panel import STATIC
from workbench.errors import MissingExtraError, WorkbenchError

__all__ = ["carry"]

_EXPORT: Final = re.compile(r"export\s*\{\s*(\w+) as default\s*\};?\s*$")
_SHIM: Final = """
function asModel(model) {
  const heard = new Map();
  const asView = (part) => (part instanceof ArrayBuffer ? new DataView(part) : part);
  return {
    get: (name) => model[name],
    set() {},
    save_changes() {},
    send: (content) => model.send_msg(content),
    on(name, listener) {
      const hear = (event) => {
        const { content, buffers } = event.data ?? event;
        listener(content, (buffers ?? []).map(asView));
      };
      heard.set(listener, hear);
      model.on(name, hear);
    },
    off(name, listener) {
      model.off(name, heard.get(listener));
      heard.delete(listener);
    },
  };
}
export function render({ model }) {
  const element = document.createElement("div");
  element.style.cssText = "width: 100%; height: 100%";
  carriedView.render({ model: asModel(model), el: element });
  return element;
}
"""


def carry(core: Core, bundle: str, *, width: int, height: int) -> Any:
    """Return a Panel component that shows a core.

    Args:
        core: answers the messages of the page.
        bundle: the built view, such as `gallery`.
        width: in pixels.
        height: in pixels.

    Raises:
        MissingExtraError: when the extra `plots` is not installed.
    """
    try:
        from panel.custom import JSComponent
    except ImportError as error:
        raise MissingExtraError("A view on a Panel page", "plots") from error

    class Carried(JSComponent):  # type: ignore[misc]  # panel has no types
        _esm = _component_of(bundle)
        _stylesheets = [(STATIC / f"{bundle}.css").read_text("utf-8")]  # noqa: RUF012

        def __init__(self) -> None:
            self.core = core
            super().__init__(width=width, height=height)

        def _handle_msg(self, message: object) -> None:
            if not isinstance(message, Mapping) or "id" not in message:
                return
            answer = core.answer(message)
            told = {"re": message["id"]} | answer.content
            self._send_msg({"content": told, "buffers": answer.buffers})

        def refresh(self) -> None:
            """Have the page ask again for what it shows."""
            self._send_msg({"content": {"event": "changed"}, "buffers": []})

    return Carried()


def _component_of(bundle: str) -> str:
    """Return a bundle as a component of Panel.

    Raises:
        WorkbenchError: when the bundle is built otherwise than it was.
    """
    text = (STATIC / f"{bundle}.js").read_text("utf-8")
    changed, count = _EXPORT.subn(r"const carriedView = \1;", text)
    if not count:
        raise WorkbenchError(f"The bundle {bundle}.js exports no view.", "Build it anew: npm run build")
    return changed + _SHIM
