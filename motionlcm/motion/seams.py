"""The seam of a loop: where it lies, and how a body goes evenly over it.

A loop's positions are ``[N+1 J 3]``: the last frame is the first one again, farther on by what a
round leads. Over the seam a player shows frame N-1, then frame 0, then frame 1; no speed changes
there if frame 0 lies half-way between the other two.

On bones that keep their length it cannot quite: the way of a swinging limb's end is bent. The loop
begins where that is least, and gets as many frames a second as make the rest of it small.
"""

from __future__ import annotations

import numpy as np

from motionlcm.motion.blending import assemble, bone_directions, resampled
from motionlcm.motion.features import FPS
from motionlcm.motion.rotations import normalize
from motionlcm.motion.skeleton import bone_lengths

_LEVEL = np.array([1.0, 0.0, 1.0])
_SMOOTH_RATE = 60.0  #: frames a second that limbs of constant length get at least
_MOST_FINER = 4  #: times as many frames are added at most where limbs swing fast
_MOST_SWING = 0.03  #: share of a speed by which it may change at the seam as limbs swing
_SEEN_BESIDE = 0.25  #: of the fastest joint's speed, to which that of others is rounded up
_SWING_WORTH = 1.0  #: metres of a bend that outweigh a change of speed by all of it
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


def from_calmest(cycle: np.ndarray) -> np.ndarray:
    """The loop ``[N+1 22 3]`` at 20 fps, begun where its speed changes least over the seam.

    Files of positions show how far a frame is from the middle of its neighbours, files of limbs
    that keep their length how much of a swing is left at 60 frames a second.
    """
    bend = np.linalg.norm(np.diff(_with_neighbours(cycle), 2, axis=0), axis=-1).max(axis=-1)[:-1]
    finer = round(_SMOOTH_RATE / FPS)
    swing = _swings(at_rate(cycle, FPS * finer))[::finer]

    first = int((bend + _SWING_WORTH * np.maximum(swing - _MOST_SWING, 0)).argmin())
    return np.concatenate([cycle[first:], cycle[1 : first + 1] + travel_of(cycle)])


def even_at_seam(cycle: np.ndarray, fps: float) -> np.ndarray:
    """The loop with the first frame half-way between its neighbours, so that speeds agree there.

    They agree a 60th of a second to either side, too, for readers that take fewer frames. Frames
    around give way a little, lest they feel a jerk.

    Args:
        cycle: ``[N+1 J 3]``.
        fps: frames per second of it.
    """
    frames = len(cycle) - 1
    even = np.array(cycle, np.float64)
    for step in sorted({1, min(max(round(fps / _SMOOTH_RATE), 1), frames)}, reverse=True):
        bend = even[step] - 2 * even[0] + even[-1 - step] - travel_of(even)
        reach = int((1 + _FADES) * step)
        for shift in range(-reach, reach + 1):
            even[shift % frames] += _share_of_bend(abs(shift) / step) * bend
        even[-1] = even[0] + travel_of(cycle)
    return even


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


def smooth_rate(cycle: np.ndarray, fps: float) -> float:
    """Frames a second at which the limbs of a loop swing evenly over its seam.

    A multiple of the loop's own ``fps``, and 60 at least; up to four times as many where limbs
    swing fast: half the time between frames is half of what their ways bend.
    """
    rate = fps * max(int(np.ceil(_SMOOTH_RATE / fps)), 1)
    swing = float(_swings(at_rate(np.asarray(cycle, np.float64), rate, fps))[0])
    finer = 2 ** np.ceil(np.log2(max(swing / _MOST_SWING, 1)))
    return rate * int(min(finer, _MOST_FINER))


def _swings(cycle: np.ndarray) -> np.ndarray:
    """Share of a joint's speed by which it changes over each frame, the largest ``[N]``.

    All bones turn evenly and the root goes evenly; what is left is that limbs swing on circles. A
    joint that is slower than others is seen beside them.
    """
    around = _with_neighbours(cycle)
    aims = bone_directions(around)
    middle = normalize(aims[2:] + aims[:-2])
    turned = aims[2:] + aims[:-2] - 2 * middle
    left = assemble(np.zeros((len(turned), 3)), turned, bone_lengths(cycle).mean(axis=0))

    local = around - around[:, :1] * _LEVEL
    speeds = np.linalg.norm(local[2:] - local[:-2], axis=-1) / 2  # [N+1 J]
    beside = np.maximum(speeds, _SEEN_BESIDE * speeds.max(axis=-1, keepdims=True))
    return (np.linalg.norm(left, axis=-1) / np.maximum(beside, 1e-6)).max(axis=-1)[:-1]


def _with_neighbours(cycle: np.ndarray) -> np.ndarray:
    """A loop ``[N+1 J 3]`` with the frame before it and the one after it, ``[N+3 J 3]``."""
    travel = travel_of(cycle)
    return np.concatenate([cycle[-2:-1] - travel, cycle, cycle[1:2] + travel])
