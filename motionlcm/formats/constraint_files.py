"""Constraints in files: JSON with the names of the Motion Model Context Protocol, CSV for a path.

A JSON file holds ``{"constraints": [...]}``; each entry has a ``type``:

- ``root_path``: ``points`` [[x, z], ...] in metres, and if wished ``frames``, ``headings`` (degrees
  from +Z towards +X), ``tolerance``;
- ``effector_target``: ``joint``, ``frame`` and ``position`` [x, y, z], or ``frames`` and
  ``positions``; if wished ``axes`` and ``tolerance``;
- ``pose_keyframe``: ``frame`` and ``motion`` (a file; beside the JSON file unless the path is
  absolute), if wished ``at`` (the frame of that file), ``placed`` and ``tolerance``;
- ``keep_start``, ``keep_end``: ``motion``; ``keep_part``: ``motion`` and ``part``.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from motionlcm.damage import read_object, shown
from motionlcm.motion.constraints import Constraints
from motionlcm.motion.motion import Motion
from motionlcm.text_files import read_text_file

#: The keys of each type: those that it must have, and those that it may.
_KEYS: dict[str, tuple[set[str], set[str]]] = {
    "root_path": ({"points"}, {"frames", "headings", "tolerance"}),
    "effector_target": (
        {"joint"},
        {"frame", "position", "frames", "positions", "axes", "tolerance"},
    ),
    "pose_keyframe": ({"frame", "motion"}, {"at", "placed", "tolerance"}),
    "keep_start": ({"motion"}, set()),
    "keep_end": ({"motion"}, set()),
    "keep_part": ({"motion", "part"}, set()),
}
_MOST = 10_000  #: entries of a file
_MOST_ROWS = 100_000  #: of a path's table

Load = Callable[[str], Motion]


def read_constraints(path: str | Path) -> Constraints:
    """Read a JSON file of constraints.

    Raises:
        FileNotFoundError: no such file, or no motion that it names.
        ValueError: what is wrong, with the number of the entry.
    """
    path = Path(path)

    def load(name: str) -> Motion:
        return Motion.load(path.parent / name)

    document = read_object(path)
    if set(document) != {"constraints"}:
        raise ValueError(
            f'{path} must hold {{"constraints": [...]}}, got the keys {shown(sorted(document))}'
        )
    try:
        return parse_constraints(document["constraints"], load)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def parse_constraints(entries: Any, load: Load) -> Constraints:
    """Make constraints of a list of objects, as JSON has them.

    Args:
        entries: the list.
        load: gives the motion of a name that an entry mentions.
    Raises:
        ValueError: what is wrong, with the number of the entry.
    """
    if not isinstance(entries, list):
        raise ValueError(f"constraints must be a list, got {shown(entries)}")
    if len(entries) > _MOST:
        raise ValueError(f"at most {_MOST:,} constraints are allowed, got {len(entries):,}")

    constraints = Constraints()
    for number, entry in enumerate(entries):
        try:
            constraints = constraints | _constraint(entry, load)
        except ValueError as error:
            raise ValueError(f"constraint {number}: {error}") from error
    return constraints


def _constraint(entry: Any, load: Load) -> Constraints:
    """The constraint of one JSON object."""
    if not isinstance(entry, Mapping) or entry.get("type") not in _KEYS:
        raise ValueError(f"it needs a type, one of {', '.join(_KEYS)}, got {shown(entry)}")
    kind = str(entry["type"])
    needed, allowed = _KEYS[kind]
    missing = needed - set(entry)
    unknown = set(entry) - needed - allowed - {"type"}
    if missing or unknown:
        what = f"needs {', '.join(sorted(missing))}" if missing else f"has no {shown(min(unknown))}"
        names = ", ".join(sorted(needed | allowed))
        raise ValueError(f"{kind} {what}; its keys are {names}")

    tolerance = entry.get("tolerance", 0.0)
    if kind == "root_path":
        headings = entry.get("headings")
        return Constraints.root_path(
            entry["points"],
            entry.get("frames"),
            headings=None if headings is None else _radians(headings),
            tolerance=tolerance,
        )
    if kind == "effector_target":
        frames, positions = _pins(entry)
        axes = entry.get("axes", "xyz")
        return Constraints.joint(entry["joint"], frames, positions, axes, tolerance)

    if not isinstance(entry["motion"], str):
        raise ValueError(f"motion must name a file, got {shown(entry['motion'])}")
    motion = load(entry["motion"])
    if kind == "pose_keyframe":
        return Constraints.key_poses(
            motion,
            entry["frame"],
            entry.get("at"),
            is_placed=entry.get("placed"),
            tolerance=tolerance,
        )
    if kind == "keep_part":
        return Constraints.keep_part(motion, entry["part"])
    return Constraints.keep_start(motion) if kind == "keep_start" else Constraints.keep_end(motion)


def _pins(entry: Mapping[str, Any]) -> tuple[Any, Any]:
    """Frames and positions of an effector target, told as one or as many."""
    one, many = {"frame", "position"} <= set(entry), {"frames", "positions"} <= set(entry)
    if one == many:
        raise ValueError("effector_target needs frame and position, or frames and positions")
    return (entry["frame"], entry["position"]) if one else (entry["frames"], entry["positions"])


def _radians(headings: Any) -> Any:
    """Degrees of a list as radians; what is no list of numbers is left to the check."""
    is_numbers = isinstance(headings, list) and all(type(each) in (int, float) for each in headings)
    return [math.radians(each) for each in headings] if is_numbers else headings


def read_path(path: str | Path) -> Constraints:
    """Read a path from CSV with the columns ``x,z`` or ``frame,x,z``.

    A line of names may come first; other columns are not read then. Empty lines and lines that
    begin with # are left out.

    Raises:
        FileNotFoundError: no such file.
        ValueError: what is wrong, with the number of the line.
    """
    path = Path(path)
    text = read_text_file(path)
    lines = [
        (number, line)
        for number, line in enumerate(text.splitlines(), start=1)
        if line.strip() and not line.lstrip().startswith("#")
    ]
    if len(lines) > _MOST_ROWS:
        raise ValueError(f"{path} has {len(lines):,} lines, a path at most {_MOST_ROWS:,}")
    if not lines:
        raise ValueError(f"{path} is empty; a path has lines of x,z or frame,x,z")

    delimiter = next((mark for mark in ";\t" if mark in lines[0][1]), ",")
    rows = [
        (number, [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter))])
        for number, line in lines
    ]
    names = [cell.lower() for cell in rows[0][1]]
    if any(name in ("x", "z") for name in names):
        rows = rows[1:]
    else:
        names = {2: ["x", "z"], 3: ["frame", "x", "z"]}.get(len(names), [])
    if not {"x", "z"} <= set(names):
        raise ValueError(
            f"{path}, line {lines[0][0]}: a path has the columns x,z or frame,x,z, "
            f"got {shown(lines[0][1])}"
        )

    try:
        table = [_numbers(path, number, cells, len(names)) for number, cells in rows]
        points = [[row[names.index("x")], row[names.index("z")]] for row in table]
        if "frame" not in names:
            return Constraints.root_path(points)
        frames = np.array([row[names.index("frame")] for row in table])
        return Constraints.root_path(points, frames)
    except ValueError as error:
        if str(error).startswith(str(path)):
            raise
        raise ValueError(f"{path}: {error}") from error


def _numbers(path: Path, line: int, cells: list[str], count: int) -> list[float]:
    """The numbers of a row."""
    if len(cells) != count:
        raise ValueError(f"{path}, line {line}: {count} numbers are needed, got {len(cells)}")
    try:
        return [float(cell) for cell in cells]
    except ValueError:
        raise ValueError(f"{path}, line {line}: no numbers: {shown(cells)}") from None
