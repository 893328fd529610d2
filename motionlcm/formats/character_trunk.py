"""A character's trunk beside a motion's: its joints from pelvis to head, and where its bones lead.

Trunks have one to six joints between pelvis and neck. Each is told by how far up the motion's trunk
it is, and turns and leads as that does there.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from motionlcm.formats.character import Character
from motionlcm.formats.raw import RawMotion
from motionlcm.formats.trunk import Point, path_to_head
from motionlcm.motion.rotations import normalize, rotate, slerp
from motionlcm.motion.skeleton import SMPL_22

_LIMBS = SMPL_22.limbs
#: The knots of the trunk: from the pelvis to the neck, and the head.
TRUNK = (*_LIMBS.trunk, _LIMBS.head)
_ANATOMY = np.cos(np.radians(25))  # bones of two rest poses that agree less are not the same bone


class TrunkJoint(NamedTuple):
    """A joint between pelvis and head, and how far up it is.

    ``knot`` is 0 at the pelvis, 1 to 3 at SMPL's spine, 4 at its neck and 5 at its head; ``above``
    is the joint that follows.
    """

    joint: int
    knot: float
    above: int
    knot_above: float


def trunk_joints(character: Character) -> list[TrunkJoint]:
    """The joints from the pelvis up to the one below the head."""
    rest, points = character.rest, character.points
    path = path_to_head(rest, character.joints)
    path = path[path.index(points[0].first) :]
    lengths = np.linalg.norm(rest.offsets[path], axis=-1)
    lengths[0] = 0
    heights = dict(zip(path, np.cumsum(lengths).tolist()))

    # A thousandth of a millionth keeps the heights of joints in one place in their order.
    known = [_height(character.points[joint], heights) for joint in TRUNK]
    anchors = np.array([(height + 1e-9 * knot, knot) for knot, height in enumerate(known)])  # [6 2]
    knots = np.interp([heights[joint] for joint in path], anchors[:, 0], anchors[:, 1])
    return [
        TrunkJoint(joint, float(knot), above, float(knot_above))
        for joint, above, knot, knot_above in zip(path, path[1:], knots, knots[1:])
    ]


def _height(point: Point, heights: dict[int, float]) -> float:
    first, second = heights[point.first], heights[point.second]
    return first + point.share * (second - first)


def trunk_rotation(source: np.ndarray, item: TrunkJoint) -> np.ndarray:
    """World rotations ``[T 4]`` of the motion's trunk at a character's joint."""
    nearest = round(item.knot)
    if abs(item.knot - nearest) < 1e-3:
        return source[:, TRUNK[nearest]]

    # A bone of SMPL's trunk turns as the joint at its lower end: that is its rotation half-way.
    middle = (item.knot + item.knot_above) / 2 - 0.5
    lower = int(np.clip(np.floor(middle), 0, len(TRUNK) - 3))
    share = np.full(len(source), np.clip(middle - lower, 0, 1))
    return slerp(source[:, TRUNK[lower]], source[:, TRUNK[lower + 1]], share)


def trunk_bone(positions: np.ndarray, item: TrunkJoint) -> np.ndarray:
    """Direction ``[... 3]`` of the motion's trunk beside a character's bone; ``[... 22 3]``."""
    ends = []
    for knot in (item.knot, item.knot_above):
        lower = int(min(np.floor(knot), len(TRUNK) - 2))
        first, second = positions[..., TRUNK[lower], :], positions[..., TRUNK[lower + 1], :]
        ends.append(first + (knot - lower) * (second - first))
    return ends[1] - ends[0]


def leads_alike(
    character: Character, turns: dict[int, np.ndarray], raw: RawMotion, item: TrunkJoint
) -> bool:
    """Whether a bone of the trunk leads where the motion's does, both being in a T-pose."""
    places = character.rest.positions[0]
    bone = rotate(turns[item.joint], places[item.above] - places[item.joint])
    wanted = trunk_bone(raw.rest_positions, item)
    return bool(normalize(bone) @ normalize(wanted) > _ANATOMY)
