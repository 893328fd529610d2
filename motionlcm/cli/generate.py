"""``motionlcm-generate "a person jumps"``: everything is checked before anything heavy is imported."""

from __future__ import annotations

import argparse
import os
import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from motionlcm.cli.errors import run_command

if TYPE_CHECKING:
    from motionlcm.motion.motion import Motion

_CHUNK = 32  #: motions made at once
_FEWEST_FOR_PROCESSES = 4
FORMATS = ("mp4", "gif", "html", "npz", "npy", "bvh", "glb", "amass.npz")


def main(arguments: list[str] | None = None) -> int:
    """Parse, generate, write, print a line for each file."""
    parser = argparse.ArgumentParser(prog="motionlcm-generate", description="Human motion from text.")
    parser.add_argument("prompts", nargs="*", metavar="prompt", help='what the person does, e.g. "a person jumps"')
    parser.add_argument("--file", type=Path, help="text file with a prompt on each line")
    parser.add_argument("--steps", type=int, default=1, help="1 (default), 2 or 4")
    parser.add_argument("--seconds", type=float, help="0.5 to 9.8 (KIT-ML: 15.68); default: usual for the prompt")
    parser.add_argument("--samples", type=int, default=1, help="motions for each prompt, with seeds from --seed on")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--guidance-scale", type=float, help="how strictly to follow the prompt; default: the model's")
    parser.add_argument("--model", help="name or folder; default: the model in the package")
    parser.add_argument("--device", default="auto", help="auto (default), cpu, cuda, mps, or torch on the CPU")
    parser.add_argument("--output", type=Path, help="folder, or a file for a single motion; default: this folder")
    parser.add_argument("--format", help=f"one or more of {','.join(FORMATS)}; default: mp4, or --output's suffix")
    parser.add_argument("--size", default="640x480", help="of a video in pixels; default: 640x480")
    parser.add_argument("--video-fps", type=float, help="of a video, in-between poses interpolated; default: 20")
    parser.add_argument("--resume", action="store_true", help="skip motions whose files are all there already")
    parser.add_argument(
        "--shard",
        metavar="I/N",
        help="only every N-th motion from the I-th on, for N processes; set by torchrun and accelerate launch",
    )
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    options = parser.parse_intermixed_args(arguments)
    return run_command(lambda: _generate(options), debug=options.debug)


@dataclass(frozen=True)
class _Job:
    prompt: str
    seed: int
    files: list[Path]


def _generate(options: argparse.Namespace) -> None:
    prompts = _prompts(options)
    formats = _formats(options)
    jobs = _jobs(options, prompts, _paths(options, prompts, formats))
    look = _look(options)
    longest = 15.68 if options.model else 9.8  # of KIT-ML; another model checks its own
    if options.seconds is not None and not 0.5 <= options.seconds <= longest:
        raise ValueError(f"--seconds must be 0.5 to {longest:g}, got {options.seconds:g}")
    if options.steps < 1:
        raise ValueError(f"--steps must be at least 1, got {options.steps}")
    if not 0 <= options.seed < 2**63 - options.samples:
        raise ValueError(f"--seed must be from 0 to 2^63, got {options.seed}")
    if not jobs:
        print("nothing to do: all files are there")
        return
    from motionlcm.generation.pipeline import MotionPipeline

    pipeline = MotionPipeline.from_pretrained(options.model, device=options.device)
    with _Writers(options, look, num_jobs=len(jobs)) as writers:
        for first in range(0, len(jobs), _CHUNK):
            part = jobs[first : first + _CHUNK]
            start = time.perf_counter()
            motions = pipeline.generate(
                [job.prompt for job in part],
                seeds=[job.seed for job in part],
                seconds=options.seconds,
                steps=options.steps,
                guidance_scale=options.guidance_scale,
            )
            writers.write(motions, part, (time.perf_counter() - start) / len(part))


class _Writers:
    """Writes motions and says so; videos of many motions are drawn in as many processes as there are cores."""

    def __init__(self, options: argparse.Namespace, look: dict[str, Any], *, num_jobs: int) -> None:
        self.how, self.look = f"{options.steps} step{'s' * (options.steps > 1)}", look
        self.done, self.total, self.pool = 0, num_jobs, None
        has_videos = any(name in ("mp4", "gif") for name in _formats(options))
        if has_videos and num_jobs >= _FEWEST_FOR_PROCESSES and (os.cpu_count() or 1) > 1:
            from concurrent.futures import ProcessPoolExecutor
            from multiprocessing import get_context

            self.pool = ProcessPoolExecutor(os.cpu_count(), mp_context=get_context("spawn"))

    def __enter__(self) -> _Writers:
        return self

    def __exit__(self, *_: object) -> None:
        if self.pool is not None:
            self.pool.shutdown(cancel_futures=True)

    def write(self, motions: list[Motion], jobs: list[_Job], elapsed: float) -> None:
        """Write the files of all jobs; ``elapsed`` is the time of making one motion, seconds."""
        arguments = [(motion, job.files, self.look) for motion, job in zip(motions, jobs, strict=True)]
        done = self.pool.map(_save, *zip(*arguments, strict=True)) if self.pool else (_save(*a) for a in arguments)
        for files, motion in zip(done, motions, strict=True):
            self.done += 1
            count = f" [{self.done}/{self.total}]" if self.total > 1 else ""
            for path in files:
                print(f"wrote {path} ({motion.duration:.1f} s, {self.how}, {elapsed:.2f} s){count}", flush=True)


