"""numpy files: npz holds a whole motion, npy its positions or its features.

Pickles are never run; of the one that MDM writes the arrays are taken out (``plain_pickle.py``).
Positions come in the layouts that ``layouts.py`` knows, and are asked whether they are a body
(``body_check.py``).
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from motionlcm.damage import shown, shown_names
from motionlcm.formats.array_files import (
    is_own_array,
    open_arrays,
    pickle_within,
    read_arrays,
    write_array,
    write_arrays,
)
from motionlcm.formats.array_words import caption_of, familiarity_of, words_of
from motionlcm.formats.body_check import as_body, body_fault, leg_length
from motionlcm.formats.layouts import (
    as_joints,
    choice_of,
    holds_body,
    is_features,
    without_batch,
)
from motionlcm.formats.plain_pickle import read_plain_pickle
from motionlcm.formats.rates import assumed_rate, checked_rate
from motionlcm.formats.raw import FARTHEST
from motionlcm.formats.smpl_parameters import parameter_names
from motionlcm.motion.features import HUMANML, FeatureLayout, decode_positions, layout_of
from motionlcm.motion.layout import KIT
from motionlcm.motion.motion import Motion
from motionlcm.motion.skeleton import JOINT_NAMES, PARENTS, SMPL_22, Skeleton

_POSITION_KEYS = ("positions", "joints")
_SHAPES = (
    "positions [T 22 3] or features [T 263] (or KIT-ML's [T 251]); of joints with names save a BVH "
    "or GLB, of SMPL's angles an npz with poses, trans and mocap_framerate"
)


def save_npz(path: str | Path, motion: Motion) -> Path:
    """Write a motion as npz: positions, fps, joint names, and what else it has.

    That is rotations, with the rest offsets they belong to, features as a model gave them, the way
    that was taken out of a motion put in place, the caption and its familiarity.

    Returns:
        The path written.
    Raises:
        ValueError: the folder does not exist.
    """
    arrays: dict[str, np.ndarray] = {
        "positions": np.asarray(motion.positions, dtype=np.float32),
        "fps": np.array(motion.fps),
        "joint_names": np.array(motion.skeleton.names),
    }

    if motion.rotations is not None:
        arrays["rotations"] = np.asarray(motion.rotations, dtype=np.float32)
        arrays["offsets"] = np.asarray(motion.skeleton.offsets)
    if motion.own_features is not None:
        arrays["features"] = np.asarray(motion.own_features, dtype=np.float32)
    if motion.root_path is not None:
        arrays["root_path"] = motion.root_path
    return write_arrays(path, arrays | words_of(motion))


def load_npz(path: str | Path) -> Motion:
    """Read a motion and drop the notes; else this is ``read_npz``."""
    return read_npz(path)[0]


def read_npz(
    path: str | Path, *, animation: str | None = None, fps: float | None = None
) -> tuple[Motion, list[str]]:
    """Read a motion.

    Args:
        path: an npz with ``positions`` (or ``joints``) ``[T 22 3]``, or ``features`` ``[T 263]``;
            ``fps``, ``rotations`` with their rest ``offsets``, and ``caption`` are optional.
            KIT-ML's 251 features are read too, and its 21 joints where ``joint_names`` says so.
        animation: the number of a motion where there are several, from 0.
        fps: of the recording, in place of what the file says.
    Returns:
        The motion, and notes on what was assumed, turned, scaled and left out.
    Raises:
        ValueError: not an npz, pickled objects, missing or misshapen arrays, values that are not
            finite, positions of no body.
    """
    notes: list[str] = []
    arrays = read_arrays(path)
    features = _features(arrays.get("features"), path)
    content = next((arrays[key] for key in _POSITION_KEYS if key in arrays), features)
    if content is None:
        content = _unnamed(arrays, path, notes)

    names = tuple(arrays["joint_names"].tolist()) if "joint_names" in arrays else ()
    layout = KIT if names == KIT.skeleton.names else HUMANML
    positions, layout = _to_positions(content, path, layout, notes, animation)

    rotations, skeleton = None, layout.skeleton
    if "rotations" in arrays:
        rotations, skeleton = _rotations(arrays, positions, path)
    told = arrays.get(parameter_names(arrays).get("rate", ""))
    rate = fps or checked_rate(told, path, layout.fps)
    notes += assumed_rate(rate, is_told=bool(fps) or told is not None or content is features)

    # What a model wrote may be a poor body: that is told, and read all the same.
    is_own = bool(names) and "fps" in arrays
    body = _as_body(positions, path, layout, rate, notes, is_own=is_own)
    if body is not positions:
        rotations = features = None
        skeleton = layout.skeleton
        arrays.pop("root_path", None)

    motion = Motion(
        body,
        fps=rate,
        rotations=rotations,
        skeleton=skeleton,
        caption=caption_of(arrays.get("caption")),
        own_features=features if fps in (None, layout.fps) else None,
        root_path=_root_path(arrays.get("root_path"), len(body), path),
        familiarity=familiarity_of(arrays.get("familiarity"), path),
    )
    return motion, notes


def _root_path(array: np.ndarray | None, frames: int, path: str | Path) -> np.ndarray | None:
    """The way ``[T 3]`` that was taken out of a motion, where the file says it."""
    if array is None:
        return None
    array = _checked(array, path, "root_path")
    if array.shape != (frames, 3):
        raise ValueError(f"{path}: root_path has shape {list(array.shape)}, expected [{frames}, 3]")
    return array


def _features(array: np.ndarray | None, path: str | Path) -> np.ndarray | None:
    """Features ``[T D]``, where the file has any."""
    if array is None:
        return None
    array = _checked(array, path, "features")
    if array.ndim != 2:
        raise ValueError(f"{path}: features have shape {list(array.shape)}, expected [T 263]")
    return array


def _unnamed(arrays: dict[str, np.ndarray], path: str | Path, notes: list[str]) -> np.ndarray:
    """The one array of an npz that holds a body or features, where no name is known.

    Raises:
        ValueError: there is none, or there are several.
    """
    for what, is_one in (("joint positions", holds_body), ("features", is_features)):
        found = [name for name, array in arrays.items() if is_one(array)]
        if len(found) == 1:
            notes.append(f"{shown(found[0])} is read as {what}")
            return arrays[found[0]]
    raise ValueError(_nothing_known(arrays, path))


def _nothing_known(arrays: dict[str, np.ndarray], path: str | Path) -> str:
    """What to say of an npz without positions and features."""
    content = shown_names(sorted(arrays)) or "nothing"
    return (
        f"{path}: holds {content}; expected 'positions' [T 22 3] or 'features' [T 263], or SMPL's "
        "'poses' (or 'global_orient' and 'body_pose') and 'trans'"
    )


def save_npy(path: str | Path, motion: Motion) -> Path:
    """Write the positions ``[T 22 3]`` float32, metres. Returns the path written.

    At 20 fps the file is marked as ours, so that this rate is no guess when it is read.
    """
    positions = np.asarray(motion.positions, dtype=np.float32)
    is_own = motion.fps == HUMANML.fps and motion.skeleton.supports("features")
    return write_array(path, positions, is_own=is_own)


def load_npy(path: str | Path) -> Motion:
    """Read positions or features and drop the notes; else this is ``read_npy``."""
    return read_npy(path)[0]


def read_npy(
    path: str | Path, *, animation: str | None = None, fps: float | None = None
) -> tuple[Motion, list[str]]:
    """Read ``[T 22 3]`` positions in metres, or ``[T 263]`` features that are not normalised.

    They are at 20 fps. ``[T 251]`` are KIT-ML's features, at 12.5 fps. Other layouts of positions
    are brought to these (``layouts.py``), and so are MDM's results.

    Args:
        path: the file.
        animation: the number of a motion where there are several, from 0.
        fps: of the recording; without it positions are taken to be at 20, with a note.
    Returns:
        The motion, and notes on what was assumed, turned, scaled and left out.
    Raises:
        ValueError: not an npy, pickled objects, another shape, values that are not finite, no body.
    """
    notes: list[str] = []
    content, caption = _npy_content(path, notes, animation)
    animation = None if caption is not None else animation  # of MDM's results it is chosen
    array = _checked(content, path, "positions" if content.ndim >= 3 else "features")

    positions, layout = _to_positions(array, path, HUMANML, notes, animation)
    flat = without_batch(array, [], animation)
    features = flat if is_features(flat) else None
    is_own, rate = is_own_array(path), fps or layout.fps
    body = _as_body(positions, path, layout, rate, notes, is_own=is_own, features=features)
    is_told = is_own or fps is not None or features is not None or caption is not None
    notes += assumed_rate(layout.fps, is_told=is_told)

    motion = Motion(
        body,
        fps=rate,
        skeleton=layout.skeleton,
        caption=caption or None,
        own_features=features if fps in (None, layout.fps) else None,
    )
    return motion, notes


def _npy_content(
    path: str | Path, notes: list[str], animation: str | None
) -> tuple[np.ndarray, str | None]:
    """(array, None); of MDM's results the motion of that number, and its caption or ""."""
    content = pickle_within(Path(path))
    if content is None:
        file = open_arrays(path)
        if not isinstance(file, np.ndarray):
            file.close()
            raise ValueError(f"{path}: is an npz archive; name it .npz")
        return file, None

    results = read_plain_pickle(content, str(path))
    motions = results.get("motion") if isinstance(results, dict) else None
    if not isinstance(motions, np.ndarray) or motions.ndim != 4:
        raise ValueError(
            f"{path}: holds Python objects; pickles are refused, but for MDM's 'motion' [N 22 3 T] "
            "and SMPL's poses and trans. Save the array alone: np.save('motion.npy', array)"
        )

    number = choice_of(animation, len(motions))
    caption, length = _of_number(results, "text", number), _of_number(results, "lengths", number)
    motion = motions[number]
    if isinstance(length, int) and 0 < length <= motion.shape[-1]:
        motion = motion[..., :length]
    about = f" ({shown(caption)})" if isinstance(caption, str) else ""
    notes.append(
        f"MDM's results hold {len(motions)} motions: number {number}{about} is read; "
        "--animation N chooses, from 0"
    )
    return motion, caption if isinstance(caption, str) else ""


