"""What action probes look at: heights, speeds, turns and swings of a body, from its joints."""

from __future__ import annotations

from functools import cached_property

import numpy as np

from motionlcm.motion.features import FPS, facing_rotations
from motionlcm.motion.rotations import inverse, rotate
from motionlcm.motion.skeleton import SMPL_22
from motionlcm.motion.timeline import smooth_in_time, spans

_LIMBS = SMPL_22.limbs


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
        """Turn since the first frame ``[T]``, radians, left is positive; smoothed over 0.2 s."""
        angle = np.unwrap(np.arctan2(self.facing[:, 0], self.facing[:, 2]))
        return smooth_in_time((angle - angle[0])[:, None], 2.0)[:, 0]

    @cached_property
    def root_height(self) -> np.ndarray:
        """Height of the pelvis, ``[T]`` metres."""
        return self._root[:, 1]

    @cached_property
    def head_height(self) -> np.ndarray:
        """Height of the head joint, ``[T]`` metres."""
        return self.positions[:, _LIMBS.head, 1]

    @cached_property
    def feet_heights(self) -> np.ndarray:
        """Heights of left and right toe, ``[T 2]`` metres."""
        return self.positions[:, _LIMBS.toes, 1]

    @cached_property
    def feet_spread(self) -> np.ndarray:
        """Distance between the ankles, ``[T]`` metres."""
        return np.linalg.norm(self._between_ankles, axis=-1)

    @cached_property
    def trunk_angle(self) -> np.ndarray:
        """Angle between pelvis-to-neck and the vertical, ``[T]`` radians."""
        trunk = self.positions[:, _LIMBS.neck] - self._root
        length = np.maximum(np.linalg.norm(trunk, axis=-1), 1e-9)
        return np.arccos(np.clip(trunk[:, 1] / length, -1, 1))

    @cached_property
    def wrist_over_head(self) -> np.ndarray:
        """Height of left and right wrist above the head joint, ``[T 2]``."""
        return self.positions[:, _LIMBS.wrists, 1] - self.head_height[:, None]

    @cached_property
    def wrist_over_shoulder(self) -> np.ndarray:
        """Height of each wrist above its own shoulder, ``[T 2]``."""
        return self.hands[..., 1]

    @property
    def keeps_hands_up(self) -> bool:
        """Whether both wrists are above the shoulders in most frames."""
        is_up = (self.wrist_over_shoulder > 0).all(axis=1)
        return bool(is_up.mean() > 0.6)

    @cached_property
    def hands(self) -> np.ndarray:
        """Left and right wrist, each from its own shoulder, ``[T 2 3]`` metres."""
        return self.positions[:, _LIMBS.wrists] - self.positions[:, _LIMBS.shoulders]

    @cached_property
    def travel_ahead(self) -> float:
        """Metres gone the way the body faces, less those gone backwards."""
        step = np.diff(self._root, axis=0)
        return float((step * self.facing[:-1]).sum())

    @cached_property
    def top_speed(self) -> float:
        """Largest horizontal speed of the pelvis over half a second (or a shorter clip), m/s."""
        root = self._root[:, [0, 2]]
        span = min(self.seconds(0.5), len(root) - 1)
        return float(np.linalg.norm(root[span:] - root[:-span], axis=-1).max() * FPS / span)

    @cached_property
    def mean_speed(self) -> float:
        """Mean speed of all joints in all frames, m/s."""
        step = np.diff(self.positions, axis=0)
        return float(np.linalg.norm(step, axis=-1).mean() * FPS)

    @cached_property
    def num_steps(self) -> int:
        """Number of times that the foot in front changes, by over 10 cm along the facing."""
        ahead = (self._between_ankles * self.facing).sum(-1)
        side = np.sign(np.where(np.abs(ahead) > 0.1, ahead, 0))
        side = side[side != 0]
        return int((np.diff(side) != 0).sum()) + int(len(side) > 0)

    def num_waves(self, side: int) -> int:
        """Reversals of a wrist's swing, sideways or up and down, by more than 5 cm over the chest.

        ``side`` is 0 for left, 1 for right. The hand is seen from its shoulder, in the body's
        frame.
        """
        is_up = self.wrist_over_shoulder[:, side] > -0.25
        if is_up.sum() < 4:
            return 0

        hand = rotate(facing_rotations(self.positions), self.hands[:, side])
        return max(reversals(hand[is_up, axis], 0.05) for axis in (0, 1))

    def kick_height(self, side: int) -> float:
        """Largest height of a foot over 30 cm away from the pelvis, the other being under 20 cm."""
        foot, other = _LIMBS.feet[side], _LIMBS.feet[1 - side]
        way = (self.positions[:, foot[0]] - self._root) * [1, 0, 1]
        is_away = np.linalg.norm(way, axis=-1) > 0.3
        is_other_down = self.positions[:, other, 1].min(1) < 0.2

        height = self.positions[:, foot, 1].min(1)
        return float(np.where(is_away & is_other_down, height, 0).max())

    @cached_property
    def has_punch(self) -> bool:
        """A wrist shoots ahead faster than 1.5 m/s and is then over 35 cm ahead of its shoulder.

        It counts within 45 cm of the shoulder's height.
        """
        reach = (self.hands * self.facing[:, None]).sum(-1)  # [T 2]
        is_out = (reach > 0.35) & (np.abs(self.hands[..., 1]) < 0.45)

        # an arm that is out is slow again: the fastest of this frame and three before it counts
        speed = np.gradient(reach, axis=0) * FPS
        fastest = np.array([speed[max(0, t - 3) : t + 1].max(0) for t in range(len(speed))])
        return bool((is_out & (fastest > 1.5)).any())

    @cached_property
    def joints(self) -> np.ndarray:
        """All joints seen from the pelvis, ``[T 22 3]`` metres: to the left, up, ahead."""
        away = self.positions - self._root[:, None]
        return rotate(facing_rotations(self.positions)[:, None], away)

    @cached_property
    def travel_left(self) -> float:
        """Metres gone to the body's left, less those gone to its right."""
        step = np.diff(self._root, axis=0)
        left = np.stack([self.facing[:, 2], 0 * self.facing[:, 0], -self.facing[:, 0]], axis=-1)
        return float((step * left[:-1]).sum())

    @cached_property
    def pace(self) -> float:
        """Median horizontal speed of the pelvis while it is faster than 10 cm/s, m/s."""
        path = smooth_in_time(self._root[:, [0, 2]], 3.0)
        speed = np.linalg.norm(np.diff(path, axis=0), axis=-1) * FPS
        moving = speed[speed > 0.1]
        return float(np.median(moving)) if len(moving) else 0.0

    @cached_property
    def away(self) -> np.ndarray:
        """Horizontal distance of the pelvis from where it began, ``[T]`` metres."""
        return np.linalg.norm((self._root - self._root[0])[:, [0, 2]], axis=-1)

    @cached_property
    def lean_ahead(self) -> np.ndarray:
        """Angle of the trunk to the front (back: negative), ``[T]`` radians."""
        trunk = self.joints[:, _LIMBS.neck]
        return np.arctan2(trunk[:, 2], trunk[:, 1])

    @cached_property
    def lean_left(self) -> np.ndarray:
        """Angle of the trunk to the left (right: negative), ``[T]`` radians."""
        trunk = self.joints[:, _LIMBS.neck]
        return np.arctan2(trunk[:, 0], trunk[:, 1])

    @cached_property
    def knee_bends(self) -> np.ndarray:
        """Bend of left and right knee, ``[T 2]`` radians; a straight leg has 0."""
        return self._bends(_LIMBS.hips, _LIMBS.knees, _LIMBS.ankles)

    @cached_property
    def elbow_bends(self) -> np.ndarray:
        """Bend of left and right elbow, ``[T 2]`` radians; a straight arm has 0."""
        return self._bends(_LIMBS.shoulders, _LIMBS.elbows, _LIMBS.wrists)

    @cached_property
    def foot_lifts(self) -> np.ndarray:
        """Height of each foot's lowest joint above where feet stand, ``[T 2]`` metres.

        Feet stand where the lower tenth of the heights of both begins.
        """
        lowest = np.stack([self.positions[:, foot, 1].min(1) for foot in _LIMBS.feet], axis=-1)
        return lowest - np.quantile(lowest, 0.1)

    @cached_property
    def flights(self) -> list[tuple[int, int]]:
        """First and last frame (not included) of each time with both feet 3 cm off the floor."""
        return [
            (start, stop)
            for start, stop in spans(self.foot_lifts.min(1) > 0.03)
            if stop - start >= 2
        ]

    @cached_property
    def bounce(self) -> float:
        """How far the pelvis goes up and down within a step or two, metres.

        That is the range of 90 % of its heights over their mean of about half a second.
        """
        mean = smooth_in_time(self.root_height[:, None], 5.0)[:, 0]
        return float(np.ptp(np.quantile(self.root_height - mean, (0.05, 0.95))))

    @cached_property
    def hops(self) -> list[int]:
        """The foot (0 left, 1 right) of each flight that leaves and lands on one and the same."""
        sides = []
        for start, stop in self.flights:
            if start == 0 or stop == len(self.positions):
                continue
            before, after = self.foot_lifts[start - 1], self.foot_lifts[stop]
            is_one = abs(before[0] - before[1]) > 0.05 and abs(after[0] - after[1]) > 0.05
            if is_one and before.argmin() == after.argmin():
                sides.append(int(before.argmin()))
        return sides

    @cached_property
    def wrists_from_head(self) -> np.ndarray:
        """Left and right wrist, each from the head joint, ``[T 2 3]``: to the left, up, ahead."""
        return self.joints[:, _LIMBS.wrists] - self.joints[:, [_LIMBS.head]]

    @cached_property
    def arms(self) -> np.ndarray:
        """Left and right wrist, each from its shoulder, ``[T 2 3]``: to the left, up, ahead."""
        return self.joints[:, _LIMBS.wrists] - self.joints[:, _LIMBS.shoulders]

    def apart(self, joint: int, other: int) -> np.ndarray:
        """Distance between two joints, ``[T]`` metres."""
        return np.linalg.norm(self.positions[:, joint] - self.positions[:, other], axis=-1)

    def lasts(self, is_on: np.ndarray, duration: float) -> bool:
        """Whether ``[T]`` is True without a break for so many seconds."""
        longest = max((stop - start for start, stop in spans(is_on)), default=0)
        return longest >= self.seconds(duration)

    def part(self, start: int, stop: int) -> Body:
        """The body from a frame to another one, that not included."""
        return Body(self.positions[start:stop])

    def _bends(
        self, starts: tuple[int, int], middles: tuple[int, int], ends: tuple[int, int]
    ) -> np.ndarray:
        """Angle at the middle of a left and a right limb, ``[T 2]`` radians, 0 when straight."""
        upper = self.positions[:, middles] - self.positions[:, starts]
        lower = self.positions[:, ends] - self.positions[:, middles]
        size = np.linalg.norm(upper, axis=-1) * np.linalg.norm(lower, axis=-1)
        cosine = (upper * lower).sum(-1) / np.maximum(size, 1e-9)
        return np.arccos(np.clip(cosine, -1, 1))

    @property
    def _root(self) -> np.ndarray:
        """Positions of the pelvis ``[T 3]``."""
        return self.positions[:, _LIMBS.pelvis]

    @property
    def _between_ankles(self) -> np.ndarray:
        """The way from the right ankle to the left one, ``[T 3]``."""
        left, right = _LIMBS.ankles
        return self.positions[:, left] - self.positions[:, right]


def reversals(values: np.ndarray, least: float) -> int:
    """Number of times that a series ``[T]`` turns back by more than ``least``."""
    count, direction = 0, 0
    extreme = values[0]
    for value in values[1:]:
        if direction >= 0 and value < extreme - least:
            count += direction != 0
            direction, extreme = -1, value
        elif direction <= 0 and value > extreme + least:
            count += direction != 0
            direction, extreme = 1, value
        elif (direction > 0 and value > extreme) or (direction < 0 and value < extreme):
            extreme = value

    return count
