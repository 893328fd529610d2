"""Walks that go elsewhere: longer ones by repeating a cycle, and bent ones whose feet stay where
they stand."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from motionlcm.motion.blending import headings, join, pose_states, state_distance
from motionlcm.motion.features import FPS
from motionlcm.motion.footing import (
    feet_of,
    held_offsets,
    runs_of_true,
    stances,
    stand_on,
    with_heels_up,
)
from motionlcm.motion.rotations import from_yaw, rotate
from motionlcm.motion.skeleton import TARGET_LENGTHS
from motionlcm.motion.timeline import smooth_in_time

_LEVEL = np.array([1.0, 0.0, 1.0])
_SHORTEST_CYCLE = 12  #: frames
_PATH_SIGMA = 6.0  #: frames


@dataclass(frozen=True)
class Cycle:
    """Frames ``start`` to ``stop`` of a clip; after them ``start``, ``distance`` metres off, may
    follow again."""

    start: int
    stop: int
    distance: float


def best_cycle(positions: np.ndarray) -> Cycle:
    """The cycle of a clip whose ends fit best.

    Raises:
        ValueError: the clip is shorter than a cycle.
    """
    if len(positions) < _SHORTEST_CYCLE + 4:
        raise ValueError(
            f"a cycle takes {_SHORTEST_CYCLE + 4} frames, the clip has {len(positions)}"
        )

    states = pose_states(positions)
    distance = state_distance(states, states)
    starts, stops = np.indices(distance.shape)
    distance[(stops - starts < _SHORTEST_CYCLE) | (starts < 1)] = np.inf

    # A longer cycle is worth a little: it repeats less often.
    worth = distance - 0.0004 * (stops - starts)
    start, stop = np.unravel_index(int(worth.argmin()), worth.shape)
    return Cycle(int(start), int(stop), float(distance[start, stop]))


def extended(positions: np.ndarray, frames: int) -> np.ndarray:
    """A cyclic motion (a walk) of ``frames`` frames, from repeating its best cycle.

    Longer ones are cut.
    """
    if len(positions) >= frames:
        return positions[:frames]

    cycle = best_cycle(positions)
    blend = min(8, cycle.stop - cycle.start - 1)

    longer = positions[: cycle.stop]
    while len(longer) < frames:
        longer = join(longer, positions[cycle.start : cycle.stop], blend=blend)
    return longer[:frames]


def straightened(positions: np.ndarray) -> np.ndarray:
    """A walk whose heading does not drift: what it turns evenly over its length is taken back."""
    yaw = headings(positions)
    drift = np.polyval(np.polyfit(np.arange(len(yaw)), yaw, 1), np.arange(len(yaw)))
    return bent(positions, drift[0] - drift)


def straightness(positions: np.ndarray) -> float:
    """Net way of the pelvis over the way along its smoothed path: 1 for a straight walk; 0 where
    nothing moves."""
    path = smooth_path(positions)
    way = np.linalg.norm(np.diff(path, axis=0), axis=-1).sum()
    return float(np.linalg.norm(path[-1] - path[0]) / way) if way > 0.2 else 0.0


def bent(
    positions: np.ndarray,
    turns: np.ndarray,
    strides: np.ndarray | float = 1.0,
    *,
    is_closed: bool = False,
    lengths: np.ndarray = TARGET_LENGTHS,
) -> np.ndarray:
    """A straight walk along another path; each stance of a foot stays in its place.

    Args:
        positions: ``[T 22 3]`` metres, going straight.
        turns: ``[T]`` radians, how far the path has turned in each frame from the walk's own
            direction, positive to the left.
        strides: ``[T]`` or one number, by how much the way of each frame is shorter or longer than
            recorded.
        is_closed: the path ends where it began; what is missing is shared out over its way.
        lengths: ``[22]`` metres, of the bone that ends in each joint.
    Returns:
        ``[T 22 3]``; the first frame's pelvis stays where it is.
    """
    path = smooth_path(positions)  # [T 3]
    steps = np.diff(path, axis=0, prepend=path[:1]) * np.reshape(strides, (-1, 1))
    rotation = from_yaw(turns)  # [T 4]
    new_path = path[0] + np.cumsum(rotate(rotation, steps), axis=0)
    if is_closed:
        share = np.linspace(0, 1, len(path))[:, None]
        new_path = new_path - share * (new_path[-1] - path[0])

    return carried(positions, path, new_path, turns, lengths=lengths)


def carried(
    positions: np.ndarray,
    path: np.ndarray,
    new_path: np.ndarray,
    turns: np.ndarray,
    *,
    lengths: np.ndarray = TARGET_LENGTHS,
) -> np.ndarray:
    """A body that goes along another path; each stance of a foot stays in its place.

    Args:
        positions: ``[T 22 3]`` metres.
        path: ``[T 3]`` the way over the floor that it goes, as of ``smooth_path``.
        new_path: ``[T 3]`` the way that it is to go.
        turns: ``[T]`` radians by which it is turned in each frame, positive to the left.
        lengths: ``[22]`` metres, of the bone that ends in each joint.
    Returns:
        ``[T 22 3]``; the root is where its path takes it, feet reach for their places, on their
        toes where legs are too short.
    """
    rotation = from_yaw(turns)
    body = rotate(rotation[:, None], positions - path[:, None]) + new_path[:, None]

    # A foot is turned and carried as its stance is in its middle, and on the way from the one to
    # the other.
    feet, planted = feet_of(positions), stances(positions)
    placed = feet_of(body)
    for side in (0, 1):
        turn = held_offsets(planted[:, side], turns)
        centre = held_offsets(planted[:, side], path)
        place = held_offsets(planted[:, side], new_path)
        local = feet[:, side] - centre[:, None]
        placed[:, side] = rotate(from_yaw(turn)[:, None], local) + place[:, None]
    return stand_on(body, with_heels_up(body, placed, lengths), lengths=lengths)


def lifted(positions: np.ndarray, heights: np.ndarray) -> np.ndarray:
    """A walk with higher steps.

    Args:
        positions: ``[T 22 3]`` metres.
        heights: ``[T 2]`` metres by which each foot's swings are higher at most, a little after
            their middle; a swing takes the largest value within it.
    Returns:
        ``[T 22 3]``.
    """
    feet, planted = feet_of(positions), stances(positions)
    for side in (0, 1):
        for start, stop in runs_of_true(~planted[:, side]):
            if start == 0 or stop == len(planted):
                continue  # a swing that is cut off has no middle
            share = (np.arange(start, stop) - start + 1) / (stop - start + 1)
            bump = heights[start:stop, side].max() * share**3 * (1 - share) ** 2 / 0.03456
            feet[start:stop, side, :, 1] += bump[:, None]
    return stand_on(positions, feet)


def raised_kick(positions: np.ndarray, side: int, height: float) -> np.ndarray:
    """A kick with its foot higher: by ``height`` metres at its highest, less the lower it is.

    Args:
        positions: ``[T 22 3]`` metres.
        side: of the foot that kicks, 0 for left and 1 for right.
        height: metres; a leg that is too short for it is straight.
    Returns:
        ``[T 22 3]``.
    """
    feet = feet_of(positions)
    ankle = feet[:, side, 0, 1] - feet[:, side, 0, 1].min()
    feet[:, side, :, 1] += (height * (ankle / max(float(ankle.max()), 1e-6)) ** 2)[:, None]
    return stand_on(positions, feet)


def turning(ways: np.ndarray, total: float, *, start: float = 0.0, stop: float = 1.0) -> np.ndarray:
    """How far a path has turned ``[T]`` that bends by ``total`` radians evenly from one share of
    its way to another.

    Args:
        ways: ``[T]`` metres gone.
        total: radians, positive to the left.
        start, stop: shares of the whole way between which it bends; the ends are rounded over a
            frame or two.
    """
    share = (ways / max(float(ways[-1]), 1e-6) - start) / max(stop - start, 1e-6)
    turned = total * np.clip(share, 0, 1)
    if start <= 0 and stop >= 1:
        return turned
    return smooth_in_time(turned[:, None], 2.0)[:, 0]


def ways_gone(positions: np.ndarray) -> np.ndarray:
    """Metres along the smoothed path of the pelvis up to each frame, ``[T]``."""
    path = smooth_path(positions)
    return np.cumsum(np.linalg.norm(np.diff(path, axis=0, prepend=path[:1]), axis=-1))


def progress(positions: np.ndarray, standing: float) -> np.ndarray:
    """Share of its way ``[T]`` that a body has gone up to each frame, from 0 to 1.

    Args:
        positions: ``[T 22 3]`` metres.
        standing: metres per second; who is slower stands, and makes no way. If all of it stands,
            it goes evenly.
    """
    ways = np.linalg.norm(np.diff(smooth_path(positions), axis=0), axis=-1)
    # up to twice that speed a way counts in part, so that the share knows no jump in speed
    speeds = ways * FPS
    gone = np.append(0.0, np.cumsum(ways * np.clip(speeds / standing - 1, 0, 1)))
    if gone[-1] < standing:
        return np.linspace(0, 1, len(positions))
    return gone / gone[-1]


def smooth_path(positions: np.ndarray) -> np.ndarray:
    """The pelvis' way over the floor ``[T 3]`` without its sway, from first place to last."""
    path = positions[:, 0] * _LEVEL
    share = np.linspace(0, 1, len(path))[:, None]
    line = (1 - share) * path[0] + share * path[-1]

    # Smoothing holds on to the ends; only what is off the straight line may feel that.
    return line + smooth_in_time(path - line, _PATH_SIGMA)
