"""How well a motion does what was fixed, and how naturally: errors, slip, heading, jerk."""

from __future__ import annotations

import numpy as np

from motionlcm.motion.blending import headings
from motionlcm.motion.features import FPS, HUMANML, decode_positions
from motionlcm.motion.paths import smooth_path
from motionlcm.motion.rotations import from_yaw, rotate
from motionlcm.motion.skeleton import SMPL_22
from motionlcm.motion.targets import Targets, relative_poses

_GOING = 0.3  #: metres per second; a slower body has no direction of travel
_ADRIFT = 0.5  #: metres over the floor; in strides the nearer foot is nearer
_LOW = 0.08  #: metres over its lowest place; a toe that stands is lower


def largest_error(positions: np.ndarray, targets: Targets) -> float:
    """Metres by which the worst fixed joint is off, tolerances taken away.

    Poses without a place are judged about their root, in the heading that the body has.

    Args:
        positions: ``[T 22 3]`` metres.
        targets: of T frames.
    """
    worst = max(0.0, float(_misses(positions, targets).max(initial=0.0)))

    frames = np.flatnonzero(targets.is_posed)
    if len(frames):
        poses, facing = relative_poses(positions[frames])
        fixed = targets.headings[frames]
        turned = np.where(np.isnan(fixed), 0.0, facing - np.nan_to_num(fixed))
        poses = rotate(from_yaw(turned)[:, None], poses)
        gaps = np.linalg.norm(poses - targets.poses[frames], axis=-1)
        worst = max(worst, float(gaps.max()))
    return worst


def worst_pin(positions: np.ndarray, targets: Targets) -> tuple[int, int, float]:
    """Frame and joint of the fixed place that is missed most, and by how many metres.

    Args:
        positions: ``[T 22 3]`` metres.
        targets: of T frames.
    """
    misses = _misses(positions, targets)
    frame, joint = divmod(int(misses.argmax()), misses.shape[1])
    return frame, joint, float(misses[frame, joint])


def _misses(positions: np.ndarray, targets: Targets) -> np.ndarray:
    """Metres ``[T 22]`` by which fixed joints are off, beyond their tolerance; negative within."""
    away = np.where(targets.wished, positions - targets.positions, 0.0)
    return np.linalg.norm(away, axis=-1) - targets.tolerance


def raw_slip(features: np.ndarray) -> float:
    """Mean speed over the floor, m/s, of toes that are low and said to be planted.

    Args:
        features: ``[T 263]``, not normalised; before any clean-up it tells how the decoder walks,
            after it what is left to see.
    Returns:
        0.0 where no toe is planted.
    """
    toes = decode_positions(features)[:, SMPL_22.limbs.toes]  # [T 2 3]
    if len(toes) < 2:
        return 0.0
    speed = np.linalg.norm(np.gradient(toes, axis=0)[..., [0, 2]], axis=-1) * FPS
    is_said = features[:, HUMANML.contacts][:, [1, 3]] > 0.5
    is_planted = is_said & (toes[..., 1] - toes[..., 1].min() < _LOW)
    return float(speed[is_planted].mean()) if is_planted.any() else 0.0


def heading_gap(positions: np.ndarray) -> float:
    """Mean angle, degrees, between where a body that goes faces and where it goes.

    Backwards is 180 degrees. A body that stands has none: 0.0.
    """
    velocity = np.gradient(smooth_path(positions), axis=0) * FPS
    is_going = np.linalg.norm(velocity, axis=-1) > _GOING
    if not is_going.any():
        return 0.0
    direction = np.arctan2(velocity[:, 0], velocity[:, 2])
    gap = np.angle(np.exp(1j * (headings(positions) - direction)))
    return float(np.degrees(np.abs(gap)[is_going]).mean())


def share_adrift(positions: np.ndarray) -> float:
    """Share of the frames of ``[T 22 3]`` in which both ankles are far ahead of, behind or beside
    the pelvis, as of a body that a path carries over feet that stand."""
    ankles = positions[:, SMPL_22.limbs.ankles] - positions[:, :1]
    away = np.linalg.norm(ankles[..., [0, 2]], axis=-1).min(1)
    return float((away > _ADRIFT).mean())


def way_gone(positions: np.ndarray) -> float:
    """Metres along the smoothed path of the root of ``[T 22 3]``."""
    return float(np.linalg.norm(np.diff(smooth_path(positions), axis=0), axis=-1).sum())


def speed_along(positions: np.ndarray) -> float:
    """Mean speed along the way of ``[T 22 3]``, m/s."""
    return way_gone(positions) * FPS / max(len(positions) - 1, 1)
