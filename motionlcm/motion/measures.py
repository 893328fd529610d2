"""What action probes look at: heights, speeds, turns and swings of a body, from joint positions alone."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from motionlcm.motion.features import FPS, facing_rotations, smooth_in_time
from motionlcm.motion.rotations import inverse, rotate

_WRISTS, _SHOULDERS, _HEAD = (20, 21), (16, 17), 15
_FEET = ((7, 10), (8, 11))


class Body:
    """Measures of one clip.

    Args:
        positions: ``[T 22 3]`` metres, Y up, 20 fps, at least 2 frames, the floor at 0.
    """

    def __init__(self, positions: np.ndarray) -> None:
        self.positions = np.asarray(positions, np.float64)

    def seconds(self, duration: float) -> int:
        """Frames in a duration, at least 1."""
        return max(1, round(duration * FPS))

    @cached_property
    def facing(self) -> np.ndarray:
        """Horizontal direction ahead ``[T 3]``, of length one."""
        turn = facing_rotations(self.positions)
        ahead = np.broadcast_to([0.0, 0.0, 1.0], (len(turn), 3))
        return rotate(inverse(turn), ahead)

    @cached_property
    def yaw(self) -> np.ndarray:
        """Turn since the first frame ``[T]``, radians, positive to the left; smoothed over 0.2 s."""
        angle = np.unwrap(np.arctan2(self.facing[:, 0], self.facing[:, 2]))
        return smooth_in_time((angle - angle[0])[:, None], 2.0)[:, 0]

    @cached_property
    def root_height(self) -> np.ndarray:
        """Of the pelvis, ``[T]``."""
        return self.positions[:, 0, 1]

    @cached_property
    def head_height(self) -> np.ndarray:
        """``[T]``."""
        return self.positions[:, _HEAD, 1]

    @cached_property
    def feet_heights(self) -> np.ndarray:
        """Of the toes of left and right, ``[T 2]``."""
        return self.positions[:, [10, 11], 1]

    @cached_property
    def feet_spread(self) -> np.ndarray:
        """Distance of the ankles, ``[T]``."""
        return np.linalg.norm(self.positions[:, 7] - self.positions[:, 8], axis=-1)

    @cached_property
    def trunk_angle(self) -> np.ndarray:
        """Between pelvis-to-neck and the vertical, ``[T]`` radians."""
        trunk = self.positions[:, 12] - self.positions[:, 0]
        return np.arccos(np.clip(trunk[:, 1] / np.maximum(np.linalg.norm(trunk, axis=-1), 1e-9), -1, 1))

    @cached_property
    def wrist_over_head(self) -> np.ndarray:
        """Height of left and right wrist above the head joint, ``[T 2]``."""
        return self.positions[:, _WRISTS, 1] - self.head_height[:, None]

    @cached_property
    def wrist_over_shoulder(self) -> np.ndarray:
        """Height of each wrist above its own shoulder, ``[T 2]``."""
        return self.positions[:, _WRISTS, 1] - self.positions[:, _SHOULDERS, 1]

    @cached_property
    def travel_ahead(self) -> float:
        """Metres gone the way the body faces, less those gone backwards."""
        step = np.diff(self.positions[:, 0], axis=0)
        return float((step * self.facing[:-1]).sum())

    @cached_property
    def top_speed(self) -> float:
        """Largest horizontal speed of the pelvis over half a second (or the whole clip if shorter), m/s."""
        root = self.positions[:, 0][:, [0, 2]]
        span = min(self.seconds(0.5), len(root) - 1)
        return float(np.linalg.norm(root[span:] - root[:-span], axis=-1).max() * FPS / span)

    @cached_property
    def mean_speed(self) -> float:
        """Over all joints and frames, m/s."""
        return float(np.linalg.norm(np.diff(self.positions, axis=0), axis=-1).mean() * FPS)

    @cached_property
    def num_steps(self) -> int:
        """How often the foot in front changes (by more than 10 cm), seen along the facing."""
        ahead = ((self.positions[:, 7] - self.positions[:, 8]) * self.facing).sum(-1)
        side = np.sign(np.where(np.abs(ahead) > 0.1, ahead, 0))
        side = side[side != 0]
        return int((np.diff(side) != 0).sum()) + int(len(side) > 0)

    def num_waves(self, side: int) -> int:
        """Reversals by more than 5 cm of a wrist's sideways or up-and-down swing, while it is over the chest.

        ``side`` is 0 for left, 1 for right. The hand is seen from its shoulder, in the body's frame.
        """
        hand = rotate(
            facing_rotations(self.positions), self.positions[:, _WRISTS[side]] - self.positions[:, _SHOULDERS[side]]
        )
        is_up = self.wrist_over_shoulder[:, side] > -0.25
        if is_up.sum() < 4:
            return 0
        return max(_reversals(hand[is_up, axis], 0.05) for axis in (0, 1))

    def kick_height(self, side: int) -> float:
        """Largest height of a foot that is over 30 cm away from the pelvis while the other foot is under 20 cm."""
        ankle, toe = _FEET[side]
        is_away = np.linalg.norm((self.positions[:, ankle] - self.positions[:, 0]) * [1, 0, 1], axis=-1) > 0.3
        other = self.positions[:, _FEET[1 - side], 1].min(1) < 0.2
        height = np.where(is_away & other, self.positions[:, [ankle, toe], 1].min(1), 0)
        return float(height.max())

    @cached_property
    def has_punch(self) -> bool:
        """A wrist moves ahead faster than 1.5 m/s and is over 35 cm ahead of its shoulder, 45 cm around its height."""
        for wrist, shoulder in zip(_WRISTS, _SHOULDERS, strict=True):
            reach = ((self.positions[:, wrist] - self.positions[:, shoulder]) * self.facing).sum(-1)
            speed = np.gradient(reach) * FPS
            is_level = np.abs(self.positions[:, wrist, 1] - self.positions[:, shoulder, 1]) < 0.45
            is_out = (reach > 0.35) & is_level
            fast = np.array([speed[max(0, t - 3) : t + 1].max() for t in range(len(speed))]) > 1.5
            if (is_out & fast).any():
                return True
        return False


def _reversals(values: np.ndarray, least: float) -> int:
    """How often a series ``[T]`` turns back by more than ``least``."""
    count, direction, extreme = 0, 0, values[0]
    for value in values[1:]:
        if direction >= 0 and value < extreme - least:
            count, direction, extreme = count + (direction != 0), -1, value
        elif direction <= 0 and value > extreme + least:
            count, direction, extreme = count + (direction != 0), 1, value
        elif (direction > 0 and value > extreme) or (direction < 0 and value < extreme):
            extreme = value
    return count
