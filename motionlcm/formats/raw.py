"""A motion as a file tells it: any joints, any unit, any axis up.

``retarget.py`` makes a ``Motion`` of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from motionlcm.motion.rotations import inverse, multiply, rotate, slerp
from motionlcm.text_files import decode_text, is_wide_text

FPS_RANGE = (1.0, 1000.0)  #: frames per second that a motion may have in a file
FARTHEST = 1e4  #: metres from the origin, and nothing in a file is farther
#: Frame rates that a rounded frame time is taken to mean.
USUAL_RATES = (
    *(20.0, 24.0, 25.0, 30.0, 50.0, 60.0, 90.0, 100.0, 120.0, 200.0, 240.0),
    *(30 / 1.001, 60 / 1.001, 120 / 1.001),  # of television
)


@dataclass(frozen=True, eq=False)
class RawMotion:
    """Joints with local transforms over time, in the file's own unit and axes.

    Attributes:
        names: one a joint; an end site is called ``<parent>_end``.
        parents: index of each joint's parent; -1 for the root. A parent comes before its children.
        offsets: ``[J 3]`` rest position of each joint in its parent's frame.
        translations: ``[T J 3]`` position of each joint in its parent's frame (often the offsets).
        rotations: ``[T J 4]`` unit quaternions wxyz, local to the parent.
        fps: frames per second.
        is_end_site: ``[J]`` true where the joint only marks the end of a bone.
        metres_per_unit: what the file says of its unit, or None.
        source: the file's name, for messages.
        is_y_up: true where the format itself says that Y points up; else the body tells.
        is_own: true where this package wrote the file: its axes are known.
        notes: what the reader assumed, left out and repaired.
    """

    names: tuple[str, ...]
    parents: tuple[int, ...]
    offsets: np.ndarray
    translations: np.ndarray
    rotations: np.ndarray
    fps: float
    is_end_site: np.ndarray
    metres_per_unit: float | None = None
    source: str = "motion"
    is_y_up: bool = False
    is_own: bool = False
    notes: tuple[str, ...] = ()

    @property
    def num_frames(self) -> int:
        """Number of frames ``T``."""
        return len(self.rotations)

    @property
    def joint_names(self) -> tuple[str, ...]:
        """The names of the joints that are no end sites."""
        return tuple(name for name, is_end in zip(self.names, self.is_end_site) if not is_end)

    @cached_property
    def positions(self) -> np.ndarray:
        """``[T J 3]`` world positions in the file's unit."""
        return local_to_world(self.parents, self.translations, self.rotations)

    @cached_property
    def world_rotations(self) -> np.ndarray:
        """``[T J 4]`` rotations in the file's own axes."""
        return rotations_in_world(self.parents, self.rotations)

    @cached_property
    def rest_positions(self) -> np.ndarray:
        """``[J 3]`` positions of the rest pose: all rotations zero, offsets as written."""
        identity = np.zeros((1, len(self.names), 4))
        identity[..., 0] = 1
        return local_to_world(self.parents, self.offsets[None], identity)[0]

    def cropped(self, start: int, stop: int) -> RawMotion:
        """Frames ``start`` to ``stop`` (not included)."""
        return replace(
            self, translations=self.translations[start:stop], rotations=self.rotations[start:stop]
        )

    def sampled(self, num_frames: int) -> RawMotion:
        """The motion in at most ``num_frames`` frames, evenly spread."""
        chosen = np.unique(np.linspace(0, self.num_frames - 1, num_frames).round().astype(int))
        return replace(
            self, translations=self.translations[chosen], rotations=self.rotations[chosen]
        )

    def resampled(self, fps: float, *, to_end: bool = False) -> RawMotion:
        """The motion at another rate: rotations along the great arc, translations along the line.

        Bones keep their length, which interpolated positions would not. The first frame stays the
        first. With ``to_end`` the last stays the last, the motion a little faster or slower: a
        loop would cease to be one.
        """
        if abs(fps / self.fps - 1) < 1e-9 or self.num_frames == 1:
            return replace(self, fps=fps)

        last = self.num_frames - 1
        count = int(np.floor(last * fps / self.fps + 1e-6)) + 1
        times = np.arange(count) * (self.fps / fps)
        if to_end:
            times = np.linspace(0, last, max(round(last * fps / self.fps), 1) + 1)
        before = np.minimum(np.floor(times + 1e-9).astype(int), self.num_frames - 1)
        after = np.minimum(before + 1, self.num_frames - 1)
        share = np.clip(times - before, 0, 1)[:, None]  # [T 1]

        rotations = slerp(self.rotations[before], self.rotations[after], share)
        share = share[..., None]  # [T 1 1]
        translations = self.translations[before] * (1 - share) + self.translations[after] * share
        return replace(self, translations=translations, rotations=rotations, fps=fps)


