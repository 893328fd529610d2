"""The stage, one network that is trained: its knobs, losses and validation in one file.

A new stage is a file with a subclass of ``Stage`` and its config, and one line in ``stages.py`` (or
a call of ``stages.register`` from outside the package). Reading configs, training, resuming, warm
starts, ``--profile`` and ``--dry-run`` then work by its name.
"""

# ruff: noqa: B027 -- the empty methods are defaults that most stages keep

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from torch import Tensor, nn

from motionlcm.data.dataset import MotionDataset
from motionlcm.models.saving import CONFIG_NAME, load_weights, read_config
from motionlcm.training.config import RunConfig, StageConfig
from motionlcm.training.context import RunContext
from motionlcm.training.processes import Processes


class Stage(ABC):
    """One network that is trained.

    A subclass names itself, builds itself from what a run has (``build``), and implements
    ``losses`` and ``validate``; everything else has a default that suits a stage without state of
    its own.

    Attributes:
        config: the stage's knobs, of ``config_type``.
        trained: the module that the optimiser changes.
    """

    name: ClassVar[str]
    """Key of the stage in a config, and name of its folder in a run."""
    config_type: ClassVar[type[StageConfig]] = StageConfig
    """Dataclass of the stage's knobs."""
    needs: ClassVar[tuple[str, ...]] = ()
    """Stages whose finished networks this one is built from."""
    replaces: ClassVar[str] = ""
    """Stage whose finished network this one's takes the place of; empty: it is a network beside the
    others."""
    given_shape: ClassVar[tuple[str, ...]] = ("num_features", "text_width", "latent_channels")
    """Arguments of the network's constructor that the data or another network decide, not the
    config."""

    network: ClassVar[type[nn.Module] | None] = None
    """Class whose constructor takes what ``model`` names; None: ``model`` is not checked."""
    processes: Processes = Processes()
    """Where several processes train: this one's share of a batch. ``losses`` that take it must turn
    their means over rows into ``processes.mean`` or ``processes.part``; ``validate`` runs on one
    process alone."""

    config: StageConfig
    trained: Any

    @classmethod
    @abstractmethod
    def build(cls, context: RunContext) -> Stage:
        """Make the stage, its network untrained, from a run's config, data and networks."""

    @classmethod
    def blueprint(cls, config: RunConfig) -> nn.Module | None:
        """Make an untrained network from the config alone, for ``--dry-run``, or None."""
        return None

    @classmethod
    def check(cls, config: RunConfig) -> None:
        """Raise ValueError where the rest of a run's config does not suit this stage."""

    @classmethod
    def network_name(cls) -> str:
        """Name of the finished network, for later stages and in the finished model."""
        return cls.replaces or cls.name

    @abstractmethod
    def losses(self, rng: np.random.Generator) -> dict[str, Tensor]:
        """Draw a batch and return named scalars; ``"loss"`` is minimised."""

    @abstractmethod
    def validate(self, model: Any) -> dict[str, float]:
        """Measure figures on val; ``"score"`` (lower is better) chooses what is exported."""

    @property
    def motions(self) -> MotionDataset | None:
        """The motions that batches are drawn from, to name their clips in errors."""
        train = getattr(self, "train", None)
        motions = getattr(train, "motions", train)
        return motions if isinstance(motions, MotionDataset) else None

    def after_step(self) -> None:
        """Follow an optimiser step, as target networks do."""

    def state(self) -> dict[str, Any]:
        """Return what a checkpoint must hold beyond the network."""
        return {}

    def load_state(self, state: dict[str, Any]) -> None:
        """Take back what ``state`` returned."""

    @classmethod
    def kept_shape(cls, model: Path) -> dict[str, Any] | None:
        """Read the constructor's arguments of a finished model's network; None if it has none."""
        if not (model / cls.name / CONFIG_NAME).is_file():
            return None
        return cls.chosen_shape(read_config(model / cls.name))

    @classmethod
    def chosen_shape(cls, arguments: dict[str, Any]) -> dict[str, Any]:
        """Leave out of a stored network's arguments what the data or another network decide."""
        given = ("type", *cls.given_shape)
        return {name: value for name, value in arguments.items() if name not in given}

    def weights_in(self, model: Path) -> dict[str, Tensor] | None:
        """Read the network's weights in a finished model; None where it has none."""
        return load_weights(model / self.name) if (model / self.name).is_dir() else None

    def first_weights(self, model: Path) -> dict[str, Tensor] | None:
        """Return the weights that training on from a finished model begins with, or None."""
        return self.weights_in(model)

    def after_warm_start(self) -> None:
        """Follow a change of the network's weights from outside."""
