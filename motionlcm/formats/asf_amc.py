"""Acclaim motion capture: a skeleton file (.asf) and a motion file (.amc).

A bone of the skeleton becomes a joint at the bone's start, with the bone's name, as in the BVH conversions of these
files; leaves also get a ``<name>_end``. Angles turn about the bone's own axes, X first; limits are ignored. The
files do not say their frame rate: CMU and HDM05 record at 120 fps. CMU's and HDM05's length unit, 0.45, stands for
1/0.45 inches, 0.056444 m.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from motionlcm.formats.raw import RawMotion, parse_number, read_text
from motionlcm.motion.rotations import from_euler, inverse, multiply, normalize

_INCH = 0.0254
_ROOT = "root"


@dataclass
class _Bone:
    name: str
    direction: np.ndarray = field(default_factory=lambda: np.zeros(3))
    length: float = 0.0
    axis: np.ndarray = field(default_factory=lambda: np.array([1.0, 0, 0, 0]))  # quaternion of the bone's own frame
    dof: list[str] = field(default_factory=list)  # "rx", "ry", "rz"; the root's has "tx" ... too
    order: str = "XYZ"


@dataclass
class _Skeleton:
    bones: dict[str, _Bone]  # in order of the hierarchy, the root first
    parents: dict[str, str]
    root_position: np.ndarray
    to_radians: float
    metres_per_unit: float | None


def read_asf_amc(amc_path: str | Path, asf_path: str | Path | None = None, *, fps: float = 120.0) -> RawMotion:
    """Read an Acclaim motion with its skeleton.

    Args:
        amc_path: the motion.
        asf_path: the skeleton; by default ``find_asf(amc_path)``.
        fps: the frame rate, which the files do not say.
    Returns:
        The motion in the file's own unit and axes, with the metres per unit that the skeleton gives.
    Raises:
        ValueError: anything wrong with either file, with its name, the line, what was found and what is expected.
    """
    amc_path = Path(amc_path)
    if not amc_path.is_file():
        raise ValueError(f"{amc_path}: no such file; expected an AMC file")
    skeleton = _read_asf(Path(asf_path) if asf_path is not None else find_asf(amc_path))
    values, is_radians = _read_amc(amc_path, skeleton)
    to_radians = 1.0 if is_radians else skeleton.to_radians
    names, parents, offsets, is_end, rotations = [], [], [], [], []
    num_frames = len(values[_ROOT])
    for name, bone in skeleton.bones.items():
        rotations.append(_bone_rotations(bone, values.get(name), to_radians, num_frames))
        parent = skeleton.parents.get(name)
        names.append(name)
        parents.append(-1 if parent is None else names.index(parent))
        is_end.append(False)
        above = None if parent in (None, _ROOT) else skeleton.bones[parent]  # type: ignore[index]
        offsets.append(np.zeros(3) if above is None else above.direction * above.length)
    for name, bone in skeleton.bones.items():
        if name != _ROOT and name not in skeleton.parents.values():
            names.append(f"{name}_end")
            parents.append(names.index(name))
            is_end.append(True)
            offsets.append(bone.direction * bone.length)
            rotations.append(np.tile([1.0, 0, 0, 0], (num_frames, 1)))
    translations = np.repeat(np.array(offsets)[None], num_frames, axis=0)
    root = skeleton.bones[_ROOT]
    for column, channel in enumerate(root.dof):
        if channel[0] == "t":
            axis = "xyz".index(channel[1])
            translations[:, 0, axis] = skeleton.root_position[axis] + values[_ROOT][:, column]
    return RawMotion(
        names=tuple(names),
        parents=tuple(parents),
        offsets=np.array(offsets),
        translations=translations,
        rotations=np.stack(rotations, axis=1),
        fps=fps,
        is_end_site=np.array(is_end),
        metres_per_unit=skeleton.metres_per_unit,
        source=amc_path.name,
    )


def find_asf(amc_path: str | Path) -> Path:
    """The skeleton that belongs to a motion: in the same folder, named as the motion up to one of its underscores
    (``cmu_16.asf`` for ``cmu_16_24.amc``; the longest such name wins), or the only ``.asf`` there.

    Raises:
        ValueError: none or several fit.
    """
    amc_path = Path(amc_path)
    found = sorted(path for path in amc_path.parent.iterdir() if path.suffix.lower() == ".asf")
    parts = amc_path.stem.split("_")
    for count in range(len(parts), 0, -1):
        stem = "_".join(parts[:count]).lower()
        for path in found:
            if path.stem.lower() == stem:
                return path
    if len(found) == 1:
        return found[0]
    listing = ", ".join(path.name for path in found[:5]) or "none"
    raise ValueError(
        f"{amc_path}: no skeleton found: expected {'_'.join(parts[:-1]) or amc_path.stem}.asf or a single .asf in "
        f"{amc_path.parent}, found {listing}; put it there or name it"
    )


def _rotation(degrees_or_radians: np.ndarray, axes: str, to_radians: float) -> np.ndarray:
    """Quaternions of angles ``[... N]`` about the fixed axes named, the first applied first."""
    result = np.zeros((*degrees_or_radians.shape[:-1], 4))
    result[..., 0] = 1
    for column, axis in enumerate(axes):
        angles = np.zeros((*result.shape[:-1], 3))
        angles[..., 0] = degrees_or_radians[..., column] * to_radians
        result = multiply(from_euler(angles, axis + "".join(sorted(set("XYZ") - {axis}))), result)
    return result


def _bone_rotations(bone: _Bone, values: np.ndarray | None, to_radians: float, num_frames: int) -> np.ndarray:
    """Local rotations ``[T 4]``: the bone's angles, turned from its own axes to the skeleton's."""
    if values is None:
        return np.tile([1.0, 0, 0, 0], (num_frames, 1))
    columns = {channel[1].upper(): column for column, channel in enumerate(bone.dof) if channel[0] == "r"}
    axes = "".join(axis for axis in bone.order if axis in columns)
    turn = _rotation(values[:, [columns[axis] for axis in axes]], axes, to_radians)
    return normalize(multiply(multiply(bone.axis, turn), inverse(bone.axis)))


def _read_asf(path: Path) -> _Skeleton:
    text = read_text(path, "ASF")
    sections: dict[str, list[tuple[int, list[str]]]] = {}
    current: list[tuple[int, list[str]]] | None = None
    for number, line in enumerate(text.split("\n"), start=1):
        words = line.split("#")[0].split()
        if not words:
            continue
        if words[0].startswith(":"):
            current = sections.setdefault(words[0][1:].lower(), [])
        elif current is None:
            raise ValueError(f"{path}: line {number}: found {words[0][:40]!r}, expected a section such as ':version'")
        else:
            current.append((number, words))
    missing = [name for name in ("root", "bonedata", "hierarchy") if not sections.get(name)]
    if missing:
        raise ValueError(f"{path}: line {text.count(chr(10)) + 1}: the file ends without its :{missing[0]} section")
    units = {words[0].lower(): (number, words[-1]) for number, words in sections.get("units", [])}
    to_radians = 1.0 if units.get("angle", (0, "deg"))[1].lower().startswith("rad") else np.pi / 180
    metres = None
    if "length" in units:
        number, token = units["length"]
        length = parse_number(token, f"{path}: line {number}", "units length")
        metres = _INCH / length if length > 0 else None
    bones = {_ROOT: _Bone(_ROOT)}
    position = _parse_root(sections["root"], bones[_ROOT], to_radians, path)
    bones.update(_parse_bones(sections["bonedata"], to_radians, path))
    bones, parents = _parse_hierarchy(sections["hierarchy"], bones, path)
    return _Skeleton(bones, parents, position, to_radians, metres)


def _parse_root(lines: list[tuple[int, list[str]]], root: _Bone, to_radians: float, path: Path) -> np.ndarray:
    """Fill in the root; return its position ``[3]``."""
    position, orientation = np.zeros(3), np.zeros(3)
    for number, words in lines:
        place, key = f"{path}: line {number}", words[0].lower()
        if key == "order":
            root.dof = [_channel(word, place, "tr") for word in words[1:]]
        elif key == "axis":
            root.order = _axis_order(words[-1], place)
        elif key in ("position", "orientation"):
            numbers = _numbers(words[1:], 3, place, key)
            position, orientation = (numbers, orientation) if key == "position" else (position, numbers)
    if len(root.dof) != len(set(root.dof)) or not {"tx", "ty", "tz"} <= set(root.dof):
        raise ValueError(f"{path}: line {lines[0][0]}: the root's order must list TX TY TZ RX RY RZ once each")
    root.axis = _rotation(orientation, root.order, to_radians)
    return position


def _parse_bones(lines: list[tuple[int, list[str]]], to_radians: float, path: Path) -> dict[str, _Bone]:
    bones: dict[str, _Bone] = {}
    bone: _Bone | None = None
    for number, words in lines:
        place, key = f"{path}: line {number}", words[0].lower()
        if key == "begin":
            bone = _Bone("")
        elif bone is None:
            raise ValueError(f"{place}: found {words[0][:40]!r}, expected 'begin'")
        elif key == "end":
            if not bone.name or bone.name in bones:
                raise ValueError(f"{place}: a bone has no name, or the name {bone.name!r} of another")
            bones[bone.name] = bone
            bone = None
        elif key == "name":
            bone.name = words[-1]
        elif key == "direction":
            bone.direction = normalize(_numbers(words[1:], 3, place, key))
        elif key == "length":
            bone.length = float(_numbers(words[1:], 1, place, key)[0])
        elif key == "axis":
            bone.order = _axis_order(words[-1], place)
            bone.axis = _rotation(_numbers(words[1:4], 3, place, key), bone.order, to_radians)
        elif key == "dof":
            bone.dof = [_channel(word, place, "r") for word in words[1:]]
    if bone is not None:
        raise ValueError(f"{path}: line {lines[-1][0]}: bone {bone.name!r} is not closed by 'end'")
    return bones


def _parse_hierarchy(
    lines: list[tuple[int, list[str]]], bones: dict[str, _Bone], path: Path
) -> tuple[dict[str, _Bone], dict[str, str]]:
    """(bones with every parent before its children, parent of each bone)."""
    parents: dict[str, str] = {}
    ordered = {_ROOT: bones[_ROOT]}
    for number, words in lines:
        if words[0].lower() in ("begin", "end"):
            continue
        for name in words:
            if name not in bones:
                raise ValueError(f"{path}: line {number}: bone {name[:40]!r} is not in :bonedata")
        for name in words[1:]:
            if words[0] not in ordered or name in ordered:
                raise ValueError(f"{path}: line {number}: {name!r} has two parents or one not yet in the hierarchy")
            parents[name] = words[0]
            ordered[name] = bones[name]
    return ordered, parents


def _numbers(words: list[str], count: int, place: str, meaning: str) -> np.ndarray:
    if len(words) != count:
        raise ValueError(f"{place}: found {len(words)} values, expected {count} ({meaning})")
    return np.array([parse_number(word, place, meaning) for word in words])


def _axis_order(word: str, place: str) -> str:
    if sorted(word.upper()) != ["X", "Y", "Z"]:
        raise ValueError(f"{place}: found axis order {word[:40]!r}, expected a permutation of XYZ")
    return word.upper()


def _channel(word: str, place: str, kinds: str) -> str:
    word = word.lower()
    if len(word) != 2 or word[0] not in kinds or word[1] not in "xyz":
        allowed = " ".join(kind + axis for kind in kinds for axis in "xyz")
        raise ValueError(f"{place}: found channel {word[:40]!r}, expected one of {allowed}")
    return word


def _read_amc(path: Path, skeleton: _Skeleton) -> tuple[dict[str, np.ndarray], bool]:
    """({bone: values [T C]}, true if the angles are radians)."""
    text = read_text(path, "AMC")
    widths = {name: len(bone.dof) for name, bone in skeleton.bones.items() if bone.dof}
    rows: dict[str, list[list[float]]] = {name: [] for name in widths}
    is_radians, frame, num_frames, number = False, None, 0, 1
    for number, line in enumerate(text.split("\n"), start=1):
        words = line.split()
        if not words or words[0][0] == "#":
            continue
        if words[0][0] == ":":
            is_radians |= words[0].lower() == ":radians"
        elif len(words) == 1 and words[0].isdecimal():
            _check_frame(rows, num_frames, f"{path}: line {number}", frame)
            if frame is not None and int(words[0]) != frame + 1:
                raise ValueError(f"{path}: line {number}: found frame {words[0]}, expected {frame + 1}")
            frame, num_frames = int(words[0]), num_frames + 1
        elif frame is None:
            raise ValueError(f"{path}: line {number}: found {words[0][:40]!r}, expected a header or a frame number")
        else:
            _read_amc_row(words, rows, widths, f"{path}: line {number}")
    _check_frame(rows, num_frames, f"{path}: line {number}", frame)
    if num_frames == 0:
        raise ValueError(f"{path}: line {number}: the file ends without a single frame")
    values = {name: np.array(table) for name, table in rows.items() if table}
    for name, table in values.items():
        if not np.isfinite(table).all():
            bad = int(np.argwhere(~np.isfinite(table))[0, 0])
            raise ValueError(f"{path}: frame {bad + 1}: bone {name!r} has a value that is not finite")
    return values, is_radians


def _read_amc_row(words: list[str], rows: dict[str, list[list[float]]], widths: dict[str, int], place: str) -> None:
    name = words[0]
    if name not in rows:
        raise ValueError(f"{place}: found bone {name[:40]!r}, which the skeleton does not have or lets not move")
    if len(words) - 1 != widths[name]:
        raise ValueError(f"{place}: found {len(words) - 1} values, expected {widths[name]} for bone {name!r}")
    try:
        rows[name].append(list(map(float, words[1:])))
    except ValueError:
        rows[name].append([parse_number(word, place, f"an angle of {name!r}") for word in words[1:]])


def _check_frame(rows: dict[str, list[list[float]]], num_frames: int, place: str, frame: int | None) -> None:
    """Every bone that moves at all has one row a frame."""
    if frame is None:
        return
    for name, table in rows.items():
        if len(table) != num_frames and (table or name == _ROOT):
            raise ValueError(f"{place}: frame {frame} has {len(table) - num_frames + 1} rows for {name!r}, expected 1")
