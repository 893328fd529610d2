"""The pose in which a character of an FBX file was bound to its skin.

Nodes stand as the file was saved, which may be in the middle of a step; pufbx does not hand out the
pose of the binding. So the part of the file that holds it is read here, from binary files and from
text. ufbx has read the file before, so what does not fit is left out, not refused.

Source: Blender Foundation, "FBX binary file format specification", code.blender.org, 2013.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

_MAGIC = b"Kaydara FBX Binary  \x00"
_HEADER = 27  # bytes before the first record
_WIDE = 7500  # version from which on records tell their ends in eight bytes
_SIZES = {"Y": "<h", "C": "<b", "B": "<b", "I": "<i", "F": "<f", "D": "<d", "L": "<q"}
_ITEMS = {"f": "<f4", "d": "<f8", "l": "<i8", "i": "<i4", "b": "|i1", "c": "|i1"}
_MOST_BYTES = 1 << 20  # of an array; the matrices have 128
_MODEL = re.compile(r'\bModel:\s*(\d+)\s*,\s*"Model::([^"]*)"')
_POSE_NODE = re.compile(
    r'PoseNode:\s*\{\s*Node:\s*(?:(\d+)|"Model::([^"]*)")\s*'
    r"Matrix:\s*(?:\*16\s*\{\s*a:)?\s*([-+.\deE,\s]+)"
)


class _Head(NamedTuple):
    """What comes before a record's name: its end, and how many values, bytes of them and of it."""

    end: int
    num_values: int
    values_size: int
    name_size: int


class _Array(NamedTuple):
    """What comes before an array's numbers."""

    num_items: int
    is_packed: int
    size: int


def bind_pose(path: Path) -> dict[str, np.ndarray]:
    """World matrices ``[4 4]`` of the nodes of a file's bind pose, by name, in the file's unit.

    Returns:
        Nothing for a file without one; names that several nodes have are left out.
    """
    content = path.read_bytes()
    try:
        names, poses = _binary(content) if content.startswith(_MAGIC) else _text(content)
    except (struct.error, zlib.error, ValueError, IndexError, KeyError, RecursionError):
        return {}

    found: dict[str, np.ndarray] = {}
    times = Counter(names.values())
    for node, numbers in poses:
        name = names.get(node, node) if not isinstance(node, str) else node
        matrix = np.array(numbers, dtype=np.float64)
        is_sound = matrix.shape == (16,) and bool(np.isfinite(matrix).all())
        if isinstance(name, str) and is_sound and times[name] <= 1:
            found[name] = matrix.reshape(4, 4).T  # FBX writes column by column
    return found


def _text(content: bytes) -> tuple[dict[Any, str], list[tuple[Any, Any]]]:
    """(names of models by number, the nodes of bind poses with their 16 numbers)."""
    text = content.decode("utf-8", errors="replace")
    names = {int(number): name for number, name in _MODEL.findall(text)}
    poses = [
        (int(number) if number else name, [float(value) for value in values.split(",")])
        for number, name, values in _POSE_NODE.findall(text)
    ]
    return names, poses


def _binary(content: bytes) -> tuple[dict[Any, str], list[tuple[Any, Any]]]:
    """(names of models by number, the nodes of bind poses with their 16 numbers)."""
    version = struct.unpack_from("<I", content, _HEADER - 4)[0]
    names: dict[Any, str] = {}
    poses: list[tuple[Any, Any]] = []
    for section, start, stop, _ in _records(content, _HEADER, len(content), version):
        if section != "Objects":
            continue
        for kind, first, last, values in _records(content, start, stop, version):
            if kind == "Model" and len(values) > 1 and isinstance(values[0], int):
                names[values[0]] = _name(values[1])
            if kind == "Pose" and b"BindPose" in values:
                poses += _pose(content, first, last, version)
    return names, poses


def _pose(content: bytes, start: int, stop: int, version: int) -> list[tuple[Any, Any]]:
    nodes = []
    for kind, first, last, _ in _records(content, start, stop, version):
        if kind == "PoseNode":
            parts = {part: values for part, *_, values in _records(content, first, last, version)}
            node, matrix = parts["Node"][0], parts["Matrix"]
            node = _name(node) if isinstance(node, bytes) else node
            nodes.append((node, matrix if len(matrix) > 1 else matrix[0]))
    return nodes


def _name(value: bytes) -> str:
    return value.split(b"\x00\x01")[0].decode("utf-8", errors="replace")


def _records(
    content: bytes, start: int, stop: int, version: int
) -> list[tuple[str, int, int, list[Any]]]:
    """Records from ``start`` to ``stop``: name, where its own begin and end, and its values."""
    form = "<QQQB" if version >= _WIDE else "<IIIB"
    head = struct.calcsize(form)
    records = []
    while start + head <= stop:
        told = _Head(*struct.unpack_from(form, content, start))
        end, first = told.end, start + head + told.name_size
        if end <= start or end > stop:
            break
        name = content[start + head : first].decode("ascii", errors="replace")
        is_needed = name in ("Model", "Pose", "Node", "Matrix")
        values = _values(content, first, told.num_values) if is_needed else []
        records.append((name, first + told.values_size, end, values))
        start = end
    return records


def _values(content: bytes, place: int, count: int) -> list[Any]:
    values: list[Any] = []
    for _ in range(count):
        kind = chr(content[place])
        place += 1
        if kind in _SIZES:
            values.append(struct.unpack_from(_SIZES[kind], content, place)[0])
            place += struct.calcsize(_SIZES[kind])
        elif kind in _ITEMS:
            array = _Array(*struct.unpack_from("<III", content, place))
            item, place = np.dtype(_ITEMS[kind]), place + 12
            size = array.size if array.is_packed else array.num_items * item.itemsize
            data = content[place : place + size]
            if array.is_packed:
                data = zlib.decompressobj().decompress(data, _MOST_BYTES)
            values.append(np.frombuffer(data[: array.num_items * item.itemsize], item))
            place += size
        else:  # S and R: bytes
            size = struct.unpack_from("<I", content, place)[0]
            values.append(content[place + 4 : place + 4 + size])
            place += 4 + size
    return values
