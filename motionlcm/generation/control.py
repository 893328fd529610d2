"""Steering: motion of prompts that keeps to a path, pins, poses and given frames.

The way is: project, encode, refine, project.

1. The free motion of a prompt, or of a timeline (``generation/free_motion.py``), as always.
2. Projection (``motion/projection.py``, ``motion/posing.py``): closed formulas on joints that do
   exactly what is fixed, turn the body with its path and keep standing feet where they stand. With
   the effort "preview" this is the result, without torch. A model with a ControlNet makes its
   motion anew before, led by what is fixed.
   Along a path the gait that goes best is taken (``generation/gaits.py``).
3. Refinement (``generation/remaking.py``, ``generation/refinement.py``): encoded, decoded, and the
   latents moved a little; what is longer than a clip in windows that overlap.
4. The clean-up of all motion, and the projection again, which is small now.

This is the only place that knows constraints and networks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from motionlcm.generation.agreement import can_judge, text_agreement
from motionlcm.generation.free_motion import FreeMotion, Source, pace_of
from motionlcm.generation.gaits import Gait, best_gait, suiting_gait
from motionlcm.generation.remaking import Progress, Remaking
from motionlcm.generation.request import Request
from motionlcm.generation.steering_notes import miss_notes, speed_notes
from motionlcm.motion.calming import calmed
from motionlcm.motion.constraints import Constraints
from motionlcm.motion.features import FPS
from motionlcm.motion.hints import hints_of
from motionlcm.motion.motion import Motion
from motionlcm.motion.physics import mean_jerk
from motionlcm.motion.posing import posed
from motionlcm.motion.projection import led, with_near_root
from motionlcm.motion.rotations import from_yaw, rotate
from motionlcm.motion.steering import heading_gap, largest_error, raw_slip, speed_along
from motionlcm.motion.targets import Targets, check_targets
from motionlcm.runtime.control_networks import Hints

if TYPE_CHECKING:
    from motionlcm.generation.pipeline import MotionPipeline

#: Least and greatest speed of a path as a share of the gait's at which the gait still fits.
FITTING = (0.7, 1.4)
_ROUGHER = 1.05  #: of the free motion's jerk, over which the result is smoothed
_CLOSE = 5e-4  #: metres; a result that is farther off is projected once more


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

        body = self._led(free.positions, targets)
        speed = self._speed_of(body, targets)
        gait = self._hinted(free, body, targets) or self._best_gait(free, body, targets, speed)
        targets = targets if gait.free.seed == free.seed else self._targets(gait.free)
        body = self._posed(gait.body, targets)

        raw = None
        if self.effort != "preview":
            raw, body = self._made_natural(gait, body, targets, mean_jerk(free.positions))
        features = gait.base.features_of(body)
        slip = {"value": raw_slip(features), "free": raw_slip(free.cleaned)}

        report = {
            **self._figures(free, body, targets),
            "slip": slip,
            "raw_slip": slip
            if raw is None
            else {"value": raw_slip(raw), "free": raw_slip(free.raw)},
            "text_agreement": self._agreement([features, free.cleaned]),
            "seed": gait.free.seed,
            "notes": miss_notes(body, targets)
            + ([] if speed is None else speed_notes(self.source, gait, targets, FITTING)),
        }
        return Motion(
            self.constraints.on_own_body(body),
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

    def _hinted(self, free: FreeMotion, body: np.ndarray, targets: Targets) -> Gait | None:
        """The motion led by control networks; None of a model without them, or of no hint."""
        if not self.pipeline.takes_hints:
            return None
        places, mask = hints_of(targets, body)
        turn = from_yaw(-free.turn_of(body)[0])
        local = rotate(turn, places - body[0, 0] * [1.0, 0.0, 1.0])
        base = self.source.hinted(Hints(local, mask), free.seed) if mask.any() else None
        return None if base is None else Gait(base, base, self._led(base.positions, targets))

    def _best_gait(
        self, free: FreeMotion, body: np.ndarray, targets: Targets, speed: float | None
    ) -> Gait:
        """The gait that goes best along the path."""
        if speed is None or self.effort == "preview":
            return Gait(free, free, body)

        def lead(each: FreeMotion, positions: np.ndarray) -> np.ndarray:
            # only where a path is gone at the pace of the motion it hangs on that
            return self._led(positions, self._targets(each) if self.source.has_pace else targets)

        if can_judge(self.pipeline):
            return best_gait(self.source, free, speed, lead=lead, judge=self._agreements)
        return suiting_gait(self.source, free, speed, lead=lead)

    def _speed_of(self, body: np.ndarray, targets: Targets) -> float | None:
        """Mean speed that the fixed root asks for, m/s; None where it is hardly fixed."""
        if len(targets.root_frames) < 2 or targets.is_given.any():
            return None
        return speed_along(body)

    def _led(self, positions: np.ndarray, targets: Targets) -> np.ndarray:
        """The positions with their root where it is fixed."""
        return led(positions, targets, self.constraints.start)[0]

    def _posed(self, body: np.ndarray, targets: Targets) -> np.ndarray:
        """A body that is led, with its poses and pins; led once more where they moved its root."""
        body = posed(body, targets)
        if largest_error(body, targets) > _CLOSE:
            body = posed(self._led(body, targets), targets)
        return body

    def _projected(self, positions: np.ndarray, targets: Targets) -> np.ndarray:
        """The positions that do what is fixed, exactly."""
        return self._posed(self._led(positions, targets), targets)

    def _made_natural(
        self, gait: Gait, body: np.ndarray, targets: Targets, jerk: float
    ) -> tuple[np.ndarray, np.ndarray]:
        """Features ``[T D]`` as decoded, and the body of them, which does what is fixed.

        ``jerk`` is the free motion's, m/s^3; what has much more is smoothed.
        """
        remaking = Remaking(self.pipeline, self.request, self.source, targets, self.progress)
        filled = remaking.between_given(gait.base, body)
        if filled is not None:
            body = self._projected(filled, targets)
        raw, natural = remaking.refined(gait.base, body, shown=gait.free.cleaned)
        exact = self._projected(calmed(natural, _ROUGHER * jerk), targets)

        # what a path takes off a rough motion roughens it a little again
        calm = calmed(exact, _ROUGHER * jerk)
        return raw, exact if calm is exact else self._projected(calm, targets)

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
        value, free = self._agreements(clips)
        return {"value": value, "free": free}

    def _agreements(self, clips: Sequence[np.ndarray]) -> list[float]:
        """How well each clip ``[T D]`` shows the prompts, the mean over the parts."""
        longest = int(self.pipeline.max_seconds * FPS)
        parts = self.source.parts
        if len(parts) == 1:  # whose clips may have any length
            parts = [(parts[0][0], slice(None))]
        cosines = [
            text_agreement(self.pipeline, prompt, [clip[span][:longest] for clip in clips])
            for prompt, span in parts
        ]
        return np.mean(cosines, axis=0).tolist()
