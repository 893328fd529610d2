"""A led body made anew by the networks: around given frames, and refined in windows of a clip."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from motionlcm.generation.agreement import can_judge
from motionlcm.generation.free_motion import FreeMotion, Source
from motionlcm.generation.parts import LONGEST_FRAMES
from motionlcm.generation.request import EFFORTS, Request
from motionlcm.motion.features import FPS, decode_positions
from motionlcm.motion.rotations import from_yaw, rotate
from motionlcm.motion.targets import Targets
from motionlcm.motion.windows import laid_over, turn_of, window_spans

if TYPE_CHECKING:
    from motionlcm.generation.pipeline import MotionPipeline
    from motionlcm.generation.refinement import Refiner
    from motionlcm.generation.wording import Wording

_OVERLAP = 32  #: frames of two windows of what is longer than a clip
_ENDLESS = 10_000  #: steps of refinement that ends with its time
_FADE = 16  #: frames in which one window fades into the next

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Remaking:
    """Makes a body, which does what is fixed, anew; the result does it nearly.

    Attributes:
        pipeline: the model.
        request: its effort holds.
        source: of the free motion.
        targets: what is fixed.
        progress: called with (done, steps) during refinement.
    """

    pipeline: MotionPipeline
    request: Request
    source: Source
    targets: Targets
    progress: Progress | None = None

    def between_given(self, free: FreeMotion, body: np.ndarray) -> np.ndarray | None:
        """Make what lies around given frames, by a student that takes known tokens.

        Args:
            free: the motion that was led.
            body: ``[T 22 3]`` metres.
        Returns:
            ``[T 22 3]``, cleaned; None where there is nothing to make.
        """
        is_given = self.targets.is_given
        if not is_given.any() or not self.pipeline.takes_known:
            return None
        whole, is_changed = free.features_of(body), False
        for span, prompt in self._given_spans():
            latents = self._refiner.latents(whole[span])
            known = self._known(span, len(latents))
            if not known.any() or known.all():
                continue
            batch = replace(
                self.request, prompts=(prompt,), seeds=(free.seed,), seconds=None, constraints=None
            )
            count = np.array([span.stop - span.start])
            (raw,) = self.pipeline.decoded(batch, count, known=(known, latents))
            whole, is_changed = laid_over(whole, raw, span.start, fade=_FADE // 2), True
        return self._in_world(free, body, whole) if is_changed else None

    def refined(
        self, free: FreeMotion, body: np.ndarray, *, shown: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Refine a body on its latents.

        Args:
            free: the motion that was led.
            body: ``[T 22 3]`` metres.
            shown: features ``[T D]``, not normalised, that show the prompts as it should.
        Returns:
            (features ``[T D]`` as decoded, their body ``[T 22 3]`` after the clean-up).
        """
        yaw = float(free.turn_of(body)[0])
        features = free.features_of(body)
        size = len(body) if len(body) <= self._longest else LONGEST_FRAMES
        spans = window_spans(len(body), size, _OVERLAP)

        raw = features
        for number, span in enumerate(spans):
            place = (yaw + turn_of(features[: span.start]), body[span.start, 0])
            refined = self._refined_window(
                features, span, place, (number, len(spans)), self._wording(shown, span)
            )
            # of two windows the frames far from their ends count
            skipped = (_OVERLAP - _FADE) // 2 if number else 0
            raw = laid_over(raw, refined[skipped:], span.start + skipped, fade=_FADE)
        return raw, self._in_world(free, body, raw)

    def _refined_window(
        self,
        features: np.ndarray,
        span: slice,
        place: tuple[float, np.ndarray],
        turn: tuple[int, int],
        wording: Wording | None,
    ) -> np.ndarray:
        """One window's features ``[t D]`` refined, in its share of the time.

        ``turn`` is its number, and of how many; ``wording`` what it should show.
        """
        effort = self.request.effort
        seconds = None if isinstance(effort, str) else effort
        num_steps = EFFORTS[effort] if isinstance(effort, str) else _ENDLESS
        progress, (number, count) = self.progress, turn

        def tell(done: int, total: int) -> None:
            assert progress is not None
            progress(number * total + done, count * total)

        return self._refiner.refined(
            features[span],
            self.targets.cropped(span),
            place=place,
            num_steps=num_steps,
            wording=wording,
            seconds=None if seconds is None else seconds / count,
            progress=None if progress is None else tell,
        )

    def _wording(self, shown: np.ndarray, span: slice) -> Wording | None:
        """The prompts of a window, as features ``[T D]`` show them."""
        if not can_judge(self.pipeline):
            return None
        from motionlcm.generation.wording import Wording

        return Wording.of(self.pipeline, self.source.parts, shown, span)

    def _given_spans(self) -> list[tuple[slice, str]]:
        """The frames around given ones that are made anew, no more than a clip, and for what."""
        is_given = self.targets.is_given
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

    def _known(self, span: slice, num_tokens: int) -> np.ndarray:
        """Tokens ``[L]`` that stay: of given frames, and the last one towards what follows."""
        is_given = self.targets.is_given[span]
        period = self.pipeline.folder.latents.frames_per_token
        whole = np.asarray(is_given[: len(is_given) // period * period].reshape(-1, period).all(1))
        known = np.zeros(num_tokens, bool)
        known[: len(whole)] = whole
        known[0] |= span.start > 0
        known[-1] |= span.stop < self.source.num_frames
        return known

    def _in_world(self, free: FreeMotion, body: np.ndarray, features: np.ndarray) -> np.ndarray:
        """Positions ``[T 22 3]`` of features, cleaned, facing and beginning as the body does."""
        cleaned = self.source.cleaned(features)
        positions = decode_positions(cleaned.astype(np.float64))
        yaw = float(free.turn_of(body)[0])
        return rotate(from_yaw(np.array(yaw)), positions) + body[0, 0] * [1.0, 0.0, 1.0]

    @property
    def _longest(self) -> int:
        """Frames of the longest clip."""
        return int(self.pipeline.max_seconds * FPS)

    @cached_property
    def _refiner(self) -> Refiner:
        from motionlcm.generation.refinement import Refiner

        return Refiner(self.pipeline.vae, self.pipeline.statistics.features)
