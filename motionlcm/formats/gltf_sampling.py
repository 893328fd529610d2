"""Key frames of glTF at even times: steps, lines (great arcs for rotations) and cubic splines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from motionlcm.damage import shown
from motionlcm.formats.raw import usual_rate
from motionlcm.motion.rotations import normalize, slerp

_MOST_FRAMES = 1_000_000
_FASTEST = 240.0  # frames a second that key frames are read at
_SNAP = 1e-3  # of a frame; key frames this near to an even time are on it


@dataclass(frozen=True, eq=False)
class Track:
    """Key frames of one property of one node.

    Attributes:
        times: ``[K]`` seconds, increasing.
        values: ``[K C]``, or ``[K 3 C]`` (tangent in, value, tangent out) for cubic splines.
        interpolation: STEP, LINEAR or CUBICSPLINE.
    """

    times: np.ndarray
    values: np.ndarray
    interpolation: str

    @classmethod
    def checked(
        cls, times: np.ndarray, values: np.ndarray, interpolation: str, place: str
    ) -> Track:
        """A track of ``times [K]`` and ``values [K C]`` (``[3K C]`` for splines).

        Raises:
            ValueError: an unknown interpolation, times that do not increase, another number of
                values than times.
        """
        if interpolation not in ("STEP", "LINEAR", "CUBICSPLINE"):
            raise ValueError(
                f"{place}: interpolation {shown(interpolation)}, "
                "expected STEP, LINEAR or CUBICSPLINE"
            )
        if not np.isfinite(times).all() or (np.diff(times) <= 0).any():
            raise ValueError(f"{place}: times of key frames must be finite and increase")

        each = 3 if interpolation == "CUBICSPLINE" else 1
        if len(values) != each * len(times):
            raise ValueError(
                f"{place}: {len(values)} values for {len(times)} key frames, "
                f"expected {each} for each"
            )
        return cls(times, values.reshape(len(times), 3, -1) if each == 3 else values, interpolation)


def frame_times(all_times: list[np.ndarray], place: str) -> tuple[np.ndarray, float]:
    """Even times ``[T]`` that all key frames span, and their rate: that of the closest key frames.

    Raises:
        ValueError: no key frames, or more than a million frames.
    """
    if not all_times:
        raise ValueError(f"{place}: the animation does not move the joints of the skeleton")
    start = min(times[0] for times in all_times)
    stop = max(times[-1] for times in all_times)

    # A pose that is held has no rate of its own: HumanML3D's 20 fps do.
    steps = [_step(times) for times in all_times if len(times) > 1]
    fps = usual_rate(min(1 / max(min(steps), 1e-9), _FASTEST)) if steps else 20.0
    fps = max(fps, 1.0)

    count = (stop - start) * fps + 1
    if count > _MOST_FRAMES:
        raise ValueError(
            f"{place}: spans {stop - start:.4g} s at {fps:g} fps, "
            f"expected at most {_MOST_FRAMES} frames"
        )
    return start + np.arange(int(count + _SNAP)) / fps, fps


def _step(times: np.ndarray) -> float:
    """Seconds between key frames ``[K]``: their mean where they are even, else their median."""
    mean = float(times[-1] - times[0]) / (len(times) - 1)
    median = float(np.median(np.diff(times)))
    return mean if abs(mean / median - 1) < 0.01 else median  # a mean rounds less


def sample(track: Track, times: np.ndarray, *, is_rotation: bool = False) -> np.ndarray:
    """Values ``[T C]`` at times ``[T]``; quaternions come as glTF's xyzw and leave as unit wxyz.

    The first and the last key frame hold before and after them. Times within a thousandth of a
    frame of a key frame are its own.
    """
    keys, values = track.times, track.values
    if is_rotation:
        values = values[..., [3, 0, 1, 2]]

    # The key frames around each time, and the share of the way from one to the other.
    before = np.clip(np.searchsorted(keys, times, side="right") - 1, 0, max(len(keys) - 2, 0))
    after = np.minimum(before + 1, len(keys) - 1)
    span = keys[after] - keys[before]
    share = np.clip((times - keys[before]) / np.where(span > 0, span, 1.0), 0, 1)
    share = np.where(share < _SNAP, 0.0, np.where(share > 1 - _SNAP, 1.0, share))

    if track.interpolation == "CUBICSPLINE":
        values = _cubic(values, before, after, span, share)
        return normalize(values) if is_rotation else values

    if track.interpolation == "STEP":
        share = np.floor(share)
    if is_rotation:
        values = normalize(values)
        return slerp(values[before], values[after], share)
    return values[before] * (1 - share[:, None]) + values[after] * share[:, None]


def _cubic(
    values: np.ndarray, before: np.ndarray, after: np.ndarray, span: np.ndarray, share: np.ndarray
) -> np.ndarray:
    """Values ``[T C]`` of Hermite splines through ``[K 3 C]``.

    Source: Khronos, glTF 2.0 specification, appendix C.
    """
    t, step = share[:, None], span[:, None]  # [T 1]

    # Tangents are per second; times the step they are per unit of t.
    start, leave = values[before, 1], values[before, 2] * step
    end, arrive = values[after, 1], values[after, 0] * step
    return (
        (2 * t**3 - 3 * t**2 + 1) * start
        + (t**3 - 2 * t**2 + t) * leave
        + (3 * t**2 - 2 * t**3) * end
        + (t**3 - t**2) * arrive
    )
