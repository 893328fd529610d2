"""The kinds of wishes about a motion, and the checks of one wish alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

MAX_PINS = 10_000  #: frames times joints in one wish
AXES = "xyz"
_DENSE = (
    3.0  #: frames between the points of a path, under which it is a curve and not a row of pins
)
_LARGEST = 1e9  #: of metres, radians and frames: what lies beyond is a mistake
_FLOOR = -0.005  #: metres; lower is under the floor
#: Joints that are kept with a part of the body.
PARTS = {
    "upper": (3, 6, 9, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21),
    "lower": (0, 1, 2, 4, 5, 7, 8, 10, 11),
    "left_arm": (13, 16, 18, 20),
    "right_arm": (14, 17, 19, 21),
}


@dataclass(frozen=True, eq=False)
class RootPath:
    """Where the root is over the floor.

    Attributes:
        points: ``[N 2]`` metres, x and z.
        frames: ``[N]``; None: spread over the whole motion by length.
        headings: ``[N]`` radians that the body faces, from +Z towards +X; None: it turns with the
            path.
        tolerance: metres.
    """

    points: np.ndarray
    frames: np.ndarray | None = None
    headings: np.ndarray | None = None
    tolerance: float = 0.0

    @property
    def length(self) -> float:
        """Metres from the first point to the last, along straight lines."""
        return float(np.linalg.norm(np.diff(self.points, axis=0), axis=-1).sum())

    def timed(self, num_frames: int, pace: np.ndarray | None = None) -> TimedPath:
        """The path in a motion of ``num_frames``.

        Points far apart are reached in the frame next to their share of the length. Points that lie
        closer than three frames describe a curve: every frame gets its place on it, or the rounding
        to frames would make the body jerk.

        Args:
            num_frames: T of the motion.
            pace: ``[T]`` rising shares of the path that are gone up to each frame; None: evenly.
        """
        if self.frames is not None:
            return TimedPath(self.frames, self.points, self.headings)
        steps = np.linalg.norm(np.diff(self.points, axis=0), axis=-1)
        shares = np.concatenate([[0.0], np.cumsum(steps)]) / max(steps.sum(), 1e-9)
        frames = np.arange(num_frames)
        gone = np.linspace(0, 1, num_frames) if pace is None else pace
        times = np.interp(shares, gone + 1e-9 * frames, frames)

        if np.diff(times).min() >= _DENSE:
            return TimedPath(np.round(times).astype(int), self.points, self.headings)
        curve = [np.interp(gone, shares, self.points[:, axis]) for axis in (0, 1)]
        faced = self.headings
        if faced is not None:
            faced = np.interp(gone, shares, np.unwrap(faced))
        return TimedPath(frames, np.stack(curve, axis=-1), faced)


class TimedPath(NamedTuple):
    """A path in a motion: frames ``[M]``, points ``[M 2]`` metres, headings ``[M]`` or None."""

    frames: np.ndarray
    points: np.ndarray
    headings: np.ndarray | None


@dataclass(frozen=True, eq=False)
class JointTarget:
    """Where one joint is in some frames.

    Attributes:
        joint: its number.
        frames: ``[N]``.
        positions: ``[N 3]`` metres.
        axes: which of x, y and z are meant.
        tolerance: metres.
    """

    joint: int
    frames: np.ndarray
    positions: np.ndarray
    axes: str = AXES
    tolerance: float = 0.0


@dataclass(frozen=True, eq=False)
class KeyPoses:
    """Whole poses in some frames.

    Attributes:
        frames: ``[N]``.
        positions: ``[N 22 3]`` metres.
        is_placed: the poses' places and headings are meant, too; else only the pose about the root.
        tolerance: metres.
    """

    frames: np.ndarray
    positions: np.ndarray
    is_placed: bool = True
    tolerance: float = 0.0


@dataclass(frozen=True, eq=False)
class GivenFrames:
    """Frames that are given whole, at the beginning or at the end.

    Attributes:
        positions: ``[K 22 3]`` metres, of the usual body.
        is_end: they are the last ones.
        own: the same on the body that they came with; None: that is the usual one.
    """

    positions: np.ndarray
    is_end: bool = False
    own: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class KeptPart:
    """A part of the body that moves as in a given motion, seen from its root.

    Attributes:
        positions: ``[T 22 3]`` metres.
        part: a name of ``PARTS``.
    """

    positions: np.ndarray
    part: str


Wish = RootPath | JointTarget | KeyPoses | GivenFrames | KeptPart


def checked_numbers(what: str, values: object, shape: tuple[int | None, ...]) -> np.ndarray:
    """Values as float64 of a shape (None: any length).

    Raises:
        ValueError: no numbers, as text and true are none; another shape; NaN; beyond a million.
    """
    try:
        given = np.asarray(values)
        if given.dtype.kind in "USbc":
            raise TypeError
        array = given.astype(np.float64)
    except (TypeError, ValueError, OverflowError):
        plain = values.tolist() if isinstance(values, np.ndarray) else values
        words = " ".join(repr(plain).split())
        raise ValueError(f"the {what} must be numbers, got {words:.60}") from None
    wanted = "[" + " ".join("N" if size is None else str(size) for size in shape) + "]"
    is_fitting = array.ndim == len(shape) and all(
        size is None or size == length for size, length in zip(shape, array.shape, strict=True)
    )
    if not is_fitting:
        raise ValueError(f"the {what} must be {wanted}, got shape {list(array.shape)}")
    if len(array) > MAX_PINS:
        raise ValueError(f"at most {MAX_PINS:,} {what} are allowed, got {len(array):,}")
    if not np.isfinite(array).all():
        row = int(np.argwhere(~np.isfinite(array))[0][0])
        raise ValueError(f"the {what} must be finite, got NaN or infinity in number {row}")

    largest = float(np.abs(array).max(initial=0))
    if largest > _LARGEST:
        raise ValueError(f"the {what} must be at most {_LARGEST:,.0f}, got {largest:g}")
    return array


def checked_frames(values: object, count: int | None, what: str) -> np.ndarray:
    """Frame numbers ``[N]``; ValueError for others than whole numbers from 0 on."""
    frames = checked_numbers(f"frames of {what}", values, (None,))
    if (frames != np.round(frames)).any() or (frames < 0).any():
        wrong = frames[(frames != np.round(frames)) | (frames < 0)][0]
        raise ValueError(f"the frames of {what} must be whole numbers from 0 on, got {wrong:g}")
    if not len(frames):
        raise ValueError(f"{what} has no frames; name one at least, or leave the wish out")
    if count is not None and len(frames) != count:
        raise ValueError(f"{what} has {count} places and {len(frames)} frames; they go in pairs")
    return frames.astype(int)


def checked_tolerance(value: float) -> float:
    """A tolerance in metres; ValueError below 0."""
    number = float(checked_numbers("tolerance", np.atleast_1d(value), (1,))[0])
    if number < 0:
        raise ValueError(f"a tolerance must be 0 or more metres, got {number:g}")
    return number


def check_floor(joint: str, places: np.ndarray, frames: np.ndarray) -> None:
    """Raise ValueError for a place under the floor."""
    lowest = int(places[:, 1].argmin())
    if places[lowest, 1] < _FLOOR:
        raise ValueError(
            f"{joint} in frame {frames[lowest]} would be {-places[lowest, 1]:.2f} m under the "
            "floor, which is at height 0; lift it"
        )


def check_end(frames: Sequence[int] | np.ndarray, num_frames: int, what: str) -> None:
    """Raise ValueError for frames past the end."""
    if len(frames) and max(frames) >= num_frames:
        raise ValueError(
            f"{what}: frame {max(frames)} is past the end, there are frames 0 to "
            f"{num_frames - 1}; ask for more seconds"
        )
