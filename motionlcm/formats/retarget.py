"""From a file's own joints to the 22 joints of SMPL: metres, Y up, feet on the floor, 20 fps.

Limbs and head are found by name; pelvis, spine, neck and collars from the tree: the pelvis is where legs and trunk
part, the chest where arms and head part. Joints that a file lacks, or has at no distance from their neighbour (a
fault of well-known conversions), are placed on the line between their neighbours. What was done is told in notes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from motionlcm.formats.joint_names import JOINT_NAMINGS, match_joints
from motionlcm.formats.raw import RawMotion
from motionlcm.formats.t_pose import count_inserted_frames
from motionlcm.motion.motion import Motion
from motionlcm.motion.skeleton import JOINT_NAMES, PARENTS, SMPL_22, Skeleton, bone_lengths

FPS = 20.0
_LEG = 0.82  # metres, thigh and shin of a grown person
_LEG_RANGE = (0.58, 1.08)
#: Units in metres, and their names; the ranges of leg lengths do not overlap.
_UNITS = {1.0: "metres", 0.01: "centimetres", 0.0254: "inches", 0.0254 / 0.45: "CMU units of 0.056444 m",
          0.001: "millimetres", 0.1: "decimetres"}  # fmt: skip
#: Rotations that bring another axis up to Y, as matrices that act on columns.
_TO_Y_UP = {"X": [[0, -1, 0], [1, 0, 0], [0, 0, 1]], "Z": [[1, 0, 0], [0, 0, 1], [0, -1, 0]]}
#: Where the three spine joints sit between pelvis (0) and neck (1) in SMPL.
_SPINE_SHARES = (0.24, 0.50, 0.60)
_NECK_SHARE = 0.84  # where the neck sits between pelvis (0) and head (1)
_COLLAR_SHARE = 0.4  # where a collar is placed between chest and shoulder
_BEND_PRICE = 10.0  # the price of a bone whose length varies (std over mean), beside squared shares
_NARROW = 0.05  # the least share of the trunk between two joints
_NEAR = 0.05  # bones shorter than this share of a thigh have no length
_FLOOR = (-0.05, 0.06)  # metres; the lowest joint's height in files whose floor is already at 0
_SHORTEST = 0.005  # metres
_FARTHEST = 1e4  # metres

_Point = tuple[int, int, float]  # (joint a, joint b, share): a + share (b - a)


def retarget(raw: RawMotion, *, fps: float = FPS) -> tuple[Motion, list[str]]:
    """Turn a raw motion into the 22 joints of SMPL.

    Args:
        raw: any human skeleton.
        fps: of the result.
    Returns:
        The motion and notes: what was assumed, dropped, moved and repaired. A file of exactly the joints that
        ``write_bvh`` writes is taken as it is, with its rotations: no frame dropped, the floor untouched. Of other
        skeletons only positions are taken, since their rotations tell of other bones.
    Raises:
        ValueError: joints that are missing, a body without size, positions that are absurd.
    """
    notes: list[str] = []
    names = [name for name, is_end in zip(raw.names, raw.is_end_site) if not is_end]
    own = next((naming for naming in JOINT_NAMINGS.values() if set(naming) == set(names)), None)
    if own is not None:
        points = [(raw.names.index(name), raw.names.index(name), 0.0) for name in own]
    else:
        found = match_joints(raw)
        _check_size(raw, found)
        raw = _restore_chest(raw, found, notes)
        points = _place_joints(raw, found, notes)
    scale = _metres_per_unit(raw, points, own is not None, notes)
    _check_reach(np.abs(raw.translations).max() * scale, raw.source)
    if own is None:
        inserted = count_inserted_frames(
            _positions(raw.cropped(0, int(6 * raw.fps)), points) * scale, raw.fps
        )
        if inserted:
            notes.append(
                f"dropped the first {inserted} of {raw.num_frames} frames: an inserted pose"
            )
            raw = raw.cropped(inserted, raw.num_frames)
    raw = raw.resampled(fps)
    positions = _positions(raw, points) * scale
    _check_reach(np.abs(positions).max(), raw.source)
    rest = _standing_axis(_positions(_rest(raw), points)[0])
    axis = rest if own is not None and rest is not None else _up_axis(positions, rest)
    axis = 1 if raw.is_y_up else axis
    positions = _upright(positions, axis, notes)
    if own is None:
        positions = _unmirrored(positions, notes)
        positions = _on_floor(positions, notes)
    lengths = bone_lengths(positions).min(axis=0)[1:]
    if lengths.min() < _SHORTEST:
        short = [name for name, length in zip(JOINT_NAMES[1:], lengths) if length < _SHORTEST]
        raise ValueError(
            f"{raw.source}: no distance between a joint and its parent: {', '.join(short)}"
        )
    rotations, skeleton = None, SMPL_22
    if own is not None and axis == 1:
        rotations, skeleton = _own_rotations(raw, [a for a, _, _ in points], scale)
    return Motion(positions, fps=fps, rotations=rotations, skeleton=skeleton), notes


def _own_rotations(
    raw: RawMotion, joints: list[int], scale: float
) -> tuple[np.ndarray | None, Skeleton]:
    """(rotations ``[T 22 4]``, skeleton) of a file of our own joints, or (None, ...) if its tree is another."""
    parents = tuple(
        joints.index(parent) if parent in joints else -1
        for parent in (raw.parents[i] for i in joints)
    )
    if parents != PARENTS:
        return None, SMPL_22
    offsets = raw.offsets[joints] * scale
    offsets[0] = 0
    return raw.rotations[:, joints], Skeleton(JOINT_NAMES, PARENTS, offsets)


def _check_reach(farthest: float, source: str) -> None:
    if not farthest <= _FARTHEST:
        raise ValueError(
            f"{source}: positions reach {farthest:.3g} m; expected at most {_FARTHEST:g} m"
        )


def _check_size(raw: RawMotion, found: dict[str, int]) -> None:
    """Refuse a skeleton whose thighs or trunk have no length."""
    bones = np.linalg.norm(raw.offsets, axis=-1)
    trunk = sum(bones[joint] for joint in _path(raw, found["head"])[1:])
    thigh = min(bones[found["left_knee"]], bones[found["right_knee"]])
    if not (thigh > 0 and np.isfinite(thigh) and trunk > 0 and np.isfinite(trunk)):
        raise ValueError(
            f"{raw.source}: thighs of {thigh:g} and a trunk of {trunk:g} units: no body to scale"
        )


def _positions(raw: RawMotion, points: Sequence[_Point]) -> np.ndarray:
    """The 22 joints ``[T 22 3]`` in the file's unit and axes."""
    first, second = [a for a, _, _ in points], [b for _, b, _ in points]
    share = np.array([share for _, _, share in points])[:, None]
    return raw.positions[:, first] * (1 - share) + raw.positions[:, second] * share