def _of_number(results: dict[str, Any], key: str, number: int) -> Any:
    """What MDM's results say of a motion: an item of a list or an array, or None."""
    values = results.get(key)
    if isinstance(values, np.ndarray):
        values = values.reshape(-1).tolist()
    return values[number] if isinstance(values, list) and number < len(values) else None


def _checked(array: np.ndarray, path: str | Path, meaning: str) -> np.ndarray:
    """The array as float32, if it holds finite numbers and at least one frame."""
    if array.dtype.kind not in "fiu":
        raise ValueError(f"{path}: {meaning} have type {array.dtype}, expected numbers")
    if not array.size:
        raise ValueError(
            f"{path}: {meaning} have shape {list(array.shape)}, expected at least one frame"
        )

    array = array.astype(np.float32)
    if not np.isfinite(array).all():
        frame = int(np.argwhere(~np.isfinite(array))[0, 0])
        raise ValueError(
            f"{path}: {meaning} hold a value that is not finite, first in frame {frame}; "
            "repair it first"
        )
    return array


def _to_positions(
    array: np.ndarray,
    path: str | Path,
    layout: FeatureLayout,
    notes: list[str],
    animation: str | None = None,
) -> tuple[np.ndarray, FeatureLayout]:
    """Positions ``[T J 3]``, or what features decode to, and the layout of the body."""
    array = _checked(array, path, "positions" if array.ndim >= 3 else "features")
    if animation is not None and array.ndim < 4:
        choice_of(animation, 1)

    shape = list(array.shape)
    array = without_batch(array, notes, animation)
    if is_features(array):
        layout = layout_of(array)
        array = decode_positions(array, layout)
    elif layout is HUMANML:
        try:
            joints = as_joints(array, notes)
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from None
        array = array if joints is None else joints

    if array.ndim != 3 or array.shape[1:] != (layout.num_joints, 3):
        raise ValueError(f"{path}: found an array of shape {shape}, expected {_SHAPES}")
    if np.abs(array).max() > FARTHEST and not _is_millimetres(array, layout):
        raise ValueError(
            f"{path}: positions reach {np.abs(array).max():.3g} m; expected metres, at most 10 km"
        )
    return array, layout


