"""The figures of a training: means between two lines of the log, and ``metrics.jsonl``."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from motionlcm.atomic_files import write_bytes
from motionlcm.training.processes import Processes

METRICS = "metrics.jsonl"


class Interval:
    """Losses and time since the last line of the log.

    Attributes:
        drawn: which windows each step drew, to name them where its loss is not finite.
    """

    def __init__(self) -> None:
        self.started = time.monotonic()
        self.steps_here = 0
        self.count = 0
        self.sums: dict[str, Tensor] = {}
        self.drawn: dict[int, np.ndarray] = {}
        self._bad_step: Tensor | None = None  # a tensor, so that no step waits for the GPU

    def add(self, losses: dict[str, Tensor], step: int, norm: Tensor | None) -> None:
        """Count a step, whose gradient had this norm (None: not looked at)."""
        self.count += 1
        self.steps_here += 1
        for name, value in losses.items():
            self.sums[name] = self.sums.get(name, torch.zeros(())) + value.detach()

        is_finite = torch.isfinite(losses["loss"].detach())
        if norm is not None:
            is_finite = is_finite & torch.isfinite(norm.detach())
        here = torch.where(is_finite, -1, step)
        before = here if self._bad_step is None else self._bad_step
        self._bad_step = torch.where(before >= 0, before, here)

    def first_bad_step(self, processes: Processes) -> int:
        """Find the first step on any process whose loss was not finite; -1 for none."""
        own = -1 if self._bad_step is None else int(self._bad_step)
        (latest,) = processes.agreed(-own if own >= 0 else -float("inf"))
        return -1 if latest == -float("inf") else int(-latest)

    def means(self, processes: Processes) -> dict[str, float]:
        """Mean of each loss over the steps and the processes."""
        return {
            name: float(total) / self.count for name, total in processes.averaged(self.sums).items()
        }

    def rate(self) -> float:
        """Steps per second."""
        return self.steps_here / max(time.monotonic() - self.started, 1e-9)

    def state(self, processes: Processes) -> dict[str, Any]:
        """Return what a checkpoint must hold, so that a resumed run logs the same means.

        Each process's own sums: their average, summed on, would end in other last bits.
        """
        return {"count": self.count, "sums": processes.of_all(self.sums)}

    @classmethod
    def of(cls, state: dict[str, Any], processes: Processes) -> Interval:
        """Make the interval that ``state`` described, on this process.

        Where another number of processes wrote it, each goes on from the average of their sums:
        the same means, to rounding.
        """
        interval = cls()
        interval.count = state["count"]
        parts = state["sums"]
        if not isinstance(parts, list):  # one average, as earlier checkpoints held it
            parts = [parts]

        if len(parts) == processes.count:
            interval.sums = dict(parts[processes.rank])
        else:
            interval.sums = {
                name: torch.stack([part[name] for part in parts]).mean() for name in parts[0]
            }
        return interval


def append_row(folder: Path, row: dict[str, float]) -> None:
    """Add a line to a stage's ``metrics.jsonl``."""
    with open(folder / METRICS, "a") as file:
        file.write(json.dumps(row) + "\n")


def drop_rows_after(folder: Path, step: int) -> None:
    """Remove the lines of steps that a resumed run will take once more, and a line cut short."""
    path = folder / METRICS
    if not path.is_file():
        return

    text = path.read_bytes().decode("utf-8", "surrogateescape")
    lines = text.splitlines(keepends=True)
    kept = [line for line in lines if _step_of(line) <= step]
    if kept != lines:
        write_bytes(path, "".join(kept).encode("utf-8", "surrogateescape"))


def _step_of(line: str) -> float:
    """The step of a line; infinite for one that was cut short, or says none."""
    try:
        step = json.loads(line)["step"] if line.endswith("\n") else None
    except (ValueError, LookupError, TypeError, RecursionError):
        step = None
    return step if isinstance(step, int | float) else float("inf")
