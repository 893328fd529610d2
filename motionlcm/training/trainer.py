"""The one training loop; a stage says what is trained and turns random numbers into losses.

The randomness of step n depends on (seed, stage, n) alone, so a resumed run repeats the unbroken
one's losses. Several processes share each step's batch (``processes.py``).
"""

from __future__ import annotations

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

from motionlcm.diffusion.averaging import ExponentialMovingAverage
from motionlcm.progress import ProgressLine, words_left
from motionlcm.training import checkpoints
from motionlcm.training.checkpoints import read_tensors, write_tensors
from motionlcm.training.config import StageConfig
from motionlcm.training.metrics_log import Interval, append_row, drop_rows_after
from motionlcm.training.processes import Processes
from motionlcm.training.stage import Stage
from motionlcm.training.stopping import Stopped, stop_requests

logger = logging.getLogger(__name__)

BEST = "best.pt"
_NAMED = 8  #: clips of a batch in an error
_LAST_LR = 0.01  #: of the learning rate is left at the end


@dataclass
class Progress:
    """Where a stage stands."""

    step: int = 0
    seconds: float = 0.0
    best_score: float = math.inf


class Trainer:
    """Runs one stage in its own folder; after a kill, it goes on from the last checkpoint.

    The folder holds ``checkpoint.pt`` and the one before it, ``best.pt`` (the averaged weights with
    the best score on ``val``) and ``metrics.jsonl``. Where several processes train, each has a
    trainer of its own; the first one writes.

    Raises:
        ValueError: the batch cannot be shared equally among the processes, or no checkpoint that is
            there can be read.
    """

    def __init__(
        self,
        stage: Stage,
        config: StageConfig,
        folder: Path,
        *,
        seed: int,
        accelerator: Accelerator,
        processes: Processes | None = None,
        checkpoint_minutes: float = 3.0,
        log_every: int = 50,
        tensorboard: bool = False,
    ) -> None:
        self.stage = stage
        self.config = config
        self.folder = folder
        self.seed = seed
        self.accelerator = accelerator
        self.processes = processes or Processes.of(accelerator)
        self.checkpoint_minutes = checkpoint_minutes
        self.log_every = log_every
        self.progress = Progress()
        self._line = ProgressLine(tell=logger.info)
        self.interval = Interval()
        self._check_batch()

        optimizer = torch.optim.AdamW(
            stage.trained.parameters(),
            lr=config.lr,
            weight_decay=config.weight_decay,
            fused=accelerator.device.type == "cuda" or None,
        )
        self.optimizer = accelerator.prepare_optimizer(optimizer)
        # evaluation_mode: only the precision; gradients are averaged here, once a step
        accelerator.prepare_model(stage.trained, evaluation_mode=True)

        stage.processes = self.processes
        for network in vars(stage).values():
            if isinstance(network, nn.Module):
                self.processes.share_first(network.state_dict().values())
        self.ema = ExponentialMovingAverage(stage.trained, config.ema_decay)
        self._resume()
        self._writer: Any = None
        self.processes.on_first(lambda: self._open_log(tensorboard))

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
        """Train to the end; returns the best averaged weights by ``val``, in eval mode.

        Raises:
            RuntimeError: a loss is not finite.
            Stopped: SIGTERM or Ctrl+C came; a checkpoint is written.
        """
        started = time.monotonic() - self.progress.seconds
        last_save = time.monotonic()
        with stop_requests() as request:
            while not self.is_finished:
                self.step()
                now = time.monotonic()
                is_late = now - last_save > 60 * self.checkpoint_minutes
                seconds, is_due, signal = self.processes.agreed(
                    now - started, is_late, request.number
                )
                self.progress.seconds = seconds

                if self.progress.step % self.log_every == 0 or self.is_finished:
                    self._log()
                elif self._line.is_due(now):
                    self._line.write(self._pace(), now)
                if self.progress.step % self.config.validate_every == 0 or self.is_finished:
                    self._validate()
                if is_due or signal or self.is_finished:
                    self._save()
                    last_save = time.monotonic()
                if signal and not self.is_finished:
                    step = self.progress.step
                    raise Stopped(
                        f"stopped {self.stage.name} behind step {step}, with a checkpoint; "
                        "the same command goes on",
                        int(signal),
                    )
        return self.best()

    def best(self) -> nn.Module:
        """Load the best averaged weights into the stage's module; returns it in eval mode.

        Raises:
            ValueError: their file is damaged.
            RuntimeError: no validation gave a finite score.
        """
        path = self.folder / BEST
        if not path.is_file():
            raise RuntimeError(
                f"{self.stage.name}: no score on val was finite, so {path} is not there; "
                "lower lr, and give another output=FOLDER"
            )
        self.stage.trained.load_state_dict(read_weights(path))
        return self.stage.trained.eval()

    def step(self) -> dict[str, Tensor]:
        """Take one optimiser step; returns this process's share of the stage's losses."""
        stage_number = zlib.crc32(self.stage.name.encode())
        rng = np.random.default_rng([self.seed, stage_number, self.progress.step, 0])
        self.processes.seed(int(rng.integers(2**31)))
        self.stage.trained.train()
        for group in self.optimizer.param_groups:
            group["lr"] = self.config.lr * self._lr_factor()

        with record_function("batch and losses"), self.accelerator.autocast():
            losses = self.stage.losses(rng)
        with record_function("backward"):
            self.accelerator.backward(losses["loss"])
            self.processes.average_gradients(self.stage.trained.parameters())
        with record_function("clip and optimiser"):
            parameters = self.stage.trained.parameters()
            norm = self.accelerator.clip_grad_norm_(parameters, self.config.clip_norm)
            self.optimizer.step()
            self.optimizer.zero_grad(set_to_none=True)
        with record_function("averages"):
            self.ema.update(self.stage.trained)
            self.stage.after_step()

        self._count(losses, norm)
        return losses

    def _count(self, losses: dict[str, Tensor], norm: Tensor | None) -> None:
        """Note a step that was taken."""
        # fp16's scaler takes no step where gradients overflow, and lowers their scale
        norm = norm if self.accelerator.scaler is None else None
        self.interval.add(losses, self.progress.step, norm)
        if self.stage.motions is not None:
            self.interval.drawn[self.progress.step] = self.stage.motions.drawn
        self.progress.step += 1

    def _lr_factor(self) -> float:
        """A linear rise over ``warmup`` steps, then half a cosine."""
        rise = min(1.0, (self.progress.step + 1) / max(1, self.config.warmup))
        return rise * max(_LAST_LR, 0.5 * (1 + math.cos(math.pi * min(1.0, self._share()))))

    def _log(self) -> None:
        self._check_finite()
        losses, rate = self.interval.means(self.processes), self.interval.rate()
        self._line.write(self._pace(_words(losses)), time.monotonic())
        self.interval = Interval()
        self._write({"step": self.progress.step, **losses, "steps_per_second": rate})

    def _pace(self, losses: str = "") -> str:
        """How far the stage is, how fast, and how long the rest takes."""
        share = self._share()
        left = max(0.0, self.progress.seconds * (1 - share) / max(share, 1e-9))
        where = f"{self.stage.name}  step {self.progress.step:6d} / {self.config.steps}"
        speed = f"{self.interval.rate():.2f} steps/s  {words_left(left)}"
        return "  ".join(filter(None, (where, losses, speed)))

    def _check_finite(self) -> None:
        """Raise RuntimeError, naming the batch's clips, where a loss since the log is not finite.

        It is called before every checkpoint, so none holds weights of such a step.
        """
        step = self.interval.first_bad_step(self.processes)
        if step < 0:
            return

        clips: list[str] = []
        if self.stage.motions is not None and step in self.interval.drawn:
            windows = self.stage.motions.windows
            clips = sorted({windows[index].clip.id for index in self.interval.drawn[step]})
        more = f" and {len(clips) - _NAMED} more" if len(clips) > _NAMED else ""
        last = self.folder / checkpoints.LAST
        good = f"the last good checkpoint is {last}" if last.is_file() else "no checkpoint yet"
        raise RuntimeError(
            f"{self.stage.name}: the loss is not finite at step {step + 1}; {good}. Clips of its "
            f"batch: {', '.join(clips[:_NAMED]) or 'not known'}{more}. Look for wrong numbers "
            f"there, or train in another folder with a lower {self.stage.name}.lr"
        )

    def _validate(self) -> None:
        """Measure the averaged weights on ``val`` and keep them where they are the best so far."""
        before = time.monotonic()
        figures = self.processes.on_first(self._measure)
        self.progress.best_score = min(self.progress.best_score, float(figures["score"]))
        self.interval.started += time.monotonic() - before

        step = self.progress.step
        logger.info("%s  step %6d  val: %s", self.stage.name, step, _words(figures))
        self._write({"step": step, **{f"val_{name}": value for name, value in figures.items()}})

    def _measure(self) -> dict[str, float]:
        random_state = torch.random.get_rng_state()
        self.stage.processes = Processes()  # the others are not there
        with self.ema.applied(self.stage.trained):
            self.stage.trained.eval()
            figures = self.stage.validate(self.stage.trained)
            if figures["score"] < self.progress.best_score:
                write_tensors(self.stage.trained.state_dict(), self.folder / BEST)
        self.stage.processes = self.processes
        torch.random.set_rng_state(random_state)
        return figures

    def _write(self, row: dict[str, float]) -> None:
        if not self.processes.is_first:
            return
        append_row(self.folder, row)
        if self._writer is not None:
            for name, value in row.items():
                self._writer.add_scalar(name, value, row["step"])

    def _save(self) -> None:
        self._check_finite()
        self.processes.check_equal(self.stage.trained.parameters())
        state = {
            "model": self.stage.trained.state_dict(),
            "ema": self.ema.state(),
            "optimizer": self.optimizer.state_dict(),
            "stage": self.stage.state(),
            "progress": vars(self.progress),
            "interval": self.interval.state(self.processes),
        }
        if self.accelerator.scaler is not None:
            state["scaler"] = self.accelerator.scaler.state_dict()
        self.processes.on_first(lambda: checkpoints.write_checkpoint(state, self.folder))

    def _resume(self) -> None:
        state = checkpoints.read_checkpoint(self.folder, set_aside=self.processes.is_first)
        if state is None:
            return

        self.stage.trained.load_state_dict(state["model"])
        self.ema.load_state(state["ema"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.stage.load_state(state["stage"])

        self.progress = Progress(**state["progress"])
        if "interval" in state:
            self.interval = Interval.of(state["interval"], self.processes)
        if self.accelerator.scaler is not None and "scaler" in state:
            self.accelerator.scaler.load_state_dict(state["scaler"])
        logger.info("%s: going on from step %d", self.stage.name, self.progress.step)

    def _open_log(self, tensorboard: bool) -> None:
        """Make the folder; a resumed run takes once more what was logged behind its checkpoint."""
        self.folder.mkdir(parents=True, exist_ok=True)
        drop_rows_after(self.folder, self.progress.step)
        if tensorboard:
            from torch.utils.tensorboard import SummaryWriter

            folder = str(self.folder / "tensorboard")
            self._writer = SummaryWriter(folder, purge_step=self.progress.step + 1)

    def _check_batch(self) -> None:
        size, count = self.config.batch_size, self.processes.count
        if size % count:
            raise ValueError(
                f"{self.stage.name}.batch_size is the batch of all processes together, so it must "
                f"be a multiple of their number {count}, got {size}; nearest: "
                f"{max(1, round(size / count)) * count}"
            )


def read_weights(path: Path) -> dict[str, Tensor]:
    """Read a stage's best weights; ValueError with the remedy where their file is damaged."""
    try:
        return read_tensors(path)
    except checkpoints.DamagedFile as error:
        raise ValueError(f"{error}; remove {path.parent} to train this stage anew") from error


def _words(figures: dict[str, float]) -> str:
    return "  ".join(f"{name} {value:.4f}" for name, value in figures.items())
