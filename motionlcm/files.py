"""Motion files by suffix: the one place that knows both the formats and the renderer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from motionlcm.motion.motion import Motion

WRITABLE = ("mp4", "gif", "npz", "npy", "bvh")


def check_format(name: str) -> str:
    """The lower-case suffix without its dot; ValueError names the known ones."""
    plain = name.lower().lstrip(".")
    if plain not in WRITABLE:
        raise ValueError(f"unknown format {name!r}; formats to write are {', '.join(WRITABLE)}")
    return plain


def save_motion(motion: Motion, path: str | Path) -> Path:
    """Write a motion; the suffix chooses the format. Whole or not at all. Returns the path."""
    path = Path(path)
    kind = check_format(path.suffix)
    if not path.parent.is_dir():
        raise FileNotFoundError(f"no folder {path.parent} to write {path.name} into")
    _writer(kind)(path, motion)
    return path


def _writer(kind: str) -> Callable[[Path, Motion], object]:
    if kind in ("mp4", "gif"):
        from motionlcm.render.video import render_video

        return lambda path, motion: render_video(motion, path)
    if kind == "bvh":
        from motionlcm.formats.bvh import write_bvh

        return write_bvh
    from motionlcm.formats import npz

    return npz.save_npz if kind == "npz" else npz.save_npy


def load_motion(path: str | Path) -> Motion:
    """Read npz, npy, bvh or amc; see ``motionlcm.formats.read`` for what was repaired on the way."""
    from motionlcm.formats.read import load_motion_file

    return load_motion_file(Path(path))[0]
