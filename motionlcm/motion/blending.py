"""One clip from two: poses as directions of bones, time warps, and joins without a jump or a
sliding foot.

A pose is the pelvis and the direction of each bone, so whatever is blended keeps the length of its
limbs. A join is inertial (Bollo, GDC 2018): from the first frame on the second clip plays, and the
difference between where the first was going and where the second is dies away over some frames, as
a polynomial without a jump in pose or speed. Feet
are not blended: what stands goes on standing, and a foot that has to be elsewhere takes a step.
"""

from __future__ import annotations

import numpy as np

from motionlcm.motion.features import facing_rotations, smooth_in_time
from motionlcm.motion.footing import ease, feet_of, stances, stand_on
from motionlcm.motion.rotations import (
    between,
    from_axis_angle,
    from_yaw,
    inverse,
    normalize,
    rotate,
    to_axis_angle,
)
from motionlcm.motion.skeleton import PARENTS, SMPL_22, TARGET_LENGTHS, bone_lengths

_UPRIGHT = np.array([0.0, 1.0, 0.0])
_LEVEL = np.array([1.0, 0.0, 1.0])
_KEPT = 0.07  #: metres; a foot that is less far off stays where it is and the leg gives way
_STEP_FRAMES = 9  #: a step of the feet in a join
_STEP_HEIGHT = 0.06  #: metres
_RISE = 14  #: frames after which a body that sank to reach its feet has risen again


def bone_directions(positions: np.ndarray) -> np.ndarray:
    """Unit vectors along the bone that ends in each joint, ``[T 22 3] -> [T 22 3]``; the root's
    are zero."""
    parents = [max(parent, 0) for parent in PARENTS]
    return normalize(positions - positions[:, parents])


def assemble(
    roots: np.ndarray, directions: np.ndarray, lengths: np.ndarray = TARGET_LENGTHS
) -> np.ndarray:
    """Joint positions ``[T 22 3]`` of a pelvis ``[T 3]``, bones of the given directions and
    ``[22]`` lengths."""
    placed = [roots]
    for joint in range(1, len(PARENTS)):
        placed.append(placed[PARENTS[joint]] + directions[:, joint] * lengths[joint])
    return np.stack(placed, axis=1)


def resampled(positions: np.ndarray, times: np.ndarray) -> np.ndarray:
    """The clip at other times ``[N]`` (frames, from 0 to T - 1) by cubic interpolation; bones keep
    their length.

    Times that run backwards play it backwards.
    """
    times = np.clip(times, 0, len(positions) - 1)
    start = np.minimum(times.astype(int), max(len(positions) - 2, 0))
    share = (times - start)[:, None, None]

    # Catmull and Rom's spline through the four frames around each time
    last = len(positions) - 1
    before, left = positions[np.maximum(start - 1, 0)], positions[start]
    right, after = positions[np.minimum(start + 1, last)], positions[np.minimum(start + 2, last)]
    cubic = 3 * (left - right) + after - before
    square = 2 * before - 5 * left + 4 * right - after
    curve = left + 0.5 * share * (right - before + share * (square + share * cubic))
    return assemble(curve[:, 0], bone_directions(curve), bone_lengths(positions).mean(axis=0))


def stretched(positions: np.ndarray, frames: int) -> np.ndarray:
    """The whole clip in another number of frames: slower where there are more."""
    return resampled(positions, np.linspace(0, len(positions) - 1, frames))


def reversed_in_time(positions: np.ndarray) -> np.ndarray:
    """The clip played backwards."""
    return positions[::-1].copy()


def mirror_image(positions: np.ndarray) -> np.ndarray:
    """The clip ``[T 22 3]`` with left and right swapped, on the same skeleton, whose sides differ
    by millimetres."""
    swapped = positions[:, list(SMPL_22.mirror_order)] * [-1.0, 1.0, 1.0]
    lengths = bone_lengths(positions).mean(axis=0)
    body = assemble(swapped[:, 0], bone_directions(swapped), lengths)
    return body - [0.0, min(float(body[..., 1].min() - swapped[..., 1].min()), 0.0), 0.0]


def headings(positions: np.ndarray, *, smoothing: float = 4.0) -> np.ndarray:
    """Yaw ``[T]`` (radians, from +Z towards +X, unwrapped) that the body faces, smoothed over some
    frames."""
    turn = inverse(facing_rotations(positions))
    ahead = rotate(turn, np.broadcast_to([0.0, 0.0, 1.0], (len(turn), 3)))
    yaw = np.unwrap(np.arctan2(ahead[:, 0], ahead[:, 2]))
    return smooth_in_time(yaw[:, None], smoothing)[:, 0]


