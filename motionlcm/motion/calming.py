"""Motion made calmer: a little smoothing of poses where steering left it rougher than it was."""

from __future__ import annotations

import numpy as np

from motionlcm.motion.blending import assemble, bone_directions
from motionlcm.motion.footing import feet_of, with_feet
from motionlcm.motion.paths import smooth_path
from motionlcm.motion.physics import mean_jerk
from motionlcm.motion.rotations import normalize
from motionlcm.motion.skeleton import bone_lengths
from motionlcm.motion.timeline import smooth_in_time

_SIGMAS = (0.4, 0.5, 0.6, 0.75, 0.9, 1.1)  #: frames; the first that suffices is taken


def calmed(positions: np.ndarray, jerk: float) -> np.ndarray:
    """Smooth a motion over about a frame until its mean jerk is no larger than a bound.

    Args:
        positions: ``[T 22 3]`` metres.
        jerk: m/s^3.
    Returns:
        ``[T 22 3]`` with the same bones, feet where they were; the calmest there is where the bound
        is not reached.
    """
    if len(positions) < 4 or mean_jerk(positions) <= jerk:
        return positions

    lengths = bone_lengths(positions).mean(0)
    directions = bone_directions(positions).reshape(len(positions), -1)
    path = smooth_path(positions)
    calm = positions
    for sigma in _SIGMAS:
        smooth = smooth_in_time(directions, sigma).reshape(positions.shape)
        roots = path + smooth_in_time(positions[:, 0] - path, sigma)
        body = assemble(roots, normalize(smooth), lengths)
        feet = smooth_in_time(feet_of(positions).reshape(len(positions), -1), sigma)
        calm = with_feet(body, feet.reshape(-1, 2, 2, 3), lengths)
        if mean_jerk(calm) <= jerk:
            break
    return calm
