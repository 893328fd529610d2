"""A character's foot beside the one that stands: its ankle bends where it would be in the floor.

A foot that is longer or thicker than the motion's, its toes on the floor behind one who kneels or
lunges, would lift the whole body off the other foot, which bears it.
"""

from __future__ import annotations

import numpy as np

from motionlcm.formats.character import Character
from motionlcm.formats.character_hands import least_bend
from motionlcm.formats.character_soles import character_up, find_soles, foot_joints
from motionlcm.formats.raw import RawMotion
from motionlcm.formats.source_feet import bearing_feet, smoothed
from motionlcm.motion.rotations import from_axis_angle, inverse, multiply, rotate, to_axis_angle
from motionlcm.motion.skeleton import SIDES

_MOST = np.radians(50)  # by which an ankle bends
_SMOOTH = 0.05  # seconds over which it does
_SURE = 1e-3  # of a foot that bears the body, or is free


def bend_free_feet(
    character: Character,
    raw: RawMotion,
    turned: dict[int, np.ndarray],
    world: np.ndarray,
    positions: np.ndarray,
    soles: np.ndarray,
) -> bool:
    """Bend the ankle of a foot that reaches lower than the one that stands, in ``turned``.

    Args:
        character: whose feet they are.
        raw: the motion, which tells which foot stands.
        turned: joint to world rotations ``[T 4]``; those of ankles are changed.
        world, positions: ``[T N 4]`` and ``[T N 3]`` of all joints.
        soles: ``[T 2]`` height of the lowest point of either sole.
    Returns:
        Whether anything was changed.
    """
    bears = bearing_feet(raw)
    points, feet = find_soles(character), foot_joints(character)
    is_changed = False
    for side in range(len(SIDES)):
        ankle = feet[side][0]
        free = bears[:, 1 - side] * (1 - bears[:, side])
        lower = soles[:, 1 - side] - soles[:, side]
        if ankle not in turned or not ((free > _SURE) & (lower > 0)).any():
            continue

        parts = []
        for joint in feet[side]:
            if joint in points:
                part = points[joint] * character.scales[joint]
                apart = positions[:, joint] - positions[:, ankle]
                parts.append(rotate(world[:, joint, None], part[None]) + apart[:, None])
        height = positions[:, ankle, 1] - soles[:, 1 - side]  # above the sole that stands
        back = rotate(world[:, ankle], _up_of(character, ankle))

        bend, _ = least_bend(np.concatenate(parts, axis=1), height, back, most=_MOST)
        turn = smoothed(to_axis_angle(bend) * free[:, None], raw, _SMOOTH)
        turned[ankle] = multiply(from_axis_angle(turn), turned[ankle])
        is_changed = True
    return is_changed


def _up_of(character: Character, ankle: int) -> np.ndarray:
    """Where the back of a foot points in its ankle's frame: up in the rest pose, ``[3]``."""
    turn = inverse(character.rest_rotations[ankle])
    return rotate(turn, character_up(character))
