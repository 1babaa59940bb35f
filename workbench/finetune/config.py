"""What a run is asked to do: every setting by name, and none that would have no effect."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from workbench.errors import RunError, UnknownNameError
from workbench.finetune.limits import SETTING_LIMITS, TRL_NAMES
from workbench.finetune.methods import METHODS, method_of

__all__ = ["EMBEDDED", "ENGINES", "METHOD_SETTINGS", "RunConfig", "clone_config", "read_config"]

ENGINES: Final = ("auto", "fast", "trl")
#: The model that comes with the workbench: it knows drawn scenes and nothing else.
EMBEDDED: Final = "embedded"
_TRAINED: Final = ("lora", "full")
_PRECISIONS: Final = ("auto", "f32", "bf16")
_SCHEDULES: Final = ("linear", "constant", "cosine")
_OF_ADAPTERS: Final = ("lora_rank", "lora_alpha", "lora_targets")

#: Fields that only some methods know; `Method.settings` says which, and what they are when left out.
METHOD_SETTINGS: Final = (
    "anchor_weight",
    "beta",
    "conditional_weight",
    "desirable_weight",
    "epsilon",
    "label_smoothing",
    "length_weight",
    "margin_scale",
    "odds_weight",
    "offset_scale",
    "outside_weight",
    "sft_weight",
    "start_reliability",
    "sync_steps",
    "sync_weight",
    "target_margin",
    "tie_width",
    "undesirable_weight",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RunConfig:
    """How one fine-tune goes. A setting left at None takes the method's own value.

    Attributes:
        model: `embedded`, `embedded:second`, a hub id or a folder. Code of a checkpoint is never run.
        method: a name of `METHODS`.
        name: of the run, unique in its workspace; made from method and number when left out.
        engine: `fast`, `trl`, or `auto`: fast where it is proven for the model, else TRL.
        device: `auto`, `cpu`, `cuda`, `cuda:1`, `mps`.
        precision: `f32`, `bf16`, or `auto`: bf16 on a GPU that has it, else f32.
        trains: `lora` (adapters) or `full` (all weights but the vision tower's).
        lora_rank, lora_alpha: of the adapters.
        lora_targets: layers that get one, as PEFT names them; `all-linear` means the language model's.
        bits: 4 loads the frozen weights in four bits (needs a GPU and bitsandbytes); 0 does not.
        learning_rate: at its highest.
        schedule: how it falls; `warmup_share` of the steps it first rises.
        batch_pairs: pairs a step.
        epochs: rounds over the pairs; `max_steps` above 0 ends earlier.
        weight_decay, gradient_clip: of the optimiser; a clip of 0 is none.
        max_tokens: the longest prompt and answer that is taken; None for the model's own limit.
        weigh_by: "" counts every pair alike; `weight` by how far its order can be believed.
        statuses: which pairs to train on.
        prompt: what the captions answer, where a pair has no prompt of its own.
        frames, picture_px: how media become pictures.
        evaluate_every: steps between looks at held-out pairs and flagged items; 0 only at the end.
        save_every: steps between checkpoints; 0 only when stopped and at the end.
        shown_items: flagged items that are captioned at each look.
        seed: of order and dropout.

    Raises:
        UnknownNameError: for a method, engine, precision, schedule or way to train that does not exist.
        RunError: for a setting that would have no effect, or a number out of its range.
    """

    model: str = EMBEDDED
    method: str = "dpo"
    name: str = ""
    engine: str = "auto"
    device: str = "auto"
    precision: str = "auto"
    trains: str = "lora"
    lora_rank: int = 16
    lora_alpha: int = 32
    lora_targets: tuple[str, ...] = ("all-linear",)
    bits: int = 0
    learning_rate: float = 2e-4
    schedule: str = "linear"
    warmup_share: float = 0.1
    batch_pairs: int = 8
    epochs: int = 1
    max_steps: int = 0
    weight_decay: float = 0.0
    gradient_clip: float = 1.0
    max_tokens: int | None = None
    weigh_by: str = ""
    statuses: tuple[str, ...] = ("accepted",)
    prompt: str = ""
    frames: int = 4
    picture_px: int | None = None
    evaluate_every: int = 0
    save_every: int = 0
    shown_items: int = 12
    seed: int = 0
    anchor_weight: float | None = None
    beta: float | None = None
    conditional_weight: float | None = None
    desirable_weight: float | None = None
    epsilon: float | None = None
    label_smoothing: float | None = None
    length_weight: float | None = None
    margin_scale: float | None = None
    odds_weight: float | None = None
    offset_scale: float | None = None
    outside_weight: float | None = None
    sft_weight: float | None = None
    start_reliability: float | None = None
    sync_steps: float | None = None
    sync_weight: float | None = None
    target_margin: float | None = None
    tie_width: float | None = None
    undesirable_weight: float | None = None

    def __post_init__(self) -> None:
        for kind, name, known in (
            ("engine", self.engine, ENGINES),
            ("way to train", self.trains, _TRAINED),
            ("precision", self.precision, _PRECISIONS),
            ("schedule", self.schedule, _SCHEDULES),
            ("way to weigh", self.weigh_by, ("", "weight")),
        ):
            if name not in known:
                raise UnknownNameError(kind, name, known)
        self._refuse_what_has_no_effect()
        self._refuse_idle_adapters()
        self._refuse_wrong_settings()
        for name, least in _LEAST.items():
            value = getattr(self, name)
            if value is not None and not value >= least:
                raise RunError(f"{name}={value} is below {least}.", f"Give {name} of {least} or more.")
        if not self.warmup_share <= 1:
            raise RunError(f"warmup_share={self.warmup_share} is a share above 1.", "Give 0.1 or so.")
        if not self.learning_rate > 0:
            raise RunError(f"A learning_rate of {self.learning_rate} learns nothing.", "Give 2e-4 or so.")

    def _refuse_what_has_no_effect(self) -> None:
        method = method_of(self.method)
        idle = [
            name
            for name in METHOD_SETTINGS
            if getattr(self, name) is not None and name not in method.settings
        ]
        if idle:
            known = ", ".join(sorted(method.settings)) or "none"
            others = [name for name, other in METHODS.items() if set(idle) <= set(other.settings)]
            raise RunError(
                f"{' and '.join(idle)} would have no effect: {method.title} does not know it.",
                f"Leave it out, or take a method that knows it ({', '.join(others) or 'there is none'}). "
                f"{method.title} knows: {known}.",
            )

    def _refuse_idle_adapters(self) -> None:
        """Refuse settings of adapters where there are none, and four bits where weights themselves learn."""
        if self.bits not in (0, 4) or (self.bits and self.trains == "full"):
            raise RunError(
                f"bits={self.bits} cannot be had with trains={self.trains!r}.",
                "Give bits=4 with trains='lora', or leave bits at 0.",
            )
        if self.trains == "lora":
            return
        plain = {field.name: field.default for field in dataclasses.fields(self)}
        idle = [name for name in _OF_ADAPTERS if getattr(self, name) != plain[name]]
        if idle:
            raise RunError(
                f"{' and '.join(idle)} would have no effect: trains='full' has no adapters.",
                "Leave it out, or take trains='lora'.",
            )

    def _refuse_wrong_settings(self) -> None:
        for name in method_of(self.method).settings:
            value, limits = getattr(self, name), SETTING_LIMITS[name]
            if value is not None and value not in limits:
                why = f": {limits.why}" if limits.why else ""
                raise RunError(f"{name}={value} cannot be{why}.", f"Give a number {limits}.")

    @property
    def settings(self) -> dict[str, float | None]:
        """The settings of the method as they will be used; None where they are found from the pairs."""
        given = {name: getattr(self, name) for name in method_of(self.method).settings}
        return {
            name: method_of(self.method).settings[name] if value is None else value
            for name, value in given.items()
        }

    def setting(self, name: str) -> float:
        """Return one setting of the method as a number.

        Raises:
            RunError: when it is found from the pairs and has not been found.
        """
        value = self.settings[name]
        if value is None:
            raise RunError(
                f"{name} of {self.method} is not known: the pairs do not tell it.",
                f"Give it: RunConfig({name}=...).",
            )
        return value

    def as_json(self) -> str:
        """Return every setting as JSON text."""
        return json.dumps(dataclasses.asdict(self), indent=1)


_LEAST: Final[dict[str, float]] = {
    "lora_rank": 1,
    "batch_pairs": 1,
    "epochs": 1,
    "max_tokens": 2,
    "picture_px": 1,
    "max_steps": 0,
    "weight_decay": 0,
    "gradient_clip": 0,
    "warmup_share": 0,
    "frames": 1,
    "evaluate_every": 0,
    "save_every": 0,
    "shown_items": 0,
}


def read_config(values: Mapping[str, object]) -> RunConfig:
    """Return the config of values by name, as they stand in a file or were typed in a form.

    Raises:
        UnknownNameError: for a setting that does not exist; lists those there are.
        RunError: for a value that cannot be, or a setting of TRL; says what it is called here.
    """
    known = {field.name for field in dataclasses.fields(RunConfig)}
    for name in values:
        if name not in known and name in TRL_NAMES:
            raise RunError(
                f"{name} is no setting of a run.", f"What TRL calls so is here: {TRL_NAMES[name]}."
            )
        if name not in known:
            raise UnknownNameError("setting of a run", name, known)
    given = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    return RunConfig(**given)  # type: ignore[arg-type]  # checked by name above, by value in the class


def clone_config(config: RunConfig, changes: Mapping[str, object]) -> RunConfig:
    """Return the same config with some settings changed and no name."""
    return read_config(dataclasses.asdict(config) | {"name": ""} | dict(changes))
