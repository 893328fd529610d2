"""Angles of BVH and AMC: rotations from them, and radians that some programs write for degrees."""

from __future__ import annotations

import numpy as np

from motionlcm.motion.rotations import from_euler, multiply

WHOLE_TURN = 2 * np.pi + 0.01  #: no angle of a file in radians is larger
_FAR = 1.5  # longest bones, that only a body which turns its joints goes
_WOUND, _MOST_TURNS = 0.1, 3  # share of channels in radians that may go beyond a turn, and how far
_TURNS = 0.2  # that some angle has where a body is in another pose than that of rest


def in_degrees(
    values: np.ndarray, is_angle: np.ndarray, longest: float, notes: list[str]
) -> np.ndarray:
    """Channel values ``[T C]`` with angles in degrees, as the format says.

    Args:
        values: of the motion block.
        is_angle: ``[C]`` whether a channel is an angle.
        longest: length of the longest bone, in the file's unit.
        notes: is told what was done.
    """
    angles, ways = values[:, is_angle], values[:, ~is_angle]
    if are_radians(angles, ways, longest, notes):
        return np.where(is_angle, np.degrees(values), values)
    return values


def are_radians(angles: np.ndarray, way: np.ndarray, longest: float, notes: list[str]) -> bool:
    """Tell whether angles ``[T C]`` that should be degrees are radians.

    A body that goes far and hardly turns a joint by 6.3 degrees is told in radians; of one that
    stays where it is, a note asks. Programs wind angles up beyond a whole turn, so that a few may
    be larger.

    Args:
        angles: of all joints.
        way: ``[T W]`` places of the root, and of other joints that have some.
        longest: length of the longest bone, in the same unit.
        notes: is told what was found.
    """
    largest = np.abs(angles).max(axis=0, initial=0)  # [C]
    is_whole = largest > WHOLE_TURN
    if not angles.size or largest.max() > _MOST_TURNS * WHOLE_TURN or is_whole.mean() > _WOUND:
        return False

    which = "hardly any angle is" if is_whole.any() else "no angle is"
    if np.ptp(way, axis=0).max(initial=0) > _FAR * longest > 0:
        notes.append(f"{which} above 6.3, though the body goes far: radians, read as such")
        return True
    if largest.max() > _TURNS:
        notes.append(f"{which} above 6.3 degrees; if they are radians, turn them to degrees")
    return False


def turned(degrees: dict[str, np.ndarray], num_frames: int) -> np.ndarray:
    """Rotations ``[T 4]`` about axes in their order, each in the frame that the last one left."""
    if len(degrees) == 3:
        return from_euler(np.radians(np.stack(list(degrees.values()), axis=1)), "".join(degrees))

    rotations = np.tile([1.0, 0, 0, 0], (num_frames, 1))
    for axis, angles in degrees.items():
        rotations = multiply(rotations, _axis_turn(axis, angles))
    return rotations


def _axis_turn(axis: str, degrees: np.ndarray) -> np.ndarray:
    """Rotations ``[T 4]`` about one axis."""
    half = np.radians(degrees) / 2
    turn = np.zeros((len(degrees), 4))
    turn[:, 0] = np.cos(half)
    turn[:, 1 + "XYZ".index(axis)] = np.sin(half)
    return turn
