"""The door for every motion file that can be read."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from motionlcm.formats.amass import load_amass
from motionlcm.formats.array_files import array_names, dict_within, read_arrays
from motionlcm.formats.body_check import speed_note
from motionlcm.formats.layouts import holds_body
from motionlcm.formats.raw import RawMotion, check_fps
from motionlcm.formats.retarget import retarget
from motionlcm.formats.smpl_parameters import is_amass, is_smpl
from motionlcm.formats.table import FORMATS, READABLE, imported
from motionlcm.motion.features import FPS
from motionlcm.motion.motion import Motion

_HINTS = {
    ".asf": "; give the .amc, its .asf is found beside it",
    ".bin": "; give the .gltf that it lies beside",
    ".pkl": "; pickles are never run: save its arrays as npz, np.savez('motion.npz', **arrays)",
    ".pickle": "; pickles are never run: save its arrays as npz, np.savez('motion.npz', **arrays)",
    ".pt": "; save its arrays as npz, np.savez('motion.npz', poses=..., trans=..., fps=...)",
    ".c3d": "; these are markers: label and solve them first, then export BVH",
    ".blend": "; export BVH or GLB from Blender",
    ".dae": "; import it in Blender and export BVH or GLB",
    ".trc": "; these are markers: label and solve them first, then export BVH",
    ".csv": "; save joint positions [T 22 3] as npy, or export BVH",
    ".json": "; save joint positions [T 22 3] as npy, or SMPL's poses and trans as npz",
}
_HINTS |= dict.fromkeys((".pth", ".joblib", ".h5", ".hdf5", ".mat"), _HINTS[".pt"])
_HINTS |= dict.fromkeys((".zip", ".gz", ".7z", ".rar", ".tar", ".xz"), "; unpack it first")
#: How packed files begin, whatever their names say.
_PACKED = {
    **{b"\x1f\x8b": "gzip", b"PK\x03\x04": "zip", b"7z\xbc\xaf": "7-Zip", b"Rar!": "RAR"},
    **{b"\xfd7zXZ": "xz", b"BZh": "bzip2", b"\x28\xb5\x2f\xfd": "zstd"},
}
_ELSE = "; export BVH, GLB or FBX, or save joint positions [T 22 3] as npy"


def load_motion_file(
    path: str | Path,
    *,
    fps: float | None = None,
    body_models: str | Path | None = None,
    input_fps: float | None = None,
    animation: str | None = None,
) -> tuple[Motion, list[str]]:
    """Read any motion file.

    Args:
        path: ``.bvh``, ``.amc`` (its ``.asf`` beside it), ``.glb``, ``.gltf``, ``.vrma``, ``.npz``
            (ours, or AMASS's and others' SMPL parameters, told by their arrays) or ``.npy``.
        fps: frames per second of the result. The default is 20 for recordings (bvh, amc, glb,
            AMASS), and the file's own rate for ours.
        body_models: folder of SMPL-H or SMPL-X models for AMASS files.
        input_fps: frames per second of the recording, where the file says none or a wrong one.
        animation: name or number of one of several motions in the file.
    Returns:
        The 22 joints of SMPL in metres, Y up, and notes on what was assumed and repaired.
    Raises:
        ValueError: another suffix, no such file, or anything wrong in it; one line that says what
            and where.
        ImportError: ``body_models`` is given and smplx is not installed.
    """
    path = Path(path)
    for rate in (fps, input_fps):
        if rate is not None:
            check_fps(rate)
    suffix = path.suffix.lower()
    if suffix not in READABLE:
        raise ValueError(
            f"{path}: cannot read {suffix or 'a file without suffix'}; "
            f"known are {', '.join(READABLE)}{_HINTS.get(suffix, _ELSE)}"
        )

    # Two formats share a suffix. AMASS's is the only one that needs body models.
    _check_packed(path)
    if suffix in (".npz", ".npy") and _holds_parameters(path):
        motion, notes = load_amass(
            path,
            body_models=body_models,
            fps=fps or FPS,
            input_fps=input_fps,
            animation=animation,
        )
    else:
        motion, notes = _read(path, suffix, fps=fps, input_fps=input_fps, animation=animation)

    note = speed_note(motion.positions, motion.fps, motion.skeleton)
    return motion, [*notes, note] if note else notes


def load_motion(
    path: str | Path,
    *,
    fps: float | None = None,
    body_models: str | Path | None = None,
    input_fps: float | None = None,
    animation: str | None = None,
) -> Motion:
    """Read any motion file and drop the notes; else this is ``load_motion_file``."""
    motion, _ = load_motion_file(
        Path(path), fps=fps, body_models=body_models, input_fps=input_fps, animation=animation
    )
    return motion


def _check_packed(path: Path) -> None:
    """Refuse a file that is packed, or only stands for one, whatever its name says."""
    if not path.is_file():
        return
    with open(path, "rb") as file:
        start = file.read(40)
    if start.startswith(b"version https://git-lfs"):
        raise ValueError(f"{path}: is a pointer of Git LFS, not the file; run git lfs pull")
    for mark, name in _PACKED.items():
        if start.startswith(mark) and path.suffix.lower() not in (".npz", ".npy"):
            raise ValueError(f"{path}: is packed by {name}; unpack it first")


def _holds_parameters(path: Path) -> bool:
    """Whether arrays are read as SMPL's parameters: there are some, and no joints of a body."""
    if path.suffix.lower() == ".npy" and (not path.is_file() or dict_within(path) is None):
        return False
    names = array_names(path)
    if is_amass(names) or not is_smpl(names):
        return is_amass(names)
    joints = read_arrays(path, ("positions", "joints"), optional=("joints",), notes=[])
    return not any(holds_body(array) for array in joints.values())


def _read(
    path: Path,
    suffix: str,
    *,
    fps: float | None,
    input_fps: float | None,
    animation: str | None,
) -> tuple[Motion, list[str]]:
    """Read a file by the reader of its suffix, at the recording's rate, and resample it."""
    place = next(
        format.reader for format in FORMATS if format.reader and format.last_suffix == suffix
    )
    content, notes = _content(imported(place), path, input_fps=input_fps, animation=animation)

    if isinstance(content, RawMotion):
        if input_fps is not None:
            content = replace(content, fps=input_fps)
        motion, more = retarget(content, fps=fps or FPS)
        return motion, [*notes, *more]

    if input_fps is not None and input_fps != content.fps:
        content = replace(content, fps=input_fps, own_features=None)
    return content if fps is None else content.resampled(fps), notes


def _content(
    reader: Callable[..., Any], path: Path, *, input_fps: float | None, animation: str | None
) -> tuple[RawMotion | Motion, list[str]]:
    """What a reader gives, and its notes."""
    names = list(inspect.signature(reader).parameters)
    options: dict[str, Any] = {}
    if input_fps is not None and "fps" in names:
        options["fps"] = input_fps
    if animation is not None:
        _check_choice(animation, names, path)
        options["animation"] = animation

    content = reader(path, **options)
    if isinstance(content, tuple):
        return content
    return content, list(content.notes) if isinstance(content, RawMotion) else []


def _check_choice(animation: str | None, names: list[str], path: Path) -> None:
    """Refuse to choose among several motions in a file that holds only one."""
    if animation is not None and "animation" not in names:
        raise ValueError(
            f"{path}: {path.suffix} files hold one motion; leave --animation {animation!r} out"
        )
