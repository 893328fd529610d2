"""What is made of a motion before it is written: ``--loop`` and ``--in-place``, said once."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from motionlcm.motion.motion import Motion


def add_shape_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags that ``shaped`` reads."""
    add = parser.add_argument
    add("--in-place", action="store_true", help="keep the root above its start; turns are kept")
    add(
        "--loop",
        action="store_true",
        help="make a loop of the best cycle: the last frame is the first one again",
    )


def has_shape_flags(options: argparse.Namespace) -> bool:
    """Whether a motion is asked for that goes round or stays in place."""
    return bool(options.in_place or options.loop)


def shaped(motion: Motion, options: argparse.Namespace) -> tuple[Motion, list[str]]:
    """The motion that is asked for, and notes on what was done to it.

    Raises:
        ValueError: it cannot be looped.
    """
    notes: list[str] = []
    if options.loop:
        motion = motion.looped(notes)
    if options.in_place:
        motion = motion.in_place()
    return motion, notes


def shaped_and_told(motion: Motion, options: argparse.Namespace) -> Motion:
    """The motion that is written; what was done to it is told on stderr.

    Raises:
        ValueError: it cannot be looped.
    """
    about = (motion.report or {}).get("notes", [])
    motion, notes = shaped(motion, options)
    for note in [*about, *notes]:
        print(f"note: {motion.caption}: {note}", file=sys.stderr)
    return motion
