"""Pins that a body does not reach from the pose that it has: tried again from quite other poses.

Inverse kinematics goes downhill from where it starts, and an arm on the wrong side of the body ends
in a dead end there. So a body is also laid onto its pins as a whole, and its joints are turned at
random; of what these starts reach the nearest is taken.
"""

from __future__ import annotations

import numpy as np

from motionlcm.motion.reaching import reach, turned, willing_turns
from motionlcm.motion.skeleton import PARENTS

_STARTS = 16
_TURNED = 0.6  #: radians, of the most willing joints of a start, one standard deviation
_ALIKE = 2e-4  #: metres; of results no farther from their pins than that the least changed is taken


def pin_errors(
    poses: np.ndarray, goals: np.ndarray, mask: np.ndarray, tolerance: np.ndarray
) -> np.ndarray:
    """Metres ``[F]`` by which each body's worst pin is missed.

    Args:
        poses: ``[F 22 3]`` metres.
        goals: ``[F 22 3]`` metres, where ``mask`` ``[F 22 3]``.
        tolerance: ``[F 22]`` metres.
    """
    away = np.linalg.norm(np.where(mask, poses - goals, 0.0), axis=-1) - tolerance
    return np.maximum(away.max(1), 0.0)


def reached_from_afar(
    poses: np.ndarray,
    goals: np.ndarray,
    mask: np.ndarray,
    *,
    tolerance: np.ndarray,
    held_root: np.ndarray,
    swinging: float,
) -> np.ndarray:
    """Bend one body so that its joints come to their goals, from many starts.

    Args:
        poses: ``[2 22 3]`` metres, the nearest that was reached so far and the pose before that.
        goals: ``[22 3]`` metres, where ``mask`` ``[22 3]``.
        tolerance: ``[22]`` metres by which a goal may be missed.
        held_root: ``[3]`` bool, axes in which the root may not move.
        swinging: see ``reach``.
    Returns:
        ``[22 3]``, no farther from its goals than ``poses[0]``.
    """
    starts = _starts(poses[1], goals, mask, held_root)
    count = len(starts)
    ends = reach(
        starts,
        np.repeat(goals[None], count, 0),
        np.repeat(mask[None], count, 0),
        tolerance=np.repeat(tolerance[None], count, 0),
        held_root=np.repeat(held_root[None], count, 0),
        swinging=swinging,
    )
    ends = np.concatenate([poses[:1], ends])
    errors = pin_errors(ends, goals[None], mask[None], tolerance[None])
    changes = np.linalg.norm(ends - poses[1], axis=-1).mean(1)
    is_near = errors < errors.min() + _ALIKE
    return ends[int(np.where(is_near, changes, np.inf).argmin())]


def _starts(
    pose: np.ndarray, goals: np.ndarray, mask: np.ndarray, held_root: np.ndarray
) -> np.ndarray:
    """Poses ``[N 22 3]`` to start from; the same ones for the same pose."""
    laid = _laid_on(pose, goals, np.asarray(mask.all(-1)), held_root)
    both = np.stack([laid, pose])[np.arange(_STARTS) % 2]
    spread = _TURNED * np.repeat(willing_turns(0.0), 3) ** 0.5
    turns = np.random.default_rng(0).normal(size=(_STARTS, len(spread))) * spread
    turns[:2] = 0.0
    return turned(both, np.concatenate([turns, np.zeros((_STARTS, 3))], axis=1))


def _laid_on(
    pose: np.ndarray, goals: np.ndarray, is_pinned: np.ndarray, held_root: np.ndarray
) -> np.ndarray:
    """A pose ``[22 3]`` turned and moved as a whole, its pinned joints nearest to their goals."""
    if is_pinned.sum() < 2:
        return pose
    old, new = pose[is_pinned], goals[is_pinned]
    u, _, vt = np.linalg.svd((old - old.mean(0)).T @ (new - new.mean(0)))
    turn = u @ np.diag([1.0, 1.0, np.sign(np.linalg.det(u @ vt))]) @ vt  # no mirror
    body = (pose - old.mean(0)) @ turn + new.mean(0)
    root = PARENTS.index(-1)
    return body + np.where(held_root, pose[root] - body[root], 0.0)
