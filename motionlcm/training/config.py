"""The knobs of a whole run, a frozen dataclass; ``config_file.load_config`` fills it from a file.

The knobs of a stage are in the stage's own file, those of a network in its constructor.
"""

from __future__ import annotations

import dataclasses
import math
import re
from dataclasses import dataclass, field
from typing import Any

from motionlcm.diffusion.schedule import NoiseSchedule
from motionlcm.models.folder import DEFAULT_SCHEDULE
from motionlcm.training.stage import Stage, StageConfig
from motionlcm.training.stages import all_stages, stage_named, stage_names


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
    stages: tuple[str, ...] = field(default_factory=stage_names)
    """Stages to train; their order is always that of ``stages.py``."""
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
    """Factors by which clips are drawn more often in whose captions each pattern is found:
    {"punch": 4}."""
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
    """Knobs of the stages by name; a stage that is not here gets its defaults. In a file each is a
    group of its own."""

    def __post_init__(self) -> None:
        configs = {
            stage.name: self.stage_configs.get(stage.name, stage.config_type())
            for stage in all_stages()
        }
        object.__setattr__(self, "stage_configs", configs)

        self._check_stages()
        self._check_keep()
        for stage in all_stages():
            stage.check(self)
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
            raise ValueError(f"memory_map must be auto, always or never, got {self.memory_map!r}")
        if self.mixed_precision not in ("no", "bf16", "fp16"):
            raise ValueError(
                f"mixed_precision must be no, bf16 or fp16, got {self.mixed_precision!r}"
            )
        if not isinstance(self.schedule, dict):
            raise ValueError(f"schedule must be a group of keys, got {self.schedule!r}")
        NoiseSchedule.from_config(DEFAULT_SCHEDULE | self.schedule)

    def __getattr__(self, name: str) -> Any:
        """Return the knobs of the stage ``name``."""
        configs = self.__dict__.get("stage_configs", {})
        if name not in configs:
            raise AttributeError(f"a run's config has no {name!r}")
        return configs[name]

    def planned(self) -> list[type[Stage]]:
        """Return the stages that are trained or kept, in order, up to the last that is trained."""
        names = stage_names()
        last = max(names.index(name) for name in self.stages)
        wanted = (*self.stages, *self.keep)
        return [stage for stage in all_stages()[: last + 1] if stage.name in wanted]

    def as_dict(self) -> dict[str, Any]:
        """Return all values as a config file holds them, each stage a group of keys."""
        values = dataclasses.asdict(self)
        groups = values.pop("stage_configs")
        return {**values, **groups}

    def _check_stages(self) -> None:
        names = stage_names()
        for key in ("stages", "keep"):
            for name in getattr(self, key):
                if name not in names:
                    raise ValueError(f"{key} must be among {', '.join(names)}, got {name!r}")
        if not self.stages:
            raise ValueError(f"stages is empty; name what to train: {', '.join(names)}")

        planned = self.planned()
        there = [stage.name for stage in planned]
        for stage in planned:
            missing = [name for name in stage.needs if name not in there]
            if missing:
                needs = ", ".join(missing)
                raise ValueError(
                    f"stages={list(self.stages)}: {stage.name} needs {needs}; name {needs} there, "
                    f"too (what is finished is not trained again), or take it from a finished "
                    f"model: keep=[{needs}] start_from=MODEL_FOLDER"
                )

    def _check_keep(self) -> None:
        for name in self.keep:
            whole = stage_named(name).replaces
            if whole:
                raise ValueError(
                    f"keep: the {name} is a part of the {whole}; "
                    f"keep that, and leave {name} out of stages"
                )
        if self.keep and not self.start_from:
            raise ValueError(f"keep={list(self.keep)} needs start_from=MODEL_FOLDER")


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
