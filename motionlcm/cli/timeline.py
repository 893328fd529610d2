"""``motionlcm-generate --timeline FILE.json``: several prompts in one motion of any length."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from motionlcm.cli.bodies import body_options
from motionlcm.cli.outputs import Writers, parse_formats, parse_look, parse_shard, plan_jobs
from motionlcm.cli.shape import shaped_and_told
from motionlcm.cli.steering import effort_of, read_wishes
from motionlcm.generation.request import Request, RequestError
from motionlcm.generation.segments import Segment, parse_timeline
from motionlcm.models.folder import ModelFolder
from motionlcm.progress import Progress, clear_lines
from motionlcm.text_files import read_text_file

if TYPE_CHECKING:
    from motionlcm.motion.motion import Motion


def add_timeline_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags of motion in several parts, and of the best of several motions."""
    add = parser.add_argument
    add(
        "--timeline",
        type=Path,
        metavar="FILE",
        help='JSON of several prompts in one motion of any length: {"segments": '
        '[{"prompt": "a person walks", "seconds": 4}, ...]}; --path and --constraints go with it',
    )
    add("--no-split", action="store_true", help='make a prompt with "..., then ..." as one clip')

    add(
        "--best-of",
        type=int,
        default=1,
        metavar="N",
        help="make N of each and keep the one that fits its prompt and moves best",
    )


def generate_timeline(options: argparse.Namespace) -> None:
    """Make the motion of a timeline, or ``--samples`` of them with seeds from ``--seed`` on."""
    segments, request = _asked(options)

    # the file's name is the motion's
    names = (options.timeline.stem,) * len(request.seeds)
    usual = "glb" if options.character else "bvh" if options.preset else "mp4"
    formats = parse_formats(options.format, options.output, usual=usual)
    bodies = body_options(options, formats)
    shard, num_shards = parse_shard(options.shard)
    jobs = plan_jobs(names, request.seeds, output=options.output, formats=formats)
    jobs = [job for job in jobs[shard::num_shards] if not (options.resume and job.is_done)]
    if not jobs:
        print("nothing to do: all files are there")
        return
    look = parse_look(options.size, options.video_fps)
    folder = ModelFolder.find(options.model)
    request = named_request(lambda: request.resolved(folder.card))

    from motionlcm.generation.pipeline import MotionPipeline

    pipeline = MotionPipeline.from_pretrained(folder.path, device=options.device)
    for note in pipeline.notes(dict.fromkeys(segment.prompt for segment in segments)):
        print(f"note: {note}", file=sys.stderr)
    assert request.steps is not None  # it is resolved
    with Writers(jobs, steps=request.steps, look=look, bodies=bodies) as writers:
        for job in jobs:
            start = time.perf_counter()
            one = replace(request, prompts=request.prompts[:1], seeds=(job.seed,))
            progress = Progress(options.timeline.stem, "steps" if one.constraints else "frames")
            disk = job.files[0].parent
            disk.mkdir(parents=True, exist_ok=True)
            motion = pipeline.timeline(segments, one, progress=progress, folder=disk)
            clear_lines()
            tell_seeds([motion], request.best_of)
            motion = shaped_and_told(motion, options)
            writers.write([motion], [job], time.perf_counter() - start)


def _asked(options: argparse.Namespace) -> tuple[tuple[Segment, ...], Request]:
    """What is done, and how it is made; a wrong value is told by its flag.

    Raises:
        ValueError: what is wrong with the file, or a flag that does not go with it.
    """
    for flag, is_given in (
        ("a prompt", options.prompts),
        ("--file", options.file),
        ("--seconds", options.seconds is not None),
    ):
        if is_given:
            raise ValueError(
                f"--timeline says what is done and for how long; leave {flag} out, "
                "or write it into the file"
            )

    file = parse_timeline(read_text_file(options.timeline), name=str(options.timeline))
    wishes = read_wishes(
        options, None if file.constraints is None else (options.timeline, file.constraints)
    )

    return file.segments, named_request(
        lambda: Request.of(
            file.segments[0].prompt,
            seed=options.seed,
            samples=options.samples,
            steps=options.steps,
            guidance_scale=options.guidance_scale,
            use_teacher=options.teacher,
            scheduler=options.scheduler,
            best_of=options.best_of,
            constraints=wishes,
            effort=effort_of(options.effort),
        )
    )


def tell_seeds(motions: Sequence[Motion], best_of: int) -> None:
    """Say which seed makes each motion again, where it was chosen among several."""
    for motion in motions if best_of > 1 else ():
        about = f"{motion.caption!r:.60}"
        print(
            f"note: {about}: best of {best_of}, made again by --seed {motion.seed}", file=sys.stderr
        )


def named_request(check: Callable[[], Request]) -> Request:
    """What ``check`` returns; a value that it refuses is told by its flag."""
    try:
        return check()
    except RequestError as error:
        flag, words = error.name.replace("_", "-"), str(error).removeprefix(error.name)
        raise ValueError(f"--{flag}{words}") from error
