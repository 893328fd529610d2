"""How a character's rest pose differs from the T-pose of a motion: the turns between the two.

Every joint gets the rotation that takes it from its rest pose (any pose, any axes) to a T-pose that
stands upright and faces +Z. Limbs are turned the shortest way, each from where the one above has
brought it: arms that hang, palms to the thighs, come up with their palms down.
"""

from __future__ import annotations

import numpy as np

from motionlcm.formats.character import Character
from motionlcm.formats.character_soles import character_up
from motionlcm.formats.character_trunk import trunk_joints
from motionlcm.motion.rotations import (
    between,
    from_axis_angle,
    from_matrix,
    from_yaw,
    multiply,
    normalize,
    rotate,
)
from motionlcm.motion.skeleton import JOINT_NAMES, SIDES, SMPL_22

_LIMBS = SMPL_22.limbs
_SNAP = 0.98  # cosine from which on a body faces along an axis
_TILT = np.radians(3)  # by which a sole may tilt to keep the direction of the foot
_LEG_CHAIN, _ARM_CHAIN = ("hip", "knee", "ankle"), ("shoulder", "elbow", "wrist")


def upright_turn(character: Character) -> np.ndarray:
    """The rotation ``[4]`` that stands a rest pose upright and turns it to face +Z."""
    places = character.positions
    body = normalize(places[_LIMBS.neck] - places[list(_LIMBS.hips)].mean(axis=0))
    up = character_up(character)
    up = up if up @ body > 0.9 else body

    # Hips and shoulders tell which way is left.
    left = np.zeros(3)
    for first, second in (_LIMBS.hips, _LIMBS.shoulders):
        left += normalize(places[first] - places[second])
    left = normalize(left - (left @ up) * up)
    axis = np.eye(3)[int(np.abs(left).argmax())] * np.sign(left[np.abs(left).argmax()])
    left = axis if axis @ left > _SNAP and abs(axis @ up) < 1e-6 else left
    return from_matrix(np.stack([left, up, np.cross(left, up)]))


def t_pose_turns(character: Character, offsets: np.ndarray) -> dict[int, np.ndarray]:
    """Rotations ``[4]`` from the rest pose to a T-pose, by the character's joints.

    Args:
        character: in any rest pose.
        offsets: ``[22 3]`` bones of the T-pose.
    """
    upright = upright_turn(character)
    turns = {item.joint: upright for item in trunk_joints(character)}
    turns[character.joints["head"]] = upright

    places = character.rest.positions[0]
    for side in SIDES:
        collar = collar_joint(character, side)
        if collar is not None:
            turns[collar] = upright
        for chain in (_LEG_CHAIN, _ARM_CHAIN):
            turn = upright
            for upper, lower in zip(chain, chain[1:]):
                first, last = (character.joints[f"{side}_{part}"] for part in (upper, lower))
                bone = offsets[JOINT_NAMES.index(f"{side}_{lower}")]
                turn = multiply(between(rotate(turn, places[last] - places[first]), bone), turn)
                turns[first] = turn
            turns[character.joints[f"{side}_wrist"]] = turn
        ankle, toes = (character.joints[f"{side}_{part}"] for part in ("ankle", "foot"))
        foot = offsets[JOINT_NAMES.index(f"{side}_foot")]
        turns[ankle] = _foot_turn(upright, places[toes] - places[ankle], foot)
        turns[toes] = turns[ankle]
    return {joint: turn for joint, turn in turns.items() if joint < len(character.nodes)}


def _foot_turn(upright: np.ndarray, bone: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """The turn of a foot that stands on its sole: its heading, and little of its slope."""
    bone, wanted = normalize(rotate(upright, bone)), normalize(wanted)
    heading = np.arctan2(wanted[0], wanted[2]) - np.arctan2(bone[0], bone[2])
    steeper = np.arcsin(np.clip(-wanted[1], -1, 1)) - np.arcsin(np.clip(-bone[1], -1, 1))

    across = rotate(from_yaw(np.arctan2(wanted[0], wanted[2])), np.array([1.0, 0, 0]))
    tilt = from_axis_angle(across * np.clip(steeper, -_TILT, _TILT))
    return multiply(multiply(tilt, from_yaw(heading)), upright)


def collar_joint(character: Character, side: str) -> int | None:
    """The joint that is the collar of a side, if there is one apart from the trunk."""
    point = character.points[JOINT_NAMES.index(f"{side}_collar")]
    is_joint = point.share == 0 and point.first == character.joints.get(f"{side}_collar")
    return point.first if is_joint else None
