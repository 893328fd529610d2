"""The door for every motion file that can be read."""

from __future__ import annotations

from pathlib import Path

from motionlcm.formats.amass import is_amass, load_amass
from motionlcm.formats.npz import array_names
from motionlcm.formats.raw import RawMotion, check_fps
from motionlcm.formats.retarget import retarget
from motionlcm.formats.table import FORMATS, READABLE, imported
from motionlcm.motion.features import FPS
from motionlcm.motion.motion import Motion


def load_motion_file(
    path: str | Path, *, fps: float | None = None, body_models: str | Path | None = None
) -> tuple[Motion, list[str]]:
    """Read any motion file.

    Args:
        path: ``.bvh``, ``.amc`` (its ``.asf`` beside it), ``.glb``, ``.npz`` (ours, or AMASS's,
            which is told by its arrays ``poses`` and ``trans``) or ``.npy``.
        fps: frames per second of the result. The default is 20 for recordings (bvh, amc, glb,
            AMASS), and the file's own rate for ours.
        body_models: folder of SMPL-H or SMPL-X models for AMASS files.
    Returns:
        The 22 joints of SMPL in metres, Y up, and notes on what was assumed and repaired.
    Raises:
        ValueError: another suffix, no such file, or anything wrong in it; one line that says what
            and where.
        ImportError: ``body_models`` is given and smplx is not installed.
    """
    path = Path(path)
    if fps is not None:
        check_fps(fps)
    suffix = path.suffix.lower()
    if suffix not in READABLE:
        hint = "; give the .amc, its .asf is found beside it" if suffix == ".asf" else ""
        raise ValueError(
            f"{path}: cannot read {suffix or 'a file without suffix'}; "
            f"known are {', '.join(READABLE)}{hint}"
        )

    # Two formats share a suffix. AMASS's is the only one that needs body models.
    if suffix == ".npz" and is_amass(array_names(path)):
        return load_amass(path, body_models=body_models, fps=fps or FPS)

    reader = next(
        format.reader for format in FORMATS if format.reader and format.last_suffix == suffix
    )
    content = imported(reader)(path)
    if isinstance(content, RawMotion):
        return retarget(content, fps=fps or FPS)
    return content if fps is None else content.resampled(fps), []


def load_motion(
    path: str | Path, *, fps: float | None = None, body_models: str | Path | None = None
) -> Motion:
    """Read any motion file and drop the notes; else this is ``load_motion_file``."""
    return load_motion_file(Path(path), fps=fps, body_models=body_models)[0]
