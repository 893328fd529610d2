"""Limbs at the seam of a loop: on bones that keep their length, a swinging limb's way is bent.

Its speed changes by that over the seam, whatever the body does; by how much is the limb's turn from
frame to frame, in radians, as a share of its speed. So a loop begins where limbs turn least, goes a
little slower there, limbs that still turn fast give way, and files get as many frames a second as
make the rest small.
"""

from __future__ import annotations

import numpy as np

from motionlcm.motion.blending import assemble, bone_directions, resampled
from motionlcm.motion.footing import FEET, ease, stances
from motionlcm.motion.rotations import from_axis_angle, normalize, rotate
from motionlcm.motion.seams import SMOOTH_RATE, at_rate, travel_of, unrolled, with_neighbours
from motionlcm.motion.skeleton import PARENTS, bone_lengths

_LEVEL = np.array([1.0, 0.0, 1.0])
_MOST_FINER = 4  #: times as many frames are added at most where limbs swing fast
_MOST_SWING = 0.03  #: share of a speed by which it may change at the seam as limbs swing
_SWING_WORTH = 0.5  #: metres of a bend that outweigh a change of speed by all of it
_STANDING_WORTH = 3.0  #: times more that a bend counts of a foot that stands near the seam
_ROUNDED = 3e-4  #: metres by which files differ from a loop: seen beside the slowest movement
_CALM = 0.042  #: such a share at which limbs need not give way
_MOST_GIVEN = 0.025  #: metres at the end of a bone by which it gives way
_SHARES = (1.0, 0.9, 0.5, 0.15)  #: of that, in the frames beside the seam and on
_HALVINGS = 20
_SLOWEST = 0.8  #: of its speed, at which a loop goes at its seam
_SLOW_FRAMES = 6  #: on either side of the seam, after which it has its own speed again


def begun_at(cycle: np.ndarray, first: int) -> np.ndarray:
    """The loop ``[N+1 J 3]`` that begins at another of its frames."""
    return np.concatenate([cycle[first:], cycle[1 : first + 1] + travel_of(cycle)])


def calm_starts(cycle: np.ndarray) -> np.ndarray:
    """Frames ``[N]`` of a loop ``[N+1 22 3]`` at 20 fps, those first at which its speed would
    change least over the seam.

    Two things change it: how far a frame is from the middle of its neighbours, which is taken back,
    and how fast limbs swing.
    """
    bend = np.linalg.norm(np.diff(with_neighbours(cycle), 2, axis=0), axis=-1)[:-1]
    for side, feet in enumerate(FEET):
        bend[:, feet] *= 1 + _STANDING_WORTH * stands_near(cycle, side)[:, None]
    bend = bend.max(axis=-1)
    change = np.mean(_changes(with_neighbours(cycle)), axis=0)[:-1]
    steps = np.diff(with_neighbours(cycle - cycle[:, :1] * _LEVEL), axis=0)
    speed = np.linalg.norm(steps, axis=-1).max(axis=-1)[1:-1]
    change = change + _ROUNDED / np.maximum(speed, _ROUNDED)
    return np.argsort(bend + _SWING_WORTH * np.maximum(change - _MOST_SWING, 0), kind="stable")


