"""BVH: a hierarchy of joints with channels, then one row of numbers a frame.

Read leniently in everything that has a meaning (any channel order, 0 to 6 channels a joint, CRLF, tabs, several
end sites), and strictly in what has none: a wrong number of values, NaN, a cut file are one ValueError that names
the line. Position channels replace the joint's offset, as all the wild files want it, except where they stay near
zero on a joint that has an offset: there they add to it. Writing lives in ``bvh_writer.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from motionlcm.formats.bvh_writer import write_bvh
from motionlcm.formats.raw import RawMotion, parse_number, read_text, usual_rate
from motionlcm.motion.rotations import from_euler, multiply

__all__ = ["read_bvh", "write_bvh"]

_HEADER = re.compile(
    r"^[ \t]*MOTION\b\s*(?:Frames[ \t]*:[ \t]*(?P<frames>\S+)\s*(?:Frame[ \t]*Time[ \t]*:[ \t]*(?P<time>\S+)[ \t]*)?)?",
    re.IGNORECASE | re.MULTILINE,
)
_RATES = (1.0, 1000.0)  # frames a second that a file may have


@dataclass
class _Joint:
    name: str
    parent: int
    line: int
    is_end: bool = False
    offset: list[float] | None = None
    channels: list[str] = field(default_factory=list)  # "Xp", "Zr", ...


def read_bvh(path: str | Path) -> RawMotion:
    """Read a BVH file.

    Returns:
        The motion in the file's own unit and axes; end sites are joints called ``<parent>_end``.
    Raises:
        ValueError: anything wrong with the file, with its name, the line, what was found and what is expected.
    """
    text = read_text(path, "BVH")
    header = _HEADER.search(text)
    hierarchy = text[: header.start()] if header else text
    joints = _parse_hierarchy(hierarchy, str(path))
    if header is None:
        raise ValueError(f"{path}: line {_line(text, len(text))}: the file ends before its MOTION section")
    num_frames, fps = _parse_header(text, header, str(path))
    width = sum(len(joint.channels) for joint in joints)
    if width == 0:
        raise ValueError(f"{path}: line {_line(text, header.start())}: no joint has channels, so there is no motion")
    values = _parse_values(text, header.end(), (num_frames, width), str(path))
    translations, rotations = _apply_channels(joints, values)
    return RawMotion(
        names=tuple(joint.name for joint in joints),
        parents=tuple(joint.parent for joint in joints),
        offsets=np.array([joint.offset for joint in joints]),
        translations=translations,
        rotations=rotations,
        fps=fps,
        is_end_site=np.array([joint.is_end for joint in joints]),
        source=Path(path).name,
    )


def _line(text: str, index: int) -> int:
    return text.count("\n", 0, index) + 1


def _tokens(hierarchy: str) -> Iterator[tuple[int, str]]:
    """(line, token) pairs; the name after ROOT or JOINT is one token, spaces and all."""
    for number, line in enumerate(hierarchy.split("\n"), start=1):
        line = line.strip()
        named = re.match(r"(ROOT|JOINT)\b[ \t]*([^{}]*)(.*)", line, re.IGNORECASE)
        if named:
            yield number, named.group(1).upper()
            yield number, named.group(2).strip()
            line = named.group(3)
        for token in line.replace("{", " { ").replace("}", " } ").split():
            yield number, token


def _parse_hierarchy(hierarchy: str, path: str) -> list[_Joint]:
    stream = _tokens(hierarchy)
    last_line = 1

    def take(expected: str) -> tuple[int, str]:
        nonlocal last_line
        found = next(stream, None)
        if found is None:
            raise ValueError(f"{path}: line {last_line}: the file ends within the hierarchy, expected {expected}")
        last_line = found[0]
        return found

    line, token = take("HIERARCHY")
    if token.upper() != "HIERARCHY":
        raise ValueError(f"{path}: line {line}: found {token[:40]!r}, expected HIERARCHY at the start of a BVH file")
    joints: list[_Joint] = []
    open_joints: list[int] = []
    while True:
        if joints and not open_joints:
            extra = next(stream, None)
            if extra is None:
                return joints
            raise ValueError(f"{path}: line {extra[0]}: found {extra[1][:40]!r}, expected MOTION after one hierarchy")
        line, token = take("'}'" if joints else "ROOT")
        word = token.upper()
        if word in ("ROOT", "JOINT", "END"):
            joint = _open_joint(word, take, joints, open_joints, f"{path}: line {line}")
            joints.append(joint)
            open_joints.append(len(joints) - 1)
        elif word == "}" and open_joints:
            joint = joints[open_joints.pop()]
            if joint.offset is None:
                raise ValueError(f"{path}: line {joint.line}: joint {joint.name!r} has no OFFSET")
        elif word == "OFFSET" and open_joints:
            place = f"{path}: line {line}"
            joints[open_joints[-1]].offset = [parse_number(take("a number")[1], place, "OFFSET") for _ in range(3)]
        elif word == "CHANNELS" and open_joints and not joints[open_joints[-1]].is_end:
            joints[open_joints[-1]].channels = _parse_channels(take, f"{path}: line {line}")
        else:
            expected = "JOINT, End Site, OFFSET, CHANNELS or '}'" if open_joints else "ROOT"
            raise ValueError(f"{path}: line {line}: found {token[:40]!r}, expected {expected}")


def _open_joint(word: str, take, joints: list[_Joint], open_joints: list[int], place: str) -> _Joint:  # type: ignore[no-untyped-def]
    """Read a joint's opening up to its brace."""
    parent = open_joints[-1] if open_joints else -1
    if (word == "ROOT") != (parent < 0):
        raise ValueError(f"{place}: found {word}, expected {'ROOT' if parent < 0 else 'JOINT or End Site'}")
    line, name = take("a joint name")
    if word == "END":
        taken = {joint.name for joint in joints}
        name = f"{joints[parent].name}_end"
        while name in taken:
            name += "2" if name.endswith("_end") else "'"
    elif not name:
        raise ValueError(f"{place}: {word} has no name")
    _, brace = take("'{'")
    if brace != "{":
        raise ValueError(f"{place}: found {brace[:40]!r} after {word} {name}, expected '{{'")
    return _Joint(name, parent, line, is_end=word == "END")


