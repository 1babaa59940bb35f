"""What is shown with a question, and how media become pictures for a model that takes pictures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from workbench.preferences.collage import Collage
from workbench.records import Interval

__all__ = ["PictureSettings", "Shown"]


@dataclass(frozen=True, slots=True)
class PictureSettings:
    """How media become pictures.

    Attributes:
        frames: pictures taken of a video.
        picture_px: long side that pictures are shrunk to; None keeps them.
    """

    frames: int = 4
    picture_px: int | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """What a caption answers: media and a question.

    Attributes:
        sample_id: the sample.
        media: `image`, `video`, `audio`, or "" when it is no sample of the workspace.
        paths: the files to show, in order; one but for a collage; none when they cannot be found.
        collage: how they are laid out, of a collage.
        interval: the stretch of time that the captions speak of.
        prompt: the question.
        is_own_prompt: whether somebody gave it, so that it is kept to the letter.
    """

    sample_id: str
    media: str = ""
    paths: tuple[Path, ...] = ()
    duration_s: float | None = None
    collage: Collage | None = None
    interval: Interval | None = None
    prompt: str = ""
    is_own_prompt: bool = False

    @property
    def text_prompt(self) -> str:
        """The prompt where it is joined to the caption as it is: one of the workbench ends its line."""
        return self.prompt if self.is_own_prompt else f"{self.prompt}\n"