def _rest(raw: RawMotion) -> RawMotion:
    """The rest pose as a motion of one frame."""
    one = raw.cropped(0, 1)
    rotations = np.zeros_like(one.rotations)
    rotations[..., 0] = 1
    return RawMotion(
        raw.names, raw.parents, raw.offsets, raw.offsets[None], rotations, raw.fps, raw.is_end_site
    )


def _path(raw: RawMotion, joint: int) -> list[int]:
    """Joints from the root down to ``joint``."""
    path = [joint]
    while raw.parents[path[-1]] >= 0:
        path.append(raw.parents[path[-1]])
    return path[::-1]


def _meeting(raw: RawMotion, joints: Sequence[int]) -> int:
    """The lowest joint that all of ``joints`` hang from."""
    shared = 0
    for step in zip(*(_path(raw, joint) for joint in joints)):
        if len(set(step)) > 1:
            break
        shared = step[0]
    return shared


def _restore_chest(raw: RawMotion, found: dict[str, int], notes: list[str]) -> RawMotion:
    """Give the chest bone back to the CMU conversions that lost it.

    There lower back, neck and both collars have no length, and with them the thorax is gone (10 cm of trunk), though
    its rotation is still there. In the recordings it is as long as the bone below it.
    """
    bones = np.linalg.norm(raw.offsets, axis=-1)
    chest = _meeting(raw, [found["left_shoulder"], found["right_shoulder"], found["head"]])
    branches = [_path(raw, found[name]) for name in ("left_shoulder", "right_shoulder", "head")]
    above = [path[path.index(chest) + 1] for path in branches if chest in path[:-1]]
    pelvis = _meeting(raw, [found["left_hip"], found["right_hip"], found["head"]])
    trunk = branches[-1][branches[-1].index(pelvis) + 1 :]
    is_lost = len(set(above)) == 3 and not bones[above].any() and chest in trunk[1:]
    if not is_lost or bones[trunk[0]] > 0 or bones[chest] == 0:
        return raw
    notes.append("the chest bone has no length: given that of the bone below it")
    offsets, translations = raw.offsets.copy(), raw.translations.copy()
    offsets[above] += raw.offsets[chest]
    translations[:, above] += raw.offsets[chest]
    return replace(raw, offsets=offsets, translations=translations)


