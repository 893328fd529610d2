"""Limbs that swing fast at the seam of a loop, on bones that keep their length.

The end of a bone goes round a circle, so from frame to frame its speed changes, by a share of the
bone's turn. A limb of two bones can do better: a little more bent at the seam, a little straighter
before and after it, its end goes straight on. How far bones turn for that is a least-squares
problem in their directions.
"""

from __future__ import annotations

import numpy as np

from motionlcm.motion.blending import assemble, bone_directions, resampled
from motionlcm.motion.features import FPS
from motionlcm.motion.limb_seams import stands_near
from motionlcm.motion.rotations import normalize
from motionlcm.motion.seams import unrolled
from motionlcm.motion.skeleton import PARENTS, SMPL_22, bone_lengths

_LEVEL = np.array([1.0, 0.0, 1.0])
_CALM = 0.008  #: share of its speed by which that of a body in place may change over the seam
_MOST_GIVEN = 0.06  #: metres by which a joint gives way for it
_STANDING_WORTH = 20.0  #: times more that this counts of a foot that stands
_STRENGTHS = np.geomspace(0.5, 30, 16)  #: that straight ways are worth, tried until they are so
_FADES = 1.7  #: 20ths of a second after which joints have their own way again
_STEPS = 20  #: of Levenberg and Marquardt
_SETTLED = 1e-4  #: share of what is to be small by which a step has to make it smaller
_DAMPING = 1e-3  #: that they begin with, square metres
_STILL = 1e-3  #: metres a frame of all joints together: a body that is slower keeps still
_FEET = tuple(zip(SMPL_22.limbs.ankles, SMPL_22.limbs.toes, strict=True))


def straightened(cycle: np.ndarray, fps: float) -> np.ndarray:
    """A loop whose joints go straight on over its seam, read at 20 frames a second and more.

    Args:
        cycle: ``[N+1 22 3]`` metres; the last frame is the first one again, farther on.
        fps: frames per second of it.
    Returns:
        Like ``cycle``, on bones of constant length; the root as it was. Joints give way by up to
        6 cm in a twentieth of a second around the seam; feet that stand do not.
    """
    frames, step = len(cycle) - 1, _seen_step(fps)
    lengths = bone_lengths(cycle).mean(axis=0)
    if frames < 4 * step:
        return cycle

    around = resampled(unrolled(cycle, rounds=3), frames + np.array([-step, 0, step]))
    aims = bone_directions(around)
    speed = _speed(around)
    if _bend(aims, lengths) <= _CALM * speed:
        return cycle

    matters = np.ones((len(PARENTS), 1))
    for side, feet in enumerate(_FEET):
        twentieths = resampled(cycle, np.arange(0, frames + 1e-6, fps / FPS))
        matters[list(feet)] = _STANDING_WORTH if stands_near(twentieths, side)[0] else 1.0

    best = aims
    for strength in _STRENGTHS:
        bent = _bent(best, aims, lengths, matters=matters, strength=strength)
        if np.linalg.norm(_reached(bent - aims, lengths), axis=-1).max() > _MOST_GIVEN:
            break
        best = bent
        if _bend(best, lengths) <= _CALM * speed:
            break
    return _spread(cycle, best - aims, step)


def left_bend(cycle: np.ndarray, fps: float) -> float:
    """Share of its speed by which that of a body in place changes over the seam of a loop at 20
    frames a second, its bones of constant length and its limbs as straight on as they go."""
    frames, step = len(cycle) - 1, _seen_step(fps)
    straight = straightened(cycle, fps)
    around = resampled(unrolled(straight, rounds=3), frames + np.array([-step, 0, step]))
    bend = _bend(bone_directions(around), bone_lengths(cycle).mean(axis=0))
    return bend / max(_speed(around), _STILL)


