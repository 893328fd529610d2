"""Steering: motion of prompts that keeps to a path, pins, poses and given frames.

The way is: project, encode, refine, project.

1. The free motion of a prompt, or of a timeline (``generation/free_motion.py``), as always.
2. Projection (``motion/projection.py``, ``motion/posing.py``): closed formulas on joints that do
   exactly what is fixed, turn the body with its path and keep standing feet where they stand. With
   the effort "preview" this is the result, without torch. A model with a ControlNet makes its
   motion anew before, led by what is fixed.
3. Refinement (``generation/refinement.py``): encoded, decoded, and the latents moved a little; what
   is longer than a clip in windows that overlap.
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
from motionlcm.generation.free_motion import STANDING, FreeMotion, Source, pace_of
from motionlcm.generation.parts import LONGEST_FRAMES
from motionlcm.generation.request import EFFORTS, Request
from motionlcm.generation.steering_notes import miss_notes, speed_notes
from motionlcm.motion.blending import headings
from motionlcm.motion.calming import calmed
from motionlcm.motion.constraints import Constraints
from motionlcm.motion.features import FPS, decode_positions, retarget_lengths
from motionlcm.motion.hints import hints_of
from motionlcm.motion.motion import Motion
from motionlcm.motion.physics import mean_jerk
from motionlcm.motion.posing import posed
from motionlcm.motion.projection import led, with_near_root
from motionlcm.motion.reencoding import features_like
from motionlcm.motion.rotations import from_yaw, rotate
from motionlcm.motion.steering import heading_gap, largest_error, raw_slip, speed_along
from motionlcm.motion.targets import Targets, check_targets
from motionlcm.motion.windows import laid_over, turn_of, window_spans
from motionlcm.runtime.control_networks import Hints

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
_CLOSE = 5e-4  #: metres; a result that is farther off is projected once more
_OVERLAP = 32  #: frames of two windows of what is longer than a clip
_FADE = 16  #: frames in which one window fades into the next

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Control:
    """Generates a motion that keeps to constraints.

    Attributes:
        pipeline: the model.
        request: its constraints and effort hold.
        source: of the free motion.
        progress: called with (done, steps) during refinement.
    """

    pipeline: MotionPipeline
    request: Request
    source: Source
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

    def motion(self) -> Motion:
        """Generate the motion.

        Returns:
            A motion in the frame of reference of the constraints, with a report.
        Raises:
            ValueError: what is fixed cannot be.
        """
        # what needs no model is checked before one runs
        self.constraints.targets(self.source.num_frames)
        (free,) = self.source.free([self.request.seeds[0]])
        targets = self._targets(free)

        body = self._led(free, targets)
        speed = self._speed_of(body, targets)
        hinted = self._hinted(free, body, targets)
        suiting = self._suiting(free, speed) if hinted is None else free
        if suiting is not free:
            free = suiting
            targets = self._targets(free)
            body = self._led(free, targets)
        if hinted is not None:
            body = self._led(hinted, targets)
        elif self.effort != "preview":
            body = self._in_beat(free, body, targets, speed)
        led_body, base = body, hinted or free
        body = self._posed(body, targets)

        if self.effort == "preview":
            features = self._features(base, body)
            slip = raw_slip(features), raw_slip(free.cleaned)
        else:
            body = self._between_given(base, body, targets)
            raw, body = self._refined(base, body, targets)
            features = self._features(base, body)
            slip = raw_slip(raw), raw_slip(free.raw)

        report = {
            **self._figures(free, body, targets),
            "raw_slip": {"value": slip[0], "free": slip[1]},
            "text_agreement": self._agreement([features, free.cleaned]),
            "seed": free.seed,
            "notes": miss_notes(largest_error(body, targets))
            + ([] if speed is None else speed_notes(self.source, free, led_body, targets, FITTING)),
        }
        return Motion(
            self._on_own_body(body),
            self.pipeline.layout.fps,
            skeleton=self.pipeline.layout.skeleton,
            caption=self.source.caption,
            own_features=features.astype(np.float32),
            report=report,
            targets=targets if self.constraints.own_body() is None else None,
        )

    def _targets(self, free: FreeMotion) -> Targets:
        """What is fixed, along the way that the free motion goes."""
        targets = self.constraints.targets(self.source.num_frames, pace_of(free, self.source))
        targets = with_near_root(targets, free.positions, self.constraints.start)
        check_targets(targets, self.constraints.start)
        return targets

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

    def _hinted(self, free: FreeMotion, body: np.ndarray, targets: Targets) -> FreeMotion | None:
        """The motion led by control networks; None of a model without them, or of no hint."""
        if not self.pipeline.takes_hints:
            return None
        places, mask = hints_of(targets, body)
        turn = from_yaw(-_turned(free, body)[0])
        local = rotate(turn, places - body[0, 0] * [1.0, 0.0, 1.0])
        return self.source.hinted(Hints(local, mask), free.seed) if mask.any() else None

    def _suiting(self, free: FreeMotion, speed: float | None) -> FreeMotion:
        """The free motion, or that of another seed whose speed suits the path better."""
        count = _GAITS[self.effort]
        if count == 1 or speed is None or _mismatch(free.speed, speed) < np.log(_SUITS):
            return free
        others = self.source.free([free.seed + i * _OTHER_SEED for i in range(1, count)])
        return min([free, *others], key=lambda each: _mismatch(each.speed, speed))

    def _in_beat(
        self, free: FreeMotion, body: np.ndarray, targets: Targets, speed: float | None
    ) -> np.ndarray:
        """The body, led; on a path that is slower or faster than its gait with the beat to it.

        Other strides at the old beat look, to an evaluator, like another action. So a shorter or
        longer motion is made and stretched: a slow walk is slow in all, a fast one in a part.
        """
        if speed is None or free.speed < STANDING:
            return body
        ratio = speed / free.speed
        if _SAME_BEAT[0] < ratio < _SAME_BEAT[1]:
            return body
        share = max(ratio, FITTING[0]) if ratio < 1 else ratio**_FASTER
        fitted = self.source.in_beat(share, free)
        return led(fitted, targets, self.constraints.start)[0]

    def _speed_of(self, body: np.ndarray, targets: Targets) -> float | None:
        """Mean speed that the fixed root asks for, m/s; None where it is hardly fixed."""
        if len(targets.root_frames) < 2 or targets.is_given.any():
            return None
        return speed_along(body)

    def _led(self, free: FreeMotion, targets: Targets) -> np.ndarray:
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

    def _between_given(self, free: FreeMotion, body: np.ndarray, targets: Targets) -> np.ndarray:
        """The body made again around given frames, by a student that takes known tokens."""
        if not targets.is_given.any() or not self.pipeline.takes_known:
            return body
        whole = self._features(free, body)
        is_changed = False
        for span, prompt in self._given_spans(targets.is_given):
            latents = self._refiner.latents(whole[span])
            known = self._known(targets.is_given[span], span, len(latents))
            if not known.any() or known.all():
                continue
            batch = replace(
                self.request, prompts=(prompt,), seeds=(free.seed,), seconds=None, constraints=None
            )
            count = np.array([span.stop - span.start])
            (raw,) = self.pipeline.decoded(batch, count, known=(known, latents))
            whole, is_changed = laid_over(whole, raw, span.start, fade=_FADE // 2), True
        if not is_changed:
            return body
        cleaned = self.source.cleaned(whole)
        positions = decode_positions(cleaned.astype(np.float64))
        return self._projected(_in_world(positions, _turned(free, body)[0], body[0, 0]), targets)

    def _given_spans(self, is_given: np.ndarray) -> list[tuple[slice, str]]:
        """The frames around given ones that are made anew, no more than a clip, and for what."""
        count = len(is_given)
        prompts = [self.source.parts[0][0], self.source.parts[-1][0]]
        if count <= self._longest:
            return [(slice(0, count), prompts[0])]
        spans = [slice(0, LONGEST_FRAMES), slice(count - LONGEST_FRAMES, count)]
        places = (0, count - 1)
        return [
            (span, prompt)
            for span, prompt, place in zip(spans, prompts, places, strict=True)
            if is_given[place]
        ]

    def _known(self, is_given: np.ndarray, span: slice, num_tokens: int) -> np.ndarray:
        """Tokens ``[L]`` that stay: of given frames, and the last one towards what follows."""
        period = self.pipeline.folder.latents.frames_per_token
        whole = np.asarray(is_given[: len(is_given) // period * period].reshape(-1, period).all(1))
        known = np.zeros(num_tokens, bool)
        known[: len(whole)] = whole
        known[0] |= span.start > 0
        known[-1] |= span.stop < self.source.num_frames
        return known

    @property
    def _longest(self) -> int:
        """Frames of the longest clip."""
        return int(self.pipeline.max_seconds * FPS)

    def _refined(
        self, free: FreeMotion, body: np.ndarray, targets: Targets
    ) -> tuple[np.ndarray, np.ndarray]:
        """Features ``[T D]`` as decoded, and the body of them, which does what is fixed."""
        turned = _turned(free, body)
        features = self._features(free, body)
        size = len(body) if len(body) <= self._longest else LONGEST_FRAMES
        spans = window_spans(len(body), size, _OVERLAP)

        raw = features
        for number, span in enumerate(spans):
            yaw = float(turned[0]) + turn_of(features[: span.start])
            refined = self._refined_window(
                features[span], targets.cropped(span), (yaw, body[span.start, 0]), number, spans
            )
            # of two windows the frames far from their ends count
            skipped = (_OVERLAP - _FADE) // 2 if number else 0
            raw = laid_over(raw, refined[skipped:], span.start + skipped, fade=_FADE)

        cleaned = self.source.cleaned(raw)
        positions = decode_positions(cleaned.astype(np.float64))
        positions = _in_world(positions, float(turned[0]), body[0, 0])
        positions = calmed(positions, _ROUGHER * mean_jerk(free.positions))
        return raw, self._projected(positions, targets)

    def _refined_window(
        self,
        features: np.ndarray,
        targets: Targets,
        place: tuple[float, np.ndarray],
        number: int,
        spans: list[slice],
    ) -> np.ndarray:
        """One window's features ``[t D]`` refined, in its share of the time."""
        seconds = None if isinstance(self.request.effort, str) else self.request.effort
        progress, count = self.progress, len(spans)

        def tell(done: int, total: int) -> None:
            assert progress is not None
            progress(number * total + done, count * total)

        return self._refiner.refined(
            features,
            targets,
            place=place,
            num_steps=EFFORTS[self.effort] if seconds is None else 10_000,
            seconds=None if seconds is None else seconds / count,
            progress=None if progress is None else tell,
        )

    @cached_property
    def _refiner(self) -> Refiner:
        from motionlcm.generation.refinement import Refiner

        return Refiner(self.pipeline.vae, self.pipeline.statistics.features)

    def _features(self, free: FreeMotion, body: np.ndarray) -> np.ndarray:
        """Features ``[T D]`` of a body in the manner of the free motion's."""
        cleaned = free.cleaned.astype(np.float64)
        return features_like(body, cleaned, _turned(free, body), heading=free.facing)

    def _figures(
        self, free: FreeMotion, body: np.ndarray, targets: Targets
    ) -> dict[str, dict[str, float]]:
        """Figures of the result, each beside the free motion's."""
        bodies = {"value": body, "free": free.positions}
        return {
            "error_mm": {key: 1000 * largest_error(each, targets) for key, each in bodies.items()},
            "heading_gap": {key: heading_gap(each) for key, each in bodies.items()},
            "jerk": {key: mean_jerk(each) for key, each in bodies.items()},
        }

    def _agreement(self, clips: list[np.ndarray]) -> dict[str, float | None]:
        """How well result and free motion fit their prompts (a cosine); None in a preview."""
        if self.effort == "preview" or not can_judge(self.pipeline):
            return {"value": None, "free": None}
        cosines = [
            text_agreement(self.pipeline, prompt, [clip[span][: self._longest] for clip in clips])
            for prompt, span in self.source.parts
        ]
        value, free = np.mean(cosines, axis=0).tolist()
        return {"value": value, "free": free}


def _mismatch(speed: float, wanted: float) -> float:
    """How far a speed is from another one, as the size of a logarithm."""
    return abs(float(np.log((wanted + 0.05) / (speed + 0.05))))


def _turned(free: FreeMotion, body: np.ndarray) -> np.ndarray:
    """Turn of a body against the free motion, ``[T]`` radians."""
    return np.unwrap(headings(body) - headings(free.positions))


def _in_world(positions: np.ndarray, yaw: float, start: np.ndarray) -> np.ndarray:
    """Positions from the origin, facing +Z, turned by ``yaw`` and moved to ``start`` ``[3]``."""
    turned = rotate(from_yaw(np.array(yaw)), positions.astype(np.float64))
    return turned + start * [1.0, 0.0, 1.0]
