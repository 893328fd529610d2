"""A motion on a character's skeleton in T-pose, under SMPL's names: for files without a mesh."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from motionlcm.formats.body_check import metres_per_unit
from motionlcm.formats.character import Character, open_character
from motionlcm.formats.character_pose import CharacterPose, pose_character
from motionlcm.formats.character_rest import collar_joint, t_pose_turns
from motionlcm.formats.character_soles import rest_height
from motionlcm.formats.character_trunk import trunk_joints
from motionlcm.formats.gltf_document import valid_gltf
from motionlcm.formats.raw import RawMotion
from motionlcm.motion.rotations import inverse, make_continuous, multiply, normalize, rotate
from motionlcm.motion.skeleton import JOINT_NAMES, PARENTS

_LEGS = (0.1, 4.0)  # metres, as glTF has them; other numbers are of another unit
_SPINE = ("spine1", "spine2", "spine3")


def character_skeleton(
    path: str | Path, raw: RawMotion, *, in_place: bool = False
) -> tuple[RawMotion, float]:
    """Put a motion onto a character's joints, told from a T-pose.

    Args:
        path: the character's file.
        raw: the motion's 22 joints, told from their T-pose.
        in_place: whether the hips stay above their start.
    Returns:
        The character's joints under SMPL's names, in metres, those that it lacks left out; and how
        high the root is above the floor in the T-pose.
    Raises:
        ValueError: a file that is no character.
    """
    character = open_character(path)
    with valid_gltf(path):
        return _told_from_t_pose(character, raw, pose_character(character, raw, in_place=in_place))


def _told_from_t_pose(
    character: Character, raw: RawMotion, pose: CharacterPose
) -> tuple[RawMotion, float]:
    """A pose as the motion ``raw`` of the character's joints, and how high the root is in the
    T-pose."""
    turns = t_pose_turns(character, raw.offsets)
    is_metres = _LEGS[0] < character.leg < _LEGS[1]
    unit = 1.0 if is_metres else metres_per_unit(character.leg, None, [])

    joints = _joints(character)
    names = tuple(joints)
    parents = tuple(_parent(name, names) for name in names)

    offsets = np.zeros((len(names), 3))
    rotations = np.zeros((len(pose.root_positions), len(names), 4))
    places = character.rest.positions[0] * unit
    world = {}
    for place, joint in enumerate(joints.values()):
        # What turns the T-pose to the pose: the pose's turn after that of the rest pose to the T.
        start = multiply(turns[joint], character.rest_rotations[joint])
        world[place] = multiply(pose.world_rotations[:, joint], inverse(start))
        if parents[place] < 0:
            rotations[:, place] = world[place]
            continue
        above = joints[names[parents[place]]]
        offsets[place] = rotate(turns[above], places[joint] - places[above])
        rotations[:, place] = multiply(inverse(world[parents[place]]), world[place])

    root = pose.world_positions[:, joints["pelvis"]] * unit
    translations = np.tile(offsets, (len(root), 1, 1))
    translations[:, 0] = root
    told = replace(
        raw,
        names=names,
        parents=parents,
        offsets=offsets,
        translations=translations,
        rotations=make_continuous(normalize(rotations)),
        is_end_site=np.zeros(len(names), dtype=bool),
    )
    return told, rest_height(character, joints["pelvis"]) * unit


def _joints(character: Character) -> dict[str, int]:
    """The file's joint of each of SMPL's, a parent before its children; some may be missing."""
    points = dict(zip(JOINT_NAMES, character.points))
    trunk = [item for item in trunk_joints(character) if item.knot < 4]
    spine = dict(zip(_SPINE, [item.joint for item in trunk[1:]]))
    if len(trunk) > len(_SPINE):
        spine = {name: points[name].first for name in _SPINE if points[name].share == 0}

    found: dict[str, int] = {}
    for name in JOINT_NAMES:
        side, _, part = name.rpartition("_")
        joint = spine.get(name) if name in _SPINE else points[name].first
        if part == "collar":
            joint = collar_joint(character, side)
        is_there = joint is not None and joint < len(character.nodes)
        is_between = name not in _SPINE and part != "collar" and points[name].share > 0
        if is_there and not is_between:
            assert joint is not None
            found[name] = joint
    return found


def _parent(name: str, names: tuple[str, ...]) -> int:
    """The place among names of the nearest one above a joint of SMPL; -1 at the root."""
    above = PARENTS[JOINT_NAMES.index(name)]
    while above >= 0 and JOINT_NAMES[above] not in names:
        above = PARENTS[above]
    return names.index(JOINT_NAMES[above]) if above >= 0 else -1
