"""Let a model of the user's say several things about each sample: the candidates of its own pairs.

What was said is kept by (model, settings, content of the file), so that a run that was stopped goes on where
it was, and a run that is done costs nothing.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from hashlib import blake2b
from pathlib import Path
from typing import Final, Protocol

import polars as pl
from tqdm import tqdm  # type: ignore[import-untyped]

from workbench.encoders.base import Pixels
from workbench.encoders.captioning import PROMPT, Captioner, Said, Sampling
from workbench.errors import MediaError, PairError, WorkbenchError
from workbench.media import decode_image, frame_times, frames_at
from workbench.store import Store, write_atomically

__all__ = ["Asking", "Describer", "Generated", "generate_candidates", "read_pictures"]

_SIDE_PX: Final = 448
_BATCH: Final = 8  # samples between two writes: what a kill may cost
_KEPT: Final = {"content_hash": pl.String(), "text": pl.String(), "is_whole": pl.Boolean()}


class Describer(Protocol):
    """What says things about pictures; `workbench.encoders.captioning.Captioner` is one."""

    key: str

    def describe(
        self,
        pictures: Sequence[Pixels],
        count: int = 1,
        *,
        prompt: str = PROMPT,
        begin: str = "",
        hide: str = "",
        sampling: Sampling | None = None,
    ) -> list[Said]:
        """Return texts about one sample."""
        ...


@dataclass(frozen=True)
class Generated:
    """What a model said.

    Attributes:
        rows: `sample_id`, `text`, `source` (the model's key) and `prompt`: a pool for `add_candidates`.
        samples: how many samples it was asked about.
        unfinished: texts left out because the model did not come to the end of a sentence.
        unread: sample -> why it could not be shown.
        seconds: wall time.
    """

    rows: pl.DataFrame
    samples: int
    unfinished: int
    unread: dict[str, str]
    seconds: float

    def __str__(self) -> str:
        shown = self.samples - len(self.unread)
        text = (
            f"{self.rows.height:,} texts on {shown:,} samples in {self.seconds:.1f} s; "
            f"{self.unfinished:,} left out unfinished, {len(self.unread):,} samples could not be shown"
        )
        return f"{text}: {next(iter(self.unread.values()))}" if self.unread else f"{text}."


@dataclass(frozen=True, slots=True)
class Asking:
    """What a model is asked for.

    Attributes:
        model: a hub id or a local folder of an image-text-to-text checkpoint, or a model that is open.
        count: texts a sample.
        prompt: what is asked; for one sentence by default.
        sampling: how texts are drawn; with a temperature of 0 there is one.
        frames: pictures of a video, shown in order; a model must take several to be given more than 1.
        samples: sample ids; every image and video by default.
        device: where it runs.
    """

    model: str | Describer
    count: int = 6
    prompt: str = PROMPT
    sampling: Sampling = field(default_factory=Sampling)
    frames: int = 1
    samples: Sequence[str] | None = None
    device: str = "auto"

    def __post_init__(self) -> None:
        if self.count < 1 or self.frames < 1:
            raise PairError(
                f"Of {self.count} texts and {self.frames} frames nothing comes.", "Ask for 1 or more of both."
            )


def generate_candidates(store: Store, asking: Asking, *, progress: bool = True) -> Generated:
    """Ask a model for several texts about each picture or video: its likeliest, then drawn ones.

    Args:
        store: the workspace.
        asking: which model, and what it is asked for.
        progress: show a bar on stderr.

    Returns:
        The texts. A sound cannot be shown, and says so.

    Raises:
        EncoderError: when the model cannot be loaded.
    """
    began_s = time.perf_counter()
    asked = store.read("samples")
    if asking.samples is not None:
        asked = asked.filter(pl.col("sample_id").is_in(list(asking.samples)))
    model = asking.model
    describer = Captioner(model, asking.device) if isinstance(model, str) else model
    task = _Task(describer, asking.count, asking.prompt, asking.sampling, asking.frames)
    kept, unread = _run(store, asked, task, progress=progress)
    told = asked.select("sample_id", "content_hash").join(
        kept, on="content_hash", how="inner", maintain_order="left_right"
    )
    whole = told.filter("is_whole").unique(["sample_id", "text"], keep="first", maintain_order=True)
    reasons = {
        sample: unread[content]
        for sample, content in asked.select("sample_id", "content_hash").iter_rows()
        if content in unread
    }
    return Generated(
        rows=whole.select("sample_id", "text", source=pl.lit(describer.key), prompt=pl.lit(task.prompt)),
        samples=asked.height,
        unfinished=int((~told["is_whole"]).sum()),
        unread=reasons,
        seconds=time.perf_counter() - began_s,
    )


def read_pictures(store: Store, row: dict[str, object], frames: int = 1) -> list[Pixels]:
    """Return the picture of a sample, or frames spread over its video.

    Args:
        store: the workspace.
        row: `media`, `root`, `path` and `duration_s` of the sample.
        frames: of a video.

    Raises:
        MediaError: it cannot be read, or is a sound.
    """
    if row["media"] == "audio":
        raise MediaError("a sound cannot be shown to a model that sees")
    path = store.media_path(str(row["root"]), str(row["path"]))
    if row["media"] == "image":
        return [decode_image(path, at_least_px=_SIDE_PX)]
    length_s = row["duration_s"] if isinstance(row["duration_s"], float) else 0.0
    return [frame.pixels for frame in frames_at(path, frame_times(length_s, frames), at_least_px=_SIDE_PX)]


@dataclass(frozen=True)
class _Task:
    """What is asked of a model, and how."""

    describer: Describer
    count: int
    prompt: str
    how: Sampling
    frames: int

    @property
    def name(self) -> str:
        """The name of what is kept: other settings, another name."""
        settings = repr((self.describer.key, self.count, self.prompt, self.how, self.frames))
        return blake2b(settings.encode(), digest_size=8).hexdigest()

    def say(self, pictures: list[Pixels], content: str) -> list[Said]:
        """Return the likeliest text, then drawn ones; the draw is the same whatever else is asked."""
        likeliest = self.describer.describe(
            pictures, prompt=self.prompt, sampling=replace(self.how, temperature=0.0)
        )
        if self.count == 1 or self.how.temperature == 0:
            return likeliest
        own = int.from_bytes(blake2b(content.encode(), digest_size=4).digest(), "big")
        drawn = self.describer.describe(
            pictures, self.count - 1, prompt=self.prompt, sampling=replace(self.how, seed=self.how.seed + own)
        )
        return [*likeliest, *drawn]


def _run(
    store: Store, asked: pl.DataFrame, task: _Task, *, progress: bool
) -> tuple[pl.DataFrame, dict[str, str]]:
    """Ask about every file that was not asked about; return all texts, and why some could not be shown."""
    file = store.cache_folder("candidates") / f"{task.name}.parquet"
    kept = _read(file)
    wanted = asked.unique("content_hash", keep="first", maintain_order=True)
    todo = wanted.filter(~pl.col("content_hash").is_in(kept["content_hash"].unique().to_list())).to_dicts()
    unread: dict[str, str] = {}
    fresh: list[dict[str, object]] = []
    for number, row in enumerate(tqdm(todo, desc="describing", unit="file", disable=not progress), start=1):
        content = str(row["content_hash"])
        try:
            pictures = read_pictures(store, row, task.frames)
        except (WorkbenchError, OSError) as error:
            unread[content] = str(getattr(error, "message", error))
            continue
        said = task.say(pictures, content)
        fresh += [{"content_hash": content, "text": one.text, "is_whole": one.is_whole} for one in said]
        if number % _BATCH == 0:
            kept, fresh = _keep(file, kept, fresh), []
    return _keep(file, kept, fresh), unread


def _read(file: Path) -> pl.DataFrame:
    try:
        return pl.read_parquet(file).select(pl.col(name).cast(kind) for name, kind in _KEPT.items())
    except (OSError, pl.exceptions.PolarsError):  # none yet, or damaged: it is said again
        return pl.DataFrame(schema=_KEPT)


def _keep(file: Path, kept: pl.DataFrame, fresh: list[dict[str, object]]) -> pl.DataFrame:
    if not fresh:
        return kept
    whole = pl.concat([kept, pl.DataFrame(fresh, schema=_KEPT)])
    write_atomically(file, whole)
    return whole
