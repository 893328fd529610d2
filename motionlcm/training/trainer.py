"""The one training loop; a stage says what is trained and turns random numbers into losses.

The randomness of step n depends on (seed, stage, n) alone, so a resumed run repeats the unbroken
one's losses.
"""

from __future__ import annotations

import json
import logging
import math
import time
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from accelerate import Accelerator
from torch import Tensor, nn
from torch.profiler import record_function

from motionlcm.atomic_files import replaced
from motionlcm.diffusion.averaging import ExponentialMovingAverage
from motionlcm.training.config import StageConfig
from motionlcm.training.stage import Stage

logger = logging.getLogger(__name__)

_LAST_LR = 0.01  #: of the learning rate is left at the end


@dataclass
class Progress:
    """Where a stage stands."""

    step: int = 0
    seconds: float = 0.0
    best_score: float = math.inf


class Trainer:
    """Runs one stage in its own folder; after a kill, it goes on from the last checkpoint.

    The folder holds ``checkpoint.pt``, ``best.pt`` (the averaged weights with the best score on
    ``val``) and ``metrics.jsonl``.
    """

    def __init__(
        self,
        stage: Stage,
        config: StageConfig,
        folder: Path,
        *,
        seed: int,
        accelerator: Accelerator,
        checkpoint_minutes: float = 3.0,
        log_every: int = 50,
        tensorboard: bool = False,
    ) -> None:
        self.stage = stage
        self.config = config
        self.folder = folder
        self.seed = seed
        self.accelerator = accelerator
        self.checkpoint_minutes = checkpoint_minutes
        self.log_every = log_every
        self.progress = Progress()
        folder.mkdir(parents=True, exist_ok=True)

        optimizer = torch.optim.AdamW(
            stage.trained.parameters(),
            lr=config.lr,
            weight_decay=config.weight_decay,
            fused=accelerator.device.type == "cuda" or None,
        )
        self.model, self.optimizer = accelerator.prepare(stage.trained, optimizer)
        self.ema = ExponentialMovingAverage(stage.trained, config.ema_decay)
        self._writer = _tensorboard_writer(folder) if tensorboard else None

        self._resume()

    @property
    def is_finished(self) -> bool:
        """Whether all steps are done or all minutes used."""
        return self._share() >= 1

    def _share(self) -> float:
        """Share of the training that is done, by steps or by minutes, whichever is further."""
        share = self.progress.step / self.config.steps
        if self.config.minutes:
            share = max(share, self.progress.seconds / (60 * self.config.minutes))
        return share

    def run(self) -> nn.Module:
        """Train to the end; returns the best averaged weights by ``val``, in eval mode."""
        started = time.monotonic() - self.progress.seconds
        last_save = time.monotonic()
        interval = _Interval()

        while not self.is_finished:
            interval.add(self.step())
            self.progress.seconds = time.monotonic() - started

            if self.progress.step % self.log_every == 0 or self.is_finished:
                self._log(interval.means(), interval.rate())
                interval = _Interval()

            if self.progress.step % self.config.validate_every == 0 or self.is_finished:
                before = time.monotonic()
                self._validate()
                interval.started += time.monotonic() - before

            if time.monotonic() - last_save > 60 * self.checkpoint_minutes or self.is_finished:
                self._save()
                last_save = time.monotonic()

        return self.best()

    def best(self) -> nn.Module:
        """Load the best averaged weights into the stage's module; returns it in eval mode."""
        state = torch.load(self.folder / "best.pt", map_location="cpu", weights_only=True)
        self.stage.trained.load_state_dict(state)
        return self.stage.trained.eval()

    def step(self) -> dict[str, Tensor]:
        """Take one optimiser step; returns the stage's losses."""
        stage_number = zlib.crc32(self.stage.name.encode())
        key = [self.seed, stage_number, self.progress.step, self.accelerator.process_index]
        rng = np.random.default_rng(key)
        torch.manual_seed(int(rng.integers(2**31)))

        self.model.train()
        for group in self.optimizer.param_groups:
            group["lr"] = self.config.lr * self._lr_factor()

        with record_function("batch and losses"), self.accelerator.autocast():
            losses = self.stage.losses(rng)
        with record_function("backward"):
            self.accelerator.backward(losses["loss"])
        with record_function("clip and optimiser"):
            self.accelerator.clip_grad_norm_(self.model.parameters(), self.config.clip_norm)
            self.optimizer.step()
            self.optimizer.zero_grad(set_to_none=True)
        with record_function("averages"):
            self.ema.update(self.stage.trained)
            self.stage.after_step()

        self.progress.step += 1
        return losses

    def _lr_factor(self) -> float:
        """A linear rise over ``warmup`` steps, then half a cosine."""
        rise = min(1.0, (self.progress.step + 1) / max(1, self.config.warmup))
        return rise * max(_LAST_LR, 0.5 * (1 + math.cos(math.pi * min(1.0, self._share()))))

    def _log(self, losses: dict[str, float], rate: float) -> None:
        name, step = self.stage.name, self.progress.step
        if not all(math.isfinite(value) for value in losses.values()):
            raise RuntimeError(f"{name}: the loss is not finite at step {step}; lower lr")

        share = self._share()
        minutes_left = max(0, self.progress.seconds * (1 - share) / max(share, 1e-9) / 60)
        speed = f"{rate:.2f} steps/s  {minutes_left:.0f} min left"

        logger.info(
            "%s  step %6d / %d  %s  %s", name, step, self.config.steps, _words(losses), speed
        )
        self._write({"step": step, **losses, "steps_per_second": rate})

    def _validate(self) -> None:
        """Measure the averaged weights on ``val`` and keep them where they are the best so far."""
        random_state = torch.random.get_rng_state()
        with self.ema.applied(self.stage.trained):
            self.stage.trained.eval()
            figures = self.stage.validate(self.stage.trained)
            if figures["score"] < self.progress.best_score:
                self.progress.best_score = float(figures["score"])
                _save(self.stage.trained.state_dict(), self.folder / "best.pt")

        torch.random.set_rng_state(random_state)

        logger.info("%s  step %6d  val: %s", self.stage.name, self.progress.step, _words(figures))
        self._write(
            {
                "step": self.progress.step,
                **{f"val_{name}": value for name, value in figures.items()},
            }
        )

    def _write(self, row: dict[str, float]) -> None:
        with open(self.folder / "metrics.jsonl", "a") as file:
            file.write(json.dumps(row) + "\n")

        if self._writer is not None:
            for name, value in row.items():
                self._writer.add_scalar(name, value, row["step"])

    def _save(self) -> None:
        state = {
            "model": self.stage.trained.state_dict(),
            "ema": self.ema.state(),
            "optimizer": self.optimizer.state_dict(),
            "stage": self.stage.state(),
            "progress": vars(self.progress),
        }
        _save(state, self.folder / "checkpoint.pt")

    def _resume(self) -> None:
        path = self.folder / "checkpoint.pt"
        if not path.is_file():
            return

        state = torch.load(path, map_location="cpu", weights_only=True)
        self.stage.trained.load_state_dict(state["model"])
        self.ema.load_state(state["ema"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.stage.load_state(state["stage"])

        self.progress = Progress(**state["progress"])
        logger.info("%s: going on from step %d", self.stage.name, self.progress.step)


class _Interval:
    """Losses and time since the last line of the log."""

    def __init__(self) -> None:
        self.started = time.monotonic()
        self.count = 0
        self.sums: dict[str, Any] = {}

    def add(self, losses: dict[str, Tensor]) -> None:
        """Count a step."""
        self.count += 1
        for name, value in losses.items():
            self.sums[name] = self.sums.get(name, 0.0) + value.detach()

    def means(self) -> dict[str, float]:
        """Mean of each loss over the steps."""
        return {name: float(total) / self.count for name, total in self.sums.items()}

    def rate(self) -> float:
        """Steps per second."""
        return self.count / (time.monotonic() - self.started)


def _words(figures: dict[str, float]) -> str:
    return "  ".join(f"{name} {value:.4f}" for name, value in figures.items())


def _save(state: Any, path: Path) -> None:
    with replaced(path) as part:
        torch.save(state, part)


def _tensorboard_writer(folder: Path) -> Any:
    from torch.utils.tensorboard import SummaryWriter

    return SummaryWriter(str(folder / "tensorboard"))
