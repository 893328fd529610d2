"""Arrays of joint positions in the layouts that the field has, brought to ``[T 22 3]``.

SMPL's 24 joints, SMPL-H's 52 and SMPL-X's 55 begin with our 22 (their last two of 24 are hands);
MDM writes ``[N 22 3 T]``; others write batches of one, and rows of 66 numbers. Where a shape could
mean several things, the one is taken that gives a body.
"""

from __future__ import annotations

from itertools import permutations

import numpy as np

from motionlcm.formats.body_check import body_fault
from motionlcm.motion.layout import KNOWN_WIDTHS
from motionlcm.motion.skeleton import JOINT_NAMES

_NUM_JOINTS = len(JOINT_NAMES)
#: Numbers of joints of which the first 22 are ours, and what they are.
_LONGER = {
    24: "SMPL's 24 joints",
    45: "SMPL's 24 joints and 21 points of its skin",
    52: "SMPL-H's 52 joints",
    55: "SMPL-X's 55 joints",
    73: "SMPL-H's 52 joints and 21 points of its skin",
    127: "SMPL-X's 55 joints and 72 points of its skin",
    144: "SMPL-X's 55 joints and 89 points of its skin",
}
_COUNTS = (_NUM_JOINTS, *_LONGER)
#: Numbers of joints that are known, but are not ours.
_OTHERS = {
    17: "17 joints, as Human3.6M and COCO have them",
    19: "19 joints, as Berkeley's tools have them",
    21: "21 joints, as KIT-ML and AMASS's bodies without a root have them",
    23: "23 joints, as SMPL without its root or Xsens have them",
    25: "25 joints, as OpenPose and NTU RGB+D have them",
    32: "32 joints, as Human3.6M and Azure Kinect have them",
    33: "33 points of MediaPipe",
}
_MOTION_X = 322  # numbers a frame of Motion-X: SMPL-X's angles, face, way and shape
_SAMPLE = 40  # frames that tell whether a reading gives a body


def is_features(array: np.ndarray) -> bool:
    """Tell whether an array ``[T D]`` has the width of features."""
    return array.ndim == 2 and array.shape[1] in KNOWN_WIDTHS


def without_batch(array: np.ndarray, notes: list[str], choice: str | None = None) -> np.ndarray:
    """One motion of a batch of four or more axes; ``choice`` is its number, from 0.

    Raises:
        ValueError: no such number.
    """
    while array.ndim > 2 and array.shape[0] == 1 and not _is_one_frame(array):
        array = array[0]
    if array.ndim == 4 and array.shape[2:] == (3, 1):
        array = array[..., 0]  # a batch of one, told last

    if array.ndim == 4 and array.shape[1] == 1 and array.shape[2] in _COUNTS:
        array = array[:, 0]  # one person in each frame

    # MDM's features are [N 263 1 T].
    if array.ndim >= 3 and 1 in array.shape[1:] and set(array.shape) & set(KNOWN_WIDTHS):
        axis = array.shape.index(1, 1)
        array = array.squeeze(axis)
    if array.ndim == 2 and array.shape[0] in KNOWN_WIDTHS and array.shape[1] not in KNOWN_WIDTHS:
        notes.append(f"features {list(array.shape)} turned to one row a frame")
        return array.T
    if array.ndim == 3 and 3 * _NUM_JOINTS in array.shape and 1 in array.shape[1:]:
        array = array.squeeze(array.shape.index(1, 1))
    if not _is_batch(array):
        return array

    number = choice_of(choice, len(array))
    notes.append(
        f"holds {len(array)} motions: number {number} is read; --animation N chooses, from 0"
    )
    return array[number]


def _is_one_frame(array: np.ndarray) -> bool:
    """Whether an array is one frame ``[1 J 3]``."""
    return array.ndim == 3 and array.shape[1] in _COUNTS and array.shape[2] == 3


def _is_batch(array: np.ndarray) -> bool:
    """Whether an array is several motions: ``[N T J 3]`` in some order, or ``[N T D]`` of rows."""
    if array.ndim == 3:
        return array.shape[2] in (3 * _NUM_JOINTS, *KNOWN_WIDTHS) and 3 not in array.shape[:2]
    return array.ndim == 4 and bool({3, 4} & set(array.shape[1:]))


def choice_of(choice: str | None, count: int) -> int:
    """The number that ``--animation`` gives, 0 without it.

    Raises:
        ValueError: no number below ``count``.
    """
    if choice is None:
        return 0
    if not choice.isdecimal() or int(choice) >= count:
        raise ValueError(f"--animation is {choice!r}, expected a number from 0 to {count - 1}")
    return int(choice)


