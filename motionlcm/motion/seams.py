"""The seam of a loop: where it lies, and how a body goes evenly over it.

A loop's positions are ``[N+1 J 3]``: the last frame is the first one again, farther on by what a
round leads. Over the seam a player shows frame N-1, then frame 0, then frame 1; no speed changes
there if frame 0 lies half-way between the other two.

On bones that keep their length it cannot quite: the way of a swinging limb's end is bent
(``limb_seams.py``).
"""

from __future__ import annotations

import numpy as np

from motionlcm.motion.blending import resampled
from motionlcm.motion.features import FPS
from motionlcm.motion.rotations import from_axis_angle, inverse, multiply, to_axis_angle

_LEVEL = np.array([1.0, 0.0, 1.0])
SMOOTH_RATE = 60.0  #: frames a second of screens, at which speeds agree at a seam, too
_ROUNDS = 3  #: of making ways even, since those of one step bend those of another a little
_FADES = 1.7  #: as long as the way straight from the seam is what takes up the bend after it


def travel_of(cycle: np.ndarray) -> np.ndarray:
    """How far a round of a loop ``[N+1 J 3]`` leads over the floor, ``[3]``."""
    return (cycle[-1, 0] - cycle[0, 0]) * _LEVEL


def unrolled(positions: np.ndarray, *, rounds: int) -> np.ndarray:
    """Several rounds of a loop ``[N+1 J 3]`` one after the other, ``[rounds * N + 1 J 3]``.

    They are numbered around the loop itself: of three the middle one is where the loop is.
    """
    travel = travel_of(positions)
    first = -((rounds - 1) // 2)
    shifts = [travel * number for number in range(first, first + rounds)]
    return np.concatenate(
        [*(positions[:-1] + shift for shift in shifts), positions[-1:] + shifts[-1]]
    )


def even_at_seam(cycle: np.ndarray, fps: float) -> np.ndarray:
    """The loop with the first frame half-way between its neighbours, so that speeds agree there.

    They agree a 60th and a 20th of a second to either side, too, for readers that take fewer
    frames. Frames around give way a little, lest they feel a jerk.

    Args:
        cycle: ``[N+1 J 3]``.
        fps: frames per second of it.
    """
    frames = len(cycle) - 1
    even = np.array(cycle, np.float64)
    for step in _seen_steps(fps, frames) * _ROUNDS:
        bend = even[step] - 2 * even[0] + even[-1 - step] - travel_of(even)
        reach = int((1 + _FADES) * step)
        for shift in range(-reach, reach + 1):
            even[shift % frames] += _share_of_bend(abs(shift) / step) * bend
        even[-1] = even[0] + travel_of(cycle)
    return even


def even_turns(turns: np.ndarray, fps: float) -> np.ndarray:
    """Rotations ``[N+1 J 4]`` in the world of a loop that go evenly over its seam, as its joints
    do."""
    frames = len(turns) - 1
    even = np.array(turns, np.float64)
    for step in _seen_steps(fps, frames) * _ROUNDS:
        before = to_axis_angle(multiply(even[0], inverse(even[-1 - step])))
        bend = to_axis_angle(multiply(even[step], inverse(even[0]))) - before
        reach = int((1 + _FADES) * step)
        for shift in range(-reach, reach + 1):
            turn = from_axis_angle(_share_of_bend(abs(shift) / step) * bend)
            even[shift % frames] = multiply(turn, even[shift % frames])
        even[-1] = even[0]
    return even


def _seen_steps(fps: float, frames: int) -> list[int]:
    """Frames from one to the next that a reader may take, the largest first."""
    slower = fps / FPS
    steps = {1, round(fps / SMOOTH_RATE), int(slower), int(np.ceil(slower - 1e-6))}
    return sorted({min(max(step, 1), frames) for step in steps}, reverse=True)


def _share_of_bend(away: float) -> float:
    """How much of a bend a frame takes on; away 1 are the frames that are to be in one line.

    Up to them a parabola, whose own bend is -1 between them, as that of an even acceleration is 1.
    """
    if away <= 1:
        return 0.3 - away**2 / 2
    fade = min((away - 1) / _FADES, 1.0)
    return -0.2 * (1 + 2 * fade) * (1 - fade) ** 2


def even_middle(positions: np.ndarray, fps: float) -> np.ndarray:
    """Shift ``[N+1 3]`` of a whole body with which its middle goes evenly over the seam.

    Args:
        positions: ``[N+1 J 3]`` a loop, on bones that keep their length.
        fps: frames per second of it.
    """
    middle = positions.mean(axis=1, keepdims=True)
    return (even_at_seam(middle, fps) - middle)[:, 0]


def at_rate(cycle: np.ndarray, fps: float, own: float = FPS) -> np.ndarray:
    """A loop of ``own`` frames a second at another rate; its length becomes a whole number."""
    frames = len(cycle) - 1
    count = max(round(frames * fps / own), 2)
    finer = resampled(unrolled(cycle, rounds=3), frames + np.linspace(0, frames, count + 1))
    finer[-1] = finer[0] + travel_of(cycle)
    return finer


def even_at_rate(cycle: np.ndarray, fps: float, own: float) -> np.ndarray:
    """A loop ``[N+1 22 3]`` of ``own`` frames a second at another rate, even at its seam again."""
    return even_at_seam(at_rate(np.asarray(cycle, np.float64), fps, own), fps)


def with_neighbours(cycle: np.ndarray) -> np.ndarray:
    """A loop ``[N+1 J 3]`` with the frame before it and the one after it, ``[N+3 J 3]``."""
    travel = travel_of(cycle)
    return np.concatenate([cycle[-2:-1] - travel, cycle, cycle[1:2] + travel])
