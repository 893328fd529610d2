"""Bodies that turn all ways, for the tests of every format."""

import numpy as np

from motionlcm.motion.motion import Motion
from motionlcm.motion.rotations import (
    from_axis_angle,
    from_euler,
    from_yaw,
    inverse,
    multiply,
    normalize,
)
from motionlcm.motion.skeleton import SMPL_22, forward_kinematics


def tumbling_motion(seed: int, num_frames: int = 24) -> Motion:
    """A body that faces any way at first, turns up to twice round either way, and leans.

    Every fourth tumbles, and every third stretches by millimetres, as generated ones do.
    """
    generator = np.random.default_rng(seed)
    time = np.linspace(0, 1, num_frames)
    phase = 2 * np.pi * time[:, None, None] * generator.uniform(0.5, 2)
    angles = np.sin(phase + generator.uniform(0, 6, (1, 22, 3))) * generator.uniform(
        0.1, 0.7, (1, 22, 3)
    )
    rotations = from_euler(angles, "ZXY")
    yaw = generator.uniform(-np.pi, np.pi) + generator.uniform(-4 * np.pi, 4 * np.pi) * time
    axis = normalize(generator.normal(size=3))
    tumble = from_axis_angle(axis * (2 * np.pi * time * (seed % 4 == 0) + 0.3)[:, None])
    rotations[:, 0] = multiply(multiply(from_yaw(yaw), tumble), rotations[:, 0])
    root = np.cumsum(generator.normal(0, 0.03, (num_frames, 3)), axis=0) + [0, 1, 0]
    positions = forward_kinematics(rotations, root, SMPL_22)
    if seed % 3 == 0:
        positions += generator.normal(0, 0.003, positions.shape)
    return Motion(positions)


def degrees_between(first: np.ndarray, second: np.ndarray) -> float:
    """The largest angle between rotations ``[... 4]``, exact for small ones."""
    turn = multiply(inverse(np.asarray(first, float)), np.asarray(second, float))
    sine, cosine = np.linalg.norm(turn[..., 1:], axis=-1), np.abs(turn[..., 0])
    return float(np.degrees(2 * np.arctan2(sine, cosine)).max())


def millimetres_between(first: np.ndarray, second: np.ndarray) -> float:
    """The largest distance between joints ``[... 3]`` in metres."""
    return 1000 * float(np.linalg.norm(np.asarray(first, float) - second, axis=-1).max())
