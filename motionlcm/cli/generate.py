"""``motionlcm-generate "a person jumps"``: everything is checked before anything heavy is imported."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import TYPE_CHECKING

from motionlcm.cli.errors import run_command

if TYPE_CHECKING:
    from motionlcm.motion.motion import Motion

FORMATS = ("mp4", "gif", "npz", "npy", "bvh", "glb", "amass.npz")


def main(arguments: list[str] | None = None) -> int:
    """Parse, generate, write, print a line for each file."""
    parser = argparse.ArgumentParser(prog="motionlcm-generate", description="Human motion from text.")
    parser.add_argument("prompts", nargs="*", metavar="prompt", help='what the person does, e.g. "a person jumps"')
    parser.add_argument("--file", type=Path, help="text file with a prompt on each line")
    parser.add_argument("--steps", type=int, default=1, help="1 (default), 2 or 4")
    parser.add_argument("--seconds", type=float, help="0.5 to 9.8; default: usual for the prompt")
    parser.add_argument("--samples", type=int, default=1, help="motions for each prompt, with seeds from --seed on")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--guidance-scale", type=float, help="how strictly to follow the prompt; default: the model's")
    parser.add_argument("--model", help="name or folder; default: the model in the package")
    parser.add_argument("--output", type=Path, help="folder, or a file for a single motion; default: this folder")
    parser.add_argument("--format", help=f"one or more of {','.join(FORMATS)}; default: mp4, or --output's suffix")
    parser.add_argument("--debug", action="store_true", help="show the traceback of an error")
    options = parser.parse_intermixed_args(arguments)
    return run_command(lambda: _generate(options), debug=options.debug)


def _generate(options: argparse.Namespace) -> None:
    prompts = _prompts(options)
    formats = _formats(options)
    paths = _paths(options, prompts, formats)
    if options.seconds is not None and not 0.5 <= options.seconds <= 9.8:
        raise ValueError(f"--seconds must be 0.5 to 9.8, got {options.seconds:g}")
    if options.steps < 1:
        raise ValueError(f"--steps must be at least 1, got {options.steps}")
    if not 0 <= options.seed < 2**63 - options.samples:
        raise ValueError(f"--seed must be from 0 to 2^63, got {options.seed}")
    import time

    from motionlcm.pipeline import MotionPipeline

    pipeline = MotionPipeline.from_pretrained(options.model)
    all_prompts = [prompt for prompt in prompts for _ in range(options.samples)]
    seeds = [options.seed + i for _ in prompts for i in range(options.samples)]
    start = time.perf_counter()
    motions = pipeline.generate(
        all_prompts,
        seeds=seeds,
        seconds=options.seconds,
        steps=options.steps,
        guidance_scale=options.guidance_scale,
    )
    elapsed = (time.perf_counter() - start) / len(motions)
    for motion, files in zip(motions, paths, strict=True):
        _write(motion, files, f"{options.steps} step{'s' * (options.steps > 1)}, {elapsed:.2f} s")


def _write(motion: Motion, files: list[Path], how: str) -> None:
    for path in files:
        path.parent.mkdir(parents=True, exist_ok=True)
        motion.save(path)
        print(f"wrote {path} ({motion.duration:.1f} s, {how})", flush=True)


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
