"""What a steered motion is made of: the free motion of one prompt, or of a whole timeline.

A ``Clip`` and a ``Timeline`` answer the same questions: how long, what the prompts alone give, and
which prompt says what a frame shows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Protocol

import numpy as np

from motionlcm.generation.long import LongMotion
from motionlcm.generation.request import MIN_SECONDS, Request
from motionlcm.generation.segments import MAX_SECONDS, Segment
from motionlcm.motion.blending import headings, resampled
from motionlcm.motion.constraints import Constraints
from motionlcm.motion.features import FPS, decode_positions
from motionlcm.motion.paths import progress
from motionlcm.motion.reencoding import features_at, features_like, recording_yaw, yaws_of
from motionlcm.motion.steering import speed_along, way_gone
from motionlcm.motion.timeline import at_times, smooth_in_time

if TYPE_CHECKING:
    from motionlcm.generation.pipeline import MotionPipeline
    from motionlcm.runtime.control_networks import Hints

STANDING = 0.2  #: metres per second; who goes slower does not go
_TURNS = np.radians(50)  #: more than who goes straight turns to and fro
_FEWEST = 10  #: frames
_EASED = 6.0  #: frames about the end of a part in which its pace becomes the next one's
_STRETCH = (0.5, 4.0)  #: by how much the usual length of a segment may change for its path


@dataclass(frozen=True, eq=False)
class FreeMotion:
    """A motion as its prompts alone give it.

    Attributes:
        raw: ``[T D]`` as decoded; of one at other times cleaned, too.
        cleaned: ``[T D]`` after the clean-up.
        positions: ``[T 22 3]`` float64, metres.
        seed: that made it.
        facing: ``[T]`` as ``features_like`` takes its ``heading``; None: to be told by the
            rotations.
    """

    raw: np.ndarray
    cleaned: np.ndarray
    positions: np.ndarray
    seed: int
    facing: np.ndarray | None = None

    @property
    def speed(self) -> float:
        """Mean speed along its path, m/s."""
        return speed_along(self.positions)

    def turn_of(self, body: np.ndarray) -> np.ndarray:
        """Turn of a body ``[T 22 3]`` against this motion, ``[T]`` radians."""
        return np.unwrap(headings(body) - headings(self.positions))

    def features_of(self, body: np.ndarray) -> np.ndarray:
        """Features ``[T D]`` of a body ``[T 22 3]`` in the manner of this motion's.

        HumanML3D's rotations turn with the body, twice. Who goes straight by himself and is led
        round a bend keeps those of one who goes straight, or evaluators see another action; those
        of a clip that turns by itself turn with the body.
        """
        cleaned, turned = self.cleaned.astype(np.float64), self.turn_of(body)
        heading = self._heading
        if self.facing is None and np.ptp(yaws_of(cleaned)) > _TURNS:
            heading = heading + turned - turned[0]
        return features_like(body, cleaned, turned, heading=heading)

    @cached_property
    def _heading(self) -> float | np.ndarray:
        """Where the rotations are told from."""
        if self.facing is not None:
            return self.facing
        return recording_yaw(self.cleaned.astype(np.float64))

    def retimed(self, times: np.ndarray) -> FreeMotion:
        """The motion as it is at other times ``[N]`` (frames)."""
        times = np.clip(times, 0, len(self.positions) - 1)
        positions = resampled(self.positions, times)
        facing = None if self.facing is None else at_times(self.facing, times)
        cleaned = self.cleaned.astype(np.float64)
        features = features_at(times, positions, cleaned, heading=facing)
        return FreeMotion(features, features, positions, self.seed, facing)


class Source(Protocol):
    """Where free motion comes from.

    Attributes:
        num_frames: T of what it makes.
        has_pace: a path without frames is gone as the free motion goes, with its stops.
        num_gaits: of how many seeds gaits are tried.
    """

    num_frames: int
    has_pace: bool
    num_gaits: int

    @property
    def caption(self) -> str:
        """What the whole motion shows."""
        ...

    @property
    def parts(self) -> list[tuple[str, slice]]:
        """Prompts and the frames that each is for."""
        ...

    @property
    def longest_seconds(self) -> float:
        """Seconds that it may last at most."""
        ...

    def free(self, seeds: Sequence[int]) -> list[FreeMotion]:
        """Make the free motions of these seeds."""
        ...

    def drafts(self, seeds: Sequence[int], share: float) -> list[np.ndarray]:
        """Make raw features ``[t D]`` of these seeds in a share of the frames."""
        ...

    def in_beat(self, shares: Sequence[float], free: Sequence[FreeMotion]) -> list[FreeMotion]:
        """Make the same slower or faster.

        Args:
            shares: of the frames in which what travels is made, before it is stretched to all.
            free: as they are without that; of their seeds.
        """
        ...

    def hinted(self, hints: Hints, seed: int) -> FreeMotion | None:
        """Make it led by control networks; None where there are none."""
        ...

    def cleaned(self, raw: np.ndarray) -> np.ndarray:
        """Clean raw features ``[T D]``."""
        ...


@dataclass
class Clip:
    """One clip of one prompt.

    Attributes:
        pipeline: makes it.
        request: of this prompt alone.
        num_frames: T.
    """

    pipeline: MotionPipeline
    request: Request
    num_frames: int
    has_pace: bool = field(default=False, init=False)
    num_gaits: int = field(default=8, init=False)

    @classmethod
    def fitting(cls, pipeline: MotionPipeline, request: Request, constraints: Constraints) -> Clip:
        """A clip as long as asked for; of a path that is only a shape as its gait takes."""
        (usual,) = pipeline.num_frames(request)
        clip = cls(pipeline, request, int(usual))
        longest = int(pipeline.max_seconds * FPS)
        if request.lengths[0] is not None:
            return clip
        if constraints.shape_only():
            length = sum(path.length for path in constraints.paths())
            speed = clip.free([request.seeds[0]])[0].speed
            if speed > STANDING:
                wanted = round(length / speed * FPS) + 1
                return replace(clip, num_frames=int(np.clip(wanted, _FEWEST, longest)))
            return clip
        # what is given comes on top of what the prompt takes
        given = sum(len(wish.positions) for wish in constraints.given())
        return replace(clip, num_frames=int(min(usual + given, longest)))

    @property
    def caption(self) -> str:
        """The prompt."""
        return self.request.prompts[0]

    @property
    def parts(self) -> list[tuple[str, slice]]:
        """The prompt, for all frames."""
        return [(self.caption, slice(0, self.num_frames))]

    @property
    def longest_seconds(self) -> float:
        """Seconds of the longest clip."""
        return self.pipeline.max_seconds

    def free(self, seeds: Sequence[int]) -> list[FreeMotion]:
        """Make the free motions of these seeds, in one batch."""
        return self._made(seeds, np.full(len(seeds), self.num_frames), None)

    def hinted(self, hints: Hints, seed: int) -> FreeMotion | None:
        """Make it led by the model's control networks, if it has some."""
        if not self.pipeline.takes_hints:
            return None
        return self._made([seed], np.array([self.num_frames]), hints)[0]

    def drafts(self, seeds: Sequence[int], share: float) -> list[np.ndarray]:
        """Make raw features ``[t D]`` of these seeds in a share of the frames, in one batch."""
        return self._decoded(seeds, self._counts(np.full(len(seeds), share)), None)

    def in_beat(self, shares: Sequence[float], free: Sequence[FreeMotion]) -> list[FreeMotion]:
        """Make clips in a share of the frames, as many as a clip can have, and stretch them."""
        counts = self._counts(np.array(shares))
        others = self._made([each.seed for each in free], counts, None)
        return [
            other.retimed(np.linspace(0, count - 1, self.num_frames))
            for other, count in zip(others, counts, strict=True)
        ]

    def _counts(self, shares: np.ndarray) -> np.ndarray:
        """Frames ``[B]`` of clips that are shares of this one."""
        longest = int(self.pipeline.max_seconds * FPS)
        return np.clip(np.round(shares * self.num_frames), _FEWEST, longest).astype(int)

    def _made(
        self, seeds: Sequence[int], frames: np.ndarray, hints: Hints | None
    ) -> list[FreeMotion]:
        """Motions of these seeds and lengths ``[B]``, free or led by hints."""
        motions = []
        for raw, seed in zip(self._decoded(seeds, frames, hints), seeds, strict=True):
            cleaned = self.pipeline.clean(raw)
            positions = decode_positions(cleaned).astype(np.float64)
            motions.append(FreeMotion(raw, cleaned, positions, seed))
        return motions

    def _decoded(
        self, seeds: Sequence[int], frames: np.ndarray, hints: Hints | None
    ) -> list[np.ndarray]:
        """Raw features ``[t D]`` of these seeds and lengths ``[B]``."""
        if not len(seeds):
            return []
        count = len(seeds)
        prompts = self.request.prompts * count
        batch = replace(self.request, prompts=prompts, seeds=tuple(seeds), seconds=None)
        text, text_mask = (each.repeat(count, 0) for each in self._text)
        return self.pipeline.decoded(batch, frames, hints=hints, text=(text, text_mask))

    @cached_property
    def _text(self) -> tuple[np.ndarray, np.ndarray]:
        """Vectors and mask of the prompt, which many motions are made of."""
        return self.pipeline.networks.encode(self.request.prompts)

    def cleaned(self, raw: np.ndarray) -> np.ndarray:
        """Clean raw features ``[T D]``."""
        return self.pipeline.clean(raw)


