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

from motionlcm.atomic_files import write_bytes
from motionlcm.formats.joint_names import JOINT_NAMINGS
from motionlcm.formats.pose import local_motion, stretching_joints
from motionlcm.motion.rotations import to_euler
from motionlcm.motion.skeleton import JOINT_NAMES, PARENTS

if TYPE_CHECKING:
    from motionlcm.motion.motion import Motion

UNITS = {"cm": 100.0, "m": 1.0}  #: units per metre
_TOLERANCE = 0.0005  # metres a joint may be off before its position is written too
_POLE = 5e-5  # radians from a pole within which the outer angles are not told apart
_LEAF_ENDS = {
    "head": (0.0, 0.16, 0.02),
    "wrist": (0.08, 0.0, 0.0),
    "foot": (0.0, 0.0, 0.06),
}  # metres, left side


def write_bvh(
    path: str | Path,
    motion: Motion,
    *,
    unit: str = "cm",
    order: str = "ZXY",
    names: str = "smpl",
    fps: float | None = None,
) -> Path:
    """Write a motion as BVH, whole or not at all.

    Args:
        path: the file to write.
        motion: its ``rotations`` are used if it has them, told from a T-pose; else they are solved from the
            positions, with a T-pose of the motion's mean bone lengths as the rest pose.
        unit: ``"cm"`` or ``"m"``.
        order: in which the rotation channels are listed, any permutation of XYZ; the default bends knees and
            lifts arms far from its poles.
        names: ``"smpl"``, ``"mixamo"`` or ``"motionbuilder"``.
        fps: frames per second of the file; the default is the motion's own.
    Returns:
        The path written.
    Raises:
        ValueError: an unknown unit, order or naming; a frame rate outside 1 to 1000; a folder that does not exist.
    """
    if unit not in UNITS:
        raise ValueError(f"unit must be one of {sorted(UNITS)}, got {unit!r}")
    if names not in JOINT_NAMINGS:
        raise ValueError(f"names must be one of {sorted(JOINT_NAMINGS)}, got {names!r}")
    order = str(order).upper()
    if sorted(order) != ["X", "Y", "Z"]:
        raise ValueError(f"order must be a permutation of XYZ, got {order!r}")
    raw = local_motion(motion, fps=fps)
    angles = continuous_angles(raw.rotations, order)
    local, moves = stretching_joints(raw, _TOLERANCE)
    lines = list(
        _hierarchy_lines(JOINT_NAMINGS[names], raw.offsets * UNITS[unit], moves, order, UNITS[unit])
    )
    lines += ["MOTION", f"Frames: {raw.num_frames}", f"Frame Time: {1 / raw.fps:.9g}"]
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
    is taken, so a figure that turns twice ends at 720 degrees. At a pole, where only the sum or the difference of
    the outer angles is told, the one nearest to the frame before is taken too.
    """
    first = to_euler(rotations, order)
    is_pole = np.abs(np.abs(first[..., 1]) - np.pi / 2) < _POLE
    # At a pole R depends on first + side * third alone, and to_euler gives it with the third at zero.
    side = np.sign(first[..., 1]) * (1.0 if order in ("XYZ", "YZX", "ZXY") else -1.0)
    second = np.stack(
        [first[..., 0] + np.pi, np.pi - first[..., 1], first[..., 2] + np.pi], axis=-1
    )
    turn = 2 * np.pi
    angles = np.empty_like(first)
    angles[0] = first[0]
    for frame in range(1, len(first)):
        before = angles[frame - 1]
        near = [
            choice - turn * np.round((choice - before) / turn)
            for choice in (first[frame], second[frame])
        ]
        is_second = (
            np.abs(near[1] - before).sum(axis=-1) < np.abs(near[0] - before).sum(axis=-1) - 1e-9
        )
        angles[frame] = np.where(is_second[:, None], near[1], near[0])
        for joint in np.flatnonzero(is_pole[frame]):
            total = first[frame, joint, 0] + side[frame, joint] * first[frame, joint, 2]
            gap = total - before[joint, 0] - side[frame, joint] * before[joint, 2]
            gap -= turn * np.round(gap / turn)
            middle = first[frame, joint, 1]
            middle -= turn * np.round((middle - before[joint, 1]) / turn)
            outer = before[joint, [0, 2]] + gap / 2 * np.array([1.0, side[frame, joint]])
            angles[frame, joint] = outer[0], middle, outer[1]
    return angles


def _hierarchy_lines(
    names: tuple[str, ...], offsets: np.ndarray, moves: np.ndarray, order: str, scale: float
) -> Iterator[str]:
    """The HIERARCHY section; ``offsets [22 3]`` and ``scale`` are in units (per metre)."""
    turns = " ".join(f"{axis}rotation" for axis in order)

    def visit(joint: int, depth: int) -> Iterator[str]:
        tab = "\t" * depth
        yield f"{tab}{'JOINT' if depth else 'ROOT'} {names[joint]}"
        yield tab + "{"
        yield f"{tab}\tOFFSET " + " ".join(
            f"{value:.6f}" for value in (offsets[joint] if depth else np.zeros(3))
        )
        channels = f"Xposition Yposition Zposition {turns}" if moves[joint] else turns
        yield f"{tab}\tCHANNELS {6 if moves[joint] else 3} {channels}"
        children = [child for child, parent in enumerate(PARENTS) if parent == joint]
        for child in children:
            yield from visit(child, depth + 1)
        if not children:
            side, _, kind = JOINT_NAMES[joint].rpartition("_")
            end = np.array(_LEAF_ENDS[kind]) * (
                scale if side != "right" else np.array([-scale, scale, scale])
            )
            yield f"{tab}\tEnd Site"
            yield f"{tab}\t" + "{"
            yield f"{tab}\t\tOFFSET " + " ".join(f"{value:.6f}" for value in end)
            yield f"{tab}\t" + "}"
        yield tab + "}"

    yield "HIERARCHY"
    yield from visit(0, 0)
