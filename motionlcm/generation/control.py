"""Steering: motion of a prompt that keeps to a path, pins, poses and given frames.

The way is: project, encode, refine, project.

1. The free motion of the prompt, as always.
2. Projection (``motion/projection.py``, ``motion/posing.py``): closed formulas on joints that do
   exactly what is fixed, turn the body with its path and keep standing feet where they stand. With
   the effort "preview" this is the result, without torch.
3. Refinement (``generation/refinement.py``): encoded, decoded, and the latents moved a little.
4. The clean-up of all motion, and the projection again, which is small now.

This is the only place that knows constraints and networks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from motionlcm.generation.agreement import can_judge, text_agreement
from motionlcm.generation.request import EFFORTS, Request
from motionlcm.motion.blending import headings, stretched
from motionlcm.motion.calming import calmed
from motionlcm.motion.constraints import Constraints
from motionlcm.motion.features import FPS, decode_positions, retarget_lengths
from motionlcm.motion.motion import Motion
from motionlcm.motion.physics import mean_jerk
from motionlcm.motion.posing import posed
from motionlcm.motion.projection import led, with_near_root
from motionlcm.motion.reencoding import features_like
from motionlcm.motion.rotations import from_yaw, rotate
from motionlcm.motion.steering import heading_gap, largest_error, raw_slip, way_gone
from motionlcm.motion.targets import Targets, check_targets

if TYPE_CHECKING:
    from motionlcm.generation.pipeline import MotionPipeline
    from motionlcm.generation.refinement import Refiner

#: Least and greatest speed of a path as a share of the gait's at which the gait still fits.
FITTING = (0.7, 1.4)
_SUITS = 1.12  #: a gait whose speed is off by less needs no other
_GAITS = {"preview": 1, "default": 4, "best": 8}  #: of how many seeds the one that suits is taken
_OTHER_SEED = 1 << 40  #: between the seeds of one motion's gaits
_SAME_BEAT = (0.95, 1.05)  #: of the gait's speed, between which a path takes its beat
_FASTER = 0.4  #: exponent by which a faster path quickens the beat; the rest are longer strides
_ROUGHER = 1.05  #: of the free motion's jerk, over which the result is smoothed
_STANDING = 0.2  #: metres per second; who goes slower does not go
_FEWEST = 10  #: frames
_CLOSE = 5e-4  #: metres; a result that is farther off is projected once more

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class _Free:
    """A motion as the prompt alone gives it: decoder's features ``[T D]``, cleaned, positions."""

    raw: np.ndarray
    cleaned: np.ndarray
    positions: np.ndarray
    seed: int

    @property
    def speed(self) -> float:
        """Mean speed along its path, m/s."""
        return way_gone(self.positions) * FPS / max(len(self.positions) - 1, 1)


