"""``motionlcm-generate "a person jumps"``: all is checked before anything heavy is imported."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from motionlcm.cli.bodies import add_body_flags, body_options
from motionlcm.cli.errors import run_command
from motionlcm.cli.flags import add_debug_flag, add_model_flags
from motionlcm.cli.known import print_known
from motionlcm.cli.outputs import (
    Writers,
    parse_formats,
    parse_look,
    parse_shard,
    plan_jobs,
)
from motionlcm.cli.prompt_files import read_prompt_file
from motionlcm.cli.shape import add_shape_flags, shaped_and_told
from motionlcm.cli.steering import add_steering_flags, effort_of, read_wishes
from motionlcm.cli.timeline import add_timeline_flags, generate_timeline, named_request, tell_seeds
from motionlcm.formats.table import WRITABLE
from motionlcm.generation.clauses import split_prompt
from motionlcm.generation.request import Request
from motionlcm.models.folder import ModelFolder
from motionlcm.progress import Progress, clear_lines

_MOST = 32  #: motions generated between two writings
_SECONDS = 5.0  #: that generating them may take


def main(arguments: list[str] | None = None) -> int:
    """Parse, generate, write, print a line for each file."""
    options = _parser().parse_intermixed_args(arguments)
    return run_command(lambda: _generate(options), debug=options.debug)


def _generate(options: argparse.Namespace) -> None:
    """Check, plan, generate, write: the way from the arguments to the files."""
    if options.list is not None:
        return print_known(options.list, options.model)
    if options.timeline:
        return generate_timeline(options)
    request = _request(options)
    usual = "glb" if options.character else "bvh" if options.preset else "mp4"
    formats = parse_formats(options.format, options.output, usual=usual)
    look = parse_look(options.size, options.video_fps)
    bodies = body_options(options, formats)
    shard, num_shards = parse_shard(options.shard)

    planned = plan_jobs(request.prompts, request.seeds, output=options.output, formats=formats)
    numbers = range(shard, len(planned), num_shards)
    chosen = [i for i in numbers if not (options.resume and planned[i].is_done)]
    if not chosen:
        print("nothing to do: all files are there")
        return

    jobs = [planned[i] for i in chosen]
    folder = ModelFolder.find(options.model)
    request = named_request(lambda: request.resolved(folder.card)).chosen(chosen)

    from motionlcm.generation.pipeline import MotionPipeline

    pipeline = MotionPipeline.from_pretrained(folder.path, device=options.device)
    for note in _split_notes(request):
        print(f"note: {note}", file=sys.stderr)
    told: set[str] = set()
    assert request.steps is not None  # it is resolved
    with Writers(jobs, steps=request.steps, look=look, bodies=bodies) as writers:
        first, size = 0, 1 if request.constraints else 4
        while first < len(jobs):
            part = request.part(first, first + size)
            start = time.perf_counter()
            motions = pipeline.generate(part, progress=Progress("steering", "steps"))
            elapsed = (time.perf_counter() - start) / len(motions)
            clear_lines()
            new = dict.fromkeys(prompt for prompt in part.prompts if prompt not in told)
            for note in pipeline.notes(new, motions):
                print(f"note: {note}", file=sys.stderr)
            told.update(new)
            tell_seeds(motions, request.best_of)
            motions = [shaped_and_told(motion, options) for motion in motions]
            writers.write(motions, jobs[first : first + size], elapsed)
            first, size = first + size, chunk_size(elapsed)


def chunk_size(seconds: float) -> int:
    """How many motions to generate before they are written, if each takes so many seconds."""
    return max(1, min(_MOST, round(_SECONDS / max(seconds, 1e-9))))


def _request(options: argparse.Namespace) -> Request:
    """What is asked for; a wrong value is told by its flag."""
    prompts = list(options.prompts)
    lengths: list[float | None] = [None] * len(prompts)
    if options.file:
        content = read_prompt_file(options.file)
        for note in content.notes:
            print(f"note: {note}", file=sys.stderr)
        prompts += content.prompts
        lengths += content.seconds
    if not prompts:
        raise ValueError('no prompt given; try: motionlcm-generate "a person jumps"')

    seconds = options.seconds
    if any(length is not None for length in lengths):
        seconds = [seconds if length is None else length for length in lengths]

    return named_request(
        lambda: Request.of(
            prompts,
            seed=options.seed,
            samples=options.samples,
            seconds=seconds,
            steps=options.steps,
            guidance_scale=options.guidance_scale,
            use_teacher=options.teacher,
            scheduler=options.scheduler,
            split=not options.no_split,
            best_of=options.best_of,
            constraints=read_wishes(options),
            effort=effort_of(options.effort),
        )
    )


def _split_notes(request: Request) -> list[str]:
    """Say of each prompt that is made part by part which parts these are."""
    notes = []
    for prompt in dict.fromkeys(request.prompts) if request.split else ():
        parts = split_prompt(prompt)
        if len(parts) > 1:
            named = ", then ".join(repr(part) for part in parts)
            notes.append(f"made in {len(parts)} parts: {named}; --no-split makes it as one")
    return notes


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="motionlcm-generate", description="Human motion from text."
    )
    add = parser.add_argument
    add("prompts", nargs="*", metavar="prompt", help='what the person does, e.g. "a person jumps"')
    add("--file", type=Path, help="text (prompt, or prompt<tab>seconds), CSV or JSON")
    add("--steps", type=int, help="1 (default), 2 or 4; of the teacher 50")
    add("--seconds", type=float, help="0.5 to 9.8 (KIT-ML: 15.68); default: usual for the prompt")
    add("--samples", type=int, default=1, help="motions for each prompt, with seeds from --seed on")
    add("--seed", type=int, default=0)
    add(
        "--guidance-scale",
        type=float,
        help="how strictly to follow the prompt; default: the model's",
    )
    add_model_flags(parser)
    add("--list", metavar="WORDS", help='show what the model knows of "sit" or the like, then end')

    add_timeline_flags(parser)

    # how it is generated
    add("--teacher", action="store_true", help="sample the teacher, 50 guided steps, on torch")
    add(
        "--scheduler",
        default="ddim",
        metavar="NAME",
        help="the teacher's solver: ddim (default), or diffusers' dpm++, unipc, euler, ...",
    )
    add_steering_flags(parser)

    # what is made of it, and where it goes
    add_shape_flags(parser)
    add_body_flags(parser)
    add("--output", type=Path, help="folder, or a file for a single motion; default: this folder")
    add("--format", help=f"one or more of {','.join(WRITABLE)}; default: mp4, or --output's suffix")
    add("--size", default="640x480", help="of a video in pixels; default: 640x480")
    add("--video-fps", type=float, help="of a video, in-between poses interpolated; default: 20")
    add("--resume", action="store_true", help="skip motions whose files are all there already")
    add(
        "--shard",
        metavar="I/N",
        help="only every N-th motion from the I-th on, for N processes; "
        "set by torchrun and accelerate launch",
    )
    add_debug_flag(parser)
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
