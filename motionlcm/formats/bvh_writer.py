"""Writing BVH: a T-pose hierarchy in centimetres or metres, and rotations that stay continuous over time.

The root has six channels. Other joints have three rotation channels; a joint whose place on its parent varies by
more than half a millimetre over time (generated bodies are not quite rigid) has position channels too, so that what
is read again is within 1 mm of what was written.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from motionlcm.formats.atomic import write_bytes
from motionlcm.motion.inverse_kinematics import solve_rotations, t_pose_skeleton
from motionlcm.motion.rotations import inverse, make_continuous, multiply, rotate, to_euler
from motionlcm.motion.skeleton import JOINT_NAMES, PARENTS

if TYPE_CHECKING:
    from motionlcm.motion.motion import Motion

#: The names that a file may give to the 22 joints, in our order.
JOINT_NAMINGS: dict[str, tuple[str, ...]] = {
    "smpl": JOINT_NAMES,
    "motionbuilder": (
        "Hips", "LeftUpLeg", "RightUpLeg", "Spine", "LeftLeg", "RightLeg", "Spine1", "LeftFoot", "RightFoot",
        "Spine2", "LeftToeBase", "RightToeBase", "Neck", "LeftShoulder", "RightShoulder", "Head", "LeftArm",
        "RightArm", "LeftForeArm", "RightForeArm", "LeftHand", "RightHand",
    ),
}  # fmt: skip
JOINT_NAMINGS["mixamo"] = tuple(f"mixamorig:{name}" for name in JOINT_NAMINGS["motionbuilder"])

UNITS = {"cm": 100.0, "m": 1.0}  #: units per metre
_TOLERANCE = 0.0005  # metres a joint may be off before its position is written too
_LEAF_ENDS = {"head": (0.0, 0.16, 0.02), "wrist": (0.08, 0.0, 0.0), "foot": (0.0, 0.0, 0.06)}  # metres, left side


def write_bvh(path: str | Path, motion: Motion, *, unit: str = "cm", order: str = "ZXY", names: str = "smpl") -> Path:
    """Write a motion as BVH, whole or not at all.

    Args:
        path: the file to write.
        motion: its ``rotations`` are used if it has them (with its skeleton as the rest pose); else they are solved
            from the positions, with a T-pose of the motion's mean bone lengths as the rest pose.
        unit: ``"cm"`` or ``"m"``.
        order: in which the rotation channels are listed, any permutation of XYZ; the default bends knees and
            lifts arms far from its poles.
        names: ``"smpl"``, ``"mixamo"`` or ``"motionbuilder"``.
    Returns:
        The path written.
    Raises:
        ValueError: an unknown unit, order or naming; positions that are not finite; a folder that does not exist.
    """
    if unit not in UNITS:
        raise ValueError(f"unit must be one of {sorted(UNITS)}, got {unit!r}")
    if names not in JOINT_NAMINGS:
        raise ValueError(f"names must be one of {sorted(JOINT_NAMINGS)}, got {names!r}")
    if sorted(order) != ["X", "Y", "Z"]:
        raise ValueError(f"order must be a permutation of XYZ, got {order!r}")
    positions = np.asarray(motion.positions, dtype=np.float64)
    skeleton = t_pose_skeleton(positions)  # checks the positions
    if motion.rotations is None:
        rotations = solve_rotations(positions, skeleton)
    else:
        skeleton = motion.skeleton
        rotations = make_continuous(np.asarray(motion.rotations, dtype=np.float64), axis=0)
    offsets = np.asarray(skeleton.offsets, dtype=np.float64)
    angles = continuous_angles(rotations, order)
    local, moves = _place_joints(positions, rotations, offsets)
    lines = list(_hierarchy_lines(JOINT_NAMINGS[names], offsets * UNITS[unit], moves, order, UNITS[unit]))
    lines += ["MOTION", f"Frames: {len(positions)}", f"Frame Time: {1 / motion.fps:.9g}"]
    columns = []
    for joint in depth_first():
        if moves[joint]:
            columns.append(local[:, joint] * UNITS[unit])
        columns.append(np.degrees(angles[:, joint]))
    rows = np.concatenate(columns, axis=1)  # [T C]
    template = " ".join(["%.6f"] * rows.shape[1])
    lines += [template % tuple(row) for row in rows.tolist()]
    return write_bytes(path, ("\n".join(lines) + "\n").encode("ascii"))


def depth_first(joint: int = 0) -> list[int]:
    """The 22 joints in the order of a BVH hierarchy, each followed by all below it."""
    order = [joint]
    for child, parent in enumerate(PARENTS):
        if parent == joint:
            order += depth_first(child)
    return order


def continuous_angles(rotations: np.ndarray, order: str) -> np.ndarray:
    """Euler angles ``[T J 3]`` in radians that follow a motion without jumps, for quaternions ``[T J 4]``.

    A rotation has two triples of angles, each up to whole turns: of all these the one nearest to the frame before
    is taken, so a figure that turns twice ends at 720 degrees.
    """
    first = to_euler(rotations, order)
    second = np.stack([first[..., 0] + np.pi, np.pi - first[..., 1], first[..., 2] + np.pi], axis=-1)
    turn = 2 * np.pi
    angles = np.empty_like(first)
    angles[0] = first[0]
    for frame in range(1, len(first)):
        before = angles[frame - 1]
        near = [choice - turn * np.round((choice - before) / turn) for choice in (first[frame], second[frame])]
        is_second = np.abs(near[1] - before).sum(axis=-1) < np.abs(near[0] - before).sum(axis=-1) - 1e-9
        angles[frame] = np.where(is_second[:, None], near[1], near[0])
    return angles


def _place_joints(positions: np.ndarray, rotations: np.ndarray, offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Each joint's place in its parent's frame ``[T J 3]``, and which joints need it written ``[J]``.

    A joint that its offset puts within the tolerance keeps the offset; the others are placed exactly, which also
    takes back what has added up on the way from the root.
    """
    world, placed, local = rotations.copy(), positions.copy(), positions.copy()
    moves = np.zeros(len(PARENTS), dtype=bool)
    moves[0] = True
    for joint, parent in enumerate(PARENTS):
        if parent < 0:
            continue
        world[:, joint] = multiply(world[:, parent], rotations[:, joint])
        bone = np.broadcast_to(offsets[joint], local[:, joint].shape)
        placed[:, joint] = placed[:, parent] + rotate(world[:, parent], bone)
        moves[joint] = np.abs(placed[:, joint] - positions[:, joint]).max() > _TOLERANCE
        if moves[joint]:
            local[:, joint] = rotate(inverse(world[:, parent]), positions[:, joint] - placed[:, parent])
            placed[:, joint] = positions[:, joint]
    return local, moves


