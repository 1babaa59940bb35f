"""RunMonitor: a run while it goes, and all runs side by side; a view of processes that need none."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from widgets.core import Answer, Core, Message, json_buffer
from widgets.job import Job
from widgets.panel import STATIC, Panel
from widgets.runs.items import left_of
from widgets.runs.told import clock_told, curves_told, row_told, settings_told, view_told
from widgets.runs.watched import Handle, Watched
from workbench.errors import RunError, UnknownNameError
from workbench.records import utc_now
from workbench.workspace import Workspace
from workbench.workspace import open as open_workspace

if TYPE_CHECKING:
    from workbench.finetune.run import Run

__all__ = ["RunCore", "RunMonitor"]

#: More curves on one plot cannot be told apart.
_BESIDE: Final = 4


class RunCore(Core):
    """What the monitor shows of the runs of a workspace, and what it asks of them.

    Args:
        workspace: whose runs, and whose media the flagged items are.
        name: the run to show; when left out the newest, until somebody picks one.
        runs: finds the runs by name, newest last; those of the workspace when left out.
    """

    def __init__(
        self,
        workspace: Workspace,
        name: str = "",
        *,
        runs: Callable[[], Mapping[str, Handle]] | None = None,
    ) -> None:
        super().__init__(workspace)
        self._runs = runs or (lambda: workspace.runs)
        self._watched: dict[str, Watched] = {}
        self.name = name
        self.beside: tuple[str, ...] = ()
        self._is_following = not name
        self._evaluating: Job[None] = Job("evaluation", lambda: None)
        self._evaluated = ""
        #: Hands captions to a review that is open; returns whether there was one.
        self.offer: Callable[[Sequence[str], str], bool] = lambda _ids, _why: False

    def commands(self) -> dict[str, Callable[[Message], Answer]]:
        """Return the shared commands and those of the monitor."""
        return super().commands() | {
            "open": self.open,
            "look": self.look,
            "show": self.show,
            "compare": self.compare,
            "stop": self.stop,
            "resume": self.resume,
            "note": self.note,
            "settings": self.settings,
            "clone": self.clone,
            "review": self.review,
            "evaluate": self.evaluate,
            "judge": self.judge,
        }

    # -- what is shown

    def open(self, _message: Message) -> Answer:
        """Return all that a page needs to start, also after a reload or a restart."""
        with self.lock:
            return self._seen()

    def look(self, message: Message) -> Answer:
        """Return what is new since the page looked; only the time where nothing is."""
        with self.lock:
            stamp = self._follow()
            if stamp == message.get("stamp") and self.name:
                return Answer({"stamp": stamp, "clock": clock_told(self._watched[self.name], utc_now())})
            return self._seen()

    def show(self, message: Message) -> Answer:
        """Show another run."""
        with self.lock:
            self._follow()
            self.name = self._of(message).run.name
            self._is_following = False
            self.beside = tuple(name for name in self.beside if name != self.name)
            return self._seen()

    def compare(self, message: Message) -> Answer:
        """Lay the curves of other runs beside those of the run shown: `names`, four at most."""
        names = message.get("names")
        wanted = [str(name) for name in names] if isinstance(names, list) else []
        with self.lock:
            self._follow()
            for name in wanted:
                self._named(name)
            self.beside = tuple(name for name in dict.fromkeys(wanted) if name != self.name)[:_BESIDE]
            return self._seen()

    def status(self, _message: Message | None = None) -> Answer:
        """Say how the run stands."""
        with self.lock:
            return Answer({"status": {"stamp": self._follow()}})

    # -- what is done

    def stop(self, message: Message) -> Answer:
        """Ask a run to save and end after the step it is at."""
        return self._act(message, lambda run: run.stop())

    def resume(self, message: Message) -> Answer:
        """Go on from the last checkpoint."""
        return self._act(message, lambda run: run.resume())

    def note(self, message: Message) -> Answer:
        """Keep what a person writes about a run."""
        text = str(message.get("text", "")).strip()
        if not text:
            raise RunError("An empty note says nothing.", "Write a word, or press Escape.")
        return self._act(message, lambda run: run.note(text))

    def settings(self, message: Message) -> Answer:
        """Return what a clone of a run can change."""
        with self.lock:
            self._follow()
            return Answer({}, [json_buffer(settings_told(self._of(message).config))])

    def clone(self, message: Message) -> Answer:
        """Start another run that differs in the settings named, and show it.

        Raises:
            UnknownNameError: for a setting or a method that does not exist.
            RunError: for a setting without effect or out of its range.
        """
        changes = message.get("changes")
        if not isinstance(changes, Mapping):
            raise RunError(f"The changes of a clone are settings by name; seen {changes!r}.")
        with self.lock:
            self._follow()
            run = self._of(message).run
        made = run.clone({str(name): value for name, value in changes.items()})
        self.on_change()
        with self.lock:
            self.beside, self.name = (run.name,), made.name
            return self._seen()

    def review(self, message: Message) -> Answer:
        """Hand what is wrong still to the review that is open in the notebook.

        Returns:
            `caption_ids`, and `is_taken`: False where no review is open; the page then says the line that
            opens one.
        """
        with self.lock:
            self._follow()
            watched = self._of(message)
            left = left_of(watched.items())
        if not left:
            raise RunError("Nothing is left that is wrong still.", "There is nothing to review.")
        return Answer({"caption_ids": left, "is_taken": self.offer(left, watched.run.name)})

    def evaluate(self, message: Message) -> Answer:
        """Start to hold the model before and after side by side; the page asks how it goes."""
        with self.lock:
            self._follow()
            name = self._of(message).run.name
        if self._evaluating.start(lambda: self._evaluate(name)):
            self._evaluated = name
        with self.lock:
            return self._seen()

    def judge(self, message: Message) -> Answer:
        """Let people judge before and after blind: as pairs like any other; `told` says how it stands."""
        with self.lock:
            self._follow()
            name = self._of(message).run.name
        told = str(self.workspace.judge_run(name))
        self.on_change()
        return Answer({"told": told})

    def left(self, name: str = "") -> list[str]:
        """Return the caption ids of the flagged items that a run says wrong still."""
        with self.lock:
            self._follow()
            return left_of(self._named(name or self.name).items()) if self._watched else []

    # -- inside

    def _evaluate(self, name: str) -> None:
        self.workspace.evaluate(name)
        self.on_change()

    def _act(self, message: Message, act: Callable[[Handle], object]) -> Answer:
        with self.lock:
            self._follow()
            run = self._of(message).run
        act(run)
        self.on_change()
        with self.lock:
            return self._seen()

    def _follow(self) -> str:
        """Read what every run has told since; return a stamp that changes when anything is new."""
        runs = self._runs()
        self._watched = {
            name: self._watched[name] if name in self._watched else Watched(run) for name, run in runs.items()
        }
        for watched in self._watched.values():
            watched.follow()
        if self._is_following or self.name not in self._watched:
            self.name = next(reversed(self._watched), "")
        stamps = [f"{name} {watched.stamp}" for name, watched in self._watched.items()]
        evaluating = f"{self._evaluated} {self._evaluating.is_running} {self._evaluating.rounds}"
        return "|".join([self.name, *self.beside, evaluating, *stamps])

    def _seen(self) -> Answer:
        stamp = self._follow()
        rows = [row_told(watched) for watched in self._watched.values()]
        content: dict[str, object] = {"rows": rows[::-1], "view": None, "beside": {}}
        if self.name:
            content["view"] = view_told(self._watched[self.name], utc_now())
            content["evaluating"] = self._evaluating.told() if self._evaluated == self.name else None
            content["beside"] = {
                name: curves_told(self._watched[name].story) for name in self.beside if name in self._watched
            }
        else:
            content["pairs"] = self.workspace.pairs.height
        return Answer({"stamp": stamp}, [json_buffer(content)])

    def _of(self, message: Message) -> Watched:
        return self._named(str(message.get("name") or self.name))

    def _named(self, name: str) -> Watched:
        if name not in self._watched:
            raise UnknownNameError("run", name, self._watched)
        return self._watched[name]


class RunMonitor(Panel):
    """Watch a run while it goes, beside the others of its workspace.

    It can be closed and shown again at any time, also after a restart of the kernel: the run is a process of
    its own and goes on.

    Args:
        watched: a run, or a workspace: its newest run then, and each newer one as it starts.

    Example:
        `widgets.RunMonitor(ws.finetune(config))` in one cell; `monitor.left` in a later one.
    """

    _esm = STATIC / "runs.js"
    _css = STATIC / "runs.css"

    def __init__(self, watched: Run | Workspace) -> None:
        if isinstance(watched, Workspace):
            self.core: RunCore = RunCore(watched)
        else:
            self.core = RunCore(_workspace_of(watched), watched.name)
        super().__init__(self.core)
        self.core.offer = self.offer

    @property
    def left(self) -> list[str]:
        """The captions that the run says wrong still; `widgets.Review(ws, only=monitor.left)` shows them."""
        return self.core.left()


def _workspace_of(run: Run) -> Workspace:
    """Return the workspace that a run's folder lies in."""
    for folder in run.folder.path.resolve().parents:
        if (folder / "workspace.json").is_file():
            return open_workspace(folder)
    raise RunError(
        f"The folder of the run {run.name!r} lies in no workspace: {run.folder.path}.",
        "Watch a run of a workspace: ws.runs has them.",
    )