def _place_joints(raw: RawMotion, found: dict[str, int], notes: list[str]) -> list[_Point]:
    """A point for each of the 22 joints."""
    points: dict[str, _Point] = {name: (joint, joint, 0.0) for name, joint in found.items()}
    pelvis = _meeting(raw, [found["left_hip"], found["right_hip"], found["head"]])
    points["pelvis"] = (pelvis, pelvis, 0.0)
    bones = np.linalg.norm(raw.offsets, axis=-1)
    thigh = bones[found["left_knee"]]
    path = _path(raw, found["head"])
    trunk = path[path.index(pelvis) :]  # pelvis ... head
    chest = _meeting(raw, [found["left_shoulder"], found["right_shoulder"], found["head"]])
    # Keep one joint of those that sit in one place; along[i] is how far up joint i is.
    along = [0.0]
    nodes = [pelvis]
    for joint in trunk[1:]:
        if bones[joint] > _NEAR * thigh or joint == trunk[-1]:
            nodes.append(joint)
            along.append(along[-1] + bones[joint])
    notes += _zero_bone_notes(raw, trunk[1:-1], bones, thigh)
    points["neck"] = _place_neck(nodes, along, trunk, chest, notes)
    _place_spine(raw, nodes, along, points, notes)
    for side in ("left", "right"):
        points[f"{side}_collar"] = _place_collar(raw, found, points["spine3"], side, thigh, notes)
    return [points[name] for name in JOINT_NAMES]


def _zero_bone_notes(
    raw: RawMotion, joints: Sequence[int], bones: np.ndarray, thigh: float
) -> list[str]:
    merged = [raw.names[joint] for joint in joints if bones[joint] <= _NEAR * thigh]
    return [f"bones of no length left out: {', '.join(merged)}"] if merged else []


def _place_neck(
    nodes: list[int], along: list[float], trunk: list[int], chest: int, notes: list[str]
) -> _Point:
    above = trunk.index(chest) if chest in trunk else 0
    choices = [i for i in range(1, len(nodes) - 1) if trunk.index(nodes[i]) > above]
    if choices:
        best = min(choices, key=lambda i: abs(along[i] / along[-1] - _NECK_SHARE))
        return (nodes[best], nodes[best], 0.0)
    notes.append("no neck joint: placed between chest and head")
    below = nodes[-2]
    start = along[-2] / along[-1]
    share = float(np.clip((_NECK_SHARE - start) / max(1 - start, 1e-6), 0.4, 0.7))
    return (below, nodes[-1], share)


