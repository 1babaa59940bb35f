"""What captions answer: the media that a model is shown, and the question it is asked."""

from workbench.shown.base import PictureSettings, Shown
from workbench.shown.finding import PROMPTS, ShownFinder

__all__ = ["PROMPTS", "PictureSettings", "Shown", "ShownFinder"]
