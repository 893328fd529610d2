"""The 22 joints of SMPL in HumanML3D's order, and forward kinematics for any skeleton.

Metres, Y up, facing +Z, the person's left at +X.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from motionlcm.arrays import array_namespace
from motionlcm.motion.rotations import Array, multiply, rotate


@dataclass(frozen=True, eq=False)
class Skeleton:
    """A tree of joints. A parent always comes before its children.

    Attributes:
        names: one a joint.
        parents: index of each joint's parent; -1 for the root.
        offsets: ``[J 3]`` metres, each joint seen from its parent in the rest pose.
    """

    names: tuple[str, ...]
    parents: tuple[int, ...]
    offsets: np.ndarray

    def __post_init__(self) -> None:
        if not len(self.names) == len(self.parents) == len(self.offsets):
            raise ValueError(
                f"names, parents and offsets must have one entry per joint, got {len(self.names)}, "
                f"{len(self.parents)} and {len(self.offsets)}"
            )
        if any(parent >= joint for joint, parent in enumerate(self.parents)):
            raise ValueError("a parent must come before its children")

    @property
    def num_joints(self) -> int:
        """How many joints there are."""
        return len(self.names)


JOINT_NAMES = (
    "pelvis", "left_hip", "right_hip", "spine1", "left_knee", "right_knee", "spine2", "left_ankle", "right_ankle",
    "spine3", "left_foot", "right_foot", "neck", "left_collar", "right_collar", "head", "left_shoulder",
    "right_shoulder", "left_elbow", "right_elbow", "left_wrist", "right_wrist",
)  # fmt: skip
PARENTS = (-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19)

#: The order after swapping left and right: joint i of the mirrored body is joint MIRROR_ORDER[i].
MIRROR_ORDER = tuple(
    JOINT_NAMES.index(name.replace("left", "#").replace("right", "left").replace("#", "right")) for name in JOINT_NAMES
)
LEFT_JOINTS = tuple(i for i, name in enumerate(JOINT_NAMES) if name.startswith("left"))
RIGHT_JOINTS = tuple(i for i, name in enumerate(JOINT_NAMES) if name.startswith("right"))

#: Direction of each bone in HumanML3D's rest pose (legs and arms hang down, feet point ahead).
REST_DIRECTIONS = np.array(
    [
        [0, 0, 0], [1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, -1, 0], [0, 1, 0], [0, -1, 0], [0, -1, 0],
        [0, 1, 0], [0, 0, 1], [0, 0, 1], [0, 1, 0], [1, 0, 0], [-1, 0, 0], [0, 0, 1], [0, -1, 0], [0, -1, 0],
        [0, -1, 0], [0, -1, 0], [0, -1, 0], [0, -1, 0],
    ],
    dtype=np.float64,
)  # fmt: skip

#: Bone lengths of HumanML3D's target skeleton (its example 000021), metres, root first.
TARGET_LENGTHS = np.array(
    [
        0.0, 0.10307, 0.10988, 0.13157, 0.39362, 0.39019, 0.14319, 0.43243, 0.42564, 0.05736, 0.14338, 0.14942,
        0.21936, 0.13749, 0.14338, 0.10304, 0.13161, 0.12298, 0.25684, 0.26309, 0.26601, 0.26988,
    ]
)  # fmt: skip

SMPL_22 = Skeleton(JOINT_NAMES, PARENTS, REST_DIRECTIONS * TARGET_LENGTHS[:, None])

#: Chains of joints, in the order in which HumanML3D's rotations are accumulated. Note that the arms branch off
#: spine3 but, in that format, start again from the root's rotation.
CHAINS = ((0, 2, 5, 8, 11), (0, 1, 4, 7, 10), (0, 3, 6, 9, 12, 15), (9, 14, 17, 19, 21), (9, 13, 16, 18, 20))


def forward_kinematics(
    rotations: Array, root_positions: Array, skeleton: Skeleton | None = None, *, offsets: Array | None = None
) -> Array:
    """Joint positions from local rotations.

    Args:
        rotations: ``[... J 4]`` unit quaternions, each local to its parent; the root's is global.
        root_positions: ``[... 3]`` metres.
        skeleton: whose parents (and offsets) to use; the default is ``SMPL_22``.
        offsets: ``[J 3]`` or ``[... J 3]`` metres, in place of the skeleton's own.
    Returns:
        ``[... J 3]`` metres.
    """
    xp = array_namespace(rotations, root_positions)
    skeleton = skeleton or SMPL_22
    if offsets is None:
        offsets = xp.asarray(skeleton.offsets, dtype=root_positions.dtype)
    world = [rotations[..., 0, :]]
    positions = [root_positions]
    for joint in range(1, skeleton.num_joints):
        parent = skeleton.parents[joint]
        positions.append(positions[parent] + rotate(world[parent], offsets[..., joint, :]))
        world.append(multiply(world[parent], rotations[..., joint, :]))
    return xp.stack(positions, axis=-2)


def bone_lengths(positions: Array) -> Array:
    """Length in metres of the bone that ends in each of the 22 joints, ``[... 22 3] -> [... 22]``; the root's is 0."""
    xp = array_namespace(positions)
    parents = [max(parent, 0) for parent in PARENTS]
    bones = positions - xp.stack([positions[..., parent, :] for parent in parents], axis=-2)
    square = xp.sum(bones * bones, axis=-1)
    is_zero = square == 0  # the square root has no gradient there
    return xp.where(is_zero, xp.zeros_like(square), xp.sqrt(xp.where(is_zero, xp.ones_like(square), square)))
