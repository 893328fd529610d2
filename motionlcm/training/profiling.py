"""Where a training step goes: its parts, the dearest operations, the share of the device's peak."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import torch
from torch.profiler import ProfilerActivity, profile
from torch.utils.flop_counter import FlopCounterMode

from motionlcm.training.trainer import Trainer

PARTS = ("batch and losses", "backward", "clip and optimiser", "averages")
_WARMUP = 3
_DTYPES = {"no": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}


def profile_steps(trainer: Trainer, num_steps: int) -> str:
    """Run steps of a trainer, by themselves and under torch's profiler; returns a table.

    Samples and floating-point operations per second (matrix products and attention, forward and
    backward) beside those of a large matrix product in the same precision; milliseconds a step for
    each part; the operations that take longest.
    """
    device = trainer.accelerator.device
    for _ in range(_WARMUP):
        trainer.step()
    with FlopCounterMode(display=False) as counter:
        trainer.step()

    elapsed = _seconds(trainer.step, num_steps, device)
    samples = trainer.config.batch_size / elapsed
    rate = counter.get_total_flops() / elapsed
    peak = measured_peak(device, _DTYPES[trainer.accelerator.mixed_precision])

    activities = [ProfilerActivity.CPU]
    if device.type == "cuda":
        activities.append(ProfilerActivity.CUDA)
    with profile(activities=activities) as profiler:
        _seconds(trainer.step, num_steps, device)
    averages = profiler.key_averages()
    spent = {
        event.key: event.cpu_time_total / 1000 / num_steps
        for event in averages
        if event.key in PARTS
    }

    lines = [
        f"{trainer.stage.name}: {1000 * elapsed:.1f} ms a step, {samples:.0f} samples/s",
        f"{rate / 1e9:.3g} GFLOP/s, "
        f"{100 * rate / peak:.0f} % of the {peak / 1e9:.0f} measured here",
        "under the profiler:",
        *(f"  {name:20s} {spent.get(name, 0.0):9.1f} ms" for name in PARTS),
    ]
    order = "self_cuda_time_total" if device.type == "cuda" else "self_cpu_time_total"
    return (
        "\n".join(lines)
        + "\n"
        + averages.table(sort_by=order, row_limit=15, max_name_column_width=40)
    )


def measured_peak(device: torch.device, dtype: torch.dtype) -> float:
    """Measure the operations per second of a large matrix product, the best of five."""
    size = 8192 if device.type == "cuda" else 1536
    a, b = (torch.randn(size, size, device=device, dtype=dtype) for _ in range(2))
    torch.mm(a, b)
    return 2 * size**3 / min(_seconds(lambda: torch.mm(a, b), 1, device) for _ in range(5))


def _seconds(call: Callable[[], Any], repeats: int, device: torch.device) -> float:
    """Measure one call, on average; the device's queue is empty before and after."""
    if device.type == "cuda":
        torch.cuda.synchronize()

    start = time.perf_counter()
    for _ in range(repeats):
        call()

    if device.type == "cuda":
        torch.cuda.synchronize()
    return (time.perf_counter() - start) / repeats
