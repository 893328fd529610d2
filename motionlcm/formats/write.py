"""The door for every motion file that can be written."""

from __future__ import annotations

import inspect
from pathlib import Path
from typing import Any

from motionlcm.formats.natural_rest import limb_rate
from motionlcm.formats.table import (
    FILE_ENDINGS,
    check_format,
    format_named,
    imported,
    split_suffix,
)
from motionlcm.motion.motion import Motion
from motionlcm.render.page import notebook_frame


def format_of(path: str | Path, format: str | None = None) -> str:
    """The name of the format to write ``path`` in: the one that is asked for, or its suffix's.

    Raises:
        ValueError: an unknown format, or one that does not go with the suffix.
    """
    path = Path(path)
    if path.is_dir() and not path.suffix:
        raise ValueError(f"{path} is a folder; name the file in it, such as {path / 'motion.bvh'}")
    if format is None:
        suffix = split_suffix(path.name)[1]
        if not suffix:
            raise ValueError(
                f"{path.name or 'a name of nothing'} has no suffix, which tells the format; end it "
                f"in one of {', '.join('.' + ending for ending in FILE_ENDINGS)}"
            )
        return check_format(suffix)

    kind = check_format(format)
    expected = format_named(kind).last_suffix
    if path.suffix.lower() != expected:
        raise ValueError(
            f"format {kind} does not go with the name {path.name}; end it in {expected}"
        )
    return kind


def save_motion(
    motion: Motion, path: str | Path, *, format: str | None = None, **options: Any
) -> Path:
    """Write a motion, whole or not at all.

    Args:
        motion: what to write.
        path: the file to write; its suffix chooses the format.
        format: in place of the suffix, one of ``table.WRITABLE``.
        options: the keyword arguments of the format's writer, and for every format ``fps``, frames
            per second of the file; the default is the motion's own rate.
    Returns:
        The path written.
    Raises:
        ValueError: an unknown format or option, or a value that the writer refuses.
        FileNotFoundError: the folder does not exist.
    """
    path = Path(path)
    kind = format_of(path, format)
    check_options(kind, options)
    check_folder(path)

    if options.get("fps", 0) is None or "fps" not in _writer_options(kind):
        fps = options.pop("fps", None)
        motion = motion if fps is None else motion.resampled(fps)

    imported(format_named(kind).writer)(path=path, motion=motion, **options)
    return path


def check_folder(path: str | Path) -> None:
    """Raise FileNotFoundError for a file whose folder is not there."""
    path = Path(path)
    if not path.parent.is_dir():
        raise FileNotFoundError(f"no folder {path.parent} to write {path.name} into")


def written_rate(
    motion: Motion, path: str | Path, *, format: str | None = None, **options: Any
) -> float:
    """Frames per second that ``save_motion`` writes with the same arguments."""
    if options.get("fps"):
        return float(options["fps"])
    keeps_lengths = options.get("character") or format_of(path, format) == "vrma"
    return limb_rate(motion) if keeps_lengths else motion.fps


def notebook_html(motion: Motion) -> str:
    """A player of the motion as HTML, for a cell of a notebook."""
    return notebook_frame(motion)


def check_options(kind: str, options: dict[str, Any]) -> None:
    """Raise ValueError for an option that a format does not have."""
    allowed = sorted({"fps", *_writer_options(kind)})
    for name in options:
        if name not in allowed:
            raise ValueError(f"{kind} files have no option {name!r}; allowed: {', '.join(allowed)}")


def _writer_options(kind: str) -> list[str]:
    """The names of the keyword-only arguments of a format's writer."""
    parameters = inspect.signature(imported(format_named(kind).writer)).parameters.values()
    return [item.name for item in parameters if item.kind is inspect.Parameter.KEYWORD_ONLY]
