"""Places of SMPL's 22 joints in a foreign skeleton: limbs by name, the trunk from the tree.

The pelvis is where legs and trunk part, the chest where arms and head part. Joints that a file
lacks, or has at no distance from their neighbour (a fault of well-known conversions), are placed on
the line between their neighbours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations
from typing import NamedTuple

import numpy as np

from motionlcm.formats.raw import RawMotion
from motionlcm.motion.skeleton import JOINT_NAMES

_FROM_CHEST = ("left_shoulder", "right_shoulder", "head")  # what hangs from the chest
_FROM_PELVIS = ("left_hip", "right_hip", "head")  # what hangs from the pelvis
#: Where the three spine joints sit between pelvis (0) and neck (1) in SMPL.
_SPINE_SHARES = (0.24, 0.50, 0.60)
_NECK_SHARE = 0.84  # where the neck sits between pelvis (0) and head (1)
_NECK_RANGE = (0.4, 0.7)  # where it is placed between the joint below it (0) and head (1)
_COLLAR_SHARE = 0.4  # where a collar is placed between chest and shoulder
_STEPS = (0.0, 1 / 4, 1 / 3, 1 / 2, 2 / 3, 3 / 4)  # places on a bone that a spine joint may have
_BEND_PRICE = 10.0  # of a bone whose length varies (std over mean), beside squared shares
_UNUSED_PRICE = 10.0  # of a joint of the trunk that is passed over
_NARROW = 0.05  # the least share of the trunk between two joints
_NEAR = 0.05  # bones shorter than this share of a thigh have no length


class Point(NamedTuple):
    """A place on the line between two joints: ``first + share (second - first)``."""

    first: int
    second: int
    share: float = 0.0


class _Trunk(NamedTuple):
    """The joints from pelvis to head, and how far up each is along the bones, in the file's unit.

    Of joints that sit in one place only the lowest is among them.
    """

    joints: list[int]
    heights: list[float]


def joint_points(joints: Sequence[int]) -> list[Point]:
    """Points that are the joints themselves."""
    return [Point(joint, joint) for joint in joints]


def positions_at(points: Sequence[Point], positions: np.ndarray) -> np.ndarray:
    """Positions ``[T N 3]`` of the points, from those ``[T J 3]`` of a file's joints."""
    share = np.array([point.share for point in points])[:, None]
    first = positions[:, [point.first for point in points]]
    second = positions[:, [point.second for point in points]]
    return first * (1 - share) + second * share


def restore_chest(raw: RawMotion, joints: dict[str, int], notes: list[str]) -> RawMotion:
    """Give the chest bone back to the CMU conversions that lost it.

    There lower back, neck and both collars have no length, and with them the thorax is gone (10 cm
    of trunk), though its rotation is still there. In the recordings it is as long as the bone below
    it.

    Args:
        raw: any human skeleton.
        joints: SMPL's names to the file's joints, as ``match_joints`` finds them.
        notes: is told what was done.
    """
    bones = np.linalg.norm(raw.offsets, axis=-1)
    chest, pelvis = _chest(raw, joints), _pelvis(raw, joints)
    branches = [_path(raw, joints[name]) for name in _FROM_CHEST]
    above = [path[path.index(chest) + 1] for path in branches if chest in path[:-1]]
    to_head = branches[-1]
    trunk = to_head[to_head.index(pelvis) + 1 :]

    # Where a collar has a length, the chest only starts where the spine ends.
    from_chest = [path[path.index(chest) + 1 : -1] for path in branches[:2] if chest in path]
    has_collars = any(bones[joint] > 0 for path in from_chest for joint in path)
    is_lost = len(set(above)) == 3 and not bones[above].any() and chest in trunk[1:]
    if not is_lost or has_collars or bones[trunk[0]] > 0 or bones[chest] == 0:
        return raw

    notes.append("the chest bone has no length: given that of the bone below it")
    offsets, translations = raw.offsets.copy(), raw.translations.copy()
    offsets[above] += raw.offsets[chest]
    translations[:, above] += raw.offsets[chest]
    return replace(raw, offsets=offsets, translations=translations)


