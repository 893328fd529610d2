"""BVH: a hierarchy of joints with channels, then one row of numbers a frame.

What has a meaning is read leniently: any channel order, 0 to 6 channels a joint, CRLF, tabs,
several end sites, comments, a few rows more or less than announced, a second person. What has none
is one ValueError that names the line: a wrong number of values, NaN, a file that is cut short.

Position channels replace the joint's offset, which is what files in the wild mean by them. Where
they stay near zero on a joint that has an offset, they add to it. Writing lives in
``bvh_writer.py``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from motionlcm.damage import shown, shown_names
from motionlcm.formats.bvh_angles import in_degrees, turned
from motionlcm.formats.bvh_rows import line_of, parse_rows
from motionlcm.formats.bvh_text import usual_text
from motionlcm.formats.bvh_writer import has_our_ends, write_bvh
from motionlcm.formats.raw import RawMotion, parse_number, read_text, usual_rate

__all__ = ["read_bvh", "write_bvh"]

_HEADER = re.compile(
    r"^[ \t]*MOTION\b\s*"
    r"(?:Frames[ \t]*:[ \t]*(?P<frames>\S+)\s*"
    r"(?:Frame[ \t]*Time[ \t]*:[ \t]*(?P<time>\S+)[ \t]*)?)?",
    re.IGNORECASE | re.MULTILINE,
)
_PROP = 0.5  # of the joints of the largest skeleton: what has fewer is no body
_SLOWEST, _FASTEST = 1.0, 1000.0  # frames a second that a file may have
_MOST_DIGITS = 18  # of a frame count that are looked at; no file has so many frames


@dataclass
class _Joint:
    name: str
    parent: int
    line: int
    is_end: bool = False
    offset: list[float] | None = None
    channels: list[str] = field(default_factory=list)  # "Xp", "Zr", ...


def read_bvh(
    path: str | Path, *, animation: str | None = None, fps: float | None = None
) -> RawMotion:
    """Read a BVH file.

    Args:
        path: the file.
        animation: the root's name of one of several people in the file; the default is the first
            that is no prop.
        fps: of the recording, in place of the file's Frame Time, which may then be anything.
    Returns:
        The motion in the file's own unit and axes; end sites are joints called ``<parent>_end``.
    Raises:
        ValueError: anything wrong with the file, with its name, the line, what was found and what
            is expected.
    """
    notes: list[str] = []
    text = usual_text(read_text(path, "BVH"), notes)
    header = _HEADER.search(text)

    # Even where MOTION is missing the hierarchy is parsed first: its mistake says more.
    hierarchy = text[: header.start()] if header else text
    joints = _HierarchyParser(hierarchy, str(path)).parse()
    if header is None:
        end = line_of(text, len(text))
        raise ValueError(f"{path}: line {end}: the file ends before its MOTION section")

    num_frames, fps = _parse_header(text, header, str(path), fps)
    num_channels = sum(len(joint.channels) for joint in joints)
    if num_channels == 0:
        line = line_of(text, header.start())
        raise ValueError(f"{path}: line {line}: no joint has channels, so there is no motion")

    values = parse_rows(text, header.end(), (num_frames, num_channels), str(path), notes)
    joints, values = _one_person(joints, values, str(path), animation, notes)
    is_angle = np.array([channel[1] == "r" for joint in joints for channel in joint.channels])
    longest = max(float(np.linalg.norm(joint.offset or 0.0)) for joint in joints)
    values = in_degrees(values, is_angle, longest, notes)
    translations, rotations = _apply_channels(joints, values)
    raw = RawMotion(
        names=tuple(joint.name for joint in joints),
        parents=tuple(joint.parent for joint in joints),
        offsets=np.array([joint.offset for joint in joints]),
        translations=translations,
        rotations=rotations,
        fps=fps,
        is_end_site=np.array([joint.is_end for joint in joints]),
        source=Path(path).name,
        notes=tuple(notes),
    )
    return replace(raw, is_own=len(joints[0].channels) == 6 and has_our_ends(raw))


def _one_person(
    joints: list[_Joint],
    values: np.ndarray,
    path: str,
    choice: str | None,
    notes: list[str],
) -> tuple[list[_Joint], np.ndarray]:
    """The joints and values ``[T C]`` of one of the trees: the one whose root is asked for."""
    roots = [index for index, joint in enumerate(joints) if joint.parent < 0]
    names = [joints[root].name for root in roots]
    if choice is not None and choice not in names:
        raise ValueError(f"{path}: no skeleton {shown(choice)}; the file has {shown_names(names)}")
    if len(roots) == 1:
        return joints, values

    stops = [*roots, len(joints)]
    counts = np.diff(stops)
    whole = int(np.argmax(counts >= _PROP * counts.max()))  # the first that is no prop
    number = names.index(choice) if choice is not None else whole
    others = [name for index, name in enumerate(names) if index != number]
    notes.append(
        f"{len(roots)} skeletons: {names[number][:40]} is read, {shown_names(others)} left out; "
        "--animation NAME chooses"
    )

    # A tree's joints stand together, and so do its columns.
    start, stop = stops[number], stops[number + 1]
    columns = np.cumsum([0, *(len(joint.channels) for joint in joints)])
    person = [
        replace(joint, parent=joint.parent - start if joint.parent >= 0 else -1)
        for joint in joints[start:stop]
    ]
    return person, values[:, columns[start] : columns[stop]]


def _tokens(hierarchy: str) -> Iterator[tuple[int, str]]:
    """(line, token) pairs; the name after ROOT or JOINT is one token, spaces and all."""
    for number, line in enumerate(hierarchy.split("\n"), start=1):
        line = line.strip()
        opening = re.match(r"(ROOT|JOINT)\b[ \t]*([^{}]*)(.*)", line, re.IGNORECASE)
        if opening:
            yield number, opening.group(1).upper()
            yield number, opening.group(2).strip()
            line = opening.group(3)

        for token in line.replace("{", " { ").replace("}", " } ").split():
            yield number, token


class _HierarchyParser:
    """Reader of the hierarchy, one statement at a time; its errors name file and line."""

    def __init__(self, hierarchy: str, path: str) -> None:
        self._path = path
        self._tokens = _tokens(hierarchy)
        self._last_line = 1
        self._joints: list[_Joint] = []
        self._open_joints: list[int] = []  # from the root to the joint whose braces we are in

    def parse(self) -> list[_Joint]:
        """The joints in the file's order, every parent before its children, of one root or more."""
        line, token = self._take("HIERARCHY")
        if token.upper() != "HIERARCHY":
            raise ValueError(
                f"{self._path}: line {line}: found {token[:40]!r}, "
                "expected HIERARCHY at the start of a BVH file"
            )

        while self._open_joints or not self._joints:
            self._parse_statement()

        for line, token in self._tokens:
            if token.upper() == "HIERARCHY":
                continue
            if token.upper() != "ROOT":
                raise ValueError(
                    f"{self._path}: line {line}: found {token[:40]!r}, "
                    "expected MOTION after one hierarchy"
                )
            self._open_joint("ROOT", f"{self._path}: line {line}")
            while self._open_joints:
                self._parse_statement()
        return self._joints

    def _take(self, expected: str) -> tuple[int, str]:
        """The next (line, token); the error at the file's end says what was ``expected`` there."""
        pair = next(self._tokens, None)
        if pair is None:
            raise ValueError(
                f"{self._path}: line {self._last_line}: the file ends within the hierarchy, "
                f"expected {expected}"
            )
        self._last_line = pair[0]
        return pair

    def _parse_statement(self) -> None:
        line, token = self._take("'}'" if self._joints else "ROOT")
        place = f"{self._path}: line {line}"
        word = token.upper()
        joint = self._joints[self._open_joints[-1]] if self._open_joints else None

        if word in ("ROOT", "JOINT", "END"):
            self._open_joint(word, place)
        elif joint is not None and word == "}":
            self._open_joints.pop()
            if joint.offset is None:
                raise ValueError(
                    f"{self._path}: line {joint.line}: joint {shown(joint.name)} has no OFFSET"
                )
        elif joint is not None and word == "OFFSET":
            joint.offset = [
                parse_number(self._take("a number")[1], place, "OFFSET") for _ in range(3)
            ]
        elif joint is not None and word == "CHANNELS" and not joint.is_end:
            joint.channels = self._parse_channels(place)
        else:
            expected = "JOINT, End Site, OFFSET, CHANNELS or '}'" if joint else "ROOT"
            raise ValueError(f"{place}: found {token[:40]!r}, expected {expected}")

    def _open_joint(self, word: str, place: str) -> None:
        """Read a joint's opening up to its brace."""
        parent = self._open_joints[-1] if self._open_joints else -1
        if (word == "ROOT") != (parent < 0):
            expected = "ROOT" if parent < 0 else "JOINT or End Site"
            raise ValueError(f"{place}: found {word}, expected {expected}")

        line, name = self._take("a joint name")
        if word == "END":
            name = self._end_site_name(self._joints[parent].name)
        elif not name:
            raise ValueError(f"{place}: {word} has no name")

        _, brace = self._take("'{'")
        if brace != "{":
            raise ValueError(
                f"{place}: found {brace[:40]!r} after {word} {name[:40]}, expected '{{'"
            )

        self._open_joints.append(len(self._joints))
        self._joints.append(_Joint(name, parent, line, is_end=word == "END"))

    def _end_site_name(self, parent: str) -> str:
        """``<parent>_end``, made longer while another joint has it: end sites may be several."""
        taken = {joint.name for joint in self._joints}
        name = f"{parent}_end"
        while name in taken:
            name += "2" if name.endswith("_end") else "'"
        return name

    def _parse_channels(self, place: str) -> list[str]:
        count = self._take("a number of channels")[1]
        if not count.isdecimal() or int(count) > 6:
            raise ValueError(
                f"{place}: found {count[:40]!r} channels, expected a number from 0 to 6"
            )

        channels = []
        for _ in range(int(count)):
            token = self._take("a channel name")[1]
            match = re.fullmatch(r"([XYZ])(position|rotation)", token, re.IGNORECASE)
            if not match:
                raise ValueError(
                    f"{place}: found channel {token[:40]!r}, "
                    "expected [XYZ]position or [XYZ]rotation"
                )
            channels.append(match.group(1).upper() + match.group(2)[0].lower())

        if len(set(channels)) < len(channels):
            raise ValueError(f"{place}: a channel is listed twice")
        return channels


