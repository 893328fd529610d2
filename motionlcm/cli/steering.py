"""Flags that steer a motion: ``--path``, ``--constraints``, ``--keep-start``, ``--keep-end``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from motionlcm.motion.constraints import Constraints
    from motionlcm.motion.motion import Motion


def add_steering_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags that ``read_wishes`` and ``effort_of`` read."""
    add = parser.add_argument
    add(
        "--path", type=Path, metavar="CSV", help="lead the root along x,z, frame,x,z or seconds,x,z"
    )
    add("--constraints", type=Path, metavar="JSON", help="paths, pins and poses, see docs/steering")
    add("--keep-start", type=Path, metavar="MOTION", help="go on from this motion's frames")
    add("--keep-end", type=Path, metavar="MOTION", help="lead up to this motion's frames")
    add(
        "--effort",
        default="default",
        help="of a steered motion: preview (no torch), default, best, or seconds",
    )


def read_wishes(
    options: argparse.Namespace, timeline: tuple[Path, Any] | None = None
) -> Constraints | None:
    """All constraints that the flags ask for; None: none.

    Args:
        options: with the flags.
        timeline: a file that holds some, too, and their list.
    Raises:
        FileNotFoundError: no such file.
        ValueError: what is wrong, with the file's name.
    """
    flags = (options.path, options.constraints, options.keep_start, options.keep_end)
    if not any(flags) and timeline is None:
        return None

    from motionlcm.formats.constraint_files import constraints_in, read_constraints, read_path
    from motionlcm.motion.constraints import Constraints

    wishes = Constraints()
    if timeline is not None:
        wishes |= constraints_in(*timeline)
    if options.path:
        wishes |= read_path(_there(options.path, "--path"))
    if options.constraints:
        wishes |= read_constraints(_there(options.constraints, "--constraints"))
    if options.keep_start:
        wishes |= Constraints.keep_start(_motion(options.keep_start, "--keep-start"))
    if options.keep_end:
        wishes |= Constraints.keep_end(_motion(options.keep_end, "--keep-end"))
    return wishes


def effort_of(word: str) -> str | float:
    """The effort of a flag's word: a name, or a number of seconds."""
    try:
        return float(word)
    except ValueError:
        return word


def _motion(path: Path, flag: str) -> Motion:
    from motionlcm.motion.motion import Motion

    return Motion.load(_there(path, flag))


def _there(path: Path, flag: str) -> Path:
    """The path of a file that is there; FileNotFoundError names the flag."""
    if not path.is_file():
        raise FileNotFoundError(f"{flag}: there is no file {path}; check the path")
    return path
