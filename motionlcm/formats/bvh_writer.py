"""BVH written: a T-pose hierarchy in centimetres or metres, and rotations continuous over time.

The root has six channels. Other joints have three rotation channels; a joint whose place on its
parent varies by more than half a millimetre over time (generated bodies are not quite rigid) has
position channels too, so that what is read again is within 1 mm of what was written.
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
_TURN = 2 * np.pi
_POLE = 5e-5  # radians from a pole within which the outer angles are not told apart
#: The bones beyond the last joints, metres, on the left side.
_LEAF_ENDS = {"head": (0.0, 0.16, 0.02), "wrist": (0.08, 0.0, 0.0), "foot": (0.0, 0.0, 0.06)}


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
        motion: its ``rotations`` are used if it has them, told from a T-pose; else they are solved
            from the positions, with a T-pose of the motion's mean bone lengths as the rest pose.
        unit: ``"cm"`` or ``"m"``.
        order: in which the rotation channels are listed, any permutation of XYZ; the default bends
            knees and lifts arms far from its poles.
        names: ``"smpl"``, ``"mixamo"`` or ``"motionbuilder"``.
        fps: frames per second of the file; the default is the motion's own rate.
    Returns:
        The path written.
    Raises:
        ValueError: an unknown unit, order or naming; a frame rate outside 1 to 1000; a folder that
            does not exist.
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
    columns = []
    for joint in depth_first():
        if moves[joint]:
            columns.append(local[:, joint] * UNITS[unit])
        columns.append(np.degrees(angles[:, joint]))
    rows = np.concatenate(columns, axis=1)  # [T C]

    lines = [*_hierarchy_lines(JOINT_NAMINGS[names], raw.offsets, moves, order, UNITS[unit])]
    lines += ["MOTION", f"Frames: {raw.num_frames}", f"Frame Time: {1 / raw.fps:.9g}"]
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
    """Compute Euler angles that follow a motion without jumps.

    A rotation has two triples of angles, each up to whole turns: of all these the one nearest to
    the frame before is taken, so a figure that turns twice ends at 720 degrees. At a pole, where
    only the sum or the difference of the outer angles is told, the one nearest to the frame before
    is taken too.

    Args:
        rotations: ``[T J 4]`` unit quaternions.
        order: of the axes, a permutation of XYZ.
    Returns:
        ``[T J 3]`` radians.
    """
    first = to_euler(rotations, order)
    second = np.stack(
        [first[..., 0] + np.pi, np.pi - first[..., 1], first[..., 2] + np.pi], axis=-1
    )
    is_pole = np.abs(np.abs(first[..., 1]) - np.pi / 2) < _POLE
    # At a pole the rotation depends on first + side * third alone; to_euler puts the third at 0.
    side = np.sign(first[..., 1]) * (1.0 if order in ("XYZ", "YZX", "ZXY") else -1.0)

    angles = np.empty_like(first)
    angles[0] = first[0]
    for frame in range(1, len(first)):
        before = angles[frame - 1]
        one, other = _nearest_turn(first[frame], before), _nearest_turn(second[frame], before)
        one_apart, other_apart = (np.abs(near - before).sum(axis=-1) for near in (one, other))
        angles[frame] = np.where((other_apart < one_apart - 1e-9)[:, None], other, one)
        for joint in np.flatnonzero(is_pole[frame]):
            angles[frame, joint] = _at_pole(first[frame, joint], before[joint], side[frame, joint])
    return angles


def _nearest_turn(angles: np.ndarray, before: np.ndarray) -> np.ndarray:
    """The angles plus the whole turns that bring them nearest to those before."""
    return angles - _TURN * np.round((angles - before) / _TURN)


def _at_pole(angles: np.ndarray, before: np.ndarray, side: float) -> np.ndarray:
    """The triple ``[3]`` nearest to the one before with the middle angle at a pole.

    Only ``first + side * third`` is told there: the outer two share what it has changed by.
    """
    gap = angles[0] + side * angles[2] - before[0] - side * before[2]
    gap -= _TURN * np.round(gap / _TURN)

    first, third = before[[0, 2]] + gap / 2 * np.array([1.0, side])
    return np.array([first, _nearest_turn(angles[1], before[1]), third])


def _hierarchy_lines(
    names: tuple[str, ...], offsets: np.ndarray, moves: np.ndarray, order: str, scale: float
) -> Iterator[str]:
    """The HIERARCHY section of bones ``offsets [22 3]`` in metres; ``scale`` is units per metre."""
    turns = " ".join(f"{axis}rotation" for axis in order)

    def visit(joint: int, depth: int) -> Iterator[str]:
        tab = "\t" * depth
        yield f"{tab}{'JOINT' if depth else 'ROOT'} {names[joint]}"
        yield tab + "{"
        yield f"{tab}\t{_offset_line(offsets[joint] * scale if depth else np.zeros(3))}"
        channels = f"Xposition Yposition Zposition {turns}" if moves[joint] else turns
        yield f"{tab}\tCHANNELS {6 if moves[joint] else 3} {channels}"

        children = [child for child, parent in enumerate(PARENTS) if parent == joint]
        for child in children:
            yield from visit(child, depth + 1)
        if not children:
            yield f"{tab}\tEnd Site"
            yield f"{tab}\t" + "{"
            yield f"{tab}\t\t{_offset_line(_leaf_end(joint, scale))}"
            yield f"{tab}\t" + "}"
        yield tab + "}"

    yield "HIERARCHY"
    yield from visit(0, 0)


def _offset_line(offset: np.ndarray) -> str:
    return "OFFSET " + " ".join(f"{value:.6f}" for value in offset)


def _leaf_end(joint: int, scale: float) -> np.ndarray:
    """The end ``[3]`` of the bone beyond a last joint, seen from the joint."""
    side, _, kind = JOINT_NAMES[joint].rpartition("_")
    mirror = np.array([-scale if side == "right" else scale, scale, scale])
    return np.array(_LEAF_ENDS[kind]) * mirror