def moved(positions: np.ndarray, yaw: float, pivot: np.ndarray, place: np.ndarray) -> np.ndarray:
    """The clip turned by ``yaw`` about the vertical through ``pivot [3]``, and that shifted to
    ``place [3]``.

    Heights stay.
    """
    turn = from_yaw(np.asarray(yaw))
    return rotate(turn, positions - pivot * _LEVEL) + place * _LEVEL


def pose_states(positions: np.ndarray) -> np.ndarray:
    """Each frame's pose and speed as one row ``[T 132]``, in metres, whose distances tell how well
    frames join."""
    yaw = headings(positions)
    turn = from_yaw(-yaw)[:, None]
    pose = rotate(turn, positions - positions[:, :1] * _LEVEL)
    speed = np.gradient(positions, axis=0) if len(positions) > 1 else np.zeros_like(positions)
    speed = rotate(turn, speed)
    # A quarter of a second of movement counts like distance.
    return np.concatenate([pose, 5.0 * speed], axis=1).reshape(len(positions), -1)


def state_distance(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Root mean square distance, metres, between rows ``[N 132]`` and ``[M 132]`` of
    ``pose_states``: ``[N M]``."""
    square = (first**2).sum(-1)[:, None] + (second**2).sum(-1) - 2 * first @ second.T
    return np.sqrt(np.maximum(square, 0) / (first.shape[-1] / 6))


def join(first: np.ndarray, second: np.ndarray, *, blend: int = 10, hold: int = 0) -> np.ndarray:
    """The first clip and then the second, which is turned and carried to where the first one ends.

    Args:
        first: ``[T 22 3]`` metres, at least 2 frames, the floor at 0.
        second: ``[U 22 3]``.
        blend: frames over which the difference dies away.
        hold: frames for which the second clip waits in its first pose.
    Returns:
        ``[T + hold + U 22 3]``; where the body has to sink to reach its feet it begins to before
        frame ``T``.
    """
    if hold:
        second = np.concatenate([np.repeat(second[:1], hold, axis=0), second])
    blend = min(blend, len(second) - 1)
    planted = stances(first)[-1], stances(second)
    second = _placed_after(first, second, blend, planted[0] & planted[1][0])

    body = _inertial(first, second, blend)
    feet = _joined_feet(first, second, blend, planted[0], planted[1])

    # Legs are placed anew from shortly before the join, since the body may have to sink on the way
    # to it, to when no # foot is moved any more and the body has risen again.
    change = np.linalg.norm(feet - feet_of(second), axis=-1).max(axis=(1, 2)) > 1e-3
    last = max(int(np.flatnonzero(change).max(initial=0)), blend) + _RISE
    start = max(len(first) - _RISE, 0)
    legs = stand_on(
        np.concatenate([first[start:], body[:last]]),
        np.concatenate([feet_of(first[start:]), feet[:last]]),
    )
    return np.concatenate([first[:start], legs, body[last:]])


def _placed_after(
    first: np.ndarray, second: np.ndarray, blend: int, shared: np.ndarray
) -> np.ndarray:
    """The second clip where it has to go on: on the foot that stands in both, or where speeds
    allow it."""
    yaw = headings(first)[-1] - headings(second)[0]
    second = moved(second, yaw, second[0, 0], first[-1, 0])

    speeds = first[-1, 0] - first[-2, 0], second[1, 0] - second[0, 0]
    is_still = np.linalg.norm((speeds[0] - speeds[1]) * _LEVEL) < 0.02
    if shared.any() and is_still:
        shift = (feet_of(first)[-1, shared] - feet_of(second)[0, shared]).mean(axis=(0, 1))
    else:
        # A change of speed at constant deceleration covers half of the way that the old speed would
        # have.
        shift = 0.45 * blend * (speeds[0] - speeds[1])
    return second + shift * _LEVEL


def _inertial(first: np.ndarray, second: np.ndarray, blend: int) -> np.ndarray:
    """The second clip ``[U 22 3]`` with the difference to the first one's end dying away; feet as
    they come."""
    share = np.clip((np.arange(len(second)) + 1) / (blend + 1), 0, 1)
    place, speed = _fading(share)
    speed = speed * (blend + 1)

    # Offsets one frame before the second clip begins: there the first one is still itself.
    before = 2 * second[0] - second[1]
    roots = first[-1, 0] - before[0], first[-2, 0] - (2 * before[0] - second[0, 0])
    root_offset = place[:, None] * roots[0] + speed[:, None] * (roots[0] - roots[1])

    poses = np.stack([second[0], before, first[-1], first[-2]])
    aims = bone_directions(poses)
    rest = normalize(2 * aims[1] - aims[0])
    turns = to_axis_angle(between(aims[1], aims[2])), to_axis_angle(between(rest, aims[3]))
    change = np.clip(turns[0] - turns[1], -0.35, 0.35)
    offset = place[:, None, None] * turns[0] + speed[:, None, None] * change
    directions = rotate(from_axis_angle(offset), bone_directions(second))
    return assemble(second[:, 0] + root_offset, directions)


def _fading(share: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Quintic polynomials of a share of the time: 1 to 0 from rest, and 0 to 0 from speed one; at
    rest at the end."""
    place = 1 - ease(share)
    speed = share - 6 * share**3 + 8 * share**4 - 3 * share**5
    return place, speed


def _joined_feet(
    first: np.ndarray,
    second: np.ndarray,
    blend: int,
    stands_before: np.ndarray,
    stands: np.ndarray,
) -> np.ndarray:
    """Where ankles and toes go ``[U 2 2 3]`` after a join: held, stepping over, or swinging on."""
    before, feet = feet_of(first), feet_of(second)
    offsets = before[-1] - feet[0]  # [2 2 3]
    away = np.linalg.norm((offsets * _LEVEL).mean(axis=1), axis=-1)

    # A foot in the air comes down first, then the one that is farther from its place steps.
    targets, begin = feet.copy(), 0
    for side in sorted((0, 1), key=lambda side: (bool(stands_before[side]), -away[side])):
        speed = before[-1, side] - before[-2, side]
        if not stands[0, side]:
            targets[:, side] = _swinging_on(before[:, side], feet[:, side], stands[:, side], blend)
        elif stands_before[side] and away[side] < _KEPT:
            targets[:, side] += _kept(offsets[side], speed, stands[:, side], blend)
        else:
            targets[:, side] += _step(offsets[side], speed, begin, len(feet))
            begin += _STEP_FRAMES if stands_before[side] else _STEP_FRAMES // 2
    return targets


def _kept(offset: np.ndarray, speed: np.ndarray, stands: np.ndarray, blend: int) -> np.ndarray:
    """An offset ``[U 2 3]`` that stays while the foot stands and dies away when it lifts; heights
    at once."""
    frames = np.arange(len(stands))
    lift = int(np.argmin(stands)) if not stands.all() else len(stands)
    land = lift + int(np.argmax(stands[lift:])) if stands[lift:].any() else lift + blend
    share = 1 - ease((frames - lift + 1) / (max(land - lift, 4) + 1))
    level = share[:, None, None] * offset * _LEVEL
    height = (1 - ease((frames + 1) / (blend + 1)))[:, None, None] * offset * _UPRIGHT
    return level + height + _coming_to_rest(speed, _STEP_FRAMES, len(stands))


def _step(offset: np.ndarray, speed: np.ndarray, start: int, frames: int) -> np.ndarray:
    """An offset ``[U 2 3]`` that a step takes away, from frame ``start`` on."""
    share = np.clip((np.arange(frames) - start + 1) / (_STEP_FRAMES + 1), 0, 1)[:, None, None]
    lift = _STEP_HEIGHT * 16 * share**2 * (1 - share) ** 2
    rest = _coming_to_rest(speed, _STEP_FRAMES, frames)
    return _fading(share)[0] * offset + rest + lift * _UPRIGHT


def _coming_to_rest(speed: np.ndarray, within: int, frames: int) -> np.ndarray:
    """An offset ``[U 2 3]`` that begins with a speed ``[2 3]`` (metres a frame) and is gone after
    some frames."""
    share = np.clip((np.arange(frames) + 1) / (within + 1), 0, 1)[:, None, None]
    return _fading(share)[1] * (within + 1) * speed


def _swinging_on(
    before: np.ndarray, feet: np.ndarray, stands: np.ndarray, blend: int
) -> np.ndarray:
    """A foot ``[U 2 3]`` that swings in the second clip and comes from where it was in the
    first."""
    land = int(np.argmax(stands)) if stands.any() else blend
    frames = max(min(land, blend), 4)
    share = np.clip((np.arange(len(feet)) + 1) / (frames + 1), 0, 1)[:, None, None]
    place, swing = _fading(share)
    start = 2 * feet[0] - feet[1]
    offset = before[-1] - start
    speed = (before[-1] - before[-2]) - (feet[1] - feet[0])
    return feet + place * offset + swing * (frames + 1) * speed
