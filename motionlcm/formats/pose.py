"""What animation files hold of a motion: a rest pose, local rotations, bones that stretch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from motionlcm.formats.raw import RawMotion, check_fps, rotations_in_world
from motionlcm.formats.t_pose import is_t_pose
from motionlcm.motion.inverse_kinematics import (
    aimed,
    mean_bone_lengths,
    rebase_rotations,
    solve_rotations,
    t_pose_skeleton,
)
from motionlcm.motion.loops import is_looped
from motionlcm.motion.rotations import inverse, make_continuous, multiply, normalize, rotate
from motionlcm.motion.seams import even_turns, unrolled
from motionlcm.motion.skeleton import JOINT_NAMES, PARENTS, SMPL_22, Skeleton

if TYPE_CHECKING:
    from motionlcm.motion.motion import Motion

_SAME_POSE = np.cos(
    np.radians(20)
)  # rest poses whose bones all agree better than this are one rest pose
CHUNK = 2400  #: frames of a long motion that are told at once
_AROUND = 200  #: frames on either side whose twist matters to a chunk's, if at all
#: The joints that tell: not hips, collars and neck, which sit where the body has them, in any rest
#: pose.
_TELLING = [joint for joint in range(1, len(PARENTS)) if PARENTS.count(PARENTS[joint]) == 1]


def local_motion(
    motion: Motion, *, rest: np.ndarray | None = None, fps: float | None = None
) -> RawMotion:
    """Give each of the 22 joints the local transforms that put it where the motion has it.

    Args:
        motion: its ``rotations`` are used if it has them, told from the rest pose that is asked
            for; else they are solved from the positions.
        rest: ``[22 3]`` directions of the rest pose; the default is a T-pose that faces +Z.
        fps: frames per second of the result, rotations taken along the great arc so that bones keep
            their length between frames; the default is the motion's own rate.
    Returns:
        Metres, Y up; rotations continuous over time. ``translations`` are exact in every frame,
        ``offsets`` are the rest pose, equal to them where the body is rigid.
    Raises:
        ValueError: a frame rate that is not between 1 and 1000, or another body than SMPL's 22
            joints.
    """
    if not motion.skeleton.supports("files"):
        raise ValueError(
            f"bvh, glb and AMASS files are written for SMPL's {len(PARENTS)} joints, "
            f"this motion has {motion.skeleton.num_joints}; write mp4, gif, npz or npy"
        )
    if fps is not None:
        check_fps(fps)
        if motion.rotations is None and is_looped(motion.positions):
            motion = motion.resampled(fps)  # its end has to be its beginning at that rate, too

    positions = np.asarray(motion.positions, dtype=np.float64)
    if motion.rotations is not None:
        rotations, skeleton = _in_rest_pose(motion.rotations, motion.skeleton, rest)
    else:
        skeleton = (
            t_pose_skeleton(positions)
            if rest is None
            else _rest_skeleton(rest, mean_bone_lengths(positions))
        )
        rotations = _solved_rotations(positions, skeleton, motion.fps)

    raw = _raw(positions, rotations, skeleton.offsets, motion.fps)
    if motion.rotations is None and rest is not None:
        raw.offsets[1:] = raw.translations[:, 1:].mean(axis=0)  # hips and collars as this body has
    return raw if fps is None else raw.resampled(fps)


def _raw(positions: np.ndarray, rotations: np.ndarray, rest: np.ndarray, fps: float) -> RawMotion:
    """Joints in their parents' frames, of positions, local rotations and rest offsets."""
    offsets = np.asarray(rest, dtype=np.float64).copy()
    offsets[0] = 0
    return RawMotion(
        names=JOINT_NAMES,
        parents=PARENTS,
        offsets=offsets,
        translations=local_positions(positions, rotations),
        rotations=rotations,
        fps=fps,
        is_end_site=np.zeros(len(PARENTS), dtype=bool),
        metres_per_unit=1.0,
    )


