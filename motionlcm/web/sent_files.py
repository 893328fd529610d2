"""Files that are sent to the server and that it sends: motions, and constraints in JSON or CSV."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from motionlcm.damage import shown
from motionlcm.formats.constraint_files import read_constraints, read_path
from motionlcm.formats.read import load_motion_file
from motionlcm.formats.table import split_suffix, suffix_of
from motionlcm.motion.constraints import Constraints
from motionlcm.motion.motion import Motion
from motionlcm.motion.skeleton import JOINT_NAMES
from motionlcm.motion.wishes import JointTarget, RootPath

MOST_PLACES = 1000  #: points and pins of a file that can still be shown and listed

_LONGEST_NAME = 100  #: characters of a file's name
_Read = TypeVar("_Read")


def file_content(motion: Motion, kind: str) -> bytes:
    """The bytes of a motion's file."""
    with tempfile.TemporaryDirectory() as folder:
        path = motion.save(Path(folder) / f"motion{suffix_of(kind)}", format=kind)
        return path.read_bytes()


def read_content(name: str, content: bytes) -> tuple[Motion, list[str]]:
    """Read a motion file that was sent, and what is to be noted of it.

    Raises:
        ValueError: a name that is none, or what cannot be read; one line.
    """
    return _read(name, content, split_suffix(name)[1], load_motion_file)


def read_entries(name: str, content: bytes) -> list[dict[str, Any]]:
    """Read constraints that were sent: JSON as of ``--constraints``, or CSV as of ``--path``.

    Returns:
        Objects as such a JSON file has them, ``root_path`` and ``effector_target`` with one frame,
        ready for JSON.
    Raises:
        ValueError: a name that is none, what cannot be read, more than ``MOST_PLACES``, or a
            constraint that names a motion's file; one line.
    """
    is_json = name.lower().endswith(".json")

    def read(path: Path) -> Constraints:
        return read_constraints(path, load=_no_motion) if is_json else read_path(path)

    constraints = _read(name, content, Path(name).suffix, read)
    entries = [entry for wish in constraints for entry in _entries(wish)]
    if not entries:
        raise ValueError(f"{name} holds no constraints; it needs one or more")
    count = sum(len(entry["points"]) if "points" in entry else 1 for entry in entries)
    if count > MOST_PLACES:
        raise ValueError(
            f"{name} holds {count:,} points and pins, the page shows at most {MOST_PLACES:,}; "
            "leave some out, or use motionlcm-generate"
        )
    return entries


def _read(name: str, content: bytes, suffix: str, read: Callable[[Path], _Read]) -> _Read:
    """Read a file that was sent; errors call it by its name."""
    if (
        not name
        or len(name) > _LONGEST_NAME
        or not suffix
        or not suffix[1:].replace(".", "").isalnum()
    ):
        raise ValueError(f"name must be a file's name such as walk.bvh, got {shown(name)}")
    if not content:
        raise ValueError(f"{name} is empty; send the file's bytes as the body")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"motion{suffix.lower()}"
        path.write_bytes(content)
        try:
            return read(path)
        except (ValueError, OSError) as error:
            raise ValueError(str(error).replace(str(path), name)) from error


def _no_motion(name: str) -> Motion:
    """A server opens no file because somebody names it."""
    raise ValueError(
        f"the motion {shown(name)} cannot be named here; drop that file on the page, too, and "
        "fix its pose by a button"
    )


def _entries(wish: object) -> list[dict[str, Any]]:
    """A path as one object, a joint's frames as one each."""
    if isinstance(wish, RootPath):
        return [
            {
                "type": "root_path",
                "points": wish.points.tolist(),
                "frames": None if wish.frames is None else wish.frames.tolist(),
                "headings": None
                if wish.headings is None
                else [math.degrees(each) for each in wish.headings],
                "tolerance": wish.tolerance,
            }
        ]
    assert isinstance(wish, JointTarget)  # others need a motion
    return [
        {
            "type": "effector_target",
            "joint": JOINT_NAMES[wish.joint],
            "frame": int(frame),
            "position": place.tolist(),
            "axes": wish.axes,
            "tolerance": wish.tolerance,
        }
        for frame, place in zip(wish.frames, wish.positions, strict=True)
    ]
