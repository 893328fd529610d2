"""Run knobs: frozen dataclasses filled from YAML and ``key=value`` overrides. Model knobs live in the constructors."""

from __future__ import annotations

import dataclasses
import difflib
import math
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

STAGES = (
    "evaluator",
    "vae",
    "decoder",
    "teacher",
    "student",
)  #: in the order in which they are trained
_TRAINED_ON = {"decoder": ("vae",), "teacher": ("vae",), "student": ("vae", "teacher")}


@dataclass(frozen=True)
class StageConfig:
    """What every stage has."""

    model: dict[str, Any] = field(default_factory=dict)
    """Arguments of the model's constructor; what is not named keeps its default."""
    steps: int = 1000
    """Optimiser steps; the learning rate ends at zero there."""
    minutes: float | None = None
    """Stop after this much training time, the learning rate scaled to it; None: only ``steps`` counts."""
    batch_size: int = 64
    lr: float = 2e-4
    warmup: int = 200
    """Steps over which the learning rate rises."""
    weight_decay: float = 0.0
    clip_norm: float = 1.0
    """Largest norm of the gradient."""
    ema_decay: float = 0.999
    """Of the averaged weights that are exported."""
    validate_every: int = 500
    """Steps between validations; the best weights by the ``val`` split are exported."""

    def __post_init__(self) -> None:
        for name in ("steps", "batch_size", "lr", "validate_every", "clip_norm"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be positive, got {getattr(self, name)}")
        if not 0 <= self.ema_decay < 1:
            raise ValueError(f"ema_decay must be in [0, 1), got {self.ema_decay}")


@dataclass(frozen=True)
class VAEConfig(StageConfig):
    """Motion VAE: smooth-L1 on features and positions, plus KL."""

    crops: tuple[int, ...] = (64, 128, 196)
    """Each batch is cropped to one of these lengths, frames."""
    root_weight: float = 0.5
    """Of the extra smooth-L1 on the root's four features, normalised."""
    position_weight: float = 5.0
    """Of the L1 between joint positions in the root's frame, metres."""
    velocity_weight: float = 5.0
    """Of the L1 between those positions' changes per frame, metres."""
    fast_weight: float = 0.0
    """In these two, a joint counts 1 + this x its speed in m/s, so that fast limbs are not blurred."""
    kl_weight: float = 1e-4
    foot_weight: float = 0.0
    """Of the L1 between the ways that ankles and toes go in a frame over the ground, metres."""
    latent_noise: float = 0.0
    """The decoder reads latents with noise of up to this many standard deviations."""
    anchor_weight: float = 0.0
    """Of the mean square between the latents and those of ``start_from``'s VAE, in their standard deviations, so that
    teacher and student trained on those can go on. With more ``latent_channels`` than it has, the first ones."""


@dataclass(frozen=True)
class DecoderConfig(VAEConfig):
    """The decoder alone, once more: from noisy latents, so that it smooths what a student gets wrong.

    ``model`` may change the decoder's ``overlap``.
    """

    foot_weight: float = 5.0
    fast_weight: float = 1.0
    latent_noise: float = 0.15


@dataclass(frozen=True)
class TeacherConfig(StageConfig):
    """Latent diffusion conditioned on text."""

    text_dropout: float = 0.1
    """Share of captions replaced by the empty one, for classifier-free guidance."""
    guidance_scale: float = 1.5
    """At which the finished model's evaluation judges it."""


@dataclass(frozen=True)
class StudentConfig(StageConfig):
    """Consistency distillation of the teacher."""

    phases: tuple[int, ...] = (1, 2, 4)
    """Step counts of a phased student, trained together, one named twice twice as often; empty: one that leads to the
    end from everywhere (LCM)."""
    own_share: float = 0.5
    """Of a phased student's training steps, this share is its last jump from where its own earlier ones lead, from
    pure noise, as in generation; the discriminator judges these."""
    num_solver_steps: int = 8
    """Points of the solver's grid; each distillation step skips 1000 / num_solver_steps."""
    guidance_min: float = 0.0
    guidance_max: float = 3.0
    """Guidance weights w = s - 1 are drawn between these,"""
    guidance_skew: float = 2.0
    """as min + (max - min) u^skew with u uniform: above 1 draws small weights more often."""
    guidance_scale: float = 1.5
    """Of the clips by which ``val`` chooses the best weights, and the finished model's default."""
    follow_teacher: float = 0.5
    """With ``start_from``: the share of its teacher's change in this run by which the student's weights are moved
    before it is trained."""
    target_decay: float = 0.95
    """Of the target network, a constant-rate average of the student."""
    huber_c: float = 0.5
    adversarial_weight: float = 0.0
    """Pull of the discriminator on each prediction, as a share of the distillation loss's own; 0: none."""
    discriminator_lr: float = 1e-3

    def __post_init__(self) -> None:
        super().__post_init__()
        if any(count < 1 or self.num_solver_steps % count for count in self.phases):
            raise ValueError(
                f"phases must divide num_solver_steps {self.num_solver_steps}, got {list(self.phases)}"
            )
        if not 0 <= self.follow_teacher <= 1:
            raise ValueError(f"follow_teacher must be between 0 and 1, got {self.follow_teacher}")


@dataclass(frozen=True)
class EvaluatorConfig(StageConfig):
    """Text and motion in one space, for judging."""


@dataclass(frozen=True)
class RunConfig:
    """A whole run, all stages in order."""

    data: str = ""
    """Feature store made by motionlcm-prepare."""
    output: str = ""
    """Run folder: checkpoints, logs, caches and the finished model in ``model/``."""
    start_from: str = ""
    """Finished model folder whose weights and feature statistics training starts from (fine-tuning); empty: none."""
    keep: tuple[str, ...] = ()
    """Stages whose networks are taken from ``start_from`` as they are, in their own shape, without training."""
    seed: int = 1234
    stages: tuple[str, ...] = STAGES
    text_encoder: str = "minilm"
    """"minilm" (in a package, offline), or a name or path for transformers / sentence-transformers weights."""
    paraphrases: int = 0
    """Other wordings of each caption, by rules (``data/paraphrases.py``), of which teacher and student hear one half of
    the time."""
    boost: dict[str, float] = field(default_factory=dict)
    """How many times as often as otherwise clips are drawn in whose captions each pattern is found: {"punch": 4}."""
    mixed_precision: str = "no"
    """"no", or "bf16" on a GPU."""
    compile: bool = False
    """torch.compile for every transformer layer; needs a C compiler. On two CPU cores it gave nothing."""
    checkpoint_minutes: float = 3.0
    log_every: int = 50
    tensorboard: bool = False
    licence: str = "unspecified: set licence= to the terms of the training data"
    """Goes into the finished model."""
    evaluator: EvaluatorConfig = field(default_factory=EvaluatorConfig)
    vae: VAEConfig = field(default_factory=VAEConfig)
    decoder: DecoderConfig = field(default_factory=DecoderConfig)
    teacher: TeacherConfig = field(default_factory=TeacherConfig)
    student: StudentConfig = field(default_factory=StudentConfig)

    def __post_init__(self) -> None:
        for key in ("stages", "keep"):
            for stage in getattr(self, key):
                if stage not in STAGES:
                    raise ValueError(f"{key} must be among {', '.join(STAGES)}, got {stage!r}")
        self._check_order()
        if "decoder" in self.keep:
            raise ValueError(
                "keep: the decoder is a part of the vae; keep that, and leave decoder out of stages"
            )
        if self.keep and not self.start_from:
            raise ValueError(f"keep={list(self.keep)} needs start_from=MODEL_FOLDER")
        if self.vae.anchor_weight and not self.start_from:
            raise ValueError(
                "vae.anchor_weight keeps latents near a finished model's; it needs start_from=MODEL_FOLDER"
            )
        if self.paraphrases < 0:
            raise ValueError(f"paraphrases must be 0 or more, got {self.paraphrases}")
        check_boost(self.boost)
        if self.mixed_precision not in ("no", "bf16", "fp16"):
            raise ValueError(
                f"mixed_precision must be no, bf16 or fp16, got {self.mixed_precision!r}"
            )

    def _check_order(self) -> None:
        for stage in self.stages:
            missing = [
                name
                for name in _TRAINED_ON.get(stage, ())
                if name not in (*self.stages, *self.keep)
            ]
            if missing:
                names = ", ".join(missing)
                raise ValueError(
                    f"stages={list(self.stages)}: {stage} needs {names}; name {names} there, too (what is finished is "
                    f"not trained again), or take it from a finished model: keep=[{names}] start_from=MODEL_FOLDER"
                )


def check_boost(boost: Any) -> None:
    """Raise ValueError unless it maps regular expressions to positive factors."""
    if not isinstance(boost, dict):
        raise ValueError(f"boost maps patterns to factors, such as {{punch: 4}}; got {boost!r}")
    for pattern, factor in boost.items():
        try:
            re.compile(pattern)
        except (TypeError, re.error) as error:
            raise ValueError(f"boost: {pattern!r} is no regular expression: {error}") from None
        if (
            isinstance(factor, bool)
            or not isinstance(factor, int | float)
            or not 0 < factor < math.inf
        ):
            raise ValueError(
                f"boost: the factor of {pattern!r} must be a positive number, got {factor!r}"
            )


def load_config(path: str | Path, overrides: list[str]) -> RunConfig:
    """Read a YAML file and apply ``key=value`` overrides such as ``vae.lr=1e-4``.

    Raises:
        FileNotFoundError: no such file.
        ValueError: not YAML, an unknown key (the nearest right one is named) or a value of the wrong type.
    """
    path = Path(path)
    if not path.is_file():
        raise FileNotFoundError(f"no config file {path}")
    try:
        values = yaml.safe_load(path.read_text()) or {}
    except yaml.YAMLError as error:
        raise ValueError(f"{path} is not valid YAML: {error}") from error
    if not isinstance(values, dict):
        raise ValueError(f"{path} must hold key: value pairs, got {type(values).__name__}")
    for override in overrides:
        key, equals, text = override.partition("=")
        if not equals:
            raise ValueError(f"an override is key=value, got {override!r}")
        _set(values, key.split("."), yaml.safe_load(text))
    return build(RunConfig, values)


def _set(values: dict[str, Any], keys: list[str], value: Any) -> None:
    for key in keys[:-1]:
        values = values.setdefault(key, {})
        if not isinstance(values, dict):
            raise ValueError(f"{'.'.join(keys)}: {key} is a value, not a group of keys")
    values[keys[-1]] = value


def build(kind: type, values: dict[str, Any], prefix: str = "") -> Any:
    """An instance of the dataclass ``kind``; nested dataclasses are built from nested dicts."""
    fields = {f.name: f for f in dataclasses.fields(kind)}
    arguments = {}
    for key, value in values.items():
        if key not in fields:
            near = difflib.get_close_matches(str(key), fields, n=1)
            hint = f"did you mean {prefix}{near[0]}?" if near else f"allowed: {', '.join(fields)}"
            raise ValueError(f"unknown config key {prefix}{key}; {hint}")
        default = _default(fields[key])
        if dataclasses.is_dataclass(default):
            if not isinstance(value, dict):
                raise ValueError(f"{prefix}{key} must be a group of keys, got {value!r}")
            value = build(type(default), value, f"{prefix}{key}.")
        arguments[key] = _convert(value, default, prefix + str(key))
    return kind(**arguments)


def _default(item: dataclasses.Field) -> Any:
    if item.default_factory is not dataclasses.MISSING:
        return item.default_factory()
    return item.default


def _convert(value: Any, default: Any, name: str) -> Any:
    if isinstance(default, tuple):
        return tuple(value) if isinstance(value, list | tuple) else (value,)
    if isinstance(default, float | int) and not isinstance(default, bool):
        try:
            number = float(value)
        except (TypeError, ValueError):
            raise ValueError(f"{name} must be a number, got {value!r}") from None
        if isinstance(default, int) and number != int(number):
            raise ValueError(f"{name} must be a whole number, got {value!r}")
        return int(number) if isinstance(default, int) else number
    if isinstance(default, bool | str) and not isinstance(value, type(default)):
        raise ValueError(f"{name} must be a {type(default).__name__}, got {value!r}")
    return value
