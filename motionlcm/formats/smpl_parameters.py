"""SMPL's parameters under the names that tools give them: AMASS, and what finds motion in videos.

Names are compared without case, without what they are packed in (``smpl_params_global/``) and
without words such as ``smpl`` and ``pred``. Angles may be flat, one row a joint, or matrices; root
and body may be apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from motionlcm.formats.layouts import choice_of
from motionlcm.formats.smpl_rotations import (
    angles_of_form,
    angles_of_matrices,
    matrices_of,
    rotation_form,
)
from motionlcm.motion.skeleton import JOINT_NAMES

_NUM_JOINTS = len(JOINT_NAMES)
_WITH_HANDS = (156, 165)  # numbers a frame of SMPL-H and SMPL-X
#: What the parameters are called, best first.
_NAMES = {
    "poses": ("poses", "pose", "fullpose", "full_pose", "theta", "thetas", "rotmat", "rotmats"),
    "root": ("global_orient", "root_orient", "rootorient", "globalorient", "orient", "rh",
             "poses_root", "pose_root", "root_pose"),
    "body": ("body_pose", "pose_body", "bodypose", "posebody", "poses_body"),
    "trans": ("trans", "transl", "translation", "root_trans", "root_translation", "global_trans",
              "global_transl", "th", "t"),
    "betas": ("betas", "beta", "shape", "shapes"),
    "rate": ("mocap_framerate", "mocap_frame_rate", "fps", "framerate", "frame_rate", "mocap_fps"),
    "scale": ("scaling", "scale"),
}  # fmt: skip
#: Words that say whose parameters they are, not which.
_PACKING = (
    "smpl", "smplh", "smplx", "pred", "opt", "world", "glob", "w", "params", "hat",
    "6d", "r6d", "rot6d", "quat", "quats", "quaternion", "quaternions", "aa",
)  # fmt: skip
_IN_WORLD = ("world", "glob", "w")
_IN_CAMERA = ("cam", "incam", "camera", "c")


@dataclass(frozen=True, eq=False)
class SmplAngles:
    """Angles ``[T 22 3]`` (axis times radians) and what was done to get them.

    Attributes:
        angles: of SMPL's first 22 joints.
        width: how many numbers a frame the file has for all joints, or 0 where they are in parts.
        form: of the numbers, where they are quaternions or parts of matrices; else None.
    """

    angles: np.ndarray
    width: int
    form: str | None = None


def parameter_names(names: Iterable[str]) -> dict[str, str]:
    """Which array of an npz is which parameter: keys of ``_NAMES`` to the file's own names."""
    known: dict[str, tuple[tuple[bool, bool, int], str]] = {}
    for name in names:
        own_words = _last_part(name).split("_")
        words = [word for word in own_words if word not in _PACKING]
        plain = "_".join(word for word in words if word not in _IN_CAMERA)

        for parameter, aliases in _NAMES.items():
            if plain in aliases:
                # In the world before in the camera; the better name before the other.
                is_elsewhere = not set(own_words) & set(_IN_WORLD)
                rank = (is_in_camera(name), is_elsewhere, aliases.index(plain))
                if parameter not in known or rank < known[parameter][0]:
                    known[parameter] = (rank, name)
    return {parameter: name for parameter, (_, name) in known.items()}


def is_in_camera(name: str) -> bool:
    """Whether an array's name says that its numbers are seen from the camera."""
    return "cam" in name.lower() or bool(set(_last_part(name).split("_")) & set(_IN_CAMERA))


def is_smpl(names: Iterable[str]) -> bool:
    """Tell whether arrays of these names are parameters of SMPL.

    Angles with translations are, root and body apart, and angles with a shape: some tools tell no
    translations.
    """
    known = set(parameter_names(names))
    is_apart = {"root", "body"} <= known
    return is_apart or ("poses" in known and bool({"trans", "betas"} & known))


def is_amass(names: tuple[str, ...]) -> bool:
    """True if an npz with arrays of these names holds SMPL parameters, AMASS's or others'.

    Joint positions win over parameters by other names than AMASS's own.
    """
    if {"poses", "trans"} <= set(names):
        return True
    return is_smpl(names) and not {"positions", "joints"} & set(names)


