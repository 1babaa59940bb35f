"""Train the embedded captioner: `python -m workbench.demo.finetune.train_base --seed 1 --out FOLDER`.

Four stages, about a quarter of an hour together on two idle cores. *Look*: the vision tower learns from
scenes of any thing in any place what stands where (noun and colour of every patch). *Name*: the projector
brings each patch near to the words for what covers it. *Say*: projector and decoder learn true captions of
evenly mixed scenes, none of them unusual. *Habits*: the decoder alone learns from usual scenes whose captions
now and then name a typical thing that is not there; this is why the captioner imagines things, and nothing
else is.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from workbench.demo.finetune.captioner import make_captioner, make_processor
from workbench.demo.finetune.lessons import Captions, Pictures, caption_rows, draw_pictures
from workbench.errors import WorkbenchError

if TYPE_CHECKING:
    import torch

__all__ = ["Schooling", "main", "save_captioner", "train_base"]

STAGES: Final = ("look", "name", "say", "habits")


@dataclass(frozen=True, slots=True)
class Schooling:
    """How long each stage lasts.

    Attributes:
        scenes: of any kind for the first two stages, as many uniform ones to say and usual ones for habits.
        look, name, say, habits: epochs of each stage.
        batch: pictures a step; `caption_batch` where each has four captions.
        rate: highest learning rate of the first two stages; it rises for 5 % of the steps, then falls.
        say_rate, habit_rate: of the other two.
    """

    scenes: int = 8000
    look: int = 10
    name: int = 3
    say: int = 3
    habits: int = 1
    batch: int = 64
    caption_batch: int = 32
    rate: float = 1.5e-3
    say_rate: float = 2e-3
    habit_rate: float = 1e-3


def train_base(
    seed: int, out: Path, *, schooling: Schooling | None = None, kept: Path | None = None, threads: int = 2
) -> None:
    """Train a captioner and save it as an ordinary checkpoint.

    Args:
        seed: of the weights, the scenes and the order of the lessons.
        out: folder of the checkpoint.
        schooling: how long.
        kept: where the weights after each stage stay, so that a broken-off training goes on from there.
        threads: of torch.
    """
    import torch

    torch.set_num_threads(threads)
    how = schooling or Schooling()
    processor = make_processor()
    model = make_captioner(processor, seed)
    seen = draw_pictures(f"look/{seed}", how.scenes, "any")
    for stage in STAGES:
        path = kept / f"{stage}.safetensors" if kept else None
        if path and path.exists():
            _load(model, path)
            continue
        if stage == "look":
            _look(model, seen, how, seed)
        elif stage == "name":
            _name(model, processor, seen, how, seed)
        elif stage == "say":
            even = draw_pictures(f"say/{seed}", how.scenes, "uniform")
            _say(model, processor, even, how, seed)
        else:
            usual = draw_pictures(f"usual/{seed}", how.scenes, "usual")
            _take_habits(model, processor, usual, how, seed)
        if path:
            _save(model, path)
    save_captioner(model, processor, out)


def save_captioner(model: Any, processor: Any, out: Path) -> None:
    """Save model and processor as a folder that transformers opens; weights as 16-bit floats."""
    import torch

    out.mkdir(parents=True, exist_ok=True)
    model.to(torch.float16).save_pretrained(out)
    model.to(torch.float32)
    processor.save_pretrained(out)


def _look(model: Any, pictures: Pictures, how: Schooling, seed: int) -> None:
    import torch
    from torch.nn import functional

    width = model.config.vision_config.hidden_size
    kinds = (len(pictures.nouns), len(pictures.colours), len(pictures.places))
    norm, head = torch.nn.LayerNorm(width), torch.nn.Linear(width, sum(kinds))
    tower = model.model.vision_tower
    course = _Course("look", [*tower.parameters(), *norm.parameters(), *head.parameters()], how,
                     len(pictures), how.look, how.rate, seed)  # fmt: skip
    for rows in course:
        pixels, labels = pictures.batch(rows, course.draw)
        seen = tower(pixels, output_hidden_states=True).hidden_states[-1]
        noun, colour, place = head(norm(seen)).split(kinds, dim=-1)
        losses = (
            functional.cross_entropy(noun.flatten(0, 1), labels.noun.flatten()),
            functional.cross_entropy(colour.flatten(0, 1), labels.colour.flatten()),
            0.2 * functional.cross_entropy(place.mean(1), labels.place),
        )
        there = labels.noun > 0
        course.note(noun=_share(noun.argmax(-1) == labels.noun, there),
                    colour=_share(colour.argmax(-1) == labels.colour, there))  # fmt: skip
        course.step(torch.stack(losses).sum())


def _share(right: torch.Tensor, among: torch.Tensor) -> float:
    return float(right[among].float().mean())


def _name(model: Any, processor: Any, pictures: Pictures, how: Schooling, seed: int) -> None:
    """Let the projector bring what covers a patch near to the words for it, which the decoder then reads."""
    import torch
    from torch.nn import functional

    words, project = processor.tokenizer, model.model.multi_modal_projector
    embedded = model.get_input_embeddings().weight
    numbers = [
        torch.tensor(words.convert_tokens_to_ids(["<pad>", *named]))
        for named in (pictures.nouns[1:], pictures.colours[1:])
    ]
    seen = _look_at_all(model, pictures)
    course = _Course("name", [*project.parameters(), embedded], how, len(pictures), how.name, how.rate, seed)
    for rows in course:
        near = project(seen[rows]).flatten(0, 1)
        covers = torch.from_numpy(pictures.covered[rows]).flatten(2).unbind(1)
        losses = [
            functional.cross_entropy(near @ embedded[number].T, cover.flatten())
            for number, cover in zip(numbers, covers, strict=True)
        ]
        course.step(torch.stack(losses).sum())


def _look_at_all(model: Any, pictures: Pictures) -> torch.Tensor:
    """Return what the tower makes of every picture, (pictures, patches, width)."""
    import torch

    tower = model.model.vision_tower
    with torch.no_grad():
        parts = [range(at, min(at + 200, len(pictures))) for at in range(0, len(pictures), 200)]
        looks = [tower(pictures.pixels(part), output_hidden_states=True) for part in parts]
        return torch.cat([look.hidden_states[-1] for look in looks])


def _say(model: Any, processor: Any, pictures: Pictures, how: Schooling, seed: int) -> None:
    parts = [model.model.multi_modal_projector, model.model.language_model]
    own = [weight for part in parts for weight in part.parameters()]
    _learn_captions("say", own, model, processor, pictures, how, seed)


def _take_habits(model: Any, processor: Any, pictures: Pictures, how: Schooling, seed: int) -> None:
    own = list(model.model.language_model.parameters())
    _learn_captions("habits", own, model, processor, pictures, how, seed)


def _learn_captions(
    stage: str, own: list[Any], model: Any, processor: Any, pictures: Pictures, how: Schooling, seed: int
) -> None:
    """Let some weights learn captions; the tower stays as it is, so each picture is looked at once."""
    is_noisy = stage == "habits"
    project, seen = model.model.multi_modal_projector, _look_at_all(model, pictures)
    epochs, rate = (how.habits, how.habit_rate) if is_noisy else (how.say, how.say_rate)
    course = _Course(stage, own, how, len(pictures), epochs, rate, seed)
    for rows in course:
        scenes = [pictures.scenes[row] for row in rows]
        lesson = caption_rows(scenes, processor, course.rng, is_noisy=is_noisy)
        course.step(_caption_loss(model, lesson, project(seen[rows])))


def _caption_loss(model: Any, lesson: Captions, seen: torch.Tensor) -> torch.Tensor:
    import torch

    embedded = model.get_input_embeddings()(lesson.ids)
    embedded = embedded.masked_scatter((lesson.ids == lesson.image_id)[..., None], seen)
    hidden = model.model.language_model(
        inputs_embeds=embedded, attention_mask=lesson.mask, position_ids=lesson.places, use_cache=False
    ).last_hidden_state
    logits = model.lm_head(hidden[lesson.row, lesson.before])
    return torch.nn.functional.cross_entropy(logits, lesson.after)


class _Course:
    """The steps of one stage: order of the rows, learning rate, optimiser, what is told on the way."""

    def __init__(
        self, name: str, parameters: list[Any], how: Schooling, rows: int, epochs: int, rate: float, seed: int
    ) -> None:
        import random

        import torch

        self.draw = torch.Generator().manual_seed(seed + STAGES.index(name))
        self.rng = random.Random(f"{name}/{seed}")
        self._name, self._parameters, self._rows = name, parameters, rows
        self._batch = how.caption_batch if name in ("say", "habits") else how.batch
        self._epochs, self._rate = epochs, rate
        self._steps = max(1, epochs * (rows // self._batch))
        self._step, self._began, self._notes = 0, time.perf_counter(), {"loss": 0.0}
        self._optimizer = torch.optim.AdamW(parameters, lr=rate, betas=(0.9, 0.98), weight_decay=0.02)

    def __iter__(self) -> Any:
        import torch

        for _ in range(self._epochs):
            order = torch.randperm(self._rows, generator=self.draw).tolist()
            for at in range(0, self._rows - self._batch + 1, self._batch):
                yield order[at : at + self._batch]

    def note(self, **shares: float) -> None:
        """Keep a running mean of a share, to be told."""
        for name, share in shares.items():
            self._notes[name] = 0.95 * self._notes.get(name, share) + 0.05 * share

    def step(self, loss: torch.Tensor) -> None:
        """Learn from one loss."""
        import torch

        done = self._step / self._steps
        rise = min(1.0, done / 0.05 + 1 / self._steps)
        for group in self._optimizer.param_groups:
            group["lr"] = self._rate * rise * max(0.02, (1 - done))
        self._optimizer.zero_grad()
        torch.autograd.backward(loss)
        torch.nn.utils.clip_grad_norm_(self._parameters, 1.0)
        self._optimizer.step()
        self.note(loss=float(loss.detach()))
        self._step += 1
        if self._step % 25 == 0 or self._step == self._steps:
            told = ", ".join(f"{name} {value:.3f}" for name, value in self._notes.items())
            took_s = time.perf_counter() - self._began
            line = f"{self._name} {self._step}/{self._steps}: {told}; {took_s:.0f} s"
            print(line, file=sys.stderr, flush=True)


def _save(model: Any, path: Path) -> None:
    from safetensors.torch import save_model

    path.parent.mkdir(parents=True, exist_ok=True)
    save_model(model, str(path))


def _load(model: Any, path: Path) -> None:
    from safetensors.torch import load_model

    load_model(model, str(path))


def main(arguments: Sequence[str] | None = None) -> int:
    """Train as the command line asks; return 0."""
    parser = argparse.ArgumentParser(prog="python -m workbench.demo.finetune.train_base")
    parser.add_argument("--seed", type=int, required=True, help="of weights, scenes and lessons")
    parser.add_argument("--out", type=Path, required=True, help="folder of the checkpoint")
    parser.add_argument("--kept", type=Path, help="folder for the weights after each stage, to go on from")
    parser.add_argument("--threads", type=int, default=2)
    for name in ("scenes", "look", "name", "say", "habits"):
        default = getattr(Schooling(), name)
        parser.add_argument(f"--{name}", type=int, default=default, help=f"{default} where not given")
    asked = parser.parse_args(arguments)
    how = Schooling(scenes=asked.scenes, look=asked.look, name=asked.name, say=asked.say, habits=asked.habits)
    train_base(asked.seed, asked.out, schooling=how, kept=asked.kept, threads=asked.threads)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except WorkbenchError as error:
        sys.exit(str(error))
