"""Inverse kinematics: one limb of two bones, or a whole body, bent so that joints reach goals.

A limb has a closed formula. For a body it is damped least squares on the turns of all joints and on
the place of the root, which change as little as may be; bones keep their lengths, since whole limbs
turn.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from motionlcm.motion.rotations import from_axis_angle, normalize, rotate
from motionlcm.motion.skeleton import JOINT_NAMES, PARENTS

_STEPS = 200
_CLOSE = 1e-4  #: metres; nearer is there
_STILL = 2e-6  #: radians or metres; a body that moves less in a step has come as near as it gets
_LARGEST = 0.15  #: metres that a joint is drawn to its goal in one step
_DAMPING = 1e-4
#: How willingly joints turn, beside shoulders and elbows.
_WILLING = {
    "pelvis": 0.05, "spine1": 0.1, "spine2": 0.1, "spine3": 0.1, "neck": 0.3, "left_collar": 0.1,
    "right_collar": 0.1, "left_hip": 0.6, "right_hip": 0.6, "left_knee": 0.8, "right_knee": 0.8,
    "left_ankle": 0.2, "right_ankle": 0.2, "left_shoulder": 1.0, "right_shoulder": 1.0,
    "left_elbow": 1.0, "right_elbow": 1.0,
}  # fmt: skip
_TURNING = [joint for joint, name in enumerate(JOINT_NAMES) if name in _WILLING]
#: How willingly the root moves, square metres a square radian.
_ROOT = 0.02
#: Ends of bones that share their upper joint with others and may swing by themselves: in decoded
#: motion hips and collars are not quite rigid, so not every pose is got to by turning joints.
_SWINGING = [joint for joint in range(1, 22) if PARENTS.count(PARENTS[joint]) > 1]
_PIVOTS = [*_TURNING, *(PARENTS[joint] for joint in _SWINGING)]


def _moved() -> np.ndarray:
    """Which joints each turn of a joint or swing of a bone moves: bool ``[K 22]``."""
    below = np.zeros((22, 22), bool)  # the turning joint first
    for joint in range(1, 22):
        above = PARENTS[joint]
        while above >= 0:
            below[above, joint] = True
            above = PARENTS[above]
    return np.concatenate([below[_TURNING], (below | np.eye(22, dtype=bool))[_SWINGING]])


_MOVED = _moved()


def reach(
    poses: np.ndarray,
    goals: np.ndarray,
    mask: np.ndarray,
    *,
    tolerance: np.ndarray | None = None,
    held_root: np.ndarray | None = None,
    swinging: float = 0.0,
) -> np.ndarray:
    """Bend bodies so that joints come to their goals.

    Args:
        poses: ``[F 22 3]`` metres, each a body by itself.
        goals: ``[F 22 3]`` metres, where ``mask``.
        mask: ``[F 22 3]`` bool, coordinates that have a goal.
        tolerance: ``[F 22]`` metres by which a goal may be missed; None: not at all.
        held_root: ``[F 3]`` bool, axes in which the root may not move; None: it may.
        swinging: how willingly each bone of hips and chest swings by itself, beside shoulders and
            elbows; 0: both are rigid.
    Returns:
        ``[F 22 3]``; goals out of reach are come near to.
    """
    poses = poses.copy()
    used = np.flatnonzero(mask.any((0, 2)))
    if not len(used):
        return poses

    weights = _weights(len(poses), held_root, swinging)  # [F P]
    is_still = np.zeros(len(poses), bool)
    for _ in range(_STEPS):
        miss = _misses(poses, goals, mask, tolerance)[:, used].reshape(len(poses), -1)
        is_far = (np.abs(miss).max(1) > _CLOSE) & ~is_still
        if not is_far.any():
            break
        jacobian = _jacobian(poses[is_far], used) * mask[is_far][:, used].reshape(
            int(is_far.sum()), -1, 1
        )
        weighed = jacobian * weights[is_far, None]
        square = weighed @ jacobian.swapaxes(1, 2)
        square += _DAMPING * np.eye(square.shape[-1])
        move = np.linalg.solve(square, miss[is_far, :, None])
        change = (weighed.swapaxes(1, 2) @ move)[..., 0]
        poses[is_far] = turned(poses[is_far], change)
        is_still[is_far] = np.abs(change).max(1) < _STILL
    return poses


def bent_limb(
    start: np.ndarray,
    target: np.ndarray,
    lengths: tuple[Any, Any],
    *,
    aside: np.ndarray,
    most: float = 1.0,
) -> tuple[np.ndarray, np.ndarray]:
    """Bend two bones so that the second ends at a target.

    Args:
        start: ``[T 3]`` where the first bone begins.
        target: ``[T 3]``; one out of reach is come near to.
        lengths: of the two bones, numbers or ``[T]``.
        aside: ``[T 3]`` whither the joint between them bends; what leads along the limb is left
            out.
        most: the share of their length to which they may stretch.
    Returns:
        The places ``[T 3]`` of the joint between the bones and of the second bone's end.
    """
    first, second = (np.asarray(length)[..., None] for length in lengths)
    line = target - start
    size = np.linalg.norm(line, axis=-1, keepdims=True)
    along = line / np.maximum(size, 1e-6)
    reached = np.clip(size, np.abs(first - second) + 1e-4, most * (first + second) - 1e-6)

    ahead = (first**2 - second**2 + reached**2) / (2 * reached)
    out = np.sqrt(np.maximum(first**2 - ahead**2, 0))
    side = normalize(aside - (aside * along).sum(-1, keepdims=True) * along)
    return start + along * ahead + side * out, start + along * reached


def willing_turns(swinging: float) -> np.ndarray:
    """How willingly each joint turns and each bone swings, ``[K]``."""
    joints = [_WILLING[JOINT_NAMES[joint]] for joint in _TURNING]
    return np.array(joints + [swinging] * len(_SWINGING))


def _weights(count: int, held_root: np.ndarray | None, swinging: float) -> np.ndarray:
    """How willingly each turn and the root's place change, ``[F P]``."""
    turns = np.repeat(willing_turns(swinging), 3)
    weights = np.tile(np.append(turns, [_ROOT] * 3), (count, 1))
    if held_root is not None:
        weights[:, -3:] *= ~held_root
    return weights


