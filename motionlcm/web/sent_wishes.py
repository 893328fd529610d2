"""Constraints, paths and timelines in files that are sent, as requests then tell them.

JSON and CSV are read as ``--constraints``, ``--timeline`` and ``--path`` read them. Motions that
JSON names must have come with it, since a server opens no file because somebody names it.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import numpy as np

from motionlcm.damage import shown
from motionlcm.formats.constraint_files import constraints_in, read_constraints, read_path
from motionlcm.generation.segments import parse_timeline
from motionlcm.motion.constraints import Constraints
from motionlcm.motion.motion import Motion
from motionlcm.motion.skeleton import JOINT_NAMES
from motionlcm.motion.wishes import GivenFrames, JointTarget, KeptPart, KeyPoses, RootPath
from motionlcm.text_files import read_text_file
from motionlcm.web.api import LONGEST_TIMELINE, MOST_PROMPTS
from motionlcm.web.sent_files import SentFile

MOST_PLACES = 1000  #: points, pins and whole poses of a file that can still be shown and listed

_DIGITS = 4  #: of metres; a tenth of a millimetre


class SentWishes(NamedTuple):
    """What a file asks for.

    Attributes:
        constraints: objects as a JSON file has them, ready for JSON; poses are told by
            ``positions``, never by a file's name.
        prompts: ``{"text", "seconds"}`` of a timeline, else empty.
    """

    constraints: list[dict[str, Any]]
    prompts: list[dict[str, Any]]


def read_wishes(file: SentFile) -> SentWishes:
    """Read constraints, a path or a timeline.

    Raises:
        ValueError: a name that is none, what cannot be read, more than ``MOST_PLACES``, a motion
            that did not come with the file, or a timeline of more than a request may have; one
            line.
    """
    load = _loader(file)
    if not file.name.lower().endswith(".json"):
        return SentWishes(_told(file.name, file.read(read_path)), [])
    if not file.read(_is_timeline):
        constraints = file.read(lambda path: read_constraints(path, load=load))
        return SentWishes(_told(file.name, constraints), [])

    prompts, fixed = file.read(lambda path: _read_timeline(path, load))
    _check_size(file.name, prompts)
    return SentWishes(_told(file.name, fixed), prompts)


def _is_timeline(path: Path) -> bool:
    """Whether a JSON file holds a timeline; what is no JSON is none."""
    try:
        content = json.loads(read_text_file(path))
    except (ValueError, RecursionError):
        return False
    return isinstance(content, list) or (isinstance(content, dict) and "segments" in content)


def _read_timeline(
    path: Path, load: Callable[[str], Motion]
) -> tuple[list[dict[str, Any]], Constraints]:
    """The prompts of a timeline, and what its file fixes."""
    timeline = parse_timeline(read_text_file(path), name=str(path))
    prompts = [{"text": one.prompt, "seconds": one.seconds} for one in timeline.segments]
    if timeline.constraints is None:
        return prompts, Constraints()
    return prompts, constraints_in(path, timeline.constraints, load=load)


def _check_size(name: str, prompts: Sequence[dict[str, Any]]) -> None:
    """Raise ValueError for a timeline of more than one request may have."""
    seconds = sum(one["seconds"] or 0.0 for one in prompts)
    if len(prompts) > MOST_PROMPTS or seconds > LONGEST_TIMELINE:
        raise ValueError(
            f"{name} has {len(prompts):,} segments of {seconds:g} s, the page makes at most "
            f"{MOST_PROMPTS} of {LONGEST_TIMELINE:g} s; use motionlcm-generate --timeline"
        )


def _loader(file: SentFile) -> Callable[[str], Motion]:
    """Read motions that came with a file, each of them once."""
    names = {name.casefold(): name for name in file.beside}
    motions: dict[str, Motion] = {}

    def load(wished: str) -> Motion:
        # folders are not told by a browser
        own = names.get(PurePosixPath(wished.replace("\\", "/")).name.casefold())
        if own is None:
            raise ValueError(
                f"the motion {shown(wished)} did not come with it; drop both files at once"
            )
        if own not in motions:
            others = {name: each for name, each in file.beside.items() if name != own}
            motions[own], _ = SentFile(own, file.beside[own], others).motion()
        return motions[own]

    return load


def _told(name: str, constraints: Constraints) -> list[dict[str, Any]]:
    """Constraints as objects; ValueError for more than can be shown."""
    entries = [entry for wish in constraints for entry in _entries(wish)]
    count = sum(_size(entry) for entry in entries)
    if count > MOST_PLACES:
        raise ValueError(
            f"{name} holds {count:,} points, pins and poses, the page shows at most "
            f"{MOST_PLACES:,}; leave some out, or use motionlcm-generate"
        )
    return entries


def _size(entry: dict[str, Any]) -> int:
    """Points, pins or whole poses of an object."""
    if "points" in entry:
        return len(entry["points"])
    return 1 if "frame" in entry else len(entry["positions"])


def _entries(wish: object) -> list[dict[str, Any]]:
    """A path or given frames as one object, a joint's frames and key poses as one each."""
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
    if isinstance(wish, KeyPoses):
        return [
            {
                "type": "pose_keyframe",
                "frame": int(frame),
                "positions": _rounded(pose),
                "placed": wish.is_placed,
                "tolerance": wish.tolerance,
            }
            for frame, pose in zip(wish.frames, wish.positions, strict=True)
        ]
    if isinstance(wish, GivenFrames):
        positions = wish.positions if wish.own is None else wish.own
        kind = "keep_end" if wish.is_end else "keep_start"
        return [{"type": kind, "positions": _rounded(positions)}]
    if isinstance(wish, KeptPart):
        return [{"type": "keep_part", "part": wish.part, "positions": _rounded(wish.positions)}]

    assert isinstance(wish, JointTarget)
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


def _rounded(positions: np.ndarray) -> Any:
    return np.round(positions, _DIGITS).tolist()
