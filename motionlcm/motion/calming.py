"""Motion made calmer: a little smoothing of poses where steering left it rougher than it was."""

from __future__ import annotations

import numpy as np

from motionlcm.motion.banded import diagonal, squared_differences
from motionlcm.motion.blending import assemble, bone_directions
from motionlcm.motion.footing import FEET, feet_of, stances, with_feet
from motionlcm.motion.paths import smooth_path
from motionlcm.motion.physics import mean_jerk
from motionlcm.motion.rotations import normalize
from motionlcm.motion.skeleton import bone_lengths
from motionlcm.motion.timeline import smooth_in_time

_SIGMAS = (0.4, 0.5, 0.6, 0.75, 0.9, 1.1, 1.35, 1.6)  #: frames; the first that suffices is taken
_SWING = 0.125  #: how calm feet become on their way, beside the body


def calmed(positions: np.ndarray, jerk: float) -> np.ndarray:
    """Smooth a motion over about a frame until its mean jerk is no larger than a bound.

    Args:
        positions: ``[T 22 3]`` metres.
        jerk: m/s^3.
    Returns:
        ``[T 22 3]`` with the same bones, planted feet where they were; the calmest there is where
        the bound is not reached.
    """
    if len(positions) < 4 or mean_jerk(positions) <= jerk:
        return positions

    lengths = bone_lengths(positions).mean(0)
    directions = bone_directions(positions).reshape(len(positions), -1)
    path = smooth_path(positions)
    feet, planted = feet_of(positions), stances(positions)
    calm = positions
    for sigma in _SIGMAS:
        smooth = smooth_in_time(directions, sigma).reshape(positions.shape)
        roots = path + smooth_in_time(positions[:, 0] - path, sigma)
        body = assemble(roots, normalize(smooth), lengths)
        calm = with_feet(body, _calmed_feet(feet, planted, sigma, lengths), lengths)
        if mean_jerk(calm) <= jerk:
            break
    return calm


def _calmed_feet(
    feet: np.ndarray, planted: np.ndarray, sigma: float, lengths: np.ndarray
) -> np.ndarray:
    """Feet ``[T 2 2 3]`` that accelerate less on their way from one stance ``[T 2]`` to the next.

    In stances they stay where they are; their bones get their ``lengths``.
    """
    count, calm = len(feet), feet.copy()
    form = diagonal(np.ones(count)) + _SWING * sigma**4 * squared_differences(count, 2)
    for side, (_, toe) in enumerate(FEET):
        swinging = np.flatnonzero(~planted[:, side])
        if not len(swinging):
            continue
        places = feet[:, side].reshape(count, -1)
        held = form @ (places * planted[:, [side]])
        smooth = form.among(swinging).solve(places[swinging] - held[swinging])
        ankles, toes = smooth[:, :3], smooth[:, 3:]
        ankles = toes + lengths[toe] * normalize(ankles - toes)
        calm[swinging, side] = np.stack([ankles, toes], axis=1)
    return calm
