"""One door for every motion file that can be read."""

from __future__ import annotations

from pathlib import Path

from motionlcm.formats.asf_amc import read_asf_amc
from motionlcm.formats.bvh import read_bvh
from motionlcm.formats.npz import load_npy, load_npz
from motionlcm.formats.retarget import retarget
from motionlcm.motion.motion import Motion

READABLE = (".bvh", ".amc", ".npz", ".npy")  #: suffixes that ``load_motion_file`` reads


def load_motion_file(path: str | Path) -> tuple[Motion, list[str]]:
    """Read any motion file.

    Args:
        path: ``.bvh``, ``.amc`` (its ``.asf`` beside it), ``.npz`` or ``.npy``.
    Returns:
        The 22 joints of SMPL in metres, Y up (BVH and AMC at 20 fps), and notes on what was assumed and repaired.
    Raises:
        ValueError: another suffix, no such file, or anything wrong in it; one line that says what and where.
    """
    path = Path(path)
    suffix = path.suffix.lower()
    if suffix == ".bvh":
        return retarget(read_bvh(path))
    if suffix == ".amc":
        return retarget(read_asf_amc(path))
    if suffix == ".npz":
        return load_npz(path), []
    if suffix == ".npy":
        return load_npy(path), []
    hint = "; give the .amc, its .asf is found beside it" if suffix == ".asf" else ""
    raise ValueError(f"{path}: cannot read {suffix or 'a file without suffix'}; known are {', '.join(READABLE)}{hint}")