def _parse_header(
    text: str, header: re.Match[str], path: str, fps: float | None
) -> tuple[int, float]:
    """(number of frames, frames per second); the latter is told, or else the file's."""
    frames, time = header["frames"], header["time"]
    if frames is None or (time is None and fps is None):
        missing = "'Frames: <count>'" if frames is None else "'Frame Time: <seconds>'"
        line = line_of(text, header.start())
        remedy = "" if frames is None else "; --input-fps tells the rate"
        raise ValueError(f"{path}: line {line}: MOTION is not followed by {missing}{remedy}")

    frames = re.sub(r"\.0*$", "", frames)  # of a number that a program had as a float
    if not frames.isdecimal() or int(frames[:_MOST_DIGITS]) < 1:
        raise ValueError(
            f"{path}: line {line_of(text, header.start('frames'))}: found {frames[:40]!r} frames, "
            "expected a whole number of at least 1"
        )

    if fps is not None:
        return int(frames[:_MOST_DIGITS]), fps

    place = f"{path}: line {line_of(text, header.start('time'))}"
    seconds = parse_number(time.replace(",", "."), place, "Frame Time in seconds")
    if not _SLOWEST <= 1 / max(seconds, 1e-9) <= _FASTEST:
        raise ValueError(
            f"{place}: Frame Time is {time[:40]} s, expected {1 / _FASTEST:g} to "
            f"{1 / _SLOWEST:g} s; --input-fps tells the rate"
        )
    return int(frames[:_MOST_DIGITS]), usual_rate(1 / seconds)


def _apply_channels(joints: list[_Joint], values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Local translations ``[T J 3]`` and rotations ``[T J 4]`` from the motion block ``[T C]``."""
    offsets = np.array([joint.offset for joint in joints])
    translations = np.repeat(offsets[None], len(values), axis=0)  # [T J 3]
    rotations = np.empty((*translations.shape[:2], 4))  # [T J 4]

    first = 0
    for index, joint in enumerate(joints):
        columns = {channel: values[:, first + i] for i, channel in enumerate(joint.channels)}
        first += len(joint.channels)

        positions = {"XYZ".index(c[0]): column for c, column in columns.items() if c[1] == "p"}
        if positions:
            axes = list(positions)
            moved = np.stack(list(positions.values()), axis=1)  # [T 1..3]
            length = np.linalg.norm(offsets[index])
            # Positions near zero on a bone of some length are small shifts from its offset.
            is_shift = joint.parent >= 0 and np.abs(moved).max() < 0.1 * length
            translations[:, index, axes] = moved + (offsets[index, axes] if is_shift else 0)

        turns = {c[0]: column for c, column in columns.items() if c[1] == "r"}
        rotations[:, index] = turned(turns, len(values))
    return translations, rotations