def _place_spine(
    raw: RawMotion,
    nodes: list[int],
    along: list[float],
    points: dict[str, _Point],
    notes: list[str],
) -> None:
    """Choose spine1..3 among the joints of the trunk and points between them, nearest to SMPL's shares.

    A point between two joints moves rigidly with the lower one. A bone that spans a joint changes its length as the
    spine bends there, so up to three joints are all used; of more, those are left out that bend least.
    """
    pelvis, neck = points["pelvis"], points["neck"]
    below_neck = range(len(nodes) - 1 if neck[2] > 0 else nodes.index(neck[0]))
    last = below_neck[-1]
    reach = neck[2] if neck[2] > 0 else 1.0  # how much of the last stretch lies below the neck
    total = along[last] + reach * (along[last + 1] - along[last])
    candidates: list[tuple[float, _Point]] = []  # (share of pelvis to neck, point)
    for i in below_neck:
        for step in (0.0, 1 / 4, 1 / 3, 1 / 2, 2 / 3, 3 / 4):
            share = step * (reach if i == last else 1.0)
            if i > 0 or step > 0:
                point = (nodes[i], nodes[i + 1] if step > 0 else nodes[i], share)
                candidates.append(((along[i] + share * (along[i + 1] - along[i])) / total, point))
    joints = [i for i, (_, point) in enumerate(candidates) if point[2] == 0]
    varies = _length_variation(raw, [pelvis, *(point for _, point in candidates), neck])

    def price(choice: tuple[int, ...]) -> float:
        shares = [candidates[i][0] for i in choice]
        is_narrow = min(np.diff([0.0, *shares, 1.0])) < _NARROW
        shape = sum((a - b) ** 2 for a, b in zip(shares, _SPINE_SHARES)) + is_narrow
        if len(joints) <= 3:
            return shape + 10 * len(set(joints) - set(choice))
        stops = [0, *(i + 1 for i in choice), len(candidates) + 1]
        return shape + _BEND_PRICE * float(max(varies[a, b] for a, b in zip(stops, stops[1:])))

    best = min(combinations(range(len(candidates)), 3), key=price)
    made_up = []
    for name, chosen in zip(("spine1", "spine2", "spine3"), best):
        points[name] = candidates[chosen][1]
        if points[name][2] > 0:
            made_up.append(name)
    if made_up:
        notes.append(f"{', '.join(made_up)} placed between the joints of the trunk")


def _length_variation(raw: RawMotion, points: list[_Point]) -> np.ndarray:
    """Standard deviation over mean of the distance between any two points ``[N N]``."""
    placed = _positions(raw.sampled(60), points)  # [T N 3]
    lengths = np.linalg.norm(placed[:, :, None] - placed[:, None], axis=-1)
    return lengths.std(axis=0) / np.maximum(lengths.mean(axis=0), 1e-9)


def _place_collar(
    raw: RawMotion, found: dict[str, int], spine3: _Point, side: str, thigh: float, notes: list[str]
) -> _Point:
    """The collar joint, or where it is missing or sits on the spine, a point on the way to the shoulder."""
    shoulder, collar = found[f"{side}_shoulder"], found.get(f"{side}_collar")
    first = raw.cropped(0, 1).positions
    base = first[:, spine3[0]] * (1 - spine3[2]) + first[:, spine3[1]] * spine3[2]
    if collar is not None:
        gaps = [np.linalg.norm(first[:, collar] - other) for other in (base, first[:, shoulder])]
        if min(gaps) > _NEAR * thigh:
            return (collar, collar, 0.0)
    start = collar if collar is not None else _meeting(raw, [shoulder, found["head"]])
    notes.append(f"no distance between chest and {side} collar: placed on the way to the shoulder")
    return (start, shoulder, _COLLAR_SHARE)


