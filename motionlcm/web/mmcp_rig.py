"""A client's own skeleton: which of its joints are whose, and how a motion looks on it.

MMCP's skeletons are told by rest positions alone, along the world's axes: every rotation is the one
that a joint has turned through since the rest pose. The rest pose may be a T-pose, an A-pose or any
other that stands. Limbs point where those of the motion do, exactly; the way over the floor is
scaled by the length of the legs; feet are as high above the floor as the motion's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from motionlcm.formats.joint_names import check_joints, find_joints
from motionlcm.formats.leaves import place_leaves
from motionlcm.formats.raw import RawMotion
from motionlcm.formats.trunk import Point, path_to_head, place_joints, positions_at
from motionlcm.motion.rotations import (
    between,
    from_yaw,
    inverse,
    make_continuous,
    multiply,
    normalize,
    rotate,
    slerp,
)
from motionlcm.motion.skeleton import JOINT_NAMES, SIDES, SMPL_22

MOST_JOINTS = 1000

_LIMBS = SMPL_22.limbs
_TRUNK = (*_LIMBS.trunk, _LIMBS.head)
_CHAINS = (("hip", "knee", "ankle"), ("shoulder", "elbow", "wrist"))
_FEET = ("ankle", "foot")
_SNAP = np.radians(12)  # by which a body may be turned and still face along an axis
_LEGS = (0.05, 20.0)  # metres, of a skeleton that can be a body


@dataclass(frozen=True, eq=False)
class Rig:
    """A skeleton in its rest pose.

    Attributes:
        rest: one frame without rotations; joints that the client lacks (toes, hands) are placed
            after the client's own.
        count: of the client's joints.
        joints: SMPL's names to joints, for the limbs, the head and the collars if there are any.
        points: a place for each of SMPL's 22 joints.
        notes: what was assumed and placed.
    """

    rest: RawMotion
    count: int
    joints: dict[str, int]
    points: list[Point]
    notes: tuple[str, ...]

    @classmethod
    def of(cls, names: Sequence[str], parents: Sequence[int], translations: np.ndarray) -> Rig:
        """Read a skeleton.

        Args:
            names: of ``N`` joints.
            parents: of each, before it; -1 for the root.
            translations: ``[N 3]`` metres from the parent's place; the root's place.
        Raises:
            ValueError: no human body; one line.
        """
        count = len(names)
        if count > MOST_JOINTS:
            raise ValueError(f"a skeleton has at most {MOST_JOINTS} joints, got {count}")
        offsets = np.array(translations, np.float64).reshape(count, 3)
        if not (np.isfinite(offsets).all() and np.abs(offsets).max() < 1e3):
            raise ValueError("rest_translation must be finite and below 1000 metres")

        identity = np.zeros((1, count, 4))
        identity[..., 0] = 1
        raw = RawMotion(
            names=tuple(names),
            parents=tuple(parents),
            offsets=offsets,
            translations=offsets[None],
            rotations=identity,
            fps=20.0,
            is_end_site=np.zeros(count, bool),
            metres_per_unit=1.0,
            source="the skeleton",
            is_y_up=True,
        )
        notes: list[str] = []
        raw, joints = place_leaves(raw, find_joints(raw), notes)
        check_joints(raw, joints)
        rig = cls(raw, count, joints, place_joints(raw, joints, notes), tuple(notes))
        if not _LEGS[0] <= rig.leg <= _LEGS[1]:
            raise ValueError(f"legs of {rig.leg:.3g} metres are no body's; send metres")
        return rig

    @property
    def places(self) -> np.ndarray:
        """``[22 3]`` places of SMPL's joints in the rest pose."""
        return positions_at(self.points, self.rest.positions)[0]

    @property
    def leg(self) -> float:
        """Mean length of the legs in metres."""
        return _leg(self.places[None])

    @property
    def facing(self) -> float:
        """Radians from +Z towards +X that the rest pose faces; along an axis if it nearly does."""
        places = self.places
        left = np.zeros(3)
        for first, second in (_LIMBS.hips, _LIMBS.shoulders):
            left += normalize(places[first] - places[second])
        angle = float(np.arctan2(-left[2], left[0]))
        axis = round(angle / (np.pi / 2)) * (np.pi / 2)
        return axis if abs(angle - axis) < _SNAP else angle

    def name(self, joint: str) -> str | None:
        """What the client calls one of SMPL's joints; None where it has none of its own."""
        point = self.points[JOINT_NAMES.index(joint)]
        number = self.joints.get(joint, point.first if point.first == point.second else self.count)
        return self.rest.names[number] if number < self.count else None

    @property
    def names(self) -> dict[str, str]:
        """SMPL's names to the client's, of the joints that it has."""
        found = {joint: self.name(joint) for joint in JOINT_NAMES}
        return {joint: name for joint, name in found.items() if name is not None}


