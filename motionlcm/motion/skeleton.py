"""The 22 joints of SMPL in HumanML3D's order, the 21 of KIT-ML, and forward kinematics.

Metres, Y up, facing +Z, the person's left at +X.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from motionlcm.arrays import array_namespace
from motionlcm.motion.rotations import Array, multiply, rotate

SIDES = ("left", "right")
#: What a skeleton may be asked to support: HumanML3D's encoder; the repair of limbs and feet; BVH,
#: GLB and AMASS files; probes of actions.
CAPABILITIES = ("features", "cleanup", "files", "probes")


@dataclass(frozen=True)
class Limbs:
    """Joint numbers of a body's parts; of each pair the left one comes first.

    Attributes:
        trunk: from the pelvis up to the neck.
        head: the joint in the head.
        hips, knees, ankles: of the legs.
        feet: each from the ankle to the toe, with the heel between where the body has one.
        collars: what the shoulders hang on (the neck, on a body without collars).
        shoulders, elbows, wrists: of the arms.
    """

    trunk: tuple[int, ...]
    head: int
    hips: tuple[int, int]
    knees: tuple[int, int]
    ankles: tuple[int, int]
    feet: tuple[tuple[int, ...], tuple[int, ...]]
    collars: tuple[int, int]
    shoulders: tuple[int, int]
    elbows: tuple[int, int]
    wrists: tuple[int, int]

    @property
    def pelvis(self) -> int:
        """The root of the body."""
        return self.trunk[0]

    @property
    def neck(self) -> int:
        """The upper end of the trunk."""
        return self.trunk[-1]

    @property
    def toes(self) -> tuple[int, int]:
        """The last joint of each foot."""
        return self.feet[0][-1], self.feet[1][-1]

    @property
    def contacts(self) -> tuple[int, ...]:
        """The joints whose contacts the features hold: of each foot the last two."""
        return self.feet[0][-2:] + self.feet[1][-2:]

    @property
    def legs(self) -> tuple[tuple[int, ...], ...]:
        """Hip, knee, ankle and toe of each leg."""
        return tuple(zip(self.hips, self.knees, self.ankles, self.toes, strict=True))

    @property
    def arms(self) -> tuple[tuple[int, ...], ...]:
        """Shoulder, elbow and wrist of each arm."""
        return tuple(zip(self.shoulders, self.elbows, self.wrists, strict=True))


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
        """Number of joints."""
        return len(self.names)

    def index(self, name: str) -> int:
        """Number of the joint of that name.

        Raises:
            ValueError: there is none.
        """
        return self.names.index(name)

    def supports(self, what: str) -> bool:
        """Tell whether the named part of the package works on this body.

        The clean-up needs limbs that are known by name; features, files and probes are made for
        SMPL's tree of 22 joints.

        Args:
            what: one of ``CAPABILITIES``.
        Raises:
            ValueError: another word.
        """
        if what not in CAPABILITIES:
            raise ValueError(f"what must be one of {', '.join(CAPABILITIES)}, got {what!r}")
        if what == "cleanup":
            return _LIMB_NAMES <= set(self.names)
        return tuple(self.parents) == PARENTS

    @cached_property
    def limbs(self) -> Limbs:
        """The joints of trunk, legs and arms.

        Raises:
            ValueError: a joint that they need is missing.
        """
        missing = _LIMB_NAMES - set(self.names)
        if missing:
            raise ValueError(f"a skeleton with limbs must have joints named {sorted(missing)}")

        pairs = {part: self._pair(part) for part in _PAIRS}
        toes = pairs.pop("foot")
        left_foot, right_foot = (
            self._path(ankle, toe) for ankle, toe in zip(pairs["ankle"], toes, strict=True)
        )
        left_collar, right_collar = (self.parents[shoulder] for shoulder in pairs["shoulder"])

        return Limbs(
            trunk=self._path(0, self.index("neck")),
            head=self.index("head"),
            hips=pairs["hip"],
            knees=pairs["knee"],
            ankles=pairs["ankle"],
            feet=(left_foot, right_foot),
            collars=(left_collar, right_collar),
            shoulders=pairs["shoulder"],
            elbows=pairs["elbow"],
            wrists=pairs["wrist"],
        )

    def _pair(self, part: str) -> tuple[int, int]:
        """The joints of that name on the left and on the right."""
        return self.index(f"left_{part}"), self.index(f"right_{part}")

    def _path(self, start: int, end: int) -> tuple[int, ...]:
        """The joints from ``start`` down to ``end``, both included."""
        path = [end]
        while path[0] not in (start, -1):
            path.insert(0, self.parents[path[0]])
        if path[0] != start:
            raise ValueError(f"{self.names[end]} does not hang on {self.names[start]}")
        return tuple(path)

    @cached_property
    def left_joints(self) -> tuple[int, ...]:
        """Joints whose name begins with "left"."""
        return tuple(joint for joint, name in enumerate(self.names) if name.startswith("left"))

    @cached_property
    def right_joints(self) -> tuple[int, ...]:
        """Joints whose name begins with "right"."""
        return tuple(joint for joint, name in enumerate(self.names) if name.startswith("right"))

    @cached_property
    def mirror_order(self) -> tuple[int, ...]:
        """The order after swapping left and right: joint i becomes joint ``mirror_order[i]``."""
        swapped = (
            name.replace("left", "#").replace("right", "left").replace("#", "right")
            for name in self.names
        )
        return tuple(self.names.index(name) for name in swapped)


#: The paired joints that ``Limbs`` needs; a toe is called foot.
_PAIRS = ("hip", "knee", "ankle", "foot", "shoulder", "elbow", "wrist")
_LIMB_NAMES = {"neck", "head"} | {f"{side}_{part}" for side in SIDES for part in _PAIRS}

JOINT_NAMES = (
    "pelvis", "left_hip", "right_hip", "spine1", "left_knee", "right_knee", "spine2",
    "left_ankle", "right_ankle", "spine3", "left_foot", "right_foot", "neck", "left_collar",
    "right_collar", "head", "left_shoulder", "right_shoulder", "left_elbow", "right_elbow",
    "left_wrist", "right_wrist",
)  # fmt: skip
PARENTS = (-1, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 9, 9, 12, 13, 14, 16, 17, 18, 19)

#: Direction of each bone in HumanML3D's rest pose (legs and arms hang down, feet point ahead).
REST_DIRECTIONS = np.array(
    [
        [0, 0, 0], [1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, -1, 0], [0, 1, 0],
        [0, -1, 0], [0, -1, 0], [0, 1, 0], [0, 0, 1], [0, 0, 1], [0, 1, 0], [1, 0, 0],
        [-1, 0, 0], [0, 0, 1], [0, -1, 0], [0, -1, 0], [0, -1, 0], [0, -1, 0], [0, -1, 0],
        [0, -1, 0],
    ],
    dtype=np.float64,
)  # fmt: skip

#: Bone lengths of HumanML3D's target skeleton (its example 000021), metres, root first.
TARGET_LENGTHS = np.array(
    [
        0.0, 0.10307, 0.10988, 0.13157, 0.39362, 0.39019, 0.14319, 0.43243, 0.42564,
        0.05736, 0.14338, 0.14942, 0.21936, 0.13749, 0.14338, 0.10304, 0.13161, 0.12298,
        0.25684, 0.26309, 0.26601, 0.26988,
    ]
)  # fmt: skip

SMPL_22 = Skeleton(JOINT_NAMES, PARENTS, REST_DIRECTIONS * TARGET_LENGTHS[:, None])

#: Chains of joints, in the order in which HumanML3D's rotations are accumulated. Note that the arms
#: branch off spine3 but, in that format, start again from the root's rotation.
CHAINS = (
    (0, 2, 5, 8, 11),
    (0, 1, 4, 7, 10),
    (0, 3, 6, 9, 12, 15),
    (9, 14, 17, 19, 21),
    (9, 13, 16, 18, 20),
)

_KIT_NAMES = (
    "pelvis", "spine", "chest", "neck", "head", "right_shoulder", "right_elbow",
    "right_wrist", "left_shoulder", "left_elbow", "left_wrist", "right_hip", "right_knee",
    "right_ankle", "right_heel", "right_foot", "left_hip", "left_knee", "left_ankle",
    "left_heel", "left_foot",
)  # fmt: skip
#: Joint by joint, the one it hangs on. (KIT-ML lists them as chains: right leg, left leg, trunk,
#: right arm, left arm.)
_KIT_PARENTS = (-1, 0, 1, 2, 3, 3, 5, 6, 3, 8, 9, 0, 11, 12, 13, 14, 0, 16, 17, 18, 19)
#: Metres, of a body 1.75 m tall that stands with hanging arms; about the mean bones of KIT-ML's
#: published features.
_KIT_OFFSETS = np.array(
    [
        [0, 0, 0], [0, 0.13, 0], [0, 0.19, 0], [0, 0.07, 0], [0, 0.05, 0.02], [-0.17, 0, 0],
        [0, -0.25, 0], [0, -0.23, 0], [0.17, 0, 0], [0, -0.25, 0], [0, -0.23, 0],
        [-0.08, 0, 0], [0, -0.4, 0], [0, -0.4, 0], [0, -0.05, 0.03], [0, -0.03, 0.07],
        [0.08, 0, 0], [0, -0.4, 0], [0, -0.4, 0], [0, -0.05, 0.03], [0, -0.03, 0.07],
    ],
    dtype=np.float64,
)  # fmt: skip

#: The 21 joints of KIT-ML as HumanML3D's authors prepared it. Sides are named by where they lie:
#: those called right here (and in that preparation) are at -X of a body that faces +Z. The MMM
#: model which the recordings come from calls the same joints left; which of the two the captions
#: mean cannot be told from the features.
KIT_21 = Skeleton(_KIT_NAMES, _KIT_PARENTS, _KIT_OFFSETS)


def forward_kinematics(
    rotations: Array,
    root_positions: Array,
    skeleton: Skeleton | None = None,
    *,
    offsets: Array | None = None,
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


def bone_lengths(positions: Array, skeleton: Skeleton = SMPL_22) -> Array:
    """Lengths of the bones that end in each joint, ``[... J 3] -> [... J]`` metres; the root: 0."""
    xp = array_namespace(positions)
    parents = [max(parent, 0) for parent in skeleton.parents]
    bones = positions - xp.stack([positions[..., parent, :] for parent in parents], axis=-2)
    square = xp.sum(bones * bones, axis=-1)

    is_zero = square == 0  # the square root has no gradient there
    size = xp.sqrt(xp.where(is_zero, xp.ones_like(square), square))
    return xp.where(is_zero, xp.zeros_like(square), size)