def _bent(
    start: np.ndarray,
    aims: np.ndarray,
    lengths: np.ndarray,
    *,
    matters: np.ndarray,
    strength: float,
) -> np.ndarray:
    """Directions ``[3 22 3]`` that make the ways of joints straighter, as far as it is worth it.

    What is to be small, the bend of ways and how far joints are moved, is linear in directions;
    steps are taken because these stay unit vectors.

    Args:
        start: directions to begin with.
        aims: those that joints are moved from.
        lengths: ``[22]`` of bones, metres.
        matters: ``[22 1]`` how much it counts that a joint is moved.
        strength: how much it counts that its way bends.
    """
    reach = _reach_matrix(lengths)
    bends = strength * np.concatenate([reach, -2 * reach, reach], axis=1)  # [22 66]
    moves = np.kron(np.eye(3), matters * reach)  # [66 66]
    matrix = np.concatenate([bends, moves])
    wanted = np.concatenate([np.zeros((len(reach), 3)), moves @ aims.reshape(-1, 3)])

    free = np.flatnonzero(np.tile(lengths > 1e-6, 3))
    bent, damping = start.reshape(-1, 3).copy(), _DAMPING
    left = matrix @ bent - wanted
    for _ in range(_STEPS):
        sides = _across(bent[free])
        slopes = np.einsum("rk,skc->rcsk", matrix[:, free], sides).reshape(left.size, -1)
        square = slopes.T @ slopes + damping * np.eye(2 * len(free))
        amounts = np.linalg.solve(square, -slopes.T @ left.ravel())

        tried = bent.copy()
        tried[free] += np.einsum("sk,skc->kc", amounts.reshape(2, -1), sides)
        tried[free] = normalize(tried[free])
        rest = matrix @ tried - wanted
        gain = (left**2).sum() - (rest**2).sum()
        if gain > 0:
            bent, left = tried, rest
        damping *= 0.2 if gain > 0 else 5.0
        if 0 < gain < _SETTLED * (left**2).sum():
            break
    return bent.reshape(aims.shape)


def _spread(cycle: np.ndarray, change: np.ndarray, step: int) -> np.ndarray:
    """The loop with directions changed by ``[3 22 3]`` at the seam and ``step`` frames around it.

    Between them along a parabola, as a way bends that is to be straight; beyond less and less.
    """
    before, middle, after = change
    frames = len(cycle) - 1
    aims = bone_directions(cycle)
    for shift in range(-int((1 + _FADES) * step), int((1 + _FADES) * step) + 1):
        away = shift / step
        if abs(away) <= 1:
            slope, curve = (after - before) / 2, (after + before) / 2 - middle
            aims[shift % frames] += middle + slope * away + curve * away**2
        else:
            fade = (abs(away) - 1) / _FADES
            share = (1 + 2 * fade) * (1 - fade) ** 2
            aims[shift % frames] += share * (after if away > 0 else before)

    aims[-1] = aims[0]
    aims[:, 1:] = normalize(aims[:, 1:])
    return assemble(cycle[:, 0], aims, bone_lengths(cycle).mean(axis=0))


def _across(directions: np.ndarray) -> np.ndarray:
    """Two unit vectors at right angles to each direction ``[K 3]`` and to each other:
    ``[2 K 3]``."""
    least = np.eye(3)[np.abs(directions).argmin(axis=-1)]
    first = normalize(np.cross(directions, least))
    return np.stack([first, np.cross(directions, first)])


def _reach_matrix(lengths: np.ndarray) -> np.ndarray:
    """What directions of bones are multiplied by to get joints ``[22 22]``, the root at the
    origin."""
    reach = np.zeros((len(PARENTS), len(PARENTS)))
    for joint in range(1, len(PARENTS)):
        reach[joint] = reach[PARENTS[joint]]
        reach[joint, joint] = lengths[joint]
    return reach


def _reached(aims: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Joints of a body ``[... 22 3]`` whose root is at the origin, or how far changes of directions
    move them."""
    return _reach_matrix(lengths) @ aims


def _bend(aims: np.ndarray, lengths: np.ndarray) -> float:
    """Metres by which the steps of all joints together change at the middle of three frames."""
    return float(np.linalg.norm(_reached(aims[2] + aims[0] - 2 * aims[1], lengths)))


def _speed(around: np.ndarray) -> float:
    """Metres a frame that all joints together move at the middle of three frames, in place."""
    local = around - around[:, :1] * _LEVEL
    return float(np.linalg.norm(local[2] - local[0])) / 2


def _seen_step(fps: float) -> int:
    """Whole frames from one to the next that a reader of 20 frames a second takes, or fewer."""
    return max(int(fps / FPS + 1e-6), 1)