def place_joints(raw: RawMotion, joints: dict[str, int], notes: list[str]) -> list[Point]:
    """Find a point for each of the 22 joints, in SMPL's order.

    Args:
        raw: any human skeleton.
        joints: SMPL's names to the file's joints, as ``match_joints`` finds them.
        notes: is told of the joints that the file lacks.
    """
    points = {name: Point(joint, joint) for name, joint in joints.items()}
    pelvis = _pelvis(raw, joints)
    points["pelvis"] = Point(pelvis, pelvis)

    path = path_to_head(raw, joints)
    path = path[path.index(pelvis) :]
    bones = np.linalg.norm(raw.offsets, axis=-1)
    nearest = _NEAR * bones[joints["left_knee"]]
    trunk = _trunk(path, bones, nearest)
    merged = [raw.names[joint] for joint in path[1:-1] if bones[joint] <= nearest]
    if merged:
        notes.append(f"bones of no length left out: {', '.join(merged)}")

    chest = _chest(raw, joints)
    up_to_chest = path[: path.index(chest) + 1] if chest in path else path[:1]
    if "neck" in raw.names[chest].lower():  # it bears the collars, as in 3ds Max's Biped
        up_to_chest = up_to_chest[:-1]
    points["neck"] = _place_neck(trunk, up_to_chest, notes)

    spine = _place_spine(raw, trunk, points["pelvis"], points["neck"])
    points |= spine
    between = [name for name, point in spine.items() if point.share > 0]
    if between:
        notes.append(f"{', '.join(between)} placed between the joints of the trunk")

    for side in ("left", "right"):
        collar = _place_collar(raw, joints, side, points["spine3"], nearest, notes)
        points[f"{side}_collar"] = collar

    return [points[name] for name in JOINT_NAMES]


def path_to_head(raw: RawMotion, joints: dict[str, int]) -> list[int]:
    """Joints from the root up to the head."""
    return _path(raw, joints["head"])


def _path(raw: RawMotion, joint: int) -> list[int]:
    """Joints from the root down to ``joint``."""
    path = [joint]
    while raw.parents[path[-1]] >= 0:
        path.append(raw.parents[path[-1]])
    return path[::-1]


def _chest(raw: RawMotion, joints: dict[str, int]) -> int:
    return _meeting(raw, [joints[name] for name in _FROM_CHEST])


def _pelvis(raw: RawMotion, joints: dict[str, int]) -> int:
    return _meeting(raw, [joints[name] for name in _FROM_PELVIS])


def _meeting(raw: RawMotion, joints: Sequence[int]) -> int:
    """The lowest joint that all of ``joints`` hang from."""
    shared = 0
    for step in zip(*(_path(raw, joint) for joint in joints)):
        if len(set(step)) > 1:
            break
        shared = step[0]
    return shared


def _trunk(path: list[int], bones: np.ndarray, nearest: float) -> _Trunk:
    """The joints of a path from pelvis to head without those whose bone has no length."""
    trunk = _Trunk([path[0]], [0.0])
    for joint in path[1:]:
        if bones[joint] > nearest or joint == path[-1]:
            trunk.joints.append(joint)
            trunk.heights.append(trunk.heights[-1] + bones[joint])
    return trunk


def _place_neck(trunk: _Trunk, up_to_chest: list[int], notes: list[str]) -> Point:
    """The joint between chest and head that is nearest to SMPL's neck, or a point between them."""
    joints, heights = trunk
    inner = range(1, len(joints) - 1)
    choices = [i for i in inner if joints[i] not in up_to_chest]
    if choices:
        best = min(choices, key=lambda i: abs(heights[i] / heights[-1] - _NECK_SHARE))
        return Point(joints[best], joints[best])

    notes.append("no neck joint: placed between chest and head")
    start = heights[-2] / heights[-1]
    share = (_NECK_SHARE - start) / max(1 - start, 1e-6)
    return Point(joints[-2], joints[-1], float(np.clip(share, *_NECK_RANGE)))


