"""Where a training step goes: parts of the step and the dearest operations."""

from __future__ import annotations

import time

import torch
from torch.profiler import ProfilerActivity, profile

from motionlcm.training.trainer import Trainer

PARTS = ("batch and losses", "backward", "clip and optimiser", "averages")
_WARMUP = 3


def profile_steps(trainer: Trainer, num_steps: int) -> str:
    """Run steps of a trainer under torch's profiler; returns a table.

    Milliseconds a step for each part of the step, samples per second, then the operations that take longest.
    """
    on_gpu = trainer.accelerator.device.type == "cuda"
    for _ in range(_WARMUP):
        trainer.step()
    activities = [ProfilerActivity.CPU, *([ProfilerActivity.CUDA] if on_gpu else [])]
    if on_gpu:
        torch.cuda.synchronize()
    start = time.perf_counter()
    with profile(activities=activities) as profiler:
        for _ in range(num_steps):
            trainer.step()
        if on_gpu:
            torch.cuda.synchronize()
    elapsed = (time.perf_counter() - start) / num_steps
    averages = profiler.key_averages()
    lines = [f"{trainer.stage.name}: {1000 * elapsed:.1f} ms a step under the profiler, "
             f"{trainer.config.batch_size / elapsed:.0f} samples/s"]  # fmt: skip
    spent = {event.key: event.cpu_time_total / 1000 / num_steps for event in averages if event.key in PARTS}
    lines += [f"  {name:20s} {spent.get(name, 0.0):9.1f} ms" for name in PARTS]
    order = "self_cuda_time_total" if on_gpu else "self_cpu_time_total"
    return "\n".join(lines) + "\n" + averages.table(sort_by=order, row_limit=15, max_name_column_width=40)
