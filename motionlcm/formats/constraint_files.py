"""Constraints in files: JSON with the names of the Motion Model Context Protocol, CSV for a path.

A JSON file holds ``{"constraints": [...]}``; each entry has a ``type``:

- ``root_path``: ``points`` [[x, z], ...] in metres, and if wished ``frames``, ``headings`` (degrees
  from +Z towards +X), ``tolerance``;
- ``effector_target``: ``joint``, ``frame`` and ``position`` [x, y, z], or ``frames`` and
  ``positions``; if wished ``axes`` and ``tolerance``;
- ``pose_keyframe``: ``frame`` and ``motion`` (a file; beside the JSON file unless the path is
  absolute), if wished ``at`` (the frame of that file), ``placed`` and ``tolerance``;
- ``keep_start``, ``keep_end``: ``motion``; ``keep_part``: ``motion`` and ``part``.

In place of ``frame`` and ``frames`` there may be ``second`` and ``seconds``, which are rounded to
frames.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from motionlcm.damage import parse_object, shown
from motionlcm.motion.constraints import Constraints
from motionlcm.motion.features import FPS
from motionlcm.motion.motion import Motion
from motionlcm.text_files import read_text_file

#: The keys of each type: those that it must have, and those that it may.
_KEYS: dict[str, tuple[set[str], set[str]]] = {
    "root_path": ({"points"}, {"frames", "seconds", "headings", "tolerance"}),
    "effector_target": (
        {"joint"},
        {"frame", "second", "position", "frames", "seconds", "positions", "axes", "tolerance"},
    ),
    "pose_keyframe": ({"frame", "motion"}, {"second", "at", "placed", "tolerance"}),
    "keep_start": ({"motion"}, set()),
    "keep_end": ({"motion"}, set()),
    "keep_part": ({"motion", "part"}, set()),
}
_MOST = 10_000  #: entries of a file
_MOST_ROWS = 100_000  #: of a path's table
_PATH_COLUMNS = ("frame", "seconds", "x", "z")
_LONGEST_NAME = 400  #: characters of a motion's path
_LONGEST = 86_400.0  #: seconds

Load = Callable[[str], Motion]


def read_constraints(path: str | Path, *, load: Load | None = None) -> Constraints:
    """Read a JSON file of constraints.

    Args:
        path: of the file.
        load: gives the motion of a name that an entry mentions; None: that of a file beside it.
    Raises:
        FileNotFoundError: no such file, or no motion that it names.
        ValueError: what is wrong, with the number of the entry.
    """
    path = Path(path)
    document = parse_object(read_text_file(path), str(path))
    if set(document) != {"constraints"}:
        raise ValueError(
            f'{path} must hold {{"constraints": [...]}}, got the keys {shown(sorted(document))}'
        )
    constraints = constraints_in(path, document["constraints"], load=load)
    if not constraints:
        raise ValueError(f"{path} holds no constraints; it needs one or more")
    return constraints


def constraints_in(path: Path, entries: Any, *, load: Load | None = None) -> Constraints:
    """Make constraints of the list of objects in a file, beside which lie the motions it names.

    Args:
        path: of the file.
        entries: the list.
        load: gives the motion of a name that an entry mentions; None: that of a file beside it.
    Raises:
        FileNotFoundError: no motion that it names.
        ValueError: what is wrong, with the number of the entry.
    """

    def load_beside(name: str) -> Motion:
        return Motion.load(path.parent / name)

    try:
        return parse_constraints(entries, load or load_beside)
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
    if not isinstance(entry, Mapping) or entry.get("type") not in list(_KEYS):
        raise ValueError(f"it needs a type, one of {', '.join(_KEYS)}, got {shown(entry)}")
    kind = str(entry["type"])
    needed, allowed = _KEYS[kind]
    if "frame" in needed or {"frames", "seconds"} <= allowed:
        entry = _in_frames(entry)
    missing = needed - set(entry)
    unknown = set(entry) - needed - allowed - {"type"}
    if missing or unknown:
        what = f"needs {', '.join(sorted(missing))}" if missing else f"has no {shown(min(unknown))}"
        names = ", ".join(sorted(needed | allowed))
        raise ValueError(f"{kind} {what}; its keys are {names}")

    tolerance = entry.get("tolerance", 0.0)
    if not isinstance(entry.get("placed"), bool | None):
        raise ValueError(f"placed must be true or false, got {shown(entry['placed'])}")
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

    if not isinstance(entry["motion"], str) or len(entry["motion"]) > _LONGEST_NAME:
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


def _in_frames(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The entry with its ``second`` or ``seconds`` told in frames."""
    framed = dict(entry)
    for time, count in (("second", "frame"), ("seconds", "frames")):
        if time not in framed:
            continue
        if count in framed:
            raise ValueError(f"it says when by {count} and by {time}; leave one out")
        value = framed.pop(time)
        framed[count] = _frames_of(value, time) if time == "second" else _all_frames_of(value)
    return framed