def joint_angles(arrays: dict[str, np.ndarray], known: dict[str, str]) -> SmplAngles:
    """The angles of a file, from one array or from root and body.

    Args:
        arrays: numbers, by the file's own names.
        known: as ``parameter_names`` gives it.
    Raises:
        ValueError: shapes that are none of SMPL's.
    """
    if "poses" in known:
        poses = arrays[known["poses"]]
        form = _form_of(poses, known["poses"], 0)
        angles = _angles(poses, known["poses"], form)
        if angles.shape[1] < _NUM_JOINTS:
            raise ValueError(_shape(poses, known["poses"]))
        is_flat = poses.ndim == 2 and form is None
        width = poses.shape[1] if is_flat else 3 * angles.shape[1]
        return SmplAngles(angles[:, :_NUM_JOINTS], width, form)

    form = _form_of(arrays[known["body"]], known["body"], 1)
    root = _angles(arrays[known["root"]], known["root"], form)
    body = _angles(arrays[known["body"]], known["body"], form)
    if root.shape[1] != 1 or body.shape[1] < _NUM_JOINTS - 1 or len(root) != len(body):
        raise ValueError(
            f"{known['root']} {list(arrays[known['root']].shape)} and "
            + _shape(arrays[known["body"]], known["body"])
        )
    return SmplAngles(np.concatenate([root, body[:, : _NUM_JOINTS - 1]], axis=1), 0, form)


def one_person(
    arrays: dict[str, np.ndarray], keys: list[str], choice: str | None, notes: list[str]
) -> None:
    """Take one of several people, and turn columns to rows, in the arrays of a file.

    Args:
        arrays: numbers by the file's own names; changed.
        keys: of angles and translations, these last.
        choice: number of a person from 0; None is the first.
        notes: is told what was done.
    Raises:
        ValueError: no such person.
    """
    trans = arrays[keys[-1]]
    count = len(trans) if trans.ndim == 3 and min(trans.shape[:2]) > 1 else 1
    are_people = all(len(arrays[key]) == count and arrays[key].ndim >= 3 for key in keys)
    if count == 1 or not are_people or trans.shape[2] != 3:
        if choice not in (None, "0"):
            raise ValueError(f"--animation is {choice!r}, and the file holds one motion")
    else:
        number = choice_of(choice, count)
        arrays |= {key: arrays[key][number] for key in keys}
        notes.append(f"holds {count} people: number {number} is read; --animation N chooses")

    trans = arrays[keys[-1]]
    frames = trans.shape[-1]
    is_turned = trans.ndim == 2 and len(trans) == 3 and frames != 3
    if is_turned and all(arrays[key].ndim == 2 and arrays[key].shape[1] == frames for key in keys):
        arrays |= {key: arrays[key].T for key in keys}
        notes.append("one column a frame: turned to rows")


def without_hands(angles: np.ndarray, notes: list[str]) -> np.ndarray:
    """Angles ``[T 156]`` or ``[T 165]`` whose hands and face are zero where they are not finite."""
    body = 3 * _NUM_JOINTS
    is_long = angles.ndim == 2 and angles.shape[1] in _WITH_HANDS and angles.dtype.kind == "f"
    if not is_long or np.isfinite(angles[:, body:]).all():
        return angles
    notes.append("hands or face hold values that are not finite: they are not read")
    return np.concatenate([angles[:, :body], np.zeros_like(angles[:, body:])], axis=1)


def _form_of(array: np.ndarray, name: str, first_joint: int) -> str | None:
    """``rotation_form`` of one motion, the array named in errors."""
    try:
        return rotation_form(_one_of(array), first_joint)
    except ValueError as error:
        raise ValueError(f"{name} {list(array.shape)} {error}") from None


def _one_of(array: np.ndarray) -> np.ndarray:
    """The array without axes that a batch of one has before."""
    while array.ndim > 2 and array.shape[0] == 1:
        array = array[0]
    return array


def _angles(array: np.ndarray, name: str, form: str | None) -> np.ndarray:
    """Axis-angle ``[T J 3]`` of an array: flat, one row a joint, matrices, or of a known form.

    A root beside a body in quaternions or six numbers may be in another form than it.
    """
    array = _one_of(array)
    if (matrices := matrices_of(array)) is not None:
        return angles_of_matrices(matrices)
    if form is not None and array.shape[-1] != 3:
        try:
            return angles_of_form(array, form)
        except ValueError as error:
            raise ValueError(f"{name} {list(array.shape)} {error}") from None

    if array.ndim == 3 and array.shape[1] == 1 and array.shape[2] > 3:
        array = array[:, 0]
    if array.ndim == 3 and array.shape[2] == 3:
        return array
    if array.ndim == 2 and array.shape[1] % 3 == 0:
        return array.reshape(len(array), -1, 3)
    raise ValueError(_shape(array, name))


def _shape(array: np.ndarray, name: str) -> str:
    return (
        f"{name} {list(array.shape)}, expected [T 156], [T 72], [T 24 3], rotation matrices "
        "[T 24 3 3], unit quaternions [T 24 4] or six numbers of matrices [T 24 6] (of a body "
        "without its root 21 or 23 joints); convert other forms to axis-angle"
    )


def _last_part(name: str) -> str:
    """The end of a packed name, in lower case: ``pose`` of ``Output/pose``."""
    return name.lower().replace(".", "/").replace(" ", "_").rsplit("/", 1)[-1]
