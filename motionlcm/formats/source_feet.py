"""The feet of a motion: how high their soles are, and how they are turned where they stand."""

from __future__ import annotations

import numpy as np

from motionlcm.formats.raw import RawMotion
from motionlcm.motion.inverse_kinematics import smooth_step
from motionlcm.motion.rotations import from_axis_angle, from_yaw, multiply, normalize, slerp
from motionlcm.motion.skeleton import SMPL_22

_LIMBS = SMPL_22.limbs
_ON_FLOOR = (0.10, 0.20)  # metres; toes and ankles of feet that stand are not higher
_USUAL = (0.02, 0.07)  # metres, toes and ankles above the sole, where no foot ever stands
_TOUCH = (0.015, 0.04)  # metres above the floor: on it, and surely not
_LEVEL = (0.03, 0.15)  # metres of an ankle above its lowest: a level sole, and a free one
_AHEAD = (0.35, 0.7)  # how much of a foot's length is level
_SHIN = (0.3, 0.7)  # how much of a shin's length is upright


def sole_heights(positions: np.ndarray) -> np.ndarray:
    """Height ``[T]`` of the lower sole of ``[T 22 3]`` in metres; 0 where it touches the floor."""
    height = np.maximum(foot_heights(positions).min(axis=1), 0)
    return height * smooth_step(height, *_TOUCH)


def foot_heights(positions: np.ndarray) -> np.ndarray:
    """Height ``[T 2]`` of toes or ankle of either foot above where they are in feet that stand."""
    joints = (list(_LIMBS.toes), list(_LIMBS.ankles))
    standing = standing_heights(positions)
    return np.minimum(*(positions[:, part, 1] - low for part, low in zip(joints, standing)))


def standing_heights(positions: np.ndarray) -> tuple[float, float]:
    """How high toes and ankles of ``[T 22 3]`` are above the floor in feet that stand, metres."""
    heights = []
    for joints, highest, usual in zip((_LIMBS.toes, _LIMBS.ankles), _ON_FLOOR, _USUAL):
        standing = float(np.percentile(positions[:, list(joints), 1].min(axis=1), 5))
        heights.append(standing if standing < highest else usual)
    return heights[0], heights[1]


def level_feet(world: np.ndarray, raw: RawMotion) -> None:
    """Turn feet that stand so that their soles are level, in world rotations ``[T 22 4]``.

    Positions tell where a foot points, not how it is turned about that; solved from the shin, it
    leans as the shin does.
    """
    positions = raw.positions
    for _, knee, ankle, toe in _LIMBS.legs:
        foot = normalize(positions[:, toe] - positions[:, ankle])
        shin = normalize(positions[:, knee] - positions[:, ankle])
        rest = normalize(raw.offsets[toe])

        yaw = np.arctan2(foot[:, 0], foot[:, 2]) - np.arctan2(rest[0], rest[2])
        slope = np.arcsin(np.clip(-foot[:, 1], -1, 1)) - np.arcsin(np.clip(-rest[1], -1, 1))
        across = np.zeros((len(foot), 3))
        across[:, 0] = slope
        level = multiply(from_yaw(yaw), from_axis_angle(across))

        height = positions[:, ankle, 1] - np.percentile(positions[:, ankle, 1], 5)
        trust = 1 - smooth_step(height, *_LEVEL)
        trust = trust * smooth_step(np.hypot(foot[:, 0], foot[:, 2]), *_AHEAD)
        trust = trust * smooth_step(shin[:, 1], *_SHIN)
        world[:, ankle] = slerp(world[:, ankle], level, trust)
