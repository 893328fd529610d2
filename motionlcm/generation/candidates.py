"""The best of several: the same prompt with other seeds, the one kept that fits and moves best.

What fits is said by the evaluator, and by tests of the action that is asked for; what moves badly
by physics: feet that slide and joints under the floor before the clean-up, which hides both, and
jerks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from motionlcm.generation.agreement import text_agreement
from motionlcm.generation.request import MAX_MOTIONS, MAX_SEED, Request
from motionlcm.motion.features import decode_positions
from motionlcm.motion.physics import deepest_point, mean_jerk, skate_ratio

if TYPE_CHECKING:
    from motionlcm.generation.pipeline import MotionPipeline

#: What a flaw costs, in cosines: of frames that slide, of a metre under the floor, of 1,000 m/s^3.
_SLIDE, _DEPTH = 0.1, 0.5
_JERK = 0.2
_SHOWN = 0.15  #: what an action is worth that is clearly seen, and costs that is clearly not


def candidate_seeds(seed: int, count: int) -> tuple[int, ...]:
    """The seeds of the candidates for a motion; the first is its own.

    They lie a million apart, so that the motions of one request never share one.
    """
    return tuple((seed + turn * MAX_MOTIONS) % MAX_SEED for turn in range(count))


def with_candidates(request: Request) -> Request:
    """The request for all candidates of its motions, those of each motion one after the other."""
    count = request.best_of
    many = request.chosen([i for i in range(len(request.prompts)) for _ in range(count)])
    seeds = [each for seed in request.seeds for each in candidate_seeds(seed, count)]
    return replace(many, seeds=tuple(seeds))


def flaws(raw: np.ndarray, cleaned: np.ndarray, pipeline: MotionPipeline) -> float:
    """What moves badly in a clip: features ``[T D]`` before and after the clean-up, in cosines."""
    before, after = (decode_positions(clip, pipeline.layout) for clip in (raw, cleaned))
    return (
        _SLIDE * skate_ratio(before, pipeline.layout)
        + _DEPTH * min(deepest_point(before), 0.2)
        + _JERK * mean_jerk(after, pipeline.layout) / 1000
    )


def best_of(
    pipeline: MotionPipeline,
    caption: str,
    raw: Sequence[np.ndarray],
    cleaned: Sequence[np.ndarray],
) -> int:
    """Number of the clip that shows its caption best and moves best.

    Args:
        pipeline: whose evaluator judges.
        caption: what all clips should show.
        raw, cleaned: features ``[T D]`` of each, before and after the clean-up.
    """
    agreement = text_agreement(pipeline, caption, cleaned)
    costs = [flaws(*clips, pipeline) for clips in zip(raw, cleaned, strict=True)]
    bodies = [decode_positions(clip, pipeline.layout) for clip in cleaned]
    shown = _SHOWN * pipeline.judge.shown(caption, bodies)
    return int(np.argmax(np.array(agreement) - costs + shown))
