"""A file's own joints brought to the 22 joints of SMPL: metres, Y up, feet on the floor, 20 fps.

Which joint is which is told by names (``joint_names.py``) and by the tree (``trunk.py``), the unit
by the length of the legs, the axes by how the body stands (``upright.py``). Notes tell what was
done.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from motionlcm.formats.body_check import LEG, leg_length, metres_per_unit
from motionlcm.formats.joint_names import JOINT_NAMINGS, check_joints, find_body
from motionlcm.formats.leaves import moved_bones, place_leaves
from motionlcm.formats.raw import FARTHEST, RawMotion
from motionlcm.formats.several_bodies import one_body
from motionlcm.formats.t_pose import count_inserted_frames
from motionlcm.formats.trunk import (
    Point,
    joint_points,
    path_to_head,
    place_joints,
    positions_at,
    restore_chest,
)
from motionlcm.formats.upright import (
    Y_UP,
    on_floor,
    standing_axis,
    turned_up,
    unmirrored,
    up_axis,
)
from motionlcm.formats.way import way_notes, way_of_bones
from motionlcm.motion.features import FPS
from motionlcm.motion.loops import is_looped
from motionlcm.motion.motion import Motion
from motionlcm.motion.skeleton import JOINT_NAMES, PARENTS, SMPL_22, Skeleton, bone_lengths

_OUR_UNITS = (1.0, 0.01)  # that write_bvh and write_glb write
_OUR_LEGS = (0.43, 1.3)  # metres; legs of other lengths are told in another unit, as inches
_SHORTEST = 0.005  # metres, of a bone
_LOWEST, _HIGHEST = -0.05, 0.5  # metres, of the lowest joint of a body that is on its floor
_STANDS = 0.5  # mean cosine between an axis and a body that stands along it
_LOOKED_AT = 9  # frames that tell whether a recording goes round
_START = 6.0  # seconds of a file that tell of inserted frames


def retarget(raw: RawMotion, *, fps: float = FPS) -> tuple[Motion, list[str]]:
    """Turn a raw motion into the 22 joints of SMPL.

    Args:
        raw: any human skeleton.
        fps: frames per second of the result.
    Returns:
        The motion and notes: what was assumed, dropped, moved and repaired. A file of exactly the
        joints that ``write_bvh`` writes is taken as it is, with its rotations: no frame dropped,
        the floor untouched. Of other skeletons only positions are taken, since their rotations tell
        of other bones.
    Raises:
        ValueError: joints that are missing, a body without size, positions that are absurd.
    """
    notes: list[str] = []
    raw = one_body(moved_bones(raw), notes)
    names = set(raw.joint_names)

    naming = next((naming for naming in JOINT_NAMINGS.values() if set(naming) == names), None)
    joints = [raw.names.index(name) for name in naming or ()]
    if naming is not None and _has_bones(raw, joints):
        motion = _from_our_joints(raw, joints, fps, notes)
    else:
        motion = _from_other_joints(raw, fps, notes)

    return motion, notes


def _has_bones(raw: RawMotion, joints: list[int]) -> bool:
    """Whether each of the 22 joints has a distance from its parent, or none at all has."""
    first = raw.cropped(0, 1).positions[:, joints]
    lengths = bone_lengths(first)[0, 1:]
    return bool(lengths.min() > 1e-3 * lengths.max() or lengths.max() <= 0)


def _from_our_joints(raw: RawMotion, joints: list[int], fps: float, notes: list[str]) -> Motion:
    """The motion of a file that has the 22 joints, by indices in SMPL's order."""
    points = joint_points(joints)
    leg = _leg_length(raw, points)
    scale = min(_OUR_UNITS, key=lambda unit: abs(np.log(unit * leg / LEG)))
    if not _OUR_LEGS[0] <= leg * scale <= _OUR_LEGS[1]:
        scale = metres_per_unit(leg, raw.metres_per_unit, notes)
    _check_reach(raw.translations, scale, raw.source)

    raw = raw.resampled(fps, to_end=_goes_round(raw, points, scale))
    positions = positions_at(points, raw.positions) * scale
    _check_reach(positions, 1.0, raw.source)

    rest = standing_axis(positions_at(points, raw.rest_positions[None])[0])
    up = up_axis(positions, rest, is_declared=True)
    if rest is not None and up != rest and set(raw.joint_names) == set(JOINT_NAMES):
        notes.append(f"{up.name} by the motion, {rest.name} by the rest pose, which is believed")
        up = rest
    turned = turned_up(positions, up, notes, is_told=raw.is_own)
    upright = unmirrored(turned, notes, is_told=raw.is_own)
    is_as_told = upright is positions
    positions = upright if up == Y_UP else on_floor(upright, notes)
    if not raw.is_own:
        positions = _off_floor(way_of_bones(positions, fps, notes), notes)
        notes += way_notes(positions, fps)
    _check_bones(positions, raw.source)

    rotations, skeleton = None, SMPL_22
    if is_as_told and _parents_within(raw, joints) == PARENTS:
        offsets = raw.offsets[joints] * scale
        offsets[0] = 0
        rotations, skeleton = raw.rotations[:, joints], Skeleton(JOINT_NAMES, PARENTS, offsets)

    return Motion(positions, fps=fps, rotations=rotations, skeleton=skeleton)


