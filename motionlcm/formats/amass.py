"""AMASS files: npz with SMPL's joint angles, Z up; out for tools that pose SMPL bodies, and in.

The angles go out as they are known (or solved from the positions); no body is fitted. Besides
AMASS's own keys a file of ours says how long the bones are: ``skeleton_offsets`` ``[22 3]`` (or
``[T 22 3]`` where bones stretch), each joint seen from its parent in SMPL's rest pose, metres, the
pelvis from the body's origin. With them a file is read again by forward kinematics alone, without
a body model.

Foreign files need SMPL's body models for the lengths of the subject's bones, which are in
``body_models.py``. Without them the mean body's are taken, which a note says.

Source: Mahmood et al., AMASS, ICCV 2019; axes as in the preprocessing of Guo et al., HumanML3D,
CVPR 2022.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from motionlcm.formats.array_files import array_names, read_arrays, write_arrays
from motionlcm.formats.array_words import familiarity_of, text_of, words_of
from motionlcm.formats.body_models import SMPL_REST, rest_joints, seen_from_parents
from motionlcm.formats.pose import local_motion, stretching_joints
from motionlcm.formats.rates import recorded_rate
from motionlcm.formats.raw import FARTHEST, RawMotion
from motionlcm.formats.smpl_parameters import (
    is_in_camera,
    is_smpl,
    joint_angles,
    one_person,
    parameter_names,
    without_hands,
)
from motionlcm.formats.upright import (
    Y_UP,
    Z_UP,
    Direction,
    far_floor,
    lying_note,
    turn_to_y_up,
    up_axis,
)
from motionlcm.formats.way import way_notes
from motionlcm.motion.motion import Motion
from motionlcm.motion.rotations import (
    from_axis_angle,
    from_matrix,
    inverse,
    multiply,
    rotate,
    to_axis_angle,
)
from motionlcm.motion.skeleton import JOINT_NAMES, PARENTS, Skeleton

_NUM_JOINTS, _SMPLH_JOINTS = len(PARENTS), 52
_SMPL_WIDTH = 72  # columns of the angles of SMPL's 24 joints, which others than AMASS write
_SMPLX_WIDTH = 165  # columns of the angles of SMPL-X's 55 joints
_TOLERANCE = 0.0005  # metres a joint may be off before its offset is written for every frame
_LONGEST_BONE = 10.0  # metres
_WIDEST_ANGLE = 1e3  # radians
_RATE_KEYS = ("mocap_framerate", "mocap_frame_rate")  # the older name and the newer one
#: What is read besides the parameters; the last two are ours.
_KEYS = ("gender", "surface_model_type", "skeleton_offsets", "caption")
_OPTIONAL = ("gender", "surface_model_type", "caption")
_WHOLE_TURN = 7.0  # radians; axis-angles of more are degrees
_PELVIS = 0.95  # metres, the usual height of the pelvis
_SAMPLE = 60  # frames that tell the axes

#: Half a turn about the bisector of Y and Z: (x, y, z) to (-x, z, y), from Y up to AMASS's Z up
#: and back.
_TO_Z_UP = np.array([0.0, 0.0, 1.0, 1.0]) / np.sqrt(2)


@dataclass(frozen=True, eq=False)
class _Parameters:
    """What an AMASS file says: angles ``[T 22 3]``, origin ``[T 3]``, and the rest."""

    poses: np.ndarray
    origin: np.ndarray
    fps: float
    offsets: np.ndarray | None
    betas: np.ndarray
    gender: str
    model: str
    caption: str | None
    usual_up: Direction


def save_amass(
    path: str | Path,
    motion: Motion,
    *,
    fps: float | None = None,
    body: str | Path | None = None,
    gender: str = "neutral",
) -> Path:
    """Write a motion as AMASS npz: SMPL-H's 52 joints, hands flat, on a mean or a fitted body.

    Args:
        path: the file to write.
        motion: its ``rotations`` are used if it has them, else they are solved from the positions.
        fps: frames per second of the file; the default is the motion's own rate.
        body: a folder of SMPL-H or SMPL-X models: shape and angles are refined until that body's
            joints are the motion's (``body_fit.py``). Without it the angles go out as they are.
        gender: of that body.
    Returns:
        The path written.
    Raises:
        ValueError: a frame rate outside 1 to 1000, a folder that does not exist, or no such body.
        ImportError: ``body`` is given and smplx is not installed.
    """
    betas = np.zeros(16)

    if body is None:
        raw = local_motion(motion, rest=SMPL_REST, fps=fps)
        pelvis, gender = SMPL_REST[0], "neutral"
    else:
        from motionlcm.formats.body_fit import fit_body

        fitted = fit_body(motion, body, gender=gender, fps=fps)
        raw = fitted.raw
        betas[: len(fitted.betas)] = fitted.betas
        pelvis, gender = fitted.body.rest_joints(fitted.betas)[0], fitted.body.gender

    rotations = raw.rotations.copy()
    rotations[:, 0] = multiply(_TO_Z_UP, rotations[:, 0])
    poses = np.zeros((raw.num_frames, _SMPLH_JOINTS, 3))
    poses[:, :_NUM_JOINTS] = to_axis_angle(rotations)

    _, moves = stretching_joints(raw, _TOLERANCE)
    offsets = (raw.translations if moves[1:].any() else raw.offsets).copy()
    offsets[..., 0, :] = pelvis

    arrays = {
        "poses": poses.reshape(raw.num_frames, -1),
        "trans": rotate(_TO_Z_UP, raw.positions[:, 0]) - pelvis,
        "betas": betas,
        "dmpls": np.zeros((raw.num_frames, 8)),
        "gender": np.array(gender),
        **{key: np.array(float(raw.fps)) for key in _RATE_KEYS},
        "skeleton_offsets": offsets,
        "skeleton_names": np.array(JOINT_NAMES),
    }
    return write_arrays(path, arrays | words_of(motion))


def load_amass(
    path: str | Path,
    *,
    body_models: str | Path | None = None,
    fps: float | None = None,
    input_fps: float | None = None,
    animation: str | None = None,
) -> tuple[Motion, list[str]]:
    """Read an AMASS npz as a motion.

    Args:
        path: npz with ``poses``, ``trans`` and a frame rate, or SMPL's parameters by other names.
        body_models: a folder of SMPL-H or SMPL-X models, for the subject's bone lengths.
        fps: frames per second of the result, rotations interpolated along the great arc; the
            default is the file's own rate.
        input_fps: frames per second of the recording, in place of what the file says.
        animation: which of several people, a number from 0.
    Returns:
        The motion with its rotations, Y up, and notes on what was assumed.
    Raises:
        ValueError: missing or misshapen arrays, values that are not finite; no body model for the
            subject.
        ImportError: ``body_models`` is given and smplx is not installed.
    """
    raw, notes, caption = read_amass(
        path, body_models=body_models, input_fps=input_fps, animation=animation
    )
    raw = raw if fps is None else raw.resampled(fps)
    skeleton = Skeleton(JOINT_NAMES, PARENTS, raw.offsets)

    said = read_arrays(path, ("familiarity",), optional=("familiarity",), notes=notes)
    motion = Motion(
        raw.positions,
        raw.fps,
        raw.rotations,
        skeleton=skeleton,
        caption=caption,
        familiarity=familiarity_of(said.get("familiarity"), path),
    )
    return motion, notes


def read_amass(
    path: str | Path,
    *,
    body_models: str | Path | None = None,
    num_betas: int = 16,
    input_fps: float | None = None,
    animation: str | None = None,
) -> tuple[RawMotion, list[str], str | None]:
    """Read an AMASS npz as joints with local transforms, at its own rate.

    Args:
        path: npz with ``poses``, ``trans`` and a frame rate, or SMPL's parameters by other names.
        body_models: a folder of SMPL-H or SMPL-X models, for the subject's bone lengths.
        num_betas: how many of the subject's shape numbers are used.
        input_fps: frames per second of the recording, in place of what the file says.
        animation: which of several people, a number from 0.
    Returns:
        The 22 joints in metres, Y up; notes on what was assumed; the caption, or None.
    Raises:
        ValueError, ImportError: what ``load_amass`` raises.
    """
    path = Path(path)
    notes: list[str] = []
    parameters = _parameters(path, input_fps, animation, notes)

    if parameters.offsets is not None:
        offsets = parameters.offsets
    elif body_models is not None:
        betas = tuple(parameters.betas[:num_betas])
        joints = rest_joints(body_models, parameters.model, parameters.gender, betas)
        offsets = seen_from_parents(joints)
    else:
        offsets = SMPL_REST
        notes.append("no body models given: bone lengths of SMPL's mean body, not the subject's")

    rotations = from_axis_angle(parameters.poses)  # [T 22 4]
    translations = np.broadcast_to(offsets, (len(rotations), _NUM_JOINTS, 3)).copy()
    translations[:, 0] += parameters.origin

    rest = offsets.mean(axis=0) if offsets.ndim == 3 else offsets.copy()
    rest[0] = 0
    raw = RawMotion(
        names=JOINT_NAMES,
        parents=PARENTS,
        offsets=rest,
        translations=translations,
        rotations=rotations,
        fps=parameters.fps,
        is_end_site=np.zeros(_NUM_JOINTS, dtype=bool),
        metres_per_unit=1.0,
        source=path.name,
        is_y_up=True,
    )
    is_own = parameters.offsets is not None
    return _y_up(raw, parameters.usual_up, notes, is_own=is_own), notes, parameters.caption


def _y_up(raw: RawMotion, usual: Direction, notes: list[str], *, is_own: bool) -> RawMotion:
    """A motion of the file's axes turned to Y up: AMASS's Z, unless the body stands otherwise."""
    sample = raw.sampled(_SAMPLE).positions
    up = up_axis(sample, None, expected=usual)
    lying = None if is_own else lying_note(sample, up)
    if lying:
        notes.append(lying)
    if up == Z_UP:
        turn = inverse(_TO_Z_UP)
    else:
        turn = from_matrix(turn_to_y_up(up))
        notes.append(f"{up.name}, as the body stands" + (": turned" if up != Y_UP else ""))

    rotations, translations = raw.rotations.copy(), raw.translations.copy()
    rotations[:, 0] = multiply(turn, rotations[:, 0])
    translations[:, 0] = rotate(turn, translations[:, 0])
    turned = replace(raw, rotations=rotations, translations=translations)
    if is_own:
        return turned

    notes += way_notes(turned.positions, turned.fps)
    translations[:, 0, 1] -= far_floor(turned.positions, notes)
    return replace(turned, translations=translations)  # the positions follow


def _parameters(
    path: Path, input_fps: float | None, choice: str | None, notes: list[str]
) -> _Parameters:
    """Read and check the content of a file."""
    names = array_names(path)
    known = parameter_names(names)
    if not is_smpl(names):
        raise ValueError(
            f"{path}: no 'poses' or no 'trans'; expected an AMASS file with both, or SMPL's "
            "'global_orient', 'body_pose' and 'transl'"
        )
    only = (*_KEYS, *known.values())
    arrays = read_arrays(path, only, optional=_OPTIONAL, notes=notes)

    if "trans" not in known:
        known["trans"] = "trans"
        frames = len(arrays[known.get("body", known.get("poses", ""))])
        arrays["trans"] = np.zeros((frames, 3))
        notes.append("no array of translations such as 'trans' or 'transl'")
    if is_in_camera(known["trans"]):
        notes.append(f"{known['trans']!r} is the way seen from the camera: right where that stands")
    keys = [known[key] for key in ("poses", "root", "body", "trans") if key in known]
    one_person(arrays, keys, choice, notes)
    arrays |= {key: _numbers(without_hands(arrays[key], notes), key, path) for key in keys}
    width, poses = _checked_poses(arrays, known, path, notes)
    trans = arrays[known["trans"]]
    trans = trans.reshape(-1, trans.shape[-1])
    if trans.shape != (len(poses), 3):
        raise ValueError(
            f"{path}: poses {list(poses.shape)} and trans {list(trans.shape)}, expected "
            f"[T {3 * _SMPLH_JOINTS}] (at least {3 * _NUM_JOINTS} columns) and [T 3]"
        )

    widest = np.abs(poses).max()
    if widest > _WIDEST_ANGLE:
        raise ValueError(f"{path}: poses reach {widest:.3g} radians")
    if np.percentile(np.linalg.norm(poses, axis=-1).max(axis=1), 50) > _WHOLE_TURN:
        poses = np.radians(poses)
        notes.append("angles are degrees: turned to radians")
    trans = _in_metres(trans, arrays.get(known.get("scale", "")), path, notes)

    model = text_of(arrays.get("surface_model_type"), "").lower()
    is_smplx = model.startswith("smplx") or width == _SMPLX_WIDTH
    is_amass_own = {"poses", "trans"} <= set(names) and width != _SMPL_WIDTH
    return _Parameters(
        poses=poses,
        origin=trans,
        fps=recorded_rate(arrays.get(known.get("rate", "")), input_fps, path),
        offsets=_bone_offsets(arrays, len(poses), path),
        betas=_betas(arrays, known, path),
        gender=text_of(arrays.get("gender"), "neutral").lower(),
        model="smplx" if is_smplx else "smplh",
        caption=text_of(arrays.get("caption"), "") or None,
        usual_up=Z_UP if is_amass_own else Y_UP,
    )


def _checked_poses(
    arrays: dict[str, np.ndarray], known: dict[str, str], path: Path, notes: list[str]
) -> tuple[int, np.ndarray]:
    """(numbers a frame that the file has, angles ``[T 22 3]``)."""
    try:
        angles = joint_angles(arrays, known)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None
    if angles.form is not None:
        notes.append(f"rotations are read as {angles.form}")
    return angles.width, angles.angles


def _betas(arrays: dict[str, np.ndarray], known: dict[str, str], path: Path) -> np.ndarray:
    """The subject's shape; that of the first frame where there is one a frame."""
    betas = _numbers(arrays.get(known.get("betas", ""), np.zeros(16)), "betas", path)
    return betas.reshape(-1, betas.shape[-1])[0] if betas.ndim > 1 else betas.reshape(-1)