@dataclass(frozen=True)
class Control:
    """Generates motion that keeps to constraints.

    Attributes:
        pipeline: makes the free motion.
        request: its constraints and effort hold for every motion.
        progress: called with (done, steps) during refinement.
    """

    pipeline: MotionPipeline
    request: Request
    progress: Progress | None = None

    @property
    def constraints(self) -> Constraints:
        """What is fixed."""
        assert self.request.constraints is not None
        return self.request.constraints

    @property
    def effort(self) -> str:
        """The effort by name; a number of seconds works like the best."""
        return self.request.effort if isinstance(self.request.effort, str) else "best"

    def motion(self, index: int) -> Motion:
        """Generate the request's motion of that number.

        Returns:
            A motion in the frame of reference of the constraints, with a report.
        Raises:
            ValueError: what is fixed cannot be.
        """
        request = self.request.part(index, index + 1)
        if not self.pipeline.layout.skeleton.supports("features"):
            raise ValueError(
                "constraints need a model of SMPL's 22 joints, this one makes "
                f"{self.pipeline.layout.skeleton.num_joints}"
            )
        targets = self.constraints.targets(self._num_frames(request))
        (free,) = self._free(request, [request.seeds[0]], targets.num_frames)
        targets = with_near_root(targets, free.positions, self.constraints.start)
        check_targets(targets, self.constraints.start)

        body = self._led(free, targets)
        speed = self._speed_of(body, targets)
        suiting = self._suiting(request, free, speed, targets.num_frames)
        if suiting is not free:
            free, body = suiting, self._led(suiting, targets)
        if self.effort != "preview":
            body = self._in_beat(request, free, body, targets, speed)
        body = self._posed(body, targets)

        if self.effort == "preview":
            features = _features(free, body)
            slip = raw_slip(features), raw_slip(free.cleaned)
        else:
            body = self._between_given(request, free, body, targets)
            raw, body = self._refined(free, body, targets)
            features = _features(free, body)
            slip = raw_slip(raw), raw_slip(free.raw)

        report = {
            **self._figures(free, body, targets),
            "raw_slip": {"value": slip[0], "free": slip[1]},
            "text_agreement": self._agreement(request, [features, free.cleaned]),
            "seed": free.seed,
            "notes": self._notes(request, free, body, targets, speed),
        }
        return Motion(
            self._on_own_body(body),
            self.pipeline.layout.fps,
            skeleton=self.pipeline.layout.skeleton,
            caption=request.prompts[0],
            own_features=features.astype(np.float32),
            report=report,
            targets=targets if self.constraints.own_body() is None else None,
        )

    def _on_own_body(self, body: np.ndarray) -> np.ndarray:
        """The body with the size of the one that given frames came with, and these as they were."""
        lengths = self.constraints.own_body()
        if lengths is None:
            return body
        start = body[:1, :1] * [1, 0, 1]
        own = retarget_lengths(body - start, lengths) + start
        for wish in self.constraints.given():
            if wish.own is None:
                continue
            count = len(wish.own)
            span = slice(len(own) - count, None) if wish.is_end else slice(count)
            if wish.is_end:
                own[span] = wish.own - wish.own[:1, :1] * [1, 0, 1] + own[span][:1, :1] * [1, 0, 1]
            else:
                own[span] = wish.own
        return own

    def _num_frames(self, request: Request) -> int:
        """The length asked for; of a path that is only a shape the one that its gait takes."""
        if request.lengths[0] is None and self.constraints.shape_only():
            length = sum(path.length for path in self.constraints.paths())
            (frames,) = self.pipeline.num_frames(request)
            speed = self._free(request, [request.seeds[0]], frames)[0].speed
            if speed > _STANDING:
                longest = int(self.pipeline.max_seconds * FPS)
                return int(np.clip(round(length / speed * FPS) + 1, _FEWEST, longest))
        (frames,) = self.pipeline.num_frames(request)
        if request.lengths[0] is None:  # what is given comes on top of what the prompt takes
            given = sum(len(wish.positions) for wish in self.constraints.given())
            return int(min(frames + given, self.pipeline.max_seconds * FPS))
        return int(frames)

    def _free(self, request: Request, seeds: list[int], num_frames: int) -> list[_Free]:
        """Free motions of these seeds, in one batch."""
        size = len(seeds)
        batch = replace(request, prompts=request.prompts * size, seeds=tuple(seeds), seconds=None)
        decoded = self.pipeline.decoded(batch, np.full(size, num_frames))
        motions = []
        for raw, seed in zip(decoded, seeds, strict=True):
            cleaned = self.pipeline.clean(raw)
            positions = decode_positions(cleaned).astype(np.float64)
            motions.append(_Free(raw, cleaned, positions, seed))
        return motions

    def _suiting(
        self, request: Request, free: _Free, speed: float | None, num_frames: int
    ) -> _Free:
        """The free motion, or that of another seed whose speed suits the path better."""
        count = _GAITS[self.effort]
        if count == 1 or speed is None or _mismatch(free.speed, speed) < np.log(_SUITS):
            return free
        seeds = [free.seed + i * _OTHER_SEED for i in range(1, count)]
        others = self._free(request, seeds, num_frames)
        return min([free, *others], key=lambda each: _mismatch(each.speed, speed))

    def _in_beat(
        self,
        request: Request,
        free: _Free,
        body: np.ndarray,
        targets: Targets,
        speed: float | None,
    ) -> np.ndarray:
        """The body, led; on a path that is slower or faster than its gait with the beat to it.

        Other strides at the old beat look, to an evaluator, like another action. So a shorter or
        longer motion is made and stretched: a slow walk is slow in all, a fast one in a part.
        """
        if speed is None or free.speed < _STANDING:
            return body
        ratio = speed / free.speed
        if _SAME_BEAT[0] < ratio < _SAME_BEAT[1]:
            return body
        share = max(ratio, FITTING[0]) if ratio < 1 else ratio**_FASTER
        longest = int(self.pipeline.max_seconds * FPS)
        num_frames = int(np.clip(round(share * targets.num_frames), _FEWEST, longest))
        (other,) = self._free(request, [free.seed], num_frames)
        return led(stretched(other.positions, targets.num_frames), targets, self.constraints.start)[
            0
        ]

    def _speed_of(self, body: np.ndarray, targets: Targets) -> float | None:
        """Mean speed that the fixed root asks for, m/s; None where it is hardly fixed."""
        if len(targets.root_frames) < 2 or targets.is_given.any():
            return None
        return way_gone(body) * FPS / max(targets.num_frames - 1, 1)

    def _led(self, free: _Free, targets: Targets) -> np.ndarray:
        """The free motion with its root where it is fixed."""
        return led(free.positions, targets, self.constraints.start)[0]

    def _posed(self, body: np.ndarray, targets: Targets) -> np.ndarray:
        """A body that is led, with its poses and pins; led once more where they moved its root."""
        body = posed(body, targets)
        if largest_error(body, targets) > _CLOSE:
            body, _ = led(body, targets, self.constraints.start)
            body = posed(body, targets)
        return body

    def _projected(self, positions: np.ndarray, targets: Targets) -> np.ndarray:
        """The positions that do what is fixed, exactly."""
        return self._posed(led(positions, targets, self.constraints.start)[0], targets)

    def _between_given(
        self, request: Request, free: _Free, body: np.ndarray, targets: Targets
    ) -> np.ndarray:
        """The body made again around given frames, by a student that takes known tokens."""
        shape = self.pipeline.folder.latents
        if not targets.is_given.any() or not self.pipeline.takes_known:
            return body
        period = shape.frames_per_token
        whole = targets.is_given[: len(body) // period * period].reshape(-1, period)
        given = np.asarray(whole.all(1))
        known = np.zeros(int(shape.tokens(np.array([len(body)]))[0]), bool)
        known[: len(given)] = given
        if not known.any():
            return body

        latents = self._refiner.latents(_features(free, body))
        batch = replace(request, seeds=(free.seed,))
        (raw,) = self.pipeline.decoded(batch, np.array([len(body)]), known=(known, latents))
        cleaned = self.pipeline.clean(raw)
        positions = _in_world(decode_positions(cleaned), _turned(free, body)[0], body[0, 0])
        return self._projected(positions, targets)

    def _refined(
        self, free: _Free, body: np.ndarray, targets: Targets
    ) -> tuple[np.ndarray, np.ndarray]:
        """Features ``[T D]`` as decoded, and the body of them, which does what is fixed."""
        seconds = None if isinstance(self.request.effort, str) else self.request.effort
        turned = _turned(free, body)
        place = float(turned[0]), body[0, 0]
        raw = self._refiner.refined(
            features_like(body, free.cleaned.astype(np.float64), turned),
            targets,
            place=place,
            num_steps=EFFORTS[self.effort] if seconds is None else 10_000,
            seconds=seconds,
            progress=self.progress,
        )
        cleaned = self.pipeline.clean(raw)
        positions = _in_world(decode_positions(cleaned), place[0], place[1])
        positions = calmed(positions, _ROUGHER * mean_jerk(free.positions))
        return raw, self._projected(positions, targets)

    @cached_property
    def _refiner(self) -> Refiner:
        from motionlcm.generation.refinement import Refiner

        return Refiner(self.pipeline.vae, self.pipeline.statistics.features)

    def _figures(
        self, free: _Free, body: np.ndarray, targets: Targets
    ) -> dict[str, dict[str, float]]:
        """Figures of the result, each beside the free motion's."""
        bodies = {"value": body, "free": free.positions}
        return {
            "error_mm": {key: 1000 * largest_error(each, targets) for key, each in bodies.items()},
            "heading_gap": {key: heading_gap(each) for key, each in bodies.items()},
            "jerk": {key: mean_jerk(each) for key, each in bodies.items()},
        }

    def _agreement(self, request: Request, clips: list[np.ndarray]) -> dict[str, float | None]:
        """How well result and free motion fit the caption (a cosine); None in a preview."""
        if self.effort == "preview" or not can_judge(self.pipeline):
            return {"value": None, "free": None}
        value, free = text_agreement(self.pipeline, request.prompts[0], clips)
        return {"value": value, "free": free}

    def _notes(
        self,
        request: Request,
        free: _Free,
        body: np.ndarray,
        targets: Targets,
        wanted: float | None,
    ) -> list[str]:
        """What the user should know of the result."""
        notes = []
        error = largest_error(body, targets)
        if error > 0.005:
            notes.append(
                f"the worst pin is missed by {1000 * error:.0f} mm: the body cannot reach it "
                "together with the others"
            )
        if wanted is None:
            return notes

        prompt, speed = request.prompts[0], free.speed
        if speed < _STANDING and wanted > _STANDING:
            notes.append(
                f"{prompt!r} does not travel, the path asks for {wanted:.1f} m/s: the body is "
                "carried along it; say how the person goes, such as 'a person walks'"
            )
        elif speed >= _STANDING and not FITTING[0] <= wanted / speed <= FITTING[1]:
            fitting = wanted * (targets.num_frames - 1) / FPS / speed
            longest = self.pipeline.max_seconds
            length = f"{fitting:.1f} seconds" + (" or less of it" if fitting > longest else "")
            words = "say that the person runs" if wanted > speed else "say that the person is slow"
            notes.append(
                f"the path asks for {wanted:.1f} m/s, {prompt!r} goes {speed:.1f} m/s: "
                f"give it {length}, or {words}"
            )
        return notes


def _mismatch(speed: float, wanted: float) -> float:
    """How far a speed is from another one, as the size of a logarithm."""
    return abs(float(np.log((wanted + 0.05) / (speed + 0.05))))


def _turned(free: _Free, body: np.ndarray) -> np.ndarray:
    """By how much a body is turned against the free motion, ``[T]`` radians."""
    return np.unwrap(headings(body) - headings(free.positions))


def _features(free: _Free, body: np.ndarray) -> np.ndarray:
    """Features ``[T D]`` of a body in the manner of the free motion's."""
    return features_like(body, free.cleaned.astype(np.float64), _turned(free, body))


def _in_world(positions: np.ndarray, yaw: float, start: np.ndarray) -> np.ndarray:
    """Positions from the origin, facing +Z, turned by ``yaw`` and moved to ``start`` ``[3]``."""
    turned = rotate(from_yaw(np.array(yaw)), positions.astype(np.float64))
    return turned + start * [1.0, 0.0, 1.0]
