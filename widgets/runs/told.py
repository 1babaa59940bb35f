"""What the page of the monitor is told of a run, and of all runs as a table."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Final

from widgets.runs.evaluated import evaluation_told, rates_told
from widgets.runs.items import OUTCOMES, Item
from widgets.runs.story import STATES, Story
from widgets.runs.thinning import thin
from widgets.runs.watched import Watched
from workbench.finetune.config import METHOD_SETTINGS, RunConfig
from workbench.finetune.methods import METHODS

__all__ = ["clock_told", "curves_told", "row_told", "settings_told", "view_told"]

_POINTS: Final = 400
_SHOWN_ITEMS: Final = 60
#: Settings that the form of a clone offers first; the rest follow, the method's own between them.
_FIRST: Final = ("method", "learning_rate", "epochs", "batch_pairs")
#: A clone is of the same pairs; what these were made with cannot be changed.
_SETTLED: Final = ("name", "prompt", "statuses")


def view_told(watched: Watched, now: datetime) -> dict[str, object]:
    """Return all that the view of one run shows, but for pictures."""
    story, items = watched.story, watched.items()
    return {
        **clock_told(watched, now),
        "stamp": watched.stamp,
        "config": dict(watched.config),
        "title": _title(watched.config),
        "started": _clean(story.started),
        "curves": curves_told(story),
        "groups": [_clean(group) for group in story.groups],
        "held_out_pairs": story.held_out_pairs,
        "failure": _clean(story.failure) or None,
        "checkpoint": _clean(story.checkpoint) or None,
        "behind": story.life.get("behind"),
        "alarms": [_clean(alarm) for alarm in _newest_of_each(story.alarms)],
        "findings": [_clean(found) for found in story.findings],
        "notes": [_clean(note) for note in story.notes],
        "items": [dataclasses.asdict(item) for item in items[:_SHOWN_ITEMS]],
        "outcomes": _count(items),
        "item_count": len(items),
        "looked_at": max(story.texts, default=None),
        "evaluation": evaluation_told(watched.evaluation) if watched.evaluation else None,
    }


def clock_told(watched: Watched, now: datetime) -> dict[str, object]:
    """Return what changes while nothing new is told: the state and the time."""
    state, story = watched.state, watched.story
    is_running = state in ("running", "stopping")
    return {
        "name": watched.run.name,
        "state": state,
        "word": STATES[state],
        "step": story.curves.steps[-1] if story.curves.steps else 0,
        "seconds": story.gone_s(now, is_running=is_running),
        "seconds_left": story.seconds_left if is_running else None,
    }


def curves_told(story: Story) -> dict[str, object]:
    """Return the curves of the steps and of the looks, thinned to what a plot can show."""
    curves, looks = story.curves, story.looks
    return {
        "steps": thin(curves.steps, curves.values, _POINTS),
        "looks": thin(looks.steps, looks.values, _POINTS),
        "last": {name: _finite(curves.last(name)) for name in curves.values},
        "best": _peak(curves.values["memory_bytes"]),
        "alarms": [[alarm.get("step"), alarm.get("name")] for alarm in story.alarms],
    }


def row_told(watched: Watched) -> dict[str, object]:
    """Return a run as a row of the table."""
    story, looks = watched.story, watched.story.looks
    state = watched.state
    return {
        "name": watched.run.name,
        "state": state,
        "word": STATES[state],
        "method": _title(watched.config),
        "pairs": story.started.get("pairs"),
        "step": story.curves.steps[-1] if story.curves.steps else 0,
        "steps": story.started.get("steps"),
        "accuracy": looks.last("accuracy"),
        "low": looks.last("low"),
        "high": looks.last("high"),
        "outcomes": _count(watched.items()),
        "notes": [str(note.get("text", "")) for note in story.notes],
        "rates": rates_told(watched.evaluation) if watched.evaluation else None,
    }


def settings_told(config: Mapping[str, object]) -> dict[str, object]:
    """Return what a clone can change: settings with their values, and what each method knows.

    Returns:
        `settings`: [{name, value, kind}], `kind` one of number, text, list; `methods`: name -> title,
        caution, and its own settings with what they are when nobody gives them.
    """
    values = {f.name: config.get(f.name, f.default) for f in dataclasses.fields(RunConfig)}
    plain = [name for name in values if name not in (*_FIRST, *METHOD_SETTINGS, *_SETTLED)]
    return {
        "settings": [_setting(name, values[name]) for name in (*_FIRST, *plain)],
        "own": {name: values[name] for name in METHOD_SETTINGS},
        "methods": {
            name: {"title": method.title, "caution": method.caution, "settings": dict(method.settings)}
            for name, method in METHODS.items()
        },
    }


def _setting(name: str, value: object) -> dict[str, object]:
    kind = "list" if isinstance(value, list | tuple) else "number" if _is_number(name) else "text"
    return {"name": name, "value": list(value) if isinstance(value, list | tuple) else value, "kind": kind}


def _is_number(name: str) -> bool:
    annotation = str({f.name: f.type for f in dataclasses.fields(RunConfig)}[name])
    return annotation.startswith(("int", "float"))


def _title(config: Mapping[str, object]) -> str:
    method = METHODS.get(str(config.get("method", "")))
    return method.title if method else str(config.get("method", ""))


def _newest_of_each(alarms: Iterable[Mapping[str, object]]) -> list[Mapping[str, object]]:
    """Return each alarm once, as it was raised last; the newest first."""
    return list({str(alarm.get("name")): alarm for alarm in alarms}.values())[::-1]


def _count(items: Iterable[Item]) -> dict[str, int]:
    counts = dict.fromkeys(OUTCOMES, 0)
    for item in items:
        counts[item.outcome] += 1
    return counts


def _peak(values: Iterable[float | None]) -> float | None:
    return max((value for value in values if value is not None), default=None)


def _clean(event: Mapping[str, object]) -> dict[str, object]:
    """Return facts that JSON can hold: a page cannot read NaN."""
    return {name: _clean_value(value) for name, value in event.items()}


def _clean_value(value: object) -> object:
    if isinstance(value, Mapping):
        return _clean(value)
    return _finite(value) if isinstance(value, float) else value


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
