"""Where the time goes from prompt to video: cold, median and minimum per stage, in one process and in new ones."""

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

from motionlcm.generation.pipeline import MotionPipeline
from motionlcm.motion.cleanup import clean_features
from motionlcm.motion.features import FPS, decode_positions
from motionlcm.render.video import render_video

PROMPT = "a person walks forward and then turns left"
FRAMES = 196
_NUM_BULK = 1000


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


def measure_networks(
    pipeline: MotionPipeline, *, batches: tuple[int, ...] = (1, 8, 32), repeats: int = 15
) -> dict[str, dict[str, float]]:
    """Per stage and batch, for 196 frames: text, one denoiser step, decoding, clean-up and joints, the whole.

    The teacher has the student's shape, so 50 guided steps of it are timed on the student's network: 50 times a batch
    of caption and empty caption.
    """
    figures: dict[str, dict[str, float]] = {}
    networks = pipeline.networks
    tokens = -(-FRAMES // pipeline.config["frames_per_token"])
    for size in batches:
        prompts = [PROMPT] * size
        figures[f"text, batch {size}"] = time_call(partial(networks.encode, prompts), repeats)
        text, text_mask = networks.encode(prompts)
        latents = np.random.default_rng(0).standard_normal(
            (size, tokens, pipeline.config["latent_channels"])
        )
        latents = latents.astype(np.float32)
        times, ends = np.full(size, 999), np.full(size, -1)
        given = {
            "weight": np.full(size, 1.5, np.float32),
            "text": text,
            "text_mask": text_mask,
            "mask": np.ones((size, tokens), bool),
        }
        step = partial(networks.denoise, latents, times, ends, **given)
        figures[f"denoiser step, batch {size}"] = time_call(step, repeats)
        if size == 1:
            pair = {name: np.repeat(value, 2, axis=0) for name, value in given.items()}
            guided = partial(
                networks.denoise, latents.repeat(2, 0), times.repeat(2), ends.repeat(2), **pair
            )
            figures["50 guided steps"] = time_call(partial(_repeat, guided, 50), 3)
        frames = np.ones((size, FRAMES), bool)
        figures[f"decode, batch {size}"] = time_call(
            partial(networks.decode, latents, frames), repeats
        )
        whole = partial(pipeline, prompts, seconds=FRAMES / pipeline.layout.fps)
        figures[f"prompt to motion, batch {size}"] = time_call(whole, repeats)
    layout = pipeline.layout
    features = pipeline([PROMPT], seconds=FRAMES / layout.fps)[0].features
    clean = partial(
        clean_features, features, seam_period=pipeline.config["seam_period"], layout=layout
    )
    figures["clean-up, one clip"] = time_call(clean, repeats)
    figures["features to joints, one clip"] = time_call(
        partial(decode_positions, features, layout), repeats
    )
    return figures


def _repeat(call: Callable[[], Any], count: int) -> None:
    for _ in range(count):
        call()


def measure_bulk(pipeline: MotionPipeline, count: int = _NUM_BULK) -> float:
    """Motions per second, one step, prompts of the usual lengths, nothing written."""
    verbs = (
        "walks forward",
        "jumps",
        "turns left",
        "waves with the right hand",
        "sits down",
        "kicks",
        "dances",
        "runs",
    )
    prompts = [
        f"{who} {verb}" for who in ("a person", "someone", "a man", "a woman") for verb in verbs
    ]
    prompts = (prompts * (count // len(prompts) + 1))[:count]
    start = time.perf_counter()
    pipeline(prompts)
    return count / (time.perf_counter() - start)


def measure_commands(
    model: str | None, *, seconds: float = FRAMES / FPS, repeats: int = 3
) -> dict[str, dict[str, float]]:
    """New processes: shell to npz, shell to mp4 (milliseconds) and the peak memory of the latter."""
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
            figures["peak memory of that process, MB"] = {"cold": peak, "median": peak, "min": peak}
    return figures


def _peak_memory(arguments: list[str]) -> float | None:
    """Megabytes that ``motionlcm-generate`` with these arguments needs at most; None on Windows.

    Linux's ``ru_maxrss`` starts from the size of the process that started the new one, so /proc is asked there.
    """
    if sys.platform == "win32":
        return None
    linux = "print(re.search(r'VmHWM:\\s*(\\d+)', open('/proc/self/status').read())[1])"
    other = "import resource; print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    code = "import re, sys; from motionlcm.cli.generate import main; main(sys.argv[1:]); "
    command = [
        sys.executable,
        "-c",
        code + (linux if sys.platform == "linux" else other),
        *arguments,
    ]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return int(done.stdout.split()[-1]) / (1e6 if sys.platform == "darwin" else 1024)


def measure_speed(
    pipeline: MotionPipeline, *, repeats: int = 15, bulk: int = _NUM_BULK
) -> dict[str, Any]:
    """Everything: both run-times where there are two, rendering, new processes, bulk."""
    found: dict[str, Any] = {}
    for device in ("cpu", "torch"):
        other = MotionPipeline.from_pretrained(pipeline.folder, device=device)
        found[f"{type(other.networks).__name__}"] = measure_networks(other, repeats=repeats)
    seconds = FRAMES / pipeline.layout.fps
    motion = pipeline([PROMPT], seconds=seconds)[0]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "motion.mp4"
        rendering = {
            "render and encode mp4, 640x480": time_call(lambda: render_video(motion, path), 3)
        }
        large = partial(render_video, motion, path, width=1280, height=720)
        rendering["render and encode mp4, 1280x720"] = time_call(large, 1)
    found["files"] = {**rendering, **measure_commands(str(pipeline.folder), seconds=seconds)}
    found["bulk, motions per second"] = measure_bulk(pipeline, bulk)
    return found
