"""Frames that a conversion inserted before a recording: a T-pose, cut hard or blended in."""

from __future__ import annotations

import numpy as np

from motionlcm.motion.rotations import normalize
from motionlcm.motion.skeleton import SMPL_22

_LONGEST = 0.25  # seconds in which an inserted pose has gone
_BLEND = 1 / 15  # seconds that the blend from a T-pose takes in the Daz-friendly CMU files
_FAST = 3.0  # metres a second, mean over the joints, relative to the pelvis; no person moves so
_FAST_FROM_T = 1.5  # the same in the very first frame of a file, when that is a T-pose
_HARD_CUT = 2.5  # the first step is this much faster than the second
_TAIL = 3.0  # the last step of a blend is this much faster than any after it
_STRAIGHT = 0.85  # cosine between a limb of a T-pose and where it should point


def count_inserted_frames(positions: np.ndarray, fps: float) -> int:
    """Count the frames at the start that are not part of the recording.

    An inserted pose leaves at once or within a few frames, faster than the person moves afterwards.
    A recording that begins in a T-pose by itself leaves it slowly, and is kept whole.

    Args:
        positions: ``[T 22 3]`` metres, any axis up; the first seconds are enough.
        fps: their frame rate.
    """
    local = positions - positions[:, :1]
    speed = np.linalg.norm(np.diff(local, axis=0), axis=-1).mean(axis=-1) * fps  # [T-1]
    window = max(int(_LONGEST * fps), 1)
    if len(speed) < window + 4:
        return 0

    first, later = speed[:window], speed[window:]
    fast = np.flatnonzero(first > max(_FAST, 1.5 * float(np.percentile(later, 99))))
    leaves_t_pose = bool(first[0] > _FAST_FROM_T and is_t_pose(positions[0]))
    if not leaves_t_pose and not len(fast):
        return 0

    count = int(fast[-1]) + 1 if len(fast) else 1
    is_blended = speed[0] <= _HARD_CUT * speed[1]
    if leaves_t_pose and is_blended:
        count = max(count, round(_BLEND * fps))
    return _after_settling(speed, count, window)


def is_t_pose(joints: np.ndarray) -> bool:
    """True if a body ``[22 3]`` stands with its arms straight out and its legs straight."""
    limbs = SMPL_22.limbs
    up = normalize(joints[limbs.neck] - joints[limbs.pelvis])
    left_shoulder, right_shoulder = limbs.shoulders
    left = normalize(joints[left_shoulder] - joints[right_shoulder])

    inner, outer = [*limbs.shoulders, *limbs.elbows], [*limbs.elbows, *limbs.wrists]
    arms = normalize(joints[outer] - joints[inner])
    arms = arms * np.array([[1], [-1], [1], [-1]])  # the right arm points the other way
    upper, lower = [*limbs.hips, *limbs.knees], [*limbs.knees, *limbs.ankles]
    legs = normalize(joints[lower] - joints[upper])
    return bool((arms @ left > _STRAIGHT).all() and (legs @ up < -_STRAIGHT).all())


def _after_settling(speed: np.ndarray, count: int, window: int) -> int:
    """Move on past the last step that is far faster than those after it: the tail of a blend."""
    last = min(2 * window, len(speed) - window // 2 - 1, count + window // 3)
    settled = count
    for step in range(count, last):
        if speed[step] > _TAIL * speed[step + 1 : step + 1 + window // 2].max():
            settled = step + 1
    return settled
