"""The ways to steered motion: of a request's prompts, and of a timeline."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from motionlcm.generation.control import Control
from motionlcm.generation.free_motion import Clip, Source, Timeline
from motionlcm.generation.long import LongMotion, split_timelines
from motionlcm.generation.request import Request
from motionlcm.motion.motion import Motion

if TYPE_CHECKING:
    from motionlcm.generation.pipeline import MotionPipeline


def steered_motions(
    pipeline: MotionPipeline, request: Request, progress: Callable[[int, int], None] | None = None
) -> list[tuple[Motion, list[str]]]:
    """Make each motion of a resolved request, and the prompts that it shows.

    A prompt that tells of one thing after another becomes a timeline.

    Raises:
        ValueError: what is fixed cannot be.
    """
    _check_body(pipeline)
    assert request.constraints is not None
    timelines = split_timelines(pipeline, request)
    made = []
    for index, prompt in enumerate(request.prompts):
        one = request.part(index, index + 1)
        source: Source = (
            Timeline.fitting(timelines[index], request.constraints)
            if index in timelines
            else Clip.fitting(pipeline, one, request.constraints)
        )
        made.append((Control(pipeline, one, source, progress).motion(), [prompt]))
    return made


def steered_timeline(
    long: LongMotion, progress: Callable[[int, int], None] | None = None
) -> Motion:
    """Make the motion of a timeline that keeps to its request's constraints.

    Raises:
        ValueError: what is fixed cannot be.
    """
    _check_body(long.pipeline)
    assert long.request.constraints is not None
    source = Timeline.fitting(long, long.request.constraints)
    return Control(long.pipeline, long.request, source, progress).motion()


def _check_body(pipeline: MotionPipeline) -> None:
    """Raise ValueError for a model of another body."""
    if not pipeline.layout.skeleton.supports("features"):
        raise ValueError(
            "constraints need a model of SMPL's 22 joints, this one makes "
            f"{pipeline.layout.skeleton.num_joints}"
        )