def _in_metres(
    trans: np.ndarray, scale: np.ndarray | None, path: Path, notes: list[str]
) -> np.ndarray:
    """Translations ``[T 3]`` in metres: told by ``scale`` as AIST++ has it, or by the pelvis."""
    if scale is not None and scale.size == 1 and scale.dtype.kind in "fiu" and scale.item() > 0:
        if scale.item() != 1:
            notes.append(f"translations divided by the scaling {scale.item():g}")
        trans = trans / float(scale.item())

    # A pelvis that keeps ten times as high as a person's is told in another unit.
    height = float(np.abs(np.median(trans, axis=0)).max())
    spread = float(np.ptp(trans, axis=0).max())
    for unit, name in ((0.01, "centimetres"), (0.001, "millimetres")):
        pelvis = np.abs(np.median(trans, axis=0)) * unit
        is_high = bool(((pelvis > 0.6 * _PELVIS) & (pelvis < 1.4 * _PELVIS)).any())
        if height > 10 * _PELVIS and is_high and spread * unit < 100:
            notes.append(f"translations are {name}: turned to metres")
            return trans * unit

    farthest = np.abs(trans).max()
    if farthest > FARTHEST:
        raise ValueError(f"{path}: trans reaches {farthest:.3g} m")
    return trans


def _bone_offsets(arrays: dict[str, np.ndarray], num_frames: int, path: Path) -> np.ndarray | None:
    """The bones that a file of ours tells, ``[22 3]`` or ``[T 22 3]``; None for foreign files."""
    if "skeleton_offsets" not in arrays:
        return None

    offsets = _numbers(arrays["skeleton_offsets"], "skeleton_offsets", path)
    shapes = ((_NUM_JOINTS, 3), (num_frames, _NUM_JOINTS, 3))
    if offsets.shape not in shapes or np.abs(offsets).max() > _LONGEST_BONE:
        raise ValueError(
            f"{path}: skeleton_offsets {list(offsets.shape)}, expected metres [22 3] or [T 22 3]"
        )
    return offsets


def _numbers(array: np.ndarray, meaning: str, path: Path) -> np.ndarray:
    """The array as float64, if it holds finite numbers and is not empty."""
    if array.dtype.kind not in "fiu" or not array.size:
        raise ValueError(
            f"{path}: {meaning} is {array.dtype} {list(array.shape)}, expected numbers"
        )

    array = array.astype(np.float64)
    if not np.isfinite(array).all():
        row = int(np.argwhere(~np.isfinite(np.atleast_1d(array)))[0, 0])
        raise ValueError(f"{path}: {meaning} holds a value that is not finite, first in row {row}")
    return array