def _save(motion: Motion, files: list[Path], look: dict[str, Any]) -> list[Path]:
    for path in files:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix in (".mp4", ".gif"):
            from motionlcm.render.video import render_video

            render_video(motion, path, **look)
        else:
            motion.save(path)
    return files


def _jobs(options: argparse.Namespace, prompts: list[str], paths: list[list[Path]]) -> list[_Job]:
    """What is left to do for this shard."""
    shard = options.shard or f"{int(os.environ.get('RANK', 0)) + 1}/{os.environ.get('WORLD_SIZE', 1)}"
    match = re.fullmatch(r"(\d+)/(\d+)", shard)
    if not match or not 1 <= int(match[1]) <= int(match[2]):
        raise ValueError(f"--shard must be i/n with i from 1 to n, such as 1/2, got {shard!r}")
    names = [(prompt, options.seed + i) for prompt in prompts for i in range(options.samples)]
    jobs = [_Job(prompt, seed, files) for (prompt, seed), files in zip(names, paths, strict=True)]
    jobs = jobs[int(match[1]) - 1 :: int(match[2])]
    return [job for job in jobs if not (options.resume and all(path.is_file() for path in job.files))]


def _look(options: argparse.Namespace) -> dict[str, Any]:
    """The arguments of ``render_video``."""
    match = re.fullmatch(r"(\d+)x(\d+)", options.size)
    width, height = (int(match[1]), int(match[2])) if match else (0, 0)
    if not (64 <= width <= 4096 and 64 <= height <= 4096) or width % 2 or height % 2:
        raise ValueError(f"--size must be WIDTHxHEIGHT, even numbers from 64 to 4096, got {options.size!r}")
    if options.video_fps is not None and not 1 <= options.video_fps <= 240:
        raise ValueError(f"--video-fps must be 1 to 240, got {options.video_fps:g}")
    return {"width": width, "height": height, "fps": options.video_fps}


def _prompts(options: argparse.Namespace) -> list[str]:
    prompts = list(options.prompts)
    if options.file:
        lines = options.file.read_text(encoding="utf-8").splitlines()
        prompts += [line.strip() for line in lines if line.strip()]
    if not prompts:
        raise ValueError('no prompt given; try: motionlcm-generate "a person jumps"')
    for prompt in prompts:
        if not prompt.strip():
            raise ValueError("the prompt is empty; say what the person does, such as 'a person jumps'")
        if len(prompt) > 2000:
            raise ValueError(f"the prompt has {len(prompt)} characters, at most 2000 are allowed; shorten it")
    if options.samples < 1:
        raise ValueError(f"--samples must be at least 1, got {options.samples}")
    return prompts


def _formats(options: argparse.Namespace) -> list[str]:
    names = options.format.split(",") if options.format else []
    if not names and options.output and options.output.suffix:
        names = [options.output.suffix]
    formats = list(dict.fromkeys(name.strip().lower().lstrip(".") for name in names or ["mp4"]))
    for name in formats:
        if name not in FORMATS:
            raise ValueError(f"unknown format {name!r}; allowed: {', '.join(FORMATS)}")
    return formats


def _paths(options: argparse.Namespace, prompts: list[str], formats: list[str]) -> list[list[Path]]:
    """For each motion the files to write; no two alike."""
    output: Path = options.output or Path()
    single = len(prompts) * options.samples == 1
    if output.suffix and not output.is_dir():
        if not single:
            count = len(prompts) * options.samples
            raise ValueError(f"--output {output} is one file, but {count} motions are asked for; give a folder")
        return [[output.with_suffix(f".{name}") for name in formats]]
    if output.exists() and not output.is_dir():
        raise ValueError(f"--output {output} is a file without a suffix; give a folder or a name such as jump.mp4")
    used: dict[str, int] = {}
    paths = []
    for prompt in prompts:
        stem = re.sub(r"[^a-z0-9]+", "-", prompt.lower()).strip("-")[:60].strip("-") or "motion"
        used[stem] = used.get(stem, 0) + 1
        stem += f"-v{used[stem]}" if used[stem] > 1 else ""
        for i in range(options.samples):
            name = stem if options.samples == 1 else f"{stem}-{options.seed + i}"
            paths.append([output / f"{name}.{kind}" for kind in formats])
    return paths


if __name__ == "__main__":
    raise SystemExit(main())