@dataclass
class Timeline:
    """A motion of several prompts, one after the other.

    Attributes:
        long: makes it.
        num_frames: T.
    """

    long: LongMotion
    num_frames: int = field(init=False)
    has_pace: bool = field(default=True, init=False)
    num_gaits: int = field(default=4, init=False)

    def __post_init__(self) -> None:
        self.num_frames = self.long.num_frames

    @classmethod
    def fitting(cls, long: LongMotion, constraints: Constraints) -> Timeline:
        """A timeline whose segments without seconds last as what is fixed needs it.

        Given frames come on top of the first or the last one. Along a path that is only a shape
        those that travel last until it is gone.
        """
        seconds = [frames / FPS for frames in long.frames]
        is_open = [segment.seconds is None for segment in long.segments]
        for wish in constraints.given():
            place = -1 if wish.is_end else 0
            if is_open[place]:
                seconds[place] += len(wish.positions) / FPS

        timeline = cls(_of_lengths(long, seconds))
        if not (constraints.shape_only() and any(is_open)):
            return timeline
        (free,) = timeline.free([long.seed])
        ways = np.array([way_gone(free.positions[span]) for _, span in timeline.parts])
        travels = is_open & (ways > STANDING * np.array(seconds))
        if not travels.any():
            return timeline
        length = sum(path.length for path in constraints.paths())
        stretch = np.clip((length - ways[~travels].sum()) / ways[travels].sum(), *_STRETCH)
        fitted = np.where(travels, np.maximum(MIN_SECONDS, stretch * np.array(seconds)), seconds)
        return cls(_of_lengths(long, fitted.tolist()))

    @property
    def caption(self) -> str:
        """All prompts as one sentence."""
        return self.long.caption

    @property
    def parts(self) -> list[tuple[str, slice]]:
        """Each segment's prompt and frames."""
        ends = np.cumsum(self.long.frames).tolist()
        return [
            (segment.prompt, slice(end - count, end))
            for segment, end, count in zip(self.long.segments, ends, self.long.frames, strict=True)
        ]

    @property
    def longest_seconds(self) -> float:
        """Seconds of the longest timeline."""
        return MAX_SECONDS

    def free(self, seeds: Sequence[int]) -> list[FreeMotion]:
        """Make the free motions of these seeds."""
        motions = []
        for seed in seeds:
            long = self.long.with_seed(seed)
            raw = np.concatenate(list(long.decoded()))
            cleaned = np.concatenate(list(long.cleaned([raw])))
            positions = decode_positions(cleaned.astype(np.float64))
            motions.append(FreeMotion(raw, cleaned, positions, seed, long.facing(cleaned)))
        return motions

    def drafts(self, seeds: Sequence[int], share: float) -> list[np.ndarray]:
        """Make raw features ``[T D]`` of these seeds; their parts need their lengths."""
        return [np.concatenate(list(self.long.with_seed(seed).decoded())) for seed in seeds]

    def in_beat(self, shares: Sequence[float], free: Sequence[FreeMotion]) -> list[FreeMotion]:
        """Make the parts that travel in more frames, and press them together."""
        return [self._in_beat(*each) for each in zip(shares, free, strict=True)]

    def _in_beat(self, share: float, free: FreeMotion) -> FreeMotion:
        """One timeline at another beat.

        A slower beat, of fewer frames, has not helped: of timelines at 0.7 times the speed the
        text agreement was 0.64 without it and 0.62 with it.
        """
        if share < 1:
            return free
        frames = np.array(self.long.frames)
        ways = np.array([way_gone(free.positions[span]) for _, span in self.parts])
        counts = np.where(
            ways > STANDING * frames / FPS, np.maximum(_FEWEST, np.round(share * frames)), frames
        )
        other = Timeline(_of_lengths(self.long, (counts / FPS).tolist()))
        (made,) = other.free([free.seed])

        ends, made_ends = (np.append(0.0, np.cumsum(each)) for each in (frames, counts))
        times = np.interp(np.arange(self.num_frames), ends, made_ends)
        # no jump of the pace where one part follows another; both ends stay where they are
        line = np.linspace(times[0], times[-1], len(times))
        eased = smooth_in_time((times - line)[:, None], _EASED)[:, 0]
        eased -= np.linspace(eased[0], eased[-1], len(eased))
        return made.retimed(line + eased)

    def hinted(self, hints: Hints, seed: int) -> FreeMotion | None:
        """None: control networks are of whole clips."""
        return None

    def cleaned(self, raw: np.ndarray) -> np.ndarray:
        """Clean raw features ``[T D]``."""
        return np.concatenate(list(self.long.cleaned([raw])))


def _of_lengths(long: LongMotion, seconds: Sequence[float]) -> LongMotion:
    """The timeline with other lengths of its segments."""
    segments = [
        Segment(segment.prompt, float(length))
        for segment, length in zip(long.segments, seconds, strict=True)
    ]
    return LongMotion(long.pipeline, segments, long.request)


def pace_of(free: FreeMotion, source: Source) -> np.ndarray | None:
    """How a path without frames is gone: ``[T]`` shares, or None for evenly."""
    return progress(free.positions, STANDING) if source.has_pace else None