def _misses(
    poses: np.ndarray, goals: np.ndarray, mask: np.ndarray, tolerance: np.ndarray | None
) -> np.ndarray:
    """Ways ``[F 22 3]`` to the goals, or to the edge of what is tolerated; at most a step."""
    miss = np.where(mask, goals - poses, 0.0)
    size = np.linalg.norm(miss, axis=-1, keepdims=True)
    wanted = np.minimum(size if tolerance is None else size - tolerance[..., None], _LARGEST)
    return miss * np.maximum(wanted, 0) / np.maximum(size, 1e-9)


def _jacobian(poses: np.ndarray, used: np.ndarray) -> np.ndarray:
    """How the used joints move with each turn and with the root, ``[F 3U P]``."""
    arms = poses[:, used, None] - poses[:, None, _PIVOTS]  # [F U K 3]
    arms = arms * _MOVED[:, used].T[None, :, :, None]
    x, y, z = np.moveaxis(arms, -1, 0)
    zero = np.zeros_like(x)
    # columns: the cross products of the three axes with the arm
    turns = np.stack(
        [
            np.stack([zero, -z, y], axis=-1),
            np.stack([z, zero, -x], axis=-1),
            np.stack([-y, x, zero], axis=-1),
        ],
        axis=-2,
    )  # [F U K 3(axis) 3]
    count, joints = turns.shape[:2]
    turns = turns.reshape(count, joints, -1, 3).swapaxes(2, 3)  # [F U 3 3K]
    moves = np.broadcast_to(np.eye(3), (count, joints, 3, 3))
    return np.concatenate([turns, moves], axis=-1).reshape(count, 3 * joints, -1)


def turned(poses: np.ndarray, change: np.ndarray) -> np.ndarray:
    """Turn joints and swing bones of bodies, and move their roots.

    Args:
        poses: ``[F 22 3]`` metres.
        change: ``[F P]``, P = 3 K + 3: K turns as rotation vectors, listed as ``willing_turns``
            are, and the way of the root in metres.
    """
    turns, swings = np.zeros((2, len(poses), 22, 3))
    turns[:, _TURNING], swings[:, _SWINGING] = np.split(
        change[:, :-3].reshape(len(poses), -1, 3), [len(_TURNING)], axis=1
    )
    placed = poses.copy()
    placed[:, 0] += change[:, -3:]
    total = turns.copy()  # of a joint and all above it, to first order: steps are small
    for joint in range(1, 22):
        parent = PARENTS[joint]
        above = total[:, parent] + swings[:, joint]
        bone = rotate(from_axis_angle(above), poses[:, joint] - poses[:, parent])
        placed[:, joint] = placed[:, parent] + bone
        total[:, joint] += above
    return placed
