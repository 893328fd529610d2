"""Frames that a conversion inserted before a recording: a T-pose, cut hard or blended into the motion."""

from __future__ import annotations

import numpy as np

_LONGEST = 0.25  # seconds in which an inserted pose has gone
_FAST = 3.0  # metres a second, mean over the joints, relative to the pelvis; no person moves so


def count_inserted_frames(positions: np.ndarray, fps: float) -> int:
    """How many frames at the start are not part of the recording.

    An inserted pose leaves at once or within a few frames, faster than the person ever moves afterwards.

    Args:
        positions: ``[T 22 3]`` metres, the first seconds are enough.
        fps: their frame rate.
    """
    local = positions - positions[:, :1]
    speed = np.linalg.norm(np.diff(local, axis=0), axis=-1).mean(axis=-1) * fps  # [T-1]
    window = max(int(_LONGEST * fps), 1)
    later = speed[window:]
    if len(later) < 4:
        return 0
    limit = max(_FAST, 1.5 * float(np.percentile(later, 99)))
    return int(np.flatnonzero(speed[:window] > limit)[-1]) + 1 if (speed[:window] > limit).any() else 0