def as_joints(array: np.ndarray, notes: list[str]) -> np.ndarray | None:
    """Positions ``[T 22 3]`` of an array of numbers in any known layout; None if it is none.

    Raises:
        ValueError: a layout that is known, but of another body; says what it is.
    """
    array = _without_confidence(array, notes)
    if array.ndim == 2 and array.shape[0] in _COUNTS and array.shape[1] == 3:
        notes.append("one pose is read")
        array = array[None]
    if array.ndim == 3 and array.shape[1:] == (_NUM_JOINTS, 3):
        return array

    readings = list(_readings(array))
    if not readings:
        _tell_others(array)
        return None

    # Several readings of one shape: the one that gives a body, else the first.
    faults = [body_fault(_sample(positions)) for positions, _ in readings]
    best = next((i for i, fault in enumerate(faults) if fault is None), 0)
    positions, note = readings[best]
    if faults[best] and array.ndim == 2:
        width = array.shape[1]
        raise ValueError(
            f"{list(array.shape)} are no joint positions ({faults[best]}). If these {width} "
            "numbers are SMPL's angles, save them as an npz with poses, trans and mocap_framerate"
        )
    notes.append(f"{note}: {list(array.shape)}")
    return positions[:, :_NUM_JOINTS]


def _without_confidence(array: np.ndarray, notes: list[str]) -> np.ndarray:
    """An array without the fourth number of each joint, where that tells how sure x, y, z are.

    Raises:
        ValueError: the fourth numbers are none from 0 to 1, or the four are quaternions.
    """
    shape = list(array.shape)
    if array.ndim == 2 and shape[1] % 4 == 0 and shape[1] // 4 in _COUNTS and shape[1] % 3:
        array = array.reshape(len(array), -1, 4)
    axes = [axis for axis in (2, 1) if array.ndim == 3 and array.shape[axis] == 4]
    if not axes or 3 in array.shape or not set(array.shape) & set(_COUNTS):
        return array

    four = np.moveaxis(array, axes[0], -1).astype(np.float64)
    if np.abs(np.linalg.norm(four, axis=-1) - 1).max() < 1e-3:
        raise ValueError(f"{shape} are quaternions; expected positions [T 22 3] in metres")
    if not ((four[..., 3] >= 0) & (four[..., 3] <= 1)).all():
        raise ValueError(
            f"{shape} has four numbers for each joint, and the fourth is no confidence from 0 to "
            "1; expected positions [T 22 3] in metres"
        )
    notes.append(f"the fourth number of each joint, a confidence, is left out: {shape}")
    return np.moveaxis(array, axes[0], -1)[..., :3] if axes[0] == 2 else array[:, :3]


def holds_body(array: np.ndarray) -> bool:
    """Whether an array of any known layout is positions of a body."""
    if array.dtype.kind not in "fiu" or array.ndim < 2 or not array.size:
        return False
    try:
        joints = as_joints(without_batch(array, []), [])
    except ValueError:
        return False
    if joints is None or not np.isfinite(joints).all():
        return False
    return body_fault(_sample(joints)) is None


def _readings(array: np.ndarray) -> list[tuple[np.ndarray, str]]:
    """(positions ``[T J 3]``, what was done) of every way to read a shape, the likeliest first."""
    readings = []
    if array.ndim == 3:
        for axes in sorted(permutations(range(3)), key=lambda axes: axes != (0, 1, 2)):
            turned = array.transpose(axes)
            if turned.shape[2] == 3 and turned.shape[1] in _COUNTS:
                was = "" if axes == (0, 1, 2) else "axes turned to [T J 3]"
                readings.append((turned, _note(was, turned.shape[1])))

    elif array.ndim == 2:
        for rows, was in ((array, "rows"), (array.T, "columns")):
            count, rest = divmod(rows.shape[1], 3)
            if rest or count not in _COUNTS:
                continue
            triples = rows.reshape(len(rows), count, 3)
            by_axis = rows.reshape(len(rows), 3, count).transpose(0, 2, 1)
            readings.append((triples, _note(f"{was} of x, y, z of each joint", count)))
            readings.append((by_axis, _note(f"{was} of all x, all y, all z", count)))
    return readings


def _note(was: str, count: int) -> str:
    """What was done to an array of so many joints."""
    longer = f"the first 22 of {_LONGER[count]}" if count in _LONGER else ""
    return ", ".join(part for part in (was, longer) if part)


def _sample(positions: np.ndarray) -> np.ndarray:
    """A few frames of the first 22 joints."""
    step = max(len(positions) // _SAMPLE, 1)
    return positions[::step, :_NUM_JOINTS].astype(np.float64)


def _tell_others(array: np.ndarray) -> None:
    """Raise ValueError for the joints of another body, and for rows of another data set."""
    if array.ndim == 2 and array.shape[1] == _MOTION_X:
        raise ValueError(
            f"{list(array.shape)} are rows as Motion-X has them; save np.savez('motion.npz', "
            "poses=rows[:, :66], trans=rows[:, 309:312], fps=30)"
        )
    if array.ndim == 3 and array.shape[2] == 3 and array.shape[1] in _OTHERS:
        raise ValueError(
            f"found an array of shape {list(array.shape)}, expected positions [T 22 3] or features "
            f"[T 263] (or KIT-ML's [T 251]). It holds {_OTHERS[array.shape[1]]}; convert them to "
            "SMPL's 22 joints, or give a BVH or GLB with named joints"
        )
