"""A whole run: each stage in order, then the finished model. Finished stages are skipped."""

from __future__ import annotations

import dataclasses
import json
import logging
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from motionlcm.models.attention import TransformerLayer
from motionlcm.models.folder import DEFAULT_SCHEDULE, PIPELINE_CONFIG, ModelCard
from motionlcm.training.config import RunConfig
from motionlcm.training.context import RunContext
from motionlcm.training.export import export_model
from motionlcm.training.failures import named_failures
from motionlcm.training.processes import Processes, start_processes
from motionlcm.training.profiling import profile_steps
from motionlcm.training.run_folder import CONFIG, locked, open_run
from motionlcm.training.stage import Stage
from motionlcm.training.stages import all_stages, needed_by, planned, stage_named
from motionlcm.training.trainer import BEST, Trainer, read_weights
from motionlcm.training.warm_start import start_from_model, take_from_model

logger = logging.getLogger(__name__)


class Run:
    """One output folder: one for each stage, ``cache/`` and the finished ``model/``.

    Where torchrun or accelerate launched several processes, each has a run of its own; the first
    one writes, and all must see the folder.

    Raises:
        FileNotFoundError: ``start_from`` is no finished model's folder.
        ValueError: the config names no ``data`` or ``output``, or data that cannot be used.
    """

    def __init__(self, config: RunConfig) -> None:
        if not config.data or not config.output:
            raise ValueError("a run needs data=STORE (made by motionlcm-prepare) and output=FOLDER")

        self.config = resolved(config)
        self.folder = Path(config.output)
        self.accelerator = start_processes(config.mixed_precision)
        self.processes = Processes.of(self.accelerator)
        self.context = RunContext.open(self.config, self.processes)

    def execute(self) -> Path:
        """Run all stages and export the finished model.

        Returns:
            The folder of the model; without a student, of the last stage.
        Raises:
            ValueError: another training uses the folder, or what was trained there before had
                another config or other data.
            OSError: the disk is full, or the folder cannot be written to.
            RuntimeError: memory is used up, or a loss is not finite.
            Stopped: SIGTERM or Ctrl+C came; the run goes on when it is started again.
        """
        with named_failures(self.folder), _tiny_numbers_are_zero(), ExitStack() as stack:
            self.processes.on_first(lambda: self._take_folder(stack))
            if not (self.folder / CONFIG).is_file():
                raise ValueError(
                    f"{self.folder} is not the same folder for all processes; give output= on a "
                    "disk that all machines share"
                )
            # so that a text encoder that is not there shows now, not after hours
            _ = self.context.texts

            plan = planned(self.config)
            for stage in plan:
                self.finish(stage)

            if "student" not in self.context.networks:
                return self.folder / plan[-1].name
            model = self.folder / "model"
            _ = self.context.latents  # all processes must be there for these
            self.processes.on_first(lambda: export_model(model, self.context))
            return model

    def _take_folder(self, stack: ExitStack) -> None:
        """Lock the folder, and see that what was begun there is this run."""
        self.folder.mkdir(parents=True, exist_ok=True)
        stack.enter_context(locked(self.folder))
        open_run(self.folder, self.config, self.context.sources)

    def finish(self, kind: type[Stage]) -> None:
        """Train a stage, go on with it or take it as it is; its network is there for later ones."""
        # first weights come from (seed, stage), whatever was trained or taken before
        generator = np.random.default_rng([self.config.seed, zlib.crc32(kind.name.encode())])
        torch.manual_seed(int(generator.integers(2**31)))

        stage = kind.build(self.context)
        network = self._kept(stage) if kind.name in self.config.keep else self._trained(stage)
        self.context.add(kind.network_name(), network)

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
            processes=self.processes,
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

        with tempfile.TemporaryDirectory() as folder, _tiny_numbers_are_zero():
            trainer = Trainer(
                stage,
                stage.config,
                Path(folder),
                seed=0,
                accelerator=self.accelerator,
                processes=self.processes,
            )
            return profile_steps(trainer, num_steps)

    def _finished(self, kind: type[Stage]) -> nn.Module:
        """The network of a stage that was kept or trained before."""
        stage = kind.build(self.context)
        if kind.name in self.config.keep:
            return self._kept(stage)
        stage.trained.load_state_dict(read_weights(self._best(kind)))
        return stage.trained.eval()

    def _best(self, kind: type[Stage]) -> Path:
        return self.folder / kind.name / BEST


@contextmanager
def _tiny_numbers_are_zero() -> Iterator[None]:
    """Take numbers under 1e-38 for zero within the block: with them, a step takes far longer."""
    torch.set_flush_denormal(True)
    try:
        yield
    finally:
        torch.set_flush_denormal(False)


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
