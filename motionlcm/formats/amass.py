"""AMASS files: npz with SMPL's joint angles, Z up; out for tools that pose SMPL bodies, and in.

The angles go out as they are known (or solved from the positions); no body is fitted. Besides AMASS's own keys a
file of ours says how long the bones are: ``skeleton_offsets`` ``[22 3]`` (or ``[T 22 3]`` where bones stretch), each
joint seen from its parent in SMPL's rest pose, metres, the pelvis from the body's origin. With them a file is read
again by forward kinematics alone, without a body model.

Foreign files need SMPL's body models for the lengths of the subject's bones; see ``body_models.py``. Without them
the mean body's are taken, which a note says.

Source: Mahmood et al., AMASS, ICCV 2019; axes as in the preprocessing of Guo et al., HumanML3D, CVPR 2022.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from motionlcm.atomic_files import write_bytes
from motionlcm.formats.body_models import rest_joints
from motionlcm.formats.npz import read_arrays
from motionlcm.formats.pose import local_motion, stretching_joints
from motionlcm.formats.raw import RawMotion
from motionlcm.motion.motion import Motion
from motionlcm.motion.rotations import from_axis_angle, inverse, multiply, rotate, to_axis_angle
from motionlcm.motion.skeleton import JOINT_NAMES, PARENTS, Skeleton

_NUM_JOINTS, _SMPLH_JOINTS = len(PARENTS), 52
_TOLERANCE = 0.0005  # metres a joint may be off before its offset is written for every frame
_FARTHEST = 1e4  # metres
_RATES = (1.0, 1000.0)
_RATE_KEYS = ("mocap_framerate", "mocap_frame_rate")
_KEYS = ("poses", "trans", "betas", "gender", "surface_model_type", "skeleton_offsets", "caption", *_RATE_KEYS)

#: Each joint seen from its parent in the rest pose of SMPL's neutral mean body, metres; the pelvis from the origin.
#: Source: Loper et al., SMPL, 2015, as published with many simulated humanoids; rounded to 0.1 mm.
SMPL_REST = np.array(
    [
        [-0.0018, -0.2233, 0.0282], [0.0695, -0.0914, -0.0068], [-0.0677, -0.0905, -0.0043],
        [-0.0025, 0.1090, -0.0267], [0.0343, -0.3752, -0.0045], [-0.0383, -0.3826, -0.0089],
        [0.0055, 0.1352, 0.0011], [-0.0136, -0.3980, -0.0437], [0.0158, -0.3984, -0.0423],
        [0.0015, 0.0529, 0.0254], [0.0264, -0.0558, 0.1193], [-0.0254, -0.0481, 0.1233],
        [-0.0028, 0.2139, -0.0429], [0.0788, 0.1217, -0.0341], [-0.0818, 0.1188, -0.0386],
        [0.0052, 0.0650, 0.0513], [0.0910, 0.0305, -0.0089], [-0.0960, 0.0326, -0.0091],
        [0.2596, -0.0128, -0.0275], [-0.2537, -0.0133, -0.0214], [0.2492, 0.0090, -0.0012],
        [-0.2553, 0.0078, -0.0056],
    ]
)  # fmt: skip

#: Half a turn about the bisector of Y and Z: (x, y, z) to (-x, z, y), from Y up to AMASS's Z up and back.
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


def is_amass(names: tuple[str, ...]) -> bool:
    """True if an npz with arrays of these names holds SMPL parameters as AMASS has them."""
    return {"poses", "trans"} <= set(names)


def save_amass(
    path: str | Path, motion: Motion, *, fps: float | None = None, body: str | Path | None = None,
    gender: str = "neutral",
) -> Path:  # fmt: skip
    """Write a motion as AMASS npz: SMPL-H's 52 joints, hands flat; the mean body unless one is fitted.

    Args:
        path: the file to write.
        motion: its ``rotations`` are used if it has them, else they are solved from the positions.
        fps: frames per second of the file; the default is the motion's own.
        body: a folder of SMPL-H or SMPL-X models: shape and angles are refined until that body's joints are the
            motion's (``body_fit.py``). Without it the angles go out as they are.
        gender: of that body.
    Returns:
        The path written.
    Raises:
        ValueError: a frame rate outside 1 to 1000, a folder that does not exist, or no such body.
        ImportError: ``body`` is given and smplx is not installed.
    """
    betas, pelvis = np.zeros(16), SMPL_REST[0]
    if body is None:
        raw, gender = local_motion(motion, rest=SMPL_REST, fps=fps), "neutral"
    else:
        from motionlcm.formats.body_fit import fit_body

        fitted = fit_body(motion, body, gender=gender, fps=fps)
        raw, gender = fitted.raw, fitted.body.gender
        betas[: len(fitted.betas)], pelvis = fitted.betas, fitted.body.rest_joints(fitted.betas)[0]
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
    if motion.caption is not None:
        arrays["caption"] = np.array(motion.caption)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return write_bytes(path, buffer.getvalue())


def load_amass(
    path: str | Path, *, body_models: str | Path | None = None, fps: float | None = None
) -> tuple[Motion, list[str]]:
    """Read an AMASS npz as a motion.

    Args:
        path: npz with ``poses``, ``trans`` and a frame rate.
        body_models: a folder of SMPL-H or SMPL-X models, for the subject's bone lengths.
        fps: of the result; rotations are interpolated along the great arc. The default is the file's own rate.
    Returns:
        The motion with its rotations, Y up, and notes on what was assumed.
    Raises:
        ValueError: missing or misshapen arrays, values that are not finite; no body model for the subject.
        ImportError: ``body_models`` is given and smplx is not installed.
    """
    raw, notes, caption = read_amass(path, body_models=body_models)
    raw = raw if fps is None else raw.resampled(fps)
    skeleton = Skeleton(JOINT_NAMES, PARENTS, raw.offsets)
    return Motion(raw.positions, raw.fps, raw.rotations, skeleton=skeleton, caption=caption), notes


def read_amass(
    path: str | Path, *, body_models: str | Path | None = None, num_betas: int = 16
) -> tuple[RawMotion, list[str], str | None]:
    """(the 22 joints with local transforms at the file's own rate, metres, Y up; notes; caption).

    ``num_betas`` is how many of the subject's shape numbers are used. Errors as in ``load_amass``.
    """
    path = Path(path)
    found = _parameters(path)
    notes: list[str] = []
    if found.offsets is not None:
        offsets = found.offsets
    elif body_models is not None:
        offsets = _offsets(rest_joints(body_models, found.model, found.gender, tuple(found.betas[:num_betas])))
    else:
        offsets = SMPL_REST
        notes.append("no body models given: bone lengths of SMPL's mean body, not the subject's")
    rotations = from_axis_angle(found.poses)  # [T 22 4]
    rotations[:, 0] = multiply(inverse(_TO_Z_UP), rotations[:, 0])
    translations = np.broadcast_to(offsets, (len(rotations), _NUM_JOINTS, 3)).copy()
    translations[:, 0] = rotate(inverse(_TO_Z_UP), found.origin + translations[:, 0])
    rest = offsets.mean(axis=0) if offsets.ndim == 3 else offsets.copy()
    rest[0] = 0
    raw = RawMotion(
        names=JOINT_NAMES,
        parents=PARENTS,
        offsets=rest,
        translations=translations,
        rotations=rotations,
        fps=found.fps,
        is_end_site=np.zeros(_NUM_JOINTS, dtype=bool),
        metres_per_unit=1.0,
        source=path.name,
        is_y_up=True,
    )
    return raw, notes, found.caption


def _offsets(joints: np.ndarray) -> np.ndarray:
    """Each joint ``[22 3]`` seen from its parent; the pelvis stays as it is."""
    return np.concatenate([joints[:1], joints[1:] - joints[list(PARENTS[1:])]])


def _parameters(path: Path) -> _Parameters:
    """The checked content of a file."""
    arrays = read_arrays(path, _KEYS)
    missing = [key for key in ("poses", "trans") if key not in arrays]
    if missing:
        raise ValueError(f"{path}: no {' and no '.join(map(repr, missing))}; expected an AMASS file with both")
    poses, trans = _numbers(arrays["poses"], "poses", path), _numbers(arrays["trans"], "trans", path)
    wide = 3 * _NUM_JOINTS
    if poses.ndim != 2 or poses.shape[1] < wide or poses.shape[1] % 3 or trans.shape != (len(poses), 3):
        raise ValueError(
            f"{path}: poses {list(poses.shape)} and trans {list(trans.shape)}, expected [T {3 * _SMPLH_JOINTS}] "
            f"(at least {wide} columns) and [T 3]"
        )
    if np.abs(trans).max() > _FARTHEST or np.abs(poses).max() > 1e3:
        raise ValueError(f"{path}: trans reaches {np.abs(trans).max():.3g} m, poses {np.abs(poses).max():.3g} radians")
    offsets = arrays.get("skeleton_offsets")
    if offsets is not None:
        offsets = _numbers(offsets, "skeleton_offsets", path)
        if offsets.shape not in ((_NUM_JOINTS, 3), (len(poses), _NUM_JOINTS, 3)) or np.abs(offsets).max() > 10:
            raise ValueError(f"{path}: skeleton_offsets {list(offsets.shape)}, expected metres [22 3] or [T 22 3]")
    is_smplx = _text(arrays.get("surface_model_type"), "").lower().startswith("smplx") or poses.shape[1] == 165
    return _Parameters(
        poses=poses[:, :wide].reshape(-1, _NUM_JOINTS, 3),
        origin=trans,
        fps=_rate(arrays, path),
        offsets=offsets,
        betas=_numbers(arrays.get("betas", np.zeros(16)), "betas", path).reshape(-1),
        gender=_text(arrays.get("gender"), "neutral").lower(),
        model="smplx" if is_smplx else "smplh",
        caption=_text(arrays.get("caption"), "") or None,
    )


def _rate(arrays: dict[str, np.ndarray], path: Path) -> float:
    """Frames per second, by its older or its newer name."""
    rate = next((arrays[key] for key in _RATE_KEYS if key in arrays), None)
    is_number = rate is not None and rate.size == 1 and rate.dtype.kind in "fiu"
    if rate is None or not is_number or not _RATES[0] <= float(rate.item()) <= _RATES[1]:
        raise ValueError(f"{path}: mocap_framerate is {rate}, expected one number from {_RATES[0]:g} to {_RATES[1]:g}")
    return float(rate.item())


def _numbers(array: np.ndarray, meaning: str, path: Path) -> np.ndarray:
    """float64, finite, not empty."""
    if array.dtype.kind not in "fiu" or not array.size:
        raise ValueError(f"{path}: {meaning} is {array.dtype} {list(array.shape)}, expected numbers")
    array = array.astype(np.float64)
    if not np.isfinite(array).all():
        where = int(np.argwhere(~np.isfinite(np.atleast_1d(array)))[0, 0])
        raise ValueError(f"{path}: {meaning} holds a value that is not finite, first in row {where}")
    return array


def _text(array: np.ndarray | None, default: str) -> str:
    """The words of a text array, which old files hold as bytes."""
    if array is None or array.dtype.kind not in "US" or not array.size:
        return default
    word = array.reshape(-1)[0]
    return word.decode("utf-8", "replace") if isinstance(word, bytes) else str(word)
