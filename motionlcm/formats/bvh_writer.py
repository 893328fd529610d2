"""BVH written: a T-pose hierarchy in centimetres or metres, and rotations continuous over time.

The root has six channels. Other joints have three rotation channels; a joint whose place on its
parent varies by more than half a millimetre over time (generated bodies are not quite rigid) has
position channels too, so that what is read again is within 1 mm of what was written.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from motionlcm.atomic_files import replaced
from motionlcm.formats.joint_names import JOINT_NAMINGS
from motionlcm.formats.pose import local_chunks, stretching_joints
from motionlcm.formats.raw import RawMotion
from motionlcm.motion.loops import is_looped
from motionlcm.motion.rotations import normalize, to_euler

if TYPE_CHECKING:
    from motionlcm.motion.motion import Motion

UNITS = {"cm": 100.0, "m": 1.0}  #: units per metre
_TOLERANCE = 0.0005  # metres a joint may be off before its position is written too, ...
_LOOP_TOLERANCE = 0.00005  # ... in a loop, whose speed at the seam so small an error shows
_TURN = 2 * np.pi
_POLE = 5e-5  # radians from a pole within which the outer angles are not told apart
# metres of the bones beyond the last joints
_HEAD = 0.16
_HAND, _TOES = 0.08, 0.06
_UPWARD = 0.7  # how much of a neck's bone leads up


def write_bvh(
    path: str | Path,
    motion: Motion,
    *,
    unit: str | None = None,
    order: str = "ZXY",
    names: str | None = None,
    fps: float | None = None,
    preset: str | None = None,
) -> Path:
    """Write a motion as BVH, whole or not at all.

    Args:
        path: the file to write.
        motion: its ``rotations`` are used if it has them, told from a T-pose; else they are solved
            from the positions, with a T-pose of the motion's mean bone lengths as the rest pose.
        unit: ``"cm"`` (the default) or ``"m"``; a preset has its own.
        order: in which the rotation channels are listed, any permutation of XYZ; the default bends
            knees and lifts arms far from its poles.
        names: ``"smpl"`` (the default), ``"mixamo"`` or ``"motionbuilder"``.
        fps: frames per second of the file; the default is the motion's own rate.
        preset: names, joints, rest pose and unit that a program expects, in place of ``names``: one
            of ``bvh_presets.PRESETS``.
    Returns:
        The path written.
    Raises:
        ValueError: an unknown unit, order, naming or preset, a naming and a preset; a frame rate
            outside 1 to 1000; a folder that does not exist.
    """
    order = str(order).upper()
    if sorted(order) != ["X", "Y", "Z"]:
        raise ValueError(f"order must be a permutation of XYZ, got {order!r}")
    chunks, usual_unit = _skeleton(motion, names, preset, fps)
    unit = usual_unit if unit is None else unit
    if unit not in UNITS:
        raise ValueError(f"unit must be one of {sorted(UNITS)}, got {unit!r}")

    # a first round over long motion tells which joints stretch, and how many frames there are
    moves, count = None, 0
    tolerance = _LOOP_TOLERANCE if is_looped(motion.positions) else _TOLERANCE
    for raw in chunks():
        _, moves = stretching_joints(raw, tolerance, moves)
        count += raw.num_frames
    assert moves is not None

    with replaced(path) as part, open(part, "w", encoding="ascii", newline="\n") as file:
        before = None
        for raw in chunks():
            if before is None:
                lines = [*_hierarchy_lines(raw, moves, order, UNITS[unit])]
                lines += ["MOTION", f"Frames: {count}", f"Frame Time: {1 / raw.fps:.9g}"]
                file.writelines(f"{line}\n" for line in lines)
            rows, before = _rows(raw, moves, order, UNITS[unit], before)
            template = " ".join(["%.6f"] * rows.shape[1]) + "\n"
            file.writelines(template % tuple(row) for row in rows.tolist())
    return Path(path)


def _rows(
    raw: RawMotion, moves: np.ndarray, order: str, scale: float, before: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of a file's lines ``[T C]``, and the angles ``[J 3]`` of the last one."""
    angles = continuous_angles(raw.rotations, order, before)
    local, _ = stretching_joints(raw, np.inf, moves)  # no others than these
    columns = []
    for joint in depth_first(raw.parents):
        if moves[joint]:
            columns.append(local[:, joint] * scale)
        columns.append(np.degrees(angles[:, joint]))
    return np.concatenate(columns, axis=1), angles[-1]


