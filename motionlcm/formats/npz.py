"""numpy files: npz holds a whole motion, npy its positions or its features. Never pickles."""

from __future__ import annotations

import io
import tokenize
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from motionlcm.atomic_files import write_bytes
from motionlcm.formats.raw import FARTHEST
from motionlcm.motion.features import HUMANML, FeatureLayout, decode_positions, layout_of
from motionlcm.motion.layout import KIT, KNOWN_WIDTHS
from motionlcm.motion.motion import Motion
from motionlcm.motion.skeleton import JOINT_NAMES, PARENTS, SMPL_22, Skeleton

_POSITION_KEYS = ("positions", "joints")
_SHAPES = "positions [T 22 3] or features [T 263] (or KIT-ML's [T 251])"
_LARGEST = 2**31  # bytes an array of an npz may have when unpacked
#: What numpy and zipfile raise on damaged files.
_DAMAGED = (
    *(ValueError, OSError, EOFError, KeyError, NotImplementedError, RuntimeError, SyntaxError),
    *(zlib.error, tokenize.TokenError, zipfile.BadZipFile, zipfile.LargeZipFile),
)


def save_npz(path: str | Path, motion: Motion) -> Path:
    """Write a motion as npz: positions, fps, joint names, and what else it has.

    That is rotations, with the rest offsets they belong to, features as a model gave them, and the
    caption.

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
    if motion.caption is not None:
        arrays["caption"] = np.array(motion.caption)

    return write_arrays(path, arrays)


def load_npz(path: str | Path) -> Motion:
    """Read a motion.

    Args:
        path: an npz with ``positions`` (or ``joints``) ``[T 22 3]``, or ``features`` ``[T 263]``;
            ``fps``, ``rotations`` with their rest ``offsets``, and ``caption`` are optional.
            KIT-ML's 251 features are read too, and its 21 joints where ``joint_names`` says so.
    Raises:
        ValueError: not an npz, pickled objects, missing or misshapen arrays, values that are not
            finite.
    """
    arrays = read_arrays(path)
    features = arrays.get("features")
    if features is not None:
        features = _checked(features, path, "features")
        if features.ndim != 2:
            raise ValueError(
                f"{path}: features have shape {list(features.shape)}, expected [T 263]"
            )

    content = next((arrays[key] for key in _POSITION_KEYS if key in arrays), features)
    if content is None:
        raise ValueError(_nothing_known(arrays, path))

    names = tuple(arrays["joint_names"].tolist()) if "joint_names" in arrays else ()
    layout = KIT if names == KIT.skeleton.names else HUMANML
    positions, layout = _to_positions(content, path, layout)

    rotations, skeleton = None, layout.skeleton
    if "rotations" in arrays:
        rotations, skeleton = _rotations(arrays, positions, path)

    return Motion(
        positions,
        fps=_fps(arrays.get("fps"), path, layout.fps),
        rotations=rotations,
        skeleton=skeleton,
        caption=_caption(arrays.get("caption")),
        own_features=features,
    )


def _nothing_known(arrays: dict[str, np.ndarray], path: str | Path) -> str:
    """What to say of an npz without positions and features."""
    content = ", ".join(sorted(arrays)) or "nothing"
    message = f"{path}: holds {content}; expected 'positions' [T 22 3] or 'features' [T 263]."
    if "poses" in arrays:
        message += " These are SMPL parameters; AMASS files have 'poses' and 'trans'."
    return message


def write_arrays(path: str | Path, arrays: dict[str, np.ndarray]) -> Path:
    """Write arrays as a compressed npz, whole or not at all. Returns the path written.

    Raises:
        ValueError: the folder does not exist, or an array of Python objects.
    """
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **arrays)
    return write_bytes(path, buffer.getvalue())


def save_npy(path: str | Path, motion: Motion) -> Path:
    """Write the positions ``[T 22 3]`` float32, metres. Returns the path written."""
    buffer = io.BytesIO()
    np.save(buffer, np.asarray(motion.positions, dtype=np.float32), allow_pickle=False)
    return write_bytes(path, buffer.getvalue())


def load_npy(path: str | Path) -> Motion:
    """Read ``[T 22 3]`` positions in metres, or ``[T 263]`` features that are not normalised.

    They are at 20 fps. ``[T 251]`` are KIT-ML's features, at 12.5 fps.

    Raises:
        ValueError: not an npy, pickled objects, another shape, values that are not finite.
    """
    file = _open(path)
    if not isinstance(file, np.ndarray):
        file.close()
        raise ValueError(f"{path}: is an npz archive; name it .npz")

    features = _checked(file, path, "features") if file.ndim == 2 else None
    positions, layout = _to_positions(file, path)
    return Motion(positions, fps=layout.fps, skeleton=layout.skeleton, own_features=features)


def array_names(path: str | Path) -> tuple[str, ...]:
    """The names of the arrays in an npz; ValueError if it cannot be opened."""
    with _open(path) as file:
        return tuple(file.files)


def read_arrays(path: str | Path, only: tuple[str, ...] | None = None) -> dict[str, np.ndarray]:
    """The arrays of an npz, or those of ``only`` that it has.

    Raises:
        ValueError: not an npz, cut short, pickled objects, or more than 2 GB unpacked.
    """
    with _open(path) as file:
        keys = [key for key in file.files if only is None or key in only]
        return {key: _array(file, key, path) for key in keys}


def read_array(path: str | Path) -> np.ndarray:
    """The one array of an npy file.

    Raises:
        ValueError: no such file, not an npy, cut short, pickled objects.
    """
    array = _open(path)
    if not isinstance(array, np.ndarray):
        raise ValueError(f"{path}: holds several arrays, expected one npy array")
    return array


def _open(path: str | Path) -> Any:
    """The array of an npy, or the archive of an npz, still open."""
    path = Path(path)
    if not path.is_file():
        raise ValueError(f"{path}: no such file; expected a {path.suffix or 'numpy'} file")

    try:
        file = np.load(path, allow_pickle=False)
    except (*_DAMAGED, MemoryError) as error:
        raise ValueError(
            f"{path}: not a readable {path.suffix[1:]} file ({error}); pickles are refused"
        ) from None

    if path.suffix == ".npz" and isinstance(file, np.ndarray):
        raise ValueError(f"{path}: is a single npy array; name it .npy")
    return file


def _array(file: np.lib.npyio.NpzFile, key: str, path: str | Path) -> np.ndarray:
    """Unpack one array of an npz, unless it says that it is too large to."""
    try:
        sizes = {item.filename: item.file_size for item in file.zip.infolist()} if file.zip else {}
        size = sizes.get(f"{key}.npy", sizes.get(key, 0))
        if size > _LARGEST:
            raise ValueError(f"{size / 1e9:.1f} GB unpacked, expected at most {_LARGEST / 1e9:.1f}")
        return file[key]
    except (*_DAMAGED, MemoryError) as error:
        raise ValueError(f"{path}: cannot read {key!r} ({error}); pickles are refused") from None


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
    array: np.ndarray, path: str | Path, layout: FeatureLayout = HUMANML
) -> tuple[np.ndarray, FeatureLayout]:
    """Positions ``[T J 3]``, or what features decode to, and the layout of the body."""
    array = _checked(array, path, "positions" if array.ndim == 3 else "features")
    if array.ndim == 2 and array.shape[1] in KNOWN_WIDTHS:
        layout = layout_of(array)
        array = decode_positions(array, layout)

    if array.ndim != 3 or array.shape[1:] != (layout.num_joints, 3):
        raise ValueError(f"{path}: found an array of shape {list(array.shape)}, expected {_SHAPES}")
    if np.abs(array).max() > FARTHEST:
        raise ValueError(
            f"{path}: positions reach {np.abs(array).max():.3g} m; expected metres, at most 10 km"
        )
    return array, layout


def _fps(array: np.ndarray | None, path: str | Path, default: float) -> float:
    """The frame rate that an array says, or the default where there is none."""
    if array is None:
        return default

    if array.size != 1 or array.dtype.kind not in "fiu" or not 0 < float(array.reshape(())) <= 1000:
        raise ValueError(f"{path}: fps is {array!r}, expected one number from 0 to 1000")
    return float(array.reshape(()))


def _caption(array: np.ndarray | None) -> str | None:
    """The first text of an array, if it holds text."""
    if array is None or array.dtype.kind != "U" or not array.size:
        return None
    return str(array.reshape(-1)[0])


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