def pose_rig(rig: Rig, raw: RawMotion, scale: float | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Put a motion onto a skeleton.

    Args:
        rig: of ``N`` joints.
        raw: the 22 joints in metres, told from a T-pose that faces +Z (``pose.local_motion``).
        scale: how much larger the skeleton is than the motion's body; None: by their legs.
    Returns:
        Local rotations ``[T N 4]`` wxyz, continuous over time, and places of the root ``[T 3]``.
    """
    turned = _turned(rig, raw)
    total = len(rig.rest.parents)
    world = np.zeros((raw.num_frames, total, 4))
    local = np.zeros_like(world)
    positions = np.zeros((raw.num_frames, total, 3))
    world[..., 0] = local[..., 0] = 1

    for joint, parent in enumerate(rig.rest.parents):
        if joint in turned:
            world[:, joint] = turned[joint]
        elif parent >= 0:
            world[:, joint] = world[:, parent]
        if parent < 0:
            local[:, joint] = world[:, joint]
            continue
        local[:, joint] = multiply(inverse(world[:, parent]), world[:, joint])
        positions[:, joint] = positions[:, parent] + rotate(
            world[:, parent], np.broadcast_to(rig.rest.offsets[joint], (raw.num_frames, 3))
        )

    scale = rig.leg / _leg(raw.positions) if scale is None else scale
    root = _shift(rig, raw, positions, scale)
    return make_continuous(normalize(local[:, : rig.count]), axis=0), root


def foot_heights(rig: Rig, places: np.ndarray) -> np.ndarray:
    """How high the lower foot is over the floor ``[...]``, for joints at ``places`` [... 22 3].

    It is told from how high the feet's joints are when the body stands at rest.
    """
    feet = [joint for foot in _LIMBS.feet for joint in foot]
    own = rig.places[feet, 1] - rig.rest.rest_positions[:, 1].min()
    return (places[..., feet, 1] - own).min(axis=-1)


def _shift(rig: Rig, raw: RawMotion, positions: np.ndarray, scale: float) -> np.ndarray:
    """Where the root is ``[T 3]``, for joints at ``positions`` seen from it."""
    placed = positions_at(rig.points, positions)
    shift = raw.positions[:, _LIMBS.pelvis] * scale - placed[:, _LIMBS.pelvis]

    feet = [joint for foot in _LIMBS.feet for joint in foot]
    stand = raw.rest_positions[feet, 1] - raw.rest_positions[feet, 1].min()
    wanted = (raw.positions[:, feet, 1] - stand).min(axis=1) * scale
    shift[:, 1] = wanted - foot_heights(rig, placed)
    return shift


def _turned(rig: Rig, raw: RawMotion) -> dict[int, np.ndarray]:
    """World rotations ``[T 4]``, from the rest pose on, of the joints that are animated."""
    source = raw.rotations.copy()
    for joint, parent in enumerate(raw.parents[1:], start=1):
        source[:, joint] = multiply(source[:, parent], raw.rotations[:, joint])
    upright = from_yaw(np.array(-rig.facing))

    turned: dict[int, np.ndarray] = {}
    path, knots = trunk_joints(rig)
    for joint, knot in zip(path, knots, strict=True):
        turned[joint] = multiply(_trunk_rotation(source, knot), upright)
    for name in ("head", "left_collar", "right_collar"):
        if name in rig.joints:
            turned[rig.joints[name]] = multiply(source[:, JOINT_NAMES.index(name)], upright)

    for side in SIDES:
        for chain in _CHAINS:
            turn = upright
            for upper, lower in zip(chain, chain[1:]):
                first, last = (JOINT_NAMES.index(f"{side}_{part}") for part in (upper, lower))
                bone = rotate(turn, rig.places[last] - rig.places[first])
                turn = multiply(between(bone, raw.offsets[last]), turn)
                along = raw.positions[:, last] - raw.positions[:, first]
                turned[rig.joints[f"{side}_{upper}"]] = _aimed(
                    multiply(source[:, first], turn), rig.places[last] - rig.places[first], along
                )
            end = f"{side}_{chain[-1]}"
            turn = upright if chain[-1] == "ankle" else turn
            turned[rig.joints[end]] = multiply(source[:, JOINT_NAMES.index(end)], turn)
    return turned


def _aimed(turn: np.ndarray, rest: np.ndarray, along: np.ndarray) -> np.ndarray:
    """World rotations ``[T 4]``, swung so that a bone of the rest pose points along ``[T 3]``."""
    bone = rotate(turn, np.broadcast_to(rest, along.shape))
    return multiply(between(bone, along), turn)


def trunk_joints(rig: Rig) -> tuple[list[int], np.ndarray]:
    """The joints from the pelvis up to the one below the head, and how far up each is.

    That is 0 at the pelvis, 1 to 3 at SMPL's spine, 4 at its neck and 5 at its head.
    """
    path = path_to_head(rig.rest, rig.joints)
    path = path[path.index(rig.points[_LIMBS.pelvis].first) :]
    lengths = np.linalg.norm(rig.rest.offsets[path], axis=-1)
    lengths[0] = 0
    heights = dict(zip(path, np.cumsum(lengths).tolist(), strict=True))

    anchors = []
    for joint in _TRUNK:
        point = rig.points[joint]
        first, second = heights[point.first], heights[point.second]
        anchors.append(first + point.share * (second - first))
    rising = np.maximum.accumulate(np.array(anchors) + np.arange(len(anchors)) * 1e-9)
    knots = np.interp([heights[joint] for joint in path], rising, np.arange(len(rising)))
    return path[:-1], knots[:-1]


def _trunk_rotation(source: np.ndarray, knot: float) -> np.ndarray:
    """World rotations ``[T 4]`` of the motion's trunk at a height."""
    lower = int(min(np.floor(knot), len(_TRUNK) - 2))
    share = np.full(len(source), knot - lower)
    return slerp(source[:, _TRUNK[lower]], source[:, _TRUNK[lower + 1]], share)


def _leg(positions: np.ndarray) -> float:
    """Mean length ``[T 22 3]`` of the legs."""
    lengths = [
        np.linalg.norm(positions[:, lower] - positions[:, upper], axis=-1)
        for leg in _LIMBS.legs
        for upper, lower in zip(leg[:2], leg[1:3])
    ]
    return float(2 * np.mean(lengths))
