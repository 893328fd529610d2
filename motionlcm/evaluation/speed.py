"""Where the time goes from prompt to video, in one process and in new ones."""

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

import numpy as np

from motionlcm.diffusion.condition import Condition
from motionlcm.generation.pipeline import MotionPipeline
from motionlcm.motion.features import FPS, decode_positions
from motionlcm.render.video import render_video

PROMPT = "a person walks forward and turns to the left"
FRAMES = 196
_NUM_BULK = 1000
_TEACHER_STEPS = 50
_SUBJECTS = ("a person", "someone", "a man", "a woman")
_VERBS = (
    "walks forward",
    "jumps",
    "turns left",
    "waves with the right hand",
    "sits down",
    "kicks",
    "dances",
    "runs",
)


def time_call(call: Callable[[], Any], repeats: int) -> dict[str, float]:
    """Milliseconds: first call (cold), then median and minimum of ``repeats`` calls."""
    cold = _seconds(call)
    times = [_seconds(call) for _ in range(repeats)]
    return {"cold": 1000 * cold, "median": 1000 * median(times), "min": 1000 * min(times)}


def _seconds(call: Callable[[], Any]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def measure_networks(
    pipeline: MotionPipeline, *, batches: tuple[int, ...] = (1, 8, 32), repeats: int = 15
) -> dict[str, dict[str, float]]:
    """Times of each stage and batch, for 196 frames.

    The stages are text, one denoiser step, decoding, clean-up and joints, and the whole. The
    teacher has the student's shape, so 50 guided steps of it are timed on the student's network:
    50 times a batch of caption and empty caption.

    Returns:
        ``cold``, ``median`` and ``min`` in milliseconds, by name.
    """
    figures: dict[str, dict[str, float]] = {}
    for size in batches:
        figures |= _network_times(pipeline, size, repeats)

    # what follows the networks, on one clip
    layout = pipeline.layout
    features = pipeline([PROMPT], seconds=FRAMES / layout.fps)[0].features
    clean = partial(pipeline.clean, features)
    decode = partial(decode_positions, features, layout)

    figures["clean-up, one clip"] = time_call(clean, repeats)
    figures["features to joints, one clip"] = time_call(decode, repeats)
    return figures


def _network_times(
    pipeline: MotionPipeline, size: int, repeats: int
) -> dict[str, dict[str, float]]:
    """Times of each network on a batch of ``size``."""
    networks = pipeline.networks
    prompts = [PROMPT] * size
    # before anything else is encoded, since the first call is the cold one
    figures = {f"text, batch {size}": time_call(partial(networks.encode, prompts), repeats)}

    text, text_mask = networks.encode(prompts)
    tokens = pipeline.folder.latents.tokens(FRAMES)
    shape = (size, tokens, pipeline.folder.latents.channels)
    latents = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    times, ends = np.full(size, 999), np.full(size, -1)
    mask = np.ones((size, tokens), bool)
    condition = Condition(text, text_mask, mask, np.full(size, 1.5, np.float32))

    step = partial(networks.denoise, latents, times, ends, condition)
    decode = partial(networks.decode, latents, np.ones((size, FRAMES), bool))
    whole = partial(pipeline, prompts, seconds=FRAMES / pipeline.layout.fps)

    figures[f"denoiser step, batch {size}"] = time_call(step, repeats)
    if size == 1:
        # a caption and an empty one, side by side
        both = condition.mapped(lambda array: array.repeat(2, axis=0))
        guided = partial(
            networks.denoise, latents.repeat(2, axis=0), times.repeat(2), ends.repeat(2), both
        )
        teacher = partial(_repeat, guided, _TEACHER_STEPS)
        figures[f"{_TEACHER_STEPS} guided steps"] = time_call(teacher, 3)
    figures[f"decode, batch {size}"] = time_call(decode, repeats)
    figures[f"prompt to motion, batch {size}"] = time_call(whole, repeats)
    return figures


def _repeat(call: Callable[[], Any], count: int) -> None:
    for _ in range(count):
        call()


def measure_bulk(pipeline: MotionPipeline, count: int = _NUM_BULK) -> float:
    """Motions per second, one step, prompts of the usual lengths, nothing written."""
    prompts = [f"{subject} {verb}" for subject in _SUBJECTS for verb in _VERBS]
    prompts = (prompts * (count // len(prompts) + 1))[:count]
    return count / _seconds(partial(pipeline, prompts))


def measure_commands(
    model: str | None, *, seconds: float = FRAMES / FPS, repeats: int = 3
) -> dict[str, dict[str, float]]:
    """Times of new processes: shell to npz, shell to mp4, and the peak memory of the latter.

    Returns:
        ``cold``, ``median`` and ``min`` by name; milliseconds, and megabytes of memory.
    """
    figures = {}
    with tempfile.TemporaryDirectory() as folder:
        for kind in ("npz", "mp4"):
            target = str(Path(folder) / f"motion.{kind}")
            arguments = [PROMPT, "--seconds", str(seconds), "--output", target]
            arguments += ["--model", model] if model else []
            command = [sys.executable, "-m", "motionlcm.cli.generate", *arguments]
            run = partial(subprocess.run, command, check=True, capture_output=True)
            figures[f"shell to {kind}, new process"] = time_call(run, repeats)

        peak = _peak_memory(arguments)
        if peak is not None:
            row = {"cold": peak, "median": peak, "min": peak}
            figures["peak memory of that process, MB"] = row
    return figures


def _peak_memory(arguments: list[str]) -> float | None:
    """Megabytes that ``motionlcm-generate`` with these arguments needs at most; None on Windows.

    Linux's ``ru_maxrss`` starts from the size of the process that started the new one, so /proc is
    asked there.
    """
    if sys.platform == "win32":
        return None

    linux = "print(re.search(r'VmHWM:\\s*(\\d+)', open('/proc/self/status').read())[1])"
    other = "import resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    code = "import re, sys; from motionlcm.cli.generate import main; main(sys.argv[1:]); "
    code += linux if sys.platform == "linux" else other
    command = [sys.executable, "-c", code, *arguments]
    result = subprocess.run(command, check=True, capture_output=True, text=True)
    return int(result.stdout.split()[-1]) / (1e6 if sys.platform == "darwin" else 1024)


def measure_speed(
    pipeline: MotionPipeline, *, repeats: int = 15, bulk: int = _NUM_BULK
) -> dict[str, Any]:
    """Measure everything: both run-times where there are two, rendering, new processes, bulk."""
    figures: dict[str, Any] = {}
    for device in ("cpu", "torch"):
        other = MotionPipeline.from_pretrained(pipeline.folder.path, device=device)
        figures[f"{type(other.networks).__name__}"] = measure_networks(other, repeats=repeats)

    seconds = FRAMES / pipeline.layout.fps
    motion = pipeline([PROMPT], seconds=seconds)[0]
    with tempfile.TemporaryDirectory() as folder:
        render = partial(render_video, motion, Path(folder) / "motion.mp4")
        large = partial(render, width=1280, height=720)
        rendering = {
            "render and encode mp4, 640x480": time_call(render, 3),
            "render and encode mp4, 1280x720": time_call(large, 1),
        }
    commands = measure_commands(str(pipeline.folder.path), seconds=seconds)
    figures["files"] = {**rendering, **commands}
    figures["bulk, motions per second"] = measure_bulk(pipeline, bulk)
    return figures
