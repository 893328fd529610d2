"""The knobs of a whole run, a frozen dataclass; ``config_file.load_config`` fills it from a file.

Knobs of one stage are in the stage's own file, those of a network in its constructor. Nothing here
knows which stages there are: ``stages.check_plan`` holds a config against them.
"""

from __future__ import annotations

import dataclasses
import math
import re
from dataclasses import dataclass, field
from typing import Any

from motionlcm.damage import reason, shown
from motionlcm.diffusion.schedule import NoiseSchedule
from motionlcm.models.folder import DEFAULT_SCHEDULE


@dataclass(frozen=True)
class StageConfig:
    """Knobs that every stage has."""

    model: dict[str, Any] = field(default_factory=dict)
    """Arguments of the model's constructor; what is not named keeps its default."""
    steps: int = 1000
    """Optimiser steps; the learning rate ends at zero there."""
    minutes: float | None = None
    """Training time after which to stop, the learning rate following the clock, so that two runs
    differ; None: only ``steps`` counts."""
    batch_size: int = 64
    """Samples of a step, of all processes together."""
    lr: float = 2e-4
    warmup: int = 200
    """Steps over which the learning rate rises."""
    weight_decay: float = 0.0
    clip_norm: float = 1.0
    """Largest norm of the gradient."""
    ema_decay: float = 0.999
    """Decay of the averaged weights, which are the ones exported."""
    validate_every: int = 500
    """Steps between validations; the best weights by the ``val`` split are exported."""

    def __post_init__(self) -> None:
        if not isinstance(self.model, dict):
            raise ValueError(f"model must be a group of keys, got {shown(self.model)}")
        for name in ("steps", "batch_size", "lr", "validate_every", "clip_norm"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be positive, got {getattr(self, name)}")
        if self.minutes is not None and (
            isinstance(self.minutes, bool)
            or not isinstance(self.minutes, int | float)
            or not 0 < self.minutes < math.inf
        ):
            raise ValueError(f"minutes must be positive or left out, got {shown(self.minutes)}")
        if not 0 <= self.ema_decay < 1:
            raise ValueError(f"ema_decay must be in [0, 1), got {self.ema_decay}")


@dataclass(frozen=True)
class RunConfig:
    """Knobs of a run: those that all stages share, and each stage's own (``config.vae.lr``)."""

    data: str = ""
    """Feature store made by motionlcm-prepare."""
    output: str = ""
    """Run folder: checkpoints, logs, caches and the finished model in ``model/``."""
    start_from: str = ""
    """Finished model folder whose weights and feature statistics training starts from
    (fine-tuning); empty: none."""
    keep: tuple[str, ...] = ()
    """Stages whose networks are taken from ``start_from`` as they are, in their own shape, without
    training."""
    seed: int = 1234
    stages: tuple[str, ...] = ()
    """Stages to train, all unless a file names some; their order is always that of
    ``stages.py``."""
    text_encoder: str = "minilm"
    """"minilm" (in a package, offline), or a name or path for transformers / sentence-transformers
    weights."""
    schedule: dict[str, Any] = field(default_factory=dict)
    """Noise schedule of teacher and student, see ``NoiseSchedule.from_config``; keys that are not
    named are those of ``start_from``'s model, or else ``DEFAULT_SCHEDULE``."""
    paraphrases: int = 0
    """Other wordings of each caption, by rules (``data/paraphrases.py``), of which teacher and
    student hear one half of the time."""
    boost: dict[str, float] = field(default_factory=dict)
    """Factors by which clips are drawn more often in whose captions, or whose source and label
    ("cmu: punching (boxing)"), each pattern is found: {"punch": 4}."""
    mixed_precision: str = "no"
    """"no", or "bf16" or "fp16" on a GPU."""
    compile: bool = False
    """torch.compile for every transformer layer; needs a C compiler. On two CPU cores it gave
    nothing."""
    memory_map: str = "auto"
    """"auto": features that would take over half of the memory are read from the store's file,
    batch by batch; "always" or "never"."""
    checkpoint_minutes: float = 3.0
    """Minutes between two checkpoints; 0: one behind every step."""
    log_every: int = 50
    tensorboard: bool = False
    licence: str = "unspecified: set licence= to the terms of the training data"
    """Terms that go into the finished model."""
    stage_configs: dict[str, StageConfig] = field(default_factory=dict)
    """Knobs of all stages by name. In a file each is a group of its own."""

    def __post_init__(self) -> None:
        if self.paraphrases < 0:
            raise ValueError(f"paraphrases must be 0 or more, got {self.paraphrases}")
        check_boost(self.boost)
        if self.log_every < 1:
            raise ValueError(f"log_every must be 1 or more steps, got {self.log_every}")
        if self.checkpoint_minutes < 0:
            raise ValueError(
                "checkpoint_minutes must be positive, or 0 for a checkpoint behind every step, "
                f"got {self.checkpoint_minutes}"
            )
        if self.memory_map not in ("auto", "always", "never"):
            raise ValueError(
                f"memory_map must be auto, always or never, got {shown(self.memory_map)}"
            )
        if self.mixed_precision not in ("no", "bf16", "fp16"):
            raise ValueError(
                f"mixed_precision must be no, bf16 or fp16, got {shown(self.mixed_precision)}"
            )

        if not isinstance(self.schedule, dict):
            raise ValueError(f"schedule must be a group of keys, got {shown(self.schedule)}")
        NoiseSchedule.from_config(DEFAULT_SCHEDULE | self.schedule)

    def __getattr__(self, name: str) -> Any:
        """Return the knobs of the stage ``name``."""
        configs = self.__dict__.get("stage_configs", {})
        if name not in configs:
            raise AttributeError(f"a run's config has no {name!r}")

        return configs[name]

    @property
    def keeps_latents(self) -> bool:
        """Whether latents stay those of ``start_from``'s model: its VAE is kept, or an anchor."""
        vae = self.stage_configs.get("vae")
        return "vae" in self.keep or bool(getattr(vae, "anchor_weight", 0))

    def as_dict(self) -> dict[str, Any]:
        """Return all values as a config file holds them, each stage a group of keys."""
        values = dataclasses.asdict(self)
        groups = values.pop("stage_configs")
        return {**values, **groups}


def check_boost(boost: Any) -> None:
    """Raise ValueError unless it maps regular expressions to positive factors."""
    if not isinstance(boost, dict):
        raise ValueError(
            f"boost maps patterns to factors, such as {{punch: 4}}; got {shown(boost)}"
        )

    for pattern, factor in boost.items():
        try:
            re.compile(pattern)
        except (TypeError, re.error, RecursionError, OverflowError) as error:
            raise ValueError(
                f"boost: {shown(pattern)} is no regular expression: {reason(error)}"
            ) from None

        if (
            isinstance(factor, bool)
            or not isinstance(factor, int | float)
            or not 0 < factor < math.inf
        ):
            raise ValueError(
                f"boost: the factor of {shown(pattern)} must be a positive number, "
                f"got {shown(factor)}"
            )