def _metres_per_unit(raw: RawMotion, points: list[_Point], is_own: bool, notes: list[str]) -> float:
    """The unit, from what the file says or from the length of the legs."""
    first = _positions(raw.cropped(0, 1), points)
    leg = float(bone_lengths(first)[0, [4, 5, 7, 8]].sum() / 2)
    if not np.isfinite(leg) or leg <= 0:
        raise ValueError(
            f"{raw.source}: the legs have no length ({leg:g}), so there is no body to scale"
        )
    if is_own:
        return min((1.0, 0.01), key=lambda unit: abs(np.log(unit * leg / _LEG)))
    candidates = [raw.metres_per_unit] if raw.metres_per_unit else []
    for unit in [*candidates, *_UNITS]:
        if _LEG_RANGE[0] <= unit * leg <= _LEG_RANGE[1]:
            name = next(
                (name for value, name in _UNITS.items() if abs(value / unit - 1) < 1e-4),
                f"{unit:g} m",
            )
            notes.append(f"unit: {name} (legs of {unit * leg:.2f} m)")
            return unit
    notes.append(f"unknown unit (legs of {leg:.4g}): scaled to legs of {_LEG} m")
    return _LEG / leg


def _upright(positions: np.ndarray, axis: int, notes: list[str]) -> np.ndarray:
    """Turn an axis that points up to Y."""
    if axis == 1:
        return positions
    notes.append(f"{'XYZ'[axis]} up: turned to Y up")
    return positions @ np.array(_TO_Y_UP["XYZ"[axis]], dtype=float).T


def _up_axis(positions: np.ndarray, rest: int | None) -> int:
    """Which axis points up.

    It is the rest pose's axis if that stands, unless the motion itself stands along another axis with its feet
    nearer to that axis's zero (a file whose root is turned); a motion that lies or crawls does not count.
    """
    body = positions[:, 15] - positions[:, [7, 8]].mean(axis=1)
    mean = (body / np.maximum(np.linalg.norm(body, axis=-1, keepdims=True), 1e-9)).mean(axis=0)
    moving = int(np.abs(mean).argmax())
    stands = float(np.sort(np.abs(mean))[-2]) * 1.4 < mean[moving] and mean[moving] > 0.5
    if rest is None:
        return moving if stands else 1
    if rest != moving and mean[moving] > 0.8 and abs(mean[rest]) < 0.4:
        lowest = np.abs(np.percentile(positions.min(axis=1), 5, axis=0))
        return moving if lowest[moving] < lowest[rest] else rest
    return rest


def _standing_axis(rest: np.ndarray) -> int | None:
    """The axis along which a rest pose ``[22 3]`` stands: legs down, trunk up; None if it does not stand."""
    trunk = rest[15] - rest[0]
    legs = rest[[4, 5, 7, 8]] - rest[[1, 2, 4, 5]]
    axis = int(np.abs(trunk).argmax())
    up = np.array([trunk[axis], *(-legs[:, axis])])
    sizes = np.array([np.linalg.norm(trunk), *np.linalg.norm(legs, axis=-1)])
    return axis if (up > 0.8 * sizes).all() and (sizes > 0).all() else None


def _unmirrored(positions: np.ndarray, notes: list[str]) -> np.ndarray:
    """Undo left-handed axes, which make toes point away from where hips and trunk face."""
    across = positions[:, 1] - positions[:, 2]
    ahead = np.cross(across, positions[:, 9] - positions[:, 0])
    toes = (positions[:, [10, 11]] - positions[:, [7, 8]]).mean(axis=1)
    agree = (ahead * toes).sum(axis=-1) / np.maximum(
        np.linalg.norm(ahead, axis=-1) * np.linalg.norm(toes, axis=-1), 1e-9
    )
    if np.median(agree) > -0.5:
        return positions
    notes.append("left-handed axes (toes point backwards): X negated")
    return positions * np.array([-1.0, 1.0, 1.0])


def _on_floor(positions: np.ndarray, notes: list[str]) -> np.ndarray:
    """Move the lowest joint of all to height 0, unless the floor is there already."""
    lowest = float(positions[..., 1].min())
    if _FLOOR[0] <= lowest <= _FLOOR[1]:
        return positions
    notes.append(f"floor moved from {lowest:.2f} m to 0")
    return positions - np.array([0.0, lowest, 0.0])