def _all_frames_of(values: Any) -> list[int]:
    if not isinstance(values, list):
        raise ValueError(f"seconds must be a list of numbers, got {shown(values)}")
    return [_frames_of(value, "seconds") for value in values]


def _frames_of(value: Any, name: str) -> int:
    """The frame next to a time in seconds."""
    if type(value) not in (int, float) or not 0 <= value <= _LONGEST:
        raise ValueError(f"{name} must be 0 to {_LONGEST:.0f}, got {shown(value)}")
    return round(value * FPS)


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
    """Read a path from CSV with the columns ``x,z`` or ``frame,x,z``; by name ``seconds,x,z``, too.

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
    if delimiter != ",":  # spreadsheets of many countries write 0,5
        rows = [(number, [cell.replace(",", ".") for cell in cells]) for number, cells in rows]
    names = [cell.lower() for cell in rows[0][1]]
    if any(name in ("x", "z") for name in names):
        rows = rows[1:]
    else:
        names = {2: ["x", "z"], 3: ["frame", "x", "z"]}.get(len(names), [])
    _check_columns(names, f"{path}, line {lines[0][0]}", lines[0][1])

    try:
        table = [_numbers(path, number, cells, names) for number, cells in rows]
        names = [name for name in names if name in _PATH_COLUMNS]
        points = [[row[names.index("x")], row[names.index("z")]] for row in table]
        if "frame" in names and "seconds" in names:
            raise ValueError("it says when by frame and by seconds; leave one column out")
        if "seconds" in names:
            times = [row[names.index("seconds")] for row in table]
            return Constraints.root_path(points, _all_frames_of(times))
        if "frame" not in names:
            return Constraints.root_path(points)
        frames = np.array([row[names.index("frame")] for row in table])
        return Constraints.root_path(points, frames)
    except ValueError as error:
        if str(error).startswith(str(path)):
            raise
        raise ValueError(f"{path}: {error}") from error


def _check_columns(names: list[str], where: str, line: str) -> None:
    """Raise ValueError for columns that make no path, or one twice."""
    if not {"x", "z"} <= set(names):
        raise ValueError(f"{where}: a path has the columns x,z or frame,x,z, got {shown(line)}")
    for name in _PATH_COLUMNS:
        if names.count(name) > 1:
            raise ValueError(f"{where}: the column {name} is there more than once; leave one out")


def _numbers(path: Path, line: int, cells: list[str], names: list[str]) -> list[float]:
    """The numbers of a row, those of other columns left out."""
    if len(cells) != len(names):
        raise ValueError(f"{path}, line {line}: {len(names)} numbers are needed, got {len(cells)}")
    cells = [cell for cell, name in zip(cells, names, strict=True) if name in _PATH_COLUMNS]
    try:
        return [float(cell) for cell in cells]
    except ValueError:
        raise ValueError(
            f"{path}, line {line}: no numbers: {shown(cells)}; write them such as 0,0.5"
        ) from None
