"""Motion of any length: one part after the other, joined in the latents, decoded in windows.

Each part is sampled by itself, no longer than a clip that the model has learned, and joined to what
is there (``joins.py``). The decoder draws the join as it draws everything: latents are a code of
poses and movements in the body's own frame, so the body goes on where it is. What is kept in memory
is a few seconds, however long the motion becomes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest
from pathlib import Path
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

import numpy as np

from motionlcm.generation.agreement import text_agreement
from motionlcm.generation.candidates import candidate_seeds, flaws
from motionlcm.generation.clauses import joined, split_prompt
from motionlcm.generation.durations import usual_seconds
from motionlcm.generation.joins import AROUND_FRAMES, Joiner
from motionlcm.generation.parts import blended_parts, continued_parts, cut_up
from motionlcm.generation.request import MIN_SECONDS, Request
from motionlcm.generation.segments import Segment
from motionlcm.motion.motion import Motion
from motionlcm.motion.windows import Track, clean_in_windows, faded, part_headings

if TYPE_CHECKING:
    from motionlcm.generation.pipeline import MotionPipeline

_WINDOW_FRAMES = 192  #: decoded at once
_FADE_FRAMES = 24  #: in which one window of them fades into the next


def split_timelines(pipeline: MotionPipeline, request: Request) -> dict[int, LongMotion]:
    """Find the prompts of a resolved request that tell of one thing after another.

    Returns:
        For the index of each such prompt its parts as a timeline. Where the request states a
        length, they share it as their usual lengths are; one too short for them is not split.
    """
    timelines: dict[int, LongMotion] = {}
    if not request.split or pipeline.folder.latents.num_tokens:
        return timelines

    for index, (prompt, length) in enumerate(zip(request.prompts, request.lengths, strict=True)):
        clauses = split_prompt(prompt)
        least = MIN_SECONDS * len(clauses)
        if len(clauses) < 2 or (length is not None and length < least):
            continue
        seconds: list[float | None] = [None] * len(clauses)
        if length is not None:
            text, _ = pipeline.networks.encode(clauses)
            usual = usual_seconds(text, pipeline.statistics, pipeline.max_seconds)
            more = (length - least) * usual / usual.sum()
            seconds = [MIN_SECONDS + float(each) for each in more]
        segments = [Segment(*each) for each in zip(clauses, seconds, strict=True)]
        timelines[index] = LongMotion(pipeline, segments, request.chosen([index]))
    return timelines


class LongMotion:
    """A timeline's motion, made while it is asked for.

    Args:
        pipeline: the model.
        segments: what is done, and for how long.
        request: how it is made, by its first seed; its prompts do not count.
    Raises:
        ValueError: a value that this model does not take, or a model whose latents do not lie along
            time.
    """

    def __init__(
        self,
        pipeline: MotionPipeline,
        segments: Sequence[Segment],
        request: Request,
    ) -> None:
        shape = pipeline.folder.latents
        if shape.num_tokens:
            raise ValueError(
                f"{pipeline.folder.path.name} has {shape.num_tokens} latent tokens for a whole "
                "clip; a timeline needs a model whose tokens lie along time, such as small or open"
            )
        self.pipeline = pipeline
        self.segments = tuple(segments)
        self.request = request.resolved(pipeline.card)
        self.seed = request.seeds[0]

        self.frames = [self._frames(segment) for segment in segments]
        prompts = [segment.prompt for segment in segments]
        cuts = cut_up(prompts, self.frames, shape.frames_per_token)
        # a student that can go on from what is there needs nothing to fade
        self.joiner = Joiner(pipeline, self.request)
        lay_out = continued_parts if self.joiner.is_continued else blended_parts
        self.parts = lay_out(cuts, shape.frames_per_token)

    @property
    def num_frames(self) -> int:
        """Frames in all."""
        return sum(self.frames)

    @property
    def caption(self) -> str:
        """All prompts as one sentence."""
        return joined(segment.prompt for segment in self.segments)

    def _frames(self, segment: Segment) -> int:
        """Frames of a segment: as asked for, or usual for what it says."""
        fps = self.pipeline.layout.fps
        if segment.seconds is not None:
            return max(1, round(segment.seconds * fps))
        text, _ = self.pipeline.networks.encode([segment.prompt])
        return int(self.pipeline.frames_for(text, [None])[0])

    def motion(self, progress: Callable[[int, int], None] | None = None) -> Motion:
        """Make all of it at once; ``progress`` as of ``features``."""
        features = np.concatenate(list(self.features(progress)))
        return self.pipeline.as_motion(features, self.caption, self.seed)

    def motion_on_disk(
        self, folder: Path, progress: Callable[[int, int], None] | None = None
    ) -> Motion:
        """Make it chunk by chunk into a nameless file, which is gone with the motion.

        Its arrays are read from there when they are looked at.

        Args:
            folder: where the file lies.
            progress: as of ``features``.
        """
        layout, track = self.pipeline.layout, Track(self.pipeline.layout)
        sizes = (layout.dim, 3 * layout.skeleton.num_joints)
        with TemporaryFile(dir=folder) as features, TemporaryFile(dir=folder) as positions:
            for chunk in self.features(progress):
                chunk.astype(np.float32).tofile(features)
                track.positions(chunk).astype(np.float32).tofile(positions)
            arrays = [
                np.memmap(file, np.float32, "c", shape=(self.num_frames, size))
                for file, size in zip((features, positions), sizes, strict=True)
            ]
        return Motion(
            arrays[1].reshape(self.num_frames, -1, 3),
            layout.fps,
            skeleton=layout.skeleton,
            caption=self.caption,
            own_features=arrays[0],
            seed=self.seed,
        )

    def best_motion(self, progress: Callable[[int, int], None] | None = None) -> Motion:
        """Make as many as ``best_of`` of the request says, and give the best one."""
        motions = []
        for seed in candidate_seeds(self.seed, self.request.best_of):
            motions.append(self.with_seed(seed).motion(progress))
        return max(motions, key=self._worth) if len(motions) > 1 else motions[0]

    def _worth(self, motion: Motion) -> float:
        """How well each part of a motion of this timeline fits its prompt, and all of it moves."""
        ends = np.cumsum(self.frames)
        parts = [motion.features[end - n : end] for end, n in zip(ends, self.frames, strict=True)]
        agreement = [
            text_agreement(self.pipeline, segment.prompt, [part])[0]
            for segment, part in zip(self.segments, parts, strict=True)
        ]
        return float(np.mean(agreement)) - flaws(motion.features, motion.features, self.pipeline)

    def features(self, progress: Callable[[int, int], None] | None = None) -> Iterator[np.ndarray]:
        """Make the motion: cleaned features ``[t D]`` in chunks, ``num_frames`` in all.

        Args:
            progress: called with (done, total) frames after each chunk.
        """
        left = self.num_frames
        for chunk in self.cleaned(self.decoded()):
            left -= len(chunk)
            yield chunk
            if progress is not None:
                progress(self.num_frames - left, self.num_frames)

    def decoded(self) -> Iterator[np.ndarray]:
        """Make the motion before any clean-up: raw features ``[t D]`` in chunks."""
        return self._cut(self._decoded(self._latents()))

    def cleaned(self, chunks: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """Clean raw features of this timeline ``[t D]`` as they come."""
        return clean_in_windows(
            chunks,
            starts=self._starts,
            seam_period=self.pipeline.folder.latents.seam_period,
            layout=self.pipeline.layout,
        )

    def facing(self, features: np.ndarray) -> np.ndarray:
        """Where the rotations of all frames' features ``[T D]`` are told from, ``[T]`` radians."""
        return part_headings(features, self._starts)

    @property
    def _starts(self) -> list[int]:
        """The frame at which each part begins."""
        return [part.start * self.pipeline.folder.latents.frames_per_token for part in self.parts]

    def with_seed(self, seed: int) -> LongMotion:
        """Make the same timeline of another seed."""
        request = replace(self.request, seeds=(seed,) * len(self.request.prompts))
        return LongMotion(self.pipeline, self.segments, request)

    def _cut(self, chunks: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """Leave out what the last token reaches beyond the last frame."""
        left = self.num_frames
        for chunk in chunks:
            yield chunk[:left]
            left -= min(left, len(chunk))

    def _decoded(self, chunks: Iterable[np.ndarray]) -> Iterator[np.ndarray]:
        """Decode latents ``[l C]`` as they come, in windows that overlap, to features ``[t D]``.

        Two windows' features of a frame differ a little, since each knows other tokens. So one
        fades into the other in the middle of what both have; a cut would be seen as a jerk.
        """
        size = self.pipeline.folder.latents.frames_per_token
        width, context = _WINDOW_FRAMES // size, max(1, AROUND_FRAMES // size)
        fade = min(_FADE_FRAMES, context * size)
        waiting: np.ndarray | None = None
        tail: np.ndarray | None = None  # rows of the last window, which fade into the next one's
        drawn = 0  # frames of those waiting that have been given out

        def drawn_on(tokens: np.ndarray) -> np.ndarray:
            rows = self.joiner.decode(tokens)[drawn:]
            return rows if tail is None else np.concatenate([faded(tail, rows[:fade]), rows[fade:]])

        for chunk in chunks:
            waiting = chunk if waiting is None else np.concatenate([waiting, chunk])
            while len(waiting) > width:
                rows = drawn_on(waiting[:width])
                first = len(rows) - context * size - fade // 2  # of those that fade
                yield rows[:first]
                tail = rows[first : first + fade]
                waiting = waiting[width - 2 * context :]
                drawn = context * size - fade // 2
        if waiting is not None:
            yield drawn_on(waiting)

    def _latents(self) -> Iterator[np.ndarray]:
        """The timeline's latents ``[l C]``, part after part."""
        size = self.pipeline.folder.latents.frames_per_token
        context = max(1, AROUND_FRAMES // size)
        recent = np.zeros((0, self.pipeline.folder.latents.channels), np.float32)
        shared = 0  # the last of the recent tokens, which the next part has a say in

        for part, following in zip_longest(self.parts, self.parts[1:]):
            before = recent[: len(recent) - shared]
            latents = self.joiner.joined(part, before, recent[len(before) :])
            shared = part.after + following.before if following else 0
            yield latents[: len(latents) - shared]
            recent = np.concatenate([before, latents])[-(context + shared) :]
