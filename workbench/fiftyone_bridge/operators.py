"""The three operators of the plugin: flag misaligned, mark fine, send to pairs.

Made in a function, for their base classes are FiftyOne's, which nothing here imports before it is needed.
"""

from __future__ import annotations

from typing import Any

from workbench.errors import WorkbenchError
from workbench.fiftyone_bridge.acting import Acting, Choice, choices
from workbench.records import ERROR_TYPES

__all__ = ["make_operators"]

_SHOWN_CHARS = 120


def make_operators() -> tuple[type, ...]:
    """Return the operators' classes, for FiftyOne to register."""
    import fiftyone.operators as foo

    class FlagMisaligned(foo.Operator):  # type: ignore[misc]  # FiftyOne has no types
        """Decide that captions do not fit their media."""

        @property
        def config(self) -> Any:
            return _config("flag_misaligned", "Flag misaligned", "flag")

        def resolve_placement(self, ctx: Any) -> Any:
            return _button("Flag misaligned", "flag")

        def resolve_input(self, ctx: Any) -> Any:
            return _flag_form(ctx)

        def execute(self, ctx: Any) -> dict[str, Any]:
            types = [ctx.params["error_type"]] if ctx.params.get("error_type") else []
            told = ctx.params.get("note") or "", ctx.params.get("edited_text") or ""
            return _act(ctx, lambda acting, chosen: acting.flag_misaligned(chosen, types, *told))

    class MarkFine(foo.Operator):  # type: ignore[misc]  # FiftyOne has no types
        """Decide that captions fit their media."""

        @property
        def config(self) -> Any:
            return _config("mark_fine", "Mark fine", "done")

        def resolve_placement(self, ctx: Any) -> Any:
            return _button("Mark fine", "done")

        def resolve_input(self, ctx: Any) -> Any:
            return _fine_form(ctx)

        def execute(self, ctx: Any) -> dict[str, Any]:
            return _act(ctx, lambda acting, chosen: acting.mark_fine(chosen))

    class SendToPairs(foo.Operator):  # type: ignore[misc]  # FiftyOne has no types
        """Make a preference pair of two captions of one sample."""

        @property
        def config(self) -> Any:
            return _config("send_to_pairs", "Send to pairs", "compare_arrows")

        def resolve_placement(self, ctx: Any) -> Any:
            return _button("Send to pairs", "compare_arrows")

        def resolve_input(self, ctx: Any) -> Any:
            return _pair_form(ctx)

        def execute(self, ctx: Any) -> dict[str, Any]:
            return _send_pair(ctx)

    return FlagMisaligned, MarkFine, SendToPairs


def _config(name: str, label: str, icon: str) -> Any:
    import fiftyone.operators as foo

    return foo.OperatorConfig(name=name, label=label, icon=icon, dynamic=True)


def _button(label: str, icon: str) -> Any:
    import fiftyone.operators.types as types

    place = types.Places.SAMPLES_GRID_SECONDARY_ACTIONS
    return types.Placement(place, types.Button(label=label, icon=icon, prompt=True))


def _chosen(ctx: Any, *, is_whole: bool = False) -> list[Choice]:
    """Return the captions meant: those picked in the App, else those of the samples picked or open."""
    samples = list(ctx.selected) or ([ctx.current_sample] if ctx.current_sample else [])
    labels = [] if is_whole else [one["label_id"] for one in ctx.selected_labels or ()]
    found = choices(ctx.dataset, samples, labels)
    wanted = ctx.params.get("caption") or ""
    return [one for one in found if wanted in ("", "all", one.caption_id)]


def _choose_caption(form: Any, ctx: Any, what: str) -> list[Choice]:
    """Say how many captions are meant; ask which one, where a sample has several."""
    import fiftyone.operators.types as types

    found = choices(
        ctx.dataset,
        list(ctx.selected) or ([ctx.current_sample] if ctx.current_sample else []),
        [one["label_id"] for one in ctx.selected_labels or ()],
    )
    if not found:
        form.view("none", types.Warning(label="Select samples, or captions of them, first."))
        return []
    samples = {one.sample_id for one in found}
    if len(samples) == 1 and len(found) > 1:
        asked = types.RadioGroup()
        for one in found:
            asked.add_choice(one.caption_id, label=_short(one.text))
        asked.add_choice("all", label=f"All {len(found)} of them")
        form.enum("caption", asked.values(), view=asked, label=f"{what} which caption?", required=True)
    else:
        form.view("count", types.Notice(label=f"{what}: {len(found)} captions of {len(samples)} samples."))
    return found


def _flag_form(ctx: Any) -> Any:
    import fiftyone.operators.types as types

    form = types.Object()
    found = _choose_caption(form, ctx, "Misaligned")
    asked = types.Dropdown()
    for name in ERROR_TYPES:
        asked.add_choice(name, label=name.replace("_", " "))
    form.enum(
        "error_type", asked.values(), view=asked, label="What is wrong", default="wrong_pair", required=True
    )
    form.str("note", label="Note", required=False)
    if len(found) == 1 or ctx.params.get("caption") not in (None, "", "all"):
        form.str("edited_text", label="What it should say (becomes a pair)", required=False)
    return types.Property(form, view=types.View(label="Flag misaligned"))


def _fine_form(ctx: Any) -> Any:
    import fiftyone.operators.types as types

    form = types.Object()
    _choose_caption(form, ctx, "Fine")
    return types.Property(form, view=types.View(label="Mark fine"))


def _pair_form(ctx: Any) -> Any:
    import fiftyone.operators.types as types

    form = types.Object()
    found = _chosen(ctx, is_whole=True)
    if len(found) < 2 or len({one.sample_id for one in found}) > 1:
        form.view("none", types.Warning(label="Select one sample that has two captions or more."))
        return types.Property(form, view=types.View(label="Send to pairs"))
    for name, label in (("better", "The better caption"), ("worse", "The worse caption")):
        asked = types.RadioGroup()
        for one in found:
            asked.add_choice(one.caption_id, label=_short(one.text))
        form.enum(name, asked.values(), view=asked, label=label, required=True)
    return types.Property(form, view=types.View(label="Send to pairs"))


def _act(ctx: Any, act: Any) -> dict[str, Any]:
    """Run one act on the captions meant and show it; what cannot be done is said in the App."""
    try:
        chosen = _chosen(ctx)
        count = act(Acting(ctx.dataset), chosen) if chosen else 0
    except WorkbenchError as error:
        ctx.ops.notify(str(error), variant="error")
        return {"error": str(error)}
    ctx.ops.reload_dataset()
    ctx.ops.notify(f"{count} saved in the workspace." if count else "No caption was selected.")
    return {"decided": count}


def _send_pair(ctx: Any) -> dict[str, Any]:
    by_id = {one.caption_id: one for one in _chosen(ctx, is_whole=True)}
    try:
        pair = Acting(ctx.dataset).send_to_pairs(by_id[ctx.params["better"]], by_id[ctx.params["worse"]])
    except (WorkbenchError, KeyError) as error:
        told = str(error) if isinstance(error, WorkbenchError) else "Choose two captions of one sample."
        ctx.ops.notify(told, variant="error")
        return {"error": told}
    ctx.ops.notify("The pair is in the workspace.")
    return {"pair_id": pair}


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARS else f"{text[: _SHOWN_CHARS - 1]}…"
