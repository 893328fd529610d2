"""Where generated motions go: the files of each, and the processes that draw videos."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeGuard

from motionlcm.atomic_files import ready_folder
from motionlcm.formats.table import FORMATS, VIDEO_SUFFIXES, check_format, split_suffix, suffix_of
from motionlcm.formats.wholeness import is_whole
from motionlcm.progress import Progress, words_left

if TYPE_CHECKING:
    from motionlcm.motion.motion import Motion

_FEWEST_FOR_PROCESSES = 4
_LONG = 2.0  # seconds after which the time left is told


@dataclass(frozen=True)
class Job:
    """One motion to make and the files to write it to."""

    prompt: str
    seed: int
    files: tuple[Path, ...]

    @property
    def is_done(self) -> bool:
        """Whether all of its files are there, and whole."""
        return all(is_whole(path) for path in self.files)


def parse_formats(names: str | None, output: Path | None, *, usual: str = "mp4") -> list[str]:
    """The formats asked for, by name or by the output's suffix; ``usual`` where nothing is said.

    Raises:
        ValueError: an unknown format.
    """
    words = names.split(",") if names else []
    if not words and output is not None and not output.is_dir():
        # A suffix that no format has is a mistake, but a folder may be called run-1.5.
        words = [output.suffix] if output.suffix[1:2].isalpha() else []

    return list(dict.fromkeys(check_format(word.strip()) for word in words or [usual]))


def is_file_name(output: Path | None) -> TypeGuard[Path]:
    """Whether ``--output`` names a file: it has the suffix of a format and is no folder."""
    if output is None or output.is_dir():
        return False
    return output.suffix.lower() in {format.last_suffix for format in FORMATS}


def plan_jobs(
    prompts: Sequence[str],
    seeds: Sequence[int],
    *,
    output: Path | None,
    formats: Sequence[str],
) -> list[Job]:
    """Name the files of each motion, no two alike.

    Args:
        prompts, seeds: one a motion; motions of one prompt that stand together are its samples.
        output: a folder, or a file for a single motion; None for the working folder.
        formats: of the files.
    Raises:
        ValueError: one file for several motions, or a folder that is a file.
    """
    if is_file_name(output):
        if len(prompts) > 1:
            raise ValueError(
                f"--output {output} is one file, but {len(prompts)} motions are asked for; "
                "give a folder"
            )
        name = split_suffix(output.name)[0]
        files = tuple(output.with_name(name + suffix_of(kind)) for kind in formats)
        return [Job(prompts[0], seeds[0], files)]
    output = output or Path()
    if output.exists() and not output.is_dir():
        raise ValueError(
            f"--output {output} is a file without a suffix; "
            "give a folder or a name such as jump.mp4"
        )

    has_samples = len(set(seeds)) > 1
    used: dict[str, int] = {}
    jobs: list[Job] = []
    stem = ""
    for index, (prompt, seed) in enumerate(zip(prompts, seeds, strict=True)):
        # the samples of a prompt share a stem; a prompt that comes again gets a new one
        if index == 0 or prompt != prompts[index - 1] or seed <= seeds[index - 1]:
            plain = _stem(prompt)
            used[plain] = used.get(plain, 0) + 1
            stem = plain if used[plain] == 1 else f"{plain}-v{used[plain]}"
        name = f"{stem}-{seed}" if has_samples else stem
        jobs.append(
            Job(prompt, seed, tuple(output / f"{name}{suffix_of(kind)}" for kind in formats))
        )
    return jobs


def _stem(prompt: str) -> str:
    """A file name made of a prompt's letters and digits."""
    return re.sub(r"[^a-z0-9]+", "-", prompt.lower()).strip("-")[:60].strip("-") or "motion"


def parse_shard(shard: str | None) -> tuple[int, int]:
    """Which of how many processes this one is, from 0; by default what torchrun set.

    Raises:
        ValueError: not ``I/N`` with I from 1 to N.
    """
    words = shard or f"{int(os.environ.get('RANK', 0)) + 1}/{os.environ.get('WORLD_SIZE', 1)}"
    match = re.fullmatch(r"(\d+)/(\d+)", words)
    if not match or not 1 <= int(match[1]) <= int(match[2]):
        raise ValueError(f"--shard must be i/n with i from 1 to n, such as 1/2, got {words!r}")
    return int(match[1]) - 1, int(match[2])