def _place_spine(raw: RawMotion, trunk: _Trunk, pelvis: Point, neck: Point) -> dict[str, Point]:
    """Choose spine1..3 among the joints of the trunk and points between them.

    The choice nearest to SMPL's shares is taken. A point between two joints moves rigidly with the
    lower one. A bone that spans a joint changes its length as the spine bends there, so up to three
    joints are all used; of more, those are left out that bend least.
    """
    candidates = _spine_candidates(trunk, neck)
    points = [point for _, point in candidates]
    joints = {i for i, point in enumerate(points) if point.share == 0}
    varies = _length_variation(raw, [pelvis, *points, neck])

    def price(choice: tuple[int, ...]) -> float:
        shares = [candidates[i][0] for i in choice]
        is_narrow = min(np.diff([0.0, *shares, 1.0])) < _NARROW
        shape = sum((a - b) ** 2 for a, b in zip(shares, _SPINE_SHARES)) + is_narrow
        if len(joints) <= 3:
            return shape + _UNUSED_PRICE * len(joints - set(choice))

        stops = [0, *(i + 1 for i in choice), len(candidates) + 1]  # rows of varies
        return shape + _BEND_PRICE * float(max(varies[a, b] for a, b in zip(stops, stops[1:])))

    best = min(combinations(range(len(candidates)), 3), key=price)
    return {name: points[i] for name, i in zip(("spine1", "spine2", "spine3"), best)}


def _spine_candidates(trunk: _Trunk, neck: Point) -> list[tuple[float, Point]]:
    """Points below the neck, each with its share of the way from pelvis (0) to neck (1)."""
    joints, heights = trunk
    is_between = neck.share > 0
    below_neck = range(len(joints) - 1 if is_between else joints.index(neck.first))
    last = below_neck[-1]
    reach = neck.share if is_between else 1.0  # how much of the last stretch lies below the neck
    total = heights[last] + reach * (heights[last + 1] - heights[last])

    candidates = []
    for i in below_neck:
        for step in _STEPS:
            share = step * (reach if i == last else 1.0)
            if i > 0 or step > 0:
                point = Point(joints[i], joints[i + 1] if step > 0 else joints[i], share)
                height = heights[i] + share * (heights[i + 1] - heights[i])
                candidates.append((height / total, point))
    return candidates


def _length_variation(raw: RawMotion, points: list[Point]) -> np.ndarray:
    """Standard deviation over mean of the distance between any two points ``[N N]``."""
    places = positions_at(points, raw.sampled(60).positions)  # [T N 3]
    lengths = np.linalg.norm(places[:, :, None] - places[:, None], axis=-1)
    return lengths.std(axis=0) / np.maximum(lengths.mean(axis=0), 1e-9)


def _place_collar(
    raw: RawMotion,
    joints: dict[str, int],
    side: str,
    spine3: Point,
    nearest: float,
    notes: list[str],
) -> Point:
    """The collar joint, or where there is none apart from the spine, a point near the shoulder."""
    shoulder, collar = joints[f"{side}_shoulder"], joints.get(f"{side}_collar")
    if collar is not None:
        first = raw.cropped(0, 1).positions
        base = positions_at([spine3], first)[:, 0]
        gaps = [np.linalg.norm(first[:, collar] - end) for end in (base, first[:, shoulder])]
        if min(gaps) > nearest:
            return Point(collar, collar)

    notes.append(f"no distance between chest and {side} collar: placed on the way to the shoulder")
    start = collar if collar is not None else _meeting(raw, [shoulder, joints["head"]])
    return Point(start, shoulder, _COLLAR_SHARE)
