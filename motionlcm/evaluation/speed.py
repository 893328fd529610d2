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
from motionlcm.progress import RowProgress
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


class Timings:
    """Figures by name, each told of while it is measured.

    Args:
        progress: called with (name, done, total) calls, between them; None: nobody.
    """

    def __init__(self, progress: RowProgress | None = None) -> None:
        self.progress = progress
        self.figures: dict[str, dict[str, float]] = {}

    def time(self, name: str, call: Callable[[], Any], repeats: int) -> None:
        """Take down the times of ``call`` under this name."""
        told = None if self.progress is None else partial(self.progress, name)
        self.figures[name] = time_call(call, repeats, progress=told)


def time_call(
    call: Callable[[], Any], repeats: int, *, progress: Callable[[int, int], None] | None = None
) -> dict[str, float]:
    """Milliseconds: first call (cold), then median and minimum of ``repeats`` calls.

    ``progress`` is called with (done, total) calls, between them.
    """
    times = []
    for number in range(repeats + 1):
        times.append(_seconds(call))
        if progress is not None:
            progress(number + 1, repeats + 1)
    cold, *times = times
    return {"cold": 1000 * cold, "median": 1000 * median(times), "min": 1000 * min(times)}


def _seconds(call: Callable[[], Any]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def measure_networks(
    pipeline: MotionPipeline,
    *,
    batches: tuple[int, ...] = (1, 8, 32),
    repeats: int = 15,
    progress: RowProgress | None = None,
) -> dict[str, dict[str, float]]:
    """Times of each stage and batch, for 196 frames.

    The stages are text, one denoiser step, decoding, clean-up and joints, and the whole. The
    teacher has the student's shape, so 50 guided steps of it are timed on the student's network:
    50 times a batch of caption and empty caption.

    ``progress`` is called with (name, done, total) calls.

    Returns:
        ``cold``, ``median`` and ``min`` in milliseconds, by name.
    """
    timings = Timings(progress)
    for size in batches:
        _time_networks(pipeline, size, repeats, timings)

    # what follows the networks, on one clip
    layout = pipeline.layout
    features = pipeline([PROMPT], seconds=FRAMES / layout.fps)[0].features
    clean = partial(pipeline.clean, features)
    decode = partial(decode_positions, features, layout)

    timings.time("clean-up, one clip", clean, repeats)
    timings.time("features to joints, one clip", decode, repeats)
    return timings.figures


def _time_networks(pipeline: MotionPipeline, size: int, repeats: int, timings: Timings) -> None:
    """Time each network on a batch of ``size``."""
    networks = pipeline.networks
    prompts = [PROMPT] * size
    # before anything else is encoded, since the first call is the cold one
    timings.time(f"text, batch {size}", partial(networks.encode, prompts), repeats)

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

    timings.time(f"denoiser step, batch {size}", step, repeats)
    if size == 1:
        # a caption and an empty one, side by side
        both = condition.mapped(lambda array: array.repeat(2, axis=0))
        guided = partial(
            networks.denoise, latents.repeat(2, axis=0), times.repeat(2), ends.repeat(2), both
        )
        teacher = partial(_repeat, guided, _TEACHER_STEPS)
        timings.time(f"{_TEACHER_STEPS} guided steps", teacher, 3)
    timings.time(f"decode, batch {size}", decode, repeats)
    timings.time(f"prompt to motion, batch {size}", whole, repeats)


def _repeat(call: Callable[[], Any], count: int) -> None:
    for _ in range(count):
        call()


def measure_bulk(pipeline: MotionPipeline, count: int = _NUM_BULK) -> float:
    """Motions per second, one step, prompts of the usual lengths, nothing written."""
    prompts = [f"{subject} {verb}" for subject in _SUBJECTS for verb in _VERBS]
    prompts = (prompts * (count // len(prompts) + 1))[:count]
    return count / _seconds(partial(pipeline, prompts))


def measure_commands(
    model: str | None,
    *,
    seconds: float = FRAMES / FPS,
    repeats: int = 3,
    progress: RowProgress | None = None,
) -> dict[str, dict[str, float]]:
    """Times of new processes: shell to npz, shell to mp4, and the peak memory of the latter.

    ``progress`` is called with (name, done, total) processes.

    Returns:
        ``cold``, ``median`` and ``min`` by name; milliseconds, and megabytes of memory.
    """
    timings = Timings(progress)
    with tempfile.TemporaryDirectory() as folder:
        for kind in ("npz", "mp4"):
            target = str(Path(folder) / f"motion.{kind}")
            arguments = [PROMPT, "--seconds", str(seconds), "--output", target]
            arguments += ["--model", model] if model else []
            command = [sys.executable, "-m", "motionlcm.cli.generate", *arguments]
            run = partial(subprocess.run, command, check=True, capture_output=True)
            timings.time(f"shell to {kind}, new process", run, repeats)

        peak = _peak_memory(arguments)
        if peak is not None:
            row = {"cold": peak, "median": peak, "min": peak}
            timings.figures["peak memory of that process, MB"] = row
    return timings.figures


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
    pipeline: MotionPipeline,
    *,
    repeats: int = 15,
    bulk: int = _NUM_BULK,
    progress: RowProgress | None = None,
) -> dict[str, Any]:
    """Measure everything: both run-times where there are two, rendering, new processes, bulk.

    ``progress`` is called with (name, done, total) calls.
    """
    figures: dict[str, Any] = {}
    for device in ("cpu", "torch"):
        other = MotionPipeline.from_pretrained(pipeline.folder.path, device=device)
        figures[f"{type(other.networks).__name__}"] = measure_networks(
            other, repeats=repeats, progress=progress
        )

    seconds = FRAMES / pipeline.layout.fps
    motion = pipeline([PROMPT], seconds=seconds)[0]
    with tempfile.TemporaryDirectory() as folder:
        render = partial(render_video, motion, Path(folder) / "motion.mp4")
        large = partial(render, width=1280, height=720)
        timings = Timings(progress)
        timings.time("render and encode mp4, 640x480", render, 3)
        timings.time("render and encode mp4, 1280x720", large, 1)
    commands = measure_commands(str(pipeline.folder.path), seconds=seconds, progress=progress)
    figures["files"] = {**timings.figures, **commands}
    figures["bulk, motions per second"] = measure_bulk(pipeline, bulk)
    return figures
