"""Whether a composed clip could be a recording: jerk, sliding feet, depth under the floor and the
length of limbs."""

from __future__ import annotations

import numpy as np

from motionlcm.motion.features import FPS
from motionlcm.motion.skeleton import TARGET_LENGTHS, bone_lengths

#: Measured on half of the train clips of the free sources (CMU, MHAD, UI-PRMD, Rocketbox, ACCAD,
#: HDM05 and others).
LARGEST_JERK = 488.0  #: m/s^3, mean over joints; 99 % of the frames have less
LARGEST_SLIDE = 0.23  #: share of frames; 95 % of the clips have less
DEEPEST = 0.02  #: metres
_LOW, _FAST = 0.05, 0.5  # metres; metres per second
_TOES = (10, 11)


def frame_jerks(positions: np.ndarray) -> np.ndarray:
    """Mean size over the joints of the third derivative, ``[T 22 3]`` at 20 fps to ``[T-3]``
    m/s^3."""
    return np.linalg.norm(np.diff(positions, n=3, axis=0), axis=-1).mean(axis=-1) * FPS**3


def slide_share(positions: np.ndarray) -> float:
    """Share of frames in which a toe lower than 5 cm moves faster than 0.5 m/s over the floor."""
    toes = positions[:, list(_TOES)]
    speed = np.linalg.norm(np.diff(toes[..., [0, 2]], axis=0), axis=-1) * FPS
    is_low = (toes[1:, :, 1] < _LOW) & (toes[:-1, :, 1] < _LOW)
    return float(((speed > _FAST) & is_low).any(axis=1).mean())


def implausible(
    positions: np.ndarray, *, joins: tuple[int, ...] = (), recorded_slide: float = 0.0
) -> str | None:
    """Why a composed clip could not be a recording, in some words, or None.

    Args:
        positions: ``[T 22 3]`` metres, the floor at 0, bones of HumanML3D's lengths.
        joins: frames at which a new part begins.
        recorded_slide: the largest slide share of the clips that it was made from; it may slide a
            little more.
    """
    if not np.isfinite(positions).all():
        return "not finite"
    deviation = np.abs(bone_lengths(positions)[:, 1:] - TARGET_LENGTHS[1:])
    if deviation.max() > 0.005:
        return "limbs of another length"
    if positions[..., 1].min() < -DEEPEST:
        return "under the floor"

    jerks = frame_jerks(positions)
    for join in joins:
        around = jerks[max(0, join - 4) : join + 16]
        if around.size and around.max() > LARGEST_JERK:
            return "jerk at a join"
    if jerks.max() > 3 * LARGEST_JERK:
        return "jerk"
    if slide_share(positions) > min(LARGEST_SLIDE, recorded_slide + 0.04):
        return "sliding feet"
    return None
