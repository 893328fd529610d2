"""The forms in which tools write rotations of SMPL's joints: axis-angle, matrices, quaternions, 6D.

Numbers tell the form: rows of quaternions have length one, six numbers are two vectors of length
one at a right angle. Which of a quaternion's ends is the scalar is told by rotations that are
small, as most of a body's are. Whether six numbers are the first columns of a matrix or its first
rows, which turn the other way, is told by knees and elbows: they bend one way only.

Sources: Zhou et al., CVPR 2019 (six numbers); Loper et al., SMPL, SIGGRAPH Asia 2015 (joints).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from motionlcm.motion.rotations import (
    from_6d,
    from_matrix,
    inverse,
    normalize,
    to_axis_angle,
)
from motionlcm.motion.skeleton import JOINT_NAMES

_ORTHONORMAL = 0.02  # by which lengths and right angles may be off
_SCALAR = 0.75  # the mean of a body's scalars is more, that of no other component
_CLEAR = 0.15  # radians by which knees and elbows together bend, on average, that tell the way
#: SMPL's knees bend about +X, its left elbow about -Y, its right one about +Y.
_BENDS = (("left_knee", 0, 1), ("right_knee", 0, 1), ("left_elbow", 1, -1), ("right_elbow", 1, 1))

Form = Callable[[np.ndarray], np.ndarray]
_FORMS: dict[str, Form] = {
    "quaternions, w first": lambda numbers: numbers,
    "quaternions, w last": lambda numbers: numbers[..., [3, 0, 1, 2]],
    "the first two columns of matrices": from_6d,
    "the first two rows of matrices": lambda numbers: inverse(from_6d(numbers)),
    "the first two columns of matrices, row by row": lambda numbers: from_6d(
        numbers[..., [0, 2, 4, 1, 3, 5]]
    ),
}


def rotation_form(array: np.ndarray, first_joint: int) -> str | None:
    """The form of an array of quaternions or six numbers a joint; None where they are neither.

    Args:
        array: ``[T J*n]`` or ``[T J n]`` numbers of a body.
        first_joint: SMPL's number of the first joint in it: 0, or 1 where the root is apart.
    Raises:
        ValueError: they are such numbers, and do not tell which.
    """
    numbers = _rows_of(array, 4)
    if numbers is not None and _are_unit(numbers):
        share = np.abs(numbers).mean(axis=0)[1 - first_joint :].mean(axis=0)  # [4] without the root
        found = [name for name, end in zip(_FORMS, (0, 3), strict=False) if share[end] > _SCALAR]
        if len(found) == 1:
            return found[0]
        raise ValueError(
            "holds quaternions whose scalar is neither clearly the first number nor the last; "
            "convert them to axis-angle"
        )

    numbers = _rows_of(array, 6)
    if numbers is None:
        return None
    if _are_orthonormal(numbers[..., :3], numbers[..., 3:]):
        return _columns_or_rows(numbers, first_joint)
    if _are_orthonormal(numbers[..., ::2], numbers[..., 1::2]):
        return "the first two columns of matrices, row by row"
    return None


def angles_of_form(array: np.ndarray, form: str) -> np.ndarray:
    """Axis-angle ``[T J 3]`` of an array of a form that ``rotation_form`` found."""
    numbers = _rows_of(array, 4 if form.startswith("quaternions") else 6)
    if numbers is None:
        raise ValueError("is of another form than the body's angles; convert both to axis-angle")
    return to_axis_angle(normalize(_FORMS[form](numbers)))


def matrices_of(array: np.ndarray) -> np.ndarray | None:
    """Rotation matrices ``[T J 3 3]`` that an array holds, flat or not; else None."""
    if array.ndim >= 3 and array.shape[-2:] == (3, 3):
        matrices = array.reshape(len(array), -1, 3, 3)
    elif (numbers := _rows_of(array, 9)) is not None:
        matrices = numbers.reshape(*numbers.shape[:2], 3, 3)
    else:
        return None
    return matrices if _are_rotations(matrices) else None


def angles_of_matrices(matrices: np.ndarray) -> np.ndarray:
    """Axis-angle ``[T J 3]`` of rotation matrices ``[T J 3 3]``."""
    return to_axis_angle(from_matrix(matrices))


def _rows_of(array: np.ndarray, width: int) -> np.ndarray | None:
    """The array as ``[T J width]``, where its shape allows that and it is not ``[T J 3]``."""
    if array.ndim == 3 and array.shape[1] == 1 and array.shape[2] > 9:
        array = array[:, 0]
    if array.ndim == 3 and array.shape[2] == width:
        return array
    if array.ndim == 2 and array.shape[1] % width == 0 and array.shape[1]:
        return array.reshape(len(array), -1, width)
    return None


def _are_unit(vectors: np.ndarray) -> bool:
    return bool(np.abs(np.linalg.norm(vectors, axis=-1) - 1).max() < _ORTHONORMAL)


def _are_orthonormal(first: np.ndarray, second: np.ndarray) -> bool:
    across = np.abs((first * second).sum(axis=-1)).max()
    return _are_unit(first) and _are_unit(second) and bool(across < _ORTHONORMAL)


def _are_rotations(matrices: np.ndarray) -> bool:
    """Whether matrices ``[... 3 3]`` keep lengths and do not mirror."""
    square = np.swapaxes(matrices, -1, -2) @ matrices
    is_square = np.abs(square - np.eye(3)).max() < _ORTHONORMAL
    return bool(is_square and (np.linalg.det(matrices) > 0.9).all())


def _columns_or_rows(numbers: np.ndarray, first_joint: int) -> str:
    """Which of the two makes knees and elbows bend as they can."""
    angles = to_axis_angle(from_6d(numbers))
    bend = 0.0
    for name, axis, sign in _BENDS:
        joint = JOINT_NAMES.index(name) - first_joint
        if joint < angles.shape[1]:
            bend += sign * float(angles[:, joint, axis].mean()) / len(_BENDS)
    if abs(bend) < _CLEAR:
        raise ValueError(
            "holds six numbers a joint, and limbs that bend too little to tell whether they are "
            "columns or rows of matrices; convert them to axis-angle"
        )
    names = list(_FORMS)
    return names[2] if bend > 0 else names[3]
