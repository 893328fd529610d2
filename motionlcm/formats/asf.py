"""Acclaim skeleton files (.asf): bones with a direction, a length and an axis to turn about.

A bone's angles turn about its own axes in the order of its ``axis``; the root's in that of its
``order``. Limits are ignored, names are told apart without case, commas are spaces. CMU's and
HDM05's length unit, 0.45, stands for 1/0.45 inches, 0.056444 m.

Source: Acclaim's format of skeletons and motions, as Lander describes it (Game Developer, 1998).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from motionlcm.damage import shown
from motionlcm.formats.raw import parse_number, read_text
from motionlcm.motion.rotations import from_euler, inverse, multiply, normalize

ROOT = "root"
_INCH = 0.0254  # metres
_IDENTITY = (1.0, 0.0, 0.0, 0.0)  # a quaternion
_Lines = list[tuple[int, list[str]]]  # (line number, words)


@dataclass
class Bone:
    """A bone; the root is one too, without a direction and a length.

    Attributes:
        name: unique in the skeleton.
        direction: ``[3]`` unit vector from the bone's start to its end, in the skeleton's axes.
        length: from start to end, in the file's unit.
        axis: ``[4]`` quaternion wxyz of the frame that the bone's angles turn about.
        order: of the axes that the angles turn about, the first applied first.
        dof: the channels of the motion file, ``"rx"``, ``"ry"``, ``"rz"``; the root's has ``"tx"``
            and its like too. A bone's ``"l"``, ``"tx"``, ... would stretch it and are not applied.
        is_root: its channels stand in the order in which they are applied.
    """

    name: str
    direction: np.ndarray = field(default_factory=lambda: np.zeros(3))
    length: float = 0.0
    axis: np.ndarray = field(default_factory=lambda: np.array(_IDENTITY))
    order: str = "XYZ"
    dof: list[str] = field(default_factory=list)
    is_root: bool = False

    @property
    def end(self) -> np.ndarray:
        """``[3]`` from the bone's start to its end."""
        return self.direction * self.length

    def local_rotations(self, values: np.ndarray, to_radians: float) -> np.ndarray:
        """Local rotations ``[T 4]`` of the bone's values ``[T C]``, one column for each channel."""
        columns = {channel[1].upper(): i for i, channel in enumerate(self.dof) if channel[0] == "r"}
        axes = "".join(columns) if self.is_root else self.order
        axes = "".join(axis for axis in axes if axis in columns)
        turn = _rotation(values[:, [columns[axis] for axis in axes]], axes, to_radians)

        # The angles are about the bone's own axes; the rotations are told in the skeleton's.
        return normalize(multiply(multiply(self.axis, turn), inverse(self.axis)))


@dataclass
class AcclaimSkeleton:
    """The bones of one .asf file.

    Attributes:
        bones: by name, every parent before its children, the root first.
        parents: the parent's name of each bone but the root.
        root_position: ``[3]``, added to the root's motion.
        to_radians: radians per unit of angle.
        metres_per_unit: of lengths, or None where the file does not say.
    """

    bones: dict[str, Bone]
    parents: dict[str, str]
    root_position: np.ndarray
    to_radians: float
    metres_per_unit: float | None


def read_asf(path: Path) -> AcclaimSkeleton:
    """Read a skeleton file.

    Raises:
        ValueError: anything wrong with the file, with its name, the line, what was found and what
            is expected.
    """
    text = read_text(path, "ASF")
    sections = _sections(text, path)

    missing = [name for name in ("root", "bonedata", "hierarchy") if not sections.get(name)]
    if missing:
        end = text.count("\n") + 1
        raise ValueError(f"{path}: line {end}: the file ends without its :{missing[0]} section")

    to_radians, metres_per_unit = _parse_units(sections.get("units", []), path)
    root, position = _parse_root(sections["root"], to_radians, path)
    bones = {ROOT: root, **_parse_bones(sections["bonedata"], to_radians, path)}
    bones, parents = _parse_hierarchy(sections["hierarchy"], bones, path)
    return AcclaimSkeleton(bones, parents, position, to_radians, metres_per_unit)


def _sections(text: str, path: Path) -> dict[str, _Lines]:
    """The lines below each ``:keyword``, without comments and empty ones."""
    sections: dict[str, _Lines] = {}
    current: _Lines | None = None
    for number, line in enumerate(text.split("\n"), start=1):
        words = line.split("#")[0].replace(",", " ").split()
        if not words:
            continue

        if words[0].startswith(":"):
            current = sections.setdefault(words[0][1:].lower(), [])
        elif current is None:
            raise ValueError(
                f"{path}: line {number}: found {words[0][:40]!r}, "
                "expected a section such as ':version'"
            )
        else:
            current.append((number, words))
    return sections


def _parse_units(lines: _Lines, path: Path) -> tuple[float, float | None]:
    """(radians per unit of angle, metres per unit of length or None)."""
    units = {words[0].lower(): (number, words[-1]) for number, words in lines}
    _, angle = units.get("angle", (0, "deg"))
    to_radians = 1.0 if angle.lower().startswith("rad") else np.pi / 180

    if "length" not in units:
        return to_radians, None

    number, token = units["length"]
    length = parse_number(token, f"{path}: line {number}", "units length")
    return to_radians, _INCH / length if length > 0 else None


