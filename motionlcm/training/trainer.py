"""The one training loop. A stage says what is trained and turns a step's random numbers into losses.

The randomness of step n depends on (seed, stage, n) alone, so a resumed run repeats the unbroken one's losses.
"""

from __future__ import annotations

import json
import logging
import math
import os
import time
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from accelerate import Accelerator
from torch import Tensor, nn
from torch.profiler import record_function

from motionlcm.diffusion.averaging import ExponentialMovingAverage
from motionlcm.training.config import StageConfig

logger = logging.getLogger(__name__)


class Stage(Protocol):
    """What differs between VAE, teacher and student."""

    name: str
    trained: Any  #: a module

    def losses(self, rng: np.random.Generator) -> dict[str, Tensor]:
        """Draw a batch and return named scalars; ``"loss"`` is minimised."""

    def after_step(self) -> None:
        """Called after each optimiser step."""

    def validate(self, model: nn.Module) -> dict[str, float]:
        """Figures on the val split; ``"score"`` (lower is better) chooses what is exported."""

    def state(self) -> dict[str, Any]:
        """What else must be saved to resume."""

    def load_state(self, state: dict[str, Any]) -> None:
        """Take back what ``state`` returned."""


@dataclass
class Progress:
    """Where a stage stands."""

    step: int = 0
    seconds: float = 0.0
    best_score: float = math.inf


class Trainer:
    """Runs one stage in its own folder; run again after a kill, it goes on from the last checkpoint."""

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
        self.stage, self.config, self.folder, self.seed = stage, config, folder, seed
        self.accelerator = accelerator
        self.checkpoint_minutes, self.log_every = checkpoint_minutes, log_every
        self.progress = Progress()
        folder.mkdir(parents=True, exist_ok=True)
        on_gpu = accelerator.device.type == "cuda"
        optimizer = torch.optim.AdamW(
            stage.trained.parameters(),
            lr=config.lr,
            weight_decay=config.weight_decay,
            fused=on_gpu or None,
        )
        self.model, self.optimizer = accelerator.prepare(stage.trained, optimizer)
        self.ema = ExponentialMovingAverage(stage.trained, config.ema_decay)
        self._writer = None
        if tensorboard:
            from torch.utils.tensorboard import SummaryWriter

            self._writer = SummaryWriter(str(folder / "tensorboard"))
        self._resume()

    @property
    def is_finished(self) -> bool:
        """All steps done or all minutes used."""
        return self._share() >= 1

    def _share(self) -> float:
        done = self.progress.step / self.config.steps
        if self.config.minutes:
            done = max(done, self.progress.seconds / (60 * self.config.minutes))
        return done

    def run(self) -> nn.Module:
        """Train to the end; returns the best averaged weights by ``val``, in eval mode."""
        last_save = last_log = time.monotonic()
        sums: dict[str, Any] = {}
        start, started, count = self.progress.seconds, time.monotonic(), 0
        while not self.is_finished:
            losses = self.step()
            for name, value in losses.items():
                sums[name] = sums.get(name, 0.0) + value.detach()
            count += 1
            self.progress.seconds = start + time.monotonic() - started
            if self.progress.step % self.log_every == 0 or self.is_finished:
                now = time.monotonic()
                self._log({k: float(v) / count for k, v in sums.items()}, count / (now - last_log))
                sums, count, last_log = {}, 0, now
            if self.progress.step % self.config.validate_every == 0 or self.is_finished:
                self._validate()
                last_log = time.monotonic()
            if time.monotonic() - last_save > 60 * self.checkpoint_minutes or self.is_finished:
                self._save()
                last_save = time.monotonic()
        return self.best()

    def best(self) -> nn.Module:
        """The stage's module with the best averaged weights loaded, in eval mode."""
        state = torch.load(self.folder / "best.pt", map_location="cpu", weights_only=True)
        self.stage.trained.load_state_dict(state)
        return self.stage.trained.eval()

    def step(self) -> dict[str, Tensor]:
        """One optimiser step; returns the stage's losses."""
        step = self.progress.step
        key = [
            self.seed,
            zlib.crc32(self.stage.name.encode()),
            step,
            self.accelerator.process_index,
        ]
        rng = np.random.default_rng(key)
        torch.manual_seed(int(rng.integers(2**31)))
        self.model.train()
        lr = self.config.lr * self._lr_factor()
        for group in self.optimizer.param_groups:
            group["lr"] = lr
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
        warm = min(1.0, (self.progress.step + 1) / max(1, self.config.warmup))
        return warm * max(0.01, 0.5 * (1 + math.cos(math.pi * min(1.0, self._share()))))

    def _log(self, losses: dict[str, float], rate: float) -> None:
        if not all(math.isfinite(value) for value in losses.values()):
            raise RuntimeError(
                f"{self.stage.name}: the loss is not finite at step {self.progress.step}; lower lr"
            )
        share = self._share()
        left = self.progress.seconds * (1 - share) / max(share, 1e-9) / 60
        words = "  ".join(f"{name} {value:.4f}" for name, value in losses.items())
        logger.info(
            "%s  step %6d / %d  %s  %.2f steps/s  %.0f min left",
            self.stage.name, self.progress.step, self.config.steps, words, rate, max(0, left),
        )  # fmt: skip
        self._write({"step": self.progress.step, **losses, "steps_per_second": rate})

    def _validate(self) -> None:
        state = torch.random.get_rng_state()
        with self.ema.applied(self.stage.trained):
            self.stage.trained.eval()
            figures = self.stage.validate(self.stage.trained)
            if figures["score"] < self.progress.best_score:
                self.progress.best_score = float(figures["score"])
                _save_atomically(self.stage.trained.state_dict(), self.folder / "best.pt")
        torch.random.set_rng_state(state)
        words = "  ".join(f"{name} {value:.4f}" for name, value in figures.items())
        logger.info("%s  step %6d  val: %s", self.stage.name, self.progress.step, words)
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
        _save_atomically(state, self.folder / "checkpoint.pt")

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


def _save_atomically(state: Any, path: Path) -> None:
    part = path.with_suffix(".part")
    torch.save(state, part)
    os.replace(part, path)
