"""A body of KIT-ML that really steps: the standing foot stays where it is until it is lifted."""

import numpy as np

from motionlcm.motion.skeleton import KIT_21

STANCE = 6  #: frames at 12.5 fps in which a foot stands, and as many in which it travels
_SPEED, _PELVIS = 0.06, 0.83  # metres per frame, metres
_LIFT = 0.12  # of a foot on its way


def stepping(frames: int) -> np.ndarray:
    """Joint positions ``[T 21 3]`` in metres of a walk along +Z, the soles at height 0."""
    rest = KIT_21.offsets.copy()
    for joint in range(1, 21):
        rest[joint] += rest[KIT_21.parents[joint]]
    path = np.stack(
        [np.zeros(frames), np.full(frames, _PELVIS), _SPEED * np.arange(frames)], axis=-1
    )
    positions = rest + path[:, None]
    limbs = KIT_21.limbs

    for side, foot in enumerate(limbs.feet):
        hip, knee, ankle, _ = limbs.legs[side]
        shape = rest[list(foot)] - rest[foot[-1]]
        toe = _toe_path(frames, STANCE * side) + rest[hip] * [1, 0, 0] + shape[0] * [0, 0, -1]
        positions[:, foot] = toe[:, None] + shape
        positions[:, knee] = _knee(positions[:, hip], positions[:, ankle])
    return positions


def is_standing(frames: int) -> np.ndarray:
    """Which foot stands in which frame, ``[T 2]``."""
    return np.stack(
        [(np.arange(frames) + STANCE * side) % (2 * STANCE) < STANCE for side in (0, 1)], 1
    )


def _toe_path(frames: int, offset: int) -> np.ndarray:
    """Steps ``[T 3]`` from place to place; under the pelvis in the middle of each stance."""
    time = np.arange(frames) + offset
    cycle, phase = np.divmod(time, 2 * STANCE)
    share = np.clip((phase - STANCE + 1) / (STANCE + 1), 0, 1)
    stride = 2 * STANCE * _SPEED
    start = _SPEED * ((STANCE - 1) / 2 - offset)
    ahead = start + stride * (cycle + share * share * (3 - 2 * share))
    return np.stack([np.zeros(frames), _LIFT * np.sin(np.pi * share), ahead], axis=-1)


def _knee(hip: np.ndarray, ankle: np.ndarray) -> np.ndarray:
    """The knee of a leg with thigh and shin of 40 cm, bent ahead."""
    line = ankle - hip
    across = np.stack([np.zeros(len(line)), line[:, 2], -line[:, 1]], axis=-1)
    across /= np.linalg.norm(across, axis=-1, keepdims=True)
    out = np.sqrt(0.4**2 - (line**2).sum(-1, keepdims=True) / 4)
    return 0.5 * (hip + ankle) + across * out