def _parse_channels(take, place: str) -> list[str]:  # type: ignore[no-untyped-def]
    count_token = take("a number of channels")[1]
    if not count_token.isdecimal() or int(count_token) > 6:
        raise ValueError(f"{place}: found {count_token[:40]!r} channels, expected a number from 0 to 6")
    channels = []
    for _ in range(int(count_token)):
        token = take("a channel name")[1]
        match = re.fullmatch(r"([XYZ])(position|rotation)", token, re.IGNORECASE)
        if not match:
            raise ValueError(f"{place}: found channel {token[:40]!r}, expected [XYZ]position or [XYZ]rotation")
        channels.append(match.group(1).upper() + match.group(2)[0].lower())
    if len(set(channels)) < len(channels):
        raise ValueError(f"{place}: a channel is listed twice")
    return channels


def _parse_header(text: str, header: re.Match[str], path: str) -> tuple[int, float]:
    """(number of frames, frames per second)."""
    place = f"{path}: line {_line(text, header.start())}"
    if header["frames"] is None or header["time"] is None:
        missing = "'Frames: <count>'" if header["frames"] is None else "'Frame Time: <seconds>'"
        raise ValueError(f"{place}: MOTION is not followed by {missing}")
    place = f"{path}: line {_line(text, header.start('frames'))}"
    if not header["frames"].isdecimal() or int(header["frames"][:18]) < 1:
        raise ValueError(f"{place}: found {header['frames'][:40]!r} frames, expected a whole number of at least 1")
    place = f"{path}: line {_line(text, header.start('time'))}"
    seconds = parse_number(header["time"], place, "Frame Time in seconds")
    if not _RATES[0] <= 1 / max(seconds, 1e-9) <= _RATES[1]:
        raise ValueError(
            f"{place}: Frame Time is {header['time'][:40]} s, expected {1 / _RATES[1]:g} to {1 / _RATES[0]:g} s"
        )
    return int(header["frames"][:18]), usual_rate(1 / seconds)


def _parse_values(text: str, start: int, shape: tuple[int, int], path: str) -> np.ndarray:
    """The motion block ``[T C]``."""
    num_frames, width = shape
    tokens = text[start:].split()
    try:
        values = np.array(list(map(float, tokens)))
    except ValueError:
        values = np.empty(0)
    if len(tokens) == num_frames * width and values.size and np.isfinite(values).all():
        return values.reshape(num_frames, width)
    first = _line(text, start)
    rows = 0
    for number, line in enumerate(text[start:].split("\n"), start=first):
        row = line.split()
        for token in row:
            parse_number(token, f"{path}: line {number}", "a channel value")
        if row and len(row) != width and len(tokens) != num_frames * width:
            raise ValueError(f"{path}: line {number}: found {len(row)} values, expected {width} (one a channel)")
        rows += bool(row)
    end = _line(text, len(text.rstrip()))
    raise ValueError(
        f"{path}: line {end}: found {rows} frames, expected the {num_frames} that 'Frames:' announces; "
        "the file is cut short or damaged"
    )


def _apply_channels(joints: list[_Joint], values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Local translations ``[T J 3]`` and rotations ``[T J 4]`` from the motion block ``[T C]``."""
    offsets = np.array([joint.offset for joint in joints])
    translations = np.repeat(offsets[None], len(values), axis=0)
    rotations = np.zeros((*translations.shape[:2], 4))
    rotations[..., 0] = 1
    column = 0
    for index, joint in enumerate(joints):
        moves = [("XYZ".index(c[0]), column + i) for i, c in enumerate(joint.channels) if c[1] == "p"]
        turns = [(c[0], column + i) for i, c in enumerate(joint.channels) if c[1] == "r"]
        column += len(joint.channels)
        if moves:
            axes, columns = [axis for axis, _ in moves], [col for _, col in moves]
            moved = values[:, columns]
            length = np.linalg.norm(offsets[index])
            adds = joint.parent >= 0 and np.abs(moved).max() < 0.1 * length
            translations[:, index, axes] = moved + (offsets[index, axes] if adds else 0)
        if len(turns) == 3:
            order = "".join(axis for axis, _ in turns)
            rotations[:, index] = from_euler(np.radians(values[:, [col for _, col in turns]]), order)
            continue
        for axis, col in turns:
            rotations[:, index] = multiply(rotations[:, index], _axis_turn(axis, values[:, col]))
    return translations, rotations


def _axis_turn(axis: str, degrees: np.ndarray) -> np.ndarray:
    half = np.radians(degrees) / 2
    turn = np.zeros((len(degrees), 4))
    turn[:, 0], turn[:, 1 + "XYZ".index(axis)] = np.cos(half), np.sin(half)
    return turn