def slowed(cycle: np.ndarray) -> np.ndarray:
    """The loop ``[N+1 22 3]`` at 20 fps, a little slower from frame to frame at its seam.

    By up to a fifth, where limbs swing too fast there; frames before and after catch up. Feet stand
    where they stood.
    """
    change = np.mean(_changes(with_neighbours(cycle)[:3]))
    speed = max(_SLOWEST, _MOST_SWING / max(change, 1e-9))
    frames = len(cycle) - 1
    reach = min(_SLOW_FRAMES, frames // 3)
    if speed >= 1 or reach < 2:
        return cycle

    away = (np.arange(frames + 1) + frames // 2) % frames - frames // 2  # of the seam, in frames
    back = 1 - ease((np.abs(away) - 1) / (reach - 1))
    times = np.arange(frames + 1) - (1 - speed) * away * back
    slow = resampled(unrolled(cycle, rounds=3), frames + times)
    slow[-1] = slow[0] + travel_of(cycle)
    return slow


def calm_limbs(cycle: np.ndarray) -> np.ndarray:
    """The loop ``[N+1 22 3]`` at 20 fps with limbs that turn less around the seam.

    Bones that turn fastest give way first, by up to 2.5 cm at their ends, until the speed over the
    seam changes little. Legs of feet that stand do not.
    """
    lengths = bone_lengths(cycle)
    around = with_neighbours(cycle)[:3]
    aims = bone_directions(around)
    axis = normalize(np.cross(aims[0], aims[2]))
    turn = np.arccos(np.clip((aims[0] * aims[2]).sum(axis=-1), -1, 1)) / 2  # [22] radians a frame

    most = np.where(_gives_way(cycle), _MOST_GIVEN / np.maximum(lengths.mean(axis=0), 1e-6), 0)
    if _change_of(around, axis, np.zeros(len(turn))) <= _CALM:
        return cycle
    low, high = 0.0, float(turn.max())  # between which the turn is that limbs are held to
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        is_calm = _change_of(around, axis, np.clip(turn - middle, 0, most)) <= _CALM
        low, high = (middle, high) if is_calm else (low, middle)
    given = np.clip(turn - low, 0, most)

    calm, frames = cycle.copy(), len(cycle) - 1
    for away, share in enumerate(_SHARES, start=1):
        for frame, sign in ((away % frames, -1), (-away % frames, 1)):
            calm[frame] = _turned(cycle[frame : frame + 1], axis, sign * share * given)[0]
    return calm


def stands_near(cycle: np.ndarray, side: int) -> np.ndarray:
    """Whether a foot stands in each frame of a loop ``[N]``, or in one of four on either side."""
    stands = stances(unrolled(cycle, rounds=3))[:, side]
    frames = len(cycle) - 1
    return np.any([stands[frames + by : 2 * frames + by] for by in range(-4, 5)], axis=0)


def _gives_way(cycle: np.ndarray) -> np.ndarray:
    """Bones ``[22]`` that may turn less at the seam of a loop: not those of legs that stand."""
    gives = np.ones(len(PARENTS), bool)
    for side, (ankle, toes) in enumerate(FEET):
        if stands_near(cycle, side)[0]:
            gives[[toes, ankle, PARENTS[ankle], PARENTS[PARENTS[ankle]]]] = False
    return gives


def _turned(positions: np.ndarray, axis: np.ndarray, angle: np.ndarray) -> np.ndarray:
    """Poses ``[T 22 3]`` with each bone turned by an angle ``[22]`` about its axis ``[22 3]``."""
    aims = rotate(from_axis_angle(axis * angle[:, None]), bone_directions(positions))
    return assemble(positions[:, 0], aims, bone_lengths(positions).T[..., None])


def _change_of(around: np.ndarray, axis: np.ndarray, given: np.ndarray) -> float:
    """The change at the middle of three frames ``[3 22 3]`` if bones turn less by ``[22]``."""
    ends = [_turned(around[:1], axis, given), around[1:2], _turned(around[2:], axis, -given)]
    return float(np.mean(_changes(np.concatenate(ends))))


def _changes(around: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Share of its speed by which that of a body in place changes over each frame.

    All bones turn evenly and the root gives way; what is left is that limbs swing on circles.

    Args:
        around: ``[T 22 3]``.
    Returns:
        ``[T - 2]`` of all joints together, and of one joint as a share of the fastest one's speed.
    """
    aims = bone_directions(around)
    bent = aims[2:] + aims[:-2] - 2 * normalize(aims[2:] + aims[:-2])
    left = assemble(np.zeros((len(bent), 3)), bent, bone_lengths(around).mean(axis=0))
    left -= left.mean(axis=1, keepdims=True)

    local = around - around[:, :1] * _LEVEL
    speeds = np.linalg.norm(local[2:] - local[:-2], axis=-1) / 2  # [T-2 22] metres a frame
    whole = np.linalg.norm(left, axis=(-2, -1)) / np.maximum(np.linalg.norm(speeds, axis=-1), 1e-6)
    fastest = np.linalg.norm(left, axis=-1).max(axis=-1) / np.maximum(speeds.max(axis=-1), 1e-6)
    return whole, fastest


def smooth_rate(cycle: np.ndarray, fps: float) -> float:
    """Frames a second at which the limbs of a loop swing evenly over its seam.

    A multiple of the loop's own ``fps``, and 60 at least; up to four times as many where limbs
    swing fast: half the time between frames is half of what their ways bend.
    """
    rate = fps * max(int(np.ceil(SMOOTH_RATE / fps)), 1)
    finer_cycle = at_rate(np.asarray(cycle, np.float64), rate, fps)
    swing = float(np.max(_changes(with_neighbours(finer_cycle)[:3])))
    finer = 2 ** np.ceil(np.log2(max(swing / _MOST_SWING, 1)))
    return rate * int(min(finer, _MOST_FINER))