def _from_other_joints(raw: RawMotion, fps: float, notes: list[str]) -> Motion:
    """The motion of a file with any other human skeleton."""
    raw, joints = place_leaves(raw, find_body(raw, notes), notes)
    check_joints(raw, joints)
    _check_size(raw, joints)
    raw = restore_chest(raw, joints, notes)
    points = place_joints(raw, joints, notes)
    scale = metres_per_unit(_leg_length(raw, points), raw.metres_per_unit, notes)
    _check_reach(raw.translations, scale, raw.source)

    raw = _without_inserted_frames(raw, points, scale, notes)
    raw = raw.resampled(fps, to_end=_goes_round(raw, points, scale))
    positions = positions_at(points, raw.positions) * scale
    _check_reach(positions, 1.0, raw.source)

    rest = standing_axis(positions_at(points, raw.rest_positions[None])[0])
    rest = Y_UP if raw.is_y_up and rest is None else rest
    up = up_axis(positions, rest, is_declared=raw.is_y_up, least=_STANDS)
    positions = turned_up(positions, up, notes, is_told=raw.is_own)
    positions = unmirrored(positions, notes)
    positions = on_floor(way_of_bones(positions, fps, notes), notes)
    notes += way_notes(positions, fps)
    _check_bones(positions, raw.source)
    return Motion(positions, fps=fps)


def _goes_round(raw: RawMotion, points: list[Point], scale: float) -> bool:
    """Whether a recording is a loop, by its ends and some of its frames."""
    some = np.linspace(0, raw.num_frames - 1, _LOOKED_AT).round().astype(int)
    looks = replace(raw, translations=raw.translations[some], rotations=raw.rotations[some])
    return is_looped(positions_at(points, looks.positions) * scale)


def _off_floor(positions: np.ndarray, notes: list[str]) -> np.ndarray:
    """Bring a body ``[T 22 3]`` that is in the floor, or far above it, onto it."""
    lowest = float(positions[..., 1].min())
    is_near = _LOWEST <= lowest <= _HIGHEST
    return positions if is_near else on_floor(positions, notes)


def _parents_within(raw: RawMotion, joints: list[int]) -> tuple[int, ...]:
    """The parents of some joints as places among them; -1 where the parent is none of them."""
    parents = [raw.parents[joint] for joint in joints]
    return tuple(joints.index(parent) if parent in joints else -1 for parent in parents)


def _without_inserted_frames(
    raw: RawMotion, points: list[Point], scale: float, notes: list[str]
) -> RawMotion:
    """Drop a T-pose that a conversion put before the recording."""
    start = raw.cropped(0, int(_START * raw.fps))
    count = count_inserted_frames(positions_at(points, start.positions) * scale, raw.fps)
    if not count:
        return raw

    notes.append(f"dropped the first {count} of {raw.num_frames} frames: an inserted pose")
    return raw.cropped(count, raw.num_frames)


def _check_reach(positions: np.ndarray, scale: float, source: str) -> None:
    farthest = np.abs(positions).max() * scale
    if not farthest <= FARTHEST:
        raise ValueError(
            f"{source}: positions reach {farthest:.3g} m; expected at most {FARTHEST:g} m"
        )


def _check_size(raw: RawMotion, joints: dict[str, int]) -> None:
    """Refuse a skeleton whose thighs or trunk have no length."""
    bones = np.linalg.norm(raw.offsets, axis=-1)
    trunk = sum(bones[joint] for joint in path_to_head(raw, joints)[1:])
    thigh = min(bones[joints["left_knee"]], bones[joints["right_knee"]])
    if not (thigh > 0 and np.isfinite(thigh) and trunk > 0 and np.isfinite(trunk)):
        raise ValueError(
            f"{raw.source}: thighs of {thigh:g} and a trunk of {trunk:g} units: no body to scale"
        )


def _check_bones(positions: np.ndarray, source: str) -> None:
    """Refuse a body ``[T 22 3]`` with joints in the place of their parents."""
    lengths = bone_lengths(positions).min(axis=0)[1:]
    short = [name for name, length in zip(JOINT_NAMES[1:], lengths) if length < _SHORTEST]
    if short:
        raise ValueError(
            f"{source}: no distance between a joint and its parent: {', '.join(short)}"
        )


def _leg_length(raw: RawMotion, points: list[Point]) -> float:
    """Thigh and shin in the first frame, the mean of left and right, in the file's unit."""
    first = positions_at(points, raw.cropped(0, 1).positions)
    leg = leg_length(first)
    if not np.isfinite(leg) or leg <= 0:
        raise ValueError(
            f"{raw.source}: the legs have no length ({leg:g}), so there is no body to scale"
        )
    return leg