def _parse_root(lines: _Lines, to_radians: float, path: Path) -> tuple[Bone, np.ndarray]:
    """The root and its position ``[3]``."""
    root = Bone(ROOT, is_root=True)
    position = np.zeros(3)
    orientation = np.zeros(3)
    for number, words in lines:
        place, key = f"{path}: line {number}", words[0].lower()

        if key == "order":
            root.dof = [_channel(word, place, "tr") for word in words[1:]]
        elif key == "axis":
            root.order = _axis_order(words[-1], place)
        elif key == "position":
            position = _numbers(words[1:], 3, place, key)
        elif key == "orientation":
            orientation = _numbers(words[1:], 3, place, key)

    if len(root.dof) != len(set(root.dof)) or not {"tx", "ty", "tz"} <= set(root.dof):
        raise ValueError(
            f"{path}: line {lines[0][0]}: the root's order must list TX TY TZ RX RY RZ once each"
        )
    root.axis = _rotation(orientation, root.order, to_radians)
    return root, position


def _parse_bones(lines: _Lines, to_radians: float, path: Path) -> dict[str, Bone]:
    """The bones between ``begin`` and ``end``, by name."""
    bones: dict[str, Bone] = {}
    bone: Bone | None = None
    for number, words in lines:
        place, key = f"{path}: line {number}", words[0].lower()

        if key == "begin":
            bone = Bone("")
        elif bone is None:
            raise ValueError(f"{place}: found {words[0][:40]!r}, expected 'begin'")
        elif key == "end":
            if not bone.name or bone.name in bones:
                raise ValueError(
                    f"{place}: a bone has no name, or the name {shown(bone.name)} of another"
                )
            bones[bone.name] = bone
            bone = None
        else:
            _set_property(bone, words, to_radians, place)

    if bone is not None:
        raise ValueError(
            f"{path}: line {lines[-1][0]}: bone {shown(bone.name)} is not closed by 'end'"
        )
    return bones


def _set_property(bone: Bone, words: list[str], to_radians: float, place: str) -> None:
    """Take over one line of a bone; those that change no motion (``limits`` ...) are ignored."""
    key = words[0].lower()

    if key == "name":
        bone.name = words[-1].lower()
    elif key == "direction":
        bone.direction = normalize(_numbers(words[1:], 3, place, key))
    elif key == "length":
        bone.length = float(_numbers(words[1:], 1, place, key)[0])
    elif key == "axis":
        bone.order = _axis_order(words[-1], place)
        bone.axis = _rotation(_numbers(words[1:4], 3, place, key), bone.order, to_radians)
    elif key == "dof":
        bone.dof = [
            _channel(word, place, "rt") if len(word) > 1 else _stretch(word, place)
            for word in words[1:]
        ]


def _parse_hierarchy(
    lines: _Lines, bones: dict[str, Bone], path: Path
) -> tuple[dict[str, Bone], dict[str, str]]:
    """(bones with every parent before its children, parent of each bone)."""
    parents: dict[str, str] = {}
    children: dict[str, list[str]] = {}
    place = f"{path}: line {lines[0][0]}"
    for number, words in lines:
        if words[0].lower() in ("begin", "end"):
            continue

        place = f"{path}: line {number}"
        words = [word.lower() for word in words]
        for name in words:
            if name not in bones:
                raise ValueError(f"{place}: bone {name[:40]!r} is not in :bonedata")

        # A line is a parent and its children; lines may stand in any order.
        for name in words[1:]:
            if name in parents or name == ROOT:
                raise ValueError(f"{place}: {shown(name)} has two parents or is the root")
            parents[name] = words[0]
            children.setdefault(words[0], []).append(name)

    reached = [ROOT]
    for name in reached:
        reached += children.get(name, [])
    loose = [name for name in parents if name not in set(reached)]
    if loose:
        raise ValueError(f"{place}: {shown(loose[0])} does not hang from the root")
    return {name: bones[name] for name in reached}, parents


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


def _stretch(word: str, place: str) -> str:
    """The channel of a bone's length."""
    return "l" if word.lower() == "l" else _channel(word, place, "rt")


def _rotation(degrees_or_radians: np.ndarray, axes: str, to_radians: float) -> np.ndarray:
    """Quaternions of angles ``[... N]`` about the fixed axes named, the first applied first."""
    rotation = np.zeros((*degrees_or_radians.shape[:-1], 4))
    rotation[..., 0] = 1

    for column, axis in enumerate(axes):
        angles = np.zeros((*rotation.shape[:-1], 3))
        angles[..., 0] = degrees_or_radians[..., column] * to_radians
        others = "".join(sorted(set("XYZ") - {axis}))  # their angles are zero
        rotation = multiply(from_euler(angles, axis + others), rotation)
    return rotation
