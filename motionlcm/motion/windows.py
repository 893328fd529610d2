"""Clips of any length in constant memory: cleaned and put in their places window by window.

Whatever the clean-up does to a frame depends on the frames around it, but for the height of the
floor and the place of a foot that stands for long. So long clips are cleaned in windows that
overlap, and where two of them meet one fades into the other, long after the first frame of the one
and long before the last frame of the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from motionlcm.motion.cleanup import clean_features
from motionlcm.motion.features import decode_positions, decode_root
from motionlcm.motion.footing import ease
from motionlcm.motion.layout import HUMANML, FeatureLayout
from motionlcm.motion.rotations import from_yaw, rotate

WINDOW = 1200  #: frames cleaned at once; shorter clips are cleaned whole
_OVERLAP = 200  # frames of two windows
_FADE = 20  # frames in which one window fades into the next, in the middle of the overlap
_FADE_SPAN = slice((_OVERLAP - _FADE) // 2, (_OVERLAP + _FADE) // 2)


def clean_in_windows(
    chunks: Iterable[np.ndarray],
    *,
    starts: Sequence[int] = (0,),
    seam_period: int = 1,
    layout: FeatureLayout = HUMANML,
) -> Iterator[np.ndarray]:
    """Clean a decoder's features as they come; what ``clean_features`` does to a whole clip.

    Args:
        chunks: ``[t D]`` each, not normalised, one after the other.
        starts: frames at which a part begins, in order. HumanML3D's rotations are seen from where
            a recording began to face; here it is where each part does, so that the rows of a part
            are those of a clip.
        seam_period, layout: as of ``clean_features``.
    Yields:
        ``[t D]`` float32, as many frames in all as came.
    """
    step = (WINDOW - _OVERLAP) // seam_period * seam_period
    facing = _Facing(starts)
    waiting = np.zeros((0, layout.dim))
    tail: np.ndarray | None = None  # the end of the last window, which the next one takes over

    def cleaned(window: np.ndarray) -> np.ndarray:
        heading = facing.headings(window)
        result = clean_features(window, seam_period=seam_period, layout=layout, heading=heading)
        if tail is not None:
            result[: _FADE_SPAN.stop] = np.concatenate(
                [tail[: _FADE_SPAN.start], faded(tail[_FADE_SPAN], result[_FADE_SPAN])]
            )
        return result

    for chunk in chunks:
        waiting = np.concatenate([waiting, chunk])
        while len(waiting) > WINDOW:
            window = cleaned(waiting[:WINDOW])
            yield window[:step]
            tail = window[step:]
            facing.go_on(waiting[:step])
            waiting = waiting[step:]
    if len(waiting):
        yield cleaned(waiting)


def window_spans(count: int, size: int, overlap: int) -> list[slice]:
    """Windows of ``size`` frames over ``count``; each shares ``overlap`` or more with the next."""
    if count <= size:
        return [slice(0, count)]
    starts = [*range(0, count - size, size - overlap), count - size]
    return [slice(start, start + size) for start in starts]


def laid_over(whole: np.ndarray, piece: np.ndarray, start: int, *, fade: int) -> np.ndarray:
    """Rows ``[T D]`` with a piece in them, which fades in and out over some frames.

    Args:
        whole: ``[T D]``.
        piece: ``[t D]``, rows ``start`` and after.
        start: of the piece; where it begins or ends with the whole it does not fade.
        fade: frames.
    """
    stop = start + len(piece)
    share = np.ones(len(piece))
    ramp = ease((np.arange(min(fade, len(piece))) + 1) / (fade + 1))
    if start > 0:
        share[: len(ramp)] = ramp
    if stop < len(whole):
        share[len(piece) - len(ramp) :] *= ramp[::-1]
    laid = whole.copy()
    laid[start:stop] += share[:, None] * (piece - laid[start:stop])
    return laid


def part_headings(features: np.ndarray, starts: Sequence[int]) -> np.ndarray:
    """Yaw ``[T]`` of the first frame, seen from where each frame's part began to face.

    Args:
        features: ``[T D]`` of the whole clip.
        starts: frames at which a part begins, in order.
    """
    return _Facing(starts).headings(features)


class _Facing:
    """Where the parts of a long clip began to face, which is told window by window.

    Args:
        starts: frames at which a part begins, in order.
    """

    def __init__(self, starts: Sequence[int]) -> None:
        self._starts = np.asarray(starts)
        self._known: dict[int, float] = {}  # yaw since the first frame, at the latest starts
        self._frame = 0
        self._yaw = 0.0

    def headings(self, window: np.ndarray) -> np.ndarray:
        """Yaw ``[T]`` of a window's first frame, seen from where each frame's part began to face.

        About the start of a part one heading fades into the next.
        """
        frames = self._frame + np.arange(len(window))
        yaws = self._yaw - 2 * np.concatenate([[0.0], np.cumsum(window[:-1, 0])])
        is_inside = (self._starts >= frames[0]) & (self._starts <= frames[-1])
        for start in self._starts[is_inside].tolist():
            self._known.setdefault(start, float(yaws[start - frames[0]]))

        reference, before = np.zeros(len(window)), 0.0
        for start, yaw in self._known.items():
            change = (yaw - before + np.pi) % (2 * np.pi) - np.pi
            before += change
            reference += change * ease((frames - start) / _FADE + 0.5)
        return self._yaw - reference

    def go_on(self, rows: np.ndarray) -> None:
        """Leave ``[t D]`` behind: the next window begins after them."""
        self._frame += len(rows)
        self._yaw += turn_of(rows)
        # of starts long gone the latest tells all
        gone = [start for start in self._known if start < self._frame - _FADE]
        for start in gone[:-1]:
            del self._known[start]


def faded(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """The first and then the second of two windows' rows ``[t D]`` for the same frames."""
    share = ease((np.arange(len(before)) + 1) / (len(before) + 1))[:, None]
    return (1 - share) * before + share * after


def turn_of(features: np.ndarray) -> float:
    """Yaw (radians, left is positive) from the first frame of ``[T D]`` to the one after its last.

    The features' own column holds half the turn to the right, as ``decode_root`` reads it.
    """
    return float(-2 * features[:, 0].sum(dtype=np.float64))


class Track:
    """The place of a motion that comes in chunks: where the last chunk ended the next begins.

    Args:
        layout: which columns mean what.
    """

    def __init__(self, layout: FeatureLayout = HUMANML) -> None:
        self.layout = layout
        self._heading = 0.0
        self._place = np.zeros(3)

    def positions(self, features: np.ndarray) -> np.ndarray:
        """Joint positions ``[t J 3]`` float64 of the next chunk ``[t D]``.

        Positions are in metres; the first chunk's root starts at x = z = 0 facing +Z.
        """
        # a row more, so that the last frame's velocities lead to where the next chunk begins
        rows = np.concatenate([features, features[-1:]]).astype(np.float64)
        _, roots = decode_root(rows)
        way = roots[-1] * [1, 0, 1] * self.layout.metres_per_unit

        turn = from_yaw(np.array(self._heading))
        placed = rotate(turn, decode_positions(rows[:-1], self.layout)) + self._place
        self._place = self._place + rotate(turn, way)
        self._heading += turn_of(features)
        return placed