def local_to_world(
    parents: tuple[int, ...], translations: np.ndarray, rotations: np.ndarray
) -> np.ndarray:
    """World positions ``[T J 3]`` of local translations ``[T J 3]`` and rotations ``[T J 4]``."""
    world = rotations_in_world(parents, rotations)
    shape = np.broadcast_shapes(translations.shape[:-1], rotations.shape[:-1])
    positions = np.empty((*shape, 3))
    for joint, parent in enumerate(parents):
        positions[:, joint] = translations[:, joint]
        if parent >= 0:
            step = rotate(world[:, parent], translations[:, joint])
            positions[:, joint] = positions[:, parent] + step
    return positions


def rotations_in_world(parents: tuple[int, ...], rotations: np.ndarray) -> np.ndarray:
    """World rotations ``[... J 4]`` of local ones; a parent comes before its children."""
    world = np.array(rotations, np.float64)
    for joint, parent in enumerate(parents):
        if parent >= 0:
            world[..., joint, :] = multiply(world[..., parent, :], world[..., joint, :])
    return world


def scales_above(scales: np.ndarray, parents: Sequence[int]) -> np.ndarray:
    """``[J]`` the scale that a joint's position is seen in: its ancestors' ``[J]`` multiplied."""
    above = np.ones(len(parents))
    for joint, parent in enumerate(parents):
        if parent >= 0:
            above[joint] = above[parent] * scales[parent]
    return above


def told_from_rest(raw: RawMotion, rest_rotations: np.ndarray) -> RawMotion:
    """A motion whose zero pose is the nodes' rest pose ``[J 4]``, with the same joint positions."""
    world = rotations_in_world(raw.parents, rest_rotations)
    identity = np.array([[1.0, 0, 0, 0]])
    above = np.concatenate([identity, world[list(raw.parents[1:])]])  # the parent's, [J 4]

    return replace(
        raw,
        offsets=rotate(above, raw.offsets),
        translations=rotate(above[None], raw.translations),
        rotations=multiply(multiply(above[None], raw.rotations), inverse(world)[None]),
    )


def usual_rate(fps: float) -> float:
    """The usual or whole frame rate within 1 in 10,000 of a rounded one, else ``fps`` itself."""
    nearest = min((*USUAL_RATES, float(max(round(fps), 1))), key=lambda rate: abs(rate - fps))
    return nearest if abs(nearest / fps - 1) < 1e-4 else fps


def check_fps(fps: float) -> None:
    """Raise ValueError for a frame rate that no motion is given."""
    if not FPS_RANGE[0] <= fps <= FPS_RANGE[1]:
        raise ValueError(f"fps must be from {FPS_RANGE[0]:g} to {FPS_RANGE[1]:g}, got {fps}")


def read_text(path: str | Path, kind: str) -> str:
    """Read the text of a motion file, its line ends made plain.

    What is neither UTF-8 nor UTF-16 is read as Latin-1: only names can be spoilt by that.

    Raises:
        ValueError: there is no such file, it is empty, or it is not text.
    """
    path = Path(path)
    if not path.is_file():
        raise ValueError(f"{path}: no such file; expected a {kind} file")

    content = path.read_bytes()
    if not is_wide_text(content):
        content = content.rstrip(b"\0\r\n ")  # zeros with which some programs fill a block
    if not content.strip():
        raise ValueError(f"{path}: line 1: the file is empty, expected a {kind} file")
    if b"\0" in content and not is_wide_text(content):
        line = content[: content.index(b"\0")].count(b"\n") + 1
        raise ValueError(
            f"{path}: line {line}: found binary data, expected the text of a {kind} file"
        )
    return decode_text(content, str(path), fallback="latin-1")


def parse_number(token: str, place: str, meaning: str) -> float:
    """The finite number that a token says, or a ValueError that names the place."""
    try:
        value = float(token)
    except ValueError:
        value = np.nan

    if not np.isfinite(value):
        raise ValueError(f"{place}: found {token[:40]!r}, expected a finite number ({meaning})")
    return value
