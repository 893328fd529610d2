"""One door for every motion file that can be written: the table of formats, and the writer of each."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

from motionlcm.atomic_files import write_bytes
from motionlcm.motion.motion import Motion

WRITABLE = ("mp4", "gif", "html", "npz", "npy", "bvh", "glb", "amass")
_SUFFIXES = {"amass": ".amass.npz"}  #: of formats whose name is not their suffix


def check_format(name: str) -> str:
    """The lower-case suffix without its dot; ValueError names the known ones."""
    plain = name.lower().lstrip(".")
    plain = "amass" if plain == "amass.npz" else plain
    if plain not in WRITABLE:
        raise ValueError(f"unknown format {name!r}; formats to write are {', '.join(WRITABLE)}")
    return plain


def suffix_of(kind: str) -> str:
    """How names of files of a known format end: ``.bvh``, of AMASS ``.amass.npz``."""
    return _SUFFIXES.get(kind, f".{kind}")


def format_of(path: str | Path, format: str | None = None) -> str:
    """The format to write ``path`` in: the one that is asked for, or the suffix's (``.amass.npz`` is AMASS).

    Raises:
        ValueError: an unknown format, or one that does not go with the suffix.
    """
    path = Path(path)
    if format is None:
        return check_format("amass" if path.name.lower().endswith(".amass.npz") else path.suffix)
    kind = check_format(format)
    expected = ".npz" if kind == "amass" else f".{kind}"
    if path.suffix.lower() != expected:
        raise ValueError(f"format {kind} does not go with the name {path.name}; end it in {expected}")
    return kind


def save_motion(motion: Motion, path: str | Path, *, format: str | None = None, **options: Any) -> Path:
    """Write a motion; the suffix (or ``format``) chooses the format. Whole or not at all. Returns the path.

    ``options`` are the keyword arguments of the format's writer (see ``check_options``), and ``fps`` for every format.

    Raises:
        ValueError: an unknown format or option, or a value that the writer refuses.
        FileNotFoundError: the folder does not exist.
    """
    path = Path(path)
    kind = format_of(path, format)
    check_options(kind, options)
    if not path.parent.is_dir():
        raise FileNotFoundError(f"no folder {path.parent} to write {path.name} into")
    if options.get("fps", 0) is None or "fps" not in _own_options(kind):
        fps = options.pop("fps", None)
        motion = motion if fps is None else motion.resampled(fps)
    _writer(kind)(path, motion, **options)
    return path


def check_options(kind: str, options: dict[str, Any]) -> None:
    """Raise ValueError for an option that a format does not have."""
    allowed = sorted({"fps", *_own_options(kind)})
    for name in options:
        if name not in allowed:
            raise ValueError(f"{kind} files have no option {name!r}; allowed: {', '.join(allowed)}")


def _own_options(kind: str) -> list[str]:
    parameters = inspect.signature(_writer(kind)).parameters.values()
    return [parameter.name for parameter in parameters if parameter.kind is inspect.Parameter.KEYWORD_ONLY]


def _writer(kind: str) -> Callable[..., object]:
    """The function ``(path, motion, *, options)`` of a format, imported when it is needed."""
    if kind in ("mp4", "gif"):
        return _write_video
    if kind == "html":
        return _write_page
    if kind == "bvh":
        from motionlcm.formats.bvh import write_bvh

        return write_bvh
    if kind == "glb":
        from motionlcm.formats.gltf import write_glb

        return write_glb
    if kind == "amass":
        from motionlcm.formats.amass import save_amass

        return save_amass
    from motionlcm.formats import npz

    return npz.save_npz if kind == "npz" else npz.save_npy


def _write_video(
    path: Path, motion: Motion, *, width: int = 640, height: int = 480, fps: float | None = None,
    caption: str | None = None,
) -> Path:  # fmt: skip
    from motionlcm.render.video import render_video

    return render_video(motion, path, width=width, height=height, fps=fps, caption=caption)


def _write_page(path: Path, motion: Motion, *, caption: str | None = None) -> Path:
    from motionlcm.render.page import player_page

    return write_bytes(path, player_page(motion, caption=caption).encode())