def _hierarchy_lines(
    names: tuple[str, ...], offsets: np.ndarray, moves: np.ndarray, order: str, scale: float
) -> Iterator[str]:
    """The HIERARCHY section; ``offsets [22 3]`` and ``scale`` are in units (per metre)."""
    turns = " ".join(f"{axis}rotation" for axis in order)

    def visit(joint: int, depth: int) -> Iterator[str]:
        tab = "\t" * depth
        yield f"{tab}{'JOINT' if depth else 'ROOT'} {names[joint]}"
        yield tab + "{"
        yield f"{tab}\tOFFSET " + " ".join(f"{value:.6f}" for value in (offsets[joint] if depth else np.zeros(3)))
        channels = f"Xposition Yposition Zposition {turns}" if moves[joint] else turns
        yield f"{tab}\tCHANNELS {6 if moves[joint] else 3} {channels}"
        children = [child for child, parent in enumerate(PARENTS) if parent == joint]
        for child in children:
            yield from visit(child, depth + 1)
        if not children:
            side, _, kind = JOINT_NAMES[joint].rpartition("_")
            end = np.array(_LEAF_ENDS[kind]) * (scale if side != "right" else np.array([-scale, scale, scale]))
            yield f"{tab}\tEnd Site"
            yield f"{tab}\t" + "{"
            yield f"{tab}\t\tOFFSET " + " ".join(f"{value:.6f}" for value in end)
            yield f"{tab}\t" + "}"
        yield tab + "}"

    yield "HIERARCHY"
    yield from visit(0, 0)
