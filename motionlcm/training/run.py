"""A whole run: each stage in order, then the finished model. Finished stages are skipped."""

from __future__ import annotations

import dataclasses
import json
import logging
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from torch import nn

from motionlcm.atomic_files import write_bytes
from motionlcm.models.attention import TransformerLayer
from motionlcm.models.folder import DEFAULT_SCHEDULE, PIPELINE_CONFIG, ModelCard
from motionlcm.training.config import RunConfig
from motionlcm.training.context import RunContext
from motionlcm.training.export import export_model
from motionlcm.training.profiling import profile_steps
from motionlcm.training.stage import Stage
from motionlcm.training.stages import all_stages, needed_by, planned, stage_named
from motionlcm.training.trainer import Trainer
from motionlcm.training.warm_start import start_from_model, take_from_model

logger = logging.getLogger(__name__)

#: Stages behind which the random generator is not set back to the seed: the first weights of
#: teacher and student have always been drawn so, though a run that stops just there draws others.
_LEAVE_THE_GENERATOR = ("decoder", "teacher")


class Run:
    """One output folder: one for each stage, ``cache/`` and the finished ``model/``.

    Raises:
        FileNotFoundError: ``start_from`` is no finished model's folder.
        ValueError: the config names no ``data`` or ``output``, or data that cannot be used.
    """

    def __init__(self, config: RunConfig) -> None:
        if not config.data or not config.output:
            raise ValueError("a run needs data=STORE (made by motionlcm-prepare) and output=FOLDER")

        self.config = resolved(config)
        self.folder = Path(config.output)
        self.accelerator = Accelerator(mixed_precision=config.mixed_precision)
        self.context = RunContext.open(self.config, self.accelerator.device)
        torch.set_flush_denormal(True)

    def execute(self) -> Path:
        """Run all stages and export the finished model.

        Returns:
            The folder of the model; without a student, of the last stage.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        values = json.dumps(self.config.as_dict(), indent=1)
        write_bytes(self.folder / "config.json", f"{values}\n".encode())
        # now, so that a text encoder that is not there does not show after hours of training
        _ = self.context.texts

        torch.manual_seed(self.config.seed)
        plan = planned(self.config)
        for stage in plan:
            self.finish(stage)

        if "student" not in self.context.networks:
            return self.folder / plan[-1].name
        export_model(self.folder / "model", self.context)
        return self.folder / "model"

    def finish(self, kind: type[Stage]) -> None:
        """Train a stage, go on with it or take it as it is; its network is there for later ones."""
        stage = kind.build(self.context)
        network = self._kept(stage) if kind.name in self.config.keep else self._trained(stage)
        self.context.add(kind.network_name(), network)
        if kind.name not in _LEAVE_THE_GENERATOR:
            torch.manual_seed(self.config.seed)

    def _kept(self, stage: Stage) -> nn.Module:
        model = Path(self.config.start_from)
        if not take_from_model(stage, model):
            raise ValueError(f"keep: {model} holds no {stage.name} to keep; take it out of keep=")

        return stage.trained.eval()

    def _trained(self, stage: Stage) -> nn.Module:
        if self.context.start_from is not None:
            start_from_model(stage, self.context.start_from)
        if self.config.compile:
            _compile_layers(stage)

        trainer = Trainer(
            stage,
            stage.config,
            self.folder / stage.name,
            seed=self.config.seed,
            accelerator=self.accelerator,
            checkpoint_minutes=self.config.checkpoint_minutes,
            log_every=self.config.log_every,
            tensorboard=self.config.tensorboard,
        )

        if trainer.is_finished:
            logger.info("%s: finished before", stage.name)
            return trainer.best()
        return trainer.run()

    def profile(self, name: str, num_steps: int) -> str:
        """Tell where the steps of one stage go; trains nothing that is kept.

        The stages that it needs must be finished.

        Raises:
            ValueError: no stage has this name, or one that it needs has no weights yet.
        """
        kind = stage_named(name)
        for earlier in needed_by(kind):
            if earlier.name not in self.config.keep and not self._best(earlier).is_file():
                raise ValueError(
                    f"to profile {name}, train {earlier.name} first: "
                    f"{self.folder / earlier.name} holds no weights"
                )

        for earlier in needed_by(kind):
            self.context.add(earlier.network_name(), self._finished(earlier))
        stage = kind.build(self.context)
        if self.config.compile:
            _compile_layers(stage)

        with tempfile.TemporaryDirectory() as folder:
            trainer = Trainer(
                stage, stage.config, Path(folder), seed=0, accelerator=self.accelerator
            )
            return profile_steps(trainer, num_steps)

    def _finished(self, kind: type[Stage]) -> nn.Module:
        """The network of a stage that was kept or trained before."""
        stage = kind.build(self.context)
        if kind.name in self.config.keep:
            return self._kept(stage)

        stage.trained.load_state_dict(
            torch.load(self._best(kind), map_location="cpu", weights_only=True)
        )
        return stage.trained.eval()

    def _best(self, kind: type[Stage]) -> Path:
        return self.folder / kind.name / "best.pt"


def resolved(config: RunConfig) -> RunConfig:
    """Fill in what ``start_from``'s model decides: shapes of kept networks, noise schedule."""
    model = Path(config.start_from)
    stage_configs = dict(config.stage_configs)
    for name in config.keep:
        shape = stage_named(name).kept_shape(model)
        if shape is not None:
            stage_configs[name] = dataclasses.replace(stage_configs[name], model=shape)

    known = _schedule_of(model) if config.start_from else {}
    schedule = {**DEFAULT_SCHEDULE, **known, **config.schedule}
    return dataclasses.replace(config, stage_configs=stage_configs, schedule=schedule)


def _schedule_of(model: Path) -> Mapping[str, Any]:
    """The noise schedule that a model folder states, if it has a card."""
    path = model / PIPELINE_CONFIG
    return ModelCard.read(path).schedule if path.is_file() else {}


def _compile_layers(stage: Stage) -> None:
    """Make one graph for all layers of all networks of a stage, whatever the batch's length."""
    for network in vars(stage).values():
        if not isinstance(network, nn.Module):
            continue

        for module in network.modules():
            if isinstance(module, TransformerLayer):
                module.compile(dynamic=True)


def describe(config: RunConfig) -> str:
    """Write the resolved config and each network's number of parameters, for ``--dry-run``."""
    config = resolved(config)
    lines = [json.dumps(config.as_dict(), indent=1)]
    for stage in all_stages():
        network = stage.blueprint(config)
        if network is not None:
            count = sum(parameter.numel() for parameter in network.parameters())
            lines.append(f"{stage.name}: {count:,} parameters")

    return "\n".join(lines)