def _skeleton(
    motion: Motion, names: str | None, preset: str | None, fps: float | None
) -> tuple[Callable[[], Iterable[RawMotion]], str]:
    """(what gives named joints with local transforms in chunks, the unit that is usual)."""
    if preset is not None:
        from motionlcm.formats.bvh_presets import PRESETS, preset_motion

        if names is not None:
            raise ValueError(f"a preset has names of its own: leave names ({names!r}) out")
        whole = preset_motion(motion, preset, fps=fps)
        return lambda: [whole], PRESETS[preset].unit

    names = names or "smpl"
    if names not in JOINT_NAMINGS:
        raise ValueError(f"names must be one of {sorted(JOINT_NAMINGS)}, got {names!r}")

    named = JOINT_NAMINGS[names]
    first, *more = islice(local_chunks(motion, fps=fps), 2)
    if not more:  # it is whole, and need not be told twice
        return lambda: [replace(first, names=named)], "cm"
    return lambda: (replace(raw, names=named) for raw in local_chunks(motion, fps=fps)), "cm"


def depth_first(parents: Sequence[int], joint: int = 0) -> list[int]:
    """The joints in the order of a BVH hierarchy, each followed by all below it."""
    order = [joint]
    for child, parent in enumerate(parents):
        if parent == joint:
            order += depth_first(parents, child)
    return order


def continuous_angles(
    rotations: np.ndarray, order: str, earlier: np.ndarray | None = None
) -> np.ndarray:
    """Compute Euler angles that follow a motion without jumps.

    A rotation has two triples of angles, each up to whole turns: of all these the one nearest to
    the frame before is taken, so a figure that turns twice ends at 720 degrees. At a pole, where
    only the sum or the difference of the outer angles is told, the one nearest to the frame before
    is taken too.

    Args:
        rotations: ``[T J 4]`` unit quaternions.
        order: of the axes, a permutation of XYZ.
        earlier: ``[J 3]`` angles of the frame before the first; None: there is none.
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
    for frame in range(1 if earlier is None else 0, len(first)):
        before = angles[frame - 1] if frame or earlier is None else earlier
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


def _hierarchy_lines(raw: RawMotion, moves: np.ndarray, order: str, scale: float) -> Iterator[str]:
    """The HIERARCHY section of a skeleton in metres; ``scale`` is units per metre."""
    turns = " ".join(f"{axis}rotation" for axis in order)

    def visit(joint: int, depth: int) -> Iterator[str]:
        tab = "\t" * depth
        yield f"{tab}{'JOINT' if depth else 'ROOT'} {raw.names[joint]}"
        yield tab + "{"
        yield f"{tab}\t{_offset_line(raw.offsets[joint] * scale if depth else np.zeros(3))}"
        channels = f"Xposition Yposition Zposition {turns}" if moves[joint] else turns
        yield f"{tab}\tCHANNELS {6 if moves[joint] else 3} {channels}"

        children = [child for child, parent in enumerate(raw.parents) if parent == joint]
        for child in children:
            yield from visit(child, depth + 1)
        if not children:
            yield f"{tab}\tEnd Site"
            yield f"{tab}\t" + "{"
            yield f"{tab}\t\t{_offset_line(_leaf_end(raw, joint) * scale)}"
            yield f"{tab}\t" + "}"
        yield tab + "}"

    yield "HIERARCHY"
    yield from visit(0, 0)


def has_our_ends(raw: RawMotion) -> bool:
    """Whether the bones beyond the last joints are those that ``write_bvh`` puts there."""
    ends = [joint for joint, is_end in enumerate(raw.is_end_site) if is_end]
    usual = [_leaf_end(raw, raw.parents[joint]) for joint in ends]
    return bool(ends) and any(
        np.allclose(raw.offsets[ends], np.array(usual) * unit, rtol=0, atol=1e-5 * unit)
        for unit in UNITS.values()
    )


def _offset_line(offset: np.ndarray) -> str:
    return "OFFSET " + " ".join(f"{value:.6f}" for value in offset)


def _leaf_end(raw: RawMotion, joint: int) -> np.ndarray:
    """The end ``[3]`` in metres of the bone beyond a last joint, seen from the joint.

    It goes on as the bone before leads: level from the toes, up from the head.
    """
    bone = normalize(raw.offsets[joint])
    if bone[1] > _UPWARD:
        return np.array([0.0, _HEAD, _HEAD / 8])
    is_foot = bone[2] > abs(bone[0])
    return np.array([0.0, 0.0, _TOES]) if is_foot else bone * _HAND
