"""One door for every motion file that can be read."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from motionlcm.formats.amass import is_amass, load_amass
from motionlcm.formats.asf_amc import read_asf_amc
from motionlcm.formats.bvh import read_bvh
from motionlcm.formats.gltf import read_glb
from motionlcm.formats.npz import array_names, load_npy, load_npz
from motionlcm.formats.raw import RawMotion
from motionlcm.formats.retarget import retarget
from motionlcm.motion.motion import Motion

READABLE = (".bvh", ".amc", ".glb", ".npz", ".npy")  #: suffixes that ``load_motion_file`` reads
FPS = 20.0


def load_motion_file(
    path: str | Path, *, fps: float | None = None, body_models: str | Path | None = None
) -> tuple[Motion, list[str]]:
    """Read any motion file.

    Args:
        path: ``.bvh``, ``.amc`` (its ``.asf`` beside it), ``.glb``, ``.npz`` (ours, or AMASS's, which is told by its
            arrays ``poses`` and ``trans``) or ``.npy``.
        fps: of the result. By default 20 for recordings (bvh, amc, glb, AMASS), and the file's own for ours.
        body_models: folder of SMPL-H or SMPL-X models for AMASS files.
    Returns:
        The 22 joints of SMPL in metres, Y up, and notes on what was assumed and repaired.
    Raises:
        ValueError: another suffix, no such file, or anything wrong in it; one line that says what and where.
        ImportError: ``body_models`` is given and smplx is not installed.
    """
    path = Path(path)
    if fps is not None and not 1 <= fps <= 1000:
        raise ValueError(f"fps must be from 1 to 1000, got {fps}")
    readers: dict[str, Callable[[Path], RawMotion]] = {".bvh": read_bvh, ".amc": read_asf_amc, ".glb": read_glb}
    suffix = path.suffix.lower()
    if suffix in readers:
        return retarget(readers[suffix](path), fps=fps or FPS)
    if suffix == ".npz" and is_amass(array_names(path)):
        return load_amass(path, body_models=body_models, fps=fps or FPS)
    if suffix in (".npz", ".npy"):
        motion = load_npz(path) if suffix == ".npz" else load_npy(path)
        return motion if fps is None else motion.resampled(fps), []
    hint = "; give the .amc, its .asf is found beside it" if suffix == ".asf" else ""
    raise ValueError(f"{path}: cannot read {suffix or 'a file without suffix'}; known are {', '.join(READABLE)}{hint}")


def load_motion(path: str | Path, *, fps: float | None = None, body_models: str | Path | None = None) -> Motion:
    """Read any motion file; see ``motionlcm.formats.read`` for what was repaired on the way."""
    return load_motion_file(Path(path), fps=fps, body_models=body_models)[0]
