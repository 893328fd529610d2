"""Where the time goes from prompt to video: medians and minima per stage, one process."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import torch

from motionlcm.motion.features import decode_positions
from motionlcm.pipeline import MotionPipeline
from motionlcm.render.video import render_video

PROMPT = "a person walks forward and then turns left"
FRAMES = 196


def time_call(call: Callable[[], Any], repeats: int) -> dict[str, float]:
    """Milliseconds: first call (cold), then median and minimum of ``repeats`` calls."""
    start = time.perf_counter()
    call()
    cold = time.perf_counter() - start
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return {"cold": 1000 * cold, "median": 1000 * median(times), "min": 1000 * min(times)}


@torch.inference_mode()
def measure_speed(
    pipeline: MotionPipeline, *, batches: tuple[int, ...] = (1, 8, 32), repeats: int = 10
) -> dict[str, dict[str, float]]:
    """Per stage and batch, for 196 frames: text, one denoiser step, decoding, features to joints, render, whole."""
    figures: dict[str, dict[str, float]] = {}
    for size in batches:
        prompts = [PROMPT] * size
        figures[f"text, batch {size}"] = time_call(partial(pipeline.text_encoder.encode, prompts), repeats)
        text, text_mask = pipeline.text_encoder.encode(prompts)
        mask = torch.ones(size, FRAMES, dtype=torch.bool)
        tokens = pipeline.vae.token_mask(mask)
        latents = torch.randn(*tokens.shape, pipeline.vae.latent_channels)
        denoise = pipeline.student.given(text, torch.full((size,), 3.0), text_mask=text_mask, mask=tokens)
        times = torch.full((size,), 999)
        figures[f"denoiser step, batch {size}"] = time_call(partial(denoise, latents, times), repeats)
        figures[f"decode, batch {size}"] = time_call(partial(pipeline.vae.decode, latents, mask), repeats)
        features = pipeline.vae.decode(latents, mask)
        figures[f"features to joints, batch {size}"] = time_call(partial(decode_positions, features), repeats)
        whole = time_call(partial(pipeline, prompts, seconds=9.8), repeats)
        figures[f"prompt to motion, batch {size}"] = whole
    motion = pipeline([PROMPT], seconds=9.8)[0]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "motion.mp4"
        figures["render and encode mp4"] = time_call(lambda: render_video(motion, path), 3)
        command = [sys.executable, "-m", "motionlcm.cli.generate", PROMPT, "--seconds", "9.8", "--output", str(path)]
        figures["shell to mp4, new process"] = time_call(
            partial(subprocess.run, command, check=True, capture_output=True), 2
        )
    return figures
