"""Whose body a motion is written on: ``--character`` and ``--preset``, said once."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any

_TAKES = {"character": ("glb", "vrma"), "preset": ("bvh",)}  # the formats that take each flag
PRESET_NAMES = ("mixamo", "ue5", "vrm", "rigify", "cmu")


def add_body_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags that ``body_options`` reads."""
    add = parser.add_argument
    add(
        "--character",
        metavar="FILE",
        help="glb, vrma; put the motion onto this character: glb, gltf, vrm, or fbx",
    )
    add(
        "--preset",
        choices=PRESET_NAMES,
        help="bvh; joint names and rest pose that a program expects",
    )


def body_options(options: argparse.Namespace, formats: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The options of each format's writer; a character is opened, and its notes are told.

    Raises:
        ValueError: no format that takes a flag, or a character that cannot be moved.
    """
    given = {flag: getattr(options, flag) for flag in _TAKES if getattr(options, flag)}
    for flag in given:
        if not set(_TAKES[flag]) & set(formats):
            raise ValueError(
                f"--{flag} goes with {' and '.join(_TAKES[flag])} files, not with "
                f"{', '.join(formats)}"
            )

    if "character" in given:
        from motionlcm.formats.character import open_character

        for note in open_character(given["character"]).notes:
            print(f"note: {given['character']}: {note}", file=sys.stderr)
    return {
        kind: {flag: value for flag, value in given.items() if kind in _TAKES[flag]}
        for kind in formats
    }