def local_chunks(
    motion: Motion, *, fps: float | None = None, longest: int | None = None
) -> Iterator[RawMotion]:
    """Give what ``local_motion`` does, told from a T-pose, in chunks of bounded size.

    A motion of known rotations, one at another frame rate, and a loop come whole. Elsewhere a
    twist depends on the frames around, which chunks see on either side.

    Args:
        motion: what is told.
        fps: frames per second of the result.
        longest: frames of a chunk; None: two minutes at 20 fps.
    Yields:
        Motions with the same skeleton, one after the other.
    Raises:
        ValueError: as ``local_motion``.
    """
    count, longest = motion.num_frames, longest or CHUNK
    is_simple = motion.rotations is None and motion.skeleton.supports("files")
    if not is_simple or fps is not None or count <= longest or is_looped(motion.positions):
        yield local_motion(motion, fps=fps)
        return

    # bodies do not change: so many of their frames tell their size
    some = motion.positions[:: -(-count // longest)]
    skeleton = t_pose_skeleton(np.asarray(some, dtype=np.float64))
    for start in range(0, count, longest):
        stop = min(start + longest, count)
        first, last = max(0, start - _AROUND), min(count, stop + _AROUND)
        positions = np.asarray(motion.positions[first:last], dtype=np.float64)
        kept = slice(start - first, stop - first)
        rotations = solve_rotations(positions, skeleton)[kept]
        yield _raw(positions[kept], rotations, skeleton.offsets, motion.fps)


def stretching_joints(
    raw: RawMotion, tolerance: float, known: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Find the joints whose bones stretch, and where each joint is to be put.

    A joint that its offset puts within the tolerance keeps the offset; the others, and the root,
    are placed exactly, which also takes back what has added up on the way from the root.

    Args:
        raw: joints with local transforms.
        tolerance: metres.
        known: ``[J]``, joints that need it in any case; None: the root.
    Returns:
        Each joint's place in its parent's frame ``[T J 3]``, and which joints need it written
        ``[J]``.
    """
    positions, world = raw.positions, raw.world_rotations
    placed = positions.copy()  # where a reader of the file will put the joints
    local = raw.translations.copy()
    moves = np.zeros(len(raw.parents), dtype=bool) if known is None else known.copy()
    moves[0] = True

    for joint, parent in enumerate(raw.parents):
        if parent < 0:
            continue
        bone = np.broadcast_to(raw.offsets[joint], local[:, joint].shape)
        placed[:, joint] = placed[:, parent] + rotate(world[:, parent], bone)

        moves[joint] |= np.abs(placed[:, joint] - positions[:, joint]).max() > tolerance
        if moves[joint]:
            apart = positions[:, joint] - placed[:, parent]
            local[:, joint] = rotate(inverse(world[:, parent]), apart)
            placed[:, joint] = positions[:, joint]

    return local, moves


def _in_rest_pose(
    rotations: np.ndarray, skeleton: Skeleton, rest: np.ndarray | None
) -> tuple[np.ndarray, Skeleton]:
    """Rotations ``[T 22 4]`` told from ``rest``, and the skeleton in that pose.

    They stay as they are where the skeleton is in that pose already. Without ``rest`` it is a
    T-pose that faces +Z.
    """
    rotations = make_continuous(normalize(np.asarray(rotations, dtype=np.float64)), axis=0)
    offsets = np.asarray(skeleton.offsets, dtype=np.float64)

    if rest is None:
        standing = offsets.copy()
        for joint, parent in enumerate(PARENTS[1:], start=1):
            standing[joint] += standing[parent]

        limbs = SMPL_22.limbs
        left_shoulder, right_shoulder = limbs.shoulders
        left = normalize(standing[left_shoulder] - standing[right_shoulder])
        up = normalize(standing[limbs.neck] - standing[limbs.pelvis])
        if is_t_pose(standing) and left[0] > _SAME_POSE and up[1] > _SAME_POSE:
            return rotations, skeleton
        return rebase_rotations(rotations, skeleton, t_pose_skeleton(standing[None]).offsets)

    agree = (normalize(offsets) * normalize(rest)).sum(axis=-1)[_TELLING]
    if agree.min() > _SAME_POSE:
        return rotations, skeleton
    return rebase_rotations(rotations, skeleton, rest)


def _solved_rotations(positions: np.ndarray, skeleton: Skeleton, fps: float) -> np.ndarray:
    """Rotations ``[T 22 4]`` solved from positions; those of a loop agree at its seam, too.

    The twist of a limb depends on the frames around: a loop is solved with what comes before and
    after it.
    """
    if not is_looped(positions):
        return solve_rotations(positions, skeleton)
    frames, around = len(positions) - 1, unrolled(positions, rounds=3)
    solved = solve_rotations(around, skeleton)[frames : 2 * frames + 1]
    even = even_turns(rotations_in_world(PARENTS, solved), fps)
    even = aimed(even, positions, skeleton)

    local = even.copy()
    local[:, 1:] = multiply(inverse(even[:, list(PARENTS[1:])]), even[:, 1:])
    return make_continuous(normalize(local), axis=0)


def _rest_skeleton(rest: np.ndarray, lengths: np.ndarray) -> Skeleton:
    return Skeleton(JOINT_NAMES, PARENTS, normalize(rest) * lengths[:, None])


def local_positions(positions: np.ndarray, rotations: np.ndarray) -> np.ndarray:
    """Each joint in its parent's frame ``[T 22 3]``; the root in the world."""
    above = list(PARENTS[1:])
    world, local = rotations_in_world(PARENTS, rotations), positions.copy()
    local[:, 1:] = rotate(inverse(world[:, above]), positions[:, 1:] - positions[:, above])
    return local