def _is_millimetres(positions: np.ndarray, layout: FeatureLayout) -> bool:
    """Tell whether numbers that are too large for metres are a body in a smaller unit."""
    if body_fault(positions[:1], layout.skeleton) is not None:
        return False
    return bool(np.abs(positions).max() * 0.001 <= FARTHEST)


def _as_body(
    positions: np.ndarray,
    path: str | Path,
    layout: FeatureLayout,
    fps: float,
    notes: list[str],
    *,
    is_own: bool,
    features: np.ndarray | None = None,
) -> np.ndarray:
    """The positions in metres, Y up; the very same array where they are so already."""
    if features is not None:
        fault = features_fault(features, positions, layout)
        if fault:
            raise ValueError(f"{path}: {fault}")
        return positions

    try:
        return as_body(positions, notes, layout.skeleton, fps=fps, is_own=is_own)
    except ValueError as error:
        if not is_own:
            raise ValueError(f"{path}: is no body: {error}") from None
        notes.append(f"no usual body: {error}")
        return positions


def features_fault(
    features: np.ndarray, positions: np.ndarray, layout: FeatureLayout
) -> str | None:
    """Say why features ``[T D]``, which decode to positions ``[T J 3]``, are no motion; else None.

    Normalised features are told by their contacts, which should be 0 or 1, and by the body.
    """
    fault = body_fault(positions, layout.skeleton)
    leg = leg_length(positions, layout.skeleton)
    contacts = np.abs(features[:, layout.contacts] - 0.5)
    if fault is None and not 0.2 <= leg <= 2.0:
        fault = f"legs of {leg:.2g} m"
    if fault is None and (contacts > 1.0).mean() > 0.1:
        fault = "contacts are neither 0 nor 1"

    if fault is None:
        return None
    return (
        f"the features decode to no body ({fault}); if they are normalised, undo it first: "
        "features * Std + Mean, with the Std.npy and Mean.npy of their data set"
    )


def _rotations(
    arrays: dict[str, np.ndarray], positions: np.ndarray, path: str | Path
) -> tuple[np.ndarray, Skeleton]:
    """(rotations, the skeleton that they rotate)."""
    rotations = _checked(arrays["rotations"], path, "rotations")
    expected = [*positions.shape[:2], 4]
    if list(rotations.shape) != expected:
        raise ValueError(
            f"{path}: rotations have shape {list(rotations.shape)}, expected {expected}"
        )
    if "offsets" not in arrays:
        return rotations, SMPL_22

    offsets = _checked(arrays["offsets"], path, "offsets").astype(np.float64)
    if offsets.shape != (len(JOINT_NAMES), 3):
        raise ValueError(f"{path}: offsets have shape {list(offsets.shape)}, expected [22 3]")
    return rotations, Skeleton(JOINT_NAMES, PARENTS, offsets)