def parse_look(size: str, video_fps: float | None) -> dict[str, Any]:
    """The arguments of ``render_video``.

    Raises:
        ValueError: a size or rate that no video has.
    """
    match = re.fullmatch(r"(\d+)x(\d+)", size)
    width, height = (int(match[1]), int(match[2])) if match else (0, 0)
    if not (64 <= width <= 4096 and 64 <= height <= 4096) or width % 2 or height % 2:
        raise ValueError(f"--size must be WIDTHxHEIGHT, even numbers from 64 to 4096, got {size!r}")
    if video_fps is not None and not 1 <= video_fps <= 240:
        raise ValueError(f"--video-fps must be 1 to 240, got {video_fps:g}")
    return {"width": width, "height": height, "fps": video_fps}


class Writers:
    """Writes motions and says so; many videos are drawn in as many processes as there are cores."""

    def __init__(
        self,
        jobs: Sequence[Job],
        *,
        steps: int,
        look: dict[str, Any],
        bodies: dict[str, dict[str, Any]] | None = None,
    ) -> None:
        for folder in dict.fromkeys(path.parent for job in jobs for path in job.files):
            ready_folder(folder)
        self.steps = f"{steps} step{'s' * (steps > 1)}"
        self.look = look
        self.bodies = bodies or {}
        self.total = len(jobs)
        self.written = self.generated = 0
        self.generating = 0.0  # seconds
        self.started = time.monotonic()
        self.pool = None
        self._warm_up = 1  # motions until the pace of writing is known
        self._base = 0.0  # seconds not spent on writing, and of the warm-up

        has_videos = any(path.suffix in VIDEO_SUFFIXES for job in jobs for path in job.files)
        if has_videos and len(jobs) >= _FEWEST_FOR_PROCESSES and (os.cpu_count() or 1) > 1:
            from concurrent.futures import ProcessPoolExecutor
            from multiprocessing import get_context

            self._warm_up = os.cpu_count() or 1
            self.pool = ProcessPoolExecutor(self._warm_up, mp_context=get_context("spawn"))

    def __enter__(self) -> Writers:
        return self

    def __exit__(self, *_: object) -> None:
        if self.pool is not None:
            self.pool.shutdown(cancel_futures=True)

    def write(self, motions: Sequence[Motion], jobs: Sequence[Job], elapsed: float) -> None:
        """Write the files of all jobs and print a line for each.

        Args:
            motions, jobs: one of each a motion.
            elapsed: the time that generating one motion took, seconds.
        """
        self.generated += len(motions)
        self.generating += elapsed * len(motions)
        arguments = [
            (motion, job.files, self.look, self.bodies)
            for motion, job in zip(motions, jobs, strict=True)
        ]
        if self.pool is not None:
            results = self.pool.map(save_files, *zip(*arguments, strict=True))
        else:
            results = (save_files(*each, told=True) for each in arguments)

        for files, motion in zip(results, motions, strict=True):
            self.written += 1
            count = f" [{self.written}/{self.total}{self._pace()}]" if self.total > 1 else ""
            how = f"({motion.duration:.1f} s, {self.steps}, {elapsed:.2f} s)"
            for path in files:
                print(f"wrote {path} {how}{count}", flush=True)

    def _pace(self) -> str:
        """Motions a second, and how long those take that are left; of long work alone.

        Motions are generated many at once and written one by one, so each has a pace of its own.
        The first ones, one for each process, are not looked at: until then processes are started.
        """
        seconds = time.monotonic() - self.started
        if self.written <= self._warm_up:
            self._base = seconds - self.generating
            return ""
        if seconds < _LONG or self.written == self.total:
            return ""

        generating = self.generating / self.generated
        writing = seconds - self.generating - self._base
        writing = max(writing, 0) / (self.written - self._warm_up)
        left = (self.total - self.generated) * generating + (self.total - self.written) * writing
        return f", {1 / max(generating + writing, 1e-9):.3g}/s, {words_left(left)}"


def save_files(
    motion: Motion,
    files: Sequence[Path],
    look: dict[str, Any],
    bodies: dict[str, dict[str, Any]] | None = None,
    *,
    told: bool = False,
) -> Sequence[Path]:
    """Save a motion to each of its files.

    Args:
        motion: what to save.
        files: one for each format.
        look: options of videos.
        bodies: options of other formats, by the format's name.
        told: tell of long videos how far they are.
    """
    for path in files:
        kind = check_format(split_suffix(path.name)[1])
        options = look if path.suffix in VIDEO_SUFFIXES else (bodies or {}).get(kind, {})
        if told and path.suffix in VIDEO_SUFFIXES:
            options = {**look, "progress": Progress(path.name, "frames")}
        motion.save(path, **options)
    return files
